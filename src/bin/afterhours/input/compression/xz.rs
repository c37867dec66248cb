//! Xz, decoded as a stream; files of several streams are read to their end.

use std::io::{self, ErrorKind};

use lzma_rust2::{Action, Status, XzStream};

use crate::input::compression::codec::{CountedSource, Decode, damage, truncated};

const NAME: &str = "xz";
/// The most memory that a decoder may take, in KiB: `xz -9` needs 65 MiB.
const MEMORY: u32 = 128 << 10;
/// How much is decoded by one call, in bytes. The library drops what a call has decoded before it found damage.
const STEP: usize = 8 << 10;

struct Xz {
    stream: XzStream,
    over: bool,
}

/// A decoder at the beginning of a file.
pub(super) fn decoder() -> io::Result<Box<dyn Decode>> {
    Ok(Box::new(Xz { stream: XzStream::new_mem_limit(true, MEMORY), over: false }))
}

impl Decode for Xz {
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize> {
        let step = room.len().min(STEP);
        while !self.over {
            let packed = source.fill()?;
            let end = packed.is_empty();
            let action = if end { Action::Finish } else { Action::Run };
            let result = match self.stream.process(packed, &mut room[..step], action) {
                Ok(result) => result,
                Err(error) => return Err(described(&error, source, end)),
            };
            source.consume(result.bytes_consumed);
            self.over = result.status == Status::StreamEnd;
            if result.bytes_produced > 0 {
                return Ok(result.bytes_produced);
            }
            if end && !self.over {
                return Err(truncated(NAME));
            }
        }
        match source.fill()? {
            [] => Ok(0),
            [..] => Err(source.trailing(NAME)),
        }
    }
}

/// Why the library refused the data.
fn described(error: &io::Error, source: &CountedSource<'_>, end: bool) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => truncated(NAME),
        _ if end => truncated(NAME),
        ErrorKind::OutOfMemory => {
            damage("the xz data needs more than 128 MiB of memory; run: xz -dc FILE | afterhours")
        }
        ErrorKind::Unsupported => damage(format!(
            "the xz data uses a filter that is not supported ({error}); run: xz -dc FILE | afterhours"
        )),
        _ => source.damaged(NAME),
    }
}
