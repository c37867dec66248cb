//! Makes lines of what a filter found: one format, one file. Knows which formats there are. Knows nothing of where lines go.
//!
//! To add a format: a file here with `sign_in`, `unreadable` and `passed_on`, and a row in each `match` below.

mod json;
mod text;

use bytes::BufMut;

use crate::filter::sink::{Alert, Unreadable};
pub use text::Color;

/// How findings become lines. Each line ends with a newline and holds no other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formatter {
    /// The record as it came, with a tag: what a pipeline reads.
    #[default]
    Json,
    /// One line of aligned columns: what a person reads.
    Text(Color),
}

impl Formatter {
    /// Appends the line of a sign-in.
    pub fn sign_in(self, alert: &Alert<'_>, out: &mut impl BufMut) {
        match self {
            Formatter::Json => json::sign_in(alert, out),
            Formatter::Text(color) => text::sign_in(alert, color, out),
        }
    }

    /// Appends the line of a text that may be a sign-in and cannot be read. `input` is the name of its file or connection.
    pub fn unreadable(self, unreadable: &Unreadable<'_>, input: &str, out: &mut impl BufMut) {
        match self {
            Formatter::Json => json::unreadable(unreadable, out),
            Formatter::Text(color) => text::unreadable(unreadable, input, color, out),
        }
    }

    /// Appends bytes that are passed on (`--keep all`): whole lines, or parts of one.
    pub fn passed_on(self, bytes: &[u8], out: &mut impl BufMut) {
        match self {
            Formatter::Json => out.put_slice(bytes),
            Formatter::Text(_) => text::passed_on(bytes, out),
        }
    }
}
