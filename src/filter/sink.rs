//! What a filter finds and to whom it tells it.

use std::io;

use bytes::BufMut;
use serde::Serialize;

use crate::sign_in::SignIn;
use crate::tag;
use crate::tag::{Tag, TagName};

/// What happened, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Bytes read.
    pub bytes: u64,
    /// Lines read; of a document that spans lines, its elements.
    pub lines: u64,
    /// Lines that were parsed.
    pub candidates: u64,
    /// Console sign-ins found, of every kind.
    pub sign_ins: u64,
    /// Those that counted by identity, outcome and time.
    pub judged: u64,
    /// Judged inside hours.
    pub inside: u64,
    /// Judged outside hours.
    pub outside: u64,
    /// Judged nothing, as a rule says: known automation.
    pub ignored: u64,
    /// Forwarded because the time could not be read.
    pub no_event_time: u64,
    /// Times without a zone, taken as UTC.
    pub assumed_utc: u64,
    /// Texts that may have been sign-ins and could not be parsed.
    pub unreadable: u64,
    /// Lines longer than allowed, skipped to their end.
    pub too_long: u64,
    /// Copies of sign-ins that went out before, left out: counted by the sink, where one tells them.
    pub copies: u64,
    /// Lines written for sign-ins and doubts.
    pub forwarded: u64,
}

impl Stats {
    /// Adds the numbers of another input.
    pub fn add(&mut self, other: &Stats) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.candidates += other.candidates;
        self.sign_ins += other.sign_ins;
        self.judged += other.judged;
        self.inside += other.inside;
        self.outside += other.outside;
        self.ignored += other.ignored;
        self.no_event_time += other.no_event_time;
        self.assumed_utc += other.assumed_utc;
        self.unreadable += other.unreadable;
        self.too_long += other.too_long;
        self.copies += other.copies;
        self.forwarded += other.forwarded;
    }
}

/// A sign-in that is forwarded, with its verdict and the bytes that stand for it.
#[derive(Debug)]
pub struct Alert<'a> {
    /// What the record says.
    pub sign_in: &'a SignIn<'a>,
    /// What the tag says.
    pub tag: Tag<'a>,
    pub(super) name: &'a TagName,
    pub(super) object: &'a [u8],
}

impl Alert<'_> {
    /// The object that is forwarded, as it came: the record, or the one it was wrapped in.
    pub fn record(&self) -> &[u8] {
        self.object
    }

    /// Appends the forwarded line: the bytes as they came, tagged, and a newline.
    pub fn write_tagged(&self, out: &mut impl BufMut) {
        self.tag.write_tagged(self.name, self.object, out);
    }
}

/// Text that may be a sign-in and cannot be parsed.
#[derive(Debug)]
pub struct Unreadable<'a> {
    /// What is wrong.
    pub error: &'a str,
    /// The line, from 1; of a document that spans lines, its element.
    pub line_number: u64,
    /// The text, or its beginning where it is longer than a line may be.
    pub raw: &'a [u8],
    /// The key of the tag.
    pub tag: &'a TagName,
}

impl Unreadable<'_> {
    /// Appends the line that stands for it, and a newline.
    pub fn write(&self, out: &mut impl BufMut) {
        tag::write_undecided(self.tag, self.error, self.line_number, self.raw, out);
    }
}

/// Where the filter's findings go.
pub trait Sink {
    /// A sign-in to forward.
    fn alert(&mut self, alert: &Alert<'_>) -> io::Result<()>;
    /// Text in doubt. `forward` says whether a line is to be written for it; it is to be reported in any case.
    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) -> io::Result<()>;
    /// A line that was longer than allowed and was skipped; it holds no sign-in.
    fn too_long(&mut self, line_number: u64, length: u64) -> io::Result<()>;
    /// A schedule knows no public holidays of a year in which somebody signed in, and judged without; told again and again.
    fn no_holidays(&mut self, schedule: &str, year: i64) -> io::Result<()> {
        let _ = (schedule, year);
        Ok(())
    }
    /// Bytes to forward as they are (`--keep all`): whole lines, or parts of one that is too long to hold.
    fn pass(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The input has no more to give at once: everything must be out before the next read.
    fn flush(&mut self) -> io::Result<()>;
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Stop {
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

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Sink(error)
    }
}
