//! What was typed by mistake: a command's name misspelled, so that it looks like a file, or nothing at all on a terminal.
//! Reads no records.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::cli;
use crate::sys::messages::{printable, say};

/// Words that people type for a command of another name.
const OTHER_NAMES: [(&str, &str); 13] = [
    ("validate", "check"),
    ("verify", "check"),
    ("lint", "check"),
    ("test", "check"),
    ("config", "check"),
    ("why", "explain"),
    ("holiday", "holidays"),
    ("notifications", "notify"),
    ("status", "notify status"),
    ("retry", "notify retry"),
    ("completion", "completions"),
    ("manual", "man"),
    ("version", "--version"),
];

/// Fails if the first path is not a file and looks like a command.
pub(super) fn reject_commands(paths: &[PathBuf]) -> anyhow::Result<()> {
    let Some(first) = paths.first() else { return Ok(()) };
    match first.to_str().and_then(command_like) {
        Some(command) if !Path::new(first).exists() => Err(anyhow!(
            "{}: there is no such file or command; did you mean `afterhours {command}`?",
            printable(first)
        )),
        _ => Ok(()),
    }
}

/// The command that a word was meant to be.
fn command_like(word: &str) -> Option<String> {
    if word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    if let Some((_, command)) = OTHER_NAMES.iter().find(|(other, _)| *other == word) {
        return Some((*command).to_owned());
    }
    let distance = |name: &str| strsim::damerau_levenshtein(word, name);
    let commands = cli::command();
    let names = commands.get_subcommands().map(clap::Command::get_name);
    let nearest = names.min_by_key(|name| distance(name))?;
    // One slip in a short word, two in a long one.
    (distance(nearest) <= nearest.len() / 3).then(|| nearest.to_owned())
}

/// Says what the program waits for, if it reads a terminal and nothing was named.
pub(super) fn explain_terminal(nothing_named: bool) {
    if nothing_named && std::io::stdin().is_terminal() {
        say(
            "reading CloudTrail records from the terminal, one per line; Ctrl-D ends. To filter files: afterhours PATH...; \
             for help: afterhours --help",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_resemble_a_command_are_answered_with_it() {
        for (word, command) in [
            ("chek", "check"),
            ("chekc", "check"),
            ("validate", "check"),
            ("test", "check"),
            ("explian", "explain"),
            ("calender", "calendar"),
            ("holliday", "holidays"),
            ("completion", "completions"),
        ] {
            assert_eq!(command_like(word).as_deref(), Some(command), "{word}");
        }
        for word in ["trail", "records.ndjson", "AWSLogs", "logs", "data", "a", "-", "november"] {
            assert_eq!(command_like(word), None, "{word}");
        }
    }
}
