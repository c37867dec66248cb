//! Encodings whose units are wider than a byte: UTF-16 and UTF-32, told by their first bytes. Converts nothing.

/// An encoding whose units are wider than a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WideEncoding {
    pub(crate) name: &'static str,
    /// The bytes of a unit: 2 or 4.
    pub(super) width: usize,
    pub(super) big_endian: bool,
    /// A byte order mark says so. Without one the first characters do, which are ASCII.
    pub(crate) marked: bool,
}

const fn encoding(name: &'static str, width: usize, big_endian: bool) -> WideEncoding {
    WideEncoding { name, width, big_endian, marked: true }
}

pub(super) const UTF16_LE: WideEncoding = encoding("UTF-16LE", 2, false);
pub(super) const UTF16_BE: WideEncoding = encoding("UTF-16BE", 2, true);
pub(super) const UTF32_LE: WideEncoding = encoding("UTF-32LE", 4, false);
pub(super) const UTF32_BE: WideEncoding = encoding("UTF-32BE", 4, true);

impl WideEncoding {
    /// Tells the encoding by the first bytes, by a byte order mark or by two characters in ASCII.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        let guessed = |encoding| Some(WideEncoding { marked: false, ..encoding });
        let ascii = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        match *first {
            [0xff, 0xfe, 0, 0, ..] => Some(UTF32_LE),
            [0, 0, 0xfe, 0xff, ..] => Some(UTF32_BE),
            [0xff, 0xfe, ..] => Some(UTF16_LE),
            [0xfe, 0xff, ..] => Some(UTF16_BE),
            [a, 0, 0, 0, b, 0, 0, 0, ..] if ascii(a) && ascii(b) => guessed(UTF32_LE),
            [0, 0, 0, a, 0, 0, 0, b, ..] if ascii(a) && ascii(b) => guessed(UTF32_BE),
            [a, 0, b, 0, ..] if ascii(a) && ascii(b) => guessed(UTF16_LE),
            [0, a, 0, b, ..] if ascii(a) && ascii(b) => guessed(UTF16_BE),
            _ => None,
        }
    }

    /// Its name without the order of its bytes.
    pub(super) fn family(self) -> &'static str {
        if self.width == 2 { "UTF-16" } else { "UTF-32" }
    }

    /// Whether more bytes may turn these into another encoding.
    pub(super) fn may_change(first: &[u8]) -> bool {
        match *first {
            [] | [0 | 0xfe | 0xff] => true,
            // UTF-32 begins like UTF-16.
            [0xff, 0xfe] | [0xff, 0xfe, 0] => true,
            [a, b] => (a == 0) != (b == 0) || (a == 0 && b == 0),
            [a, b, c] => (b == 0 && a != 0) || (a == 0 && (b != 0 || c == 0 || c == 0xfe)),
            [0, 0, ..] | [_, 0, 0, 0, ..] if first.len() < 8 => true,
            _ => false,
        }
    }

    /// The value of a unit.
    pub(super) fn unit(self, bytes: &[u8]) -> u32 {
        let place = |value: u32, &byte: &u8| value << 8 | u32::from(byte);
        match self.big_endian {
            true => bytes.iter().fold(0, place),
            false => bytes.iter().rev().fold(0, place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [WideEncoding; 4] = [UTF16_LE, UTF16_BE, UTF32_LE, UTF32_BE];

    fn encoded(text: &str, encoding: WideEncoding) -> Vec<u8> {
        let units: Vec<u32> = match encoding.width {
            2 => text.encode_utf16().map(u32::from).collect(),
            _ => text.chars().map(u32::from).collect(),
        };
        let bytes = |unit: u32| match encoding.big_endian {
            true => unit.to_be_bytes()[4 - encoding.width..].to_vec(),
            false => unit.to_le_bytes()[..encoding.width].to_vec(),
        };
        units.into_iter().flat_map(bytes).collect()
    }

    #[test]
    fn the_encoding_is_known_with_and_without_a_mark() {
        for encoding in ALL {
            let marked = encoded("\u{feff}{}", encoding);
            assert_eq!(WideEncoding::of(&marked), Some(encoding));
            let plain = encoded("{\"", encoding);
            assert_eq!(WideEncoding::of(&plain), Some(WideEncoding { marked: false, ..encoding }));
            for whole in [&marked, &plain] {
                let known = WideEncoding::of(whole);
                for length in 2..whole.len() {
                    let first = &whole[..length];
                    assert!(WideEncoding::of(first) == known || WideEncoding::may_change(first), "{first:?}");
                }
            }
        }
        for text in
            [&b"{\"a\":1}"[..], b"[]", b"\0\0\0\0\0\0\0\0\0", b"a", b"{\n", b"\xef\xbb\xbf{", b"{\0\x01\0"]
        {
            assert_eq!(WideEncoding::of(text), None, "{text:?}");
        }
        assert!(!WideEncoding::may_change(b"{") && !WideEncoding::may_change(b"{\""));
    }
}
