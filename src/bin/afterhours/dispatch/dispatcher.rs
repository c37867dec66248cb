//! The desk between filter and outbox: makes notices of alerts for those who take them, and puts them on disk before their
//! lines go out.

use std::sync::Arc;
use std::time::Duration;

use afterhours::filter::{Alert, Unreadable};
use afterhours::rules::Severity;
use anyhow::Context as _;

use crate::channels::{Channel, Takes};
use crate::dispatch::write_buffer::Intake;
use crate::dispatch::{Courier, Tally};
use crate::notify::Notice;
use crate::outbox::{Draft, Spool, Writer};
use crate::sys::clock;
use crate::sys::messages::say;

/// Makes drafts; any thread may have one.
#[derive(Debug, Clone)]
pub(crate) struct Clerk {
    takes: Arc<[Takes]>,
    /// Beyond this age, in seconds, nobody takes an event.
    oldest: i64,
}

impl Clerk {
    fn new(channels: &[Channel]) -> Self {
        let takes: Arc<[Takes]> = channels.iter().map(|channel| channel.takes.clone()).collect();
        let seconds = |takes: &Takes| {
            takes.max_age.map_or(i64::MAX, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
        };
        let oldest = takes.iter().map(seconds).max().unwrap_or(0);
        Clerk { takes, oldest }
    }

    /// The draft of a sign-in, if anybody takes it.
    pub(crate) fn alert(&self, alert: &Alert<'_>) -> Option<Draft> {
        if alert.tag.reason.is_some_and(|reason| reason.is_inside()) {
            return None;
        }
        let now = clock::now_ms() / 1000;
        // Cheap, and true of all but a few in a backfill.
        if alert.sign_in.time.seconds().is_some_and(|time| now.saturating_sub(time) > self.oldest) {
            return None;
        }
        self.draft(&Notice::of(alert)?, alert.tag.severity, now)
    }

    /// The draft of a text that may be a sign-in.
    pub(crate) fn unreadable(&self, unreadable: &Unreadable<'_>) -> Option<Draft> {
        let severity = Severity::Low;
        self.draft(&Notice::of_unreadable(unreadable, severity), severity, clock::now_ms() / 1000)
    }

    fn draft(&self, notice: &Notice, severity: Severity, now: i64) -> Option<Draft> {
        let bits = self.takes.iter().enumerate().filter(|(_, takes)| takes.take(notice, severity, now));
        let channels = bits.fold(0, |channels, (bit, _)| channels | 1 << bit);
        let key = u128::from_str_radix(&notice.key, 16).ok()?;
        let body = serde_json::to_vec(notice).ok()?;
        (channels != 0).then_some(Draft { key, body, channels })
    }
}

/// What was put into the outbox, and what came of it.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Told {
    /// Notices put into the outbox.
    pub(crate) queued: u64,
    /// Copies of records whose notice the outbox had.
    pub(crate) duplicates: u64,
    /// Notices the disk did not take.
    pub(crate) lost: u64,
    /// Delivered, counted once a channel.
    pub(crate) delivered: u64,
    /// Refused for good.
    pub(crate) dead: u64,
    /// Waiting in the outbox still.
    pub(crate) pending: u64,
}

#[derive(Debug)]
pub(crate) struct Desk {
    clerk: Clerk,
    intake: Intake,
    courier: Courier,
    /// Taken, and not put on disk yet.
    drafts: Vec<Draft>,
    directory: String,
}

impl Desk {
    /// Opens the outbox and starts to deliver what is in it.
    pub(crate) fn open(directory: &std::path::Path, channels: Vec<Channel>) -> anyhow::Result<Self> {
        Self::over(Spool::take(directory)?, channels)
    }

    /// The same over an outbox that was opened before.
    pub(crate) fn over(spool: Spool, channels: Vec<Channel>) -> anyhow::Result<Self> {
        let directory = spool.directory().display().to_string();
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        let unusable = || format!("the outbox {directory} cannot be used");
        let writer = Writer::open(&spool, &names).with_context(unusable)?;
        let clerk = Clerk::new(&channels);
        let channels = writer.channels().iter().copied().zip(channels).collect();
        let intake = Intake::new(writer, directory.clone()).with_context(unusable)?;
        let courier = Courier::start(spool, channels).with_context(unusable)?;
        Ok(Desk { clerk, intake, courier, drafts: Vec::new(), directory })
    }

    pub(crate) fn clerk(&self) -> &Clerk {
        &self.clerk
    }

    pub(crate) fn take(&mut self, drafts: impl IntoIterator<Item = Draft>) {
        self.drafts.extend(drafts);
    }

    /// Whether nothing waits to be put on disk.
    pub(crate) fn is_idle(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Puts what was taken on disk; says whether all of it is there. If not, lines may go out all the same: what is lost is
    /// counted and told.
    pub(crate) fn commit(&mut self) -> bool {
        if self.drafts.is_empty() {
            return true;
        }
        let put = self.intake.put(&mut self.drafts);
        if put {
            self.courier.nudge();
        }
        put
    }

    /// Delivers for so long what is in the outbox, and closes it.
    pub(crate) fn close(mut self, patience: Duration) -> Told {
        self.commit();
        let Desk { courier, intake, directory, .. } = self;
        let taken = intake.close();
        // What went wrong was said when it did; then all that was queued waits.
        let tally = courier.finish(patience).unwrap_or(Tally { pending: taken.new, ..Tally::default() });
        let Tally { delivered, dead, pending } = tally;
        let told =
            Told { queued: taken.new, duplicates: taken.known, lost: taken.lost, delivered, dead, pending };
        if told.lost > 0 {
            say(&format!("{} NOTICES ARE LOST: the outbox {directory} could not be written", told.lost));
        }
        if told.dead > 0 {
            say(&format!("{} notices were refused for good; `afterhours notify dead` tells why", told.dead));
        }
        if told.pending > 0 {
            say(&format!(
                "{} notices are not delivered yet and stay in the outbox {directory}; the next run delivers them",
                told.pending
            ));
        }
        told
    }
}
