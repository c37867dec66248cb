//! Delivers what is in the outbox: on a thread of its own, one lane a channel, so that no channel waits for another and the
//! filter waits for none. Decides when to try, when to wait, when to gather and when to give up; how to try is the notifier's.
//!
//! ```text
//! outbox -> lane (rate, flood control, backoff) -> Notifier::send -> outcome -> outbox
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

/// How often the clock is looked at, and what is long over is forgotten; and how long others may use the outbox between two
/// portions of that.
const TIDY: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);

/// The thread that delivers.
#[derive(Debug)]
pub(crate) struct DeliveryThread {
    thread: JoinHandle<anyhow::Result<DeliveryStats>>,
    workers: Vec<UnboundedSender<Event>>,
    /// Whether the lanes have been told of news that they have not looked at yet.
    told: Vec<Arc<AtomicBool>>,
}

/// Forgets what is long over, a little at a time, and mends due times that no clock can have meant. Never ends.
async fn tidy(queue: Rc<RefCell<DeliveryQueue>>) {
    loop {
        let now = clock::now_ms();
        // What cannot be done now is done in a minute.
        let more = queue.borrow_mut().forget(now).unwrap_or(false);
        let _ = queue.borrow().mend_clock(now);
        tokio::time::sleep(if more { PAUSE } else { TIDY }).await;
    }
}

impl DeliveryThread {
    /// Starts to deliver. `channels` with their numbers in the outbox.
    pub(crate) fn start(directory: OutboxDir, channels: Vec<(i64, Channel)>) -> anyhow::Result<Self> {
        let (mut workers, mut told, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in &channels {
            let (sender, receiver) = unbounded_channel();
            workers.push(sender);
            told.push(Arc::new(AtomicBool::new(false)));
            receivers.push(receiver);
        }
        let (senders, flags) = (workers.clone(), told.clone());
        // Here, where what is wrong ends the program, and not later on the thread, which would end alone.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let queue = DeliveryQueue::open(&directory)?;
        queue.mend_clock(clock::now_ms())?;
        let work = move || -> anyhow::Result<DeliveryStats> {
            // Held until the last attempt is written down.
            let _directory = directory;
            let queue = Rc::new(RefCell::new(queue));
            let mut done = Vec::new();
            let local = tokio::task::LocalSet::new();
            for ((((id, channel), receiver), sender), told) in
                channels.into_iter().zip(receivers).zip(senders).zip(flags)
            {
                let worker = ChannelWorker::new(id, channel, Rc::clone(&queue), receiver, sender, told);
                done.push(local.spawn_local(worker.run()));
            }
            local.spawn_local(tidy(Rc::clone(&queue)));
            let mut tally = DeliveryStats::default();
            let all = async {
                for worker in done {
                    let of_lane = worker.await?;
                    tally.delivered += of_lane.delivered;
                    tally.dead += of_lane.dead;
                    tally.pending += of_lane.pending;
                }
                anyhow::Ok(())
            };
            runtime.block_on(local.run_until(all))?;
            // A name that is looked up by a thread of the runtime may take its time; nobody waits for it any more.
            runtime.shutdown_background();
            Ok(tally)
        };
        let thread = std::thread::Builder::new()
            .name("courier".to_owned())
            .spawn(move || {
                work().inspect_err(|error| say(&format!("notices are no longer delivered: {error:#}")))
            })
            .context("could not start a thread for the notices")?;
        Ok(DeliveryThread { thread, workers, told })
    }

    /// Says that there is something new in the outbox.
    pub(crate) fn nudge(&self) {
        for (worker, told) in self.workers.iter().zip(&self.told) {
            if !told.swap(true, Ordering::AcqRel) {
                let _ = worker.send(Event::News);
            }
        }
    }

    /// Delivers what is due for so long, and ends. An attempt that is still under way then is given up; its notification stays in
    /// the outbox and may arrive twice.
    pub(crate) fn finish(self, patience: Duration) -> anyhow::Result<DeliveryStats> {
        let until = Instant::now() + patience;
        for worker in &self.workers {
            let _ = worker.send(Event::Finish(until));
        }
        self.thread.join().map_err(|_| anyhow::anyhow!("the thread for the notices broke"))?
    }
}
