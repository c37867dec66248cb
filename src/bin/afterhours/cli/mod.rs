//! The command line: what can be said, and its words of help. Decides nothing.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::cli::filter::FilterOptions;
use crate::cli::notify::NotifyCommand;
use crate::cli::show::{CalendarOptions, CheckOptions, ExplainOptions, SchemaOf};

pub(crate) mod common;
pub(crate) mod completions;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod listen;
pub(crate) mod manual;
pub(crate) mod notify;
pub(crate) mod show;
pub(crate) mod values;

/// AWS console sign-ins outside business hours, out of a stream of CloudTrail records.
///
/// Reads CloudTrail records, one JSON record a line, from the PATHs or from stdin. Console sign-ins by IAM users that
/// happened outside business hours go to stdout, each line as it came with a tag added; nothing else does.
#[derive(Debug, Parser)]
#[command(
    name = "afterhours",
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = "Exit status: 0 the stream ended, or the reader went away; 1 it ended, but something was unreadable; \
                  2 it could not start or go on.\n\nExample: zcat trail.gz | afterhours --hours 'Mon-Fri 09:00-17:00' \
                  --tz America/New_York"
)]
pub(crate) struct Cli {
    /// Print the version of the program and of its time-zone data
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    #[command(flatten)]
    pub(crate) filter: FilterOptions,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say why a sign-in is forwarded or withheld
    ///
    /// Reads records from stdin, in any envelope that the filter takes, or judges one moment (--at).
    Explain(ExplainOptions),
    /// Draw a schedule: this week, or another week, month or year
    Calendar(CalendarOptions),
    /// List the public holidays of a place; without a CODE, the codes
    Holidays {
        /// An ISO 3166 code: DE, or DE-BE for a part of it
        code: Option<String>,
        /// Only this year
        year: Option<i32>,
    },
    /// Is this configuration right? Prints what it means
    Check(CheckOptions),
    /// Send a test notification, or look after those that wait
    Notify {
        #[command(subcommand)]
        command: NotifyCommand,
    },
    /// Print the JSON Schema of the tag, or of what a webhook is told
    Schema {
        /// Of what
        #[arg(default_value = "tag")]
        what: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// The command line, with `--stats json` spelled `--stats=json`: a word behind it may as well be a file, and only this one is not
/// (`./json` is).
pub(crate) fn arguments(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    for word in words {
        match all.last_mut() {
            Some(last) if word == "json" && last == "--stats" => *last = "--stats=json".into(),
            _ => all.push(word),
        }
    }
    all
}
