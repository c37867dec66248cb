//! Finds the records in a line: the line itself, one record in a wrapper, or many in a container. Knows a fixed list of
//! paths and no others: text inside a record is never searched for records, because attackers write some of it.
//!
//! Wrappers of one record (the whole line is forwarded): EventBridge `detail`, Vector and SNS-style `message`, Fluent Bit
//! `log`, Cribl `_raw`, Elastic `event.original`, Splunk HEC `event`, `CloudTrailEvent` of lookup-events, CloudTrail
//! Lake `eventData`, SNS `Message` and `Sns.Message`, SQS `body` and `Body`. Containers of many (each record is forwarded
//! on a line of its own): `Records`, CloudWatch Logs `logEvents[].message`, lookup-events `Events`, a JSON array.

use crate::candidate::{Prefilter, says_console_login};
use crate::json::{Cursor, Error, Str};
use crate::signin::{Fields, SignIn};

/// How many envelopes may stand inside each other; pipelines are seen to use three.
pub(crate) const MAX_ENVELOPES: usize = 6;

/// What was found in a line.
#[derive(Debug)]
pub enum Found<'a> {
    /// A console sign-in and the JSON object that is forwarded for it: the record, or the wrapper around it.
    SignIn {
        /// The bytes to tag and forward: an object, perhaps with white space around it.
        object: &'a [u8],
        /// What the record says.
        sign_in: &'a SignIn<'a>,
    },
    /// A record or line without a sign-in that stood in a container; only `--keep all` wants it.
    Other(&'a [u8]),
    /// Text that says `"ConsoleLogin"` and cannot be parsed. It may be a sign-in, so it is never dropped unseen.
    Unreadable {
        /// The text, as it came.
        text: &'a [u8],
        /// What is wrong with it.
        error: Error,
    },
}

/// What was in an envelope, for its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// At least one sign-in, or a doubt about a part; all of it was handed over.
    Given,
    /// Nothing of interest.
    Nothing,
    /// Text that says `"ConsoleLogin"` and cannot be parsed; not handed over yet.
    Unreadable(Error),
}

/// What is known of a text that stands inside too many envelopes to be looked at.
pub(crate) fn too_deep(text: &[u8]) -> Held {
    if says_console_login(text) {
        Held::Unreadable(Error { what: "more than six envelopes inside each other", at: 0 })
    } else {
        Held::Nothing
    }
}

pub(crate) type Each<'e> = &'e mut dyn FnMut(Found<'_>);

/// The keys under which a record may stand, in the order in which they are tried.
pub(crate) const WRAPPERS: [&[u8]; 12] = [
    b"detail",
    b"message",
    b"log",
    b"_raw",
    b"event",
    b"event.original",
    b"CloudTrailEvent",
    b"eventData",
    b"Message",
    b"Sns",
    b"body",
    b"Body",
];
/// The keys under which an array of records may stand.
pub(crate) const CONTAINERS: [&[u8]; 3] = [b"Records", b"logEvents", b"Events"];

/// Reads lines; holds what is prepared once.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    prefilter: Prefilter,
    others: bool,
}

impl Reader {
    /// A reader. `others` says whether anybody wants [`Found::Other`].
    pub fn new(others: bool) -> Self {
        Reader { prefilter: Prefilter::default(), others }
    }

    /// Hands every sign-in of a line to `each`, and says what remains to be said of the line itself.
    pub fn read(&self, line: &[u8], each: &mut dyn FnMut(Found<'_>)) -> Held {
        self.text(line, None, 0, each)
    }

    /// Reads a text that should be JSON. `outer` is what is forwarded for a record in it: the text itself if there is none.
    fn text(&self, text: &[u8], outer: Option<&[u8]>, depth: usize, each: Each<'_>) -> Held {
        let mut cursor = Cursor::new(text);
        let read = match cursor.peek() {
            Some(b'{') => {
                self.object(text, Place { outer: outer.unwrap_or(text), depth, in_event: false }, each)
            }
            // Checked whole before the first element is handed over: a torn array is one doubt.
            Some(b'[') => cursor
                .skip()
                .and_then(|_| cursor.end())
                .and_then(|()| self.elements(text, false, depth, each)),
            _ => cursor.skip().and_then(|_| cursor.end()).map(|()| Held::Nothing),
        };
        read.unwrap_or_else(
            |error| {
                if says_console_login(text) { Held::Unreadable(error) } else { Held::Nothing }
            },
        )
    }

    fn object(&self, text: &[u8], place: Place<'_>, each: Each<'_>) -> Result<Held, Error> {
        let mut fields = Fields::default();
        let mut wrapped = [None; WRAPPERS.len()];
        let mut original = None;
        let mut contained = [None; CONTAINERS.len()];
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
            if fields.take(cursor, name)? {
                return Ok(());
            }
            let value = cursor.skip()?;
            if let Some(i) = WRAPPERS.iter().position(|w| *w == name) {
                wrapped[i] = Some(value);
            } else if let Some(i) = CONTAINERS.iter().position(|c| *c == name) {
                contained[i] = Some(value);
            } else if place.in_event && name == b"original" {
                original = Some(value);
            }
            Ok(())
        })?;
        cursor.end()?;

        if fields.is_record() {
            let Some(sign_in) = fields.sign_in() else { return Ok(Held::Nothing) };
            each(Found::SignIn { object: place.outer, sign_in: &sign_in });
            return Ok(Held::Given);
        }
        for (name, array) in CONTAINERS.iter().zip(contained) {
            if let Some(array) = array.filter(|array| array.starts_with(b"[")) {
                return self.elements(array, *name == b"logEvents", place.depth, each);
            }
        }
        let mut doubt = Held::Nothing;
        for (name, value) in WRAPPERS.iter().zip(wrapped).chain([(&b"original".as_slice(), original)]) {
            let Some(value) = value else { continue };
            match self.inside(value, Place { in_event: *name == b"event", ..place }, each)? {
                Held::Given => return Ok(Held::Given),
                Held::Unreadable(error) if doubt == Held::Nothing => doubt = Held::Unreadable(error),
                _ => {}
            }
        }
        Ok(doubt)
    }

    /// Reads the value under a wrapper's key: a record as an object, or as the text of a string.
    fn inside(&self, value: &[u8], place: Place<'_>, each: Each<'_>) -> Result<Held, Error> {
        if !self.prefilter.may_hold(value) {
            return Ok(Held::Nothing);
        }
        let depth = place.depth + 1;
        if depth > MAX_ENVELOPES {
            return Ok(too_deep(value));
        }
        let mut cursor = Cursor::new(value);
        match value.first() {
            Some(b'{') => self.object(value, Place { depth, ..place }, each),
            Some(b'"') => {
                let mut decoded = Vec::with_capacity(value.len());
                if let Some(string) = cursor.string_or_skip()? {
                    string.decode_into(&mut decoded);
                }
                Ok(self.text(&decoded, Some(place.outer), depth, each))
            }
            _ => Ok(Held::Nothing),
        }
    }

    /// Treats every element of an array as a line of its own; of CloudWatch's log events, their messages.
    fn elements(&self, array: &[u8], log_events: bool, depth: usize, each: Each<'_>) -> Result<Held, Error> {
        take_apart(self.others, each, |each| {
            Cursor::new(array).array(|cursor| {
                let element = cursor.skip()?;
                let message = if log_events { message_of(element) } else { None };
                let text = message.as_deref().unwrap_or(element);
                let held = if !self.prefilter.may_hold(text) {
                    Held::Nothing
                } else if depth >= MAX_ENVELOPES {
                    too_deep(text)
                } else {
                    self.text(text, None, depth + 1, each)
                };
                settle(text, held, each);
                Ok(())
            })
        })
    }
}

/// Hands over what is left of an element: the doubt about it, or that it held nothing.
pub(crate) fn settle(text: &[u8], held: Held, each: Each<'_>) {
    match held {
        Held::Unreadable(error) => each(Found::Unreadable { text, error }),
        Held::Nothing => each(Found::Other(text)),
        Held::Given => {}
    }
}

/// Runs `elements` over a container. One that holds neither a sign-in nor a doubt stays whole: its others are not handed
/// over, for it is forwarded itself where others are wanted.
pub(crate) fn take_apart<E>(
    others: bool,
    each: Each<'_>,
    elements: impl FnOnce(Each<'_>) -> Result<(), E>,
) -> Result<Held, E> {
    let mut before = Vec::new();
    let mut given = false;
    elements(&mut |found| match found {
        Found::Other(text) if !given => {
            if others {
                before.push(text.to_vec());
            }
        }
        found => {
            given = true;
            before.drain(..).for_each(|text: Vec<u8>| each(Found::Other(&text)));
            each(found);
        }
    })?;
    Ok(if given { Held::Given } else { Held::Nothing })
}

/// Where an object stands: what is forwarded for it, how many envelopes are around it, and whether it is the value of an
/// `event` key, the only place where `original` means the original event.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    outer: &'a [u8],
    depth: usize,
    in_event: bool,
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
