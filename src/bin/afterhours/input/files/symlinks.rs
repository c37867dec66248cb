//! Which links to folders a walk follows: each place is read once, and nothing in a circle. Knows nothing of files.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders that are read anyway. Nothing is resolved before the first link comes: most archives have none.
#[derive(Debug)]
pub(crate) struct SymlinkPolicy {
    /// Named on the command line, and then those that links led to.
    read: Vec<PathBuf>,
    /// The folder that is walked.
    root: PathBuf,
    resolved: bool,
}

impl SymlinkPolicy {
    pub(crate) fn new(named: &[PathBuf]) -> Self {
        SymlinkPolicy { read: named.to_vec(), root: PathBuf::new(), resolved: false }
    }

    /// Begins a walk.
    pub(crate) fn root(&mut self, root: &Path) {
        self.root = root.to_owned();
    }

    /// Whether to walk the folder that a link leads to. Never one that is read at its own place, or was by another link, or
    /// that holds the folder which is walked.
    pub(crate) fn follow(&mut self, link: &Path) -> bool {
        if !self.resolved {
            self.resolved = true;
            self.read = self.read.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        }
        // A link that cannot be resolved leads nowhere.
        let (Ok(end), Ok(root)) = (fs::canonicalize(link), fs::canonicalize(&self.root)) else {
            return false;
        };
        if root.starts_with(&end)
            || end.starts_with(&root)
            || self.read.iter().any(|read| end.starts_with(read))
        {
            return false;
        }
        self.read.push(end);
        true
    }
}
