//! Whether an input holds CloudTrail records at all, and what it looks like if not. A filter that is fed flow logs finds no
//! sign-in, and that must not look like a quiet night.
//!
//! Knows the keys of records and the shapes of other logs. Parses nothing: the search ends at the first key of a record, which
//! stands in the first few hundred bytes of any input that holds some.

mod look_alikes;

use memchr::memmem;

/// How many bytes of an input are looked at before it is named: 1 MiB.
const ENOUGH: u64 = 1 << 20;
/// How many bytes are kept of the beginning, to see what it looks like.
const SAMPLE: usize = 4096;
/// How many bytes are kept of the end, where a key may be cut. Longer than any key with its colon.
const KEPT: usize = 64;
/// Inputs with fewer bytes of text are not named: `[]`, `{}`, a heartbeat.
const FEW: usize = 64;

/// Keys of a record, as tools spell them. Text follows only in other logs.
const RECORD_KEYS: [&str; 5] = ["eventName", "event_name", "eventname", "EventName", "EVENT_NAME"];
/// Keys of containers, which may be empty, and of what CloudTrail writes besides records.
const CONTAINER_KEYS: [&str; 4] = ["Records", "logEvents", "digestS3Object", "insightDetails"];
/// How a value begins that is a record or records in base64: gzip, or `{"`.
const PAYLOADS: [&str; 2] = ["\"H4sI", "\"eyJ"];

/// Whether a text holds a sign of CloudTrail records: a key of theirs at any depth of escaping, or a payload in base64.
pub fn holds_records(text: &[u8]) -> bool {
    // In this order: nearly every text has the first.
    let has_key = |key: &&str| memmem::find_iter(text, key.as_bytes()).any(|at| is_key(text, at, key.len()));
    RECORD_KEYS.iter().chain(&CONTAINER_KEYS).any(has_key)
        || PAYLOADS.iter().any(|payload| memmem::find(text, payload.as_bytes()).is_some())
        || memmem::find_iter(text, b"\\u00").any(|at| is_needless(text.get(at + 4..).unwrap_or_default()))
}

/// Whether the digits of an escape spell a letter, `_` or a quote: few tools write such, and a key may be spelled so that it is not
/// found.
fn is_needless(digits: &[u8]) -> bool {
    let digits = digits.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
    let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    code.is_some_and(|code| code.is_ascii_alphabetic() || matches!(code, b'_' | b'"'))
}

/// Whether the word is a key: a quote before it, and a quote and a colon behind it.
fn is_key(text: &[u8], at: usize, length: usize) -> bool {
    let behind = text.get(at + length..).unwrap_or_default();
    let escapes = behind.iter().take_while(|&&byte| byte == b'\\').count();
    let Some((b'"', rest)) = behind.get(escapes..).and_then(<[u8]>::split_first) else { return false };
    at > 0 && text[at - 1] == b'"' && rest.trim_ascii_start().first() == Some(&b':')
}

/// A search through an input, as it is read, for signs of records.
#[derive(Debug, Clone, Default)]
pub struct RecordSearch {
    found: bool,
    seen: u64,
    lines: u64,
    /// Something but blanks was seen, so many bytes of it, at most [`FEW`].
    text: usize,
    /// The beginning. Nothing is kept of an input whose first block has records.
    sample: Vec<u8>,
    /// The end of what was seen.
    end: Vec<u8>,
}

impl RecordSearch {
    /// A search that found records.
    pub fn succeeded() -> Self {
        RecordSearch { found: true, ..RecordSearch::default() }
    }

    /// Sees the next bytes. Once records were found this costs a comparison.
    #[inline]
    pub fn see(&mut self, bytes: &[u8]) {
        if !self.found {
            self.search(bytes);
        }
    }

    #[cold]
    fn search(&mut self, bytes: &[u8]) {
        self.found = holds_records(bytes);
        // A key may begin in what came before.
        let mut seam = Vec::new();
        if !self.found {
            seam = [&self.end[..], &bytes[..bytes.len().min(KEPT)]].concat();
            self.found = holds_records(&seam);
        }
        if self.found {
            (self.sample, self.end) = (Vec::new(), Vec::new());
            return;
        }
        self.seen += bytes.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.sample.extend(bytes.iter().take(SAMPLE.saturating_sub(self.sample.len())));
        if self.text < FEW {
            // A file that is made longer before it is written has zero bytes.
            let is_text = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != 0;
            self.text += bytes.iter().filter(is_text).take(FEW).count();
        }
        let from = seam.len().saturating_sub(KEPT);
        self.end =
            if bytes.len() < KEPT { seam[from..].to_vec() } else { bytes[bytes.len() - KEPT..].to_vec() };
    }

    /// Whether records were found.
    pub fn found(&self) -> bool {
        self.found
    }

    /// Whether so much was seen without a sign of records that the input is to be named before it ends.
    pub fn is_enough(&self) -> bool {
        !self.found && self.seen >= ENOUGH
    }

    /// What is to be said about the input: `none of 10,000 lines is a CloudTrail record (they look like CSV)`. `None` if records
    /// were found, or there is too little of it. `whole` says that all of the input was seen.
    pub fn finding(&self, whole: bool) -> Option<String> {
        if self.found || self.text < FEW {
            return None;
        }
        // The last line may lack its newline.
        let lines = self.lines + u64::from(self.end.last().is_some_and(|&byte| byte != b'\n'));
        let mut text = match (lines, whole) {
            (1, true) => "the only line is no CloudTrail record".to_owned(),
            (_, true) => format!("none of {} lines is a CloudTrail record", grouped(lines)),
            (_, false) => format!("none of the first {} lines is a CloudTrail record", grouped(lines)),
        };
        if let Some(kind) = look_alikes::of(&self.sample) {
            let subject = if lines == 1 { "it looks" } else { "they look" };
            text.push_str(&format!(" ({subject} like {})", kind.name));
            if let Some(fix) = kind.fix {
                text.push_str(&format!("; {fix}"));
            }
        }
        Some(text)
    }
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &[u8], step: usize) -> Option<String> {
        let mut search = RecordSearch::default();
        text.chunks(step).for_each(|piece| search.see(piece));
        assert!(!search.is_enough());
        search.finding(true)
    }

    #[test]
    fn records_are_found_whatever_their_spelling_and_the_pieces() {
        let filler = "x".repeat(300);
        for sign in [
            r#"{"eventName":"GetObject"}"#,
            r#"{"eventName" : "GetObject"}"#,
            r#"{"event_name":null}"#,
            r#"{"eventname":"a"}"#,
            r#"{"EVENT_NAME":"a"}"#,
            r#"{"message":"{\"eventName\":\"a\"}"}"#,
            r#"{"a":"{\"m\":\"{\\\"eventName\\\":\\\"a\\\"}\"}"}"#,
            r#"{"Records":[]}"#,
            r#"{"messageType":"CONTROL_MESSAGE","logEvents":[]}"#,
            r#"{"awslogs":{"data":"H4sIAAAAAAAA"}}"#,
            r#"{"records":[{"data":"eyJldmVudCI6MX0="}]}"#,
            r#"{"\u0065ventName":"GetObject"}"#,
            r#"{"message":"{\u0022eventName\u0022:\u0022GetObject\u0022}"}"#,
        ] {
            let text = format!("{filler}{sign}{filler}");
            for step in [1, 2, 7, 64, 65, 1000] {
                assert_eq!(finding(text.as_bytes(), step), None, "{sign}, {step}");
            }
        }
        for other in [
            r#""eventName","eventTime""#,
            "eventName: a",
            r#"{"note":"eventName"}"#,
            r#"{"xeventName":1}"#,
            r#"{"html":"\u003cp\u003e caf\u00e9"}"#,
            "SELECT \"eventName\" FROM trail",
        ] {
            let text = format!("{filler}{other}{filler}");
            for step in [1, 2, 7, 64, 65, 1000] {
                assert!(finding(text.as_bytes(), step).is_some(), "{other}, {step}");
            }
        }
    }

    #[test]
    fn an_input_without_records_is_named_with_its_lines() {
        let line = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n";
        let text = line.repeat(1234);
        let wanted = "none of 1,234 lines is a CloudTrail record (they look like VPC flow logs)";
        assert_eq!(finding(text.as_bytes(), 1000).as_deref(), Some(wanted));
        assert_eq!(finding(text.trim_end().as_bytes(), 7).as_deref(), Some(wanted));
        let wanted = "the only line is no CloudTrail record (it looks like VPC flow logs)";
        assert_eq!(finding(line.as_bytes(), 1000).as_deref(), Some(wanted));
        // Too little to say anything about.
        for little in ["", "\n", "[]\n", "{}", "hello\n", &" \n".repeat(5000), &"\0".repeat(5000)] {
            assert_eq!(finding(little.as_bytes(), 1000), None, "{little:?}");
        }
    }

    #[test]
    fn a_long_input_is_named_before_it_ends_and_records_behind_that_count() {
        let mut search = RecordSearch::default();
        let line = "x".repeat(99) + "\n";
        for _ in 0..20_000 {
            search.see(line.as_bytes());
        }
        assert!(search.is_enough());
        assert_eq!(search.finding(false).unwrap(), "none of the first 20,000 lines is a CloudTrail record");
        search.see(br#"{"eventName":"ConsoleLogin"}"#);
        assert!(search.found() && !search.is_enough() && search.finding(true).is_none());
    }

    #[test]
    fn thousands_are_grouped() {
        let numbers = [0, 12, 999, 1000, 12_345, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
    }
}
