//! The options of those who are told, and of `notify`. Decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::common::HoursOptions;

/// Who is told, beside the channels of the configuration, and where notifications wait.
#[derive(Debug, Clone, Args)]
pub(crate) struct NotifyOptions {
    /// Also send every sign-in that goes out to this address, as JSON by POST; env:NAME and file:/path keep it out of the list
    /// of processes
    #[arg(long, value_name = "URL", env = "AFTERHOURS_WEBHOOK", hide_env_values = true)]
    pub(crate) webhook: Option<String>,

    /// The directory of the outbox, where notifications wait for their delivery [default: afterhours in the directory for states of
    /// programs]
    #[arg(long, value_name = "DIR", env = "AFTERHOURS_SPOOL")]
    pub(crate) spool: Option<PathBuf>,
}

/// What a `notify` command is about.
#[derive(Debug, Clone, Args)]
pub(crate) struct About {
    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) notify: NotifyOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a notification that is marked as a test, and show what the service answers
    Test {
        /// Only to this channel
        name: Option<String>,
        #[command(flatten)]
        about: About,
    },
    /// Count what waits, was delivered and was refused, by channel
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        about: About,
    },
    /// Try again what was refused for good, and at once what waits
    ///
    /// Where a filter runs on this outbox, it delivers; otherwise this command does.
    Retry {
        /// Only of this channel
        name: Option<String>,
        /// How long to deliver: 10s, 5m
        #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::cli::values::duration)]
        drain: Duration,
        #[command(flatten)]
        about: About,
    },
    /// List what was refused for good, and why
    Dead {
        /// Only of this channel
        name: Option<String>,
        /// Print JSON, one notification a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        about: About,
    },
    /// Throw notifications away: those that were refused for good, unless others are named
    Purge {
        /// Only of this channel
        name: Option<String>,
        /// Those that wait: they will not be delivered
        #[arg(long)]
        pending: bool,
        /// Those that were delivered; copies of their records that come later are told again
        #[arg(long)]
        delivered: bool,
        /// Those that were refused for good
        #[arg(long)]
        dead: bool,
        /// Only what is older: 30m, 24h, 7d
        #[arg(long, value_name = "TIME", value_parser = crate::cli::values::duration)]
        older: Option<Duration>,
        #[command(flatten)]
        about: About,
    },
}
