//! A pipe, or anything else that may block: read as its bytes come, and decoded if the first ones say that it is compressed.

use std::io::{self, BufReader, Chain, Cursor, Read};

use crate::input::compression::decoder::Decoder;
use crate::input::compression::format::{self, Format};

/// How much of a compressed pipe is read at once, in bytes.
const BLOCK: usize = 128 * 1024;

type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// The text of a pipe. Reading fails before the first byte if its format is not supported.
pub(crate) enum AutoDecoder<'r, R> {
    /// Nothing was read yet.
    New(Option<R>),
    Plain(Rest<R>),
    Compressed(Box<Decoder<'r>>),
}

impl<'r, R: Read + 'r> AutoDecoder<'r, R> {
    pub(crate) fn new(source: R) -> Self {
        AutoDecoder::New(Some(source))
    }

    /// What ended it too early.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        match self {
            AutoDecoder::Compressed(decoder) => decoder.take_error(),
            AutoDecoder::New(_) | AutoDecoder::Plain(_) => None,
        }
    }

    /// Reads until the format is known. Text is known by its first byte, so nothing waits for a second one.
    fn detect(source: &mut R) -> io::Result<Vec<u8>> {
        let mut first = Vec::with_capacity(format::ENOUGH);
        while first.len() < format::ENOUGH && Format::may_change(&first) {
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

impl<'r, R: Read + 'r> Read for AutoDecoder<'r, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let AutoDecoder::New(source) = self {
            let Some(mut source) = source.take() else { return Ok(0) };
            let first = Self::detect(&mut source)?;
            let format = Format::of(&first);
            let rest = Cursor::new(first).chain(source);
            *self = match format {
                Format::Plain => AutoDecoder::Plain(rest),
                Format::Compressed(compression) => {
                    let source = BufReader::with_capacity(BLOCK, rest);
                    AutoDecoder::Compressed(Box::new(Decoder::new(compression, source)?))
                }
                Format::Unsupported(format) => return Err(format.error()),
            };
        }
        match self {
            AutoDecoder::New(_) => Ok(0),
            AutoDecoder::Plain(plain) => plain.read(room),
            AutoDecoder::Compressed(decoder) => decoder.read(room),
        }
    }
}
