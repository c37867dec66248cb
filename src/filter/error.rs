//! Why a run of the filter ended early.

use std::io;

/// Why a run ended early.
#[derive(Debug)]
pub enum FilterError {
    /// The input could not be read.
    Read(io::Error),
    /// The sink could not take more.
    Sink(io::Error),
    /// Unreadable text came, and the policy is to stop.
    Unreadable {
        /// Its line, from 1.
        line_number: u64,
        /// What is wrong with it.
        error: String,
    },
}

impl From<io::Error> for FilterError {
    fn from(error: io::Error) -> Self {
        FilterError::Sink(error)
    }
}
