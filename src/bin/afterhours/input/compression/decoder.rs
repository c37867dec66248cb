//! A compressed file as a reader, in bounded memory. Damage ends the reader like the end of the file, because what came out before
//! it is worth evaluating; the error is kept for afterwards.

use std::io::{self, BufRead, Read};
use std::rc::Rc;

use crate::input::compression::codec::{CountedSource, Decode, damage};
use crate::input::compression::format::Compression;
use crate::input::compression::layer_state::LayerState;

/// The largest ratio of decompressed to compressed bytes that is believed. Each CloudTrail record holds two random identifiers of
/// 16 bytes, so logs compress to about 1 in 40.
const LARGEST_RATIO: u64 = 500;
/// Up to so many decompressed bytes, in all, the ratio is not looked at.
const HARMLESS: u64 = 256 << 20;

/// Decodes an input while it is read.
pub(crate) struct Decoder<'r> {
    source: CountedSource<'r>,
    decode: Box<dyn Decode>,
    decoded: u64,
    state: Rc<LayerState>,
    /// Nothing is compressed around it: its input is what the ratio is measured by.
    is_outermost: bool,
}

impl<'r> Decoder<'r> {
    /// Fails if there is no memory.
    pub(super) fn new(
        compression: &Compression,
        source: impl BufRead + 'r,
        state: Rc<LayerState>,
        is_outermost: bool,
    ) -> io::Result<Self> {
        let (source, decode) = (CountedSource::new(source), (compression.decoder)()?);
        Ok(Decoder { source, decode, decoded: 0, state, is_outermost })
    }

    fn decode(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.decode.decode(&mut self.source, room)?;
        self.decoded += count as u64;
        if self.is_outermost {
            self.state.packed.set(self.source.consumed());
        }
        let packed = self.state.packed.get();
        if self.decoded > HARMLESS && self.decoded / LARGEST_RATIO > packed {
            return Err(damage(format!(
                "{} bytes came out of {packed}, which no log compresses to; the rest is not read (if the file is right, \
                 decompress it and pipe it to afterhours)",
                self.decoded,
            )));
        }
        Ok(count)
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.state.failed() || room.is_empty() {
            return Ok(0);
        }
        match self.decode(room) {
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {
                Err(error)
            }
            Err(error) => {
                self.state.fail(error);
                Ok(0)
            }
            count => count,
        }
    }
}
