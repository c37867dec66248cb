//! The options of those who are told, and of `notify`. Decides nothing.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::cli::HoursOptions;

/// Who is told, beside the channels of the configuration, and where notices wait.
#[derive(Debug, Clone, Args)]
pub(crate) struct NotifyOptions {
    /// Also send every sign-in that goes out to this address, as JSON by POST; env:NAME and file:/path keep it out of the list
    /// of processes
    #[arg(long, value_name = "URL", env = "AFTERHOURS_WEBHOOK", hide_env_values = true)]
    pub(crate) webhook: Option<String>,

    /// The directory of the outbox, where notices wait for their delivery [default: afterhours in the directory for states of
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
    /// Send a notice that is marked as a test, and show what the service answers
    Test {
        /// Only to this channel
        name: Option<String>,
        #[command(flatten)]
        about: About,
    },
}
