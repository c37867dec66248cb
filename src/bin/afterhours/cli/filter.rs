//! The options of the filter itself. Decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::common::{CountingOptions, HoursOptions};
use crate::cli::files::FileOptions;
use crate::cli::listen::ListenOptions;
use crate::cli::notify::NotifyOptions;
use crate::cli::output::FormatOptions;
use crate::cli::values::{bytes, duration};
use crate::sys::log;

#[derive(Debug, Clone, Args)]
pub(crate) struct FilterOptions {
    /// Files and folders to read in this order; `-` or none is stdin
    ///
    /// Plain files, gzip, zstd, bzip2, xz and tar are detected by their first bytes. A folder is read with everything in it, in the byte order of the names. Links to files are followed; links to folders are
    /// followed unless they lead to something that is read anyway. CloudTrail-Digest and CloudTrail-Insight folders are skipped.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) hours: HoursOptions,

    #[command(flatten)]
    pub(crate) counting: CountingOptions,

    #[command(flatten)]
    pub(crate) files: FileOptions,

    /// The longest value held in memory (K and M are understood); a longer one is skipped to its end, counted and reported
    #[arg(long, value_name = "BYTES", env = "AFTERHOURS_MAX_LINE", default_value = "16M", value_parser = bytes,
          help_heading = "Input", hide_short_help = true)]
    pub(crate) max_line: usize,

    /// Write the findings of a file as soon as they are known, not in the order of the files
    ///
    /// The order inside a file stays.
    #[arg(long, env = "AFTERHOURS_UNORDERED", help_heading = "Input", hide_short_help = true)]
    pub(crate) unordered: bool,

    /// The number of threads that decompress and evaluate files [default: one per core]
    #[arg(short = 'j', long, value_name = "N", env = "AFTERHOURS_THREADS",
          value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Input", hide_short_help = true)]
    pub(crate) threads: Option<u16>,

    /// Parse every line with a second, slow parser instead of searching first; the result is the same
    #[arg(long, env = "AFTERHOURS_EXHAUSTIVE", help_heading = "Input", hide_short_help = true)]
    pub(crate) exhaustive: bool,

    /// Append output to FILE instead of stdout
    ///
    /// A file that was moved away is created again. For log shippers that start the filter and must not lose what is in a pipe when they die. While it listens, the filter also
    /// watches stdout, and ends when the reader of stdout is gone.
    #[arg(short, long, value_name = "FILE", env = "AFTERHOURS_OUTPUT", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) format: FormatOptions,

    /// The key of the tag
    #[arg(
        long,
        value_name = "NAME",
        env = "AFTERHOURS_TAG",
        default_value = "after_hours",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(crate) tag: String,

    /// Print counts on stderr at the end
    #[arg(
        long,
        value_name = "FORMAT",
        env = "AFTERHOURS_STATS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        help_heading = "Output"
    )]
    pub(crate) stats: Option<StatsForm>,

    /// Answer each line of stdin with one line: the tag for rsyslog's mmexternal, or {} if there is none
    ///
    /// With --keep all the answer is never {}: a message without a sign-in gets an empty tag, so that rsyslog can tell it from a
    /// message that was not evaluated.
    #[arg(long, value_name = "PROTOCOL", conflicts_with_all = ["paths", "listen", "output"], help_heading = "Output",
          hide_short_help = true)]
    pub(crate) reply: Option<ReplyForm>,

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

    /// At the end of input, wait this long for pending notifications; the rest stays in the outbox
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_DRAIN", default_value = "10s", value_parser = duration,
          help_heading = "Notifications", hide_short_help = true)]
    pub(crate) drain: Duration,

    #[command(flatten)]
    pub(crate) listen: ListenOptions,
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
