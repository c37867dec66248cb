//! Files: plain, gzip or zstd, small and large, on all cores, in order. Knows what is in which file only as far as its form goes:
//! the filter knows the rest.
//!
//! ```text
//! list -> claim -> form -> unpack -> filter    on every core, `work`
//!                             `-> findings -> turn -> stdout    on this one, in order
//! ```
//!
//! | room | knows |
//! |---|---|
//! | `list`, `names`, `links` | which inputs there are, in their order: folders taken apart, lists of names, links |
//! | `between` | which folders may hold sign-ins of a span of time |
//! | `form`, `look` | what a file is, by its first bytes; whether they are text |
//! | `whole`, `inflate` | small files, unpacked in one go |
//! | `unpack` | large ones, piece by piece; bounds; damage |
//! | `slices` | a large plain file in pieces of whole lines |
//! | `turns` | who judges what, and whose turn it is to be written |
//! | `work` | what a worker does |
//! | `dedupe` | which sign-ins went out before |
//! | `progress` | how far it is, for a terminal |

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::{self, Scope};

use anyhow::anyhow;

use crate::dispatch::dispatcher::Desk;
use crate::input::files::collector::Writer;
use crate::input::files::progress::Meter;
use crate::input::files::scheduler::Turns;
use crate::input::files::worker::Worker;
use crate::output::buffered::Judging;
use crate::output::stdout::Stdout;
use crate::sys::malloc;
use crate::sys::signals::Signals;
use afterhours::filter::{Filter, Stop};

mod chunks;
mod collector;
pub(crate) mod date_partitions;
pub(crate) mod name_list;
pub(crate) mod progress;
mod scheduler;
mod symlinks;
pub(crate) mod walk;
mod worker;

/// The path that means stdin.
pub(crate) const DASH: &str = "-";

/// Whether a path is [`DASH`], to the letter: `./-` is a file.
fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == DASH
}

/// An entry of the list of inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listed {
    /// A file, or [`DASH`].
    Path(PathBuf),
    /// Something that could not be listed, to be told when its turn comes.
    Trouble { name: String, what: String },
}

impl Listed {
    /// A folder, or a list of names, that cannot be read, or not to its end.
    fn trouble(path: &Path, error: &io::Error) -> Self {
        Listed::Trouble { name: crate::sys::messages::printable(path), what: reason(error) }
    }

    /// Its name, for people.
    fn name(&self) -> String {
        match self {
            Listed::Path(path) if is_stdin(path) => "stdin".to_owned(),
            Listed::Path(path) => crate::sys::messages::printable(path),
            Listed::Trouble { name, .. } => name.clone(),
        }
    }
}

/// The inputs, in order, made as they are asked for.
pub(crate) type Inputs<'i> = dyn Iterator<Item = Listed> + Send + 'i;

/// How to go about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// How many threads judge.
    pub(crate) threads: usize,
    /// Whether files are written in the order of the list.
    pub(crate) ordered: bool,
}

/// What became of the inputs.
#[derive(Debug)]
pub(crate) struct Tally {
    /// How many there were.
    pub(crate) inputs: u64,
    /// How many of them could not be read, or not to their end.
    pub(crate) failed: u64,
    /// How many of those could not be read at all.
    pub(crate) unread: u64,
    /// Nobody reads the output any more.
    pub(crate) reader_gone: bool,
    /// What ended it early.
    pub(crate) result: anyhow::Result<()>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { inputs: 0, failed: 0, unread: 0, reader_gone: false, result: Ok(()) }
    }
}

impl Tally {
    /// Of one input, and how it ended.
    pub(crate) fn of(name: &str, ended: Result<(), Stop>) -> Self {
        let mut tally = Tally { inputs: 1, ..Tally::default() };
        tally.ended(name, ended);
        tally
    }

    /// What ended it early; or that there was nothing to begin with, where not even a folder could be read.
    pub(crate) fn result(self, folders: u64) -> anyhow::Result<()> {
        if self.inputs > 0 && self.unread == self.inputs && folders == 0 {
            self.result?;
            return Err(anyhow!("none of the inputs could be read"));
        }
        self.result
    }
}

/// Filters all inputs. Fails where stdout cannot be watched; all else is in the tally.
pub(crate) fn filter(
    inputs: &mut Inputs<'_>,
    filter: &mut Filter,
    stdout: &mut Stdout,
    signals: &Signals,
    options: Options,
    meter: &Meter,
) -> io::Result<Tally> {
    let clerk = stdout.desk().map(Desk::clerk).cloned();
    let deduping = stdout.dedupes();
    malloc::give_back();
    let turns = Turns::new(inputs, options.ordered);
    thread::scope(|scope| {
        let judging = move || Judging::new(clerk.clone()).deduping(deduping);
        start(scope, options.threads.max(1), filter.fresh(), judging, &turns, meter);
        let written = Writer::new(&turns, filter, stdout, signals, meter).map(Writer::write_all);
        turns.stop();
        written
    })
}

/// Starts a worker, who starts the next of so many as soon as there is work: a pipe or a small file needs no thread for each core.
fn start<'s, 'i>(
    scope: &'s Scope<'s, '_>,
    count: usize,
    filter: Filter,
    judging: impl Fn() -> Judging + Clone + Send + 's,
    turns: &'s Turns<'i>,
    meter: &'s Meter,
) {
    scope.spawn(move || {
        let next = (count > 1).then(|| (filter.fresh(), judging.clone()));
        // Made where it works: what it holds does not change threads.
        Worker::new(filter, judging(), turns, meter).work(|| {
            if let Some((filter, judging)) = next {
                start(scope, count - 1, filter, judging, turns, meter);
            }
        });
    });
}

/// Why something cannot be read.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "may not be read (permission denied)".to_owned(),
        ErrorKind::IsADirectory => "is a directory; name the files in it".to_owned(),
        _ => error.to_string(),
    }
}
