//! Looks at the first bytes of what comes in as they go by. Knows what is no text; unpacks nothing. The filter takes packed bytes
//! for lines that nobody asks for: without a look at them, their sign-ins would be lost without a word.

use crate::input::compression::format::{ENOUGH, Form};

/// The first bytes, as far as they came. They may come one at a time.
#[derive(Debug, Default)]
pub(crate) struct Look {
    first: [u8; ENOUGH],
    count: usize,
}

/// What is not read as it is: its name, and what makes text of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoText {
    pub(crate) name: &'static str,
    pub(crate) tool: &'static str,
}

impl Look {
    /// Sees the next bytes; fails where they show that this is no text.
    pub(crate) fn at(&mut self, bytes: &[u8]) -> Result<(), NoText> {
        let room = &mut self.first[self.count..];
        if room.is_empty() || bytes.is_empty() {
            return Ok(());
        }
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        self.count += count;
        let first = &self.first[..self.count];
        let (name, tool) = match Form::of(first) {
            Form::Gzip => ("gzip", "zcat"),
            Form::Zstd => ("zstd", "zstdcat"),
            Form::Foreign(name, tool) => (name, tool),
            Form::Plain => return Ok(()),
        };
        Err(NoText { name, tool })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_known_whatever_the_pieces() {
        for (bytes, name) in [
            (&b"\x1f\x8b\x08\0\0\0\0\0\0\0"[..], "gzip"),
            (b"\x28\xb5\x2f\xfd\x04\0\0\0\0\0", "zstd"),
            (b"BZh91AY&SY", "bzip2"),
            (b"\xfd7zXZ\0\0\x04", "xz"),
            (b"\x04\x22\x4d\x18\x64\x40", "lz4"),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"\xff\xfe{\0\"\0", "UTF-16"),
            (b"\xfe\xff\0{\0\"", "UTF-16"),
        ] {
            for step in 1..=bytes.len() {
                let mut look = Look::default();
                let seen = bytes.chunks(step).try_for_each(|piece| look.at(piece));
                assert_eq!(seen.map_err(|what| what.name), Err(name), "step {step}");
            }
        }
        for text in
            [&b"{\"Records\":[]}"[..], b"\xEF\xBB\xBF{}", b"[{}]", b"PK", b"BZh9 is a name", b"\n\x1f\x8b"]
        {
            for step in 1..=text.len() {
                let mut look = Look::default();
                assert_eq!(text.chunks(step).try_for_each(|piece| look.at(piece)), Ok(()));
            }
        }
    }
}
