//! Looks into the outbox, and tidies it, for people: while a filter uses it or while none does.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::outbox::{FILE, schema};

/// How many notifications are changed at once, which takes some hundredths of a second, and how long others have between.
const PORTION: usize = 5000;
const BETWEEN: Duration = Duration::from_millis(10);

/// What the outbox holds of one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) channel: String,
    pub(crate) pending: u64,
    pub(crate) delivered: u64,
    pub(crate) dead: u64,
    /// When the oldest pending notification was made, in milliseconds since 1970.
    pub(crate) oldest: Option<i64>,
    /// What was said at the last attempt that failed.
    pub(crate) error: Option<String>,
}

/// A notification that is delivered no more.
#[derive(Debug, Clone)]
pub(crate) struct Dead {
    pub(crate) channel: String,
    pub(crate) attempts: u32,
    /// When it died, in milliseconds since 1970.
    pub(crate) changed: i64,
    pub(crate) error: String,
    /// The notification, as JSON.
    pub(crate) body: Vec<u8>,
}

/// What can be thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Delivered,
    Dead,
}

impl State {
    fn number(self) -> i64 {
        match self {
            State::Pending => 0,
            State::Delivered => 1,
            State::Dead => 2,
        }
    }
}

#[derive(Debug)]
pub(crate) struct OutboxAdmin {
    connection: Connection,
}

impl OutboxAdmin {
    /// `None` where there is no outbox.
    pub(crate) fn open(directory: &Path) -> rusqlite::Result<Option<Self>> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(OutboxAdmin { connection: schema::open(&path, true)? }))
    }

    /// All channels the outbox knows, by name.
    pub(crate) fn counts(&self) -> rusqlite::Result<Vec<Counts>> {
        let mut statement = self.connection.prepare(
            "SELECT c.name, coalesce(sum(d.state = 0), 0), coalesce(sum(d.state = 1), 0), coalesce(sum(d.state = 2), 0),
                    (SELECT n.made FROM deliveries p JOIN notices n ON n.id = p.notice
                     WHERE p.channel = c.id AND p.state = 0 ORDER BY p.id LIMIT 1),
                    (SELECT p.error FROM deliveries p WHERE p.channel = c.id AND p.state <> 1 AND p.error IS NOT NULL
                     ORDER BY p.changed DESC LIMIT 1)
             FROM channels c LEFT JOIN deliveries d ON d.channel = c.id GROUP BY c.id ORDER BY c.name",
        )?;
        let counts = |row: &rusqlite::Row<'_>| {
            Ok(Counts {
                channel: row.get(0)?,
                pending: row.get(1)?,
                delivered: row.get(2)?,
                dead: row.get(3)?,
                oldest: row.get(4)?,
                error: row.get(5)?,
            })
        };
        statement.query_map([], counts)?.collect()
    }

    /// Shows the dead notifications of a channel, or of all, in the order they were made. Whoever looks at them may take his time: the
    /// outbox is not kept from its work meanwhile.
    pub(crate) fn each_dead<E: From<rusqlite::Error>>(
        &self,
        channel: Option<&str>,
        mut each: impl FnMut(Dead) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare(
            "SELECT c.name, d.attempts, d.changed, d.error, n.body, d.id
             FROM deliveries d JOIN notices n ON n.id = d.notice JOIN channels c ON c.id = d.channel
             WHERE d.state = 2 AND (?1 IS NULL OR c.name = ?1) AND d.id > ?2 ORDER BY d.id LIMIT 100",
        )?;
        let dead = |row: &rusqlite::Row<'_>| {
            let dead = Dead {
                channel: row.get(0)?,
                attempts: row.get(1)?,
                changed: row.get(2)?,
                error: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                body: row.get(4)?,
            };
            Ok((dead, row.get(5)?))
        };
        let mut after = 0_i64;
        loop {
            let page: Vec<(Dead, i64)> =
                statement.query_map((channel, after), dead)?.collect::<rusqlite::Result<_>>()?;
            let Some((_, last)) = page.last() else { return Ok(()) };
            after = *last;
            page.into_iter().try_for_each(|(dead, _)| each(dead))?;
        }
    }

    /// Makes dead notifications pending again, and those that wait due at once. Says how many were dead.
    pub(crate) fn retry(&self, channel: Option<&str>, now: i64) -> rusqlite::Result<usize> {
        let revived = self.in_portions(channel, |transaction, channel| {
            transaction.execute(
                "UPDATE deliveries SET state = 0, batch = NULL, attempts = 0, due = ?2, changed = ?2
                 WHERE id IN (SELECT id FROM deliveries WHERE channel = ?1 AND state = 2 LIMIT ?3)",
                (channel, now, PORTION),
            )
        })?;
        self.in_portions(channel, |transaction, channel| {
            transaction.execute(
                "UPDATE deliveries SET due = ?2 WHERE id IN (SELECT id FROM deliveries
                 WHERE channel = ?1 AND state = 0 AND batch IS NULL AND due > ?2 LIMIT ?3)",
                (channel, now, PORTION),
            )
        })?;
        self.in_portions(channel, |transaction, channel| {
            transaction.execute("UPDATE batches SET due = ?2 WHERE channel = ?1", (channel, now)).map(|_| 0)
        })?;
        Ok(revived)
    }

    /// Throws notifications away: those of a state, of a channel or of all, that were made before a time in milliseconds since
    /// 1970. Says how many. The file keeps its size and fills its gaps.
    pub(crate) fn purge(&self, state: State, channel: Option<&str>, before: i64) -> rusqlite::Result<usize> {
        self.connection.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS gone (delivery INTEGER PRIMARY KEY, notice INTEGER NOT NULL)",
        )?;
        let mut after = (0_i64, 0_i64);
        self.in_portions(channel, |transaction, channel| {
            if after.0 != channel {
                after = (channel, 0);
            }
            transaction.execute("DELETE FROM gone", [])?;
            let purged = transaction.execute(
                "INSERT INTO gone SELECT d.id, d.notice FROM deliveries d CROSS JOIN notices n ON n.id = d.notice
                 WHERE d.channel = ?1 AND d.state = ?2 AND n.made < ?3 AND d.id > ?4 ORDER BY d.id LIMIT ?5",
                (channel, state.number(), before, after.1, PORTION),
            )?;
            after.1 = transaction.query_row("SELECT coalesce(max(delivery), ?1) FROM gone", [after.1], |row| row.get(0))?;
            transaction.execute("DELETE FROM deliveries WHERE id IN (SELECT delivery FROM gone)", [])?;
            transaction.execute(
                "DELETE FROM notices WHERE id IN (SELECT notice FROM gone)
                 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notice = notices.id)",
                [],
            )?;
            transaction.execute(
                "DELETE FROM batches WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE batch = batches.id AND state = 0
                 AND batch IS NOT NULL)",
                [],
            )?;
            Ok(purged)
        })
    }

    /// Changes a channel, or each, a portion at a time until one is not full: the filter, which waits for the disk, must find
    /// its turn between them. Says how many were changed.
    fn in_portions(
        &self,
        channel: Option<&str>,
        mut change: impl FnMut(&Transaction<'_>, i64) -> rusqlite::Result<usize>,
    ) -> rusqlite::Result<usize> {
        let mut statement =
            self.connection.prepare("SELECT id FROM channels WHERE ?1 IS NULL OR name = ?1")?;
        let channels: Vec<i64> =
            statement.query_map([channel], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut all = 0;
        for channel in channels {
            loop {
                let transaction =
                    Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
                let changed = change(&transaction, channel)?;
                transaction.commit()?;
                all += changed;
                if changed < PORTION {
                    break;
                }
                std::thread::sleep(BETWEEN);
            }
        }
        Ok(all)
    }

    /// Whether the outbox knows a channel of that name.
    pub(crate) fn knows(&self, channel: &str) -> rusqlite::Result<bool> {
        let found = self
            .connection
            .query_row("SELECT 1 FROM channels WHERE name = ?1", [channel], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }
}
