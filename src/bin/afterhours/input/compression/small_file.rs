//! Small files: read by one call, decoded by one call, into memory that is used again. A file that is larger, or damaged, is left
//! to the stream decoder.

use std::io::{self, Read};

use crate::input::compression::format::Format;
use crate::input::compression::one_shot::Libraries;

/// The size of the largest small file, in bytes.
pub(crate) const SMALL: usize = 2 << 20;

/// Reads one small file after the other.
#[derive(Default)]
pub(crate) struct SmallFileReader {
    /// One byte larger than a small file: one call reads the file, and a second one sees its end.
    packed: Vec<u8>,
    /// How much of that was read.
    length: usize,
    plain: Vec<u8>,
    libraries: Libraries,
}

impl SmallFileReader {
    /// Reads a file, or a member of an archive, from its current position; all of it, or one byte more than [`SMALL`].
    pub(crate) fn read(&mut self, mut file: impl Read) -> io::Result<()> {
        self.length = 0;
        if self.packed.is_empty() {
            // Zeroed pages from the system: those that no file reaches take no memory.
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

    /// The text of the file. `None` if the file is too large, damaged, or not text.
    pub(crate) fn plain(&mut self, format: Format) -> Option<&[u8]> {
        if self.length > SMALL {
            return None;
        }
        let one_shot = match format {
            Format::Plain => return Some(self.packed()),
            Format::Compressed(compression) => compression.one_shot?,
            Format::Wide(_) | Format::Tar | Format::Unsupported(_) => return None,
        };
        let packed = self.packed.get(..self.length)?;
        let length = one_shot(&mut self.libraries, packed, &mut self.plain)?;
        // The stream decoder reports output that is not text.
        self.plain.get(..length).filter(|plain| Format::of(plain) == Format::Plain)
    }
}
