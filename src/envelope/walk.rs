//! Walks down into the envelopes of a line and up again. The way back is a list of its own and not the call stack: what a
//! line says must never decide how deep that grows, and Fluent Bit gives a module 8 KB of it.

use crate::envelope::found::{Found, LineOutcome, MAX_ENVELOPES, too_deep, unread};
use crate::envelope::level::{Around, Each, Level, give, worse};
use crate::envelope::paths::RecordPaths;
use crate::envelope::shape::{Look, fields, message_of};
use crate::envelope::texts::{Span, Texts, element_at};
use crate::envelope::{keys, kvlist, nested_text, payload, renamed, unrecognized};
use crate::json::{Cursor, Error};
use crate::prefilter::Prefilter;
use crate::sign_in::Fields;

/// A walk through one line.
pub(super) struct Walk<'w> {
    prefilter: &'w Prefilter,
    paths: &'w RecordPaths,
    /// Whether anybody wants [`Found::Other`].
    others: bool,
    /// Only asks whether there is a record: also where the sign-in's name cannot be.
    asks: bool,
    texts: Texts<'w>,
    /// The envelopes that are open, the outermost first.
    levels: Vec<Level>,
}

/// What is to be done next.
enum Step {
    /// Read text that should be JSON. Without `outer` the text itself is forwarded for a record in it.
    Text { text: Span, outer: Option<Span>, around: Around },
    /// Read an object.
    Object { object: Span, outer: Span, around: Around },
    /// Read an object in which no record was found: it may be one itself that is not written as CloudTrail does.
    Lenient { object: Span, outer: Span },
    /// Go back to the envelope around, with what was in it.
    Back(LineOutcome),
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        prefilter: &'w Prefilter,
        paths: &'w RecordPaths,
        others: bool,
        line: &'w [u8],
    ) -> Self {
        let texts = Texts { line, decoded: Vec::new() };
        Walk { prefilter, paths, others, asks: false, texts, levels: Vec::new() }
    }

    /// Hands every sign-in to `each`, and says what remains to be said of the line itself.
    pub(super) fn run(self, each: Each<'_>) -> LineOutcome {
        let around = Around { active: self.paths.start(), own: true, ..Around::default() };
        self.run_from(around, each)
    }

    fn run_from(mut self, around: Around, each: Each<'_>) -> LineOutcome {
        let line = Span { text: 0, from: 0, to: self.texts.line.len() };
        let mut step = Step::Text { text: line, outer: None, around };
        loop {
            step = match step {
                Step::Text { text, outer, around } => self.text(text, outer, around, each),
                Step::Object { object, outer, around } => self.object(object, outer, around, each),
                Step::Lenient { object, outer } => self.lenient(object, outer, each),
                Step::Back(held) => match self.levels.last_mut() {
                    None => return self.whole(held, around, each),
                    Some(Level::Envelope { .. }) => self.next_value(held),
                    Some(Level::Elements { .. }) => self.next_element(held, each),
                },
            };
        }
    }

    /// What was in the line as a whole.
    fn whole(&self, held: LineOutcome, around: Around, each: Each<'_>) -> LineOutcome {
        let line = self.texts.line;
        if held == LineOutcome::Nothing && self.prefilter.may_hold(line) {
            return self.unrecognized(line, "", around, each);
        }
        held
    }

    /// Hands over the sign-in in a text in which nothing was found, if there is one and no record. `path` is where the text
    /// stands.
    #[cold]
    fn unrecognized(&self, text: &[u8], path: &str, around: Around, each: Each<'_>) -> LineOutcome {
        if self.asks {
            return LineOutcome::Nothing;
        }
        let Some(found) = unrecognized::find(text, path, self.prefilter) else { return LineOutcome::Nothing };
        let asks = Walk { asks: true, ..Walk::new(self.prefilter, self.paths, false, text) };
        if asks.run_from(around, &mut |_| {}) == LineOutcome::Nothing {
            each(Found::Unrecognized(&found));
        }
        LineOutcome::OtherRecord
    }

    fn text(&mut self, text: Span, outer: Option<Span>, around: Around, each: Each<'_>) -> Step {
        let bytes = self.texts.get(text);
        let mut cursor = Cursor::new(bytes);
        let first = cursor.peek();
        if first == Some(b'{') {
            return self.object(text, outer.unwrap_or(text), around, each);
        }
        // Checked whole before the first element is handed over: a truncated array is one undecided line.
        let begin = cursor.at();
        match cursor.skip().and_then(|_| cursor.end()) {
            Ok(()) if first == Some(b'[') => {
                let array = text.part((begin, bytes.len()));
                self.elements(array, true, around)
            }
            // JSON that is the text of a string, which is in a text.
            Ok(()) if first == Some(b'"') && (around.depth > 0 || around.in_container) => {
                self.string(text, outer, around)
            }
            Ok(()) => Step::Back(LineOutcome::Nothing),
            Err(error) => {
                // A header of syslog, a time, the name of a stream.
                let json = memchr::memchr(b'{', bytes).filter(|_| around.depth > 0);
                let json = json.map(|at| text.part((at, bytes.len()))).filter(|json| {
                    let mut cursor = Cursor::new(self.texts.get(*json));
                    cursor.skip().and_then(|_| cursor.end()).is_ok()
                });
                match json {
                    Some(json) => self.object(json, outer.unwrap_or(json), around, each),
                    None => Step::Back(self.unread(bytes, error, &around)),
                }
            }
        }
    }

    /// What is known of text that is not JSON.
    #[cold]
    fn unread(&self, text: &[u8], error: Error, around: &Around) -> LineOutcome {
        if around.depth == 0 && !around.in_container {
            return LineOutcome::Broken(error);
        }
        unread(text, error, self.prefilter)
    }

    fn object(&mut self, object: Span, outer: Span, around: Around, each: Each<'_>) -> Step {
        let bytes = self.texts.get(object);
        let mut record = Fields::default();
        match fields(bytes, &mut record) {
            Err(error) => return Step::Back(self.unread(bytes, error, &around)),
            Ok(end) if end < bytes.len() => {
                if around.depth > 0 {
                    return self.elements(object, false, Around { own: false, ..around });
                }
                let error = Error { what: "text after the end of the JSON value", at: end };
                return Step::Back(self.unread(bytes, error, &around));
            }
            Ok(_) => {}
        }
        if record.is_record() {
            let Some(sign_in) = record.sign_in_by(self.paths.ways()) else {
                return Step::Back(LineOutcome::OtherRecord);
            };
            if record.has_texts {
                return self.with_texts(object, outer, each);
            }
            let found = Found::SignIn { object: self.texts.get(outer), sign_in: &sign_in };
            give(&mut self.levels, found, each);
            return Step::Back(LineOutcome::Reported);
        }
        let Around { active, in_event, own: is_own, .. } = around;
        let Walk { prefilter, paths, asks: all, others: arrays, .. } = *self;
        let look = Look { prefilter, paths, active, in_event, is_own, all, arrays };
        let mut values = look.candidates(bytes);
        if values.is_empty() {
            return Step::Lenient { object, outer };
        }
        values.reverse();
        self.levels.push(Level::Envelope {
            object,
            outer,
            around,
            values,
            key: Vec::new(),
            is_array: false,
            held: LineOutcome::Nothing,
            decoded: self.texts.decoded.len(),
        });
        Step::Back(LineOutcome::Nothing)
    }

    /// Reads a record that lacks its source, or whose keys lost their case.
    #[cold]
    #[inline(never)]
    fn lenient(&mut self, object: Span, outer: Span, each: Each<'_>) -> Step {
        match renamed::restored(self.texts.get(object)) {
            None => self.with_texts(object, outer, each),
            Some(restored) => {
                let restored = self.texts.add(restored);
                self.with_texts(restored, outer, each)
            }
        }
    }

    /// Reads a record of which some members may be objects as JSON text.
    #[cold]
    #[inline(never)]
    fn with_texts(&mut self, object: Span, outer: Span, each: Each<'_>) -> Step {
        let bytes = self.texts.get(object);
        let expanded = nested_text::expanded(bytes);
        let mut record = Fields::default();
        if let Err(error) = fields(expanded.as_deref().unwrap_or(bytes), &mut record) {
            return Step::Back(unread(bytes, error, self.prefilter));
        }
        let Some(sign_in) = record.sign_in_by(self.paths.ways()) else {
            return Step::Back(LineOutcome::Nothing);
        };
        let found = Found::SignIn { object: self.texts.get(outer), sign_in: &sign_in };
        give(&mut self.levels, found, each);
        Step::Back(LineOutcome::Reported)
    }

    /// Goes on with the next value of an envelope, which is a record as an object, or as the text of a string, or an array of
    /// them. `inner` is what was in the one before.
    fn next_value(&mut self, inner: LineOutcome) -> Step {
        let Some(Level::Envelope { object, outer, around, values, key, is_array, held, decoded }) =
            self.levels.last_mut()
        else {
            return Step::Back(inner);
        };
        self.texts.decoded.truncate(*decoded);
        *held = worse(*held, inner);
        // One record in an envelope is forwarded once; of arrays each has records of its own.
        let next = match *held {
            LineOutcome::Reported => values.pop().filter(|next| *is_array && next.is_array),
            _ => values.pop(),
        };
        let Some(next) = next else {
            let (held, object, outer) = (*held, *object, *outer);
            self.levels.pop();
            return if held == LineOutcome::Nothing {
                Step::Lenient { object, outer }
            } else {
                Step::Back(held)
            };
        };
        (*key, *is_array) = (next.key, next.is_array);
        let value = object.part(next.value);
        let mut around = Around { active: next.active, packed: next.packed, ..*around };
        around.in_event = keys::is_event(key);
        let outer = *outer;
        let bytes = self.texts.get(value);
        around.own &= next.is_array && keys::is_records(key);
        if next.is_array {
            around.texts_alone |= keys::holds_texts(key);
            around.log_events = keys::is_log_events(key);
            return Step::Text { text: value, outer: Some(outer), around };
        }
        around.depth += 1;
        if around.depth > MAX_ENVELOPES {
            return Step::Back(too_deep(bytes));
        }
        if bytes.first() == Some(&b'{') {
            if key == kvlist::KEY
                && let Some(object) = kvlist::object_of(bytes)
            {
                let text = self.texts.add(object);
                return Step::Text { text, outer: Some(outer), around };
            }
            return Step::Object { object: value, outer, around };
        }
        self.string(value, Some(outer), around)
    }

    /// Reads the text of a string.
    fn string(&mut self, string: Span, outer: Option<Span>, around: Around) -> Step {
        let bytes = self.texts.get(string);
        let mut text = Vec::with_capacity(bytes.len());
        if let Ok(Some(string)) = Cursor::new(bytes).string_or_skip() {
            string.decode_into(&mut text);
        }
        let mut alone = around.texts_alone;
        if around.packed && payload::looks_packed(&text) {
            match payload::unpack(&text) {
                Ok(None) => {}
                Ok(Some(unpacked)) => {
                    text = unpacked;
                    // Who reads the output reads no base64.
                    alone = true;
                }
                Err(error) => return Step::Back(LineOutcome::Unreadable(error)),
            }
        }
        let text = self.texts.add(text);
        let around = Around { texts_alone: false, packed: false, own: false, log_events: false, ..around };
        Step::Text { text, outer: outer.filter(|_| !alone), around }
    }

    /// Begins with a container.
    fn elements(&mut self, array: Span, brackets: bool, around: Around) -> Step {
        let given = match self.levels.last() {
            Some(Level::Envelope { held, .. }) => *held == LineOutcome::Reported,
            _ => false,
        };
        self.levels.push(Level::Elements {
            array,
            brackets,
            at: usize::from(brackets),
            is_message: false,
            around,
            element: None,
            may_hold: false,
            given,
            recognized: false,
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
                self.settle(element, held, each);
            }
            let Some(Level::Elements {
                array,
                brackets,
                at,
                is_message,
                around,
                element,
                may_hold,
                given,
                recognized,
                decoded,
                ..
            }) = self.levels.last_mut()
            else {
                return Step::Back(held);
            };
            self.texts.decoded.truncate(*decoded);
            let Some(next) = element_at(self.texts.get(*array), *at, *brackets) else {
                let held = match () {
                    () if *given => LineOutcome::Reported,
                    () if *recognized => LineOutcome::OtherRecord,
                    () => LineOutcome::Nothing,
                };
                let all = *brackets;
                self.levels.pop();
                // Of an array in an array everything was looked at, element by element.
                if let Some(Level::Elements { may_hold, .. }) = self.levels.last_mut() {
                    *may_hold &= !all;
                }
                return Step::Back(held);
            };
            *at = next.1;
            let mut text = array.part(next);
            *is_message = false;
            if around.log_events
                && let Some(message) = message_of(self.texts.get(text))
            {
                text = self.texts.add(message);
                *is_message = true;
            }
            *element = Some(text);
            let bytes = self.texts.get(text);
            let is_packed = around.packed && payload::looks_packed(bytes.get(1..).unwrap_or_default());
            *may_hold = self.asks || is_packed || self.prefilter.may_hold(bytes);
            let around = around.inside();
            if !*may_hold {
                held = LineOutcome::Nothing;
            } else if around.depth > MAX_ENVELOPES {
                held = too_deep(bytes);
            } else {
                return Step::Text { text, outer: None, around };
            }
        }
    }

    /// Hands over what is left of an element: the doubt about it, or that it held nothing.
    fn settle(&mut self, element: Span, held: LineOutcome, each: Each<'_>) {
        let text = self.texts.get(element);
        let Some(Level::Elements { may_hold, recognized, around, .. }) = self.levels.last_mut() else {
            return;
        };
        *recognized |= held == LineOutcome::OtherRecord;
        match held {
            LineOutcome::Reported => return,
            LineOutcome::Unreadable(error) | LineOutcome::Broken(error) => {
                return give(&mut self.levels, Found::Unreadable { text, error }, each);
            }
            LineOutcome::Nothing if *may_hold => {
                let around = around.inside();
                let held = self.unrecognized(text, &self.path(), around, each);
                if let Some(Level::Elements { recognized, .. }) = self.levels.last_mut() {
                    *recognized |= held == LineOutcome::OtherRecord;
                }
            }
            LineOutcome::Nothing | LineOutcome::OtherRecord => {}
        }
        if self.others {
            match self.levels.last_mut() {
                Some(Level::Elements { given: false, before, .. }) => before.push(text.to_vec()),
                _ => each(Found::Other(text)),
            }
        }
    }

    /// Where the elements of the innermost container stand.
    #[cold]
    fn path(&self) -> String {
        let is_own = |level: &Level| matches!(level, Level::Elements { around, .. } if around.own);
        let from = self.levels.iter().rposition(is_own).map_or(0, |own| own + 1);
        let mut path = String::new();
        for level in self.levels.get(from..).unwrap_or_default() {
            match level {
                Level::Envelope { key, .. } => unrecognized::join(&mut path, &String::from_utf8_lossy(key)),
                Level::Elements { is_message: true, .. } => path.push_str("[].message"),
                Level::Elements { brackets: true, .. } => path.push_str("[]"),
                Level::Elements { .. } => {}
            }
        }
        path
    }
}
