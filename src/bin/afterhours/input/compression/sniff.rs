//! Looks at the first bytes of a stream as they pass, and reports a format that is not text. Decodes nothing. Without it the
//! filter would take compressed bytes for lines that are not records, and their sign-ins would be lost silently.

use crate::input::compression::format::{ENOUGH, Format};

/// Keeps the first bytes, which may come one at a time.
#[derive(Debug, Default)]
pub(crate) struct FormatSniffer {
    first: Vec<u8>,
}

/// A format that is not text: its name, and the command that makes text of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnsupportedFormat {
    pub(crate) name: &'static str,
    pub(crate) tool: &'static str,
}

impl FormatSniffer {
    /// Sees the next bytes. Fails as soon as they show that this is not text.
    pub(crate) fn see(&mut self, bytes: &[u8]) -> Result<(), UnsupportedFormat> {
        let room = ENOUGH - self.first.len();
        if room == 0 || bytes.is_empty() {
            return Ok(());
        }
        self.first.extend(bytes.iter().take(room));
        let (name, tool) = match Format::of(&self.first) {
            Format::Compressed(compression) => (compression.name, compression.tool),
            Format::Unsupported(format) if format.is_archive => (format.name, format.tool),
            Format::Wide(encoding) if encoding.marked => (encoding.family(), "iconv -t UTF-8"),
            // What a sender cannot mean to send as text is refused; what may be a strange first line is not, because all
            // lines behind it would be refused with it.
            Format::Plain | Format::Wide(_) | Format::Tar | Format::Unsupported(_) => return Ok(()),
        };
        Err(UnsupportedFormat { name, tool })
    }

    /// What a stream is in which no record was found, if it is not text. Asked at its end: a strange first line is no reason
    /// to refuse those behind it.
    pub(crate) fn at_the_end(&self) -> Option<UnsupportedFormat> {
        let (name, tool) = match Format::of(&self.first) {
            Format::Unsupported(format) => (format.name, format.tool),
            Format::Wide(encoding) => (encoding.name, "iconv -t UTF-8"),
            Format::Tar => ("tar", "tar -xOf"),
            Format::Plain | Format::Compressed(_) => return None,
        };
        Some(UnsupportedFormat { name, tool })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_detected_whatever_the_pieces() {
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
                let mut sniffer = FormatSniffer::default();
                let seen = bytes.chunks(step).try_for_each(|piece| sniffer.see(piece));
                assert_eq!(seen.map_err(|format| format.name), Err(name), "step {step}");
            }
        }
        for text in
            [&b"{\"Records\":[]}"[..], b"\xEF\xBB\xBF{}", b"[{}]", b"PK", b"BZh9 is a name", b"\n\x1f\x8b"]
        {
            for step in 1..=text.len() {
                let mut sniffer = FormatSniffer::default();
                assert_eq!(text.chunks(step).try_for_each(|piece| sniffer.see(piece)), Ok(()));
            }
        }
    }
}
