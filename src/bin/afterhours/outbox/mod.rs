//! The outbox: where notifications wait on disk until they are delivered. One SQLite file, one row a notification, one a notification and
//! channel. What was put into it survives kill -9 and loss of power. Knows no network and no record.
//!
//! SQLite rather than a store of our own or a pure Rust one, because `notify status` and the others look into the file, and
//! change it, while a filter uses it; embedded stores such as redb belong to one process at a time.

mod admin;
mod enqueue;
mod queue;
mod schema;

pub(crate) use crate::outbox::admin::{Counts, Dead, OutboxAdmin, State};
pub(crate) use crate::outbox::enqueue::{NewNotification, Writer};
pub(crate) use crate::outbox::queue::{DeliveryId, DeliveryQueue, Due, Outcome};

use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use rusqlite::Connection;
use rustix::fs::{FlockOperation, flock};

/// The file of the database in the outbox's directory.
const FILE: &str = "outbox.sqlite3";
/// The file that the running filter holds locked; its process number stands in it.
const LOCK: &str = "lock";

/// The outbox's directory, and the right to deliver from it: one process at a time has it.
#[derive(Debug)]
pub(crate) struct OutboxDir {
    directory: PathBuf,
    /// While one connection is open, others need not make the log's file anew.
    _open: Connection,
    /// Behind the connection: it is given back last.
    _lock: File,
}

impl OutboxDir {
    /// Makes the directory if need be, only for its owner: what is in it is about people. Refused while another process has it.
    pub(crate) fn take(directory: &Path) -> anyhow::Result<Self> {
        Self::take_if_free(directory)?.ok_or_else(|| {
            let holder = fs::read_to_string(directory.join(LOCK)).unwrap_or_default();
            let holder = holder.trim().parse::<u32>().map(|id| format!(" (process {id})")).unwrap_or_default();
            let shown = directory.display();
            anyhow!("the outbox {shown} is in use by another afterhours{holder}; give this one its own with --outbox")
        })
    }

    /// The same; `None` while another process has it.
    pub(crate) fn take_if_free(directory: &Path) -> anyhow::Result<Option<Self>> {
        let shown = directory.display();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(|| {
            format!("the outbox {shown} cannot be made; --outbox names another directory")
        })?;
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join(LOCK))
            .with_context(|| {
                format!("the outbox {shown} cannot be written; --outbox names another directory")
            })?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("the outbox {shown} cannot be locked")),
        }
        // Only for the message above: the lock itself is what counts.
        let _ = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        let open = schema::prepare(&directory.join(FILE)).with_context(|| {
            format!("the outbox {shown} cannot be opened; if it is damaged, move it away and start again")
        })?;
        Ok(Some(OutboxDir { directory: directory.to_owned(), _open: open, _lock: lock }))
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A connection to what was prepared.
    fn connect(&self, durable: bool) -> rusqlite::Result<Connection> {
        schema::open(&self.directory.join(FILE), durable)
    }
}

/// Where the outbox is when nobody says so: `$STATE_DIRECTORY` (systemd's `StateDirectory=`), else `afterhours` in
/// `$XDG_STATE_HOME`, else in `~/.local/state`, else in `/var/lib`.
pub(crate) fn default_directory() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // systemd separates several directories by colons; the first is ours.
    let state = variable("STATE_DIRECTORY")
        .and_then(|list| list.to_str().and_then(|list| list.split(':').next()).map(PathBuf::from));
    // The name that --outbox had before.
    variable("AFTERHOURS_SPOOL")
        .or(state)
        .or_else(|| variable("XDG_STATE_HOME").map(|home| home.join("afterhours")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/state/afterhours")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/afterhours"))
}

/// A time of the outbox for people, from milliseconds since 1970.
pub(crate) fn time(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
