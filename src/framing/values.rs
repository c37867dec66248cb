//! Reads JSON values that stand one behind another, with nothing, white space, commas or record
//! separators between them, and the elements of a container likewise. Fed in parts of any size, in
//! memory bounded by the longest value. Damage costs the value it hits: reading goes on at the next
//! value at that depth. Knows JSON; knows nothing of what a value says.

use crate::framing::detect::{BYTE_ORDER_MARK, Opening, opening_of};
use crate::framing::elements::{is_separator, walk_on};
use crate::framing::oversized::{Brackets, Skipped};
use crate::framing::swallowed::Swallowed;
use crate::json::{Cursor, Error};
use crate::prefilter::{Prefilter, ends_closed};

mod damage;

/// What came out of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A whole value: an element of a container, or one that stands by itself. It may span lines.
    Value {
        /// Its text.
        text: &'a [u8],
        /// Whether it stands inside a container.
        inside: bool,
    },
    /// A stretch that is no JSON value.
    Damaged {
        /// Its beginning; all of it, unless `length` says otherwise.
        text: &'a [u8],
        /// Its length in bytes.
        length: u64,
        /// What is wrong with it, and where in it.
        error: Error,
        /// Whether it stood inside a container.
        inside: bool,
    },
    /// A value that is longer than allowed.
    TooLong(&'a Skipped),
}

/// Receives pieces, each with the line on which it begins.
pub type Each<'e> = &'e mut dyn FnMut(u64, Piece<'_>);

/// How far a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes are done; the others are to come again, with more behind them.
    pub done: usize,
    /// The reader was asked for one value, and it is over.
    pub over: bool,
}

/// Where a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Between values that stand by themselves.
    Top,
    /// Inside an array of records.
    Array,
    /// Inside `{"Records":[`.
    Records,
    /// Behind the array of `{"Records":[…]`, before the last brace.
    Behind,
}

#[derive(Debug)]
enum State {
    Values,
    /// Behind damage whose end was not found yet.
    Lost(Box<Skipped>, u64, Error),
    /// Inside a value that is too long.
    TooLong(Box<Skipped>, u64, Brackets),
}

/// What a step came to.
enum Step {
    /// Go on from here.
    Next(usize),
    /// The one value that was asked for ends here.
    Over(usize),
    /// More text is needed behind what begins here.
    More(usize),
}

/// Reads values. See the module.
#[derive(Debug)]
pub struct ValueReader {
    level: Level,
    state: State,
    longest: usize,
    /// Every value is wanted, not only those that may hold a sign-in.
    every: bool,
    /// Only the first value is wanted.
    one: bool,
    line: u64,
    /// The place in the text up to which its lines are counted.
    counted: usize,
    /// How many bytes of an unfinished value were looked at in vain.
    tried: usize,
    /// Something of the container was said to be damaged.
    damaged: bool,
    /// The line on which the container begins.
    opened: u64,
    /// Behind the array of a container, a colon was read last.
    colon: bool,
    swallowed: Option<Swallowed>,
    /// The byte before the text.
    previous: u8,
    /// It reads what an element has swallowed.
    is_released: bool,
}

/// So much text behind the damage is kept while a beginning is searched for.
const KEPT: usize = 64;
/// An error so near to the end may come from the end: the longest escape.
const NEAR_END: usize = 12;

impl ValueReader {
    /// A reader whose text begins on `line`. Values longer than `longest` bytes are skipped.
    pub fn new(longest: usize, line: u64) -> Self {
        ValueReader {
            level: Level::Top,
            state: State::Values,
            longest,
            every: false,
            one: false,
            line,
            counted: 0,
            tried: 0,
            damaged: false,
            opened: line,
            colon: false,
            swallowed: None,
            previous: b'\n',
            is_released: false,
        }
    }

    /// Hands out every value, not only those that may hold a sign-in.
    #[must_use]
    pub fn every(self, every: bool) -> Self {
        ValueReader { every, ..self }
    }

    /// Begins inside the container that `line` begins with: a text that ends there is not reported.
    #[must_use]
    pub fn inside(self, line: &[u8]) -> Self {
        let level = match opening_of(line) {
            Opening::Container { brackets: 2, .. } => Level::Records,
            _ => Level::Array,
        };
        ValueReader { level, damaged: true, ..self }
    }

    /// Reads one value, which may be a container, and is over then.
    #[must_use]
    pub fn one(self) -> Self {
        ValueReader { one: true, ..self }
    }

    /// The line of what was not read yet.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Reads a text from where the reader is. With `last` nothing comes behind it.
    pub fn read(&mut self, text: &[u8], last: bool, prefilter: &Prefilter, each: Each<'_>) -> Progress {
        self.counted = 0;
        let source = Source { text, last, prefilter };
        let mut places = prefilter.places(text, 0);
        let mut at = 0;
        loop {
            let step = match self.state {
                State::Values => {
                    let (begin, broken) = self.walk(&source, at, &mut places, each);
                    if broken {
                        // It was searched further than it was read.
                        places = prefilter.places(text, begin);
                    }
                    if begin > at {
                        (at, self.tried) = (begin, 0);
                    }
                    self.step(&source, at, each)
                }
                State::Lost(..) => self.lost(&source, at, each),
                State::TooLong(..) => self.too_long(&source, at, each),
            };
            let (Step::Next(done) | Step::Over(done) | Step::More(done)) = step;
            if done > at {
                (at, self.tried) = (done, 0);
            }
            if let Step::Next(_) = step {
                continue;
            }
            let over = matches!(step, Step::Over(_));
            if last && !over {
                self.end(prefilter, each);
                at = text.len();
            }
            self.line_at(text, at);
            self.previous = text.get(..at).and_then(<[u8]>::last).copied().unwrap_or(self.previous);
            return Progress { done: at, over };
        }
    }

    /// The line of a place in the text; places are asked for in order.
    fn line_at(&mut self, text: &[u8], at: usize) -> u64 {
        if let Some(passed) = text.get(self.counted..at) {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.counted = at;
        }
        self.line
    }

    /// The text ends here.
    fn end(&mut self, prefilter: &Prefilter, each: Each<'_>) {
        let level = std::mem::replace(&mut self.level, Level::Top);
        if level != Level::Top && !self.damaged {
            let error = Error { what: "the text ends inside a container of records", at: 0 };
            each(self.opened, Piece::Damaged { text: b"", length: 0, error, inside: true });
        }
        self.release(prefilter, each);
    }

    /// Keeps what an element may have swallowed; says whether there is anything.
    fn may_have_swallowed(&mut self, value: &[u8], line: u64) -> bool {
        if self.level != Level::Top && !self.is_released {
            self.swallowed = Swallowed::of(value, line);
        }
        self.swallowed.is_some()
    }

    /// Reads what an element has swallowed.
    fn release(&mut self, prefilter: &Prefilter, each: Each<'_>) {
        if let Some(Swallowed { text, line }) = self.swallowed.take() {
            let reader = ValueReader::new(self.longest, line).every(self.every).inside(b"[");
            ValueReader { is_released: true, ..reader }.read(&text, true, prefilter, each);
        }
    }

    /// Goes by brackets alone as far as that goes, and hands out what is wanted on the way; says
    /// where it stopped, and whether at something that is no value.
    fn walk(
        &mut self,
        source: &Source<'_>,
        at: usize,
        places: &mut dyn FnMut(usize) -> Option<usize>,
        each: Each<'_>,
    ) -> (usize, bool) {
        let may_walk = !self.every && self.tried == 0 && self.swallowed.is_none();
        let Some(level) = self.brackets().filter(|_| may_walk) else {
            return (at, false);
        };
        let Source { text, last, .. } = *source;
        let walked = walk_on(text, at, level, last, places);
        for element in walked.found {
            let begin = element.as_ptr().addr() - text.as_ptr().addr();
            let mut cursor = Cursor::new(element);
            // Damage may have joined several values: those are read one by one.
            if cursor.skip().is_err() || cursor.at() != element.len() || element.len() > self.longest {
                return (begin, true);
            }
            let inside = self.level != Level::Top;
            let line = self.line_at(text, begin);
            each(line, Piece::Value { text: element, inside });
            if self.may_have_swallowed(element, line) {
                return (begin + element.len(), true);
            }
        }
        (walked.at, false)
    }

    /// How many brackets are open around the values, where they can be told apart by brackets.
    fn brackets(&self) -> Option<u8> {
        match self.level {
            Level::Top if !self.one => Some(0),
            Level::Array => Some(1),
            Level::Records => Some(2),
            _ => None,
        }
    }

    fn step(&mut self, source: &Source<'_>, at: usize, each: Each<'_>) -> Step {
        let before = at;
        let at = at + separators(source.from(at));
        let Some(&byte) = source.text.get(at) else {
            // What stands between values is read again with what follows.
            return Step::More(if self.swallowed.is_some() { before } else { at });
        };
        if self.swallowed.is_some() {
            // A container that goes on in order took nothing from its neighbors.
            if byte == b']' || source.text.get(before..at).is_some_and(|between| between.contains(&b',')) {
                self.swallowed = None;
            } else {
                self.release(source.prefilter, each);
            }
        }
        match (self.level, byte) {
            (Level::Behind, b'}') | (Level::Array, b']') => {
                self.level = Level::Top;
                self.value_ends(at + 1)
            }
            (Level::Records, b']') => {
                (self.level, self.colon) = (Level::Behind, false);
                Step::Next(at + 1)
            }
            // What is left over where damage hid the bracket that opens.
            (_, b'}' | b']') => Step::Next(at + 1),
            (Level::Behind, b':') => {
                self.colon = true;
                Step::Next(at + 1)
            }
            // No member begins so: its last brace is missing.
            (Level::Behind, b'{' | b'[') if !self.colon => {
                self.end(source.prefilter, each);
                self.value_ends(at)
            }
            (Level::Top, b'{' | b'[') => match opening_of(source.from(at)) {
                Opening::Container { length, brackets } => {
                    self.level = if brackets == 1 { Level::Array } else { Level::Records };
                    self.damaged = false;
                    self.opened = self.line_at(source.text, at);
                    Step::Next(at + length)
                }
                Opening::Unfinished if !source.last => Step::More(at),
                _ => self.value(source, at, each),
            },
            _ => self.value(source, at, each),
        }
    }

    /// Whether a line begins here. Behind an array of records, such a value may be a record by itself
    /// behind a line that was cut off, and not a member of the container's object.
    fn begins_line(&self, text: &[u8], at: usize) -> bool {
        let before = text.get(..at).unwrap_or_default();
        let byte = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        *byte.unwrap_or(&self.previous) == b'\n'
    }

    /// A value ends; outside containers maybe the one that was asked for.
    fn value_ends(&self, at: usize) -> Step {
        if self.one && self.level == Level::Top { Step::Over(at) } else { Step::Next(at) }
    }

    fn value(&mut self, source: &Source<'_>, at: usize, each: Each<'_>) -> Step {
        let (rest, last) = (source.from(at), source.last);
        // Not each time that a few more bytes came, unless they may have been the last of it.
        if !last && rest.len() < self.tried * 2 && !ends_closed(rest.trim_ascii_end()) {
            return Step::More(at);
        }
        let mut cursor = Cursor::new(rest);
        match cursor.skip() {
            Ok(value) => {
                if value.len() == rest.len() && !last && !matches!(rest[0], b'{' | b'[' | b'"') {
                    // A number may go on.
                    return Step::More(at);
                }
                if value.len() > self.longest {
                    let skipped = Skipped::of(value, source.prefilter);
                    each(self.line_at(source.text, at), Piece::TooLong(&skipped));
                } else if (self.level != Level::Behind || self.begins_line(source.text, at))
                    && (self.every || source.prefilter.may_hold(value))
                {
                    let inside = self.level != Level::Top;
                    let line = self.line_at(source.text, at);
                    each(line, Piece::Value { text: value, inside });
                    self.may_have_swallowed(value, line);
                }
                self.colon = false;
                self.value_ends(at + value.len())
            }
            Err(error) if !last && error.at + NEAR_END > rest.len() => {
                if rest.len() > self.longest {
                    return self.skip(source, at);
                }
                self.tried = rest.len();
                Step::More(at)
            }
            Err(error) if error.at > self.longest => self.skip(source, at),
            Err(error) => self.damage(source, at, error, each),
        }
    }

    /// Begins to skip a value that is too long.
    fn skip(&mut self, source: &Source<'_>, at: usize) -> Step {
        let line = self.line_at(source.text, at);
        self.state = State::TooLong(Box::default(), line, Brackets::default());
        Step::Next(at)
    }

    /// Goes on to the end of a value that is too long.
    fn too_long(&mut self, source: &Source<'_>, at: usize, each: Each<'_>) -> Step {
        let State::TooLong(skipped, _, brackets) = &mut self.state else { return Step::Next(at) };
        let rest = source.from(at);
        let end = brackets.feed(rest);
        skipped.feed(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default(), source.prefilter);
        let Some(end) = end.or(source.last.then_some(rest.len())) else {
            return Step::More(source.text.len());
        };
        if let State::TooLong(skipped, line, _) = std::mem::replace(&mut self.state, State::Values) {
            each(line, Piece::TooLong(&skipped));
        }
        self.value_ends(at + end)
    }
}

/// A text that is read, and what is known of it.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t [u8],
    /// Nothing comes behind it.
    last: bool,
    prefilter: &'t Prefilter,
}

impl<'t> Source<'t> {
    fn from(&self, at: usize) -> &'t [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    /// The next newline from a place on.
    fn newline(&self, at: usize) -> Option<usize> {
        memchr::memchr(b'\n', self.from(at)).map(|newline| at + newline)
    }
}

/// How many bytes at the front only separate values: white space, commas, record separators (RFC
/// 7464), and the byte-order mark of a file that was appended to another.
fn separators(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += match rest {
            [byte, ..] if is_separator(*byte) => 1,
            rest if rest.starts_with(BYTE_ORDER_MARK) => BYTE_ORDER_MARK.len(),
            _ => return at,
        };
    }
}

#[cfg(test)]
mod tests;
