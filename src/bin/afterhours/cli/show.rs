//! The options of the commands that show what the filter would do: `check`, `explain`, `calendar` and `schema`. Decides nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::cli::candidates;
use crate::cli::common::{CountingOptions, HoursOptions};

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// Files of records, plain or compressed; `-` is stdin, which is also read if no file is named
    #[arg(value_name = "PATH", conflicts_with = "at", value_hint = ValueHint::FilePath)]
    pub(crate) paths: Vec<PathBuf>,

    /// Evaluate this moment instead of records: RFC 3339, or 'YYYY-MM-DD HH:MM' in the schedule's time zone
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,

    #[command(flatten)]
    pub(crate) who: WhoOptions,

    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) counting: CountingOptions,
}

// A person, as far as rules ask for one.
#[derive(Debug, Args)]
pub(crate) struct WhoOptions {
    /// With --at: the user's name
    #[arg(long, value_name = "NAME", requires = "at")]
    pub(crate) user: Option<String>,

    /// With --at: the account's number
    #[arg(long, value_name = "ACCOUNT", requires = "at")]
    pub(crate) account: Option<String>,

    /// With --at: the identity's ARN
    #[arg(long, value_name = "ARN", requires = "at")]
    pub(crate) arn: Option<String>,

    /// With --at: the kind of identity that signs in (--identity says which kinds count) [default: iam-user]
    #[arg(long = "as", value_name = "KIND", requires = "at")]
    pub(crate) kind: Option<SignInKind>,

    /// With --at: the source IP address
    #[arg(long, value_name = "ADDR", requires = "at")]
    pub(crate) ip: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SignInKind {
    IamUser,
    Root,
    AssumedRole,
    FederatedUser,
    IdentityCenter,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The tag in every forwarded sign-in
    Tag,
    /// The JSON that a webhook receives
    Alert,
    /// The configuration's file, for editors
    Config,
}

#[derive(Debug, Args)]
pub(crate) struct CalendarOptions {
    /// Seven days (the default)
    #[arg(long, group = "period")]
    pub(crate) week: bool,

    /// A month
    #[arg(long, group = "period")]
    pub(crate) month: bool,

    /// A year
    #[arg(long, group = "period")]
    pub(crate) year: bool,

    /// The first day: YYYY-MM-DD; YYYY-MM or YYYY begin with their first day [default: this week, month or year]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,

    /// The schedule of this name
    #[arg(long = "schedule", value_name = "NAME", conflicts_with_all = ["user", "account"],
          add = ArgValueCandidates::new(candidates::schedules))]
    pub(crate) name: Option<String>,

    /// The schedule that this user gets
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// The schedule that users of this account get
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,

    /// Write a picture (SVG) to this file instead; `-` is stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) svg: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The configuration file; without it, --config or the options
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,
}
