//! What a file is, by its first bytes. Never asks for its name.

/// How many bytes are enough to tell.
pub(crate) const ENOUGH: usize = 8;

/// What a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text, or whatever else it may be: the filter will see.
    Plain,
    Gzip,
    Zstd,
    /// Packed in a way that is not read here: its name, and what unpacks it.
    Foreign(&'static str, &'static str),
}

impl Form {
    /// Judges by the beginning of a file, all of it if it is shorter than [`ENOUGH`].
    pub(crate) fn of(first: &[u8]) -> Self {
        match first {
            // RFC 1952; a third byte that is cut off is for the unpacking to miss.
            [0x1f, 0x8b, ..] => Form::Gzip,
            // RFC 8878: a frame, and frames to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Form::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Form::Foreign("bzip2", "bzcat"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Form::Foreign("xz", "xzcat"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Form::Foreign("lz4", "lz4cat"),
            [b'P', b'K', 3, 4, ..] => Form::Foreign("zip", "unzip -p"),
            _ => Form::Plain,
        }
    }

    /// Whether more bytes may turn plain into something else.
    pub(super) fn may_change(first: &[u8]) -> bool {
        match first {
            [] => true,
            [byte] => matches!(byte, 0x1f | 0x28 | 0x50..=0x5f | 0xfd | 0x04),
            [0x28, 0xb5] | [0x28, 0xb5, 0x2f] | [0x50..=0x5f, 0x2a] | [0x50..=0x5f, 0x2a, 0x4d] => true,
            _ => false,
        }
    }
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
        for whole in [&b"\x1f\x8b\x08"[..], b"\x28\xb5\x2f\xfd", b"[*M\x18", b"\x5f\x2a\x4d\x18"] {
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
