//! The reference pages are complete: every option with its variable and default, every field and word of the tag, every
//! envelope.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

use super::{document, printed, program};

/// An option as `--help` has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Described {
    variable: Option<String>,
    default: Option<String>,
}

fn bracketed(text: &str, label: &str) -> Option<String> {
    let value = text.split(&format!("[{label}: ")).nth(1)?.split(']').next()?;
    Some(value.trim_end_matches('=').to_owned())
}

/// The long options of the help, by their names.
fn options_of_the_help() -> BTreeMap<String, Described> {
    let help = printed(&["--help"]);
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in help.lines() {
        let trimmed = line.trim_start();
        let depth = line.len() - trimmed.len();
        if (2..=6).contains(&depth) && trimmed.starts_with('-') {
            let name = trimmed.split_whitespace().find(|word| word.starts_with("--"));
            let name = name.unwrap_or(trimmed).trim_end_matches(',');
            let name = name.split(['[', '=']).next().unwrap();
            blocks.push((name.to_owned(), String::new()));
        }
        if let Some((_, text)) = blocks.last_mut() {
            text.push_str(trimmed);
            text.push(' ');
        }
    }
    let described = |text: &str| Described {
        variable: bracketed(text, "env"),
        default: bracketed(text, "default").filter(|default| !default.contains(' ')),
    };
    blocks.into_iter().map(|(name, text)| (name, described(&text))).collect()
}

/// The cells of a table's row.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner =
        line.strip_prefix("| ")?.strip_suffix(" |").or_else(|| line.strip_prefix("| ")?.strip_suffix('|'))?;
    Some(inner.replace("\\|", "¦").split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// What stands between backticks.
fn code(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The long options of the page, by their names.
fn options_of_the_page() -> BTreeMap<String, Described> {
    let mut options = BTreeMap::new();
    for row in document("docs/options.md").lines().filter_map(cells) {
        let Some(name) = code(&row[0]).into_iter().find(|word| word.starts_with("--")) else { continue };
        let name = name.split([' ', '[', '=']).next().unwrap().to_owned();
        let cell = |i: usize| row.get(i).map(|cell| code(cell)).unwrap_or_default();
        let described = match row.len() {
            4 => Described { variable: cell(1).first().cloned(), default: cell(2).first().cloned() },
            _ => Described::default(),
        };
        options.insert(name, described);
    }
    options
}

#[test]
fn the_page_on_options_has_every_option_of_the_help_and_no_other() {
    let (help, page) = (options_of_the_help(), options_of_the_page());
    assert!(help.len() > 25, "the options were not found in --help: {help:?}");
    for (name, described) in &help {
        let shown = page.get(name).unwrap_or_else(|| panic!("{name} is not in docs/options.md"));
        assert_eq!(shown.variable, described.variable, "the variable of {name}");
        if described.default.is_some() {
            assert_eq!(shown.default, described.default, "the default of {name}");
        }
    }
    for name in page.keys() {
        assert!(help.contains_key(name), "{name} is not in --help");
    }
}

/// The names of properties and the words of enumerations, wherever they stand in a schema.
fn words(schema: &serde_json::Value, found: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("properties", serde_json::Value::Object(properties)) => {
                        found.extend(properties.keys().cloned());
                        properties.values().for_each(|value| words(value, found));
                    }
                    ("enum", serde_json::Value::Array(values)) => {
                        found.extend(values.iter().filter_map(|value| value.as_str()).map(str::to_owned));
                    }
                    _ => words(value, found),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| words(value, found)),
        _ => {}
    }
}

#[test]
fn the_page_on_the_tag_has_every_word_of_its_schema() {
    let schema: serde_json::Value = serde_json::from_str(&printed(&["schema"])).unwrap();
    let mut found = Vec::new();
    words(&schema, &mut found);
    assert!(found.len() > 25, "the schema was not understood: {found:?}");
    let page = document("docs/tag.md");
    for word in found {
        assert!(page.contains(&format!("`{word}`")), "{word} is not in docs/tag.md");
    }
}

/// What the filter forwards of a line.
fn forwarded(line: &str) -> String {
    let mut child = program()
        .args(["--hours", "off", "--tz", "UTC"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The value inside an envelope, by the path of the page: `message`, `event.original`, `[…]`.
fn enveloped(path: &str, record: &serde_json::Value) -> serde_json::Value {
    let inner = |rest: &str| match rest.trim_start_matches('.') {
        "" => record.clone(),
        rest => enveloped(rest, record),
    };
    if path == "[…]" {
        return serde_json::json!([record]);
    }
    match path.split_once("[]") {
        Some((key, rest)) => serde_json::json!({ key: [inner(rest)] }),
        None => match path.split_once('.') {
            Some((key, rest)) => serde_json::json!({ key: inner(rest) }),
            None => serde_json::json!({ path: record }),
        },
    }
}

#[test]
fn every_envelope_of_the_page_is_unwrapped() {
    let record = serde_json::json!({
        "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventTime": "2026-11-23T08:12:44Z",
        "userIdentity": { "type": "IAMUser", "userName": "dora" }, "responseElements": { "ConsoleLogin": "Success" },
    });
    let page = document("docs/records.md");
    let mut paths = Vec::new();
    for table in page.split("| key | written by |").skip(1) {
        for row in table.lines().skip(2).map_while(cells) {
            paths.extend(code(&row[0]));
        }
    }
    assert!(paths.len() >= 50, "{paths:?}");
    for path in &paths {
        let text = serde_json::Value::String(record.to_string());
        let mut tried = [&record, &text].map(|inner| enveloped(path, inner)).to_vec();
        tried.push(serde_json::json!({ path: record }));
        tried.push(serde_json::json!({ path: [record] }));
        let found = tried.iter().filter(|value| forwarded(&value.to_string()).contains("outside")).count();
        assert!(found >= 1, "{path} is not unwrapped");
    }
    assert!(!forwarded(&enveloped("detailed", &record).to_string()).contains("outside"));
}
