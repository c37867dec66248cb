//! Records that stand inside another one because it was cut off where an object may follow. Whether they
//! do is known only when their container turns out to lack its end: until then they are kept, and nothing
//! inside a record is read otherwise.

use crate::framing::resync::{Next, next_record};

/// What a value may have swallowed.
#[derive(Debug)]
pub(super) struct Swallowed {
    /// From the first record inside it on.
    pub(super) text: Vec<u8>,
    /// The line on which the value begins.
    pub(super) line: u64,
}

impl Swallowed {
    /// What an element of a container may have swallowed.
    pub(super) fn of(value: &[u8], line: u64) -> Option<Self> {
        let Next::At(begin) = next_record(value, 1, value.len(), true) else { return None };
        value.get(begin..).map(|text| Swallowed { text: text.to_vec(), line })
    }
}
