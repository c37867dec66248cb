//! Finds the records in a line: the line itself, one record in a wrapper, or many in a container. Knows a fixed list of
//! paths and no others: text inside a record is never searched for records, because attackers write some of it.
//!
//! Wrappers of one record (the whole line is forwarded): EventBridge `detail`, Vector and SNS-style `message`, Fluent Bit
//! `log`, Cribl `_raw`, Elastic `event.original`, Splunk HEC `event`, `CloudTrailEvent` of lookup-events, CloudTrail
//! Lake `eventData`, SNS `Message` and `Sns.Message`, SQS `body` and `Body`. Containers of many (each record is forwarded
//! on a line of its own): `Records`, CloudWatch Logs `logEvents[].message`, lookup-events `Events`, a JSON array.

pub(crate) use crate::envelope::found::{CONTAINERS, MAX_ENVELOPES, WRAPPERS, too_deep};
pub use crate::envelope::found::{Found, LineOutcome};
use crate::envelope::walk::Walk;
use crate::prefilter::Prefilter;

mod found;
mod walk;

/// Reads lines; holds what is prepared once.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    prefilter: Prefilter,
    others: bool,
}

impl Reader {
    /// A reader. `others` says whether anybody wants [`Found::Other`].
    pub fn new(others: bool) -> Self {
        Reader { prefilter: Prefilter::default(), others }
    }

    /// Hands every sign-in of a line to `each`, and says what remains to be said of the line itself.
    pub fn read(&self, line: &[u8], each: &mut dyn FnMut(Found<'_>)) -> LineOutcome {
        Walk::new(&self.prefilter, self.others, line).run(each)
    }
}
