//! Which files to read, which part of them, and how. Knows no command line.

use std::path::PathBuf;

use afterhours::filter::Span;

/// Which files, and which of their sign-ins.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    /// A list of further files and folders.
    pub(crate) files_from: Option<PathBuf>,
    /// The names of that list end with a zero byte each, not with a newline.
    pub(crate) null: bool,
    pub(crate) span: Span,
}

/// How files are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// The number of worker threads.
    pub(crate) threads: usize,
    /// Whether output follows the order of the inputs.
    pub(crate) ordered: bool,
}
