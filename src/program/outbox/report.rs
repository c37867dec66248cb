//! Looks into the outbox, and tidies it, for people: while a filter uses it or while none does.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::{FILE, schema};

/// What the outbox holds of one channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) channel: String,
    pub(crate) pending: u64,
    pub(crate) delivered: u64,
    pub(crate) dead: u64,
    /// When the oldest pending notice was made, in milliseconds since 1970.
    pub(crate) oldest: Option<i64>,
    /// What was said at the last attempt that failed.
    pub(crate) error: Option<String>,
}

/// A notice that is delivered no more.
#[derive(Debug, Clone)]
pub(crate) struct Dead {
    pub(crate) channel: String,
    pub(crate) attempts: u32,
    /// When it died, in milliseconds since 1970.
    pub(crate) changed: i64,
    pub(crate) error: String,
    /// The notice, as JSON.
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
pub(crate) struct Report {
    connection: Connection,
}

impl Report {
    /// `None` where there is no outbox.
    pub(crate) fn open(directory: &Path) -> rusqlite::Result<Option<Self>> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(Report { connection: schema::open(&path, true)? }))
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

    /// Shows the dead notices of a channel, or of all, in the order they died.
    pub(crate) fn each_dead<E: From<rusqlite::Error>>(
        &self,
        channel: Option<&str>,
        mut each: impl FnMut(Dead) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.connection.prepare(
            "SELECT c.name, d.attempts, d.changed, d.error, n.body
             FROM deliveries d JOIN notices n ON n.id = d.notice JOIN channels c ON c.id = d.channel
             WHERE d.state = 2 AND (?1 IS NULL OR c.name = ?1) ORDER BY d.changed, d.id",
        )?;
        let mut rows = statement.query([channel])?;
        while let Some(row) = rows.next()? {
            each(Dead {
                channel: row.get(0)?,
                attempts: row.get(1)?,
                changed: row.get(2)?,
                error: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                body: row.get(4)?,
            })?;
        }
        Ok(())
    }

    /// Makes dead notices pending again, and those that wait due at once. Says how many were dead.
    pub(crate) fn retry(&self, channel: Option<&str>, now: i64) -> rusqlite::Result<usize> {
        let transaction = self.connection.unchecked_transaction()?;
        let revived = transaction.execute(
            "UPDATE deliveries SET state = 0, batch = NULL, attempts = 0, due = ?2, changed = ?2
             WHERE state = 2 AND (?1 IS NULL OR channel = (SELECT id FROM channels WHERE name = ?1))",
            (channel, now),
        )?;
        transaction.execute(
            "UPDATE deliveries SET due = ?2
             WHERE state = 0 AND batch IS NULL AND (?1 IS NULL OR channel = (SELECT id FROM channels WHERE name = ?1))",
            (channel, now),
        )?;
        transaction.execute(
            "UPDATE batches SET due = ?2 WHERE ?1 IS NULL OR channel = (SELECT id FROM channels WHERE name = ?1)",
            (channel, now),
        )?;
        transaction.commit()?;
        Ok(revived)
    }

    /// Throws notices away: those of a state, of a channel or of all, that were made before a time in milliseconds since
    /// 1970. Says how many. The file keeps its size and fills its gaps.
    pub(crate) fn purge(&self, state: State, channel: Option<&str>, before: i64) -> rusqlite::Result<usize> {
        let transaction = self.connection.unchecked_transaction()?;
        let purged = transaction.execute(
            "DELETE FROM deliveries WHERE state = ?1
             AND (?2 IS NULL OR channel = (SELECT id FROM channels WHERE name = ?2))
             AND notice IN (SELECT id FROM notices WHERE made < ?3)",
            (state.number(), channel, before),
        )?;
        transaction.execute(
            "DELETE FROM notices WHERE made < ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE notice = notices.id)",
            [before],
        )?;
        transaction.execute(
            "DELETE FROM batches WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE batch = batches.id AND state = 0)",
            [],
        )?;
        transaction.commit()?;
        Ok(purged)
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
