//! Gzip, decoded as a stream: members behind each other, and zeros behind the last one, as tapes have (RFC 1952).

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use crate::input::compression::codec::{CountedSource, Decode, truncated};

const NAME: &str = "gzip";
/// The largest window of gzip, as a power of two.
const WINDOW: u8 = 15;

#[derive(Default)]
struct Gzip {
    /// The member that is being decoded.
    member: Option<Decompress>,
    members: u64,
    padded: bool,
}

/// A decoder at the beginning of a file.
pub(super) fn decoder() -> io::Result<Box<dyn Decode>> {
    Ok(Box::new(Gzip::default()))
}

impl Decode for Gzip {
    fn decode(&mut self, source: &mut CountedSource<'_>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = source.fill()?;
            let over = packed.is_empty();
            if self.member.is_none() && self.members > 0 {
                if over {
                    return Ok(0);
                }
                let zeros = packed.iter().take_while(|&&byte| byte == 0).count();
                let other = packed.get(zeros).copied();
                self.padded |= zeros > 0;
                source.consume(zeros);
                match other {
                    None => continue,
                    Some(0x1f) if !self.padded => self.member = Some(Decompress::new_gzip(WINDOW)),
                    Some(_) => return Err(source.trailing(NAME)),
                }
                continue;
            }
            let member = self.member.get_or_insert_with(|| Decompress::new_gzip(WINDOW));
            let (taken, given) = (member.total_in(), member.total_out());
            let status = member.decompress(packed, room, FlushDecompress::None);
            let taken = (member.total_in() - taken) as usize;
            let given = (member.total_out() - given) as usize;
            source.consume(taken);
            match status {
                Ok(Status::StreamEnd) => {
                    self.member = None;
                    self.members += 1;
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
