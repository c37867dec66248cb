//! Why a calendar file cannot be read. Knows the line and the reason. Knows nothing of calendars.

use std::fmt;

/// Why a calendar file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsError {
    pub(super) line: usize,
    pub(super) why: String,
}

impl IcsError {
    /// The line in the file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for IcsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for IcsError {}
