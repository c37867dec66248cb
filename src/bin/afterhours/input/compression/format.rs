//! What a file is, by its first bytes: one table of the formats that are decoded, and one of those that are not.
//! Never asks for the file's name.

use std::io;
use std::ops::RangeInclusive;

use crate::input::compression::codec::{Decode, damage};
use crate::input::compression::one_shot::OneShot;
use crate::input::compression::{bzip2, gzip, one_shot, xz, zstd};

/// How many bytes are enough to tell the format.
pub(crate) const ENOUGH: usize = 8;

/// What the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text, or whatever else it may be: the filter finds out.
    Plain,
    Compressed(&'static Compression),
    Unsupported(&'static Unsupported),
}

/// A compression: how it is detected and decoded.
#[derive(Debug)]
pub(crate) struct Compression {
    pub(crate) name: &'static str,
    /// The command that decodes it.
    pub(crate) tool: &'static str,
    beginnings: &'static [&'static [Byte]],
    /// Makes a decoder for a file of any size.
    pub(crate) decoder: fn() -> io::Result<Box<dyn Decode>>,
    /// Decodes a small file at once, if the library has a faster way for it.
    pub(crate) one_shot: Option<OneShot>,
}

/// A format that is not text and is not decoded.
#[derive(Debug)]
pub(crate) struct Unsupported {
    pub(crate) name: &'static str,
    /// The command that makes text of it.
    pub(crate) tool: &'static str,
    beginning: &'static [Byte],
}

impl PartialEq for Compression {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Compression {}

impl PartialEq for Unsupported {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Unsupported {}

impl Unsupported {
    /// The error for a file of this format.
    pub(crate) fn error(&self) -> io::Error {
        damage(format!(
            "the file is {}, which is not supported; run: {} FILE | afterhours",
            self.name, self.tool
        ))
    }
}

/// One byte of a beginning: a range, mostly of one.
type Byte = RangeInclusive<u8>;

const fn is(byte: u8) -> Byte {
    byte..=byte
}

/// The formats that are decoded.
static COMPRESSIONS: [Compression; 4] = [
    Compression {
        name: "gzip",
        tool: "zcat",
        // RFC 1952. A file that ends here is truncated, which the decoder reports.
        beginnings: &[&[is(0x1f), is(0x8b)]],
        decoder: gzip::decoder,
        one_shot: Some(one_shot::gzip),
    },
    Compression {
        name: "zstd",
        tool: "zstdcat",
        // RFC 8878: a frame, and frames to be skipped.
        beginnings: &[
            &[is(0x28), is(0xb5), is(0x2f), is(0xfd)],
            &[0x50..=0x5f, is(0x2a), is(0x4d), is(0x18)],
        ],
        decoder: zstd::decoder,
        one_shot: Some(one_shot::zstd),
    },
    Compression {
        name: "bzip2",
        tool: "bzcat",
        // The block's magic is part of it: "BZh9" alone may begin a text. The second one is an empty stream.
        beginnings: &[
            &[is(b'B'), is(b'Z'), is(b'h'), b'1'..=b'9', is(0x31), is(0x41), is(0x59), is(0x26)],
            &[is(b'B'), is(b'Z'), is(b'h'), b'1'..=b'9', is(0x17), is(0x72), is(0x45), is(0x38)],
        ],
        decoder: bzip2::decoder,
        one_shot: None,
    },
    Compression {
        name: "xz",
        tool: "xzcat",
        beginnings: &[&[is(0xfd), is(b'7'), is(b'z'), is(b'X'), is(b'Z'), is(0)]],
        decoder: xz::decoder,
        one_shot: None,
    },
];

/// Formats that are not text and are not decoded.
static UNSUPPORTED: [Unsupported; 4] = [
    Unsupported { name: "lz4", tool: "lz4cat", beginning: &[is(0x04), is(0x22), is(0x4d), is(0x18)] },
    Unsupported { name: "zip", tool: "unzip -p", beginning: &[is(b'P'), is(b'K'), is(3), is(4)] },
    // The byte order mark, either way round.
    Unsupported { name: "UTF-16", tool: "iconv -f UTF-16 -t UTF-8", beginning: &[is(0xff), is(0xfe)] },
    Unsupported { name: "UTF-16", tool: "iconv -f UTF-16 -t UTF-8", beginning: &[is(0xfe), is(0xff)] },
];

/// All beginnings, each with its format.
fn beginnings() -> impl Iterator<Item = (Format, &'static [Byte])> {
    let compressed = COMPRESSIONS.iter().flat_map(|compression| {
        compression.beginnings.iter().map(move |beginning| (Format::Compressed(compression), *beginning))
    });
    let unsupported = UNSUPPORTED.iter().map(|format| (Format::Unsupported(format), format.beginning));
    compressed.chain(unsupported)
}

impl Format {
    /// Tells the format by the beginning of a file, all of it if it is shorter than [`ENOUGH`].
    pub(crate) fn of(first: &[u8]) -> Self {
        let begins = |beginning: &[Byte]| first.len() >= beginning.len() && agree(beginning, first);
        beginnings().find(|(_, beginning)| begins(beginning)).map_or(Format::Plain, |(format, _)| format)
    }

    /// Its name in messages, `plain` for text.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Compressed(compression) => compression.name,
            Format::Unsupported(format) => format.name,
        }
    }

    /// Whether more bytes may turn plain text into something else.
    pub(crate) fn may_change(first: &[u8]) -> bool {
        beginnings().any(|(_, beginning)| first.len() < beginning.len() && agree(beginning, first))
    }
}

/// Whether the bytes are those of a beginning, as far as both go.
fn agree(beginning: &[Byte], first: &[u8]) -> bool {
    beginning.iter().zip(first).all(|(wanted, byte)| wanted.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(first: &[u8]) -> &'static str {
        Format::of(first).name()
    }

    #[test]
    fn compressed_files_are_told_from_text() {
        assert_eq!(name(b"\x1f\x8b\x08\0\0\0\0\0"), "gzip");
        assert_eq!(name(b"\x1f\x8b"), "gzip");
        assert_eq!(name(b"\x28\xb5\x2f\xfd\x04"), "zstd");
        assert_eq!(name(b"[*M\x18\x04\0\0\0"), "zstd", "a frame to be skipped begins like an array");
        assert_eq!(name(b"BZh91AY&"), "bzip2");
        assert_eq!(name(b"BZh9\x17\x72\x45\x38"), "bzip2", "an empty stream");
        assert_eq!(name(b"\xfd7zXZ\0\0\x04"), "xz");
        assert_eq!(name(b"\x04\x22\x4d\x18"), "lz4");
        for text in
            [&b""[..], b"{\"Records\":[", b"[", b"(", b"PK", b"BZh9 is a name", b"\xEF\xBB\xBF{", b"\x1f"]
        {
            assert_eq!(Format::of(text), Format::Plain, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn plain_text_that_may_not_change_stays_plain() {
        for whole in [
            &b"\x1f\x8b\x08"[..],
            b"\x28\xb5\x2f\xfd",
            b"[*M\x18",
            b"\x5f\x2a\x4d\x18",
            b"BZh91AY&",
            b"BZh1\x17\x72\x45\x38",
            b"\xfd7zXZ\0",
            b"\x04\x22\x4d\x18",
            b"PK\x03\x04",
            b"\xff\xfe",
        ] {
            assert_ne!(Format::of(whole), Format::Plain);
            for length in 0..whole.len() {
                let first = &whole[..length];
                assert!(
                    Format::of(first) != Format::Plain || Format::may_change(first),
                    "{}",
                    first.escape_ascii()
                );
            }
        }
        assert!(!Format::may_change(b"{") && !Format::may_change(b"[{"));
    }
}
