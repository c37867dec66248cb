//! A large plain file in slices: mapped, cut at line breaks, each slice to be evaluated by itself.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};

use afterhours::filter::Policy;
use afterhours::framing;
use afterhours::input_kind::RecordSearch;

use crate::sys::mmap::{Mapped, PAGE};

/// The size of a slice, in bytes. A line longer than a slice is left to the stream. Smaller ones are unmapped more often, and
/// every time the kernel interrupts the other cores.
const SLICE: u64 = 4 << 20;

/// The whole lines of a file, in slices of nearly the same size.
pub(super) struct Chunks {
    file: File,
    /// Behind the last line break.
    end: u64,
    /// What its beginning looks like.
    search: RecordSearch,
    /// Whether any slice holds records.
    has_records: AtomicBool,
}

/// Some whole lines of a file, as memory.
pub(super) struct Lines {
    mapped: Mapped,
    start: usize,
    stop: usize,
    /// Where they end in the file.
    pub(super) end: u64,
}

impl Chunks {
    /// `None` for a file that is too small, that begins as something other than lines, or that cannot be mapped, as on some
    /// network file systems: reading still works.
    pub(super) fn of(file: &File, policy: &Policy) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        // So large a limit on lines cannot be met with inside a slice.
        if length < 2 * SLICE || policy.longest_line < 2 * SLICE as usize {
            return None;
        }
        let first = Mapped::new(file, 0, SLICE as usize).ok()?;
        let first_line = &first[..memchr::memchr(b'\n', &first)?];
        if first_line.starts_with(framing::BYTE_ORDER_MARK) || framing::spans_lines(first_line).is_some() {
            return None;
        }
        drop(first);
        let from = (length - SLICE) / PAGE as u64 * PAGE as u64;
        let last = Mapped::new(file, from, (length - from) as usize).ok()?;
        let end = from + memchr::memrchr(b'\n', &last)? as u64 + 1;
        let (search, has_records) = (RecordSearch::default(), AtomicBool::new(false));
        Some(Chunks { file: file.try_clone().ok()?, end, search, has_records })
    }

    /// Looks for records at the beginning of the file: whatever holds some holds them there.
    pub(super) fn beginning_with(mut self, first: &[u8]) -> Self {
        self.search.see(first);
        self.has_records = AtomicBool::new(self.search.found());
        self
    }

    /// Whether records were found in what was read so far.
    pub(super) fn has_records(&self) -> bool {
        self.has_records.load(Ordering::Relaxed)
    }

    /// A slice holds records.
    pub(super) fn found_records(&self) {
        self.has_records.store(true, Ordering::Relaxed);
    }

    /// What is to be said about the file if no slice holds records.
    pub(super) fn search(&self) -> RecordSearch {
        match self.has_records() {
            true => RecordSearch::succeeded(),
            false => self.search.clone(),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.end.div_ceil(SLICE)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The lines that begin in a slice; `None` where one is longer than a slice.
    pub(super) fn lines(&self, slice: u64) -> Option<Lines> {
        // A page before, to see whether a line begins just here; a slice behind, for the end of the last line.
        let from = (slice * SLICE).saturating_sub(PAGE as u64);
        let length = (self.end - from).min(2 * SLICE + PAGE as u64) as usize;
        let mapped = Mapped::new(&self.file, from, length).ok()?;
        let line_at = |place: u64| {
            if place == 0 || place >= self.end {
                return Some((place.min(self.end) - from) as usize);
            }
            let before = (place - from) as usize - 1;
            let newline = memchr::memchr(b'\n', &mapped[before..])?;
            Some(before + newline + 1)
        };
        let (start, stop) = (line_at(slice * SLICE)?, line_at((slice + 1) * SLICE)?);
        Some(Lines { mapped, start, stop, end: from + stop as u64 })
    }
}

impl Lines {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.mapped[self.start..self.stop]
    }

    /// Whether some of the bytes were gone from the file when they were looked at.
    pub(super) fn shrank(&self) -> bool {
        self.mapped.shrank()
    }
}
