//! What a filter finds, and the trait of those who receive it. Knows nothing of where findings go.

use std::io;

use crate::envelope::Unrecognized;
use crate::sign_in::SignIn;
use crate::tag::{Tag, TagName};

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
    /// The object that is forwarded, as it came: the record, or its envelope.
    pub fn record(&self) -> &[u8] {
        self.object
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

/// One thing that a filter found, in the order of the input.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// A sign-in to forward.
    SignIn(&'e Alert<'e>),
    /// Text that may be a sign-in and cannot be parsed: to be reported in any case.
    Unreadable {
        /// The text, and what is wrong with it.
        text: &'e Unreadable<'e>,
        /// Whether a line is to be written for it.
        forward: bool,
    },
    /// A console sign-in that is in no record, so that it is not evaluated: to be reported once an
    /// input and place.
    Unrecognized {
        /// Where it stands.
        found: &'e Unrecognized,
        /// The line, from 1.
        line_number: u64,
    },
    /// A line that was longer than allowed and was skipped; it holds no sign-in.
    TooLong {
        /// The line, from 1.
        line_number: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// A line, or a part of one, that is not JSON, and shows no sign of a sign-in.
    NotJson {
        /// The line, from 1.
        line_number: u64,
        /// The text, or its beginning.
        text: &'e [u8],
    },
    /// A schedule has no public holidays for a year in which somebody signed in, and was evaluated without them. Comes with
    /// every such sign-in.
    NoHolidays {
        /// The schedule's name.
        schedule: &'e str,
        /// The year.
        year: i64,
    },
    /// Bytes to forward as they are (`--keep all`): whole lines, or parts of one that is too long to hold.
    PassedOn(&'e [u8]),
}

/// Receives what a filter finds.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    /// Fails when the sink can take nothing more; the run ends then.
    fn accept(&mut self, event: Event<'_>) -> io::Result<()>;

    /// The input has no more to give at once: everything must be out before the next read.
    ///
    /// # Errors
    /// As [`Sink::accept`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
