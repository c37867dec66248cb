//! How far a run over files is, shown where stderr is a terminal and nowhere else. Knows the screen; what there is to show, those
//! who work add up as they go.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use afterhours::filter::Span;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::input::files::options::Selection;
use crate::input::files::walk::InputWalker;
use crate::input::source::{Size, is_stdin};
use crate::sys::terminal;

/// What is over sooner needs no picture.
const PATIENCE: Duration = Duration::from_millis(500);
/// From one picture to the next.
const TICK: Duration = Duration::from_millis(100);
/// Where it is not known how much there is.
const OPEN: &str = "{spinner} {msg}, {bytes} read, {bytes_per_sec}";
/// Where it is.
const KNOWN: &str = "{bar:20} {msg}, {bytes} of {total_bytes} read, {bytes_per_sec}, {eta} left";

/// What was done, and what there is to do; any thread adds to it.
#[derive(Debug, Default)]
pub(crate) struct ProgressCounters {
    files: AtomicU64,
    bytes: AtomicU64,
    found: AtomicU64,
    all_files: AtomicU64,
    all_bytes: AtomicU64,
    /// The two before are no longer growing.
    counted: AtomicBool,
}

impl ProgressCounters {
    /// A file is done with, well or not.
    pub(super) fn file(&self) {
        self.files.fetch_add(1, Relaxed);
    }

    /// So many bytes were read, of a file as it is on the disk.
    pub(super) fn read(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Relaxed);
    }

    /// So many lines were written for sign-ins and doubts, up to now.
    pub(super) fn found(&self, count: u64) {
        self.found.store(count, Relaxed);
    }

    /// A source of which is counted what is read.
    pub(super) fn reading<R>(&self, source: R) -> CountedReader<'_, R> {
        CountedReader { source, meter: self }
    }

    fn words(&self, known: bool) -> String {
        let files = HumanCount(self.files.load(Relaxed));
        let found = HumanCount(self.found.load(Relaxed));
        match known {
            true => format!("{files} of {} files, {found} found", HumanCount(self.all_files.load(Relaxed))),
            false => format!("{files} files, {found} found"),
        }
    }
}

pub(super) struct CountedReader<'m, R> {
    source: R,
    meter: &'m ProgressCounters,
}

impl<R: io::Read> io::Read for CountedReader<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(room)?;
        self.meter.read(count);
        Ok(count)
    }
}

/// What is to be read, to be counted while it is.
#[derive(Debug)]
pub(crate) struct ProgressTotal {
    named: Vec<PathBuf>,
    /// More names may come, and nobody knows which.
    open: bool,
    span: Span,
}

impl ProgressTotal {
    pub(crate) fn of(options: &Selection, named: &[PathBuf]) -> Self {
        ProgressTotal { named: named.to_vec(), open: options.files_from.is_some(), span: options.span }
    }

    /// Whether it is a stream alone: what comes of it, people see.
    fn is_stream(&self) -> bool {
        !self.open && self.named.iter().all(|path| is_stdin(path))
    }
}

/// Shows the tally until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    painter: Option<JoinHandle<()>>,
}

/// Tells the painter to stop.
static STOP: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

impl Progress {
    /// Begins, if anybody can see it.
    pub(crate) fn start(meter: &Arc<ProgressCounters>, ahead: ProgressTotal) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || ahead.is_stream() || !io::stderr().is_terminal() {
            return Progress { painter: None };
        }
        *stop() = false;
        let meter = Arc::clone(meter);
        // Where no thread can be had there is no picture either.
        let painter =
            std::thread::Builder::new().name("progress".to_owned()).spawn(move || paint(&meter, ahead));
        Progress { painter: painter.ok() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let Some(painter) = self.painter.take() else { return };
        *stop() = true;
        STOP.1.notify_all();
        let _ = painter.join();
    }
}

fn stop() -> MutexGuard<'static, bool> {
    STOP.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits so long; says whether to stop.
fn wait(time: Duration) -> bool {
    let waited = STOP.1.wait_timeout_while(stop(), time, |stop| !*stop);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

fn paint(meter: &Arc<ProgressCounters>, ahead: ProgressTotal) {
    // From the beginning, unseen: it measures the rate.
    let painted = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    painted.set_style(style(OPEN));
    if wait(PATIENCE) {
        return;
    }
    if !ahead.open {
        let meter = Arc::clone(meter);
        // What a short run does not pay for. Nobody waits for it: it is over with the program at the latest.
        let _ = std::thread::Builder::new().spawn(move || count(&meter, &ahead));
    }
    painted.set_draw_target(ProgressDrawTarget::stderr());
    terminal::register(painted.clone());
    let mut known = false;
    loop {
        if !known && meter.counted.load(Relaxed) {
            known = true;
            painted.set_length(meter.all_bytes.load(Relaxed));
            painted.set_style(style(KNOWN));
        }
        painted.set_message(meter.words(known));
        painted.set_position(meter.bytes.load(Relaxed));
        painted.tick();
        if wait(TICK) {
            break;
        }
    }
    terminal::clear(&painted);
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // Plain characters: not every terminal has more.
    style.progress_chars("=> ").tick_chars("-\\|/ ")
}

/// Counts what there is to read, beside those who read it.
fn count(meter: &ProgressCounters, ahead: &ProgressTotal) {
    for source in InputWalker::new(&ahead.named, None, ahead.span) {
        if *stop() {
            return;
        }
        meter.all_files.fetch_add(1, Relaxed);
        match source.size() {
            Size::Bytes(bytes) => drop(meter.all_bytes.fetch_add(bytes, Relaxed)),
            Size::Unknown => return,
            Size::Nothing => {}
        }
    }
    meter.counted.store(true, Relaxed);
}
