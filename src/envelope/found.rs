//! What reading a line can find, and the paths that are read. Knows no bytes.

use crate::json::Error;
use crate::prefilter::says_console_login;
use crate::sign_in::SignIn;

/// How many envelopes may stand inside each other; pipelines are seen to use three.
pub(crate) const MAX_ENVELOPES: usize = 6;

/// What was found in a line.
#[derive(Debug)]
pub enum Found<'a> {
    /// A console sign-in and the JSON object that is forwarded for it: the record, or the wrapper around it.
    SignIn {
        /// The bytes to tag and forward: an object, perhaps with white space around it.
        object: &'a [u8],
        /// What the record says.
        sign_in: &'a SignIn<'a>,
    },
    /// A record or line without a sign-in that stood in a container; only `--keep all` wants it.
    Other(&'a [u8]),
    /// Text that says `"ConsoleLogin"` and cannot be parsed. It may be a sign-in, so it is never dropped unseen.
    Unreadable {
        /// The text, as it came.
        text: &'a [u8],
        /// What is wrong with it.
        error: Error,
    },
}

/// What was in an envelope, for its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    /// At least one sign-in, or a doubt about a part; all of it was handed over.
    Reported,
    /// Nothing of interest.
    Nothing,
    /// Text that says `"ConsoleLogin"` and cannot be parsed; not handed over yet.
    Unreadable(Error),
}

/// What is known of a text that stands inside too many envelopes to be looked at.
pub(crate) fn too_deep(text: &[u8]) -> LineOutcome {
    if says_console_login(text) {
        LineOutcome::Unreadable(Error { what: "more than six envelopes inside each other", at: 0 })
    } else {
        LineOutcome::Nothing
    }
}

/// The keys under which a record may stand, in the order in which they are tried.
pub(crate) const WRAPPERS: [&[u8]; 12] = [
    b"detail",
    b"message",
    b"log",
    b"_raw",
    b"event",
    b"event.original",
    b"CloudTrailEvent",
    b"eventData",
    b"Message",
    b"Sns",
    b"body",
    b"Body",
];
/// The keys under which an array of records may stand.
pub(crate) const CONTAINERS: [&[u8]; 3] = [b"Records", b"logEvents", b"Events"];
