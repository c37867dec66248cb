//! Small files: read in one go, unpacked in one go, into memory that is used again. What is too large for that, or damaged, is
//! left to those who read it piece by piece.

use std::fs::File;
use std::io::{self, Read};

use zstd::bulk::Decompressor;

use crate::input::compression::format::Form;
use crate::input::compression::libdeflate::{Inflater, Member};

/// A file of so many bytes or less is read in one go.
pub(crate) const SMALL: usize = 2 << 20;
/// So much may come out of it in one go, in bytes.
const LARGEST: usize = 8 << 20;
/// What is made room for at first.
const USUAL: usize = 1 << 20;

/// The memory for one small file after the other.
#[derive(Default)]
pub(crate) struct Small {
    /// As large as anything that is read in one go, and a byte: then one call reads the file, and a second one sees its end.
    packed: Vec<u8>,
    /// How much of that was read.
    length: usize,
    plain: Vec<u8>,
    inflater: Option<Inflater>,
    unzstd: Option<Decompressor<'static>>,
}

impl Small {
    /// Reads a file from where it stands; all of it, or a little more than [`SMALL`].
    pub(crate) fn read(&mut self, mut file: &File) -> io::Result<()> {
        self.length = 0;
        if self.packed.is_empty() {
            // As zeros from the system: of what no file reaches, no memory is taken.
            self.packed = vec![0; SMALL + 1];
        }
        while let Some(room @ [_, ..]) = self.packed.get_mut(self.length..) {
            match file.read(room) {
                Ok(0) => break,
                Ok(count) => self.length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The bytes as they are in the file.
    pub(crate) fn packed(&self) -> &[u8] {
        self.packed.get(..self.length).unwrap_or_default()
    }

    /// What the file holds. `None` if it is too large, or all is not well with it.
    pub(crate) fn plain(&mut self, form: Form) -> Option<&[u8]> {
        if self.length > SMALL {
            return None;
        }
        let length = match form {
            Form::Plain => return Some(self.packed()),
            Form::Gzip => self.gzip()?,
            Form::Zstd => self.zstd()?,
            Form::Foreign(..) => return None,
        };
        // What is no text is told by those who read it piece by piece.
        self.plain.get(..length).filter(|plain| Form::of(plain) == Form::Plain)
    }

    fn gzip(&mut self) -> Option<usize> {
        if self.inflater.is_none() {
            self.inflater = Inflater::new();
        }
        let inflater = self.inflater.as_mut()?;
        // The last member says its length, modulo 4 GiB: true of nearly every file, and never trusted.
        let all = self.packed.get(..self.length)?;
        let hint = all.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length) as usize);
        make_room(&mut self.plain, if (1..=LARGEST).contains(&hint) { hint } else { USUAL });
        let (mut taken, mut given) = (0, 0);
        loop {
            let packed = &all[taken..];
            // Zeros behind the last member are padding.
            if taken > 0 && packed.iter().all(|&byte| byte == 0) {
                return Some(given);
            }
            match inflater.member(packed, &mut self.plain[given..]) {
                Member::Whole { taken: more, given: came } => (taken, given) = (taken + more, given + came),
                Member::NoRoom if self.plain.len() < LARGEST => {
                    let wanted = self.plain.len() * 2;
                    make_room(&mut self.plain, wanted);
                }
                Member::NoRoom | Member::Damaged => return None,
            }
        }
    }

    fn zstd(&mut self) -> Option<usize> {
        if self.unzstd.is_none() {
            self.unzstd = Decompressor::new().ok();
        }
        let all = self.packed.get(..self.length)?;
        let bound = Decompressor::upper_bound(all)?;
        if bound > LARGEST {
            return None;
        }
        make_room(&mut self.plain, bound);
        self.unzstd.as_mut()?.decompress_to_buffer(all, &mut self.plain[..]).ok()
    }
}

/// Makes a buffer as long as wanted, or longer.
fn make_room(buffer: &mut Vec<u8>, wanted: usize) {
    if buffer.len() < wanted {
        buffer.resize(wanted.clamp(USUAL, LARGEST).next_power_of_two(), 0);
    }
}
