//! The seam between the places that inputs come from and those who read them: a named input that opens itself. The scheduler and
//! the collector know no paths; a new source (a bucket, a queue) implements [`Source`] and nothing else changes.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind, Seek as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::{Path, PathBuf};

use afterhours::sanitize;

use crate::input::stream::Input;
use crate::sys::messages::printable;
use crate::sys::signals::Signals;

/// The path that means stdin.
pub(crate) const DASH: &str = "-";

/// Whether a path is [`DASH`], to the letter: `./-` is a file.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == DASH
}

/// A named input that opens itself.
pub(crate) trait Source: Debug + Send + Sync {
    /// Its name in messages, safe to print.
    fn name(&self) -> String;

    /// Opens it, if reading it never blocks: a worker reads it then. `None` for a pipe or a device, which is read as a stream
    /// when its turn comes.
    fn open(&self) -> io::Result<Option<File>>;

    /// Opens it as a stream that may block.
    fn stream<'s>(&self, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Input<'s>>;

    /// How much there is to read, for the progress bar.
    fn size(&self) -> Size;

    /// Whether somebody named it, as opposed to a folder that it lies in: then it should hold records.
    fn is_named(&self) -> bool {
        true
    }
}

/// How much there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Bytes(u64),
    /// It ends when it ends.
    Unknown,
    /// Nothing can be read.
    Nothing,
}

/// A file.
#[derive(Debug)]
pub(crate) struct FileSource {
    path: PathBuf,
    is_named: bool,
}

impl Source for FileSource {
    fn name(&self) -> String {
        printable(&self.path)
    }

    fn open(&self) -> io::Result<Option<File>> {
        // Looked at first: opening a pipe may block.
        let metadata = std::fs::metadata(&self.path).map_err(|error| self.explained(error))?;
        if metadata.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        metadata.is_file().then(|| File::open(&self.path)).transpose()
    }

    fn stream<'s>(&self, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Input<'s>> {
        Input::open(&self.path, signals, output)
    }

    fn is_named(&self) -> bool {
        self.is_named
    }

    fn size(&self) -> Size {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => Size::Bytes(metadata.len()),
            Ok(_) => Size::Unknown,
            Err(_) => Size::Nothing,
        }
    }
}

impl FileSource {
    /// A file that was found in a folder.
    pub(crate) fn found(path: PathBuf) -> Self {
        FileSource { path, is_named: false }
    }

    /// A path that is a URL gets the command that reads it.
    fn explained(&self, error: io::Error) -> io::Error {
        let url = sanitize::printable_path(&self.path);
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            _ if error.kind() != ErrorKind::NotFound => error,
            "s3" if url.ends_with('/') => io::Error::other(format!(
                "S3 is not read directly; run: aws s3 sync '{url}' DIR && afterhours DIR"
            )),
            "s3" => {
                io::Error::other(format!("S3 is not read directly; run: aws s3 cp '{url}' - | afterhours"))
            }
            "http" | "https" => {
                io::Error::other(format!("URLs are not read directly; run: curl -sS '{url}' | afterhours"))
            }
            _ => error,
        }
    }
}

/// Standard input.
#[derive(Debug)]
pub(crate) struct Stdin;

impl Source for Stdin {
    fn name(&self) -> String {
        "stdin".to_owned()
    }

    fn open(&self) -> io::Result<Option<File>> {
        let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let unread = file.metadata()?.is_file() && file.stream_position()? == 0;
        Ok(unread.then_some(file))
    }

    fn stream<'s>(&self, signals: &'s Signals, output: BorrowedFd<'s>) -> io::Result<Input<'s>> {
        Input::stdin(signals, output)
    }

    fn size(&self) -> Size {
        Size::Unknown
    }
}

/// Something that could not be listed: its error is reported when its turn comes.
#[derive(Debug)]
pub(crate) struct FailedSource {
    name: String,
    error: String,
}

impl FailedSource {
    pub(crate) fn new(name: String, error: String) -> Self {
        FailedSource { name, error }
    }

    /// A folder, or a list of names, that cannot be read, or not to its end.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        FailedSource { name: printable(path), error: describe(error) }
    }
}

impl Source for FailedSource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn open(&self) -> io::Result<Option<File>> {
        Err(io::Error::other(self.error.clone()))
    }

    fn stream<'s>(&self, _: &'s Signals, _: BorrowedFd<'s>) -> io::Result<Input<'s>> {
        Err(io::Error::other(self.error.clone()))
    }

    fn size(&self) -> Size {
        Size::Nothing
    }
}

/// The inputs, in order, made as they are asked for.
pub(crate) type Inputs<'i> = dyn Iterator<Item = Box<dyn Source>> + Send + 'i;

/// The source that a path names.
pub(crate) fn from_path(path: PathBuf) -> Box<dyn Source> {
    match is_stdin(&path) {
        true => Box::new(Stdin),
        false => Box::new(FileSource { path, is_named: true }),
    }
}

/// Why an input cannot be read.
pub(crate) fn describe(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "may not be read (permission denied)".to_owned(),
        ErrorKind::IsADirectory => "is a directory; name the files in it".to_owned(),
        _ => error.to_string(),
    }
}
