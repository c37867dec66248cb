//! A rule: whom it matches, and which schedules and severity it asks for. Knows no order of rules and
//! evaluates nothing.

use std::sync::Arc;

use crate::rules::conditions::Conditions;
use crate::rules::lookup::Lookup;
use crate::rules::on_call::OnCallRotation;
use crate::schedule::Schedule;

/// The severity of a sign-in outside hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a line in the log.
    Info,
    /// The default.
    Low,
    /// To be looked at today.
    Medium,
    /// To be looked at now.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// All of them, the lowest first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

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

impl std::str::FromStr for Severity {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Severity::ALL.into_iter().find(|severity| severity.as_str() == word).ok_or(())
    }
}

/// A reference to a schedule. A rule may have several: the sign-in is inside hours if any of them
/// is open.
#[derive(Debug, Clone)]
pub enum ScheduleRef {
    /// This schedule.
    Schedule(Schedule),
    /// Open for the people on call, while they are.
    OnCall(Arc<OnCallRotation>),
    /// The schedule that a lookup table has for the principal; if it has none, the default's.
    Lookup(Arc<Lookup>),
}

impl ScheduleRef {
    /// As it is written in a rule: `berlin`, `oncall:sre`, `lookup:by-office`.
    pub fn written(&self) -> String {
        match self {
            ScheduleRef::Schedule(schedule) => schedule.name().to_owned(),
            ScheduleRef::OnCall(rotation) => format!("oncall:{}", rotation.name()),
            ScheduleRef::Lookup(lookup) => format!("lookup:{}", lookup.name()),
        }
    }
}

/// A rule: whom it matches, and what it does.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, which appears in the tag.
    pub name: String,
    /// Whom it matches.
    pub conditions: Conditions,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Evaluate by these schedules; by the default's if there are none.
    Evaluate {
        /// The first open one decides, else the first.
        schedules: Vec<ScheduleRef>,
        /// The severity of a sign-in outside hours; `None` for the default's.
        severity: Option<Severity>,
    },
    /// Known automation: withheld and counted, whatever the time of day.
    Ignore,
}

/// What applies if no rule matches.
#[derive(Debug, Clone)]
pub struct DefaultRule {
    /// The first schedule; it is named in the tag if no other decides, so there is always one.
    pub first: Schedule,
    /// Further schedules, any of which may be open; never lookups, which fall back to this default.
    pub others: Vec<ScheduleRef>,
    /// The severity of a sign-in outside hours.
    pub severity: Severity,
}
