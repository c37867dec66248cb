//! Where the findings of all connections become lines on stdout: each hands its own in, and what waits together is put on disk
//! and written together. Knows whose are out; a line of one never stands inside a line of another.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use afterhours::filter::Stats;
use afterhours::tag::TagName;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::output::buffered::BufferedFindings;
use crate::output::stdout::OutputSink;

/// How many bytes may wait for their turn; who brings more waits.
const WAITING: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct OutputQueue {
    /// Held by who writes. Taken out at the end.
    stdout: Mutex<Option<OutputSink>>,
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Stdout, to see whether its reader is there.
    watched: OwnedFd,
    tag: TagName,
    /// Wakes the main thread.
    bell: UnixStream,
}

/// Why nothing goes out any more.
#[derive(Debug)]
pub(super) enum ShutdownReason {
    Stdout(io::Error),
    /// As `--unreadable stop` says.
    Unreadable(String),
    /// The program ends.
    Over,
}

/// What is left when all is over.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) end: ShutdownReason,
    pub(super) stats: Stats,
    /// How many bytes are not out.
    pub(super) left: usize,
    /// Unless somebody is stuck writing to it.
    pub(super) stdout: Option<OutputSink>,
}

/// The place of what was handed in; grows.
pub(super) type SequenceNo = u64;

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<QueuedBatch>,
    /// The size of what is not written.
    bytes: usize,
    handed: SequenceNo,
    written: SequenceNo,
    /// The last whose notifications did not all get on disk.
    unkept: SequenceNo,
    writing: bool,
    stats: Stats,
    end: Option<ShutdownReason>,
}

#[derive(Debug)]
struct QueuedBatch {
    /// Where it came from, for messages.
    from: Arc<str>,
    findings: BufferedFindings,
}

/// What became of all that was handed in from a ticket on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// The lines are out, the notifications on disk.
    Safe,
    /// The lines are out; notifications are held in memory or lost.
    Unkept,
}

impl OutputQueue {
    /// `bell` is written to when the end has come.
    pub(super) fn new(stdout: OutputSink, tag: TagName, bell: UnixStream) -> io::Result<Self> {
        let watched = stdout.leash()?;
        let (stdout, queue) = (Mutex::new(Some(stdout)), Mutex::new(Queue::default()));
        Ok(OutputQueue { stdout, queue, changed: Condvar::new(), watched, tag, bell })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes findings, to be written after those that were taken before. Waits while too much waits.
    pub(super) fn hand_in(&self, from: &Arc<str>, findings: BufferedFindings) -> io::Result<SequenceNo> {
        let size = findings.size();
        let mut queue = self.lock();
        while queue.end.is_none() && queue.bytes > WAITING {
            queue = self.write_or_wait(queue);
        }
        if queue.end.is_some() {
            return Err(closed());
        }
        queue.bytes += size;
        queue.handed += 1;
        queue.waiting.push(QueuedBatch { from: Arc::clone(from), findings });
        Ok(queue.handed)
    }

    /// Waits until all from `first` to `last` is written, or writes it.
    pub(super) fn wait(&self, first: SequenceNo, last: SequenceNo) -> io::Result<Durability> {
        let mut queue = self.lock();
        loop {
            match queue.end {
                Some(ShutdownReason::Stdout(_) | ShutdownReason::Unreadable(_)) => return Err(closed()),
                _ if queue.written >= last => {
                    return Ok(if queue.unkept >= first { Durability::Unkept } else { Durability::Safe });
                }
                Some(ShutdownReason::Over) => return Err(closed()),
                None => queue = self.write_or_wait(queue),
            }
        }
    }

    /// Whether lines could go out, as far as can be known without one.
    pub(super) fn is_open(&self) -> bool {
        let mut waiting = [PollFd::new(&self.watched, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let gone = poll(&mut waiting, Some(&now)).is_ok()
            && waiting[0].revents().intersects(PollFlags::ERR | PollFlags::HUP);
        !gone && self.lock().end.is_none()
    }

    /// Whether something has ended it.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Counts what a filter counted.
    pub(super) fn count(&self, stats: &Stats) {
        self.lock().stats.add(stats);
    }

    /// Nothing goes out from now on. The first reason counts.
    pub(super) fn close(&self, end: ShutdownReason) {
        self.lock().end.get_or_insert(end);
        self.changed.notify_all();
        let _ = (&self.bell).write_all(&[1]);
    }

    /// Sees what waits written, and takes nothing after it; what is not out by `deadline` is given up.
    pub(super) fn finish(self: &Arc<Self>, deadline: Instant) -> Finished {
        let all = self.lock().handed;
        let writer = Arc::clone(self);
        // Not this thread: it must not get stuck where nobody reads. Where no other can be had, those who hand in write too.
        let _ = std::thread::Builder::new().spawn(move || writer.wait(all, all));
        let mut queue = self.lock();
        while queue.end.is_none() && queue.written < all {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            queue = self.changed.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let end = queue.end.replace(ShutdownReason::Over).unwrap_or(ShutdownReason::Over);
        let (stats, left) = (queue.stats.clone(), queue.bytes);
        drop(queue);
        self.changed.notify_all();
        let stdout = self.stdout.try_lock().ok().and_then(|mut stdout| stdout.take());
        Finished { end, stats, left, stdout }
    }

    /// Writes what waits, or waits while another does. What one writes is for all that had handed in by then: so many notifications
    /// are on disk in the time of one.
    fn write_or_wait<'q>(&'q self, mut queue: MutexGuard<'q, Queue>) -> MutexGuard<'q, Queue> {
        if queue.writing || queue.waiting.is_empty() {
            return self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let parts = std::mem::take(&mut queue.waiting);
        let (bytes, last) = (queue.bytes, queue.handed);
        queue.writing = true;
        drop(queue);
        let result = self.write(parts);
        let mut queue = self.lock();
        queue.writing = false;
        queue.bytes -= bytes;
        match result {
            Ok(kept) => {
                queue.written = last;
                if !kept {
                    queue.unkept = last;
                }
            }
            Err(error) => {
                queue.end.get_or_insert(ShutdownReason::Stdout(error));
                let _ = (&self.bell).write_all(&[1]);
            }
        }
        self.changed.notify_all();
        queue
    }

    fn write(&self, parts: Vec<QueuedBatch>) -> io::Result<bool> {
        let mut stdout = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stdout) = stdout.as_mut() else { return Err(closed()) };
        for QueuedBatch { from, mut findings } in parts {
            stdout.reading(from.to_string());
            // Its line numbers are those of its own input.
            findings.write(&self.tag, 0, stdout)?;
        }
        stdout.settle()
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "nothing goes out any more")
}
