//! The JSON Schema of declared keys (draft 2020-12), for editors. Knows the tables that the reader has; knows no key itself.

use serde_json::{Map, Value, json};

use crate::config::keys::{Key, Kind};

/// The schema of a table with these keys.
pub fn object(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Some(object), false) = (object.as_object_mut(), required.is_empty()) {
        object.insert("required".to_owned(), json!(required));
    }
    object
}

fn property(key: &Key) -> Value {
    let mut schema = value(key.kind);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), key.doc.into());
        // The scalars that are declared as defaults are spelled alike in TOML and in JSON.
        let default = key.default.and_then(|toml| serde_json::from_str::<Value>(toml).ok());
        schema.extend(default.map(|default| ("default".to_owned(), default)));
    }
    schema
}

/// The schema of a value.
pub fn value(kind: Kind) -> Value {
    let one_or_many = |one: Value| json!({ "anyOf": [one, { "type": "array", "items": one }] });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => one_or_many(json!({ "type": "string" })),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => one_or_many(json!({ "enum": words })),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Size => json!({ "type": ["integer", "string"] }),
        Kind::Table(keys) => object(keys),
        Kind::Tables(keys) => json!({ "type": "array", "items": object(keys) }),
        Kind::Named(kind) => json!({ "type": "object", "additionalProperties": value(*kind) }),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(|kind| value(*kind)).collect::<Vec<_>>() }),
        Kind::Any => json!({}),
    }
}
