//! Bzip2, decoded as a stream; files made of several streams, as pbzip2 and lbzip2 write them, are read to their end.

use std::io;

use bzip2::{Decompress, Status};

use crate::input::compression::codec::{CountedSource, Decode, truncated};

const NAME: &str = "bzip2";

#[derive(Default)]
struct Bzip2 {
    /// The stream that is being decoded.
    stream: Option<Decompress>,
    streams: u64,
}

/// A decoder at the beginning of a file.
pub(super) fn decoder() -> io::Result<Box<dyn Decode>> {
    Ok(Box::new(Bzip2::default()))
}

impl Decode for Bzip2 {
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = source.fill()?;
            let over = packed.is_empty();
            if self.stream.is_none() && self.streams > 0 {
                match packed.first() {
                    None => return Ok(0),
                    Some(b'B') => {}
                    Some(_) => return Err(source.trailing(NAME)),
                }
            }
            let stream = self.stream.get_or_insert_with(|| Decompress::new(false));
            let (taken, given) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(packed, room);
            let taken = (stream.total_in() - taken) as usize;
            let given = (stream.total_out() - given) as usize;
            source.consume(taken);
            match status {
                Ok(Status::StreamEnd) => {
                    self.stream = None;
                    self.streams += 1;
                }
                Ok(_) if taken + given > 0 => {}
                Ok(_) if over => return Err(truncated(NAME)),
                // The bytes of this call are sound; the next call reports the damage again.
                Err(_) if given > 0 => {}
                Ok(_) | Err(_) => return Err(source.damaged(NAME)),
            }
            if given > 0 {
                return Ok(given);
            }
        }
    }
}
