//! Zstandard, decoded as a stream of frames (RFC 8878).

use std::io;

use zstd::stream::raw::{Decoder, Operation as _};

use crate::input::compression::codec::{CountedSource, Decode, damage, truncated};

const NAME: &str = "zstd";

struct Zstd {
    frame: Decoder<'static>,
    /// No frame is open.
    between: bool,
    frames: u64,
}

/// A decoder at the beginning of a file. Fails if there is no memory.
pub(super) fn decoder() -> io::Result<Box<dyn Decode>> {
    Ok(Box::new(Zstd { frame: Decoder::new()?, between: true, frames: 0 }))
}

impl Decode for Zstd {
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = source.fill()?;
            let over = packed.is_empty();
            if over && self.between {
                return Ok(0);
            }
            let status = match self.frame.run_on_buffers(packed, room) {
                Ok(status) => status,
                Err(_) if self.between && self.frames > 0 => return Err(source.trailing(NAME)),
                Err(error) => return Err(described(&error, source.consumed())),
            };
            source.consume(status.bytes_read);
            self.between = status.remaining == 0;
            self.frames += u64::from(self.between);
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if over {
                return Err(truncated(NAME));
            }
        }
    }
}

/// Why the library refused the data. Not all of that is damage, and only the text of its error tells.
fn described(error: &io::Error, place: u64) -> io::Error {
    let words = error.to_string();
    if words.contains("too much memory") {
        return damage(
            "the zstd data needs a window of more than 128 MiB; run: zstd -dc --long=31 FILE | afterhours",
        );
    }
    if words.contains("Dictionary") {
        return damage("the zstd data needs its dictionary; run: zstd -dc -D DICTIONARY FILE | afterhours");
    }
    damage(format!("the zstd data is damaged near byte {place}: {words}"))
}
