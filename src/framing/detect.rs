//! What an input is, by how it begins.

use crate::json::{Cursor, IN_STRING};

/// How a CloudTrail log file begins.
pub(crate) const RECORDS: &[u8] = b"{\"Records\":[";
/// What is matched of it inside the key, where no space may stand.
pub(crate) const RECORDS_KEY: std::ops::Range<usize> = 2..10;

/// What a text in UTF-8 may begin with.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text without the mark it may begin with.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Whether a line begins as a container whose elements can be handed out one by one.
pub fn starts_container(text: &[u8]) -> bool {
    opening(text).is_some()
}

/// What a text that begins with a bracket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A container: where its first element may begin, and how many brackets are open there.
    Container { length: usize, brackets: u8 },
    /// The text ends before it is said.
    Unfinished,
    /// Some other value.
    Other,
}

/// What a text opens.
pub(crate) fn opening_of(text: &[u8]) -> Opening {
    let mut matched = 0;
    for (at, &byte) in text.iter().enumerate() {
        let Some(&wanted) = RECORDS.get(matched) else { return Opening::Other };
        match wanted {
            b'{' if byte == b'[' => return Opening::Container { length: at + 1, brackets: 1 },
            b'[' if byte == b'[' => return Opening::Container { length: at + 1, brackets: 2 },
            wanted if byte == wanted => matched += 1,
            // Not inside the key, which is another one then.
            _ if !RECORDS_KEY.contains(&matched) && byte.is_ascii_whitespace() => {}
            _ => return Opening::Other,
        }
    }
    Opening::Unfinished
}

/// Where the first element of a container may begin, and how many brackets are open there.
pub(crate) fn opening(text: &[u8]) -> Option<(usize, u8)> {
    match opening_of(text) {
        Opening::Container { length, brackets } => Some((length, brackets)),
        _ => None,
    }
}

/// Where in a line a JSON value begins that does not end on it, so that the lines behind it belong to
/// it: at its front, or, behind text as log shippers put it there, with the bracket that ends the line.
///
/// A line that was cut off inside a string is not one: a string holds no newline.
pub fn spans_lines(line: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(line);
    if matches!(cursor.peek(), Some(b'{' | b'[')) {
        let front = cursor.at();
        let ends_early = cursor.skip().is_err_and(|error| error.at >= line.len() && error.what != IN_STRING);
        return (ends_early && breaks_early(line)).then_some(front);
    }
    let text = line.trim_ascii_end();
    let (bracket, before) = text.split_last()?;
    let opens = matches!(bracket, b'{' | b'[') && before.last().is_some_and(u8::is_ascii_whitespace);
    opens.then_some(before.len())
}

/// Whether a line that begins a value breaks where programs break lines: in a container, or within the
/// first two members of an object. One that breaks behind more of them was cut off, and what follows
/// may be a record by itself.
pub(crate) fn breaks_early(line: &[u8]) -> bool {
    if line.trim_ascii_start().first() != Some(&b'{') || starts_container(line) {
        return true;
    }
    let (mut in_string, mut escaped, mut commas) = (false, false, 0);
    for &byte in line {
        match byte {
            _ if std::mem::take(&mut escaped) => {}
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' if !in_string => commas += 1,
            _ => {}
        }
        if commas > 1 {
            return false;
        }
    }
    true
}
