//! UTF-16 and UTF-32 converted to UTF-8 as it is read. What is not valid becomes U+FFFD, and is remembered. Knows nothing of what
//! the text says.

use std::io::{self, Read};
use std::rc::Rc;

use crate::input::compression::layer_state::LayerState;
use crate::input::compression::wide_encoding::WideEncoding;

/// How much is converted at once, in bytes.
const BLOCK: usize = 32 * 1024;

/// A reader of such a text that gives UTF-8.
pub(super) struct WideText<R> {
    encoding: WideEncoding,
    source: R,
    state: Rc<LayerState>,
    /// Bytes that were read; those behind the last whole unit wait for more.
    read: Vec<u8>,
    waiting: usize,
    /// The first half of a pair.
    high: Option<u32>,
    text: String,
    taken: usize,
}

impl<R: Read> WideText<R> {
    pub(super) fn new(encoding: WideEncoding, source: R, state: Rc<LayerState>) -> Self {
        let (read, text) = (vec![0; BLOCK], String::with_capacity(2 * BLOCK));
        WideText { encoding, source, state, read, waiting: 0, high: None, text, taken: 0 }
    }

    fn replace(&mut self) {
        self.text.push(char::REPLACEMENT_CHARACTER);
        self.state.replaced.set(true);
    }

    fn push(&mut self, unit: u32) {
        let low = (0xdc00..0xe000).contains(&unit) && self.encoding.width == 2;
        match self.high.take() {
            Some(high) if low => {
                let pair = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                self.text.extend(char::from_u32(pair));
                return;
            }
            Some(_) => self.replace(),
            None => {}
        }
        match char::from_u32(unit) {
            Some(character) => self.text.push(character),
            None if self.encoding.width == 2 && !low => self.high = Some(unit),
            None => self.replace(),
        }
    }

    /// Converts what can be read now; false at the end.
    fn convert(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.taken = 0;
        let count = match self.source.read(&mut self.read[self.waiting..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            count => count?,
        };
        if count == 0 {
            // Half a unit, or half a pair.
            if std::mem::take(&mut self.waiting) > 0 || self.high.take().is_some() {
                self.replace();
            }
            return Ok(!self.text.is_empty());
        }
        let (length, width) = (self.waiting + count, self.encoding.width);
        let whole = length / width * width;
        for at in (0..whole).step_by(width) {
            self.push(self.encoding.unit(&self.read[at..at + width]));
        }
        self.read.copy_within(whole..length, 0);
        self.waiting = length - whole;
        Ok(true)
    }
}

impl<R: Read> Read for WideText<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() {
            if room.is_empty() || !self.convert()? {
                return Ok(0);
            }
        }
        let left = &self.text.as_bytes()[self.taken..];
        let count = left.len().min(room.len());
        room[..count].copy_from_slice(&left[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::compression::wide_encoding::{UTF16_BE, UTF16_LE, UTF32_BE, UTF32_LE};

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

    /// Hands out at most `step` bytes a read.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let step = self.1.min(room.len());
            self.0.read(&mut room[..step])
        }
    }

    fn decoded(bytes: &[u8], step: usize, encoding: WideEncoding) -> (String, bool) {
        let state = Rc::new(LayerState::default());
        let mut text = String::new();
        let mut reader = WideText::new(encoding, Slow(bytes, step), Rc::clone(&state));
        reader.read_to_string(&mut text).unwrap();
        (text, state.replaced())
    }

    #[test]
    fn text_comes_back_whatever_the_pieces() {
        let long = "{\"user\":\"Zoë 🦀 \u{1f600}\u{ffff}\"}\n".repeat(3000);
        for encoding in ALL {
            let bytes = encoded(&long, encoding);
            for step in [1, 2, 3, 5, 7, 1000, 1 << 20] {
                assert_eq!(decoded(&bytes, step, encoding), (long.clone(), false), "{encoding:?}, {step}");
            }
        }
    }

    #[test]
    fn halves_of_pairs_and_of_units_are_replaced() {
        for (units, wanted) in [
            (&[0xd800, 0x61][..], "\u{fffd}a"),
            (&[0xdc00, 0x61], "\u{fffd}a"),
            (&[0xd83e, 0xd83e, 0xdd80], "\u{fffd}🦀"),
            (&[0x61, 0xd800], "a\u{fffd}"),
        ] {
            let bytes: Vec<u8> = units.iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
            assert_eq!(decoded(&bytes, 1, UTF16_LE), (wanted.to_owned(), true));
            // The standard library says the same.
            assert_eq!(String::from_utf16_lossy(units), wanted);
        }
        assert_eq!(decoded(b"a\0b", 2, UTF16_LE), ("a\u{fffd}".to_owned(), true));
        assert_eq!(decoded(b"\0\0\xd8\0\0\x11\0\0", 8, UTF32_BE), ("\u{fffd}\u{fffd}".to_owned(), true));
    }
}
