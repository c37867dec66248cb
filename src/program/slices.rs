//! A large plain file on all cores: mapped, cut into slices at line breaks, judged side by side, written in order.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use afterhours::document;
use afterhours::filter::{Filter, Stats, Stop};

use super::desk::Desk;
use super::judged::{Judged, Judging};
use super::mapped::{self, Mapped, PAGE};
use super::output::Stdout;

/// The size of a slice, in bytes. A line longer than a slice is left to the stream. Smaller ones are unmapped more often, and
/// every time the kernel interrupts the other cores.
const SLICE: u64 = 4 << 20;
/// How many bytes of output may wait for their turn to be written.
const WAITING: usize = 8 << 20;
/// How many notices may wait with a slice. One that has more is left to the stream: the disk sets its pace, not the cores.
const NOTICES: usize = 1000;

/// How far the slices went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    /// Where the first line begins that was not judged: what follows is for the stream.
    pub(crate) offset: u64,
    /// The number of that line, from 1.
    pub(crate) line_number: u64,
    /// The file was cut short while it was read.
    pub(crate) shrank: bool,
}

/// Judges the whole lines of a file from its beginning, as far as slices go. A file that is too small for them, or begins
/// as something other than lines, is left untouched.
pub(crate) fn filter(
    file: &File,
    threads: usize,
    filter: &mut Filter,
    sink: &mut Stdout,
    interrupted: impl Fn() -> bool,
) -> Result<Done, Stop> {
    let mut done = Done { offset: 0, line_number: 1, shrank: false };
    // So large a limit on lines cannot be met with inside a slice.
    if filter.policy().longest_line < 2 * SLICE as usize {
        return Ok(done);
    }
    let Some(slices) = Slices::of(file) else { return Ok(done) };
    let turns = Turns::default();
    let clerk = sink.desk().map(Desk::clerk).cloned();
    let result = std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let mut worker = filter.fresh();
            let (slices, turns) = (&slices, &turns);
            let mut judging = Judging::new(clerk.clone(), NOTICES).deduping(sink.dedupes());
            scope.spawn(move || {
                while let Some(turn) = turns.next(slices.count()) {
                    turns.put(turn, slices.judge(turn, &mut worker, &mut judging));
                }
            });
        }
        let mut write_all = || {
            for turn in 0..slices.count() {
                if interrupted() {
                    break;
                }
                let Some(judged) = turns.take(turn) else { break };
                filter.absorb(&judged.stats);
                let (lines, end) = (judged.lines, judged.end);
                judged.write(filter, done.line_number, sink)?;
                done.line_number += lines;
                done.offset = end;
            }
            Ok(())
        };
        let result = write_all();
        turns.stop();
        result
    });
    done.shrank = mapped::shrank();
    result.map(|()| done)
}

/// The whole lines of a file, in slices of nearly the same size.
struct Slices<'f> {
    file: &'f File,
    /// Behind the last line break.
    end: u64,
}

impl<'f> Slices<'f> {
    fn of(file: &'f File) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        if length < 2 * SLICE {
            return None;
        }
        // Where mapping is refused, as on some network file systems, reading still works.
        let first = Mapped::new(file, 0, SLICE as usize).ok()?;
        let first_line = &first[..memchr::memchr(b'\n', &first)?];
        if first_line.starts_with(b"\xEF\xBB\xBF") || document::spans_lines(first_line) {
            return None;
        }
        let from = (length - SLICE) / PAGE as u64 * PAGE as u64;
        let last = Mapped::new(file, from, (length - from) as usize).ok()?;
        let end = from + memchr::memrchr(b'\n', &last)? as u64 + 1;
        Some(Slices { file, end })
    }

    fn count(&self) -> u64 {
        self.end.div_ceil(SLICE)
    }

    /// Judges the lines that begin in a slice; `None` where one is longer than a slice.
    fn judge(&self, turn: u64, worker: &mut Filter, judging: &mut Judging) -> Option<Slice> {
        // A page before, to see whether a line begins just here; a slice behind, for the end of the last line.
        let from = (turn * SLICE).saturating_sub(PAGE as u64);
        let length = (self.end - from).min(2 * SLICE + PAGE as u64) as usize;
        let mapped = Mapped::new(self.file, from, length).ok()?;
        let line_at = |place: u64| {
            if place == 0 || place >= self.end {
                return Some((place.min(self.end) - from) as usize);
            }
            let before = (place - from) as usize - 1;
            let newline = memchr::memchr(b'\n', &mapped[before..])?;
            Some(before + newline + 1)
        };
        let (start, end) = (line_at(turn * SLICE)?, line_at((turn + 1) * SLICE)?);
        Slice::of(worker, &mapped[start..end], from + end as u64, judging)
    }
}

/// A slice that was judged, to be written when its turn comes. Line numbers count from its first line, which is 0.
struct Slice {
    judged: Judged,
    lines: u64,
    /// Where the slice ends in the file.
    end: u64,
    stats: Stats,
    stopped: Option<Stop>,
}

impl Slice {
    fn of(worker: &mut Filter, slice: &[u8], end: u64, judging: &mut Judging) -> Option<Self> {
        let result = worker.mapped(slice, 0, judging);
        let (lines, stopped) = match result {
            Ok(lines) => (lines, None),
            // Its own sink takes everything but notices without end.
            Err(Stop::Sink(_)) => {
                worker.take_stats();
                judging.take();
                return None;
            }
            Err(stop) => (0, Some(stop)),
        };
        Some(Slice { judged: judging.take(), lines, end, stats: worker.take_stats(), stopped })
    }

    fn write(self, filter: &Filter, first_line: u64, sink: &mut Stdout) -> Result<(), Stop> {
        self.judged.write(&filter.policy().tag, first_line, sink)?;
        match self.stopped {
            Some(Stop::Unreadable { line_number, error }) => {
                Err(Stop::Unreadable { line_number: first_line + line_number, error })
            }
            Some(stop) => Err(stop),
            None => Ok(()),
        }
    }
}

/// Who judges which slice, and whose turn it is to be written.
#[derive(Default)]
struct Turns {
    next: AtomicU64,
    stopped: AtomicBool,
    judged: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    written: u64,
    /// The bytes of output in `ready`.
    bytes: usize,
    /// `None` for a slice that cannot be one.
    ready: BTreeMap<u64, Option<Slice>>,
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, count: u64) -> Option<u64> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        (turn < count && !self.stopped.load(Ordering::Relaxed)).then_some(turn)
    }

    /// Waits until there is room: what is judged and not written takes memory. The slice whose turn it is never waits.
    fn put(&self, turn: u64, judged: Option<Slice>) {
        let mut waiting = self.lock();
        while turn > waiting.written && waiting.bytes > WAITING && !self.stopped.load(Ordering::Relaxed) {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.bytes += judged.as_ref().map_or(0, |slice| slice.judged.size());
        waiting.ready.insert(turn, judged);
        self.changed.notify_all();
    }

    fn take(&self, turn: u64) -> Option<Slice> {
        let mut waiting = self.lock();
        loop {
            if let Some(judged) = waiting.ready.remove(&turn) {
                waiting.written = turn + 1;
                waiting.bytes -= judged.as_ref().map_or(0, |slice| slice.judged.size());
                self.changed.notify_all();
                return judged;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        // Under the lock: who checks the flag there and then waits must not miss the call.
        let _waiting = self.lock();
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}
