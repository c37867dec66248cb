//! The command line: what can be typed, and its help. Decides nothing.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::cli::filter::FilterOptions;
use crate::cli::notify::NotifyCommand;
use crate::cli::show::{CalendarOptions, CheckOptions, ExplainOptions, SchemaOf};

mod candidates;
pub(crate) mod common;
pub(crate) mod completions;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod listen;
pub(crate) mod manual;
pub(crate) mod notify;
pub(crate) mod output;
pub(crate) mod show;
pub(crate) mod values;

/// Find AWS console sign-ins outside business hours in a stream of CloudTrail records.
///
/// Reads CloudTrail records, one JSON record per line, from files or stdin. Console sign-ins by IAM
/// users outside business hours go to stdout, each line as it came with a tag added. Nothing else
/// goes to stdout.
#[derive(Debug, Parser)]
#[command(
    name = "afterhours",
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = "All options, their environment variables and examples: afterhours --help",
    after_long_help = LONG_HELP
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

const LONG_HELP: &str = "\
Exit status:
  0  the stream ended, or the reader of stdout is gone, or a signal asked to end
  1  the run ended, but something was not evaluated or not delivered; the counts are on stderr
  2  the program could not start or go on; one message on stderr says how to fix it

Examples:
  Filter a stream, with the hours of one office:
    aws-log-source | afterhours --hours 'Mon-Fri 09:00-17:00' --tz America/New_York | siem-forwarder
  Search a year of archived logs on all cores:
    afterhours --since 2026-01-01 --dedupe --hours 'Mon-Fri 09:00-17:00' --tz Europe/Berlin AWSLogs
  Receive records from a log shipper, with schedules and channels from a file:
    afterhours -c afterhours.toml --listen http:127.0.0.1:9902 -o /var/log/afterhours.ndjson
  Why is this sign-in in or after hours?
    afterhours explain -c afterhours.toml --at '2026-11-28 03:10' --user chen

An option overrides its environment variable.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a configuration and print what it means
    Check(CheckOptions),
    /// Explain why a sign-in is in or after hours
    ///
    /// Reads records from stdin, in any envelope that the filter understands, or evaluates one
    /// moment (--at).
    Explain(ExplainOptions),
    /// Draw a schedule: a week, a month or a year
    Calendar(CalendarOptions),
    /// List the public holidays of a place, or all codes
    Holidays {
        /// An ISO 3166 code: DE, or DE-BE for a part of it; without it, the codes are listed
        #[arg(add = ArgValueCandidates::new(candidates::holidays))]
        code: Option<String>,
        /// Only this year
        year: Option<i32>,
    },
    /// Test channels; show, retry and delete notifications
    Notify {
        #[command(subcommand)]
        command: NotifyCommand,
    },
    /// Print a JSON Schema: of the tag, or of what a webhook receives
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
    /// Print a manual page, or write all of them to a directory
    Man {
        /// The page, such as `check`, `notify test` or `afterhours.toml` [default: afterhours]
        #[arg(value_name = "PAGE")]
        page: Vec<String>,
        /// Write every page to DIR
        #[arg(long, value_name = "DIR", conflicts_with = "page", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
}

/// The command line as clap knows it. Options that a subcommand accepts and does not use are left
/// out of its help.
pub(crate) fn command() -> clap::Command {
    const HOURS: [&str; 6] = ["hours", "tz", "holidays", "closed", "extra", "tzdata"];
    let command = Cli::command();
    let command = command.mut_subcommand("explain", |explain| hide(explain, &["keep", "unreadable"]));
    command.mut_subcommand("notify", |notify| notify.mut_subcommands(|command| hide(command, &HOURS)))
}

fn hide(command: clap::Command, options: &[&str]) -> clap::Command {
    command.mut_args(|argument| {
        let hidden = options.contains(&argument.get_id().as_str());
        if hidden { argument.hide(true) } else { argument }
    })
}

/// The words of this run's command line.
pub(crate) fn words() -> Vec<OsString> {
    arguments(std::env::args_os())
}

/// Reads a command line. Help is an error too, as clap has it.
pub(crate) fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    // One line per option, so that -h fits on a screen; --help names the variables.
    if words.iter().skip(1).any(|word| word == "-h") {
        command = without_variables(command);
    }
    Cli::from_arg_matches(&command.try_get_matches_from(words)?)
}

fn without_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|argument| {
            let values = argument.get_action().takes_values();
            argument.hide_env(true).hide_possible_values(values)
        })
        .mut_subcommands(without_variables)
}

/// The command line, with `--stats json` spelled `--stats=json`: a word behind it may as well be a file, and only this one is not
/// (`./json` is).
fn arguments(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    for word in words {
        match all.last_mut() {
            Some(last) if word == "json" && last == "--stats" => *last = "--stats=json".into(),
            _ => all.push(word),
        }
    }
    all
}
