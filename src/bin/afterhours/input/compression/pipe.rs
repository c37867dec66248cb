//! A pipe, or whatever else may wait for ever: read as it comes, and unpacked if its first bytes say that it is packed.

use std::io::{self, BufReader, Chain, Cursor, Read};

use crate::input::compression::decoder;
use crate::input::compression::decoder::Unpacked;
use crate::input::compression::format;
use crate::input::compression::format::Form;

/// How much of a packed pipe is read at once, in bytes.
const BLOCK: usize = 128 * 1024;

type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// What comes out of a pipe. Fails before the first byte where it is packed in a way that is not read here.
pub(crate) enum Piped<R> {
    /// Nothing was read yet.
    New(Option<R>),
    Plain(Rest<R>),
    Packed(Box<Unpacked<BufReader<Rest<R>>>>),
}

impl<R: Read> Piped<R> {
    pub(crate) fn new(source: R) -> Self {
        Piped::New(Some(source))
    }

    /// What ended it too early.
    pub(crate) fn trouble(&mut self) -> Option<io::Error> {
        match self {
            Piped::Packed(unpacked) => unpacked.trouble(),
            Piped::New(_) | Piped::Plain(_) => None,
        }
    }

    /// Reads until it is known what this is. Text is known by its first byte: nobody waits for more.
    fn recognise(source: &mut R) -> io::Result<Vec<u8>> {
        let mut first = Vec::with_capacity(format::ENOUGH);
        while first.len() < format::ENOUGH && Form::may_change(&first) {
            let mut room = [0; format::ENOUGH];
            let room = &mut room[first.len()..];
            match source.read(room) {
                Ok(0) => break,
                Ok(count) => first.extend_from_slice(&room[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(first)
    }
}

impl<R: Read> Read for Piped<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Piped::New(source) = self {
            let Some(mut source) = source.take() else { return Ok(0) };
            let first = Self::recognise(&mut source)?;
            let form = Form::of(&first);
            let rest = Cursor::new(first).chain(source);
            let packed = |rest| BufReader::with_capacity(BLOCK, rest);
            *self = match form {
                Form::Plain => Piped::Plain(rest),
                Form::Gzip => Piped::Packed(Box::new(Unpacked::gzip(packed(rest)))),
                Form::Zstd => Piped::Packed(Box::new(Unpacked::zstd(packed(rest))?)),
                Form::Foreign(name, tool) => return Err(decoder::foreign(name, tool)),
            };
        }
        match self {
            Piped::New(_) => Ok(0),
            Piped::Plain(plain) => plain.read(room),
            Piped::Packed(unpacked) => unpacked.read(room),
        }
    }
}
