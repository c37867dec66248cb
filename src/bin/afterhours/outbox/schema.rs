//! The outbox's tables, and how a connection to them behaves.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// The version of the tables, in the file's `user_version`.
const VERSION: i64 = 1;

/// The table `notices` and the column `notice` hold notifications: existing outboxes have these names.
/// `state` is 0 for pending, 1 for delivered, 2 for dead. Times are milliseconds since 1970.
const TABLES: &str = "
CREATE TABLE channels (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE notices (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, made INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    notice INTEGER NOT NULL REFERENCES notices (id),
    channel INTEGER NOT NULL REFERENCES channels (id),
    state INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    batch INTEGER,
    changed INTEGER NOT NULL,
    error TEXT
);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    channel INTEGER NOT NULL REFERENCES channels (id),
    key BLOB NOT NULL,
    made INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL
);
CREATE INDEX notices_made ON notices (made);
CREATE INDEX deliveries_due ON deliveries (channel, due, id) WHERE state = 0 AND batch IS NULL;
CREATE INDEX deliveries_batch ON deliveries (batch) WHERE state = 0 AND batch IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (channel, id) WHERE state = 2;
CREATE INDEX deliveries_notice ON deliveries (notice);
CREATE INDEX batches_due ON batches (channel, due);
";

/// Makes the tables if they are not there.
pub(super) fn prepare(path: &Path) -> anyhow::Result<Connection> {
    let private = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    private.set_permissions(mode)?;
    drop(private);
    let mut connection = open(path, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        VERSION => drop(transaction),
        newer => {
            return Err(anyhow!(
                "it was made by another version of the program (tables {newer}, here {VERSION})"
            ));
        }
    }
    Ok(connection)
}

/// A connection to tables that are there. What a `durable` one commits is on disk when it is committed; what another commits
/// may be undone by a loss of power, never by the end of a process.
pub(super) fn open(path: &Path, durable: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
    // macOS keeps what is synchronised in the disk's own memory unless it is asked twice; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", durable)?;
    // Two megabytes a connection, whatever waits in the file.
    connection.pragma_update(None, "cache_size", -2048)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // 16 MiB: in a flood the tables themselves are written less often.
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}
