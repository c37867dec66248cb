//! How far a run over files is, shown where stderr is a terminal and nowhere else. Knows the screen; what there is to show, those
//! who work add up as they go.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use afterhours::filter::Span;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::list::{List, Listed};

/// What is over sooner needs no picture.
const PATIENCE: Duration = Duration::from_millis(500);
/// From one picture to the next.
const TICK: Duration = Duration::from_millis(100);
/// Where it is not known how much there is.
const OPEN: &str = "{spinner} {msg}, {bytes} read, {bytes_per_sec}";
/// Where it is.
const KNOWN: &str = "{bar:20} {msg}, {bytes} of {total_bytes} read, {bytes_per_sec}, {eta} left";

/// What was done, and what there is to do. A process has one stderr, and so one tally.
#[derive(Debug)]
pub(crate) struct Tally {
    files: AtomicU64,
    bytes: AtomicU64,
    found: AtomicU64,
    all_files: AtomicU64,
    all_bytes: AtomicU64,
    /// The two before are no longer growing.
    counted: AtomicBool,
}

static TALLY: Tally = Tally {
    files: AtomicU64::new(0),
    bytes: AtomicU64::new(0),
    found: AtomicU64::new(0),
    all_files: AtomicU64::new(0),
    all_bytes: AtomicU64::new(0),
    counted: AtomicBool::new(false),
};

/// A file is done with, well or not.
pub(crate) fn file() {
    TALLY.files.fetch_add(1, Relaxed);
}

/// So many bytes were read, of a file as it is on the disk.
pub(crate) fn bytes(count: u64) {
    TALLY.bytes.fetch_add(count, Relaxed);
}

/// So many lines go out for sign-ins and doubts.
pub(crate) fn found(count: u64) {
    TALLY.found.fetch_add(count, Relaxed);
}

/// The bar, while there is one.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn bar() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to the terminal beside the bar: it is taken away before and drawn again after. Without a bar, just writes.
pub(crate) fn beside<T>(write: impl FnOnce() -> T) -> T {
    // Held for so long, so that the bar does not come in between.
    match &*bar() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// What is to be read, to be counted while it is.
#[derive(Debug)]
pub(crate) struct Ahead {
    pub(crate) named: Vec<PathBuf>,
    pub(crate) span: Span,
}

/// Shows the tally until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    painter: Option<JoinHandle<()>>,
}

/// Tells the painter to stop.
static STOP: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

impl Progress {
    /// Begins, if anybody can see it; `ahead` is `None` where it cannot be known what will come.
    pub(crate) fn start(ahead: Option<Ahead>) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !io::stderr().is_terminal() {
            return Progress { painter: None };
        }
        *stop() = false;
        // Where no thread can be had there is no picture either.
        let painter = std::thread::Builder::new().name("progress".to_owned()).spawn(move || paint(ahead));
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

fn paint(ahead: Option<Ahead>) {
    // From the beginning, unseen: it measures the rate.
    let painted = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    painted.set_style(style(OPEN));
    if wait(PATIENCE) {
        return;
    }
    if let Some(ahead) = ahead {
        // What a short run does not pay for. Nobody waits for it: it is over with the program at the latest.
        let _ = std::thread::Builder::new().spawn(move || count(&ahead));
    }
    painted.set_draw_target(ProgressDrawTarget::stderr());
    *bar() = Some(painted.clone());
    let mut known = false;
    loop {
        if !known && TALLY.counted.load(Relaxed) {
            known = true;
            painted.set_length(TALLY.all_bytes.load(Relaxed));
            painted.set_style(style(KNOWN));
        }
        painted.set_message(TALLY.words(known));
        painted.set_position(TALLY.bytes.load(Relaxed));
        painted.tick();
        if wait(TICK) {
            break;
        }
    }
    let mut shown = bar();
    painted.finish_and_clear();
    *shown = None;
}

impl Tally {
    fn words(&self, known: bool) -> String {
        let files = HumanCount(self.files.load(Relaxed));
        let found = HumanCount(self.found.load(Relaxed));
        match known {
            true => format!("{files} of {} files, {found} found", HumanCount(self.all_files.load(Relaxed))),
            false => format!("{files} files, {found} found"),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // Plain characters: not every terminal has more.
    style.progress_chars("=> ").tick_chars("-\\|/ ")
}

/// Counts what there is to read, beside those who read it.
fn count(ahead: &Ahead) {
    for listed in List::new(&ahead.named, None, ahead.span) {
        if *stop() {
            return;
        }
        match listed {
            Ok(Listed::File(path)) => {
                TALLY.all_files.fetch_add(1, Relaxed);
                let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
                TALLY.all_bytes.fetch_add(length, Relaxed);
            }
            // It ends when it ends.
            Ok(Listed::Stdin) => return,
            Err(_) => {}
        }
    }
    TALLY.counted.store(true, Relaxed);
}
