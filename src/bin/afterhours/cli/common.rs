//! Options that several commands share: the hours, and which sign-ins count. Decides nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::cli::candidates;
use crate::cli::values::record_path;

/// The hours of everybody, or a file with schedules and rules.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Business hours")]
pub(crate) struct HoursOptions {
    /// Business hours [default: Mon-Fri 09:00-17:00]
    ///
    /// Also understood: '24/7', 'off', 'weekdays 9am-5:30pm', 'Mo-Fr 08:00-12:00,13:00-17:00', 'Mo-Fr 22:00-06:00'. A window belongs to the day it
    /// begins on, and its end is outside. A time zone may follow the hours.
    #[arg(long, value_name = "TEXT", env = "AFTERHOURS_HOURS")]
    pub(crate) hours: Option<String>,

    /// Their time zone, an IANA name such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", env = "AFTERHOURS_TZ", add = ArgValueCandidates::new(candidates::zones))]
    pub(crate) tz: Option<String>,

    /// Public holidays on which nobody works, such as DE-BE or US; a list adds up
    #[arg(long, value_name = "CODE", env = "AFTERHOURS_HOLIDAYS", value_delimiter = ',',
          add = ArgValueCandidates::new(candidates::holidays))]
    pub(crate) holidays: Vec<String>,

    /// Other days on which nobody works: '2026-12-24..2027-01-01', 'Dec 24'
    ///
    /// A comma-separated list; also 'holidays:DE-BE'. May be given more than once.
    #[arg(long, value_name = "DAYS", env = "AFTERHOURS_CLOSED", hide_short_help = true)]
    pub(crate) closed: Vec<String>,

    /// Windows that are open even on closed days: '2026-11-28 10:00-16:00'
    #[arg(long, value_name = "WINDOWS", env = "AFTERHOURS_EXTRA", hide_short_help = true)]
    pub(crate) extra: Vec<String>,

    /// Schedules, rules and channels from a TOML file; SIGHUP reloads it
    ///
    /// The file replaces the options above.
    #[arg(short, long, value_name = "FILE", env = "AFTERHOURS_CONFIG", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,

    /// Time-zone data: auto (the newer of embedded and system), embedded, system, or a directory of TZif files
    #[arg(long, value_name = "SOURCE", env = "AFTERHOURS_TZDATA", default_value = "auto", hide_short_help = true,
          add = ArgValueCandidates::new(candidates::tzdata))]
    pub(crate) tzdata: String,
}

/// Which sign-ins count, and which lines are forwarded.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sign-ins")]
pub(crate) struct CountingOptions {
    /// The identity types whose sign-ins count
    #[arg(
        long,
        value_name = "KIND",
        env = "AFTERHOURS_IDENTITY",
        value_delimiter = ',',
        default_value = "iam-user",
        hide_possible_values = false
    )]
    pub(crate) identity: Vec<IdentityKind>,

    /// The ways to sign in that count: console, cli (aws login), portal (Identity Center)
    ///
    /// Sign-ins to the portal count whatever --identity says.
    #[arg(
        long,
        value_name = "WAY",
        env = "AFTERHOURS_SIGN_IN",
        value_delimiter = ',',
        default_value = "console",
        hide_short_help = true
    )]
    pub(crate) sign_in: Vec<WayKind>,

    /// The outcomes that count; an unknown outcome always does
    #[arg(
        long,
        value_name = "OUTCOME",
        env = "AFTERHOURS_OUTCOME",
        default_value = "any",
        hide_short_help = true
    )]
    pub(crate) outcome: OutcomeKind,

    /// What to forward: after-hours, sign-ins or all
    ///
    /// Sign-ins after hours, all sign-ins, or every line; sign-ins are tagged.
    #[arg(long, value_name = "WHAT", env = "AFTERHOURS_KEEP", default_value = "after-hours")]
    pub(crate) keep: KeepKind,

    /// What to do with a line that may be a sign-in and cannot be parsed
    #[arg(
        long,
        value_name = "ACTION",
        env = "AFTERHOURS_UNREADABLE",
        default_value = "forward",
        hide_short_help = true
    )]
    pub(crate) unreadable: UnreadableKind,

    /// Also read records under this key: payload.raw, batch[].entry, '"k8s.io".log'
    ///
    /// Dots stand between keys, and [] means every element of an array. The value may be an object or text, also in base64 or gzip. May be given more than once.
    #[arg(long, value_name = "PATH", env = "AFTERHOURS_RECORD_PATH", value_delimiter = ',', value_parser = record_path,
          hide_short_help = true)]
    pub(crate) record_path: Vec<String>,
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
pub(crate) enum WayKind {
    Console,
    Cli,
    Portal,
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
