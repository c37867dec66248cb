//! Options that several commands share: the hours, and which sign-ins count. Decides nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
