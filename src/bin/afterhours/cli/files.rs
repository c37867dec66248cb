//! The options of those who read archives: which files, which time, what of copies. Decides nothing.

use std::path::PathBuf;

use afterhours::filter::Span;
use clap::Args;

use crate::input::files::date_partitions;
use crate::input::files::options::Selection;

/// Which files, and what of them.
#[derive(Debug, Clone, Args)]
pub(crate) struct FileOptions {
    /// Also read the files and folders named in FILE, one a line, behind the PATHs; `-` takes the names from stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "reply"])]
    pub(crate) files_from: Option<PathBuf>,

    /// The names of --files-from end with a zero byte each, as after `find -print0`
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,

    /// Only sign-ins from this moment on, by eventTime: a date or a time as in RFC 3339, in UTC unless it names an offset
    ///
    /// A sign-in whose time cannot be read counts always. Folders as CloudTrail makes them (CloudTrail/REGION/YYYY/MM/DD, by
    /// the day of delivery) are not even listed if they are older than the day before.
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_SINCE", value_parser = date_partitions::since)]
    pub(crate) since: Option<i64>,

    /// Only sign-ins before this moment, or to the end of this day (UTC)
    ///
    /// Of CloudTrail's folders those of 31 more days are read: a bucket that could not be written gets its files up to 30 days
    /// late. Name the folders themselves to read fewer.
    #[arg(long, value_name = "TIME", env = "AFTERHOURS_UNTIL", value_parser = date_partitions::until)]
    pub(crate) until: Option<i64>,

    /// Leave out copies of a sign-in that went out before, as two trails or regions deliver them
    ///
    /// Copies have the eventID in common, and the time, the identity, the address, the agent and the outcome too: a forged
    /// eventID hides nothing. The last 458,752 sign-ins that went out are remembered, in 18 MB; a copy of an older one, and what
    /// has no eventID, goes out.
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
