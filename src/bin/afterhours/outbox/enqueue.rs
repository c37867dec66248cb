//! Puts notifications into the outbox. Its user is the filter, who waits for it: a block of notifications is one transaction.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::outbox::OutboxDir;

/// A notification on its way into the outbox.
#[derive(Debug, Clone)]
pub(crate) struct NewNotification {
    /// Equal for two copies of one record.
    pub(crate) key: u128,
    /// The notification, as JSON.
    pub(crate) body: Vec<u8>,
    /// Which channels take it: bit N is the channel at N in the list the writer was opened with.
    pub(crate) channels: u64,
}

/// What became of drafts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Enqueued {
    pub(crate) new: u64,
    /// Those whose key the outbox knew.
    pub(crate) known: u64,
}

#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    channels: Vec<i64>,
}

impl Writer {
    pub(crate) fn open(directory: &OutboxDir, channels: &[&str]) -> rusqlite::Result<Self> {
        let connection = directory.connect(true)?;
        let id = |name: &&str| {
            connection.execute("INSERT INTO channels (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
            connection.query_row("SELECT id FROM channels WHERE name = ?1", [name], |row| row.get(0))
        };
        let channels = channels.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Writer { connection, channels })
    }

    /// The channels' numbers in the outbox, in the order of their names.
    pub(crate) fn channels(&self) -> &[i64] {
        &self.channels
    }

    /// How long others are waited for who use the outbox.
    pub(crate) fn wait_for_others(&self, patience: Duration) -> rusqlite::Result<()> {
        self.connection.busy_timeout(patience)
    }

    /// Puts them all, or none: after an error the outbox is as it was. When it returns, they are on disk. `now` in
    /// milliseconds since 1970.
    pub(crate) fn put(&mut self, drafts: &[NewNotification], now: i64) -> rusqlite::Result<Enqueued> {
        let Writer { connection, channels } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let put = put_all(&transaction, drafts, channels, now)?;
        transaction.commit()?;
        Ok(put)
    }
}

fn put_all(
    transaction: &Transaction<'_>,
    drafts: &[NewNotification],
    channels: &[i64],
    now: i64,
) -> rusqlite::Result<Enqueued> {
    let mut put = Enqueued::default();
    let mut notification = transaction.prepare_cached(
        "INSERT INTO notices (key, made, body) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING",
    )?;
    let mut delivery = transaction
        .prepare_cached("INSERT INTO deliveries (notice, channel, due, changed) VALUES (?1, ?2, ?3, ?3)")?;
    for draft in drafts {
        if notification.execute((draft.key.to_be_bytes(), now, &draft.body))? == 0 {
            put.known += 1;
            continue;
        }
        put.new += 1;
        let id = transaction.last_insert_rowid();
        for (bit, channel) in channels.iter().enumerate() {
            if draft.channels >> bit & 1 == 1 {
                delivery.execute((id, channel, now))?;
            }
        }
    }
    Ok(put)
}
