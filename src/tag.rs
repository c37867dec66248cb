//! Writes a verdict into the bytes of a record. Every byte of the record stays as it came; the tag stands before the
//! closing brace.

use std::borrow::Cow;

use bytes::BufMut;
use memchr::memmem::Finder;

use crate::json;
use crate::json::Cursor;
use crate::rules::Severity;
use crate::schedule::Reason;
use crate::sign_in::Outcome;
use crate::time_zone::LocalTime;

/// The JSON Schema of the tag.
pub const SCHEMA: &str = include_str!("tag.schema.json");

/// The key under which the tag stands, a plain word.
#[derive(Debug, Clone)]
pub struct TagName {
    name: String,
    /// Searches for the name, and for an escape that may spell a letter of it.
    finders: [Finder<'static>; 2],
}

impl Default for TagName {
    fn default() -> Self {
        Self::plain("after_hours")
    }
}

impl TagName {
    /// Takes letters, digits, `_`, `-`, `.` and `@`, at most 64 of them, so that no reader downstream stumbles over the key.
    pub fn new(name: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@');
        (1..=64).contains(&name.len()).then(|| name.bytes().all(plain))?.then(|| Self::plain(name))
    }

    fn plain(name: &str) -> Self {
        TagName {
            name: name.to_owned(),
            finders: [Finder::new(name.as_bytes()).into_owned(), Finder::new(b"\\u00").into_owned()],
        }
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// What the tag says. `verdict` follows from `reason`.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    /// Why it is inside or outside; `None` where the event's time cannot be read.
    pub reason: Option<Reason>,
    /// What caused it: the name of the holiday, or of what is closed.
    pub cause: Option<&'a str>,
    /// How much it matters.
    pub severity: Severity,
    /// The schedule's name.
    pub schedule: &'a str,
    /// The rule's name.
    pub rule: Option<&'a str>,
    /// The moment on the schedule's wall clock.
    pub local_time: Option<LocalTime>,
    /// The schedule's zone.
    pub time_zone: &'a str,
    /// How the sign-in ended.
    pub outcome: Outcome,
    /// Whether a second factor was used.
    pub mfa: Option<bool>,
    /// Who signed in.
    pub person: Option<&'a str>,
    /// The role, if one was assumed.
    pub role: Option<&'a str>,
}

impl Tag<'_> {
    /// The word for the verdict.
    pub fn verdict(&self) -> &'static str {
        match self.reason {
            Some(reason) if reason.is_inside() => "inside",
            Some(_) => "outside",
            None => "undecided",
        }
    }

    /// Appends `object` with the tag in it, as [`splice`] does.
    pub fn write_tagged(&self, name: &TagName, object: &[u8], out: &mut impl BufMut) {
        splice(name, object, |out| self.write(out), out);
    }

    /// Appends the tag's own object.
    pub fn write(&self, out: &mut impl BufMut) {
        out.put_slice(b"{\"verdict\":\"");
        out.put_slice(self.verdict().as_bytes());
        out.put_slice(b"\",\"reason\":\"");
        out.put_slice(self.reason.map_or("no_event_time", Reason::as_str).as_bytes());
        out.put_u8(b'"');
        if let Some(cause) = self.cause {
            out.put_slice(if self.reason == Some(Reason::Holiday) {
                b",\"holiday\":"
            } else {
                b",\"closed\":"
            });
            put_string(cause, out);
        }
        out.put_slice(b",\"severity\":\"");
        out.put_slice(self.severity.as_str().as_bytes());
        out.put_slice(b"\",\"schedule\":");
        put_string(self.schedule, out);
        out.put_slice(b",\"rule\":");
        put_string_or_null(self.rule, out);
        out.put_slice(b",\"local_time\":");
        match self.local_time {
            Some(time) => {
                out.put_u8(b'"');
                time.write_rfc3339(out);
                out.put_u8(b'"');
            }
            None => out.put_slice(b"null"),
        }
        out.put_slice(b",\"time_zone\":");
        put_string(self.time_zone, out);
        out.put_slice(b",\"outcome\":\"");
        out.put_slice(self.outcome.as_str().as_bytes());
        out.put_slice(match self.mfa {
            Some(true) => b"\",\"mfa\":true".as_slice(),
            Some(false) => b"\",\"mfa\":false",
            None => b"\",\"mfa\":null",
        });
        out.put_slice(b",\"person\":");
        put_string_or_null(self.person, out);
        out.put_slice(b",\"role\":");
        put_string_or_null(self.role, out);
        out.put_u8(b'}');
    }
}

/// Appends `object` with a tag before its closing brace, and a newline. Line breaks between the tokens of the object, as in
/// pretty-printed files, are left out, so that a line it is.
pub fn splice<B: BufMut>(name: &TagName, object: &[u8], tag: impl FnOnce(&mut B), out: &mut B) {
    let Some(brace) = memchr::memrchr(b'}', object) else {
        // Never so for an object; were it so, the bytes matter more than the tag.
        out.put_slice(&one_line(object));
        out.put_u8(b'\n');
        return;
    };
    out.put_slice(&one_line(&object[..brace]));
    out.put_slice(b",\"");
    out.put_slice(name.name.as_bytes());
    if let Some(number) = free_number(name, object) {
        out.put_slice(format!("_{number}").as_bytes());
    }
    out.put_slice(b"\":");
    tag(out);
    out.put_slice(&one_line(&object[brace..]));
    out.put_u8(b'\n');
}

/// Appends the tag's object of what could not be judged.
pub fn write_doubt(error: &str, line_number: u64, out: &mut impl BufMut) {
    out.put_slice(b"{\"verdict\":\"undecided\",\"reason\":\"unreadable\",\"error\":");
    put_string(error, out);
    out.put_slice(format!(",\"line_number\":{line_number}}}").as_bytes());
}

/// Appends the line that stands for text that may be a sign-in and cannot be parsed, with a newline.
pub fn write_undecided(name: &TagName, error: &str, line_number: u64, raw: &[u8], out: &mut impl BufMut) {
    out.put_slice(b"{\"");
    out.put_slice(name.name.as_bytes());
    out.put_slice(b"\":");
    write_doubt(error, line_number, out);
    out.put_slice(b",\"raw\":");
    put_string(&String::from_utf8_lossy(raw), out);
    out.put_slice(b"}\n");
}

/// The first number from 2 with which the name is not yet a key of the object; `None` where the name itself is free.
fn free_number(name: &TagName, object: &[u8]) -> Option<u32> {
    // The name must stand there as it is, or with an escape in it: records nearly never have either.
    if name.finders.iter().all(|finder| finder.find(object).is_none()) {
        return None;
    }
    let (mut name_is_taken, mut numbers) = (false, Vec::new());
    let mut cursor = Cursor::new(object);
    let _: Result<(), json::Error> = cursor.object(|cursor, key| {
        match key.text().strip_prefix(&*name.name) {
            Some("") => name_is_taken = true,
            Some(rest) => numbers.extend(rest.strip_prefix('_').and_then(plain_number)),
            None => {}
        }
        cursor.skip().map(drop)
    });
    if !name_is_taken {
        return None;
    }
    // Sorted, because an attacker may send a record with very many such keys: one pass finds the first gap.
    numbers.sort_unstable();
    numbers.dedup();
    (2..)
        .zip(numbers.into_iter().skip_while(|&number| number < 2).map(Some).chain(std::iter::repeat(None)))
        .find_map(|(number, taken)| (taken != Some(number)).then_some(number))
}

/// The number that decimal digits spell, if it would be written with just these digits.
fn plain_number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok())?
}

/// The text without its line breaks. In JSON a raw line break cannot stand inside a string, so all are between tokens.
pub(crate) fn one_line(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\n', text).is_none() {
        return Cow::Borrowed(text);
    }
    let lines = text.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Cow::Owned(lines.flatten().copied().collect())
}

fn put_string_or_null(text: Option<&str>, out: &mut impl BufMut) {
    match text {
        Some(text) => put_string(text, out),
        None => out.put_slice(b"null"),
    }
}

/// Appends a JSON string.
pub(crate) fn put_string(text: &str, out: &mut impl BufMut) {
    out.put_u8(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7f {
            continue;
        }
        out.put_slice(&text.as_bytes()[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.put_slice(b"\\\""),
            b'\\' => out.put_slice(b"\\\\"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            other => out.put_slice(format!("\\u{other:04x}").as_bytes()),
        }
    }
    out.put_slice(&text.as_bytes()[plain..]);
    out.put_u8(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(name: &str, object: &str) -> String {
        let tag = Tag {
            reason: Some(Reason::OutsideWindow),
            cause: None,
            severity: Severity::Low,
            schedule: "default",
            rule: None,
            local_time: None,
            time_zone: "UTC",
            outcome: Outcome::Success,
            mfa: Some(false),
            person: Some("anaya"),
            role: None,
        };
        let mut out = Vec::new();
        tag.write_tagged(&TagName::new(name).unwrap(), object.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_tag_stands_before_the_closing_brace_and_nothing_else_moves() {
        let got = tagged("after_hours", "{ \"a\" : \"}\\u0041\" }\t\r");
        let (before, rest) = got.split_once(",\"after_hours\":").unwrap();
        assert_eq!(before, "{ \"a\" : \"}\\u0041\" ");
        assert!(rest.ends_with("\"mfa\":false,\"person\":\"anaya\",\"role\":null}}\t\r\n"), "{rest}");
    }

    #[test]
    fn a_key_that_is_taken_gets_a_number() {
        assert!(tagged("t", r#"{"t":1}"#).starts_with(r#"{"t":1,"t_2":{"#));
        assert!(tagged("t", r#"{"\u0074":1,"t_2":2}"#).starts_with(r#"{"\u0074":1,"t_2":2,"t_3":{"#));
        assert!(tagged("t", r#"{"a":{"t":1},"b":"t"}"#).starts_with(r#"{"a":{"t":1},"b":"t","t":{"#));
    }

    #[test]
    fn the_first_free_number_is_taken_whatever_the_order_of_the_keys() {
        assert!(tagged("t", r#"{"t_3":1,"t_2":1,"t_1":1,"t_0":1,"t":1}"#).contains(r#","t_4":{"#));
        assert!(tagged("t", r#"{"t":1,"t_3":1,"t_02":1,"t_+2":1,"t_":1,"t_2x":1}"#).contains(r#","t_2":{"#));
        assert!(tagged("t", r#"{"t":1,"t_2":1,"t_2":1,"t_4":1}"#).contains(r#","t_3":{"#));
        assert!(tagged("t", r#"{"t":1,"t_99999999999":1}"#).contains(r#","t_2":{"#));
    }

    #[test]
    fn a_pretty_object_becomes_one_line() {
        let got = tagged("t", "{\r\n  \"a\": 1\n}");
        assert!(got.starts_with("{  \"a\": 1,\"t\":{"), "{got}");
        assert_eq!(got.matches('\n').count(), 1);
    }

    #[test]
    fn strings_are_escaped_as_serde_json_reads_them() {
        let all: String = (0..0x180).filter_map(char::from_u32).collect();
        let mut out = Vec::new();
        put_string(&all, &mut out);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), all);
    }

    #[test]
    fn an_undecided_line_is_json() {
        let mut out = Vec::new();
        write_undecided(
            &TagName::default(),
            "why \"so\"",
            7,
            b"{\"eventName\":\"ConsoleLogin\xff\0",
            &mut out,
        );
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["after_hours"]["line_number"], 7);
        assert_eq!(value["raw"], "{\"eventName\":\"ConsoleLogin\u{fffd}\u{0}");
    }
}
