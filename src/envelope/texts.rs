//! The texts that a walk reads: the line, and what was decoded out of strings in it. Knows nothing of
//! what they say.

use crate::envelope::shape::Range;
use crate::json::Cursor;

/// The line, and what was decoded out of strings in it.
pub(super) struct Texts<'w> {
    pub(super) line: &'w [u8],
    pub(super) decoded: Vec<Vec<u8>>,
}

/// A part of the line, which is text 0, or of a text that was decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) text: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Span {
    /// A part of this part.
    pub(super) fn part(self, (from, to): Range) -> Self {
        Span { from: self.from + from, to: self.from + to, ..self }
    }
}

impl Texts<'_> {
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let text = match span.text.checked_sub(1) {
            None => Some(self.line),
            Some(nth) => self.decoded.get(nth).map(Vec::as_slice),
        };
        text.and_then(|text| text.get(span.from..span.to)).unwrap_or_default()
    }

    pub(super) fn add(&mut self, text: Vec<u8>) -> Span {
        let to = text.len();
        self.decoded.push(text);
        Span { text: self.decoded.len(), from: 0, to }
    }
}

/// The element that is found from `at` on: of a sound array; or of values one behind another, of which the first that is not
/// sound reaches to the end.
pub(super) fn element_at(array: &[u8], at: usize, brackets: bool) -> Option<Range> {
    let rest = array.get(at..)?;
    let rest = if brackets {
        let rest = rest.trim_ascii_start();
        rest.strip_prefix(b",").unwrap_or(rest)
    } else {
        let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | 0x1e);
        rest.get(rest.iter().take_while(|byte| between(byte)).count()..)?
    };
    let mut cursor = Cursor::new(rest);
    match cursor.peek() {
        Some(b']') if brackets => return None,
        None => return None,
        Some(b'{' | b'[') => {}
        // Numbers and words have no end of their own.
        Some(_) if !brackets => return Some((array.len() - rest.len(), array.len())),
        Some(_) => {}
    }
    let begin = array.len() - rest.len();
    match cursor.skip() {
        Ok(value) => Some((begin + cursor.at() - value.len(), begin + cursor.at())),
        Err(_) if brackets => None,
        Err(_) => Some((begin, array.len())),
    }
}
