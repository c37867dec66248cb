//! The envelopes that are open on a walk. Knows what is to be remembered of each. Knows no bytes.

use crate::envelope::found::{Found, LineOutcome};
use crate::envelope::paths::Active;
use crate::envelope::shape::Candidate;
use crate::envelope::texts::Span;

/// Takes what was found.
pub(super) type Each<'e> = &'e mut dyn FnMut(Found<'_>);

/// What is known of a value from what is around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// How many envelopes are around it.
    pub(super) depth: usize,
    /// Which steps of the paths its keys may be.
    pub(super) active: Active,
    /// It is the value of an `event` key, the only place where `original` means the original event.
    pub(super) in_event: bool,
    /// It is, or is in, an element of a container.
    pub(super) in_container: bool,
    /// For a record in a text in it the text is forwarded, and not what is around the text.
    pub(super) texts_alone: bool,
    /// It is the array of CloudWatch's log events.
    pub(super) log_events: bool,
    /// Base64 is looked into.
    pub(super) packed: bool,
    /// It is a value of its own: the line, or an element of an array or of `Records` that is the
    /// value. Paths begin there.
    pub(super) own: bool,
}

impl Around {
    /// What is known of an element of a container of which this is known.
    pub(super) fn inside(self) -> Self {
        // What is a value of its own is in no envelope.
        Around {
            depth: self.depth + usize::from(!self.own),
            in_container: true,
            in_event: false,
            log_events: false,
            ..self
        }
    }
}

/// An envelope that is open.
pub(super) enum Level {
    /// An object: the values that may hold its records, the next one last.
    Envelope {
        object: Span,
        outer: Span,
        around: Around,
        values: Vec<Candidate>,
        /// The key of the value that is being looked at.
        key: Vec<u8>,
        is_array: bool,
        /// What was in the values so far.
        held: LineOutcome,
        decoded: usize,
    },
    /// A container, whose elements are lines of their own.
    Elements {
        array: Span,
        /// It has brackets; else it is values one behind another.
        brackets: bool,
        /// Where the next element is looked for.
        at: usize,
        /// The element is the message of a log event.
        is_message: bool,
        around: Around,
        /// The element that is being looked at.
        element: Option<Span>,
        /// It may hold a sign-in.
        may_hold: bool,
        /// A sign-in or a doubt was found in it.
        given: bool,
        /// A record of another event was, or something was handed over as unrecognized.
        recognized: bool,
        /// Elements without either that came before; a container of nothing else stays whole.
        before: Vec<Vec<u8>>,
        decoded: usize,
    },
}

/// What counts of what is in two values of an envelope.
pub(super) fn worse(one: LineOutcome, other: LineOutcome) -> LineOutcome {
    let weight = |outcome: &LineOutcome| match outcome {
        LineOutcome::Nothing => 0,
        LineOutcome::OtherRecord => 1,
        LineOutcome::Unreadable(_) | LineOutcome::Broken(_) => 2,
        LineOutcome::Reported => 3,
    };
    if weight(&other) > weight(&one) { other } else { one }
}

/// Hands over a sign-in or a doubt, and before it what stood before it in the containers around it.
pub(super) fn give(levels: &mut [Level], found: Found<'_>, each: Each<'_>) {
    for level in levels {
        if let Level::Elements { given, before, .. } = level {
            *given = true;
            before.drain(..).for_each(|text: Vec<u8>| each(Found::Other(&text)));
        }
    }
    each(found);
}
