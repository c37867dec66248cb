//! The way into the outbox: puts notifications on disk, and holds those that the disk does not take for another try. Knows no record
//! and no channel; never keeps a line waiting for long.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::dispatch::router::SkipReason;
use crate::outbox::{NewNotification, Writer};
use crate::sys::clock;
use crate::sys::messages::say;

/// How many notifications are held, and how many bytes of them, when the disk does not take them.
const MOST: usize = 4096;
const MOST_BYTES: usize = 16 << 20;
/// How often the disk is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long it is waited for others who use the outbox: at first, and once that was in vain.
const PATIENCE: Duration = Duration::from_secs(3);
const LITTLE_PATIENCE: Duration = Duration::from_millis(200);

/// What became of the notifications.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EnqueueStats {
    /// On disk.
    pub(crate) new: u64,
    /// Copies of records whose notification the outbox had.
    pub(crate) known: u64,
    /// Neither on disk nor held.
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
    /// When the disk was last asked in vain.
    failed: Option<Instant>,
    /// How many were lost when that was last said.
    said: u64,
    /// Whether a thread asks again.
    retried: bool,
    /// The outbox's, for people.
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

    /// Takes them all. Whether they are on disk then, or held, or lost, their lines may go out; says whether they are.
    pub(crate) fn put(&self, drafts: &mut Vec<NewNotification>) -> bool {
        let mut held = lock(&self.0);
        held.drafts.append(drafts);
        // Who asks again and again keeps the lines waiting.
        if held.failed.is_some_and(|failed| failed.elapsed() < AGAIN) && held.excess() == 0 {
            return false;
        }
        let put = held.put();
        if !put && !held.retried {
            // The next line may be hours away.
            let shared = Arc::downgrade(&self.0);
            let thread = std::thread::Builder::new().name("intake".to_owned());
            held.retried = thread.spawn(move || ask_again(&shared)).is_ok();
        }
        put
    }

    /// Asks the disk a last time; what is held still is lost.
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

fn ask_again(shared: &Weak<Mutex<PendingNotifications>>) {
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
    /// Puts them all on disk, or none.
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
                    say(&format!("the outbox {} takes notices again", self.directory));
                }
                true
            }
            Err(error) => {
                self.hold(&error);
                false
            }
        }
    }

    /// Keeps as many as it may. What is more is lost, the oldest first.
    fn hold(&mut self, error: &rusqlite::Error) {
        // Whoever was not told that his records are safe sends them again.
        let mut keys = HashSet::new();
        self.drafts.retain(|draft| keys.insert(draft.key));
        let excess = self.excess();
        self.drafts.drain(..excess);
        self.taken.lost += excess as u64;
        let first = self.failed.replace(Instant::now()).is_none();
        if first {
            let _ = self.writer.wait_for_others(LITTLE_PATIENCE);
        }
        // Once for each trouble, and again whenever twice as many are lost.
        if first || self.taken.lost > 2 * self.said {
            self.said = self.taken.lost;
            say(&format!(
                "NOTICES ARE NOT KEPT: the outbox {} cannot be written: {error}; lines go out all the same; {} notices are \
                 held in memory, {} are lost",
                self.directory,
                self.drafts.len(),
                self.taken.lost
            ));
        }
    }

    /// How many are more than may be held.
    fn excess(&self) -> usize {
        let mut bytes = 0;
        let held = self.drafts.iter().rev().take(MOST).take_while(|draft| {
            bytes += draft.body.len();
            bytes <= MOST_BYTES
        });
        self.drafts.len() - held.count()
    }
}
