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

use crate::cli::files::ArchiveOptions;
use crate::input::files::walk::List;
use crate::input::files::{Listed, is_stdin};
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
pub(crate) struct Meter {
    files: AtomicU64,
    bytes: AtomicU64,
    found: AtomicU64,
    all_files: AtomicU64,
    all_bytes: AtomicU64,
    /// The two before are no longer growing.
    counted: AtomicBool,
}

impl Meter {
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
    pub(super) fn reading<R>(&self, source: R) -> Metered<'_, R> {
        Metered { source, meter: self }
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

pub(super) struct Metered<'m, R> {
    source: R,
    meter: &'m Meter,
}

impl<R: io::Read> io::Read for Metered<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(room)?;
        self.meter.read(count);
        Ok(count)
    }
}

/// What is to be read, to be counted while it is.
#[derive(Debug)]
pub(crate) struct Ahead {
    named: Vec<PathBuf>,
    /// More names may come, and nobody knows which.
    open: bool,
    span: Span,
}

impl Ahead {
    pub(crate) fn of(options: &ArchiveOptions, named: &[PathBuf]) -> Self {
        Ahead { named: named.to_vec(), open: options.files_from.is_some(), span: options.span() }
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
    pub(crate) fn start(meter: &Arc<Meter>, ahead: Ahead) -> Self {
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

fn paint(meter: &Arc<Meter>, ahead: Ahead) {
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
fn count(meter: &Meter, ahead: &Ahead) {
    for listed in List::new(&ahead.named, None, ahead.span) {
        if *stop() {
            return;
        }
        meter.all_files.fetch_add(1, Relaxed);
        let Listed::Path(path) = listed else { continue };
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {
                meter.all_bytes.fetch_add(metadata.len(), Relaxed);
            }
            // It ends when it ends.
            Ok(_) => return,
            Err(_) if is_stdin(&path) => return,
            Err(_) => {}
        }
    }
    meter.counted.store(true, Relaxed);
}
