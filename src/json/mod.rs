//! The JSON grammar, read in place: finds where values begin and end, and what a string says. Knows nothing of
//! records. Allocates only when asked for the text of a string that holds escapes.
//!
//! It accepts exactly what `serde_json` accepts into a `Value` from the same bytes with invalid UTF-8 replaced
//! (RFC 8259, at most [`MAX_DEPTH`] levels, numbers of any size, no lone surrogates); the property tests hold it to
//! that.

pub use crate::json::string::Str;
use crate::json::string::hex4;

mod string;

/// How many objects and arrays may stand inside each other, as in `serde_json`.
pub const MAX_DEPTH: u8 = 127;

/// What is wrong with a text that ends before a string does.
pub(crate) const IN_STRING: &str = "the text ends inside a string";

/// What is wrong with a text, and at which byte (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// The reason, in words.
    pub what: &'static str,
    /// The offset of the offending byte; the length of the text when it ends too early.
    pub at: usize,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Error {}

/// A place in a JSON text, moving forward.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u8,
}

type Read<T> = Result<T, Error>;

impl<'a> Cursor<'a> {
    /// The beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0, depth: 0 }
    }

    /// The offset of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is not white space, without taking it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Read<()> {
        if self.peek().is_none() { Ok(()) } else { self.fail("text after the end of the JSON value") }
    }

    /// Reads an object and hands over each key with the cursor before its value; `each` must take the value.
    #[inline]
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, Str<'a>) -> Read<()>) -> Read<()> {
        self.open(b'{')?;
        if self.peek() == Some(b'}') {
            return self.close();
        }
        loop {
            let key = self.key()?;
            each(self, key)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.close(),
                _ => return self.fail("expected `,` or `}`"),
            }
        }
    }

    /// Reads an array and hands over the cursor before each element; `each` must take it.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.open(b'[')?;
        if self.peek() == Some(b']') {
            return self.close();
        }
        loop {
            each(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return self.close(),
                _ => return self.fail("expected `,` or `]`"),
            }
        }
    }

    /// Takes a value if it is a string, skips it otherwise.
    #[inline]
    pub fn string_or_skip(&mut self) -> Read<Option<Str<'a>>> {
        if self.peek() == Some(b'"') {
            self.at += 1;
            return self.string().map(Some);
        }
        self.skip().map(|_| None)
    }

    /// Skips a value, checking all of it, and returns its bytes.
    pub fn skip(&mut self) -> Read<&'a [u8]> {
        self.peek();
        let start = self.at;
        // One bit a level: 1 where it is an object. Depth is bounded by MAX_DEPTH, so 128 bits hold it.
        let mut objects = 0_u128;
        let outside = self.depth;
        'value: loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.string()?;
                }
                Some(b'{') => {
                    self.open(b'{')?;
                    if self.peek() == Some(b'}') {
                        self.close()?;
                    } else {
                        objects = objects << 1 | 1;
                        self.key()?;
                        continue 'value;
                    }
                }
                Some(b'[') => {
                    self.open(b'[')?;
                    if self.peek() == Some(b']') {
                        self.close()?;
                    } else {
                        objects <<= 1;
                        continue 'value;
                    }
                }
                _ => self.scalar()?,
            }
            while self.depth > outside {
                let in_object = objects & 1 == 1;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if in_object {
                            self.key()?;
                        }
                        continue 'value;
                    }
                    Some(b'}') if in_object => self.close()?,
                    Some(b']') if !in_object => self.close()?,
                    _ if in_object => return self.fail("expected `,` or `}`"),
                    _ => return self.fail("expected `,` or `]`"),
                }
                objects >>= 1;
            }
            return Ok(&self.bytes[start..self.at]);
        }
    }

    fn open(&mut self, bracket: u8) -> Read<()> {
        if self.peek() != Some(bracket) {
            return self.fail(if bracket == b'{' { "expected an object" } else { "expected an array" });
        }
        if self.depth == MAX_DEPTH {
            return self.fail("nested more than 127 levels deep");
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Read<()> {
        self.depth -= 1;
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn key(&mut self) -> Read<Str<'a>> {
        if self.peek() != Some(b'"') {
            return self.fail("expected a key in quotes");
        }
        self.at += 1;
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return self.fail("expected `:`");
        }
        self.at += 1;
        Ok(key)
    }

    /// The rest of a string whose opening quote is taken.
    #[inline]
    fn string(&mut self) -> Read<Str<'a>> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain_length(&self.bytes[self.at..]);
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let raw = &self.bytes[start..self.at];
                    self.at += 1;
                    return Ok(Str { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail(IN_STRING),
            }
        }
    }

    fn escape(&mut self) -> Read<()> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let unit = self.unit(self.at)?;
                self.at += 6;
                if (0xDC00..0xE000).contains(&unit) {
                    return self.fail("lone surrogate in an escape");
                }
                if (0xD800..0xDC00).contains(&unit) {
                    if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                        return self.fail("lone surrogate in an escape");
                    }
                    if !(0xDC00..0xE000).contains(&self.unit(self.at)?) {
                        return self.fail("lone surrogate in an escape");
                    }
                    self.at += 6;
                }
            }
            Some(_) => return self.fail("unknown escape"),
            None => {
                self.at = self.bytes.len();
                return self.fail(IN_STRING);
            }
        }
        Ok(())
    }

    fn unit(&self, backslash: usize) -> Read<u32> {
        self.bytes.get(backslash + 2..).and_then(hex4).ok_or(Error { what: "bad \\u escape", at: backslash })
    }

    fn scalar(&mut self) -> Read<()> {
        let rest = &self.bytes[self.at..];
        for word in [b"true".as_slice(), b"false", b"null"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        match rest.first() {
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.fail("expected a value"),
            None => self.fail("the text ends where a value should stand"),
        }
    }

    fn number(&mut self) -> Read<()> {
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
                    return self.fail("a number with a leading zero");
                }
            }
            _ => self.digits()?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Read<()> {
        let rest = &self.bytes[self.at..];
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { self.fail("expected a digit") } else { Ok(()) }
    }

    #[cold]
    fn fail<T>(&self, what: &'static str) -> Read<T> {
        // At the end of the text every complaint has the same cause.
        let what = if self.at >= self.bytes.len() && !what.starts_with("the text ends") {
            "the text ends too early"
        } else {
            what
        };
        Err(Error { what, at: self.at })
    }
}

/// How many bytes at the front of `bytes` are neither a quote, nor a backslash, nor a control character.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    let (stretches, tail) = bytes.as_chunks::<16>();
    for (i, stretch) in stretches.iter().enumerate() {
        let hits = specials(stretch);
        if hits != 0 {
            return i * 16 + hits.trailing_zeros() as usize / BITS_A_BYTE;
        }
    }
    let plain = tail.iter().take_while(|&&b| b != b'"' && b != b'\\' && b >= 0x20).count();
    stretches.len() * 16 + plain
}

/// How many bits of [`specials`] stand for one byte.
const BITS_A_BYTE: usize = if cfg!(target_arch = "x86_64") { 1 } else { 8 };

/// The special bytes of a stretch: the lowest bit that is set tells the first.
#[cfg(target_arch = "x86_64")]
#[inline]
fn specials(stretch: &[u8; 16]) -> u32 {
    #[expect(unsafe_code)]
    // SAFETY: SSE2 is a part of x86-64.
    unsafe {
        specials_sse2(stretch)
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn specials_sse2(stretch: &[u8; 16]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let bits = u128::from_le_bytes(*stretch);
    let bytes = _mm_set_epi64x((bits >> 64) as i64, bits as i64);
    let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
    let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
    let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)) as u32
}

/// The same where there are no vector instructions to rely on: eight bytes of a word at once.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn specials(stretch: &[u8; 16]) -> u128 {
    const ONES: u128 = u128::MAX / 255;
    const HIGHS: u128 = ONES << 7;
    let bytes = u128::from_le_bytes(*stretch);
    let quote = bytes ^ (ONES * b'"' as u128);
    let backslash = bytes ^ (ONES * b'\\' as u128);
    // A borrow may set a bit above the first hit, never below it: the lowest set bit is right.
    (quote.wrapping_sub(ONES) & !quote
        | backslash.wrapping_sub(ONES) & !backslash
        | bytes.wrapping_sub(ONES * 0x20) & !bytes)
        & HIGHS
}

#[cfg(test)]
mod tests;
