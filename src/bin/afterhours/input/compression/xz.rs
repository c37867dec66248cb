//! Xz, decoded as a stream; files of several streams, with zeros between them, are read to their end.

use std::io::{self, ErrorKind};

use lzma_rust2::{Action, Status, XzStream};

use crate::input::compression::codec::{CountedSource, Decode, damage, truncated};

const NAME: &str = "xz";
/// The most memory that a decoder may take, in KiB: `xz -9` needs 65 MiB.
const MEMORY: u32 = 128 << 10;

#[derive(Default)]
struct Xz {
    /// The stream that is being decoded.
    stream: Option<XzStream>,
    streams: u64,
    /// The library's error, if bytes that it had decoded before were returned first.
    error: Option<io::Error>,
}

/// A decoder at the beginning of a file.
pub(super) fn decoder() -> io::Result<Box<dyn Decode>> {
    Ok(Box::new(Xz::default()))
}

impl Decode for Xz {
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = source.fill()?;
            let over = packed.is_empty();
            if let Some(error) = self.error.take() {
                return Err(described(&error, source, over));
            }
            if self.stream.is_none() && self.streams > 0 {
                let zeros = packed.iter().take_while(|&&byte| byte == 0).count();
                let other = packed.get(zeros).copied();
                source.consume(zeros);
                match other {
                    None if over => return Ok(0),
                    None => continue,
                    Some(0xfd) => {}
                    Some(_) => return Err(source.trailing(NAME)),
                }
                // Behind the padding.
                self.stream = Some(XzStream::new_mem_limit(false, MEMORY));
                continue;
            }
            let stream = self.stream.get_or_insert_with(|| XzStream::new_mem_limit(false, MEMORY));
            let (taken, given) = (stream.total_in(), stream.total_out());
            let action = if over { Action::Finish } else { Action::Run };
            let result = stream.process(packed, room, action);
            // Right after an error too: what was decoded before it is in the buffer.
            let taken = (stream.total_in() - taken) as usize;
            let given = (stream.total_out() - given) as usize;
            source.consume(taken);
            match result {
                Ok(result) if result.status == Status::StreamEnd => {
                    self.stream = None;
                    self.streams += 1;
                }
                Ok(_) if taken + given > 0 => {}
                Ok(_) if over => return Err(truncated(NAME)),
                Ok(_) => return Err(source.damaged(NAME)),
                Err(error) if given > 0 => self.error = Some(error),
                Err(error) => return Err(described(&error, source, over)),
            }
            if given > 0 {
                return Ok(given);
            }
        }
    }
}

/// Why the library refused the data.
fn described(error: &io::Error, source: &CountedSource<'_>, over: bool) -> io::Error {
    match error.kind() {
        ErrorKind::OutOfMemory => {
            damage("the xz data needs more than 128 MiB of memory; run: xz -dc FILE | afterhours")
        }
        ErrorKind::Unsupported => damage(format!(
            "the xz data uses a filter that is not supported ({error}); run: xz -dc FILE | afterhours"
        )),
        _ if over => truncated(NAME),
        _ => source.damaged(NAME),
    }
}
