//! Walks down into the envelopes of a line and up again. The way back is a list of its own and not the call stack: what a
//! line says must never decide how deep that grows, and Fluent Bit gives a module 8 KB of it.

use crate::envelope::found::{CONTAINERS, Found, LineOutcome, MAX_ENVELOPES, WRAPPERS, too_deep};
use crate::json::{Cursor, Error, Str};
use crate::prefilter::{Prefilter, says_console_login};
use crate::sign_in::Fields;

/// A walk through one line.
pub(super) struct Walk<'w> {
    prefilter: &'w Prefilter,
    /// Whether anybody wants [`Found::Other`].
    others: bool,
    texts: Texts<'w>,
    /// The envelopes that are open, the outermost first.
    levels: Vec<Level>,
}

/// The line, and what was decoded out of strings in it.
struct Texts<'w> {
    line: &'w [u8],
    decoded: Vec<Vec<u8>>,
}

/// A part of the line, which is text 0, or of a text that was decoded.
#[derive(Debug, Clone, Copy)]
struct Span {
    text: usize,
    from: usize,
    to: usize,
}

impl Span {
    /// A part of this part.
    fn part(self, (from, to): Range) -> Self {
        Span { from: self.from + from, to: self.from + to, ..self }
    }
}

type Range = (usize, usize);

impl Texts<'_> {
    fn get(&self, span: Span) -> &[u8] {
        let text = match span.text.checked_sub(1) {
            None => Some(self.line),
            Some(nth) => self.decoded.get(nth).map(Vec::as_slice),
        };
        text.and_then(|text| text.get(span.from..span.to)).unwrap_or_default()
    }

    fn add(&mut self, text: Vec<u8>) -> Span {
        let to = text.len();
        self.decoded.push(text);
        Span { text: self.decoded.len(), from: 0, to }
    }
}

/// Where an object stands: what is forwarded for it, how many envelopes are around it, and whether it is the value of an
/// `event` key, the only place where `original` means the original event.
#[derive(Debug, Clone, Copy)]
struct Place {
    outer: Span,
    depth: usize,
    in_event: bool,
}

/// An envelope that is open.
enum Level {
    /// A wrapper: the values that may be its record, the next one last.
    Wrapper { place: Place, values: Vec<(Span, bool)>, doubt: LineOutcome, decoded: usize },
    /// A container, whose elements are lines of their own.
    Elements {
        array: Span,
        /// Where the next element is looked for.
        at: usize,
        log_events: bool,
        depth: usize,
        /// What the element that is being looked at says.
        element: Option<Span>,
        /// A sign-in or a doubt was found in it.
        given: bool,
        /// Elements without either that came before; a container of nothing else stays whole.
        before: Vec<Vec<u8>>,
        decoded: usize,
    },
}

/// What is to be done next.
enum Step {
    /// Read text that should be JSON. Without `outer` the text itself is forwarded for a record in it.
    Text { text: Span, outer: Option<Span>, depth: usize },
    /// Read an object.
    Object { object: Span, place: Place },
    /// Go back to the envelope around, with what was in it.
    Back(LineOutcome),
}

type Each<'e> = &'e mut dyn FnMut(Found<'_>);

impl<'w> Walk<'w> {
    pub(super) fn new(prefilter: &'w Prefilter, others: bool, line: &'w [u8]) -> Self {
        Walk { prefilter, others, texts: Texts { line, decoded: Vec::new() }, levels: Vec::new() }
    }

    /// Hands every sign-in to `each`, and says what remains to be said of the line itself.
    pub(super) fn run(mut self, each: Each<'_>) -> LineOutcome {
        let line = Span { text: 0, from: 0, to: self.texts.line.len() };
        let mut step = Step::Text { text: line, outer: None, depth: 0 };
        loop {
            step = match step {
                Step::Text { text, outer, depth } => self.text(text, outer, depth, each),
                Step::Object { object, place } => self.object(object, place, each),
                Step::Back(held) => match self.levels.last_mut() {
                    None => return held,
                    Some(Level::Wrapper { .. }) => self.next_value(held),
                    Some(Level::Elements { .. }) => self.next_element(held, each),
                },
            };
        }
    }

    fn text(&mut self, text: Span, outer: Option<Span>, depth: usize, each: Each<'_>) -> Step {
        let bytes = self.texts.get(text);
        let mut cursor = Cursor::new(bytes);
        let first = cursor.peek();
        if first == Some(b'{') {
            let place = Place { outer: outer.unwrap_or(text), depth, in_event: false };
            return self.object(text, place, each);
        }
        // Checked whole before the first element is handed over: a truncated array is one undecided line.
        let begin = cursor.at();
        match cursor.skip().and_then(|_| cursor.end()) {
            Ok(()) if first == Some(b'[') => {
                let array = text.part((begin, bytes.len()));
                self.elements(array, false, depth)
            }
            Ok(()) => Step::Back(LineOutcome::Nothing),
            Err(error) => Step::Back(unread(bytes, error)),
        }
    }

    fn object(&mut self, object: Span, place: Place, each: Each<'_>) -> Step {
        let bytes = self.texts.get(object);
        let mut shape = Shape::default();
        if let Err(error) = shape.read(bytes) {
            return Step::Back(unread(bytes, error));
        }
        if shape.fields.is_record() {
            let Some(sign_in) = shape.fields.sign_in() else { return Step::Back(LineOutcome::Nothing) };
            let found = Found::SignIn { object: self.texts.get(place.outer), sign_in: &sign_in };
            give(&mut self.levels, found, each);
            return Step::Back(LineOutcome::Reported);
        }
        for (name, array) in CONTAINERS.iter().zip(shape.contained) {
            if let Some(array) = array.filter(|array| bytes.get(array.0) == Some(&b'[')) {
                return self.elements(object.part(array), *name == b"logEvents", place.depth);
            }
        }
        let original = shape.original.filter(|_| place.in_event);
        let mut values: Vec<(Span, bool)> = Vec::new();
        for (name, value) in WRAPPERS.iter().zip(shape.wrapped).chain([(&b"original".as_slice(), original)]) {
            let Some(value) = value else { continue };
            let text = bytes.get(value.0..value.1).unwrap_or_default();
            if matches!(text.first(), Some(b'{' | b'"')) && self.prefilter.may_hold(text) {
                values.push((object.part(value), *name == b"event"));
            }
        }
        if values.is_empty() {
            return Step::Back(LineOutcome::Nothing);
        }
        values.reverse();
        let decoded = self.texts.decoded.len();
        self.levels.push(Level::Wrapper { place, values, doubt: LineOutcome::Nothing, decoded });
        Step::Back(LineOutcome::Nothing)
    }

    /// Goes on with the next value of a wrapper, which is a record as an object, or as the text of a string. `held` is what
    /// was in the one before.
    fn next_value(&mut self, held: LineOutcome) -> Step {
        let Some(Level::Wrapper { place, values, doubt, decoded }) = self.levels.last_mut() else {
            return Step::Back(held);
        };
        self.texts.decoded.truncate(*decoded);
        if matches!(held, LineOutcome::Unreadable(_)) && *doubt == LineOutcome::Nothing {
            *doubt = held;
        }
        let next = if held == LineOutcome::Reported { None } else { values.pop() };
        let Some((value, in_event)) = next else {
            let held = if held == LineOutcome::Reported { held } else { *doubt };
            self.levels.pop();
            return Step::Back(held);
        };
        let place = Place { depth: place.depth + 1, in_event, ..*place };
        let bytes = self.texts.get(value);
        if place.depth > MAX_ENVELOPES {
            return Step::Back(too_deep(bytes));
        }
        if bytes.first() == Some(&b'{') {
            return Step::Object { object: value, place };
        }
        let mut text = Vec::with_capacity(bytes.len());
        if let Ok(Some(string)) = Cursor::new(bytes).string_or_skip() {
            string.decode_into(&mut text);
        }
        let text = self.texts.add(text);
        Step::Text { text, outer: Some(place.outer), depth: place.depth }
    }

    /// Begins with a container.
    fn elements(&mut self, array: Span, log_events: bool, depth: usize) -> Step {
        self.levels.push(Level::Elements {
            array,
            at: 1,
            log_events,
            depth,
            element: None,
            given: false,
            before: Vec::new(),
            decoded: self.texts.decoded.len(),
        });
        Step::Back(LineOutcome::Nothing)
    }

    /// Goes on with the next element of a container; of CloudWatch's log events, with its message. `held` is what was in the
    /// one before.
    fn next_element(&mut self, mut held: LineOutcome, each: Each<'_>) -> Step {
        loop {
            let Some(Level::Elements { element, .. }) = self.levels.last_mut() else {
                return Step::Back(held);
            };
            if let Some(element) = element.take() {
                settle(&mut self.levels, self.texts.get(element), held, self.others, each);
            }
            let Some(Level::Elements { array, at, log_events, depth, element, given, decoded, .. }) =
                self.levels.last_mut()
            else {
                return Step::Back(held);
            };
            self.texts.decoded.truncate(*decoded);
            let Some(next) = element_at(self.texts.get(*array), *at) else {
                let held = if *given { LineOutcome::Reported } else { LineOutcome::Nothing };
                self.levels.pop();
                return Step::Back(held);
            };
            *at = next.1;
            let mut text = array.part(next);
            if *log_events && let Some(message) = message_of(self.texts.get(text)) {
                text = self.texts.add(message);
            }
            *element = Some(text);
            let bytes = self.texts.get(text);
            if !self.prefilter.may_hold(bytes) {
                held = LineOutcome::Nothing;
            } else if *depth >= MAX_ENVELOPES {
                held = too_deep(bytes);
            } else {
                return Step::Text { text, outer: None, depth: *depth + 1 };
            }
        }
    }
}

/// What is known of text that is no JSON.
#[cold]
fn unread(text: &[u8], error: Error) -> LineOutcome {
    if says_console_login(text) { LineOutcome::Unreadable(error) } else { LineOutcome::Nothing }
}

/// Hands over a sign-in or a doubt, and before it what stood before it in the containers around it.
fn give(levels: &mut [Level], found: Found<'_>, each: Each<'_>) {
    for level in levels {
        if let Level::Elements { given, before, .. } = level {
            *given = true;
            before.drain(..).for_each(|text: Vec<u8>| each(Found::Other(&text)));
        }
    }
    each(found);
}

/// Hands over what is left of an element: the doubt about it, or that it held nothing.
fn settle(levels: &mut [Level], text: &[u8], held: LineOutcome, others: bool, each: Each<'_>) {
    match held {
        LineOutcome::Reported => {}
        LineOutcome::Unreadable(error) => give(levels, Found::Unreadable { text, error }, each),
        LineOutcome::Nothing if !others => {}
        LineOutcome::Nothing => match levels.last_mut() {
            Some(Level::Elements { given: false, before, .. }) => before.push(text.to_vec()),
            _ => each(Found::Other(text)),
        },
    }
}

/// The element of a sound array that is found from `at` on.
fn element_at(array: &[u8], at: usize) -> Option<Range> {
    let rest = array.get(at..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let mut cursor = Cursor::new(rest);
    if cursor.peek() == Some(b']') {
        return None;
    }
    let length = cursor.skip().ok()?.len();
    let to = array.len() - rest.len() + cursor.at();
    Some((to - length, to))
}

/// What an object holds: the fields of a record, and the values that may be envelopes.
#[derive(Default)]
struct Shape<'a> {
    fields: Fields<'a>,
    wrapped: [Option<Range>; WRAPPERS.len()],
    contained: [Option<Range>; CONTAINERS.len()],
    original: Option<Range>,
}

impl<'a> Shape<'a> {
    // Never a part of the walk itself: what it needs of the stack is free again when the record is evaluated.
    #[inline(never)]
    fn read(&mut self, text: &'a [u8]) -> Result<(), Error> {
        let mut cursor = Cursor::new(text);
        cursor.object(|cursor, key| {
            let decoded;
            let name = match key.as_plain() {
                Some(plain) => plain,
                None => {
                    decoded = key.text();
                    decoded.as_bytes()
                }
            };
            if self.fields.take(cursor, name)? {
                return Ok(());
            }
            let length = cursor.skip()?.len();
            let value = Some((cursor.at() - length, cursor.at()));
            if let Some(i) = WRAPPERS.iter().position(|w| *w == name) {
                self.wrapped[i] = value;
            } else if let Some(i) = CONTAINERS.iter().position(|c| *c == name) {
                self.contained[i] = value;
            } else if name == b"original" {
                self.original = value;
            }
            Ok(())
        })?;
        cursor.end()
    }
}

fn message_of(log_event: &[u8]) -> Option<Vec<u8>> {
    let mut message: Option<Str<'_>> = None;
    let mut cursor = Cursor::new(log_event);
    if cursor.peek() != Some(b'{') {
        return None;
    }
    cursor
        .object(|cursor, key| {
            if key.is("message") {
                message = cursor.string_or_skip()?;
            } else {
                cursor.skip()?;
            }
            Ok(())
        })
        .ok()?;
    let mut text = Vec::new();
    message?.decode_into(&mut text);
    Some(text)
}
