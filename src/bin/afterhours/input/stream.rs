//! Reads files and streams. A stream is waited for together with the signals and with the reader of our output, so that
//! an idle filter ends when it should.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::sys::signals::Signals;

/// The size asked for the pipe on stdin, in bytes: the largest that Linux gives without privileges.
const PIPE: usize = 1 << 20;

/// An input, and how to read it.
pub(crate) struct Input<'s> {
    file: File,
    kind: Kind,
    signals: &'s Signals,
    output: BorrowedFd<'s>,
    /// How much may still be read after a signal: what a full pipe holds.
    grace: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Never blocks.
    Regular,
    /// May block before a byte comes: pipe, socket, terminal.
    Stream,
}

/// The reader of our output went away while we waited for input.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl std::fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the reader of the output went away")
    }
}

impl std::error::Error for ReaderGone {}

impl<'s> Input<'s> {
    pub(crate) fn stdin(signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Self> {
        let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Self::new(file, signals, output)
    }

    pub(crate) fn open(path: &Path, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Self> {
        Self::new(File::open(path)?, signals, output)
    }

    fn new(file: File, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "is a directory"));
        }
        let kind = if metadata.is_file() { Kind::Regular } else { Kind::Stream };
        if kind == Kind::Stream {
            enlarge_pipe(&file);
        }
        Ok(Input { file, kind, signals, output, grace: PIPE })
    }

    /// A file that was opened before.
    pub(crate) fn opened(file: File, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Self> {
        Self::new(file, signals, output)
    }

    /// A second handle, to see whether there is more.
    pub(crate) fn watch(&self) -> Option<OwnedFd> {
        self.file.as_fd().try_clone_to_owned().ok()
    }

    /// Goes to an offset of a regular file.
    pub(crate) fn skip(&mut self, offset: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset)).map(drop)
    }

    /// Asks whether the run should end before the next read. Streams notification signals while they wait.
    pub(crate) fn interruption(&self) -> impl Fn() -> bool + use<'s> {
        let signals = self.signals;
        let regular = self.kind == Kind::Regular;
        move || regular && signals.came()
    }

    /// Waits for input, a signal, or the reader's going away; says whether to read.
    fn wait(&self) -> io::Result<bool> {
        loop {
            let mut waiting = [
                PollFd::new(&self.file, PollFlags::IN),
                PollFd::from_borrowed_fd(self.signals.wake(), PollFlags::IN),
                // No event is requested: poll(2) reports errors and hang-ups anyway.
                PollFd::from_borrowed_fd(self.output, PollFlags::empty()),
            ];
            // After a signal, only what is there already is read.
            let no_time = Timespec { tv_sec: 0, tv_nsec: 0 };
            let after_signal = self.signals.came();
            match poll(&mut waiting, after_signal.then_some(&no_time)) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let [input, _, output] = waiting.map(|fd| fd.revents());
            if output.intersects(PollFlags::ERR | PollFlags::HUP) {
                return Err(io::Error::new(ErrorKind::BrokenPipe, ReaderGone));
            }
            // Hang-ups and errors of the input are for read to tell.
            if !input.is_empty() {
                return Ok(true);
            }
            if after_signal {
                return Ok(false);
            }
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.kind == Kind::Regular {
            return self.file.read(buffer);
        }
        if !self.wait()? {
            return Ok(0);
        }
        if !self.signals.came() {
            return self.file.read(buffer);
        }
        let room = buffer.len().min(self.grace);
        let count = self.file.read(&mut buffer[..room])?;
        self.grace -= count;
        Ok(count)
    }
}

fn enlarge_pipe(file: &File) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // Fails on anything but a pipe, and where the system allows no more; both are fine.
        let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = file;
}
