//! Numbered records, and what happened to them: lost, duplicated, truncated, changed. Knows nothing
//! of log shippers.

use std::fmt;
use std::path::Path;

/// One sign-in on a Saturday.
pub(crate) fn sign_in(number: usize) -> String {
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\"AIDAEXAMPLEANAYA\",\"accountId\":\
         \"111122223333\",\"userName\":\"anaya\"}},\"eventTime\":\"2026-11-21T16:30:00Z\",\"eventSource\":\"signin.amazonaws.com\",\
         \"eventName\":\"ConsoleLogin\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"198.51.100.23\",\"userAgent\":\
         \"Mozilla/5.0 (X11; Linux x86_64)\",\"responseElements\":{{\"ConsoleLogin\":\"Success\"}},\"additionalEventData\":\
         {{\"MFAUsed\":\"Yes\"}},\"eventID\":\"seq-{number:08}\",\"eventType\":\"AwsConsoleSignIn\"}}"
    )
}

/// A call that is not a sign-in.
pub(crate) fn other(number: usize) -> String {
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"anaya\"}},\"eventTime\":\
         \"2026-11-21T16:30:00Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"ListBuckets\",\"userAgent\":\"aws-cli\",\
         \"eventID\":\"oth-{number:08}\"}}"
    )
}

/// A file of after-hours sign-ins, numbered from 0: all of them must come out.
pub(crate) fn write(path: &Path, count: usize) {
    let mut text = String::with_capacity(count * 600);
    for number in 0..count {
        text.push_str(&sign_in(number));
        text.push('\n');
    }
    std::fs::write(path, text).unwrap();
}

/// What came out of `sent` records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sent: usize,
    pub(crate) lost: usize,
    /// Copies beyond the first.
    pub(crate) twice: usize,
    /// Lines that are not a JSON object.
    pub(crate) truncated: usize,
    /// Those of them that end with a complete line, which was appended to a truncated one.
    pub(crate) glued: usize,
    /// Complete lines of unknown records, or in which a byte of the record differs.
    pub(crate) changed: usize,
    /// Lines with the verdict `undecided`.
    pub(crate) undecided: usize,
}

impl Tally {
    /// Counts the lines of an output. A record may also come out as the raw text of an undecided
    /// line.
    pub(crate) fn of(sent: usize, output: &[u8]) -> Self {
        let mut seen = vec![0_usize; sent];
        let mut tally = Tally { sent, lost: 0, twice: 0, truncated: 0, glued: 0, changed: 0, undecided: 0 };
        for mut line in output.split_inclusive(|&b| b == b'\n') {
            let mut read = serde_json::from_slice(line);
            if read.is_err() {
                tally.truncated += 1;
                line = behind_a_piece(line);
                read = serde_json::from_slice(line);
                tally.glued += usize::from(read.is_ok());
            }
            let Ok(serde_json::Value::Object(object)) = read else { continue };
            let verdict = object.get("after_hours").and_then(|tag| tag.get("verdict"));
            let undecided = verdict.and_then(|verdict| verdict.as_str()) == Some("undecided");
            tally.undecided += usize::from(undecided);
            let Some(number) = number(line).filter(|&number| number < sent) else {
                tally.changed += 1;
                continue;
            };
            seen[number] += 1;
            let record = sign_in(number);
            let whole = if undecided {
                object.get("raw").and_then(|raw| raw.as_str()) == Some(&record)
            } else {
                verdict.is_some() && line.starts_with(&record.as_bytes()[..record.len() - 1])
            };
            tally.changed += usize::from(!whole);
        }
        tally.lost = seen.iter().filter(|&&copies| copies == 0).count();
        tally.twice = seen.iter().map(|copies| copies.saturating_sub(1)).sum();
        tally
    }

    /// Fails unless everything came out. A process that is killed while it writes leaves a
    /// truncated line; the complete line follows later.
    #[track_caller]
    pub(crate) fn nothing_lost_but_pieces(self, most: usize) -> Self {
        assert_eq!(self.glued, 0, "{self}");
        self.nothing_lost_but_glued(most)
    }

    /// The same where a log shipper writes the output: after a restart it appends to the truncated
    /// line that it left, which makes one line invalid JSON. The record is there.
    #[track_caller]
    pub(crate) fn nothing_lost_but_glued(self, most: usize) -> Self {
        assert!(self.lost == 0 && self.truncated + self.changed <= most, "{self}");
        self
    }

    /// Fails unless everything came out complete.
    #[track_caller]
    pub(crate) fn nothing_lost(self) -> Self {
        assert_eq!((self.lost, self.truncated, self.changed), (0, 0, 0), "{self}");
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { sent, lost, twice, truncated, glued, changed, undecided } = self;
        write!(
            f,
            "{sent} sent: {lost} lost, {twice} twice, {truncated} truncated ({glued} joined), {changed} changed, {undecided} undecided"
        )
    }
}

/// The rest of a line from the last beginning of a record in it.
fn behind_a_piece(line: &[u8]) -> &[u8] {
    let begins = sign_in(0);
    let begins = &begins.as_bytes()[..begins.find(':').unwrap()];
    let at = line.windows(begins.len()).rposition(|window| window == begins);
    &line[at.unwrap_or(line.len())..]
}

fn number(line: &[u8]) -> Option<usize> {
    let at = line.windows(4).position(|four| four == b"seq-")?;
    std::str::from_utf8(line.get(at + 4..at + 12)?).ok()?.parse().ok()
}

#[test]
fn the_tally_counts_each_kind_of_error() {
    let tagged = |number: usize| {
        let record = sign_in(number);
        format!("{},\"after_hours\":{{\"verdict\":\"outside\"}}}}\n", &record[..record.len() - 1])
    };
    let good: String = (0..5).map(tagged).collect();
    let whole = Tally { sent: 5, lost: 0, twice: 0, truncated: 0, glued: 0, changed: 0, undecided: 0 };
    assert_eq!(Tally::of(5, good.as_bytes()), whole);
    let bad = [tagged(0), tagged(0), tagged(1).replace("anaya", "bilal"), "{\"seq-".to_owned()].concat();
    assert_eq!(Tally::of(5, bad.as_bytes()), Tally { lost: 3, twice: 1, truncated: 1, changed: 1, ..whole });
    let glued = format!("{good}{}{}", &tagged(3)[..100], tagged(4));
    assert_eq!(Tally::of(5, glued.as_bytes()), Tally { twice: 1, truncated: 1, glued: 1, ..whole });
}
