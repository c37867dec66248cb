//! Where a run is in its input: among lines, inside a value that spans them, or inside a line that is
//! longer than the buffer may grow.

use crate::framing::{Skipped, ValueReader, is_separator, starts_container};
use crate::json::Cursor;

/// What the input turned out to be, and where in it the run is.
#[derive(Debug)]
pub(super) enum Input {
    Start,
    Lines,
    /// Inside a value that spans lines, or a long line of values.
    Values(Box<Reading>),
    /// Inside a long line that is no JSON.
    Text(Box<Skipped>),
}

/// Values that are read as they come.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: ValueReader,
    /// What is to be read again with more behind it.
    pub(super) pending: Vec<u8>,
    /// The values end with the line.
    pub(super) in_line: bool,
    /// What was fed last did not end with a newline.
    pub(super) open_line: bool,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// All that was to be done.
    Done,
    /// Nothing that would keep it from being passed on whole.
    Left,
    /// A value begins here that goes on behind the line; nothing was done about it.
    Spans(usize),
}

/// Whether a line that does not fit into the buffer can be read in parts: it is a container, or values
/// that stand one behind another.
pub(super) fn comes_in_parts(beginning: &[u8]) -> bool {
    let mut cursor = Cursor::new(beginning);
    starts_container(beginning)
        || matches!(cursor.peek(), Some(b'{' | b'"' | b',' | 0x1E)) && cursor.skip().is_ok()
}

/// What stands behind a value that spanned lines: nothing more on its line, and the lines behind it; or
/// more on its line. Says how many newlines were passed.
pub(super) fn behind_value(rest: &[u8]) -> (&[u8], u64) {
    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
    let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, b""));
    if line.iter().all(|&byte| is_separator(byte)) {
        (behind, u64::from(line.ends_with(b"\n")))
    } else {
        (rest, 0)
    }
}
