//! The command line: what can be said, and its words of help. Decides nothing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::files::ArchiveOptions;
use crate::cli::listen::ListenOptions;
use crate::cli::notify::{NotifyCommand, NotifyOptions};
use crate::cli::show::{CalendarOptions, ExplainOptions, SchemaOf};

pub(crate) mod files;
pub(crate) mod listen;
pub(crate) mod notify;
pub(crate) mod show;

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
    Check(Check),
    /// Send a test notice, or look after those that wait
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

#[derive(Debug, Clone, Args)]
pub(crate) struct FilterOptions {
    /// Files and folders to read, in this order, plain, gzip or zstd; `-` is stdin, which is also read when none is given
    ///
    /// A folder is read with all that is in it, in the order of its names' bytes. Links to files are followed, links to
    /// folders where they lead to what is not read anyway; CloudTrail-Digest and CloudTrail-Insight of an account are passed over.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) archive: ArchiveOptions,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) counting: CountingOptions,

    #[command(flatten)]
    pub(crate) listen: ListenOptions,

    #[command(flatten)]
    pub(crate) notify: NotifyOptions,

    /// How long the end of input waits for notices that are not delivered yet: 10s, 5m; what is left then stays in the outbox
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_DRAIN", default_value = "10s", value_parser = duration)]
    pub(crate) drain: Duration,

    /// The key of the tag
    #[arg(long, value_name = "NAME", env = "AFTERHOURS_TAG", default_value = "after_hours")]
    pub(crate) tag: String,

    /// The longest line, in bytes (K and M are understood); longer ones are skipped to their end and counted
    #[arg(long, value_name = "BYTES", env = "AFTERHOURS_MAX_LINE", default_value = "16M", value_parser = bytes)]
    pub(crate) max_line: usize,

    /// Say on stderr at the end what was counted
    #[arg(
        long,
        value_name = "FORM",
        env = "AFTERHOURS_STATS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text"
    )]
    pub(crate) stats: Option<StatsForm>,

    /// Append the lines to FILE in place of stdout; a file that was moved away is begun anew
    ///
    /// For hosts that start the filter and must not lose what is in a pipe when they die. While it listens, the filter watches
    /// stdout all the same, and ends when its reader goes away.
    #[arg(short, long, value_name = "FILE", env = "AFTERHOURS_OUTPUT")]
    pub(crate) output: Option<PathBuf>,

    /// Answer each line on stdin with one line: the tag for rsyslog's mmexternal, or {} where there is none
    ///
    /// With --keep all the answer is never {}: a message without a sign-in gets an empty tag, so that the host can tell it from
    /// one that nobody looked at.
    #[arg(long, value_name = "HOST", conflicts_with_all = ["paths", "listen", "output"])]
    pub(crate) reply: Option<ReplyForm>,

    /// Parse every line in the slow, obvious way instead of searching first; the answer is the same
    #[arg(long, env = "AFTERHOURS_EXHAUSTIVE")]
    pub(crate) exhaustive: bool,

    /// Write what is found in a file as soon as it is, and not in the order of the files; within a file the order stays
    #[arg(long, env = "AFTERHOURS_UNORDERED")]
    pub(crate) unordered: bool,

    /// How many threads unpack and judge [default: as many as there are cores]
    #[arg(short = 'j', long, value_name = "N", env = "AFTERHOURS_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
}

/// Who works when: the hours of everybody, or a file that says it of each.
#[derive(Debug, Clone, Args)]
pub(crate) struct HoursOptions {
    /// Business hours, as people write them: 'Mon-Fri 09:00-17:00', 'weekdays 9am-5:30pm', 'Mo-Fr 22:00-06:00', '24/7', 'off'
    ///
    /// A window belongs to the day it begins on; its end is outside. A zone may stand behind the hours. Without this
    /// option: Mon-Fri 09:00-17:00.
    #[arg(long, value_name = "TEXT", env = "AFTERHOURS_HOURS")]
    pub(crate) hours: Option<String>,

    /// The hours' time zone, an IANA name such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", env = "AFTERHOURS_TZ")]
    pub(crate) tz: Option<String>,

    /// Public holidays on which nobody works, by country and subdivision, such as DE-BE; several add up
    #[arg(long, value_name = "CODE", env = "AFTERHOURS_HOLIDAYS", value_delimiter = ',')]
    pub(crate) holidays: Vec<String>,

    /// Days on which nobody works: '2026-12-24..2027-01-01', 'Dec 24', 'holidays:DE-BE'; a list, or several times
    #[arg(long, value_name = "DAYS", env = "AFTERHOURS_CLOSED")]
    pub(crate) closed: Vec<String>,

    /// Windows that are open even on closed days: '2026-11-28 10:00-16:00'
    #[arg(long, value_name = "WINDOWS", env = "AFTERHOURS_EXTRA")]
    pub(crate) extra: Vec<String>,

    /// A file of schedules and rules (TOML), instead of the options above; SIGHUP has it read again
    #[arg(short, long, value_name = "FILE", env = "AFTERHOURS_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Time-zone data: auto (the newer of the two), embedded, system, or a directory of TZif files
    #[arg(long, value_name = "SOURCE", env = "AFTERHOURS_TZDATA", default_value = "auto")]
    pub(crate) tzdata: String,
}

// What counts and what goes out.
#[derive(Debug, Clone, Args)]
pub(crate) struct CountingOptions {
    /// Whose sign-ins count
    #[arg(
        long,
        value_name = "KIND",
        env = "AFTERHOURS_IDENTITY",
        value_delimiter = ',',
        default_value = "iam-user",
        hide_possible_values = false
    )]
    pub(crate) identity: Vec<IdentityKind>,

    /// Which outcomes count; one that the record does not say always does
    #[arg(long, value_name = "OUTCOME", env = "AFTERHOURS_OUTCOME", default_value = "any")]
    pub(crate) outcome: OutcomeKind,

    /// What goes out: sign-ins outside hours; all sign-ins, tagged; or every line, sign-ins tagged
    #[arg(long, value_name = "WHAT", env = "AFTERHOURS_KEEP", default_value = "after-hours")]
    pub(crate) keep: KeepKind,

    /// What to do with a line that may be a sign-in and cannot be parsed
    #[arg(long, value_name = "WHAT", env = "AFTERHOURS_UNREADABLE", default_value = "forward")]
    pub(crate) unreadable: UnreadableKind,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The file; without it, what --config names or the options say
    #[arg(value_name = "CONFIG")]
    pub(crate) file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum IdentityKind {
    IamUser,
    Root,
    AssumedRole,
    FederatedUser,
    IdentityCenter,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OutcomeKind {
    Any,
    Success,
    Failure,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KeepKind {
    AfterHours,
    SignIns,
    All,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum UnreadableKind {
    Forward,
    Drop,
    Stop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsForm {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplyForm {
    Rsyslog,
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    crate::notify::duration(text).ok_or_else(|| "a time, such as 10s, 5m or 1h".to_owned())
}

pub(crate) fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &*text[digits.len()..].to_ascii_uppercase() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        _ => return Err("a number of bytes, such as 65536, 64K or 16M".to_owned()),
    };
    let count: usize =
        digits.parse().map_err(|_| "a number of bytes, such as 65536, 64K or 16M".to_owned())?;
    let most = 1 << 30;
    match count.checked_mul(scale) {
        Some(bytes) if (1024..=most).contains(&bytes) => Ok(bytes),
        _ => Err("from 1K to 1024M".to_owned()),
    }
}

pub(crate) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "afterhours", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

pub(crate) fn manual() -> anyhow::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
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
