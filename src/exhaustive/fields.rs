//! The fields of a record, taken from a `serde_json` map. Knows what the fast reader's `Fields` are; knows
//! nothing of envelopes.

use serde_json::{Map, Value};

use crate::exhaustive::stand_in::shown;
use crate::json::Str;
use crate::sign_in::{Account, Fields, OBJECTS, Outcome};

fn account(value: &Value) -> Option<Account<'_>> {
    match value {
        Value::String(text) => Some(Account::Text(Str::plain(text))),
        Value::Number(number) => Account::of_number(&number.to_string()),
        _ => None,
    }
}

/// The record with objects in the place of their JSON text.
pub(super) fn with_objects(map: &Map<String, Value>) -> Map<String, Value> {
    let mut map = map.clone();
    for (key, value) in &mut map {
        let Some(text) = value.as_str().filter(|_| OBJECTS.contains(&&**key)) else { continue };
        let alone: Option<Map<String, Value>> = serde_json::from_str(text).ok();
        let deeper: Option<Vec<Value>> = serde_json::from_str(&format!("[{text}]")).ok();
        if let (Some(object), Some(_)) = (alone, deeper) {
            *value = Value::Object(object);
        }
    }
    map.values_mut().for_each(shown);
    map
}

pub(super) fn fields(map: &Map<String, Value>) -> Fields<'_> {
    fn string<'v>(map: &'v Map<String, Value>, key: &str) -> Option<Str<'v>> {
        map.get(key).and_then(Value::as_str).map(Str::plain)
    }
    let nested = |object: &str, key: &str| {
        map.get(object).and_then(Value::as_object).and_then(|object| string(object, key))
    };
    let identity = map.get("userIdentity").and_then(Value::as_object);
    let session = |object: &str, key: &str| identity?.get("sessionContext")?.get(object)?.get(key);
    let ended = |key: &str| nested("serviceEventDetails", key).map(|text| Outcome::of(Some(text)));
    Fields {
        event_source: string(map, "eventSource"),
        event_name: string(map, "eventName"),
        event_time: string(map, "eventTime"),
        event_id: string(map, "eventID"),
        region: string(map, "awsRegion"),
        source_ip: string(map, "sourceIPAddress"),
        user_agent: string(map, "userAgent"),
        recipient_account: map.get("recipientAccountId").and_then(account),
        identity_type: nested("userIdentity", "type"),
        user_name: nested("userIdentity", "userName"),
        arn: nested("userIdentity", "arn"),
        account: identity.and_then(|identity| account(identity.get("accountId")?)),
        principal: nested("userIdentity", "principalId"),
        role: session("sessionIssuer", "userName").and_then(Value::as_str).map(Str::plain),
        session_mfa: match session("attributes", "mfaAuthenticated") {
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            value => value == Some(&Value::Bool(true)),
        },
        on_behalf_of: identity
            .and_then(|identity| identity.get("onBehalfOf")?.get("userId")?.as_str())
            .map(Str::plain),
        console_login: nested("responseElements", "ConsoleLogin"),
        mfa_used: nested("additionalEventData", "MFAUsed"),
        authentication: ended("UserAuthentication"),
        verification: ended("CredentialVerification"),
        has_error: ["errorCode", "errorMessage"]
            .iter()
            .any(|key| map.get(*key).is_some_and(Value::is_string)),
        has_identity: identity.is_some(),
        has_texts: false,
    }
}
