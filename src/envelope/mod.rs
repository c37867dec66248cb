//! Finds the records in a value: the value itself, one record in an envelope, or many in a container.
//! Knows a fixed list of keys (`keys.rs`), and those that the user names (`paths.rs`), and no others:
//! text inside a record is never searched for records, because attackers write some of it.
//!
//! For a record in an envelope the whole value is forwarded; each record of a container is forwarded
//! on a line of its own. `docs/records.md` lists the layouts.

pub use crate::envelope::found::{Found, LineOutcome};
pub(crate) use crate::envelope::found::{MAX_ENVELOPES, too_deep, unread};
pub use crate::envelope::paths::{PathError, RecordPaths};
pub use crate::envelope::unrecognized::Unrecognized;
use crate::envelope::walk::Walk;
use crate::prefilter::Prefilter;

mod found;
pub(crate) mod keys;
pub(crate) mod kvlist;
mod level;
mod nested_text;
pub(crate) mod paths;
pub(crate) mod payload;
pub(crate) mod renamed;
mod shape;
mod texts;
pub(crate) mod unrecognized;
mod walk;

/// Reads lines; holds what is prepared once.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    prefilter: Prefilter,
    paths: RecordPaths,
    others: bool,
}

impl Reader {
    /// A reader. `paths` are read besides the layouts that are known; `others` says whether anybody
    /// wants [`Found::Other`].
    pub fn new(paths: RecordPaths, others: bool) -> Self {
        Reader { prefilter: prefilter(&paths), paths, others }
    }

    /// The search that offers what this reader reads.
    pub(crate) fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    /// The paths that are read besides the layouts that are known.
    pub(crate) fn paths(&self) -> &RecordPaths {
        &self.paths
    }

    /// Hands every sign-in of a line to `each`, and says what remains to be said of the line itself.
    pub fn read(&self, line: &[u8], each: &mut dyn FnMut(Found<'_>)) -> LineOutcome {
        Walk::new(&self.prefilter, &self.paths, self.others, line).run(each)
    }
}

/// The search that withholds no line in which a sign-in may stand under these paths, by their ways.
pub(crate) fn prefilter(paths: &RecordPaths) -> Prefilter {
    let mut prefilter = Prefilter::default();
    if paths.ways().is_more() {
        prefilter = prefilter.with_more_names();
    }
    if paths.is_empty() { prefilter } else { prefilter.with_payloads_anywhere() }
}
