//! The desk between filter and outbox: makes notifications of alerts for those who take them, and puts them on disk before their
//! lines go out.

use std::time::Duration;

use anyhow::Context as _;

use crate::dispatch::DeliveryThread;
use crate::dispatch::router::NotificationRouter;
use crate::dispatch::tally::DeliveryStats;
use crate::dispatch::write_buffer::OutboxBuffer;
use crate::notify::channel::Channel;
use crate::outbox::{NewNotification, OutboxDir, Writer};
use crate::sys::messages::say;

/// What was put into the outbox, and what came of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DispatchStats {
    /// Notifications put into the outbox.
    pub(crate) queued: u64,
    /// Copies of records whose notification the outbox had.
    pub(crate) duplicates: u64,
    /// Notifications the disk did not take.
    pub(crate) lost: u64,
    /// Delivered, counted once a channel.
    pub(crate) delivered: u64,
    /// Refused for good.
    pub(crate) dead: u64,
    /// Waiting in the outbox still.
    pub(crate) pending: u64,
}

#[derive(Debug)]
pub(crate) struct Dispatcher {
    router: NotificationRouter,
    buffer: OutboxBuffer,
    delivery_thread: DeliveryThread,
    /// Taken, and not put on disk yet.
    drafts: Vec<NewNotification>,
    directory: String,
}

impl Dispatcher {
    /// Opens the outbox and starts to deliver what is in it.
    pub(crate) fn open(directory: &std::path::Path, channels: Vec<Channel>) -> anyhow::Result<Self> {
        Self::over(OutboxDir::take(directory)?, channels)
    }

    /// The same over an outbox that was opened before.
    pub(crate) fn over(outbox: OutboxDir, channels: Vec<Channel>) -> anyhow::Result<Self> {
        let directory = outbox.directory().display().to_string();
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        let unusable = || format!("the outbox {directory} cannot be used");
        let writer = Writer::open(&outbox, &names).with_context(unusable)?;
        let router = NotificationRouter::new(&channels);
        let channels = writer.channels().iter().copied().zip(channels).collect();
        let buffer = OutboxBuffer::new(writer, directory.clone()).with_context(unusable)?;
        let delivery_thread = DeliveryThread::start(outbox, channels).with_context(unusable)?;
        Ok(Dispatcher { router, buffer, delivery_thread, drafts: Vec::new(), directory })
    }

    pub(crate) fn router(&self) -> &NotificationRouter {
        &self.router
    }

    pub(crate) fn take(&mut self, drafts: impl IntoIterator<Item = NewNotification>) {
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
        let put = self.buffer.put(&mut self.drafts);
        if put {
            self.delivery_thread.nudge();
        }
        put
    }

    /// Delivers for so long what is in the outbox, and closes it.
    pub(crate) fn close(mut self, patience: Duration) -> DispatchStats {
        self.commit();
        let Dispatcher { delivery_thread, buffer, directory, .. } = self;
        let taken = buffer.close();
        // What went wrong was said when it did; then all that was queued waits.
        let tally = delivery_thread
            .finish(patience)
            .unwrap_or(DeliveryStats { pending: taken.new, ..DeliveryStats::default() });
        let DeliveryStats { delivered, dead, pending } = tally;
        let told = DispatchStats {
            queued: taken.new,
            duplicates: taken.known,
            lost: taken.lost,
            delivered,
            dead,
            pending,
        };
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
