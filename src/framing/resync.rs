//! Finds where the next value begins behind damage, where brackets and quotes cannot be trusted. Knows
//! how records begin; takes nothing for a beginning that is not the beginning of a whole value.

use crate::framing::elements::{is_separator, trim_separators};
use crate::json::Cursor;

/// Where the next value begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Here.
    At(usize),
    /// Maybe where the text ends too early to say.
    Unfinished,
    /// Not in this text.
    None,
}

/// The keys that a CloudTrail record may begin with: programs that rewrite records may sort them.
const KEYS: [&[u8]; 22] = [
    b"additionalEventData",
    b"apiVersion",
    b"awsRegion",
    b"errorCode",
    b"errorMessage",
    b"eventCategory",
    b"eventID",
    b"eventName",
    b"eventSource",
    b"eventTime",
    b"eventType",
    b"eventVersion",
    b"managementEvent",
    b"readOnly",
    b"recipientAccountId",
    b"requestID",
    b"requestParameters",
    b"responseElements",
    b"sharedEventID",
    b"sourceIPAddress",
    b"userAgent",
    b"userIdentity",
];
/// So many times the length of what is searched is read at most: a text of nothing but beginnings must
/// not take for ever.
const PATIENCE: usize = 32;
/// An error so near to the end may come from the end: the longest escape.
const NEAR_END: usize = 12;

/// The next value that begins in `from..to`: a record; an object behind another; or an object or array
/// that has a line for itself. With `last` nothing comes behind the text.
pub(super) fn next_value(text: &[u8], from: usize, to: usize, last: bool) -> Next {
    let searched = text.get(from..to).unwrap_or_default();
    let mut patience = searched.len().saturating_mul(PATIENCE).saturating_add(1 << 16);
    for brace in memchr::memchr2_iter(b'{', b'[', searched).map(|at| from + at) {
        let rest = text.get(brace..).unwrap_or_default();
        let behind = rest.get(1..).unwrap_or_default().trim_ascii_start();
        if behind.is_empty() && !last {
            return Next::Unfinished;
        }
        let is_object = rest.first() == Some(&b'{');
        if is_object && !matches!(behind.first(), Some(b'"' | b'}')) {
            continue;
        }
        let is_record = is_object && is_record(rest);
        let before = text.get(from.saturating_sub(1)..brace).unwrap_or_default();
        let follows = is_object && before.iter().rev().find(|&&byte| !is_separator(byte)) == Some(&b'}');
        let blanks =
            text.get(..brace).unwrap_or_default().iter().rev().take_while(|&&b| b == b' ' || b == b'\t');
        let begins_line = text.get(..brace - blanks.count()).is_none_or(|t| t.ends_with(b"\n"));
        if !is_record && !follows && !begins_line {
            continue;
        }
        let mut cursor = Cursor::new(rest);
        match cursor.skip() {
            Ok(value) if begins_line && !value.contains(&b'\n') => return Next::At(brace),
            Ok(value) if is_record || follows && may_follow(rest.get(value.len()..).unwrap_or_default()) => {
                return Next::At(brace);
            }
            Err(error) if !last && error.at + NEAR_END > rest.len() => return Next::Unfinished,
            _ => {}
        }
        match patience.checked_sub(cursor.at()) {
            Some(left) => patience = left,
            None => return Next::None,
        }
    }
    Next::None
}

/// Whether a whole record stands somewhere in a text.
pub(crate) fn holds_record(text: &[u8]) -> bool {
    matches!(next_record(text, 0, text.len(), true), Next::At(_))
}

/// The first whole record that begins in `from..to`. With `last` nothing comes behind the text.
pub(super) fn next_record(text: &[u8], from: usize, to: usize, last: bool) -> Next {
    let inside = text.get(from..to).unwrap_or_default();
    for brace in memchr::memchr_iter(b'{', inside).map(|at| from + at) {
        let rest = text.get(brace..).unwrap_or_default();
        if !is_record(rest) {
            continue;
        }
        match Cursor::new(rest).skip() {
            Ok(_) => return Next::At(brace),
            Err(error) if !last && error.at + NEAR_END > rest.len() => return Next::Unfinished,
            Err(_) => {}
        }
    }
    Next::None
}

/// Whether an object begins as a CloudTrail record does.
fn is_record(object: &[u8]) -> bool {
    let key = object.get(1..).unwrap_or_default().trim_ascii_start().strip_prefix(b"\"");
    key.is_some_and(|key| {
        KEYS.iter().any(|name| key.strip_prefix(*name).is_some_and(|rest| rest.starts_with(b"\"")))
    })
}

/// The newline at which a value ends that spans lines and is damaged, from the end of its first line
/// on: its lines begin with a blank, a quote, a comma or a bracket that closes. A line that is JSON by
/// itself is not one of them.
pub(super) fn lines_of_value(text: &[u8], mut end: usize, last: bool) -> Option<usize> {
    loop {
        let line = text.get(end + 1..)?;
        // The last line may lack its newline.
        let length = memchr::memchr(b'\n', line).or((last && !line.is_empty()).then_some(line.len()))?;
        let line = line.get(..length).unwrap_or_default();
        let goes_on = line.first().is_none_or(|byte| b" \t\r\",}]".contains(byte));
        let is_whole = || {
            let mut cursor = Cursor::new(trim_separators(line));
            matches!(cursor.peek(), Some(b'{' | b'[')) && cursor.skip().is_ok() && cursor.end().is_ok()
        };
        if !goes_on || is_whole() {
            return Some(end);
        }
        end += 1 + length;
    }
}

/// Whether what stands behind a value may stand behind an element.
fn may_follow(behind: &[u8]) -> bool {
    let next = behind.iter().find(|&&byte| !is_separator(byte));
    matches!(next, None | Some(b'{' | b']'))
}
