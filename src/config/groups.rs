//! `[groups]`: names that rules can use for many users. Knows names; knows nothing of rules.

use std::collections::BTreeMap;

use crate::rules::{Groups, Patterns};

use crate::config::error::{ConfigError, Result, Spanned, suggest};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::toml_table::{Table, TomlValue};
use crate::config::user_names;

/// What `[groups]` holds for each name.
pub(super) const MEMBERS: Kind = Kind::Either(&[Kind::Texts, Kind::Table(GROUP)]);

const GROUP: Keys =
    &[Key::new("file", Kind::Text, "A file with one user name a line, relative to the configuration.")
        .required()];

/// Groups by name: who is in them.
pub(super) type Members = BTreeMap<String, Patterns>;

/// `[groups]`: `name = ["anaya", "lee"]`, or `name = { file = "names.txt" }`.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn groups(table: Table<'_>, files: &Files<'_>, errors: &mut Vec<ConfigError>) -> Members {
    let mut groups = Members::new();
    for (name, item) in table.named() {
        let members = group(item, files, errors);
        // A group that is refused is still a group: one complaint is enough.
        groups.insert(name, members.map_err(|error| errors.push(error)).unwrap_or_default());
    }
    groups
}

fn group(item: TomlValue<'_>, files: &Files<'_>, errors: &mut Vec<ConfigError>) -> Result<Patterns> {
    let location = item.location.clone();
    if !item.is_table() {
        let names = item.texts()?;
        if let Some(empty) = names.iter().find(|name| name.value.is_empty()) {
            return Err(empty.location.error("an empty name"));
        }
        for name in &names {
            user_names::check(&name.value).map_err(|what| name.location.error(what))?;
        }
        return Ok(names.into_iter().map(|name| name.value).collect());
    }
    let mut table = item.table()?;
    if !table.expect(GROUP, errors) {
        return Ok(Patterns::default());
    }
    let file = table.take("file").map(|item| item.text()).transpose()?;
    let Some(file) = file else {
        return Err(location.error("write a list of names, or { file = \"names.txt\" }"));
    };
    Ok(files.names(&file, user_names::check)?.into_iter().collect())
}

/// The groups that a rule names, with their members together.
pub(super) fn chosen(names: Vec<Spanned<String>>, groups: &Members) -> Result<Groups> {
    let mut chosen = Groups::default();
    for Spanned { value: text, location } in names {
        let Some(members) = groups.get(&text) else {
            let known: Vec<&str> = groups.keys().map(String::as_str).collect();
            return Err(location.error(format!("no group {text:?}{}", suggest(&text, &known))));
        };
        chosen.members.extend(members);
        chosen.names.push(text);
    }
    Ok(chosen)
}
