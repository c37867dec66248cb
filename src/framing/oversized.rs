//! Text that is longer than memory may hold of it: its beginning is kept, and whether it may hold a
//! sign-in.

use crate::prefilter::Prefilter;

/// How much of a skipped text is kept to show, in bytes.
const SHOWN: usize = 64 * 1024;
/// Parts are searched with so many bytes of the part before: longer than anything searched for, less one.
const OVERLAP: usize = 32;

/// Text that is skipped: its beginning, its length, and whether a sign-in may be in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    beginning: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    may_hold: bool,
}

impl Skipped {
    /// A text that is at hand.
    pub fn of(text: &[u8], prefilter: &Prefilter) -> Self {
        let mut skipped = Skipped::default();
        skipped.feed(text, prefilter);
        skipped
    }

    /// Takes the next part.
    pub fn feed(&mut self, part: &[u8], prefilter: &Prefilter) {
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

    /// Whether a sign-in may be in it.
    pub fn may_hold_sign_in(&self) -> bool {
        self.may_hold
    }

    /// Its beginning, at most 64 KiB.
    pub fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// How many brackets are open, in a text that is skipped.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// Takes the next part; says where in it the last bracket is closed, or where a newline in a string
    /// shows that the value is damaged.
    pub(super) fn feed(&mut self, part: &[u8]) -> Option<usize> {
        for (at, &byte) in part.iter().enumerate() {
            match byte {
                _ if std::mem::take(&mut self.escaped) => {}
                b'\n' if self.in_string => return Some(at),
                b'\\' => self.escaped = self.in_string,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
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
