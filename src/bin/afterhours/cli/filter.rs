//! The options of the filter itself. Decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::common::{CountingOptions, HoursOptions};
use crate::cli::files::FileOptions;
use crate::cli::listen::ListenOptions;
use crate::cli::notify::NotifyOptions;
use crate::cli::values::{bytes, duration};
use crate::sys::log;

#[derive(Debug, Clone, Args)]
pub(crate) struct FilterOptions {
    /// Files and folders to read, in this order, plain, gzip or zstd; `-` is stdin, which is also read when none is given
    ///
    /// A folder is read with all that is in it, in the order of its names' bytes. Links to files are followed, links to
    /// folders where they lead to what is not read anyway; CloudTrail-Digest and CloudTrail-Insight of an account are passed over.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) files: FileOptions,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) counting: CountingOptions,

    #[command(flatten)]
    pub(crate) listen: ListenOptions,

    /// Log to stderr what happens inside: inputs, routing decisions and delivery attempts
    ///
    /// Messages for people are printed with and without a log.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "AFTERHOURS_LOG",
        help_heading = "Diagnostics",
        hide_short_help = true
    )]
    pub(crate) log: Option<log::Level>,

    /// The format of the log
    #[arg(
        long,
        value_name = "FORMAT",
        env = "AFTERHOURS_LOG_FORMAT",
        default_value = "text",
        help_heading = "Diagnostics",
        hide_short_help = true
    )]
    pub(crate) log_format: log::Format,

    #[command(flatten)]
    pub(crate) notify: NotifyOptions,

    /// How long the end of input waits for notifications that are not delivered yet: 10s, 5m; what is left then stays in the outbox
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsForm {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplyForm {
    Rsyslog,
}
