//! Lines that are longer than the buffer may grow. A container of records is taken apart as it streams by; any other line
//! is skipped to its end, and only whether it may hold a sign-in is remembered.

use crate::framing;
use crate::framing::Splitter;
use crate::prefilter::Prefilter;

#[derive(Debug)]
pub(super) enum LongLine {
    Container(Splitter),
    Skipped(Skipped),
}

impl LongLine {
    pub(super) fn new(beginning: &[u8], longest: usize) -> Self {
        if framing::starts_container(beginning) {
            LongLine::Container(Splitter::new(longest))
        } else {
            LongLine::Skipped(Skipped::default())
        }
    }

    /// What stands behind a document on its line: more of them, where files without a newline at their ends were put together.
    pub(super) fn behind(rest: &[u8], longest: usize) -> Self {
        match rest.trim_ascii_start().first() {
            None | Some(b'{' | b'[') => LongLine::Container(Splitter::new(longest)),
            Some(_) => LongLine::Skipped(Skipped::behind()),
        }
    }
}

/// How much of a skipped line is kept to show, in bytes.
const SHOWN: usize = 64 * 1024;
/// Parts are searched with so many bytes of the part before: longer than anything searched for, less one.
const OVERLAP: usize = 16;

/// A line that is skipped.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    beginning: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    may_hold: bool,
    behind: bool,
}

impl Skipped {
    /// What is left of a line behind the document that it began with.
    pub(super) fn behind() -> Self {
        Skipped { behind: true, ..Skipped::default() }
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    pub(super) fn feed(&mut self, part: &[u8], prefilter: &Prefilter) {
        self.length += part.len() as u64;
        let room = SHOWN.saturating_sub(self.beginning.len()).min(part.len());
        self.beginning.extend_from_slice(&part[..room]);

        self.tail.extend_from_slice(&part[..part.len().min(OVERLAP)]);
        self.may_hold |= prefilter.may_hold(&self.tail) || prefilter.may_hold(part);
        if let Some(last) = part.last_chunk::<OVERLAP>() {
            self.tail.clear();
            self.tail.extend_from_slice(last);
        }
        let excess = self.tail.len().saturating_sub(OVERLAP);
        self.tail.drain(..excess);
    }

    pub(super) fn may_hold_sign_in(&self) -> bool {
        self.may_hold
    }

    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_the_name_across_parts_of_every_size() {
        let prefilter = Prefilter::default();
        let line = [vec![b'x'; 100], b"ConsoleLogin".to_vec(), vec![b'y'; 100]].concat();
        for step in 1..=line.len() {
            let (mut with, mut without) = (Skipped::default(), Skipped::default());
            line.chunks(step).for_each(|part| with.feed(part, &prefilter));
            line[..111].chunks(step).for_each(|part| without.feed(part, &prefilter));
            assert!(with.may_hold_sign_in() && !without.may_hold_sign_in(), "step {step}");
            assert_eq!(with.length(), 212);
        }
    }
}
