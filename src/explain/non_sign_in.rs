//! What a line without a sign-in is: another event, a container of such, or nothing that could be a record.
//! Decides nothing: the filter has decided already. Slow and obvious, like the filter's twin.

use serde_json::{Map, Value};

use crate::envelope::{MAX_ENVELOPES, keys};
use crate::explain::{Event, Explainer, Explanation, LONGEST};
use crate::sanitize::truncated;
use crate::sign_in::Way;

/// Explains everything in a line in which the filter found no sign-in.
pub(super) fn explain(explainer: &Explainer<'_>, line: &[u8], each: &mut dyn FnMut(Explanation)) {
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => walk(explainer, &value, 0, each),
        Err(_) => each(explainer.other(None, "it is not JSON, and does not say \"ConsoleLogin\"")),
    }
}

fn walk(explainer: &Explainer<'_>, value: &Value, depth: usize, each: &mut dyn FnMut(Explanation)) {
    let elements = match value {
        Value::Object(map) if is_record(map) => return each(record(explainer, map)),
        Value::Array(elements) => Some(elements),
        Value::Object(map) => container(map),
        Value::String(text) if depth > 0 => match serde_json::from_str(text) {
            Ok(inner) if depth <= MAX_ENVELOPES => return walk(explainer, &inner, depth + 1, each),
            _ => return each(explainer.other(None, "the text in it is no record")),
        },
        _ => return each(explainer.other(None, missing(value))),
    };
    match elements {
        Some(elements) if elements.is_empty() => each(explainer.other(None, "no records are in it")),
        Some(elements) if depth <= MAX_ENVELOPES => {
            for element in elements {
                let element = element.get("message").filter(|message| message.is_string()).unwrap_or(element);
                walk(explainer, element, depth + 1, each);
            }
        }
        Some(_) => each(explainer.other(None, "too many envelopes stand inside each other")),
        None => match value.as_object().and_then(wrapped).filter(|_| depth <= MAX_ENVELOPES) {
            Some(inner) => walk(explainer, inner, depth + 1, each),
            None => each(explainer.other(None, missing(value))),
        },
    }
}

fn is_record(map: &Map<String, Value>) -> bool {
    let is_text = |key: &str| map.get(key).is_some_and(Value::is_string);
    let is_whole = is_text("eventTime") && map.get("userIdentity").is_some_and(Value::is_object);
    is_text("eventName") && (is_text("eventSource") || is_whole)
}

/// What keeps a value from being a record.
fn missing(value: &Value) -> &'static str {
    let lacks = |key: &str| !value.get(key).is_some_and(Value::is_string);
    match (value, lacks("eventName"), lacks("eventSource")) {
        (Value::Object(_), true, true) => "it is no record: eventName and eventSource are missing",
        (Value::Object(_), true, false) => "it is no record: eventName is missing",
        (Value::Object(_), false, true) => {
            "it is no record: eventSource is missing, and so is userIdentity or eventTime"
        }
        _ => "it is no record: it is not an object",
    }
}

/// What may hold records, in the order in which the filter tries it.
fn candidates(map: &Map<String, Value>) -> Vec<&Value> {
    let place = |(key, value): (&String, &'_ Value)| {
        let rank = keys::rank(key.as_bytes(), true)?;
        match value {
            Value::Array(_) => Some(rank.array),
            Value::Object(_) => rank.single,
            Value::String(text) if text.starts_with(['{', '[']) => rank.single,
            _ => None,
        }
    };
    let mut found: Vec<_> =
        map.iter().filter_map(|(key, value)| Some((place((key, value))?, value))).collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, value)| value).collect()
}

fn container(map: &Map<String, Value>) -> Option<&Vec<Value>> {
    candidates(map).into_iter().find_map(Value::as_array)
}

fn wrapped(map: &Map<String, Value>) -> Option<&Value> {
    candidates(map).into_iter().find(|value| !value.is_array())
}

fn record(explainer: &Explainer<'_>, map: &Map<String, Value>) -> Explanation {
    let text = |value: Option<&Value>| Some(truncated(value?.as_str()?, LONGEST));
    let who = |key: &str| text(map.get("userIdentity").and_then(|identity| identity.get(key)));
    let event = Event {
        name: text(map.get("eventName")),
        time: text(map.get("eventTime")),
        id: text(map.get("eventID")),
        user: who("userName"),
        role: None,
        identity: who("type"),
        account: who("accountId"),
        arn: who("arn"),
        ip: text(map.get("sourceIPAddress")),
        outcome: None,
    };
    let reason = match (event.name.as_deref(), text(map.get("eventSource"))) {
        (Some("ConsoleLogin"), Some(source)) => format!("eventSource is {source}, not signin.amazonaws.com"),
        (Some(name), _) => match Way::of_event(name) {
            Some(way) if !explainer.policy.record_paths.ways().has(way) => {
                format!("eventName is {name}, a sign-in only with --sign-in {}", way.as_str())
            }
            _ => format!("eventName is {name}"),
        },
        (None, _) => "eventName is missing".to_owned(),
    };
    explainer.other(Some(event), &reason)
}
