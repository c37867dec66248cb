//! `afterhours schema`: the JSON Schemas that the program keeps to. Knows who declares which section of the configuration;
//! declares none.

use afterhours::config::{SECTIONS, schema};
use afterhours::wasm;
use clap::CommandFactory as _;
use serde_json::{Map, Value, json};

use crate::cli::Cli;
use crate::commands::file_options;

/// The schema of the configuration's file, from the tables that its readers have.
pub(crate) fn config() -> anyhow::Result<String> {
    let mut schema = schema::object(SECTIONS);
    let of_others = json!({
        "notify": notify(),
        "wasm": with("Options of the module for Fluent Bit, which has no command line.", schema::object(wasm::SECTION_KEYS)),
    });
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(of_others.as_object().cloned().unwrap_or_default());
        properties.extend(options());
    }
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of afterhours (TOML)",
    });
    if let (Some(whole), Some(schema)) = (whole.as_object_mut(), schema.as_object()) {
        whole.extend(schema.clone());
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&whole)?))
}

/// `[notify.NAME]`: a channel says more about its own keys when it is read.
fn notify() -> Value {
    with(
        "Channels of notifications, by name.",
        json!({ "type": "object", "additionalProperties": {
            "type": "object",
            "properties": { "type": { "enum": crate::channels::kinds(), "description": "Which service is notified." } },
            "required": ["type"],
        } }),
    )
}

/// `[filter]`, `[listen]` and `[outbox]`: what clap knows of the options.
fn options() -> Map<String, Value> {
    let command = Cli::command();
    let section = |(name, doc, keys): &(&str, &str, &[file_options::FileKey])| {
        let properties: Map<String, Value> = keys
            .iter()
            .filter_map(|key| {
                let arg = file_options::option(&command, key)?;
                let words: Vec<String> =
                    arg.get_possible_values().iter().map(|word| word.get_name().to_owned()).collect();
                let many = matches!(key.kind, afterhours::config::keys::Kind::Texts);
                let flag = matches!(key.kind, afterhours::config::keys::Kind::Flag);
                let mut value = match words.is_empty() || flag {
                    true => schema::value(key.kind),
                    false if many => json!({ "anyOf": [{ "enum": words }, { "type": "array", "items": { "enum": words } }] }),
                    false => json!({ "enum": words }),
                };
                if let Some(value) = value.as_object_mut() {
                    let doc = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    value.insert("description".to_owned(), doc.into());
                }
                Some((key.name.to_owned(), value))
            })
            .collect();
        let object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        ((*name).to_owned(), with(doc, object))
    };
    file_options::SECTIONS.iter().map(section).collect()
}

fn with(doc: &str, mut schema: Value) -> Value {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), doc.into());
    }
    schema
}
