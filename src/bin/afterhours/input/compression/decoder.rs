//! Packed files as something to read, in bounded memory. What is wrong with a packed file ends it as its end would, for what
//! came out before is worth judging; the trouble is kept, to be told afterwards.

use std::io::{self, BufRead, Read};

use crate::input::compression::sniff::{Look, NoText};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as Unzstd, Operation as _};

/// No log is packed so well: of every CloudTrail record two random identifiers of 16 bytes remain, which makes 1 in 40 or so.
const MOST_TIMES: u64 = 500;
/// So much may come out of anything, in bytes.
const HARMLESS: u64 = 256 << 20;

/// Something wrong with what a packed file holds, as opposed to the reading of it.
#[derive(Debug)]
struct Damage(String);

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damage {}

fn damage(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Damage(what.into()))
}

/// What is said of a form that is not read here.
pub(crate) fn foreign(name: &str, tool: &str) -> io::Error {
    damage(format!("is {name}, which is not read here; {tool} makes text of it"))
}

/// Whether an error is about what a file holds.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Damage>())
}

/// A packed input, unpacked as it is read.
pub(crate) struct Unpacked<R> {
    source: Counted<R>,
    unpack: Unpack,
    given: u64,
    look: Look,
    trouble: Option<io::Error>,
}

enum Unpack {
    Gzip(Gunzip),
    Zstd(Box<Zstd>),
}

impl<R: BufRead> Unpacked<R> {
    pub(crate) fn gzip(source: R) -> Self {
        Self::new(source, Unpack::Gzip(Gunzip::default()))
    }

    /// Fails where there is no memory.
    pub(crate) fn zstd(source: R) -> io::Result<Self> {
        let zstd = Zstd { frame: Unzstd::new()?, between: true, frames: 0 };
        Ok(Self::new(source, Unpack::Zstd(Box::new(zstd))))
    }

    fn new(source: R, unpack: Unpack) -> Self {
        Unpacked {
            source: Counted { source, taken: 0 },
            unpack,
            given: 0,
            look: Look::default(),
            trouble: None,
        }
    }

    /// What ended it too early.
    pub(crate) fn trouble(&mut self) -> Option<io::Error> {
        self.trouble.take()
    }

    fn unpack(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.unpack {
            Unpack::Gzip(gzip) => gzip.read(&mut self.source, room)?,
            Unpack::Zstd(zstd) => zstd.read(&mut self.source, room)?,
        };
        self.given += count as u64;
        // Packed twice, by mistake.
        self.look.at(&room[..count]).map_err(|NoText { name, tool }| {
            damage(format!("unpacked, it is {name}, which is not read here; {tool} makes text of that"))
        })?;
        if self.given > HARMLESS && self.given / MOST_TIMES > self.source.taken {
            return Err(damage(format!(
                "{} bytes came out of {}, as of no log; the rest is left alone (if it is one, unpack it and give it on stdin)",
                self.given, self.source.taken
            )));
        }
        Ok(count)
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.trouble.is_some() || room.is_empty() {
            return Ok(0);
        }
        match self.unpack(room) {
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {
                Err(error)
            }
            Err(error) => {
                self.trouble = Some(error);
                Ok(0)
            }
            count => count,
        }
    }
}

/// Counts what is taken.
struct Counted<R> {
    source: R,
    taken: u64,
}

impl<R: BufRead> Counted<R> {
    fn fill(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count as u64;
        self.source.consume(count);
    }

    /// What is wrong where a member or frame should begin and does not.
    fn behind(&self, what: &str) -> io::Error {
        damage(format!("behind the end of its {what} data, at byte {}, stands something else", self.taken))
    }
}

/// The largest window of gzip, as a power of two.
const WINDOW: u8 = 15;

/// The members of a gzip file, one after the other, and zeros behind them, as tapes have.
#[derive(Default)]
struct Gunzip {
    /// The open one.
    member: Option<Decompress>,
    members: u64,
    padded: bool,
}

impl Gunzip {
    fn read(&mut self, source: &mut Counted<impl BufRead>, room: &mut [u8]) -> io::Result<usize> {
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
                    Some(_) => return Err(source.behind("gzip")),
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
                Ok(_) if over => return Err(damage("the gzip data end too early")),
                // What was given is whole; the damage shows again at the next call.
                Err(_) if given > 0 => {}
                Ok(_) | Err(_) => {
                    return Err(damage(format!("the gzip data are damaged before byte {}", source.taken)));
                }
            }
            if given > 0 {
                return Ok(given);
            }
        }
    }
}

/// What is wrong with zstd data; not all that the library refuses is damaged. It tells that by words alone.
fn refused(error: &io::Error, place: u64) -> io::Error {
    let words = error.to_string();
    if words.contains("too much memory") {
        return damage(
            "the zstd data need a window of more than 128 MiB; zstd -dc --long=31 FILE | afterhours reads them",
        );
    }
    if words.contains("Dictionary") {
        return damage(
            "the zstd data were packed with a dictionary; zstd -dc -D DICTIONARY FILE | afterhours reads them",
        );
    }
    damage(format!("the zstd data are damaged near byte {place}: {words}"))
}

/// The frames of a zstd file, one after the other.
struct Zstd {
    frame: Unzstd<'static>,
    /// No frame is open.
    between: bool,
    frames: u64,
}

impl Zstd {
    fn read(&mut self, source: &mut Counted<impl BufRead>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = source.fill()?;
            let over = packed.is_empty();
            if over && self.between {
                return Ok(0);
            }
            let status = match self.frame.run_on_buffers(packed, room) {
                Ok(status) => status,
                Err(_) if self.between && self.frames > 0 => return Err(source.behind("zstd")),
                Err(error) => return Err(refused(&error, source.taken)),
            };
            source.consume(status.bytes_read);
            self.between = status.remaining == 0;
            self.frames += u64::from(self.between);
            if status.bytes_written > 0 {
                return Ok(status.bytes_written);
            }
            if over {
                return Err(damage("the zstd data end too early"));
            }
        }
    }
}
