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

use crate::dispatch::channel_worker::{Event, Lane};
use crate::dispatch::tally::Tally;
use crate::notify::channel::Channel;
use crate::outbox::{Ledger, Spool};
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
pub(crate) struct Courier {
    thread: JoinHandle<anyhow::Result<Tally>>,
    lanes: Vec<UnboundedSender<Event>>,
    /// Whether the lanes have been told of news that they have not looked at yet.
    told: Vec<Arc<AtomicBool>>,
}

/// Forgets what is long over, a little at a time, and mends due times that no clock can have meant. Never ends.
async fn tidy(ledger: Rc<RefCell<Ledger>>) {
    loop {
        let now = clock::now_ms();
        // What cannot be done now is done in a minute.
        let more = ledger.borrow_mut().forget(now).unwrap_or(false);
        let _ = ledger.borrow().mend_clock(now);
        tokio::time::sleep(if more { PAUSE } else { TIDY }).await;
    }
}

impl Courier {
    /// Starts to deliver. `channels` with their numbers in the outbox.
    pub(crate) fn start(spool: Spool, channels: Vec<(i64, Channel)>) -> anyhow::Result<Self> {
        let (mut lanes, mut told, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in &channels {
            let (sender, receiver) = unbounded_channel();
            lanes.push(sender);
            told.push(Arc::new(AtomicBool::new(false)));
            receivers.push(receiver);
        }
        let (senders, flags) = (lanes.clone(), told.clone());
        // Here, where what is wrong ends the program, and not later on the thread, which would end alone.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ledger = Ledger::open(&spool)?;
        ledger.mend_clock(clock::now_ms())?;
        let work = move || -> anyhow::Result<Tally> {
            // Held until the last attempt is written down.
            let _spool = spool;
            let ledger = Rc::new(RefCell::new(ledger));
            let mut done = Vec::new();
            let local = tokio::task::LocalSet::new();
            for ((((id, channel), receiver), sender), told) in
                channels.into_iter().zip(receivers).zip(senders).zip(flags)
            {
                let lane = Lane::new(id, channel, Rc::clone(&ledger), receiver, sender, told);
                done.push(local.spawn_local(lane.run()));
            }
            local.spawn_local(tidy(Rc::clone(&ledger)));
            let mut tally = Tally::default();
            let all = async {
                for lane in done {
                    let of_lane = lane.await?;
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
        Ok(Courier { thread, lanes, told })
    }

    /// Says that there is something new in the outbox.
    pub(crate) fn nudge(&self) {
        for (lane, told) in self.lanes.iter().zip(&self.told) {
            if !told.swap(true, Ordering::AcqRel) {
                let _ = lane.send(Event::News);
            }
        }
    }

    /// Delivers what is due for so long, and ends. An attempt that is still under way then is given up; its notice stays in
    /// the outbox and may arrive twice.
    pub(crate) fn finish(self, patience: Duration) -> anyhow::Result<Tally> {
        let until = Instant::now() + patience;
        for lane in &self.lanes {
            let _ = lane.send(Event::Finish(until));
        }
        self.thread.join().map_err(|_| anyhow::anyhow!("the thread for the notices broke"))?
    }
}
