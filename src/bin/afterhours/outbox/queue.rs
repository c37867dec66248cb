//! What is due, and what became of it. Used by the delivery thread.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::outbox::OutboxDir;

/// How far ahead a due time may honestly lie, in milliseconds: the longest wait that a service is granted is an hour. Beyond
/// it, the clock was set back.
const HORIZON: i64 = 2 * 3600 * 1000;
/// For how long the keys of delivered notifications are known, in milliseconds: a copy of a record that comes later is notified again.
const KNOWN_FOR: i64 = 7 * 86_400_000;
/// For how long dead ones can be looked at.
const DEAD_FOR: i64 = 90 * 86_400_000;

/// A notification that is to be delivered now.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) id: i64,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// Milliseconds since 1970.
    pub(crate) made: i64,
    pub(crate) body: Vec<u8>,
}

/// Notifications that are to be delivered as one digest. Once made it stays as it is, so that it is the same on every attempt.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) id: i64,
    pub(crate) attempts: u32,
    pub(crate) made: i64,
    pub(crate) key: u128,
}

/// What an outcome is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DeliveryId {
    Delivery(i64),
    Batch(i64),
}

/// What became of an attempt. Times in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    /// Not now; due again then.
    Later {
        due: i64,
        error: String,
    },
    Dead {
        error: String,
    },
}

#[derive(Debug)]
pub(crate) struct DeliveryQueue {
    connection: Connection,
}

impl DeliveryQueue {
    pub(crate) fn open(directory: &OutboxDir) -> rusqlite::Result<Self> {
        Ok(DeliveryQueue { connection: directory.connect(false)? })
    }

    /// The channel's notifications that are due, the oldest first, at most so many.
    pub(crate) fn due(&self, channel: i64, now: i64, most: usize) -> rusqlite::Result<Vec<Due>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.id, d.attempts, n.made, n.body FROM deliveries d JOIN notices n ON n.id = d.notice
             WHERE d.channel = ?1 AND d.state = 0 AND d.batch IS NULL AND d.due <= ?2 ORDER BY d.due, d.id LIMIT ?3",
        )?;
        let due = |row: &rusqlite::Row<'_>| {
            Ok(Due { id: row.get(0)?, attempts: row.get(1)?, made: row.get(2)?, body: row.get(3)? })
        };
        statement.query_map((channel, now, limit(most)), due)?.collect()
    }

    /// How many of the channel's notifications are due, counted to at most so many.
    pub(crate) fn count_due(&self, channel: i64, now: i64, most: usize) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM deliveries
             WHERE channel = ?1 AND state = 0 AND batch IS NULL AND due <= ?2 LIMIT ?3)",
        )?;
        statement.query_row((channel, now, limit(most)), |row| row.get(0))
    }

    /// When the channel's next notification or digest is due; `None` if nothing is pending.
    pub(crate) fn next_due(&self, channel: i64) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT min(due) FROM (
                 SELECT min(due) AS due FROM deliveries WHERE channel = ?1 AND state = 0 AND batch IS NULL
                 UNION ALL SELECT min(due) FROM batches WHERE channel = ?1)",
        )?;
        statement.query_row([channel], |row| row.get(0))
    }

    /// How many of the channel's notifications are pending, in digests or not.
    pub(crate) fn count_pending(&self, channel: i64) -> rusqlite::Result<u64> {
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT count(*) FROM deliveries WHERE channel = ?1 AND state = 0 AND batch IS NULL)
                  + (SELECT count(*) FROM batches b JOIN deliveries d ON d.batch = b.id
                     WHERE b.channel = ?1 AND d.state = 0 AND d.batch IS NOT NULL)",
        )?;
        statement.query_row([channel], |row| row.get(0))
    }

    /// The channel's digest that is due, if one is.
    pub(crate) fn batch_due(&self, channel: i64, now: i64) -> rusqlite::Result<Option<Batch>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, attempts, made, key FROM batches WHERE channel = ?1 AND due <= ?2 ORDER BY due, id LIMIT 1",
        )?;
        let batch = |row: &rusqlite::Row<'_>| {
            let key: [u8; 16] = row.get(3)?;
            Ok(Batch {
                id: row.get(0)?,
                attempts: row.get(1)?,
                made: row.get(2)?,
                key: u128::from_be_bytes(key),
            })
        };
        statement.query_row((channel, now), batch).optional()
    }

    /// Makes a digest of the channel's notifications that are due, the oldest first, at most so many.
    pub(crate) fn create_batch(&mut self, channel: i64, now: i64, most: usize) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = transaction.execute(
            "INSERT INTO batches (channel, key, made, due)
             SELECT ?1, n.key, ?2, ?2 FROM deliveries d JOIN notices n ON n.id = d.notice
             WHERE d.channel = ?1 AND d.state = 0 AND d.batch IS NULL AND d.due <= ?2 ORDER BY d.due, d.id LIMIT 1",
            (channel, now),
        )?;
        if made == 0 {
            return Ok(());
        }
        let batch = transaction.last_insert_rowid();
        transaction.execute(
            "UPDATE deliveries SET batch = ?1 WHERE id IN (SELECT id FROM deliveries
             WHERE channel = ?2 AND state = 0 AND batch IS NULL AND due <= ?3 ORDER BY due, id LIMIT ?4)",
            (batch, channel, now, limit(most)),
        )?;
        transaction.commit()
    }

    /// Shows the bodies of a digest's notifications, one by one.
    pub(crate) fn each_of(&self, batch: i64, mut each: impl FnMut(&[u8])) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n.body FROM deliveries d JOIN notices n ON n.id = d.notice
             WHERE d.batch = ?1 AND d.state = 0 AND d.batch IS NOT NULL ORDER BY d.id",
        )?;
        let mut rows = statement.query([batch])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(())
    }

    /// Writes down what became of attempts, all at once.
    pub(crate) fn record_outcomes(
        &mut self,
        outcomes: &[(DeliveryId, Outcome)],
        now: i64,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (what, outcome) in outcomes {
            match what {
                DeliveryId::Delivery(id) => settle_one(&transaction, *id, outcome, now)?,
                DeliveryId::Batch(id) => settle_batch(&transaction, *id, outcome, now)?,
            }
        }
        transaction.commit()
    }

    /// Corrects impossible due times: what was never tried is due, and nothing waits for longer than a service
    /// is granted.
    pub(crate) fn correct_due_times(&self, now: i64) -> rusqlite::Result<()> {
        let ahead = now.saturating_add(HORIZON);
        self.connection.execute(
            "UPDATE deliveries SET due = ?1 WHERE state = 0 AND batch IS NULL AND channel IN (SELECT id FROM channels)
             AND due > ?1 AND (attempts = 0 OR due > ?2)",
            (now, ahead),
        )?;
        self.connection.execute(
            "UPDATE batches SET due = ?1 WHERE due > ?1 AND (attempts = 0 OR due > ?2)",
            (now, ahead),
        )?;
        Ok(())
    }

    /// Forgets what is long over, at most some thousands at a time. Says whether there may be more.
    pub(crate) fn prune(&mut self, now: i64) -> rusqlite::Result<bool> {
        const MOST: i64 = 2000;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS over (id INTEGER PRIMARY KEY); DELETE FROM over;",
        )?;
        let over = transaction.execute(
            "INSERT INTO over SELECT id FROM notices n WHERE made < ?1 AND NOT EXISTS (
                 SELECT 1 FROM deliveries d WHERE d.notice = n.id
                 AND (d.state = 0 OR d.changed >= ?1 OR d.state = 2 AND d.changed >= ?2))
             ORDER BY made LIMIT ?3",
            (now.saturating_sub(KNOWN_FOR), now.saturating_sub(DEAD_FOR), MOST),
        )?;
        transaction.execute("DELETE FROM deliveries WHERE notice IN (SELECT id FROM over)", [])?;
        transaction.execute("DELETE FROM notices WHERE id IN (SELECT id FROM over)", [])?;
        transaction.commit()?;
        Ok(i64::try_from(over).is_ok_and(|over| over == MOST))
    }
}

fn settle_one(transaction: &Transaction<'_>, id: i64, outcome: &Outcome, now: i64) -> rusqlite::Result<()> {
    let (state, due, error) = parts(outcome);
    let mut statement = transaction.prepare_cached(
        "UPDATE deliveries SET state = ?2, attempts = attempts + 1, due = coalesce(?3, due), changed = ?4, error = ?5
         WHERE id = ?1 AND state = 0",
    )?;
    statement.execute((id, state, due, now, error)).map(drop)
}

fn settle_batch(transaction: &Transaction<'_>, id: i64, outcome: &Outcome, now: i64) -> rusqlite::Result<()> {
    let (state, due, error) = parts(outcome);
    if let Some(due) = due {
        let mut statement = transaction
            .prepare_cached("UPDATE batches SET attempts = attempts + 1, due = ?2 WHERE id = ?1")?;
        statement.execute((id, due))?;
        let mut statement = transaction.prepare_cached(
            "UPDATE deliveries SET attempts = attempts + 1, changed = ?2, error = ?3
             WHERE batch = ?1 AND state = 0 AND batch IS NOT NULL",
        )?;
        return statement.execute((id, now, error)).map(drop);
    }
    let mut statement = transaction.prepare_cached(
        "UPDATE deliveries SET state = ?2, attempts = attempts + 1, changed = ?3, error = ?4
         WHERE batch = ?1 AND state = 0 AND batch IS NOT NULL",
    )?;
    statement.execute((id, state, now, error))?;
    transaction.execute("DELETE FROM batches WHERE id = ?1", [id]).map(drop)
}

/// State, due time, error.
fn parts(outcome: &Outcome) -> (i64, Option<i64>, Option<&str>) {
    match outcome {
        Outcome::Delivered => (1, None, None),
        Outcome::Later { due, error } => (0, Some(*due), Some(error)),
        Outcome::Dead { error } => (2, None, Some(error)),
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
