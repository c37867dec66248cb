//! Says who gets which schedule. Knows identities and schedules; knows nothing of bytes.

use crate::schedule::Schedule;
use crate::signin::SignIn;

/// How much a sign-in outside hours matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a line in the log.
    Info,
    /// The default.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Worth waking somebody.
    Critical,
}

impl Severity {
    /// The word for it in the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// The rules of a run. So far: one schedule for everybody.
#[derive(Debug)]
pub struct Rules {
    schedule: Schedule,
}

/// What the rules chose for a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'r> {
    /// The schedule to judge by.
    pub schedule: &'r Schedule,
    /// The name of the rule that matched; `None` where the default applies.
    pub rule: Option<&'r str>,
    /// The severity of a sign-in outside hours.
    pub severity: Severity,
}

impl Rules {
    /// The same schedule for everybody.
    pub fn everybody(schedule: Schedule) -> Self {
        Rules { schedule }
    }

    /// The schedule for a sign-in. There always is one.
    pub fn choose(&self, _sign_in: &SignIn<'_>) -> Choice<'_> {
        Choice { schedule: &self.schedule, rule: None, severity: Severity::Low }
    }
}
