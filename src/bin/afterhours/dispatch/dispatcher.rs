//! The handle that sinks hold: routes each alert, and writes its notification to the outbox before
//! the line goes out. Knows no service.

use std::time::Duration;

use anyhow::Context as _;

use crate::dispatch::DeliveryThread;
use crate::dispatch::router::NotificationRouter;
use crate::dispatch::tally::DeliveryStats;
use crate::dispatch::write_buffer::OutboxBuffer;
use crate::notify::channel::Channel;
use crate::outbox::{NewNotification, OutboxDir, Writer};
use crate::sys::messages::{counted, say};

/// What was put into the outbox, and what came of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DispatchStats {
    /// Notifications put into the outbox.
    pub(crate) queued: u64,
    /// Copies of records whose notification the outbox had.
    pub(crate) duplicates: u64,
    /// Notifications that could not be written.
    pub(crate) lost: u64,
    /// Delivered; counted once for each channel.
    pub(crate) delivered: u64,
    /// Dead-lettered.
    pub(crate) dead: u64,
    /// Still in the outbox.
    pub(crate) pending: u64,
}

#[derive(Debug)]
pub(crate) struct Dispatcher {
    router: NotificationRouter,
    buffer: OutboxBuffer,
    delivery_thread: DeliveryThread,
    /// Not on disk yet.
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

    /// Whether everything is on disk.
    pub(crate) fn is_idle(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Writes what was taken to the outbox; returns whether all of it is on disk. If not, the lines may
    /// go out all the same: what is lost is counted and reported.
    pub(crate) fn commit(&mut self) -> bool {
        if self.drafts.is_empty() {
            return true;
        }
        let put = self.buffer.put(&mut self.drafts);
        if put {
            self.delivery_thread.wake();
        }
        put
    }

    /// Delivers for at most `patience`, and closes the outbox.
    pub(crate) fn close(mut self, patience: Duration) -> DispatchStats {
        self.commit();
        let Dispatcher { delivery_thread, buffer, directory, .. } = self;
        let taken = buffer.close();
        // The error was reported when it happened; then all that was queued is pending.
        let tally = delivery_thread
            .finish(patience)
            .unwrap_or(DeliveryStats { pending: taken.new, ..DeliveryStats::default() });
        let DeliveryStats { delivered, dead, pending } = tally;
        let stats = DispatchStats {
            queued: taken.new,
            duplicates: taken.known,
            lost: taken.lost,
            delivered,
            dead,
            pending,
        };
        if stats.lost > 0 {
            let lost = counted(stats.lost, "notification");
            say(&format!("{lost} lost: the outbox {directory} could not be written"));
        }
        if stats.dead > 0 {
            let dead = counted(stats.dead, "notification");
            say(&format!("{dead} dead-lettered; `afterhours notify dead` lists them with the reason"));
        }
        if stats.pending > 0 {
            say(&format!(
                "{} not delivered yet, kept in the outbox {directory}; the next run delivers them",
                counted(stats.pending, "notification")
            ));
        }
        stats
    }
}
