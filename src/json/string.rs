//! A string of a JSON text, and what it says. Knows escapes.

use std::borrow::Cow;

/// A string of a JSON text, still as it was written there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Str<'a> {
    pub(super) raw: &'a [u8],
    pub(super) escaped: bool,
}

impl<'a> Str<'a> {
    /// A string that is already plain text.
    pub fn plain(text: &'a str) -> Self {
        Str { raw: text.as_bytes(), escaped: false }
    }

    /// What the string says: escapes resolved, invalid UTF-8 replaced by U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        if !self.escaped {
            return String::from_utf8_lossy(self.raw);
        }
        let mut bytes = Vec::with_capacity(self.raw.len());
        self.decode_into(&mut bytes);
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether the string says exactly `text`.
    pub fn is(&self, text: &str) -> bool {
        if self.escaped { self.text() == text } else { self.raw == text.as_bytes() }
    }

    /// The string's bytes where it was written without escapes, which is nearly always.
    pub fn as_plain(&self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.raw)
    }

    /// The string as it was written, without its quotes.
    pub(crate) fn written(&self) -> &'a [u8] {
        self.raw
    }

    /// Appends what the string says, escapes resolved, other bytes as they are.
    pub fn decode_into(&self, out: &mut Vec<u8>) {
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest).filter(|_| self.escaped) {
            out.extend_from_slice(&rest[..at]);
            let Some(&letter) = rest.get(at + 1) else { break };
            rest = &rest[at + 2..];
            match letter {
                b'b' => out.push(8),
                b'f' => out.push(12),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b't' => out.push(b'\t'),
                b'u' => {
                    let mut unit = hex4(rest).unwrap_or(0xFFFD);
                    rest = rest.get(4..).unwrap_or_default();
                    if (0xD800..0xDC00).contains(&unit)
                        && let Some(low) = rest.strip_prefix(b"\\u").and_then(hex4)
                    {
                        unit = 0x10000 + ((unit - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                        rest = rest.get(6..).unwrap_or_default();
                    }
                    let c = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                itself => out.push(itself),
            }
        }
        out.extend_from_slice(rest);
    }
}

pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.iter().try_fold(0, |sum, &b| Some(sum << 4 | char::from(b).to_digit(16)?))
}
