//! What every decoder has in common: where its compressed bytes come from, and how it reports that they are damaged.
//! Knows no format.

use std::io::{self, BufRead};

/// Decodes one format. A decoder keeps its state between calls.
pub(crate) trait Decode {
    /// Fills `room`, which is not empty, from the beginning, and returns how many bytes it wrote; 0 at the end of the data.
    /// Everything that was decoded before damage is returned before the damage is reported.
    ///
    /// # Errors
    /// The error of the source; or damage, see [`is_damage`].
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize>;
}

/// Compressed bytes, counted as they are consumed.
pub(crate) struct CountedSource<'r> {
    reader: Box<dyn BufRead + 'r>,
    consumed: u64,
}

impl<'r> CountedSource<'r> {
    pub(crate) fn new(reader: impl BufRead + 'r) -> Self {
        CountedSource { reader: Box::new(reader), consumed: 0 }
    }

    /// The bytes at hand; none at the end.
    pub(crate) fn fill(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.consumed += count as u64;
        self.reader.consume(count);
    }

    /// How many bytes were consumed.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The error for bytes behind the end of the data that are not another stream of it.
    pub(crate) fn trailing(&self, format: &str) -> io::Error {
        damage(format!("unexpected bytes after the end of the {format} data, at byte {}", self.consumed))
    }

    /// The error for data that cannot be decoded.
    pub(crate) fn damaged(&self, format: &str) -> io::Error {
        damage(format!("the {format} data is damaged before byte {}", self.consumed))
    }
}

/// The error for data that ends before its format says that it may.
pub(crate) fn truncated(format: &str) -> io::Error {
    damage(format!("the {format} data is truncated"))
}

/// Something wrong with what a file holds, as opposed to the reading of it.
#[derive(Debug)]
struct Damage(String);

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damage {}

/// An error about what a file holds.
pub(crate) fn damage(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Damage(what.into()))
}

/// Whether an error is about what a file holds.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Damage>())
}
