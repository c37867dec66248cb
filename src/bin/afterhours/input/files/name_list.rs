//! A list of names, read as they are needed: the one that names them may be at work still.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::input::source::{FailedSource, describe, is_stdin};
use crate::input::stream::Input;
use crate::sys::messages::printable;
use crate::sys::signals::Signals;

/// The longest name that a list may hold, in bytes: sixteen times what Linux opens.
const LONGEST: u64 = 1 << 16;

pub(crate) struct NameList<'l> {
    /// What the list is called.
    path: PathBuf,
    pub(super) on_stdin: bool,
    reader: BufReader<Box<dyn Read + Send + 'l>>,
    /// What ends a name.
    end: u8,
    over: bool,
}

impl<'l> NameList<'l> {
    /// Opens the list that --files-from names.
    pub(crate) fn open(
        path: &Path,
        end: u8,
        signals: &'l Signals,
        output: BorrowedFd<'l>,
    ) -> anyhow::Result<Self> {
        let opened = match is_stdin(path) {
            true => Input::stdin(signals, output),
            false => Input::open(path, signals, output),
        };
        let opened =
            opened.map_err(|error| anyhow!("--files-from: {}: {}", printable(path), describe(&error)))?;
        Ok(Self::new(path.to_owned(), opened, end))
    }

    /// `path` is `-` for stdin.
    pub(super) fn new(path: PathBuf, reader: impl Read + Send + 'l, end: u8) -> Self {
        let on_stdin = is_stdin(&path);
        NameList { path, on_stdin, reader: BufReader::new(Box::new(reader)), end, over: false }
    }

    pub(super) fn next(&mut self) -> Option<Result<PathBuf, FailedSource>> {
        while !self.over {
            let mut name = Vec::new();
            match (&mut self.reader).take(LONGEST).read_until(self.end, &mut name) {
                Ok(_) if name.last() == Some(&self.end) => drop(name.pop()),
                Ok(_) if (name.len() as u64) < LONGEST => self.over = true,
                result => {
                    // What follows is a part of something that nobody named.
                    self.over = true;
                    let long = || format!("it holds a name of more than {LONGEST} bytes; is it a list?");
                    let error = result.err().unwrap_or_else(|| io::Error::other(long()));
                    // Whoever writes will see for himself that nobody reads any more.
                    let gone = error.kind() == ErrorKind::BrokenPipe;
                    return (!gone).then(|| Err(FailedSource::unreadable(&self.path, &error)));
                }
            }
            if !name.is_empty() {
                return Some(Ok(PathBuf::from(std::ffi::OsString::from_vec(name))));
            }
        }
        None
    }
}
