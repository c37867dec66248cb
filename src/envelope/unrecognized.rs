//! Looks through a value in which no record was found for a console sign-in that stands elsewhere, so
//! that no sign-in is missed in silence. Only says where it stands: it is never evaluated.
//!
//! A console sign-in is a key spelled like `eventName` whose value is `ConsoleLogin`: at any depth, in
//! JSON that is the text of a string too. The name anywhere else, as in a user agent, is not one.

use crate::envelope::keys;
use crate::envelope::paths::written;
use crate::envelope::payload;
use crate::json::{Cursor, Str};
use crate::prefilter::Prefilter;
use crate::sanitize::printable;
use crate::sign_in::EVENT_NAME;

/// Where a console sign-in stands that is not in a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unrecognized {
    /// The path of the object that names it, as `--record-path` takes it; empty for the value itself.
    pub path: String,
    /// The key that names the event, as it is spelled.
    pub key: String,
}

impl Unrecognized {
    /// Whether the object's own keys are spelled otherwise than CloudTrail's, so that it is not a
    /// record wherever it stands.
    pub fn is_renamed(&self) -> bool {
        self.key != "eventName"
    }

    /// What to say about it, and what to do; safe to show.
    pub fn message(&self) -> String {
        let (path, key) = (printable(&self.path), printable(&self.key));
        let typed = typed(&path);
        let place = match &*typed {
            "" => String::new(),
            plain if plain == path => format!(" under \"{path}\""),
            typed => format!(" under {typed}"),
        };
        if self.is_renamed() {
            return format!(
                "a console sign-in{place} whose keys are not CloudTrail's (\"{key}\" for \"eventName\"); send the original record"
            );
        }
        if path.is_empty() {
            return "a console sign-in in a text or object that is not a CloudTrail record; send the original record"
                .to_owned();
        }
        format!("a console sign-in{place}, which is not a known envelope; add --record-path {typed}")
    }
}

/// A path as it is typed in a shell.
fn typed(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// So many levels of text in text are looked through.
const MAX_TEXTS: usize = 8;
/// The longest part of a key that is shown, in characters.
const SHOWN: usize = 64;
/// The longest path that is shown, in bytes. Behind it everything is in the same place.
const LONGEST_PATH: usize = 512;

/// A text to look through, where it stands, and how many texts are around it.
struct Text {
    bytes: Vec<u8>,
    path: String,
    level: usize,
}

/// The first console sign-in in `value`, in the order of paths. `path` is where the value stands.
#[cold]
pub(crate) fn find(value: &[u8], path: &str, prefilter: &Prefilter) -> Option<Unrecognized> {
    let mut search = Search { prefilter, found: None, texts: Vec::new() };
    search.look(value, path, 0);
    while let Some(Text { bytes, path, level }) = search.texts.pop() {
        search.look(&bytes, &path, level);
    }
    search.found
}

struct Search<'p> {
    prefilter: &'p Prefilter,
    found: Option<Unrecognized>,
    texts: Vec<Text>,
}

/// An object or array that is open.
struct Frame {
    is_object: bool,
    /// How much of the path is that of the object or array itself.
    path: usize,
    /// One of its values is the name of a key that names events, as in a list of names and values.
    names_event: bool,
}

impl Search<'_> {
    /// Looks through one text: JSON, perhaps with other text before it.
    fn look(&mut self, text: &[u8], path: &str, level: usize) {
        // A string by itself, which is an element of a container.
        let mut cursor = Cursor::new(text);
        if cursor.peek() == Some(b'"')
            && let Ok(Some(string)) = cursor.string_or_skip()
            && level < MAX_TEXTS
        {
            let mut bytes = Vec::new();
            string.decode_into(&mut bytes);
            self.texts.push(Text { bytes, path: path.to_owned(), level: level + 1 });
            return;
        }
        let mut path = path.to_owned();
        let mut frames: Vec<Frame> = Vec::new();
        let mut key: Option<Str<'_>> = None;
        let mut expects_key = false;
        let mut at = 0;
        while let Some(rest) = text.get(at..)
            && let Some(&byte) = rest.first()
        {
            at += 1;
            match byte {
                b'{' | b'[' => {
                    enter(&mut path, frames.last(), key.take());
                    frames.push(Frame { is_object: byte == b'{', path: path.len(), names_event: false });
                    expects_key = byte == b'{';
                }
                b'}' | b']' => {
                    frames.pop();
                    expects_key = false;
                }
                b',' => expects_key = frames.last().is_some_and(|frame| frame.is_object),
                b'"' if !frames.is_empty() => {
                    let mut cursor = Cursor::new(rest);
                    let Ok(Some(string)) = cursor.string_or_skip() else { return };
                    at += cursor.at() - 1;
                    if std::mem::take(&mut expects_key) {
                        key = Some(string);
                    } else {
                        let raw = rest.get(..cursor.at()).unwrap_or_default();
                        self.string(string, raw, key.take(), &mut frames, &mut path, level);
                    }
                }
                _ => {}
            }
        }
    }

    /// Looks at a string that is a value.
    fn string(
        &mut self,
        string: Str<'_>,
        raw: &[u8],
        key: Option<Str<'_>>,
        frames: &mut [Frame],
        path: &mut String,
        level: usize,
    ) {
        let Some((frame, around)) = frames.split_last_mut() else { return };
        if string.is(EVENT_NAME) {
            let listed = frame.names_event || around.last().is_some_and(|frame| frame.names_event);
            path.truncate(frame.path);
            // How often events came, of CloudTrail Insights: none of them is meant.
            let counts = path.ends_with("insightDetails");
            if let Some(key) = key.filter(|key| !counts && (listed || names_event(&key.text()))) {
                let key = key.text().chars().take(SHOWN).collect();
                let found = Unrecognized { path: path.clone(), key };
                if self.found.as_ref().is_none_or(|known| found < *known) {
                    self.found = Some(found);
                }
            }
            return;
        }
        if raw.len() <= 64 && names_event(&string.text()) {
            frame.names_event = true;
            return;
        }
        let is_packed = payload::looks_packed(raw.get(1..).unwrap_or_default())
            && key.is_some_and(|key| keys::may_be_packed(key.text().as_bytes()));
        if level == MAX_TEXTS || !is_packed && !self.prefilter.may_hold(raw) {
            return;
        }
        let mut bytes = Vec::new();
        string.decode_into(&mut bytes);
        if is_packed && let Ok(Some(unpacked)) = payload::unpack(&bytes) {
            bytes = unpacked;
        }
        if memchr::memchr(b'{', &bytes).is_some() {
            enter(path, Some(frame), key);
            self.texts.push(Text { bytes, path: path.clone(), level: level + 1 });
        }
    }
}

/// Makes the path of a value out of that of the object or array around it.
fn enter(path: &mut String, around: Option<&Frame>, key: Option<Str<'_>>) {
    let Some(around) = around else { return };
    path.truncate(around.path);
    if path.len() > LONGEST_PATH {
        return;
    }
    match key {
        Some(key) => {
            let key: String = key.text().chars().take(SHOWN).collect();
            join(path, &key);
        }
        None => path.push_str("[]"),
    }
}

/// Adds a key to a path.
pub(crate) fn join(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&written(key));
}

/// Whether a key is spelled like `eventName`: `EventName`, `eventname`, `event_name`, `detail.eventName`.
fn names_event(key: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key);
    let letters = name.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' '));
    letters.map(|byte| byte.to_ascii_lowercase()).eq(*b"eventname")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &str) -> Option<(String, String)> {
        find(value.as_bytes(), "", &Prefilter::default()).map(|found| (found.path, found.key))
    }

    #[test]
    fn says_where_a_sign_in_stands() {
        for (value, path, key) in [
            (r#"{"eventName":"ConsoleLogin"}"#, "", "eventName"),
            (r#"{"EventName":"ConsoleLogin"}"#, "", "EventName"),
            (r#"{"event_name" : "ConsoleLogin"}"#, "", "event_name"),
            (r#"{"detail.eventName":"ConsoleLogin"}"#, "", "detail.eventName"),
            (r#"{"a":1,"b":{"c":[{"x":[]},{"eventName":"ConsoleLogin"}]}}"#, "b.c[]", "eventName"),
            (r#"{"a.b":{"eventName":"\u0043onsoleLogin"}}"#, r#""a.b""#, "eventName"),
            (r#"{"payload":{"raw":"{\"eventName\":\"ConsoleLogin\"}"}}"#, "payload.raw", "eventName"),
            (r#"{"a":["x {\"eventName\":\"ConsoleLogin\"}"]}"#, "a[]", "eventName"),
            (r#"{"a":"{\"b\":\"{\\\"eventName\\\":\\\"ConsoleLogin\\\"}\"}"}"#, "a.b", "eventName"),
            (r#"{"z":{"eventName":"ConsoleLogin"},"b":{"eventName":"ConsoleLogin"}}"#, "b", "eventName"),
            (r#"{"rows":[{"field":"eventName","value":"ConsoleLogin"}]}"#, "rows[]", "value"),
            (
                r#"{"v":[{"key":"eventName","value":{"stringValue":"ConsoleLogin"}}]}"#,
                "v[].value",
                "stringValue",
            ),
            (r#"{"x":{"data":"eyJldmVudE5hbWUiOiJDb25zb2xlTG9naW4ifQ=="}}"#, "x.data", "eventName"),
        ] {
            assert_eq!(found(value), Some((path.to_owned(), key.to_owned())), "{value}");
        }
    }

    #[test]
    fn the_name_alone_is_not_a_sign_in() {
        for value in [
            "",
            "ConsoleLogin",
            r#""ConsoleLogin""#,
            r#"{"api":"ConsoleLogin"}"#,
            r#"{"userAgent":"{\"eventName\":\"x\"} ConsoleLogin"}"#,
            r#"{"eventName":"GetObject","userAgent":"ConsoleLogin"}"#,
            r#"{"eventName":["ConsoleLogin"]}"#,
            r#"{"eventName":"ConsoleLogins"}"#,
            r#"["eventName","ConsoleLogin"]"#,
            r#"{"responseElements":{"ConsoleLogin":"Success"}}"#,
        ] {
            assert_eq!(found(value), None, "{value}");
        }
    }

    #[test]
    fn long_paths_and_deep_values_are_bounded() {
        let deep = format!("{}{{\"eventName\":\"ConsoleLogin\"}}", "{\"key\":".repeat(100_000));
        assert!(found(&deep).unwrap().0.len() < 1000);
        let wide = format!("{{\"{}\":{{\"eventName\":\"ConsoleLogin\"}}}}", "k".repeat(100_000));
        assert!(found(&wide).unwrap().0.len() < 100);
    }

    #[test]
    fn the_message_names_the_place_and_what_to_type() {
        let message =
            |path: &str, key: &str| Unrecognized { path: path.to_owned(), key: key.to_owned() }.message();
        assert_eq!(
            message("payload.raw", "eventName"),
            "a console sign-in under \"payload.raw\", which is not a known envelope; add --record-path payload.raw"
        );
        assert!(message("a[].\"b.c\"", "eventName").ends_with("add --record-path 'a[].\"b.c\"'"));
        assert!(message("", "EventName").contains("(\"EventName\" for \"eventName\")"));
    }
}
