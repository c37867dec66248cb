//! The options about input files: which files, which time span, copies. Decides nothing.

use std::path::PathBuf;

use afterhours::filter::Span;
use clap::{Args, ValueHint};

use crate::input::files::date_partitions;
use crate::input::files::options::Selection;

/// Which files, and which of their sign-ins.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct FileOptions {
    /// Also read the files and folders named in FILE, one per line; `-` reads the names from stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, conflicts_with_all = ["listen", "reply"])]
    pub(crate) files_from: Option<PathBuf>,

    /// The names in --files-from end with a zero byte, as `find -print0` writes them
    #[arg(short = '0', long, requires = "files_from", hide_short_help = true)]
    pub(crate) null: bool,

    /// Only sign-ins at or after TIME: 2026-11-01, or RFC 3339 (UTC by default)
    ///
    /// By eventTime. A sign-in whose time cannot be read always counts. Date folders of a CloudTrail bucket (CloudTrail/REGION/YYYY/MM/DD, the
    /// day of delivery) that are older than the day before TIME are not listed.
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_SINCE", value_parser = date_partitions::since)]
    pub(crate) since: Option<i64>,

    /// Only sign-ins before TIME; a date includes that day (UTC)
    ///
    /// Date folders of a CloudTrail bucket are read for 31 more days, because CloudTrail may deliver up to 30 days late. Name the
    /// folders themselves to read fewer.
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_UNTIL", value_parser = date_partitions::until)]
    pub(crate) until: Option<i64>,

    /// Leave out copies of a sign-in, as two trails or regions deliver them
    ///
    /// A copy has the same eventID, time, identity, source IP address, user agent and outcome, so a forged eventID hides nothing. The
    /// last 458,752 forwarded sign-ins are remembered (18 MB). A copy of an older one is forwarded, and so is a record without an
    /// eventID.
    #[arg(long, env = "AFTERHOURS_DEDUPE", conflicts_with_all = ["listen", "reply"])]
    pub(crate) dedupe: bool,
}

impl FileOptions {
    /// Which files, and which of their sign-ins.
    pub(crate) fn selection(&self) -> Selection {
        let span = Span { since: self.since, until: self.until };
        Selection { files_from: self.files_from.clone(), null: self.null, span }
    }
}
