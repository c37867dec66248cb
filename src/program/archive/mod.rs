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
//! | `form` | what a file is, by its first bytes |
//! | `whole`, `inflate` | small files, unpacked in one go |
//! | `unpack` | large ones, piece by piece; bounds; damage |
//! | `slices` | a large plain file in pieces of whole lines |
//! | `turns` | who judges what, and whose turn it is to be written |
//! | `work` | what a worker does |

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::anyhow;

use self::turns::Turns;
use self::work::Worker;
use self::writer::Writer;
use super::desk::Desk;
use super::output::Stdout;
use super::signals::Signals;
use afterhours::filter::{Filter, Stop};

mod form;
mod inflate;
mod piped;
mod slices;
mod turns;
mod unpack;
mod whole;
mod work;
mod writer;

/// The path that means stdin.
pub(crate) const DASH: &str = "-";

/// An entry of the list of inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listed {
    /// A file, or [`DASH`].
    Path(PathBuf),
    /// Something that could not be listed, to be told when its turn comes.
    #[expect(dead_code, reason = "made by the walk through folders")]
    Trouble { name: String, what: String },
}

impl Listed {
    /// Its name, for people.
    fn name(&self) -> String {
        match self {
            Listed::Path(path) if path == Path::new(DASH) => "stdin".to_owned(),
            Listed::Path(path) => super::run::printable(path),
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

/// How far it is; counted by all workers as they read.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Bytes read, as they are in the files.
    bytes: AtomicU64,
}

impl Meter {
    fn read(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn reading<R>(&self, source: R) -> Metered<'_, R> {
        Metered { source, meter: self }
    }
}

/// A source that counts what is read of it.
struct Metered<'m, R> {
    source: R,
    meter: &'m Meter,
}

impl<R: std::io::Read> std::io::Read for Metered<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(room)?;
        self.meter.read(count);
        Ok(count)
    }
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
        tally.close();
        tally
    }

    fn close(&mut self) {
        if self.inputs > 0 && self.unread == self.inputs && self.result.is_ok() {
            self.result = Err(anyhow!("none of the inputs could be read"));
        }
    }
}

/// Filters all inputs. Fails where stdout cannot be watched; all else is in the tally.
pub(crate) fn filter(
    inputs: &mut Inputs<'_>,
    filter: &mut Filter,
    stdout: &mut Stdout,
    signals: &Signals,
    options: Options,
) -> std::io::Result<Tally> {
    let meter = Meter::default();
    let clerk = stdout.desk().map(Desk::clerk).cloned();
    let turns = Turns::new(inputs, options.ordered);
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            let (worker, clerk, turns, meter) = (filter.fresh(), clerk.clone(), &turns, &meter);
            // Made where it works: what it holds does not change threads.
            scope.spawn(move || Worker::new(worker, clerk, turns, meter).work());
        }
        let written = Writer::new(&turns, filter, stdout, signals).map(Writer::write_all);
        turns.stop();
        written
    })
}
