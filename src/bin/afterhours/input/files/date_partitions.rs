//! Which files may hold the sign-ins of a span of time, by the date folders of their paths. Knows how CloudTrail names what it
//! puts into a bucket; knows nothing of files and their content.
//!
//! ```text
//! …/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_….json.gz
//! …/AWSLogs/ORGANISATION/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/…
//! ```
//!
//! The date is the day (UTC) on which the file was *delivered*, and "a log file delivered at a specific time can contain records
//! written at any point before that time" (AWS, "CloudTrail log file examples"). So a file of an earlier day holds no later
//! events, but one of a later day may well hold earlier ones, and the two ends need different margins: [`EARLY`] and [`LATE`].

use std::path::{Component, Path};

use afterhours::filter::Span;
use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

/// Days before `--since` whose files are read all the same: `eventTime` is the clock of the service that was used, the folder
/// is that of another machine, and midnight comes to one of them first.
const EARLY: u64 = 1;
/// Days after `--until` whose files are read all the same. Where a bucket cannot be written, "CloudTrail will attempt to redeliver
/// the log files to your S3 bucket for 30 days" (AWS, "Getting and viewing your CloudTrail log files"): who wants to hide a sign-in
/// may bring that about. And midnight again.
const LATE: u64 = 31;

/// Where in a bucket a folder is, as far as its name and those above it tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartitionPath {
    Elsewhere,
    /// In a folder that is named by an account's number.
    Account,
    /// In `CloudTrail`: the regions are next.
    Trail,
    Region,
    Year(i32),
    Month(i32, u32),
    Day(NaiveDate),
    /// Among digests or Insights: no records of sign-ins are there.
    Aside,
}

impl PartitionPath {
    /// The place of a path that somebody named. What is named outright is never aside.
    pub(crate) fn of(path: &Path) -> Self {
        // Whoever stands in `CloudTrail` and names `us-east-1/2026` means the same as from anywhere else.
        let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // What is above a folder depends on where links lead.
        if path.components().any(|component| component == Component::ParentDir) {
            let Ok(real) = path.canonicalize() else { return PartitionPath::Elsewhere };
            path = real;
        }
        let names = path.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        });
        match names.fold(PartitionPath::Elsewhere, PartitionPath::enter) {
            PartitionPath::Aside => PartitionPath::Elsewhere,
            place => place,
        }
    }

    /// The place of what has this name here.
    pub(crate) fn enter(self, name: &[u8]) -> Self {
        let number = |digits: usize| {
            let all = name.len() == digits && name.iter().all(u8::is_ascii_digit);
            all.then(|| std::str::from_utf8(name).ok()?.parse::<u32>().ok()).flatten()
        };
        let next = match self {
            // Somebody may keep another bucket there.
            PartitionPath::Day(_) if matches!(name, b"AWSLogs" | b"CloudTrail") => None,
            PartitionPath::Day(_) | PartitionPath::Aside => return self,
            PartitionPath::Account if matches!(name, b"CloudTrail-Digest" | b"CloudTrail-Insight") => {
                return PartitionPath::Aside;
            }
            PartitionPath::Trail if is_region(name) => Some(PartitionPath::Region),
            PartitionPath::Region => number(4).map(|year| PartitionPath::Year(year as i32)),
            PartitionPath::Year(year) => number(2)
                .filter(|month| (1..=12).contains(month))
                .map(|month| PartitionPath::Month(year, month)),
            PartitionPath::Month(year, month) => {
                number(2).and_then(|day| NaiveDate::from_ymd_opt(year, month, day)).map(PartitionPath::Day)
            }
            PartitionPath::Elsewhere | PartitionPath::Account | PartitionPath::Trail => None,
        };
        let account = || name.len() == 12 && name.iter().all(u8::is_ascii_digit);
        match next {
            Some(place) => place,
            None if name == b"CloudTrail" => PartitionPath::Trail,
            None if account() => PartitionPath::Account,
            None => PartitionPath::Elsewhere,
        }
    }

    /// Whether what is here may hold sign-ins of the span.
    pub(crate) fn may_hold(self, span: &Span) -> bool {
        let Some((first, last)) = self.days() else { return self != PartitionPath::Aside };
        // A date that no calendar holds is no reason to leave anything out.
        let day = |second: i64| DateTime::from_timestamp(second, 0).map(|time| time.date_naive());
        let early = span.since.and_then(day).and_then(|day| day.checked_sub_days(Days::new(EARLY)));
        let late = span.until.and_then(|until| day(until.saturating_sub(1)));
        let late = late.and_then(|day| day.checked_add_days(Days::new(LATE)));
        early.is_none_or(|early| last >= early) && late.is_none_or(|late| first <= late)
    }

    /// The days of delivery, first and last, of what is here.
    fn days(self) -> Option<(NaiveDate, NaiveDate)> {
        let (first, months) = match self {
            PartitionPath::Day(day) => return Some((day, day)),
            PartitionPath::Month(year, month) => (NaiveDate::from_ymd_opt(year, month, 1)?, 1),
            PartitionPath::Year(year) => (NaiveDate::from_ymd_opt(year, 1, 1)?, 12),
            _ => return None,
        };
        let next = first.checked_add_months(Months::new(months))?;
        Some((first, next.pred_opt()?))
    }
}

/// Whether a name is one of a region, such as `us-east-1`, `us-gov-west-1` or `eusc-de-east-1`: also of one that does not exist yet.
fn is_region(name: &[u8]) -> bool {
    let mut parts = name.split(|&byte| byte == b'-');
    let number = parts.next_back().unwrap_or_default();
    let is_word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    let words = parts.clone().count();
    !number.is_empty() && number.iter().all(u8::is_ascii_digit) && words >= 2 && parts.all(is_word)
}

/// Reads `--since`: the second with which the span begins. A date is its first moment.
pub(crate) fn since(text: &str) -> Result<i64, String> {
    let moment = Moment::read(text)?;
    // What is left of a second that has begun belongs to it: sign-ins tell whole seconds.
    Ok(match moment {
        Moment::Day(day) => seconds(day),
        Moment::At { second, .. } => second,
    })
}

/// Reads `--until`: the second with which the span is over. A date is its last moment.
pub(crate) fn until(text: &str) -> Result<i64, String> {
    let moment = Moment::read(text)?;
    Ok(match moment {
        Moment::Day(day) => seconds(day) + 86_400,
        Moment::At { second, within } => second + i64::from(within),
    })
}

/// What a person wrote.
enum Moment {
    Day(NaiveDate),
    /// `within` the second, not at its beginning.
    At {
        second: i64,
        within: bool,
    },
}

impl Moment {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let refusal = || "a date or a moment in UTC, such as 2026-03-31 or 2026-03-31T18:00:00Z".to_owned();
        let (year, rest) = text.split_at_checked(4).ok_or_else(refusal)?;
        // Years before CloudTrail and of five digits are slips.
        if !year.bytes().all(|digit| digit.is_ascii_digit()) || !rest.starts_with('-') {
            return Err(refusal());
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Moment::Day(day));
        }
        let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let time = zoned.or_else(|_| {
            let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
            let bare = text.strip_suffix(['Z', 'z']).unwrap_or(text);
            let plain = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(bare, form).ok());
            plain.map(|time| time.and_utc()).ok_or_else(refusal)
        })?;
        Ok(Moment::At { second: time.timestamp(), within: time.timestamp_subsec_nanos() > 0 })
    }
}

fn seconds(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> PartitionPath {
        PartitionPath::of(Path::new(path))
    }

    fn span(from: &str, to: &str) -> Span {
        let end = |text: &str, read: fn(&str) -> Result<i64, String>| {
            (!text.is_empty()).then(|| read(text).unwrap())
        };
        Span { since: end(from, since), until: end(to, until) }
    }

    #[test]
    fn ends_are_read_as_people_write_them() {
        for (text, first, over) in [
            ("2026-03-31", 1_774_915_200, 1_775_001_600),
            ("2026-03-31T18:00:00Z", 1_774_980_000, 1_774_980_000),
            ("2026-03-31T18:00:00+02:00", 1_774_972_800, 1_774_972_800),
            ("2026-03-31T18:00:00", 1_774_980_000, 1_774_980_000),
            ("2026-03-31 18:00", 1_774_980_000, 1_774_980_000),
            ("2026-03-31T18:00Z", 1_774_980_000, 1_774_980_000),
            // Sign-ins tell whole seconds: the one at :00 may have been after it, and before.
            ("2026-03-31T18:00:00.5Z", 1_774_980_000, 1_774_980_001),
            ("1970-01-01", 0, 86_400),
        ] {
            assert_eq!((since(text), until(text)), (Ok(first), Ok(over)), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-02-30",
            "2026-13-01",
            "26-01-01",
            "2026-03-31T25:00:00Z",
            "é026-01-01",
        ] {
            assert!(since(text).unwrap_err().contains("2026-03-31T18:00:00Z"), "{text}");
        }
    }

    #[test]
    fn places_are_told_from_their_names() {
        let day = PartitionPath::Day(NaiveDate::from_ymd_opt(2026, 3, 31).unwrap());
        for (path, expected) in [
            ("b/AWSLogs/111122223333/CloudTrail/us-east-1/2026", PartitionPath::Year(2026)),
            ("/b/AWSLogs/o-abc/111122223333/CloudTrail/us-east-1/2026/03", PartitionPath::Month(2026, 3)),
            ("CloudTrail/us-east-1/2026/03/31", day),
            ("CloudTrail/us-east-1/2026/03/31/x.json.gz", day),
            ("CloudTrail/us-east-1", PartitionPath::Region),
            ("CloudTrail/us-east-1/2026/13", PartitionPath::Elsewhere),
            ("CloudTrail/us-east-1/2026/02/30", PartitionPath::Elsewhere),
            ("CloudTrail/us-east-1/26/03/31", PartitionPath::Elsewhere),
            ("us-east-1/2026/03/31", PartitionPath::Elsewhere),
            ("CloudTrail/x/CloudTrail/us-east-1/2026", PartitionPath::Year(2026)),
            ("CloudTrail/us-gov-west-1/2026", PartitionPath::Year(2026)),
            ("CloudTrail/eusc-de-east-1/2026", PartitionPath::Year(2026)),
            // No region: somebody's own folder.
            ("CloudTrail/notes/2026", PartitionPath::Elsewhere),
            ("CloudTrail/backup-1/2026", PartitionPath::Elsewhere),
            ("CloudTrail/us-east-1/2026/03/31/AWSLogs", PartitionPath::Elsewhere),
            ("CloudTrail/us-east-1/2026/03/30/AWSLogs/1/CloudTrail/eu-west-1/2026/03/31", day),
            // Named outright: it is read.
            ("AWSLogs/111122223333/CloudTrail-Digest", PartitionPath::Elsewhere),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
        let account = PartitionPath::Elsewhere.enter(b"111122223333");
        for (name, may_hold) in [
            ("CloudTrail-Digest", false),
            ("CloudTrail-Insight", false),
            ("CloudTrail", true),
            ("Config", true),
        ] {
            assert_eq!(account.enter(name.as_bytes()).may_hold(&Span::default()), may_hold, "{name}");
        }
        assert!(
            PartitionPath::Elsewhere.enter(b"CloudTrail-Digest").may_hold(&Span::default()),
            "of no account"
        );
    }

    #[test]
    fn folders_outside_of_the_span_and_its_margins_are_left_out() {
        let root = "AWSLogs/111122223333/CloudTrail/eu-west-1";
        for (from, to, folder, expected) in [
            ("", "", "2026/03/31", true),
            ("2026-03-10", "2026-03-12", "2026", true),
            ("2026-03-10", "2026-03-12", "2026/03", true),
            ("2026-03-10", "2026-03-12", "2025", false),
            ("2026-03-10", "2026-03-12", "2027", false),
            ("2026-03-10", "2026-03-12", "2026/02", false),
            ("2026-03-10", "2026-03-12", "2026/04", true),
            ("2026-03-10", "2026-03-12", "2026/05", false),
            ("2026-03-10", "2026-03-12", "2026/03/08", false),
            ("2026-03-10", "2026-03-12", "2026/03/09", true),
            ("2026-03-10", "2026-03-12", "2026/03/13", true),
            ("2026-03-10", "2026-03-12", "2026/04/12", true),
            ("2026-03-10", "2026-03-12", "2026/04/13", false),
            // The last moment before midnight belongs to the day before it.
            ("", "2026-03-13T00:00:00Z", "2026/04/13", false),
            ("", "2026-03-13T00:00:01Z", "2026/04/13", true),
            ("2026-03-10T23:59:59Z", "", "2026/03/09", true),
            ("2026-03-10T23:59:59Z", "", "2026/03/08", false),
            ("2026-01-01", "", "2025/12/31", true),
            ("2026-01-01", "", "2025", true),
            ("2026-01-01", "", "2025/11", false),
            ("2026-01-01", "", "9999/12/31", true),
            ("", "2025-12-31", "2026", true),
            ("0000-01-01", "9999-12-31", "2026/02/29", true),
        ] {
            let may_hold = place(&format!("{root}/{folder}")).may_hold(&span(from, to));
            assert_eq!(may_hold, expected, "{from}..{to}: {folder}");
        }
    }

    #[test]
    fn a_month_and_a_year_hold_what_any_of_their_days_holds() {
        let days: Vec<NaiveDate> =
            NaiveDate::from_ymd_opt(2023, 12, 1).unwrap().iter_days().take(500).collect();
        for (number, day) in days.iter().enumerate() {
            let from = day.to_string();
            let to = days[(number * 7) % days.len()].max(*day).to_string();
            let span = span(&from, &to);
            for (folder, prefix) in
                [(PartitionPath::Year(2024), "2024-"), (PartitionPath::Month(2024, 2), "2024-02-")]
            {
                let of_it = days.iter().filter(|day| day.to_string().starts_with(prefix));
                let any = of_it.clone().any(|&day| PartitionPath::Day(day).may_hold(&span));
                assert_eq!(folder.may_hold(&span), any, "{from}..{to} {prefix}");
            }
        }
    }
}
