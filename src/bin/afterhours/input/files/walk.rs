//! The inputs, in their order: PATHs as they were named, folders taken apart, lists of names as they come. Opens nothing but
//! folders.
//!
//! What a folder holds comes in the order of `LC_ALL=C sort`. One folder a level is in memory at a time, each name in as many
//! bytes as it has and five more.

use std::fs;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use afterhours::filter::Span;
use anyhow::anyhow;

use crate::input::files::date_partitions::PartitionPath;
use crate::input::files::name_list::NameList;
use crate::input::files::options::Selection;
use crate::input::files::symlinks::SymlinkPolicy;
use crate::input::source::{FailedSource, FileSource, Source, from_path, is_stdin};
use crate::sys::signals::Signals;

/// The inputs, one after another.
pub(crate) struct InputWalker<'l> {
    named: std::slice::Iter<'l, PathBuf>,
    names: Option<NameList<'l>>,
    walk: Walk,
    /// Folders that could be listed.
    pub(crate) folders: u64,
    /// Files and folders left unread: by their date, as digests or Insights, or because they are read at another place.
    pub(crate) passed_over: u64,
}

impl<'l> InputWalker<'l> {
    /// The inputs that the options name, behind those that are `named`.
    pub(crate) fn asked(
        options: &Selection,
        named: &'l [PathBuf],
        signals: &'l Signals,
        output: BorrowedFd<'l>,
    ) -> anyhow::Result<Self> {
        let end = if options.null { 0 } else { b'\n' };
        let names = options.files_from.as_deref().map(|path| NameList::open(path, end, signals, output));
        let names = names.transpose()?;
        if names.as_ref().is_some_and(|names| names.on_stdin) && named.iter().any(|path| is_stdin(path)) {
            return Err(anyhow!("--files-from -: stdin cannot be an input too; leave out the other `-`"));
        }
        Ok(Self::new(named, names, options.span))
    }

    pub(super) fn new(named: &'l [PathBuf], names: Option<NameList<'l>>, span: Span) -> Self {
        let walk =
            Walk { folder: PathBuf::new(), levels: Vec::new(), span, links: SymlinkPolicy::new(named) };
        InputWalker { named: named.iter(), names, walk, folders: 0, passed_over: 0 }
    }

    fn next_named(&mut self) -> Option<Result<PathBuf, FailedSource>> {
        match self.named.next() {
            Some(path) => Some(Ok(path.clone())),
            None => self.names.as_mut()?.next(),
        }
    }

    /// A path that somebody named, whatever it leads to.
    fn take(&mut self, path: PathBuf) -> Option<Box<dyn Source>> {
        if is_stdin(&path) {
            // Its own list cannot be an input too.
            if self.names.as_ref().is_some_and(|names| names.on_stdin) {
                let what = "it is read for the names of files (--files-from -)".to_owned();
                return Some(Box::new(FailedSource::new("stdin".to_owned(), what)));
            }
            return Some(from_path(path));
        }
        let place = PartitionPath::of(&path);
        if !place.may_hold(&self.walk.span) {
            self.passed_over += 1;
            return None;
        }
        // What cannot be looked at cannot be opened either: whoever tries will say why.
        if !fs::metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            return Some(from_path(path));
        }
        self.walk.links.root(&path);
        self.walk.folder = path;
        self.enter(place)
    }

    /// Lists the folder of the walk.
    fn enter(&mut self, place: PartitionPath) -> Option<Box<dyn Source>> {
        let (level, error) = Level::read(&self.walk.folder, place, &mut self.passed_over);
        self.folders += u64::from(error.is_none());
        self.walk.levels.push(level);
        let failed = error.map(|error| FailedSource::unreadable(&self.walk.folder, &error));
        failed.map(|failed| Box::new(failed) as Box<dyn Source>)
    }

    /// The next file of the walk, if one is under way.
    fn step(&mut self) -> Option<Box<dyn Source>> {
        while let Some(level) = self.walk.levels.last_mut() {
            let place = level.place;
            let Some(entry) = level.next() else {
                self.walk.levels.pop();
                self.walk.folder.pop();
                continue;
            };
            let (name, kind) = (std::ffi::OsStr::from_bytes(entry.name), entry.kind);
            let place = place.enter(entry.name);
            if kind == Kind::File {
                return Some(Box::new(FileSource::found(self.walk.folder.join(name))));
            }
            let folder = self.walk.folder.join(name);
            if !place.may_hold(&self.walk.span) || (kind == Kind::Link && !self.walk.links.follow(&folder)) {
                self.passed_over += 1;
                continue;
            }
            self.walk.folder = folder;
            if let Some(trouble) = self.enter(place) {
                return Some(trouble);
            }
        }
        None
    }
}

impl Iterator for InputWalker<'_> {
    type Item = Box<dyn Source>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.step() {
                return Some(found);
            }
            let found = match self.next_named()? {
                Ok(path) => self.take(path),
                Err(failed) => Some(Box::new(failed) as Box<dyn Source>),
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

/// A folder, those above it, and what is left of each.
struct Walk {
    folder: PathBuf,
    levels: Vec<Level>,
    span: Span,
    links: SymlinkPolicy,
}

/// The entries of a folder that are not read yet: each its name, `/` if it is a folder and another if a link leads there, and a
/// zero. So their order is that of the paths they begin.
struct Level {
    place: PartitionPath,
    /// In pieces, for what grows in one is in memory twice while it does.
    names: Vec<Vec<u8>>,
    /// Where each begins, the last first: its piece, and its place in it.
    starts: Vec<(u16, u16)>,
}

/// The size of a piece, in bytes.
const PIECE: usize = 1 << 16;

struct Entry<'n> {
    name: &'n [u8],
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A link to a folder.
    Link,
}

impl Level {
    /// Lists a folder as far as it can be; also says why it ends early.
    fn read(folder: &Path, place: PartitionPath, passed_over: &mut u64) -> (Self, Option<io::Error>) {
        let mut level = Level { place, names: Vec::new(), starts: Vec::new() };
        let error = level.fill(folder, passed_over).err();
        let Level { names, starts, .. } = &mut level;
        // The zero ends the comparison: no name holds one.
        starts.sort_unstable_by(|&a, &b| from(names, b).cmp(from(names, a)));
        (level, error)
    }

    fn fill(&mut self, folder: &Path, passed_over: &mut u64) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_dir() => Kind::Folder,
                Ok(kind) if kind.is_symlink() => match fs::metadata(entry.path()) {
                    Ok(end) if end.is_dir() => Kind::Link,
                    Ok(end) if !end.is_file() => {
                        *passed_over += 1;
                        continue;
                    }
                    // A file, or a link to nowhere: whoever opens it will say so.
                    _ => Kind::File,
                },
                // A pipe or a device might never end, and nobody named it.
                Ok(kind) if !kind.is_file() => {
                    *passed_over += 1;
                    continue;
                }
                _ => Kind::File,
            };
            let end: &[u8] = match kind {
                Kind::File => b"\0",
                Kind::Folder => b"/\0",
                Kind::Link => b"//\0",
            };
            self.push(entry.file_name().as_bytes(), end)?;
        }
        Ok(())
    }

    fn push(&mut self, name: &[u8], end: &[u8]) -> io::Result<()> {
        let length = name.len() + end.len();
        if self.names.last().is_none_or(|piece| piece.len() + length > PIECE) {
            self.names.push(Vec::new());
        }
        let full = || io::Error::other("the names in it are more than 4 GiB");
        let number = u16::try_from(self.names.len() - 1).map_err(|_| full())?;
        let piece = self.names.last_mut().ok_or_else(full)?;
        self.starts.push((number, u16::try_from(piece.len()).map_err(|_| full())?));
        piece.extend_from_slice(name);
        piece.extend_from_slice(end);
        Ok(())
    }

    fn next(&mut self) -> Option<Entry<'_>> {
        let rest = from(&self.names, self.starts.pop()?);
        let name = &rest[..memchr::memchr(0, rest)?];
        Some(match name {
            [name @ .., b'/', b'/'] => Entry { name, kind: Kind::Link },
            [name @ .., b'/'] => Entry { name, kind: Kind::Folder },
            name => Entry { name, kind: Kind::File },
        })
    }
}

/// The names of a folder from one of them on.
fn from(names: &[Vec<u8>], (piece, place): (u16, u16)) -> &[u8] {
    names.get(usize::from(piece)).and_then(|piece| piece.get(usize::from(place)..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(root: &Path, names: &[&str]) {
        for name in names {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
    }

    /// The files below what is named, relative to `root`; what was missed, with a `!`.
    fn listed(root: &Path, named: &[&str], names: Option<NameList<'_>>) -> Vec<String> {
        let named: Vec<PathBuf> = named.iter().map(|name| root.join(name)).collect();
        let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        InputWalker::new(&named, names, Span::default())
            .map(|source| {
                let name = shown(Path::new(&source.name())).replace(char::REPLACEMENT_CHARACTER, "\n");
                if format!("{source:?}").starts_with("Failed") { format!("!{name}") } else { name }
            })
            .collect()
    }

    #[test]
    fn a_folder_comes_in_the_order_of_its_paths_bytes() {
        let root = tempfile::tempdir().unwrap();
        let mut names =
            ["a/b/c", "a.json", "a-b", "a/b.d/c", "A/z", "ä", ".hidden", "a b", "a0", "b\n/c", "10", "9"];
        write(root.path(), &names);
        names.sort_unstable();
        assert_eq!(listed(root.path(), &["."], None), names);
    }

    #[test]
    fn what_is_named_comes_as_it_was_named() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &["b/x", "a/y", "c"]);
        assert_eq!(
            listed(root.path(), &["c", "b", "none", "a", "c"], None),
            ["c", "b/x", "none", "a/y", "c"]
        );
        fs::create_dir(root.path().join("empty")).unwrap();
        assert_eq!(listed(root.path(), &["empty"], None), [""; 0]);
    }

    #[test]
    fn lists_are_read_to_their_end_and_no_further() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &["a", "b/1", "b/2", "c\nd"]);
        let names = |bytes: &[u8], end| {
            let path = |name: &[u8]| [root.path().as_os_str().as_bytes(), b"/", name].concat();
            let list: Vec<u8> = bytes
                .split_inclusive(|&byte| byte == end)
                .flat_map(|name| if name[0] == end { name.to_vec() } else { path(name) })
                .collect();
            NameList::new(root.path().join("list"), io::Cursor::new(list), end)
        };
        let lines = names(b"b\n\na\n\nnone", b'\n');
        assert_eq!(listed(root.path(), &["a"], Some(lines)), ["a", "b/1", "b/2", "a", "none"]);
        let zeros = names(b"c\nd\0b\0", 0);
        assert_eq!(listed(root.path(), &[], Some(zeros)), ["c\nd", "b/1", "b/2"]);
        let long = names(&[b"a\n".to_vec(), vec![b'x'; 70_000], b"\na\n".to_vec()].concat(), b'\n');
        assert_eq!(listed(root.path(), &[], Some(long)), ["a", "!list"]);
        assert_eq!(listed(root.path(), &[], Some(names(b"", b'\n'))), [""; 0]);
    }

    #[test]
    fn links_are_followed_and_never_in_a_circle() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        write(root.path(), &["in/a", "in/sub/b", "out/c", "out/sub/d", "far/e"]);
        for (to, link) in [
            ("in/a", "in/file"),
            ("nowhere", "in/dangling"),
            ("in/self", "in/self"),
            ("in", "in/sub/back"),
            ("", "in/up"),
            ("in/sub", "in/same"),
            ("out", "in/out"),
            // Read by the link before.
            ("out/sub", "in/out2"),
            ("in", "out/in"),
            ("far", "out/far"),
            ("out", "far/out"),
        ] {
            symlink(path(to), path(link)).unwrap();
        }
        symlink("sub", path("in/relative")).unwrap();
        let expected = [
            "in/a",
            "in/dangling",
            "in/file",
            "in/out/c",
            "in/out/far/e",
            "in/out/sub/d",
            "in/self",
            "in/sub/b",
        ];
        assert_eq!(listed(root.path(), &["in"], None), expected);
        // Named outright, a link is as good as what it leads to.
        symlink(path("far"), path("link")).unwrap();
        let far = listed(root.path(), &["link"], None);
        assert_eq!(far[..3], ["link/e", "link/out/c", "link/out/in/a"]);
        assert!(far.iter().all(|path| !path.contains("/far/") && !path.contains("out/out")), "{far:?}");
    }
}
