//! Delivers what is in the outbox: on a thread of its own with one worker for each channel, so that no
//! channel delays another and none delays the filter. Decides when to try, when to wait, when to make a
//! digest and when to give up; how to try is the notifier's business.
//!
//! ```text
//! outbox -> channel worker (rate, flood control, backoff) -> Notifier::send -> outcome -> outbox
//! ```

mod backoff;
mod channel_worker;
mod rate_limiter;
pub(crate) mod router;
pub(crate) mod tally;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::dispatch::channel_worker::{ChannelWorker, Event};
use crate::dispatch::tally::DeliveryStats;
use crate::notify::channel::Channel;
use crate::outbox::{DeliveryQueue, OutboxDir};
use crate::sys::clock;
use crate::sys::messages::say;

pub(crate) mod dispatcher;
pub(crate) mod write_buffer;

/// How often expired rows are deleted and due times are checked.
const TIDY: Duration = Duration::from_secs(60);
/// The pause between two portions of that, in which others may use the outbox.
const PAUSE: Duration = Duration::from_millis(200);

/// The thread that delivers.
#[derive(Debug)]
pub(crate) struct DeliveryThread {
    thread: JoinHandle<anyhow::Result<DeliveryStats>>,
    workers: Vec<UnboundedSender<Event>>,
    /// For each worker, whether it was woken and has not looked at the outbox since.
    woken: Vec<Arc<AtomicBool>>,
}

/// Deletes expired rows, a portion at a time, and corrects impossible due times. Never returns.
async fn tidy(queue: Rc<RefCell<DeliveryQueue>>) {
    loop {
        let now = clock::now_ms();
        // What fails now is done in a minute.
        let more = queue.borrow_mut().prune(now).unwrap_or(false);
        let _ = queue.borrow().correct_due_times(now);
        tokio::time::sleep(if more { PAUSE } else { TIDY }).await;
    }
}

impl DeliveryThread {
    /// Starts to deliver. `channels` come with their IDs in the outbox.
    pub(crate) fn start(directory: OutboxDir, channels: Vec<(i64, Channel)>) -> anyhow::Result<Self> {
        let (mut workers, mut woken, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in &channels {
            let (sender, receiver) = unbounded_channel();
            workers.push(sender);
            woken.push(Arc::new(AtomicBool::new(false)));
            receivers.push(receiver);
        }
        let (senders, flags) = (workers.clone(), woken.clone());
        // Before the thread starts, so that an error ends the program and not the thread alone.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let queue = DeliveryQueue::open(&directory)?;
        queue.correct_due_times(clock::now_ms())?;
        let work = move || -> anyhow::Result<DeliveryStats> {
            // Held until the last attempt is written down.
            let _directory = directory;
            let queue = Rc::new(RefCell::new(queue));
            let mut done = Vec::new();
            let local = tokio::task::LocalSet::new();
            for ((((id, channel), receiver), sender), woken) in
                channels.into_iter().zip(receivers).zip(senders).zip(flags)
            {
                let worker = ChannelWorker::new(id, channel, Rc::clone(&queue), receiver, sender, woken);
                done.push(local.spawn_local(worker.run()));
            }
            local.spawn_local(tidy(Rc::clone(&queue)));
            let mut stats = DeliveryStats::default();
            let all = async {
                for worker in done {
                    let of_worker = worker.await?;
                    stats.delivered += of_worker.delivered;
                    stats.dead += of_worker.dead;
                    stats.pending += of_worker.pending;
                }
                anyhow::Ok(())
            };
            runtime.block_on(local.run_until(all))?;
            // A name look-up may still run on a thread of the runtime: do not wait for it.
            runtime.shutdown_background();
            Ok(stats)
        };
        let thread = std::thread::Builder::new()
            .name("delivery".to_owned())
            .spawn(move || {
                work().inspect_err(|error| say(&format!("notifications are no longer delivered: {error:#}")))
            })
            .context("cannot start the delivery thread")?;
        Ok(DeliveryThread { thread, workers, woken })
    }

    /// Wakes the workers: the outbox has something new.
    pub(crate) fn wake(&self) {
        for (worker, woken) in self.workers.iter().zip(&self.woken) {
            if !woken.swap(true, Ordering::AcqRel) {
                let _ = worker.send(Event::News);
            }
        }
    }

    /// Delivers what is due for at most `patience`, and ends the thread. An attempt that is still under way
    /// then is abandoned; its notification stays in the outbox and may arrive twice.
    pub(crate) fn finish(self, patience: Duration) -> anyhow::Result<DeliveryStats> {
        let until = Instant::now() + patience;
        for worker in &self.workers {
            let _ = worker.send(Event::Finish(until));
        }
        self.thread.join().map_err(|_| anyhow::anyhow!("the delivery thread panicked"))?
    }
}
