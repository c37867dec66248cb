//! The options about notifications, and the subcommands of `notify`. Decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};
use clap_complete::engine::ArgValueCandidates;

use crate::cli::candidates;
use crate::cli::common::HoursOptions;

/// Who is notified besides the channels of the configuration, and where the outbox is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Notifications")]
pub(crate) struct NotifyOptions {
    /// Also POST every forwarded sign-in to URL as JSON
    ///
    /// `env:NAME` and `file:/path` read the URL from there and keep it out of the process list.
    #[arg(long, value_name = "URL", env = "AFTERHOURS_WEBHOOK", hide_env_values = true, value_hint = ValueHint::Url)]
    pub(crate) webhook: Option<String>,

    /// The directory of the outbox, where notifications are kept until they are delivered
    ///
    /// Default: $STATE_DIRECTORY, or `afterhours` in $XDG_STATE_HOME or ~/.local/state.
    #[arg(long, alias = "spool", value_name = "DIR", env = "AFTERHOURS_OUTBOX", hide_short_help = true, value_hint = ValueHint::DirPath)]
    pub(crate) outbox: Option<PathBuf>,
}

/// Which configuration and outbox a `notify` command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct About {
    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) notify: NotifyOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a test notification, and show the answer of the service
    Test {
        /// Only to this channel
        #[arg(add = ArgValueCandidates::new(candidates::channels))]
        name: Option<String>,
        #[command(flatten)]
        about: About,
    },
    /// Count pending, delivered and dead-lettered notifications by channel
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        about: About,
    },
    /// Retry dead-lettered notifications, and pending ones at once
    ///
    /// If a filter is running on this outbox, it delivers them; otherwise this command does.
    Retry {
        /// Only of this channel
        #[arg(add = ArgValueCandidates::new(candidates::channels))]
        name: Option<String>,
        /// How long to deliver for: 10s, 5m
        #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::cli::values::duration)]
        drain: Duration,
        #[command(flatten)]
        about: About,
    },
    /// List dead-lettered notifications and why they failed
    Dead {
        /// Only of this channel
        #[arg(add = ArgValueCandidates::new(candidates::channels))]
        name: Option<String>,
        /// Print JSON, one notification per line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        about: About,
    },
    /// Delete notifications: dead-lettered ones, unless another state is named
    Purge {
        /// Only of this channel
        #[arg(add = ArgValueCandidates::new(candidates::channels))]
        name: Option<String>,
        /// Pending ones: they will not be delivered
        #[arg(long)]
        pending: bool,
        /// Delivered ones: a later copy of their records is notified again
        #[arg(long)]
        delivered: bool,
        /// Dead-lettered ones
        #[arg(long)]
        dead: bool,
        /// Only those older than TIME: 30m, 24h, 7d
        #[arg(long, value_name = "TIME", value_parser = crate::cli::values::duration)]
        older: Option<Duration>,
        #[command(flatten)]
        about: About,
    },
}

impl NotifyCommand {
    /// What the command is about.
    pub(crate) fn about(&self) -> &About {
        match self {
            NotifyCommand::Test { about, .. }
            | NotifyCommand::Status { about, .. }
            | NotifyCommand::Retry { about, .. }
            | NotifyCommand::Dead { about, .. }
            | NotifyCommand::Purge { about, .. } => about,
        }
    }
}
