//! The slow, obvious reader: every line through `serde_json::Value`, no prefilter, no cleverness. What the fast reader
//! forwards, this one forwards, byte for byte; `--exhaustive` runs it, and the property tests hold the two together.

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::envelope::paths::Active;
use crate::envelope::payload::{looks_packed, unpack};
use crate::envelope::{
    Found, LineOutcome, MAX_ENVELOPES, RecordPaths, Unrecognized, keys, kvlist, prefilter, renamed, too_deep,
    unread, unrecognized,
};
use crate::exhaustive::fields::{fields, with_objects};
use crate::exhaustive::stand_in::{readable, restored};
use crate::json::Error;
use crate::prefilter::Prefilter;
use crate::sign_in::EVENT_NAME;

mod fields;
mod stand_in;

type Each<'e> = &'e mut dyn FnMut(Found<'_>);

/// Hands every sign-in of a line to `each`, as [`crate::envelope::Reader::read`] does.
pub fn read(line: &[u8], paths: &RecordPaths, each: &mut dyn FnMut(Found<'_>)) -> LineOutcome {
    let twin = Twin { paths, prefilter: prefilter(paths) };
    let around = Around { active: paths.start(), own: true, ..Around::default() };
    let held = twin.text(line, None, &around, each);
    match twin.unrecognized(line, "").filter(|_| held == LineOutcome::Nothing) {
        Some(found) => {
            each(Found::Unrecognized(&found));
            LineOutcome::OtherRecord
        }
        None => held,
    }
}

/// What is known of a value from what is around it.
#[derive(Clone, Default)]
struct Around {
    depth: usize,
    active: Active,
    in_event: bool,
    in_container: bool,
    texts_alone: bool,
    packed: bool,
    /// It is a value of its own: the line, or an element of an array or of `Records`.
    own: bool,
    /// Where it stands.
    path: String,
}

struct Twin<'p> {
    paths: &'p RecordPaths,
    prefilter: Prefilter,
}

impl Twin<'_> {
    /// A message, and no verdict: the fast reader's search is asked where a sign-in stands.
    fn unrecognized(&self, text: &[u8], path: &str) -> Option<Unrecognized> {
        let found = unrecognized::find(text, path, &self.prefilter);
        found.filter(|_| self.prefilter.may_hold(text))
    }

    fn text(&self, bytes: &[u8], outer: Option<&[u8]>, around: &Around, each: Each<'_>) -> LineOutcome {
        let text = readable(bytes);
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(map)) => self.object(&text, &map, outer.unwrap_or(bytes), around, each),
            Ok(Value::Array(_)) => {
                let elements = serde_json::from_str(&text).unwrap_or_default();
                self.array(elements, false, LineOutcome::Nothing, around, each)
            }
            Ok(Value::String(inner)) if around.depth > 0 || around.in_container => {
                self.string(&inner, outer, around, each)
            }
            Ok(_) => LineOutcome::Nothing,
            Err(_) if around.depth > 0 => self.texts(&text, outer, around, each),
            Err(_) if !around.in_container => LineOutcome::Broken(fault(bytes)),
            Err(_) => unread(bytes, fault(bytes), &self.prefilter),
        }
    }

    /// A text in an envelope that is not one JSON value: with another text before it, or with more
    /// values behind it.
    fn texts(&self, text: &str, outer: Option<&[u8]>, around: &Around, each: Each<'_>) -> LineOutcome {
        if first_of(text) == Some('{') && !values(text).is_empty() {
            let mut given = Vec::new();
            for value in values(text) {
                given.push(restored(value));
            }
            return take_apart(LineOutcome::Nothing, each, |each| {
                let path = around.path.clone();
                let around = Around {
                    depth: around.depth + 1,
                    in_container: true,
                    in_event: false,
                    path,
                    own: false,
                    ..around.clone()
                };
                given.iter().map(|bytes| self.element(bytes, bytes, &around, each)).collect()
            });
        }
        if first_of(text) != Some('{')
            && let Some(at) = text.find('{')
            && let Ok(map) = serde_json::from_str(&text[at..])
        {
            let bytes = restored(&text[at..]);
            return self.object(&text[at..], &map, outer.unwrap_or(&bytes), around, each);
        }
        let bytes = restored(text);
        unread(&bytes, fault(&bytes), &self.prefilter)
    }

    /// The text of a string.
    fn string(&self, inner: &str, outer: Option<&[u8]>, around: &Around, each: Each<'_>) -> LineOutcome {
        let mut bytes = restored(inner);
        let mut outer = outer.filter(|_| !around.texts_alone);
        if around.packed && looks_packed(&bytes) {
            match unpack(&bytes) {
                Ok(None) => {}
                Ok(Some(unpacked)) => {
                    bytes = unpacked;
                    outer = None;
                }
                Err(error) => return LineOutcome::Unreadable(error),
            }
        }
        let around = Around { texts_alone: false, packed: false, own: false, ..around.clone() };
        self.text(&bytes, outer, &around, each)
    }

    fn array(
        &self,
        elements: Vec<&RawValue>,
        log_events: bool,
        before: LineOutcome,
        around: &Around,
        each: Each<'_>,
    ) -> LineOutcome {
        take_apart(before, each, |each| {
            let mut outcomes = Vec::new();
            for element in elements {
                let message = message_of(element.get()).filter(|_| log_events);
                let bytes = restored(message.as_deref().unwrap_or(element.get()));
                let mut path = around.path.clone();
                if !around.own {
                    path.push_str(if message.is_some() { "[].message" } else { "[]" });
                }
                let around = Around {
                    depth: around.depth + usize::from(!around.own),
                    in_container: true,
                    in_event: false,
                    path,
                    ..around.clone()
                };
                outcomes.push(self.element(
                    &bytes,
                    message.as_deref().map_or(element.get(), |_| "").as_bytes(),
                    &around,
                    each,
                ));
            }
            outcomes
        })
    }

    /// An element of a container, and as it was written if that is JSON.
    fn element(&self, bytes: &[u8], written: &[u8], around: &Around, each: Each<'_>) -> LineOutcome {
        let held = match serde_json::from_slice::<Value>(written) {
            _ if around.depth > MAX_ENVELOPES => too_deep(bytes),
            Ok(Value::String(_)) => match serde_json::from_str::<String>(&readable(bytes)) {
                Ok(inner) => self.string(&inner, None, around, each),
                Err(_) => LineOutcome::Nothing,
            },
            _ => self.text(bytes, None, around, each),
        };
        match held {
            LineOutcome::Reported => {}
            LineOutcome::Unreadable(error) | LineOutcome::Broken(error) => {
                each(Found::Unreadable { text: bytes, error });
            }
            LineOutcome::OtherRecord => each(Found::Other(bytes)),
            LineOutcome::Nothing => {
                let found = self.unrecognized(bytes, &around.path);
                if let Some(found) = &found {
                    each(Found::Unrecognized(found));
                }
                each(Found::Other(bytes));
                return if found.is_some() { LineOutcome::OtherRecord } else { held };
            }
        }
        held
    }

    fn object(
        &self,
        text: &str,
        map: &Map<String, Value>,
        outer: &[u8],
        around: &Around,
        each: Each<'_>,
    ) -> LineOutcome {
        if fields(map).is_record() {
            let expanded = with_objects(map);
            let Some(sign_in) = fields(&expanded).sign_in_by(self.paths.ways()) else {
                return LineOutcome::OtherRecord;
            };
            each(Found::SignIn { object: outer, sign_in: &sign_in });
            return LineOutcome::Reported;
        }
        let raw = raw_members(text);
        let mut candidates = Vec::new();
        for (key, value) in map {
            let step = self.paths.step(around.active, key.as_bytes());
            let rank = match step {
                Some(_) => Some(keys::NAMED),
                None => keys::rank(key.as_bytes(), around.in_event),
            };
            let place = match value {
                Value::Array(_) => rank.map(|rank| rank.array),
                Value::Object(_) | Value::String(_) => rank.and_then(|rank| rank.single),
                _ => None,
            };
            candidates.extend(place.map(|place| (place, key, value, step)));
        }
        candidates.sort_by_key(|(place, key, ..)| (*place, key.as_bytes().to_vec()));
        let (mut doubt, mut after_array) = (LineOutcome::Nothing, false);
        for (_, key, value, step) in candidates {
            let is_array = value.is_array();
            if doubt == LineOutcome::Reported && !(after_array && is_array) {
                break;
            }
            after_array = is_array;
            let written = raw.get(key).map_or("", |raw| raw.get());
            let bytes = key.as_bytes();
            let mut inner = Around { in_event: keys::is_event(bytes), own: false, ..around.clone() };
            inner.active = step.unwrap_or_default();
            inner.packed = step.is_some() || !is_array && keys::may_be_packed(bytes);
            unrecognized::join(&mut inner.path, key);
            if around.own && keys::is_records(bytes) {
                inner.active = inner.active.and(around.active);
                inner.path.clear();
                inner.own = true;
            }
            let held = match value {
                Value::Array(_) => {
                    inner.texts_alone |= keys::holds_texts(bytes);
                    let elements = serde_json::from_str(written).unwrap_or_default();
                    self.array(elements, keys::is_log_events(bytes), doubt, &inner, each)
                }
                _ => {
                    inner.depth += 1;
                    inner.own = false;
                    match value {
                        _ if inner.depth > MAX_ENVELOPES => too_deep(&restored(written)),
                        Value::Object(map) => match object_of(map).filter(|_| bytes == kvlist::KEY) {
                            Some(object) => self.text(
                                object.as_bytes(),
                                Some(outer),
                                &Around { own: false, ..inner },
                                each,
                            ),
                            None => self.object(written, map, outer, &inner, each),
                        },
                        Value::String(text) => self.string(text, Some(outer), &inner, each),
                        _ => LineOutcome::Nothing,
                    }
                }
            };
            doubt = match (doubt, held) {
                (LineOutcome::Reported, _) | (_, LineOutcome::Reported) => LineOutcome::Reported,
                (LineOutcome::Unreadable(_), _) => doubt,
                (_, LineOutcome::Unreadable(_)) => held,
                (LineOutcome::OtherRecord, _) | (_, LineOutcome::OtherRecord) => LineOutcome::OtherRecord,
                _ => LineOutcome::Nothing,
            };
        }
        if doubt != LineOutcome::Nothing {
            return doubt;
        }
        // It may be a record itself that is not written as CloudTrail does.
        let names_event = |(key, value): (&String, &Value)| {
            renamed::original(key) == Some("eventName") && value == EVENT_NAME
        };
        let restored = if map.iter().any(names_event) { with_original_keys(map) } else { map.clone() };
        let restored = with_objects(&restored);
        let Some(sign_in) = fields(&restored).sign_in_by(self.paths.ways()) else {
            return LineOutcome::Nothing;
        };
        each(Found::SignIn { object: outer, sign_in: &sign_in });
        LineOutcome::Reported
    }
}

/// The object with CloudTrail's own keys in the place of those that lost their case.
fn with_original_keys(map: &Map<String, Value>) -> Map<String, Value> {
    fn value(old: &Value) -> Value {
        match old {
            Value::Object(map) => Value::Object(with_original_keys(map)),
            Value::Array(values) => values.iter().map(value).collect(),
            other => other.clone(),
        }
    }
    let key = |key: &String| renamed::original(key).map_or_else(|| key.clone(), str::to_owned);
    map.iter().map(|(name, old)| (key(name), value(old))).collect()
}

/// The JSON object that OpenTelemetry's list of keys and values stands for.
fn object_of(list: &Map<String, Value>) -> Option<String> {
    fn typed(value: &Value) -> Option<String> {
        let map = value.as_object()?;
        let Some((kind, value)) = map.iter().next() else { return Some("null".to_owned()) };
        match (&**kind, value) {
            _ if map.len() > 1 => None,
            ("kvlistValue", Value::Object(list)) => object_of(list),
            ("arrayValue", Value::Object(list)) => {
                let items: Option<Vec<String>> = items(list)?.iter().map(typed).collect();
                Some(format!("[{}]", items?.join(",")))
            }
            ("intValue", Value::String(digits)) => Some(digits.clone()),
            ("intValue" | "stringValue" | "bytesValue" | "doubleValue" | "boolValue", value) => {
                (!value.is_object() && !value.is_array()).then(|| value.to_string())
            }
            _ => None,
        }
    }
    fn items(list: &Map<String, Value>) -> Option<&[Value]> {
        match list.get("values") {
            None if list.is_empty() => Some(&[]),
            Some(Value::Array(items)) if list.len() == 1 => Some(items),
            _ => None,
        }
    }
    let pair = |pair: &Value| {
        let pair = pair.as_object()?;
        let key = pair.get("key").filter(|key| key.is_string())?;
        let value = pair.get("value").map_or(Some("null".to_owned()), typed)?;
        (pair.len() == 1 + usize::from(pair.contains_key("value"))).then(|| format!("{key}:{value}"))
    };
    let members: Option<Vec<String>> = items(list)?.iter().map(pair).collect();
    Some(format!("{{{}}}", members?.join(",")))
}

fn first_of(text: &str) -> Option<char> {
    text.trim_start_matches([' ', '\t', '\r', '\n']).chars().next()
}

/// Values one behind another; the first that is not sound reaches to the end. None if the text does
/// not begin with one.
fn values(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '\x0c', ',', '\x1e']);
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let is_open = rest.starts_with(['{', '[']);
        match stream.next() {
            _ if rest.is_empty() => return found,
            None => return found,
            Some(Ok(_)) if is_open => {
                let (value, behind) = rest.split_at(stream.byte_offset());
                found.push(value);
                rest = behind;
            }
            Some(Err(_)) if found.is_empty() => return found,
            // Numbers and words have no end of their own.
            Some(_) => {
                found.push(rest);
                return found;
            }
        }
    }
}

/// The message of a log event, unless that is a record.
fn message_of(log_event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(log_event).ok()?;
    let event = event
        .as_object()
        .filter(|event| ["eventSource", "eventName"].iter().any(|key| !event.contains_key(*key)))?;
    Some(event.get("message")?.as_str()?.to_owned())
}

/// Which words describe the fault is the fast reader's business, so it is asked for them.
fn fault(bytes: &[u8]) -> Error {
    let mut cursor = crate::json::Cursor::new(bytes);
    cursor.skip().and_then(|_| cursor.end()).err().unwrap_or(Error { what: "no JSON", at: 0 })
}

/// The members of an object as they were written.
fn raw_members(text: &str) -> HashMap<String, &RawValue> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Runs `elements` over a container. One that holds neither a sign-in nor a doubt stays whole: its others are not handed
/// over, for it is forwarded itself where others are wanted; unless something `before` it was handed over.
fn take_apart(
    before: LineOutcome,
    each: Each<'_>,
    elements: impl FnOnce(Each<'_>) -> Vec<LineOutcome>,
) -> LineOutcome {
    let mut waiting = Vec::new();
    let mut given = before == LineOutcome::Reported;
    let outcomes = elements(&mut |found| match found {
        Found::Other(text) if !given => waiting.push(text.to_vec()),
        Found::Unrecognized(_) => each(found),
        found => {
            given = true;
            waiting.drain(..).for_each(|text: Vec<u8>| each(Found::Other(&text)));
            each(found);
        }
    });
    match () {
        () if given => LineOutcome::Reported,
        () if outcomes.contains(&LineOutcome::OtherRecord) => LineOutcome::OtherRecord,
        () => LineOutcome::Nothing,
    }
}
