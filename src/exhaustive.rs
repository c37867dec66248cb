//! The slow, obvious reader: every line through `serde_json::Value`, no prefilter, no cleverness. What the fast reader
//! forwards, this one forwards, byte for byte; `--exhaustive` runs it, and the property tests hold the two together.

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::envelope::{Found, LineOutcome, MAX_ENVELOPES, too_deep};
use crate::json::{Error, Str};
use crate::prefilter::says_console_login;
use crate::sign_in::Fields;

type Each<'e> = &'e mut dyn FnMut(Found<'_>);

/// Hands every sign-in of a line to `each`, as [`crate::envelope::Reader::read`] does.
pub fn read(line: &[u8], each: &mut dyn FnMut(Found<'_>)) -> LineOutcome {
    text(line, None, 0, each)
}

fn text(bytes: &[u8], outer: Option<&[u8]>, depth: usize, each: Each<'_>) -> LineOutcome {
    let text = readable(bytes);
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(map)) => object(&text, &map, outer.unwrap_or(bytes), depth, false, each),
        Ok(Value::Array(_)) => array(serde_json::from_str(&text).unwrap_or_default(), false, depth, each),
        Ok(_) => LineOutcome::Nothing,
        Err(_) if !says_console_login(bytes) => LineOutcome::Nothing,
        // Which words describe the fault is the fast reader's business, so it is asked for them.
        Err(_) => LineOutcome::Unreadable(fault(bytes)),
    }
}

fn fault(bytes: &[u8]) -> Error {
    let mut cursor = crate::json::Cursor::new(bytes);
    cursor.skip().and_then(|_| cursor.end()).err().unwrap_or(Error { what: "no JSON", at: 0 })
}

/// Stands for byte 0 where a byte is not UTF-8; the others follow it. Private characters, which no log has.
const STAND_IN: u32 = 0x10_FE00;

/// The text with a stand-in for every byte that is not UTF-8.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|&byte| char::from_u32(STAND_IN + u32::from(byte))));
    }
    text
}

/// The bytes that a part of such a text stands for.
fn restored(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(STAND_IN).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The members of an object as they were written.
fn raw_members(text: &str) -> HashMap<String, &RawValue> {
    serde_json::from_str(text).unwrap_or_default()
}

fn array(elements: Vec<&RawValue>, log_events: bool, depth: usize, each: Each<'_>) -> LineOutcome {
    take_apart(each, |each| {
        for element in elements {
            let message = serde_json::from_str::<Value>(element.get())
                .ok()
                .and_then(|value| Some(value.get("message")?.as_str()?.to_owned()))
                .filter(|_| log_events);
            let bytes = restored(message.as_deref().unwrap_or(element.get()));
            let held =
                if depth < MAX_ENVELOPES { text(&bytes, None, depth + 1, each) } else { too_deep(&bytes) };
            settle(&bytes, held, each);
        }
    })
}

/// Hands over what is left of an element: the doubt about it, or that it held nothing.
fn settle(text: &[u8], held: LineOutcome, each: Each<'_>) {
    match held {
        LineOutcome::Unreadable(error) => each(Found::Unreadable { text, error }),
        LineOutcome::Nothing => each(Found::Other(text)),
        LineOutcome::Reported => {}
    }
}

/// Runs `elements` over a container. One that holds neither a sign-in nor a doubt stays whole: its others are not handed
/// over, for it is forwarded itself where others are wanted.
fn take_apart(each: Each<'_>, elements: impl FnOnce(Each<'_>)) -> LineOutcome {
    let mut before = Vec::new();
    let mut given = false;
    elements(&mut |found| match found {
        Found::Other(text) if !given => {
            before.push(text.to_vec());
        }
        found => {
            given = true;
            before.drain(..).for_each(|text: Vec<u8>| each(Found::Other(&text)));
            each(found);
        }
    });
    if given { LineOutcome::Reported } else { LineOutcome::Nothing }
}

fn object(
    text: &str,
    map: &Map<String, Value>,
    outer: &[u8],
    depth: usize,
    in_event: bool,
    each: Each<'_>,
) -> LineOutcome {
    let fields = fields(map);
    if fields.is_record() {
        let Some(sign_in) = fields.sign_in() else { return LineOutcome::Nothing };
        each(Found::SignIn { object: outer, sign_in: &sign_in });
        return LineOutcome::Reported;
    }
    let raw = raw_members(text);
    for name in ["Records", "logEvents", "Events"] {
        if map.get(name).is_some_and(Value::is_array) {
            let elements = serde_json::from_str(raw[name].get()).unwrap_or_default();
            return array(elements, name == "logEvents", depth, each);
        }
    }
    let paths = [
        "detail",
        "message",
        "log",
        "_raw",
        "event",
        "event.original",
        "CloudTrailEvent",
        "eventData",
        "Message",
        "Sns",
        "body",
        "Body",
        "original",
    ];
    let mut doubt = LineOutcome::Nothing;
    for path in paths.into_iter().filter(|path| in_event || *path != "original") {
        let held = match map.get(path) {
            Some(Value::Object(_) | Value::String(_)) if depth >= MAX_ENVELOPES => {
                too_deep(&restored(raw[path].get()))
            }
            Some(Value::Object(inner)) => {
                object(raw[path].get(), inner, outer, depth + 1, path == "event", each)
            }
            Some(Value::String(inner)) => {
                crate::exhaustive::text(&restored(inner), Some(outer), depth + 1, each)
            }
            _ => LineOutcome::Nothing,
        };
        match held {
            LineOutcome::Reported => return LineOutcome::Reported,
            LineOutcome::Unreadable(_) if doubt == LineOutcome::Nothing => doubt = held,
            _ => {}
        }
    }
    doubt
}

fn fields(map: &Map<String, Value>) -> Fields<'_> {
    fn string<'v>(map: &'v Map<String, Value>, key: &str) -> Option<Str<'v>> {
        map.get(key).and_then(Value::as_str).map(Str::plain)
    }
    let nested = |object: &str, key: &str| {
        map.get(object).and_then(Value::as_object).and_then(|object| string(object, key))
    };
    Fields {
        event_source: string(map, "eventSource"),
        event_name: string(map, "eventName"),
        event_time: string(map, "eventTime"),
        event_id: string(map, "eventID"),
        region: string(map, "awsRegion"),
        source_ip: string(map, "sourceIPAddress"),
        user_agent: string(map, "userAgent"),
        recipient_account: string(map, "recipientAccountId"),
        identity_type: nested("userIdentity", "type"),
        user_name: nested("userIdentity", "userName"),
        arn: nested("userIdentity", "arn"),
        account: nested("userIdentity", "accountId"),
        principal: nested("userIdentity", "principalId"),
        role: map
            .get("userIdentity")
            .and_then(|identity| {
                identity.get("sessionContext")?.get("sessionIssuer")?.get("userName")?.as_str()
            })
            .map(Str::plain),
        console_login: nested("responseElements", "ConsoleLogin"),
        mfa_used: nested("additionalEventData", "MFAUsed"),
    }
}
