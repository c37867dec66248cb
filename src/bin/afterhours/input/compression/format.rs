//! What a file is, by its first bytes: one table of the formats that are decoded, and one of those that are not.
//! Never asks for the file's name.

use std::io;
use std::ops::RangeInclusive;

use crate::input::compression::codec::{Decode, damage};
use crate::input::compression::one_shot::OneShot;
use crate::input::compression::wide_encoding::WideEncoding;
use crate::input::compression::{bzip2, gzip, one_shot, xz, zstd};

/// How many bytes are enough to tell the format: a tar's first header.
pub(crate) const ENOUGH: usize = 512;
/// How many are enough for every format but tar.
pub(crate) const ENOUGH_BUT_TAR: usize = 16;

/// What the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text, or whatever else it may be: the filter finds out.
    Plain,
    Compressed(&'static Compression),
    /// Text whose characters are wider than a byte.
    Wide(WideEncoding),
    Tar,
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
    /// Compressed text, as opposed to a format with columns or types of its own.
    pub(crate) is_archive: bool,
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

const LETTER: RangeInclusive<u8> = b'@'..=b'z';
const ANY: RangeInclusive<u8> = 0..=0xff;

const fn message_pack(beginning: &'static [RangeInclusive<u8>]) -> Unsupported {
    unsupported("MessagePack", "msgpack2json -i", beginning)
}

/// Formats that are not text and are not decoded.
static UNSUPPORTED: [Unsupported; 15] = [
    archive("lz4", "lz4cat", &[is(0x04), is(0x22), is(0x4d), is(0x18)]),
    archive("zip", "unzip -p", &[is(b'P'), is(b'K'), is(3), is(4)]),
    unsupported("7z", "7z x -so", &[is(b'7'), is(b'z'), is(0xbc), is(0xaf), is(0x27), is(0x1c)]),
    unsupported("compress (.Z)", "zcat", &[is(0x1f), is(0x9d), 0x80..=0x9f]),
    unsupported("framed Snappy", "snzip -dc", &[is(0xff), is(6), is(0), is(0), is(b's'), is(b'N')]),
    unsupported("Avro", "avro-tools tojson", &[is(b'O'), is(b'b'), is(b'j'), is(1)]),
    // The first page's header follows: a field of the Thrift protocol. The second has an encrypted footer.
    unsupported(
        "Parquet",
        "parquet-tools cat --format jsonl",
        &[is(b'P'), is(b'A'), is(b'R'), is(b'1'), 0x0e..=0x1f],
    ),
    unsupported(
        "Parquet",
        "parquet-tools cat --format jsonl",
        &[is(b'P'), is(b'A'), is(b'R'), is(b'E'), 0x0e..=0x1f],
    ),
    // Fluent's forward protocol, or files of the same: a map that begins with a key of letters; an array
    // of a tag of letters, or of a time. Long enough that a damaged line of text is not taken for it.
    message_pack(&[0x81..=0x8f, 0xa4..=0xbf, LETTER, LETTER, LETTER, LETTER]),
    message_pack(&[0x81..=0x8f, is(0xa3), LETTER, LETTER, LETTER]),
    message_pack(&[is(0xde), is(0), ANY, 0xa3..=0xbf, LETTER, LETTER, LETTER]),
    message_pack(&[0x92..=0x94, 0xa4..=0xbf, LETTER, LETTER, LETTER, LETTER]),
    message_pack(&[is(0x92), is(0xd7), is(0)]),
    message_pack(&[0x92..=0x94, is(0x92), is(0xd7), is(0)]),
    // Seconds since 1970, between 2010 and 2037.
    message_pack(&[0x92..=0x94, is(0xce), 0x4b..=0x7f, ANY, ANY, ANY, 0x81..=0x8f]),
];

const fn archive(name: &'static str, tool: &'static str, beginning: &'static [Byte]) -> Unsupported {
    Unsupported { name, tool, beginning, is_archive: true }
}

const fn unsupported(name: &'static str, tool: &'static str, beginning: &'static [Byte]) -> Unsupported {
    Unsupported { name, tool, beginning, is_archive: false }
}

/// ORC has three letters, which may begin a text too; what follows them is binary.
static ORC: Unsupported = unsupported("ORC", "orc-contents", &[is(b'O'), is(b'R'), is(b'C')]);

fn is_orc(first: &[u8]) -> bool {
    let is_binary = |byte: &u8| *byte < b'\t' || (0x0e..0x20).contains(byte);
    first.strip_prefix(b"ORC").is_some_and(|rest| rest.iter().take(ENOUGH_BUT_TAR - 3).any(is_binary))
}

/// Where a tar's header has its checksum, 8 bytes.
const CHECKSUM: usize = 148;

/// Whether this is the first header of a tar, of any dialect: its checksum says so.
fn is_tar(first: &[u8]) -> bool {
    let Some(header) = first.first_chunk::<512>() else { return false };
    // In octal digits, with blanks before and behind.
    let digits = header[CHECKSUM..CHECKSUM + 8].trim_ascii_start();
    let digits = digits.split(|byte| matches!(byte, 0 | b' ')).next().unwrap_or_default();
    let stated = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let (before, behind) = (&header[..CHECKSUM], &header[CHECKSUM + 8..]);
    let sum = before.iter().chain(behind).map(|&byte| u32::from(byte)).sum::<u32>() + 8 * u32::from(b' ');
    header[0] != 0 && stated == Some(sum)
}

/// Whether a tar may begin so: with a name, and without a line break, of which text has one soon.
fn may_be_tar(first: &[u8]) -> bool {
    let [begin, ..] = first else { return true };
    let is_name = !matches!(begin, b'{' | b'[' | b'\t' | b'\n' | b'\r' | b' ' | 0 | 0xef);
    is_name && first.len() < 512 && !first.contains(&b'\n')
}

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
        // Nearly all text begins so.
        if let [b'{' | b'[', second, ..] = first
            && !matches!(second, 0 | b'*')
        {
            return Format::Plain;
        }
        let begins = |beginning: &[Byte]| first.len() >= beginning.len() && agree(beginning, first);
        if let Some((format, _)) = beginnings().find(|(_, beginning)| begins(beginning)) {
            return format;
        }
        match WideEncoding::of(first) {
            Some(encoding) => Format::Wide(encoding),
            None if is_orc(first) => Format::Unsupported(&ORC),
            None if is_tar(first) => Format::Tar,
            None => Format::Plain,
        }
    }

    /// Its name in messages, `plain` for text.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Compressed(compression) => compression.name,
            Format::Wide(encoding) => encoding.name,
            Format::Tar => "tar",
            Format::Unsupported(format) => format.name,
        }
    }

    /// Whether more bytes may turn these into another format than [`Format::of`] says.
    pub(crate) fn may_change(first: &[u8]) -> bool {
        // A text's first byte is enough: who sends one byte is not made to send a second.
        if let [b'{'] = first {
            return false;
        }
        // UTF-32 begins like UTF-16.
        if let Format::Wide(_) = Format::of(first) {
            return WideEncoding::may_change(first);
        }
        Format::of(first) == Format::Plain
            && (beginnings().any(|(_, beginning)| first.len() < beginning.len() && agree(beginning, first))
                || WideEncoding::may_change(first)
                || may_be_tar(first)
                || (first.starts_with(b"ORC") && first.len() < ENOUGH_BUT_TAR))
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
            b"\xff\xfe{\0",
            b"Obj\x01",
            b"PAR1\x15",
            b"ORC\n\x01",
            b"\x82\xa4name",
            b"7z\xbc\xaf\x27\x1c",
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
