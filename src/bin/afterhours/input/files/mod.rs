//! Files: plain or compressed, small and large, on all cores, in order. Knows how a file is compressed; what it says only the
//! filter knows.
//!
//! ```text
//! walk -> task -> format -> decoder -> filter    on every core: `worker`
//!                              `-> findings -> collector -> output    on this thread, in order
//! ```
//!
//! | file | knows |
//! |---|---|
//! | `walk`, `name_list`, `symlinks` | which inputs there are, in their order: folders, lists of names, links |
//! | `date_partitions` | which folders may hold sign-ins of a span of time |
//! | `chunks` | a large plain file in chunks of whole lines |
//! | `scheduler` | which worker evaluates what, and whose turn it is to be written |
//! | `worker` | reads and evaluates one file or chunk after the other |
//! | `collector` | writes the results in order, and reads what may block |
//! | `content` | an input whatever it is packed in: its text, or those of the members of its tar |
//! | `progress` | how much is done, for a terminal |

use std::io;
use std::thread::{self, Scope};

use afterhours::filter::Filter;

use crate::dispatch::dispatcher::Dispatcher;
use crate::input::files::collector::Collector;
use crate::input::files::options::Options;
use crate::input::files::progress::ProgressCounters;
use crate::input::files::scheduler::Scheduler;
use crate::input::files::tally::Tally;
use crate::input::files::worker::Worker;
use crate::input::source::Inputs;
use crate::output::buffered::BufferingSink;
use crate::output::stdout::OutputSink;
use crate::sys::malloc;
use crate::sys::signals::Signals;

mod chunks;
mod collector;
pub(crate) mod content;
pub(crate) mod date_partitions;
mod name_list;
pub(crate) mod options;
pub(crate) mod progress;
mod scheduler;
mod symlinks;
pub(crate) mod tally;
pub(crate) mod walk;
mod worker;

/// Filters all inputs. Fails if stdout cannot be watched; everything else is in the tally.
pub(crate) fn filter(
    inputs: &mut Inputs<'_>,
    filter: &mut Filter,
    stdout: &mut OutputSink,
    signals: &Signals,
    options: Options,
    meter: &ProgressCounters,
) -> io::Result<Tally> {
    let router = stdout.dispatcher().map(Dispatcher::router).cloned();
    let (deduping, formatter) = (stdout.dedupes(), filter.policy().formatter);
    malloc::give_back();
    let turns = Scheduler::new(inputs, options.ordered);
    thread::scope(|scope| {
        let judging = move || BufferingSink::new(router.clone(), formatter).deduping(deduping);
        start(scope, options.threads.max(1), filter.fresh(), judging, &turns, meter);
        let written = Collector::new(&turns, filter, stdout, signals, meter).map(Collector::write_all);
        turns.stop();
        written
    })
}

/// Starts a worker, which starts the next one as soon as there is work: a pipe or a small file does not need a thread for each
/// core.
fn start<'s, 'i>(
    scope: &'s Scope<'s, '_>,
    count: usize,
    filter: Filter,
    judging: impl Fn() -> BufferingSink + Clone + Send + 's,
    turns: &'s Scheduler<'i>,
    meter: &'s ProgressCounters,
) {
    scope.spawn(move || {
        let next = (count > 1).then(|| (filter.fresh(), judging.clone()));
        // Made on its own thread, because its state does not move between threads.
        Worker::new(filter, judging(), turns, meter).work(|| {
            if let Some((filter, judging)) = next {
                start(scope, count - 1, filter, judging, turns, meter);
            }
        });
    });
}
