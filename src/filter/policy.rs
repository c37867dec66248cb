//! What counts, what is forwarded, and what is done in doubt: the user's word, before a byte is read.

use crate::envelope::{Found, LineOutcome, RecordPaths};
use crate::filter::format::Formatter;
use crate::prefilter::Prefilter;
use crate::sign_in::{EventTime, Identity, Outcome, SignIn, Way};
use crate::tag::TagName;

/// What to forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Sign-ins outside hours, and doubt.
    AfterHours,
    /// Sign-ins inside hours too.
    SignIns,
    /// Every line; sign-ins tagged.
    All,
}

/// What to do with text that may be a sign-in and cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnreadable {
    /// Forward it as undecided.
    Forward,
    /// Count it and leave it out.
    Drop,
    /// End the run.
    Stop,
}

/// A span of time: the sign-ins outside of it do not count. Empty ends are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first second that belongs to it, since 1970-01-01T00:00:00Z.
    pub since: Option<i64>,
    /// The first second that no longer does.
    pub until: Option<i64>,
}

impl Span {
    /// Whether a sign-in of this time may belong to it. One whose time cannot be read always may: that is doubt.
    pub fn may_hold(&self, time: EventTime) -> bool {
        let Some(at) = time.seconds() else { return true };
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Reads a line: hands over every sign-in, and says what remains to be said of the line itself.
pub type ReadLine = fn(&[u8], &RecordPaths, &mut dyn FnMut(Found<'_>)) -> LineOutcome;

/// What counts and what happens with it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The kinds of identity whose sign-ins count; empty for all of them. A record that does not say counts always.
    pub identities: Vec<Identity>,
    /// The outcome that counts; `None` for any. An outcome that the record does not say counts always.
    pub outcome: Option<Outcome>,
    /// The time in which a sign-in counts, by its `eventTime`.
    pub span: Span,
    /// What to forward.
    pub keep: Keep,
    /// What to do with unreadable text.
    pub unreadable: OnUnreadable,
    /// The key of the tag.
    pub tag: TagName,
    /// How findings become lines.
    pub formatter: Formatter,
    /// Read every line, and with this reader, instead of searching first: [`exhaustive::read`](crate::exhaustive::read).
    pub exhaustive: Option<ReadLine>,
    /// Paths to records besides the layouts that are known, and the ways to sign in that count.
    pub record_paths: RecordPaths,
    /// How many bytes are read at once.
    pub block: usize,
    /// The longest line, in bytes; longer ones are skipped to their end.
    pub longest_line: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            identities: vec![Identity::IamUser],
            outcome: None,
            span: Span::default(),
            keep: Keep::AfterHours,
            unreadable: OnUnreadable::Forward,
            tag: TagName::default(),
            formatter: Formatter::default(),
            exhaustive: None,
            record_paths: RecordPaths::default(),
            block: 256 * 1024,
            longest_line: 16 * 1024 * 1024,
        }
    }
}

impl Policy {
    /// The search that offers every text in which a sign-in may be.
    pub fn prefilter(&self) -> Prefilter {
        crate::envelope::prefilter(&self.record_paths)
    }

    pub(super) fn counts(&self, sign_in: &SignIn<'_>) -> bool {
        self.counts_identity(sign_in) && self.counts_outcome(sign_in) && self.span.may_hold(sign_in.time)
    }

    /// Whether the identity is of a kind that counts.
    pub(crate) fn counts_identity(&self, sign_in: &SignIn<'_>) -> bool {
        match sign_in.identity {
            _ if self.identities.is_empty() => true,
            // Every user of the portal is of one kind, and the record often does not say so.
            _ if sign_in.way == Way::Portal => true,
            Identity::Missing => true,
            // It is both, and whoever asks for one of them means it.
            Identity::ReservedRole => self.identities.iter().any(|kind| {
                matches!(kind, Identity::AssumedRole | Identity::IdentityCenter | Identity::ReservedRole)
            }),
            kind => self.identities.contains(&kind),
        }
    }

    /// Whether the outcome is one that counts.
    pub(crate) fn counts_outcome(&self, sign_in: &SignIn<'_>) -> bool {
        self.outcome.is_none_or(|wanted| [wanted, Outcome::Unknown].contains(&sign_in.outcome))
    }
}
