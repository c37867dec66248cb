//! What a file is, by its first bytes. Never asks for its name.

use std::ops::RangeInclusive;

/// How many bytes are enough to tell.
pub(crate) const ENOUGH: usize = 8;

/// What a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text, or whatever else it may be: the filter will see.
    Plain,
    Gzip,
    Zstd,
    /// Not read here: its name, and what makes text of it.
    Foreign(&'static str, &'static str),
}

/// A byte of a beginning: itself, or one of these.
type Byte = RangeInclusive<u8>;

const fn is(byte: u8) -> Byte {
    byte..=byte
}

/// How files begin that are no text.
const BEGINNINGS: [(Form, &[Byte]); 9] = [
    // RFC 1952; a third byte that is cut off is for the unpacking to miss.
    (Form::Gzip, &[is(0x1f), is(0x8b)]),
    // RFC 8878: a frame, and frames to be skipped.
    (Form::Zstd, &[is(0x28), is(0xb5), is(0x2f), is(0xfd)]),
    (Form::Zstd, &[0x50..=0x5f, is(0x2a), is(0x4d), is(0x18)]),
    (
        Form::Foreign("bzip2", "bzcat"),
        &[is(b'B'), is(b'Z'), is(b'h'), b'1'..=b'9', is(0x31), is(0x41), is(0x59), is(0x26)],
    ),
    (Form::Foreign("xz", "xzcat"), &[is(0xfd), is(b'7'), is(b'z'), is(b'X'), is(b'Z'), is(0)]),
    (Form::Foreign("lz4", "lz4cat"), &[is(0x04), is(0x22), is(0x4d), is(0x18)]),
    (Form::Foreign("zip", "unzip -p"), &[is(b'P'), is(b'K'), is(3), is(4)]),
    // The byte order mark, either way round.
    (Form::Foreign("UTF-16", "iconv -f UTF-16 -t UTF-8"), &[is(0xff), is(0xfe)]),
    (Form::Foreign("UTF-16", "iconv -f UTF-16 -t UTF-8"), &[is(0xfe), is(0xff)]),
];

impl Form {
    /// Judges by the beginning of a file, all of it if it is shorter than [`ENOUGH`].
    pub(crate) fn of(first: &[u8]) -> Self {
        let begins = |beginning: &[Byte]| first.len() >= beginning.len() && agree(beginning, first);
        BEGINNINGS.iter().find(|(_, beginning)| begins(beginning)).map_or(Form::Plain, |(form, _)| *form)
    }

    /// Whether more bytes may turn plain into something else.
    pub(crate) fn may_change(first: &[u8]) -> bool {
        BEGINNINGS.iter().any(|(_, beginning)| first.len() < beginning.len() && agree(beginning, first))
    }
}

/// Whether the bytes are those of a beginning, as far as both go.
fn agree(beginning: &[Byte], first: &[u8]) -> bool {
    beginning.iter().zip(first).all(|(wanted, byte)| wanted.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_files_are_told_from_text() {
        assert_eq!(Form::of(b"\x1f\x8b\x08\0\0\0\0\0"), Form::Gzip);
        assert_eq!(Form::of(b"\x1f\x8b"), Form::Gzip);
        assert_eq!(Form::of(b"\x28\xb5\x2f\xfd\x04"), Form::Zstd);
        assert_eq!(Form::of(b"[*M\x18\x04\0\0\0"), Form::Zstd, "a frame to be skipped begins like an array");
        assert_eq!(Form::of(b"BZh91AY&"), Form::Foreign("bzip2", "bzcat"));
        for text in
            [&b""[..], b"{\"Records\":[", b"[", b"(", b"PK", b"BZh9 is a name", b"\xEF\xBB\xBF{", b"\x1f"]
        {
            assert_eq!(Form::of(text), Form::Plain, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn nothing_changes_that_was_said_not_to() {
        for whole in [
            &b"\x1f\x8b\x08"[..],
            b"\x28\xb5\x2f\xfd",
            b"[*M\x18",
            b"\x5f\x2a\x4d\x18",
            b"BZh91AY&",
            b"\xfd7zXZ\0",
            b"\x04\x22\x4d\x18",
            b"PK\x03\x04",
            b"\xff\xfe",
        ] {
            assert_ne!(Form::of(whole), Form::Plain);
            for length in 0..whole.len() {
                let first = &whole[..length];
                assert!(
                    Form::of(first) != Form::Plain || Form::may_change(first),
                    "{}",
                    first.escape_ascii()
                );
            }
        }
        assert!(!Form::may_change(b"{") && !Form::may_change(b"[{"));
    }
}
