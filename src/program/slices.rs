//! A large plain file on all cores: mapped, cut into slices at line breaks, judged side by side, written in order.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use afterhours::document;
use afterhours::filter::{Alert, Filter, Sink, Stats, Stop, Unreadable};
use bytes::BytesMut;

use super::desk::{Clerk, Desk};
use super::mapped::{self, Mapped, PAGE};
use super::outbox::Draft;
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
            let (slices, turns, clerk) = (&slices, &turns, clerk.as_ref());
            scope.spawn(move || {
                while let Some(turn) = turns.next(slices.count()) {
                    turns.put(turn, slices.judge(turn, &mut worker, clerk));
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
    fn judge(&self, turn: u64, worker: &mut Filter, clerk: Option<&Clerk>) -> Option<Judged> {
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
        Judged::of(worker, &mapped[start..end], from + end as u64, clerk)
    }
}

/// A slice that was judged, to be written when its turn comes. Line numbers count from its first line, which is 0.
struct Judged {
    out: BytesMut,
    doubts: Vec<Doubt>,
    lines: u64,
    /// Where the slice ends in the file.
    end: u64,
    stats: Stats,
    stopped: Option<Stop>,
    drafts: Vec<Draft>,
}

/// A slice that is being judged.
struct Judging<'c> {
    judged: Judged,
    /// Makes notices, where anybody takes them.
    clerk: Option<&'c Clerk>,
}

/// Something to say, once the line number is known.
struct Doubt {
    /// How much of the slice's output comes before it.
    at: usize,
    line: u64,
    what: What,
}

enum What {
    Unreadable { error: String, raw: Vec<u8>, forward: bool },
    TooLong(u64),
    NoHolidays { schedule: String, year: i64 },
}

impl Judged {
    fn of(worker: &mut Filter, slice: &[u8], end: u64, clerk: Option<&Clerk>) -> Option<Self> {
        let (out, doubts, stats) = (BytesMut::new(), Vec::new(), Stats::default());
        let judged = Judged { out, doubts, lines: 0, end, stats, stopped: None, drafts: Vec::new() };
        let mut judging = Judging { judged, clerk };
        let result = worker.mapped(slice, 0, &mut judging);
        let Judging { mut judged, .. } = judging;
        match result {
            Ok(lines) => judged.lines = lines,
            // Its own sink takes everything but notices without end.
            Err(Stop::Sink(_)) => {
                worker.take_stats();
                return None;
            }
            Err(stop) => judged.stopped = Some(stop),
        }
        judged.stats = worker.take_stats();
        Some(judged)
    }

    /// How much memory waits with it, in bytes.
    fn size(&self) -> usize {
        self.out.len() + self.drafts.iter().map(|draft| draft.body.len()).sum::<usize>()
    }

    fn write(self, filter: &Filter, first_line: u64, sink: &mut Stdout) -> Result<(), Stop> {
        sink.notices(self.drafts);
        let mut written = 0;
        for Doubt { at, line, what } in self.doubts {
            sink.pass(&self.out[written..at])?;
            written = at;
            let line_number = first_line + line;
            match what {
                What::NoHolidays { schedule, year } => sink.no_holidays(&schedule, year)?,
                What::TooLong(length) => sink.too_long(line_number, length)?,
                What::Unreadable { error, raw, forward } => {
                    let unreadable =
                        Unreadable { error: &error, line_number, raw: &raw, tag: &filter.policy().tag };
                    sink.unreadable(&unreadable, forward)?;
                }
            }
        }
        sink.pass(&self.out[written..])?;
        match self.stopped {
            Some(Stop::Unreadable { line_number, error }) => {
                Err(Stop::Unreadable { line_number: first_line + line_number, error })
            }
            Some(stop) => Err(stop),
            None => Ok(()),
        }
    }
}

impl Sink for Judging<'_> {
    fn alert(&mut self, alert: &Alert<'_>) -> io::Result<()> {
        self.judged.drafts.extend(self.clerk.and_then(|clerk| clerk.alert(alert)));
        if self.judged.drafts.len() > NOTICES {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        alert.write_tagged(&mut self.judged.out);
        Ok(())
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) -> io::Result<()> {
        let what =
            What::Unreadable { error: unreadable.error.to_owned(), raw: unreadable.raw.to_owned(), forward };
        self.judged.doubts.push(Doubt { at: self.judged.out.len(), line: unreadable.line_number, what });
        Ok(())
    }

    fn too_long(&mut self, line_number: u64, length: u64) -> io::Result<()> {
        self.judged.doubts.push(Doubt {
            at: self.judged.out.len(),
            line: line_number,
            what: What::TooLong(length),
        });
        Ok(())
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) -> io::Result<()> {
        // Once a slice is enough: it may be true of every sign-in in it.
        let said = self
            .judged
            .doubts
            .iter()
            .any(|doubt| matches!(&doubt.what, What::NoHolidays { schedule: s, .. } if s == schedule));
        if !said {
            let what = What::NoHolidays { schedule: schedule.to_owned(), year };
            self.judged.doubts.push(Doubt { at: self.judged.out.len(), line: 0, what });
        }
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.judged.out.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    ready: BTreeMap<u64, Option<Judged>>,
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
    fn put(&self, turn: u64, judged: Option<Judged>) {
        let mut waiting = self.lock();
        while turn > waiting.written && waiting.bytes > WAITING && !self.stopped.load(Ordering::Relaxed) {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.bytes += judged.as_ref().map_or(0, Judged::size);
        waiting.ready.insert(turn, judged);
        self.changed.notify_all();
    }

    fn take(&self, turn: u64) -> Option<Judged> {
        let mut waiting = self.lock();
        loop {
            if let Some(judged) = waiting.ready.remove(&turn) {
                waiting.written = turn + 1;
                waiting.bytes -= judged.as_ref().map_or(0, Judged::size);
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
