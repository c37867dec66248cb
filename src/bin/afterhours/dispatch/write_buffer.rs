//! A buffer in front of the outbox: writes notifications to disk, and keeps those that cannot be written
//! for a retry. Knows no record and no channel; never delays a line for long.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::dispatch::router::SkipReason;
use crate::outbox::{NewNotification, Writer};
use crate::sys::clock;
use crate::sys::messages::{counted, say};

/// How many notifications are kept in memory while the disk cannot be written, and how many bytes.
const MOST: usize = 4096;
const MOST_BYTES: usize = 16 << 20;
/// How often writing is retried.
const AGAIN: Duration = Duration::from_secs(1);
/// How long to wait for other processes that use the outbox: at first, and after one time-out.
const PATIENCE: Duration = Duration::from_secs(3);
const LITTLE_PATIENCE: Duration = Duration::from_millis(200);

/// What became of the notifications.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EnqueueStats {
    /// On disk.
    pub(crate) new: u64,
    /// Copies of records whose notification the outbox had.
    pub(crate) known: u64,
    /// Neither on disk nor in memory.
    pub(crate) lost: u64,
}

#[derive(Debug)]
pub(crate) struct OutboxBuffer(Arc<Mutex<PendingNotifications>>);

#[derive(Debug)]
struct PendingNotifications {
    writer: Writer,
    /// Not on disk yet.
    drafts: Vec<NewNotification>,
    taken: EnqueueStats,
    /// When writing last failed.
    failed: Option<Instant>,
    /// How many were lost at the last message.
    said: u64,
    /// Whether a thread retries.
    retried: bool,
    /// Where the outbox is, for messages.
    directory: String,
}

impl OutboxBuffer {
    pub(crate) fn new(writer: Writer, directory: String) -> rusqlite::Result<Self> {
        writer.wait_for_others(PATIENCE)?;
        let (drafts, taken) = (Vec::new(), EnqueueStats::default());
        let held =
            PendingNotifications { writer, drafts, taken, failed: None, said: 0, retried: false, directory };
        Ok(OutboxBuffer(Arc::new(Mutex::new(held))))
    }

    /// Takes them all. Returns whether they are on disk; if not, they are kept in memory or lost, and
    /// their lines may go out all the same.
    pub(crate) fn put(&self, drafts: &mut Vec<NewNotification>) -> bool {
        let mut held = lock(&self.0);
        held.drafts.append(drafts);
        // Retrying for every line would delay the lines.
        if held.failed.is_some_and(|failed| failed.elapsed() < AGAIN) && held.excess() == 0 {
            return false;
        }
        let put = held.put();
        if !put && !held.retried {
            // The next line may be hours away.
            let shared = Arc::downgrade(&self.0);
            let thread = std::thread::Builder::new().name("outbox-retry".to_owned());
            held.retried = thread.spawn(move || retry(&shared)).is_ok();
        }
        put
    }

    /// Writes a last time; what cannot be written is lost.
    pub(crate) fn close(self) -> EnqueueStats {
        let mut held = lock(&self.0);
        if !held.drafts.is_empty() && !held.put() {
            held.taken.lost += held.drafts.len() as u64;
            held.drafts.clear();
        }
        held.taken
    }
}

fn lock(held: &Mutex<PendingNotifications>) -> MutexGuard<'_, PendingNotifications> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn retry(shared: &Weak<Mutex<PendingNotifications>>) {
    loop {
        std::thread::sleep(AGAIN);
        let Some(held) = shared.upgrade() else { return };
        let mut held = lock(&held);
        if held.failed.is_none() || held.put() {
            held.retried = false;
            return;
        }
    }
}

impl PendingNotifications {
    /// Writes them all, or none.
    fn put(&mut self) -> bool {
        match self.writer.put(&self.drafts, clock::now_ms()) {
            Ok(put) => {
                self.taken.new += put.new;
                self.taken.known += put.known;
                if put.known > 0 {
                    tracing::debug!(notifications = put.known, reason = %SkipReason::Duplicate, "not routed");
                }
                self.drafts.clear();
                if self.failed.take().is_some() {
                    let _ = self.writer.wait_for_others(PATIENCE);
                    say(&format!("the outbox {} can be written again", self.directory));
                }
                true
            }
            Err(error) => {
                self.hold(&error);
                false
            }
        }
    }

    /// Keeps as many as fit. The rest is lost, the oldest first.
    fn hold(&mut self, error: &rusqlite::Error) {
        // A client that got no 200 sends its records again: keep one of each.
        let mut keys = HashSet::new();
        self.drafts.retain(|draft| keys.insert(draft.key));
        let excess = self.excess();
        self.drafts.drain(..excess);
        self.taken.lost += excess as u64;
        let first = self.failed.replace(Instant::now()).is_none();
        if first {
            let _ = self.writer.wait_for_others(LITTLE_PATIENCE);
        }
        // Once for each outage, and again whenever the losses have doubled.
        if first || self.taken.lost > 2 * self.said {
            self.said = self.taken.lost;
            say(&format!(
                "notifications are not saved: the outbox {} cannot be written: {error}; lines are still forwarded; {} kept in \
                 memory, {} lost",
                self.directory,
                counted(self.drafts.len() as u64, "notification"),
                self.taken.lost
            ));
        }
    }

    /// How many exceed the limits.
    fn excess(&self) -> usize {
        let mut bytes = 0;
        let held = self.drafts.iter().rev().take(MOST).take_while(|draft| {
            bytes += draft.body.len();
            bytes <= MOST_BYTES
        });
        self.drafts.len() - held.count()
    }
}
