//! Where a piece of the input came from, and what is done if it is damaged. Knows no bytes.

/// What is wrong with text that stands where a document is over and its line is not.
pub(super) const BEHIND: &str = "text after the end of the JSON value";

/// Where what comes out of a document came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) line_number: u64,
    /// How much the number grows with every piece: 1 where the document spans lines, 0 where it is one line.
    pub(super) step: u64,
    pub(super) damage: Damage,
}

/// What is done about a stretch that cannot be taken apart. Where it says `"ConsoleLogin"` it is always forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// It is reported and counted.
    Told,
    /// All of the text is known to say `"ConsoleLogin"`, so that damage to it may be damage to a sign-in: it is forwarded.
    InDoubt,
    /// It is like any text without a sign-in.
    Unseen,
}

impl Context {
    pub(super) fn document(line_number: u64) -> Self {
        Context { line_number, step: 1, damage: Damage::Told }
    }

    pub(super) fn line(line_number: u64) -> Self {
        Context { line_number, step: 0, damage: Damage::Told }
    }
}
