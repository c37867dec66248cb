//! SIGTERM and SIGINT: a flag for those who work, a pipe for those who wait. A second signal changes nothing.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};

#[derive(Debug)]
pub(crate) struct Signals {
    flag: Arc<AtomicBool>,
    woken: UnixStream,
}

impl Signals {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let (woken, wake) = UnixStream::pair().context("could not open a socket pair for signals")?;
        for signal in [SIGTERM, SIGINT] {
            let both = || {
                // The flag first: who wakes up must find it set.
                signal_hook::flag::register(signal, Arc::clone(&flag))?;
                signal_hook::low_level::pipe::register(signal, wake.try_clone()?)
            };
            both().with_context(|| format!("could not listen for signal {signal}"))?;
        }
        Ok(Signals { flag, woken })
    }

    pub(crate) fn came(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Becomes readable when a signal comes, and stays so.
    pub(crate) fn wake(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}
