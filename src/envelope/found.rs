//! What reading a line can find. Knows no bytes.

use crate::envelope::unrecognized::Unrecognized;
use crate::json::Error;
use crate::prefilter::{Prefilter, says_console_login};
use crate::sign_in::SignIn;

/// How many envelopes may stand inside each other; pipelines are seen to use five.
pub(crate) const MAX_ENVELOPES: usize = 8;

/// What was found in a line.
#[derive(Debug)]
pub enum Found<'a> {
    /// A console sign-in and the JSON object that is forwarded for it: the record, or the envelope around it.
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
    /// A console sign-in that is not in a record. What it stands in is handed over besides, as the
    /// text without a sign-in that it is.
    Unrecognized(&'a Unrecognized),
}

/// What was in an envelope, for what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOutcome {
    /// At least one sign-in, or a doubt about a part; all of it was handed over.
    Reported,
    /// Nothing to hand over, and at least one record: of other events; or what is not a record was
    /// handed over as unrecognized.
    OtherRecord,
    /// Nothing of interest, and no record.
    Nothing,
    /// Text that says `"ConsoleLogin"` and cannot be parsed; not handed over yet.
    Unreadable(Error),
    /// All of the text is not one JSON value: it may be several, or none.
    Broken(Error),
}

/// What is known of a text that stands inside too many envelopes to be looked at.
pub(crate) fn too_deep(text: &[u8]) -> LineOutcome {
    if says_console_login(text) {
        LineOutcome::Unreadable(Error { what: "more than eight envelopes inside each other", at: 0 })
    } else {
        LineOutcome::Nothing
    }
}

/// What is known of text that is not JSON.
pub(crate) fn unread(text: &[u8], error: Error, prefilter: &Prefilter) -> LineOutcome {
    if says_console_login(text) || prefilter.says_other_name(text) || prefilter.has_payload(text) {
        LineOutcome::Unreadable(error)
    } else {
        LineOutcome::Nothing
    }
}
