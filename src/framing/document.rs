//! Takes apart JSON that does not come one value a line: a container that is longer than a line may be, and pretty-printed
//! files. Fed in parts of any size, it hands out one element after the other, in memory bounded by the longest element.
//! Knows the order of brackets, commas and strings; whether an element is sound is for its reader to say. What turns out not to
//! be JSON is over at the next line: damage never hides the lines behind it.

use crate::framing::detect::{RECORDS, RECORDS_KEY, starts_container};
use crate::json::MAX_DEPTH;

/// What came out of a document.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object or array: an element of the container, or a whole value of the document. It may span several lines.
    Element(&'a [u8]),
    /// A stretch that cannot be taken apart, or is longer than allowed; its beginning, and what is wrong with it.
    Damaged(&'a [u8], &'static str),
}

/// The last token, as far as it says what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Open,
    Comma,
    Colon,
    /// Of a value or a key.
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was read yet.
    Start,
    /// Inside `{"Records":[`, with so many bytes of it matched.
    Prefix(usize),
    /// Inside the document.
    Inside,
    /// The document is broken; the rest of the line is lost with it.
    Lost,
}

/// No array is the container.
const NO_LEVEL: u8 = u8::MAX;

/// Takes one document apart. See the module.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    last: Last,
    /// How many brackets are open, and for each, the innermost lowest, a bit that is set for an object.
    depth: u8,
    objects: u128,
    /// The depth at which elements stand.
    level: u8,
    in_string: bool,
    /// The last byte was a backslash inside a string.
    escaped: bool,
    in_element: bool,
    element: Vec<u8>,
    too_long: bool,
    longest: usize,
    /// A line begins with the next byte.
    at_line_start: bool,
}

impl Splitter {
    /// Elements longer than `longest` bytes come out as damaged.
    pub fn new(longest: usize) -> Self {
        Splitter {
            state: State::Start,
            last: Last::Open,
            depth: 0,
            objects: 0,
            level: 0,
            in_string: false,
            escaped: false,
            in_element: false,
            element: Vec::new(),
            too_long: false,
            longest,
            at_line_start: true,
        }
    }

    /// Takes the next part of the document. `Some` says where in the part the document is over: behind its last bracket; or,
    /// if it turned out broken, at the line where it did, or behind it if something of that line was taken already.
    pub fn feed(&mut self, part: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Option<usize> {
        // Where the bytes of the open element begin in this part.
        let mut from = 0;
        let mut at = 0;
        while at < part.len() {
            if self.in_string {
                at = self.string(part, at);
                continue;
            }
            let byte = part[at];
            match self.state {
                State::Start => match byte {
                    byte if byte.is_ascii_whitespace() => {}
                    b'[' => {
                        (self.state, self.level) = (State::Inside, 1);
                        self.push(false);
                    }
                    b'{' => {
                        (self.state, self.in_element, from) = (State::Prefix(1), true, at);
                        self.push(true);
                    }
                    _ => {
                        (self.state, self.in_element, from) = (State::Lost, true, at);
                        continue;
                    }
                },
                State::Prefix(matched) => {
                    if byte == RECORDS[matched] {
                        self.state = State::Prefix(matched + 1);
                        if matched + 1 == RECORDS.len() {
                            (self.state, self.level, self.in_element) = (State::Inside, 2, false);
                            self.element.clear();
                            self.push(false);
                        }
                    } else if RECORDS_KEY.contains(&matched) || !byte.is_ascii_whitespace() {
                        // An object of another kind: all of it is one element. This byte is looked at again.
                        self.state = State::Inside;
                        self.in_string = RECORDS_KEY.contains(&matched);
                        self.last = match matched {
                            1 => Last::Open,
                            11 => Last::Colon,
                            _ => Last::Value,
                        };
                        continue;
                    }
                }
                State::Inside => {
                    let begins = self.depth == self.level && matches!(byte, b'{' | b'[');
                    if !self.token(byte) {
                        // Is it the first of its line, then all of the line may be something else.
                        let line = memchr::memrchr(b'\n', &part[..at]).map_or(0, |newline| newline + 1);
                        if part[line..at].trim_ascii().is_empty() && (line > 0 || self.at_line_start) {
                            if self.in_element {
                                self.keep(part.get(from..line).unwrap_or_default());
                            }
                            self.damaged("JSON that breaks off", each);
                            return Some(line);
                        }
                        if !std::mem::replace(&mut self.in_element, true) {
                            from = at;
                        }
                        self.state = State::Lost;
                        continue;
                    }
                    if begins {
                        (self.in_element, from) = (true, at);
                    } else if self.in_element && self.depth == self.level {
                        self.hand_out(&part[from..=at], each);
                        (self.in_element, from) = (false, at + 1);
                    } else if self.depth < self.level {
                        self.level = NO_LEVEL;
                    }
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                State::Lost => {
                    let newline = memchr::memchr(b'\n', &part[at..]);
                    let end = newline.map_or(part.len(), |newline| at + newline);
                    self.keep(&part[from..end]);
                    if newline.is_some() {
                        self.damaged("JSON that breaks off", each);
                        return Some(end + 1);
                    }
                    return None;
                }
            }
            at += 1;
        }
        if self.in_element {
            self.keep(&part[from..]);
        }
        self.at_line_start = part.ends_with(b"\n");
        None
    }

    /// The document ends here.
    pub fn end(mut self, each: &mut dyn FnMut(Piece<'_>)) {
        match self.state {
            State::Lost => self.damaged("JSON that breaks off", each),
            State::Inside | State::Prefix(_) if self.depth > 0 => {
                self.damaged("the text ends inside a record or a container of records", each);
            }
            _ => {}
        }
    }

    /// Takes a byte outside strings; false if it is a bracket where none can stand. Lesser faults are an element's own: its
    /// neighbours are whole.
    fn token(&mut self, byte: u8) -> bool {
        let in_object = self.objects & 1 == 1;
        match byte {
            byte if byte.is_ascii_whitespace() => true,
            b'"' => {
                (self.in_string, self.last) = (true, Last::Value);
                true
            }
            b'{' | b'[' => {
                let after_key = self.last == Last::Colon;
                let in_array = !in_object && matches!(self.last, Last::Open | Last::Comma);
                (after_key || in_array) && self.push(byte == b'{')
            }
            b'}' | b']' => {
                let sound = in_object == (byte == b'}');
                self.depth -= 1;
                self.objects >>= 1;
                self.last = Last::Value;
                sound
            }
            _ => {
                self.last = match byte {
                    b',' => Last::Comma,
                    b':' => Last::Colon,
                    _ => Last::Value,
                };
                true
            }
        }
    }

    fn push(&mut self, object: bool) -> bool {
        if self.depth == MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(object);
        self.last = Last::Open;
        true
    }

    /// Goes on behind the string, or to the end of the part. A line break in a string means that a quote is missing.
    fn string(&mut self, part: &[u8], mut at: usize) -> usize {
        if std::mem::take(&mut self.escaped) {
            at += 1;
        }
        while let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', part.get(at..).unwrap_or_default()) {
            at += found;
            match part[at] {
                b'"' => {
                    self.in_string = false;
                    return at + 1;
                }
                b'\n' => {
                    self.in_string = false;
                    self.in_element = true;
                    self.state = State::Lost;
                    return at;
                }
                _ if at + 1 == part.len() => self.escaped = true,
                _ => {}
            }
            at += 2;
        }
        part.len()
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.longest.saturating_sub(self.element.len());
        self.too_long |= bytes.len() > room;
        self.element.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn damaged(&mut self, why: &'static str, each: &mut dyn FnMut(Piece<'_>)) {
        each(Piece::Damaged(self.element.trim_ascii(), why));
        self.element.clear();
    }

    fn hand_out(&mut self, end: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        if self.element.is_empty() && end.len() <= self.longest {
            each(Piece::Element(end));
            return;
        }
        self.keep(end);
        if std::mem::take(&mut self.too_long) {
            each(Piece::Damaged(&self.element, "a record longer than allowed"));
        } else {
            each(Piece::Element(&self.element));
        }
        self.element.clear();
    }
}

/// The container that a line begins with, and what stands behind it, if that is another one; else all of the line.
pub(crate) fn first_container(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = Splitter::new(0).feed(line, &mut |_| {});
    match end.and_then(|end| line.split_at_checked(end)) {
        Some((first, behind)) if starts_container(behind) => (first, Some(behind)),
        _ => (line, None),
    }
}

#[cfg(test)]
mod tests;
