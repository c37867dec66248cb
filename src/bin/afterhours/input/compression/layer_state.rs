//! What is noticed while an input is decoded, kept until it is at its end.

use std::cell::{Cell, RefCell};
use std::io;

use crate::input::compression::wide_encoding::WideEncoding;

/// What the layers of one input have noticed.
#[derive(Debug, Default)]
pub(crate) struct LayerState {
    /// What ended it too early, kept because what came before it is worth evaluating.
    error: RefCell<Option<io::Error>>,
    /// How many bytes were taken from the outermost compression.
    pub(super) packed: Cell<u64>,
    pub(super) encoding: Cell<Option<WideEncoding>>,
    /// Some of it was no valid UTF-16.
    pub(super) replaced: Cell<bool>,
}

impl LayerState {
    /// Keeps the first error.
    pub(super) fn fail(&self, error: io::Error) {
        self.error.borrow_mut().get_or_insert(error);
    }

    pub(super) fn failed(&self) -> bool {
        self.error.borrow().is_some()
    }

    /// What ended the input too early.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        self.error.borrow_mut().take()
    }

    /// The encoding that was converted, if any was.
    pub(crate) fn encoding(&self) -> Option<WideEncoding> {
        self.encoding.get()
    }

    /// Whether something in that encoding was not valid.
    pub(crate) fn replaced(&self) -> bool {
        self.replaced.get()
    }
}
