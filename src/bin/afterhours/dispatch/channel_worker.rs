//! One channel's deliveries: what is due, in order, within the channel's rate limits.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::dispatch::backoff;
use crate::dispatch::rate_limiter::RateLimiter;
use crate::dispatch::tally::DeliveryStats;
use crate::notify::channel::Channel;
use crate::notify::{Delivery, Digest, Message, Notification, digest_key};
use crate::outbox::{DeliveryId, DeliveryQueue, Due, Outcome};
use crate::sys::clock;
use crate::sys::messages::say;

/// The most notifications in a digest: reading them takes some tenths of a second.
const LARGEST_DIGEST: usize = 20_000;
/// How long sign-ins of a burst are collected for its first digest.
const FIRST_HOLD: Duration = Duration::from_secs(5);
/// The least time between digests.
const HOLD: Duration = Duration::from_secs(60);
/// How often the outbox is polled: another process may have changed it.
const LOOK: Duration = Duration::from_secs(2);

/// Fewer attempts than these, in a minute or more, are no reason to give up.
const ENOUGH_ATTEMPTS: u32 = 8;

/// What a worker waits for.
#[derive(Debug)]
pub(super) enum Event {
    /// The outbox has more.
    News,
    /// An attempt is over.
    Ended(FinishedAttempt),
    /// The program ends: deliver until then.
    Finish(Instant),
}

/// What a worker does next.
enum Step {
    /// Nothing: it is done, or its time is up.
    Over,
    /// Wait for an event, or until then.
    Wait(Option<Instant>),
}

/// An attempt that is over.
#[derive(Debug)]
pub(super) struct FinishedAttempt {
    what: DeliveryId,
    attempts: u32,
    made: i64,
    /// How many notifications it was about.
    count: u64,
    started: Instant,
    delivery: Delivery,
}

pub(super) struct ChannelWorker {
    id: i64,
    channel: Channel,
    queue: Rc<RefCell<DeliveryQueue>>,
    events: UnboundedReceiver<Event>,
    sender: UnboundedSender<Event>,
    woken: Arc<AtomicBool>,
    rate: RateLimiter,
    flood: RateLimiter,
    /// What is being tried, and what was tried and is not written down yet: none of it may be started again.
    under_way: HashSet<DeliveryId>,
    /// What became of attempts, to be written down.
    outcomes: Vec<(DeliveryId, Outcome)>,
    /// The outbox could not be used the last time.
    stuck: bool,
    /// When this run began to deliver.
    began: Instant,
    /// Failures in a row.
    failures: u32,
    /// A success ends that.
    paused: Option<Instant>,
    /// The service asked to wait until then (Retry-After).
    asked: Option<Instant>,
    /// When the last pause began: what was started before tells nothing new.
    pause_began: Option<Instant>,
    /// When what exceeds flood control becomes a digest.
    gather_at: Option<Instant>,
    last_digest: Option<Instant>,
    finish: Option<Instant>,
    tally: DeliveryStats,
}

impl ChannelWorker {
    pub(super) fn new(
        id: i64,
        channel: Channel,
        queue: Rc<RefCell<DeliveryQueue>>,
        events: UnboundedReceiver<Event>,
        sender: UnboundedSender<Event>,
        woken: Arc<AtomicBool>,
    ) -> Self {
        let (rate, flood) = (RateLimiter::new(channel.limits.rate), RateLimiter::new(channel.limits.flood));
        ChannelWorker {
            id,
            channel,
            queue,
            events,
            sender,
            woken,
            rate,
            flood,
            under_way: HashSet::new(),
            outcomes: Vec::new(),
            stuck: false,
            began: Instant::now(),
            failures: 0,
            paused: None,
            asked: None,
            pause_began: None,
            gather_at: None,
            last_digest: None,
            finish: None,
            tally: DeliveryStats::default(),
        }
    }

    pub(super) async fn run(mut self) -> DeliveryStats {
        loop {
            // Clear the flag before reading the outbox, so that what comes meanwhile wakes this worker again.
            self.woken.store(false, Ordering::Release);
            let next = match self.step() {
                Ok(Step::Over) => break,
                Ok(Step::Wait(next)) => {
                    self.stuck = false;
                    next
                }
                Err(error) => {
                    self.is_stuck(&error);
                    if self.finish.is_some_and(|finish| Instant::now() >= finish) {
                        break;
                    }
                    None
                }
            };
            let look = Instant::now() + LOOK;
            let until = next.map_or(look, |next| next.min(look));
            let until = self.finish.map_or(until, |finish| finish.min(until));
            // One event, and all that came with it.
            if let Ok(Some(event)) = tokio::time::timeout_at(until.into(), self.events.recv()).await {
                self.take(event);
            }
            while let Ok(event) = self.events.try_recv() {
                self.take(event);
            }
        }
        let pending = self.record_outcomes().and_then(|()| Ok(self.queue.borrow().count_pending(self.id)?));
        // What is not known to be delivered will be retried.
        self.tally.pending = pending.unwrap_or(self.under_way.len() as u64);
        self.tally
    }

    /// Writes down what is over and starts what may start.
    fn step(&mut self) -> anyhow::Result<Step> {
        self.record_outcomes()?;
        let next = self.start()?;
        Ok(if self.is_over()? { Step::Over } else { Step::Wait(next) })
    }

    /// For example a full disk. Outcomes that cannot be written are kept in memory.
    fn is_stuck(&mut self, error: &anyhow::Error) {
        if !self.stuck {
            say(&format!("channel {}: the outbox cannot be used, retrying: {error:#}", self.channel.name));
        }
        self.stuck = true;
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::News => {}
            Event::Ended(ended) => {
                let outcome = self.outcome(&ended, clock::now_ms());
                self.outcomes.push((ended.what, outcome));
            }
            Event::Finish(until) => self.finish = Some(until),
        }
    }

    /// Whether nothing more can be done before the end.
    fn is_over(&self) -> anyhow::Result<bool> {
        let Some(finish) = self.finish else { return Ok(false) };
        let now = Instant::now();
        if now >= finish {
            return Ok(true);
        }
        if !self.under_way.is_empty() {
            return Ok(false);
        }
        if self.paused_until().is_some_and(|until| until >= finish) {
            return Ok(true);
        }
        let left = i64::try_from(finish.duration_since(now).as_millis()).unwrap_or(i64::MAX);
        let end = clock::now_ms().saturating_add(left);
        Ok(self.queue.borrow().next_due(self.id)?.is_none_or(|due| due > end))
    }

    /// Writes down what became of the attempts that are over.
    fn record_outcomes(&mut self) -> anyhow::Result<()> {
        if !self.outcomes.is_empty() {
            self.queue.borrow_mut().record_outcomes(&self.outcomes, clock::now_ms())?;
            for (what, _) in self.outcomes.drain(..) {
                self.under_way.remove(&what);
            }
        }
        Ok(())
    }

    fn outcome(&mut self, ended: &FinishedAttempt, now: i64) -> Outcome {
        tracing::debug!(
            channel = self.channel.name,
            attempt = ended.attempts + 1,
            notifications = ended.count,
            milliseconds = ended.started.elapsed().as_millis(),
            result = %ended.delivery,
            "delivery attempt"
        );
        match &ended.delivery {
            Delivery::Done { .. } => {
                if self.failures > 0 {
                    say(&format!("channel {}: delivering again", self.channel.name));
                }
                (self.failures, self.paused) = (0, None);
                self.tally.delivered += ended.count;
                Outcome::Delivered
            }
            Delivery::Never { why } => {
                // The service answers, so there is no reason to pause.
                (self.failures, self.paused) = (0, None);
                self.dead(ended.count, why)
            }
            Delivery::Later { why, after } => {
                self.pause(ended.started, *after, why);
                if self.is_hopeless(ended, now) {
                    let why = format!("given up after {} attempts: {why}", ended.attempts + 1);
                    return self.dead(ended.count, &why);
                }
                let wait = backoff::wait(ended.attempts + 1).max(after.unwrap_or_default());
                Outcome::Later { due: now.saturating_add(millis(wait)), error: why.clone() }
            }
        }
    }

    /// Whether a notification was tried for long enough. Its age alone says little: the program may not
    /// have run, the clock may have been set, somebody may have run `notify retry`.
    fn is_hopeless(&self, ended: &FinishedAttempt, now: i64) -> bool {
        let give_up = self.channel.give_up;
        let tried = ended.attempts + 1 >= ENOUGH_ATTEMPTS || self.began.elapsed() >= give_up;
        tried && now.saturating_sub(ended.made) > millis(give_up)
    }

    fn dead(&mut self, count: u64, why: &str) -> Outcome {
        self.tally.dead += count;
        let name = &self.channel.name;
        if self.tally.dead <= 8 || self.tally.dead.is_power_of_two() {
            say(&format!("channel {name}: dead-lettered: {why}"));
        }
        Outcome::Dead { error: why.to_owned() }
    }

    /// Pauses the whole channel: the next notification would fail in the same way.
    fn pause(&mut self, started: Instant, after: Option<Duration>, why: &str) {
        let now = Instant::now();
        // What the service asks for holds, whatever the attempts under way return.
        self.asked = self.asked.max(after.map(|after| now + after));
        if self.pause_began.is_some_and(|began| started < began) {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        (self.paused, self.pause_began) = (Some(now + backoff::wait(self.failures)), Some(now));
        // Once for each outage; the outbox has the rest.
        if self.failures == 1 {
            say(&format!("channel {}: not delivered, will be retried: {why}", self.channel.name));
        }
    }

    /// Until when the channel pauses: its own backoff, or what the service asked for.
    fn paused_until(&self) -> Option<Instant> {
        self.paused.max(self.asked)
    }

    /// Starts what may start now. Returns when to look again; `None` if an event will come.
    fn start(&mut self) -> anyhow::Result<Option<Instant>> {
        loop {
            let now = Instant::now();
            if self.finish.is_some_and(|finish| now >= finish) {
                return Ok(None);
            }
            if let Some(until) = self.paused_until().filter(|until| *until > now) {
                return Ok(Some(until));
            }
            // After a failure one attempt probes the service.
            let slots = if self.failures > 0 { 1 } else { self.channel.limits.at_once };
            let free = slots.saturating_sub(self.under_way.len());
            if free == 0 {
                return Ok(None);
            }
            if let Some(next) = self.rate.next(now) {
                return Ok(Some(next));
            }
            let clock = clock::now_ms();
            if self.start_batch(now, clock)? {
                continue;
            }
            let most = free.min(self.rate.left(now)).min(64);
            let left = self.flood.left(now);
            if self.channel.limits.flood.is_some() && self.is_flood(left, clock)? {
                let first = now + FIRST_HOLD;
                let hold = self.last_digest.map_or(first, |last| (last + HOLD).max(first));
                let at = *self.gather_at.get_or_insert(hold);
                if at > now && self.finish.is_none() {
                    return Ok(Some(at));
                }
                // What is under way alone must not be in a digest as well: wait for its end.
                if !self.under_way.is_empty() {
                    return Ok(None);
                }
                self.queue.borrow_mut().create_batch(self.id, clock, LARGEST_DIGEST)?;
                (self.gather_at, self.last_digest) = (None, Some(now));
                continue;
            }
            self.gather_at = None;
            if !self.start_singles(most.min(left), now, clock)? {
                return self.look_again(now, clock);
            }
        }
    }

    /// When the next notification is due that is not due now.
    fn look_again(&self, now: Instant, clock: i64) -> anyhow::Result<Option<Instant>> {
        let due = self.queue.borrow().next_due(self.id)?;
        // What is due now is under way, and its end is an event.
        let due = due.filter(|due| *due > clock);
        Ok(due.map(|due| now + Duration::from_millis(u64::try_from(due - clock).unwrap_or(0))))
    }

    /// Whether more is due than flood control lets through one by one.
    fn is_flood(&self, left: usize, clock: i64) -> anyhow::Result<bool> {
        let own = self.under_way.len();
        let due =
            self.queue.borrow().count_due(self.id, clock, left.saturating_add(own).saturating_add(1))?;
        Ok(due.saturating_sub(own) > left)
    }

    fn start_batch(&mut self, now: Instant, clock: i64) -> anyhow::Result<bool> {
        let Some(batch) = self.queue.borrow().batch_due(self.id, clock)? else { return Ok(false) };
        let what = DeliveryId::Batch(batch.id);
        if self.under_way.contains(&what) {
            return Ok(false);
        }
        let mut digest = Digest::new(digest_key(batch.key, batch.made));
        let mut only = None;
        self.queue.borrow().each_of(batch.id, |body| {
            let notification = notification(body);
            digest.add(&notification);
            only = (digest.count == 1).then_some(notification);
        })?;
        let count = digest.count;
        let message = match only {
            Some(notification) => Message::One(Box::new(notification)),
            None => Message::Digest(Box::new(digest)),
        };
        self.attempt(what, batch.attempts, batch.made, count, message, now);
        Ok(true)
    }

    fn start_singles(&mut self, most: usize, now: Instant, clock: i64) -> anyhow::Result<bool> {
        if most == 0 {
            return Ok(false);
        }
        let due = self.queue.borrow().due(self.id, clock, most + self.under_way.len())?;
        let mut started = false;
        for Due { id, attempts, made, body } in due {
            let what = DeliveryId::Delivery(id);
            if self.under_way.contains(&what) {
                continue;
            }
            self.flood.use_one(now);
            self.attempt(what, attempts, made, 1, Message::One(Box::new(notification(&body))), now);
            started = true;
        }
        Ok(started)
    }

    fn attempt(
        &mut self,
        what: DeliveryId,
        attempts: u32,
        made: i64,
        count: u64,
        message: Message,
        now: Instant,
    ) {
        self.rate.use_one(now);
        self.under_way.insert(what);
        let (notifier, sender) = (Arc::clone(&self.channel.notifier), self.sender.clone());
        tokio::task::spawn_local(async move {
            let delivery = notifier.send(&message).await;
            // Where the worker has ended nobody needs the result.
            let _ = sender.send(Event::Ended(FinishedAttempt {
                what,
                attempts,
                made,
                count,
                started: now,
                delivery,
            }));
        });
    }
}

/// The body was written by us; if somebody changed the file, an empty notification is still sent.
fn notification(body: &[u8]) -> Notification {
    serde_json::from_slice(body).unwrap_or_default()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
