//! A file that lines are appended to, in place of stdout. Knows whether its last line is whole, and whether the file was moved
//! away; never removes a byte.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct AppendFile {
    path: PathBuf,
    file: File,
    /// Which file it is: device and number.
    identity: (u64, u64),
}

impl AppendFile {
    /// Opens the file, or makes one that its owner and group may read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options().read(true).append(true).create(true).mode(0o640).open(path)?;
        let metadata = file.metadata()?;
        // Whoever was killed while writing left a piece of a line. What follows is not to be glued to it.
        if metadata.is_file() && metadata.len() > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(AppendFile { path: path.to_owned(), file, identity: (metadata.dev(), metadata.ino()) })
    }

    /// A second handle to the file.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Writes whole lines. Where the file was moved away meanwhile, as rotation does, they go to a new one.
    pub(crate) fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        let there = fs::metadata(&self.path).ok().map(|file| (file.dev(), file.ino()));
        if there != Some(self.identity) {
            *self = Self::open(&self.path)?;
        }
        self.file.write_all(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_ended_and_a_moved_file_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("out"), folder.path().join("out.1"));
        fs::write(&path, "{\"a\":1}\n{\"b").unwrap();
        let mut file = AppendFile::open(&path).unwrap();
        file.write_all(b"{\"c\":3}\n").unwrap();
        fs::rename(&path, &moved).unwrap();
        file.write_all(b"{\"d\":4}\n").unwrap();
        assert_eq!(fs::read_to_string(&moved).unwrap(), "{\"a\":1}\n{\"b\n{\"c\":3}\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"d\":4}\n");
        drop(AppendFile::open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"d\":4}\n");
    }

    #[test]
    fn devices_and_pipes_are_written_to_as_they_are() {
        AppendFile::open(Path::new("/dev/null")).unwrap().write_all(b"{}\n").unwrap();
        assert!(AppendFile::open(Path::new("/nowhere/at/all")).is_err());
    }
}
