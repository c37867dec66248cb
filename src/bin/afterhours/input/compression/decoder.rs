//! A compressed file as a reader, in bounded memory. Damage ends the reader like the end of the file, because what came out before
//! it is worth evaluating; the error is kept for afterwards.

use std::io::{self, BufRead, Read};

use crate::input::compression::codec::{CountedSource, Decode, damage};
use crate::input::compression::format::Compression;
use crate::input::compression::sniff::{FormatSniffer, UnsupportedFormat};

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
    sniffer: FormatSniffer,
    error: Option<io::Error>,
}

impl<'r> Decoder<'r> {
    /// Fails if there is no memory.
    pub(crate) fn new(compression: &Compression, source: impl BufRead + 'r) -> io::Result<Self> {
        Ok(Decoder {
            source: CountedSource::new(source),
            decode: (compression.decoder)()?,
            decoded: 0,
            sniffer: FormatSniffer::default(),
            error: None,
        })
    }

    /// What ended it too early.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn decode(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.decode.decode(&mut self.source, room)?;
        self.decoded += count as u64;
        // A file that was compressed twice by mistake.
        self.sniffer.see(&room[..count]).map_err(|UnsupportedFormat { name, tool }| {
            damage(format!(
                "the file is {name} again after decompression, which is not supported; decompress it once, then run: \
                 {tool} FILE | afterhours"
            ))
        })?;
        if self.decoded > HARMLESS && self.decoded / LARGEST_RATIO > self.source.consumed() {
            return Err(damage(format!(
                "{} bytes came out of {}, which no log compresses to; the rest is not read (if the file is right, decompress \
                 it and pipe it to afterhours)",
                self.decoded,
                self.source.consumed()
            )));
        }
        Ok(count)
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.error.is_some() || room.is_empty() {
            return Ok(0);
        }
        match self.decode(room) {
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {
                Err(error)
            }
            Err(error) => {
                self.error = Some(error);
                Ok(0)
            }
            count => count,
        }
    }
}
