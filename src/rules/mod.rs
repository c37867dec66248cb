//! Decides which schedules apply to a sign-in, and evaluates them. Knows identities and schedules.
//! Knows nothing of bytes, files and configuration.
//!
//! ```text
//! SignIn -> Who -> the first rule whose Conditions hold, else the default -> Picks -> Decision
//! ```

mod conditions;
mod decision;
mod index;
mod lookup;
mod network;
mod on_call;
mod pattern;
mod principal;

use std::sync::Arc;

pub use crate::rules::conditions::{Conditions, Groups};
pub use crate::rules::decision::{AppliedSchedule, Decision, RuleMatch, ScheduleCache};
pub use crate::rules::lookup::Lookup;
pub use crate::rules::network::{Network, NetworkError};
pub use crate::rules::on_call::{OnCallRotation, Shift, ShiftOwner, WeeklyTurns, instant};
pub use crate::rules::pattern::{Patterns, glob_matches};
pub use crate::rules::principal::Principal;

use crate::rules::index::Index;
use crate::schedule::Schedule;
use crate::sign_in::SignIn;

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

/// Ordered rules and a default. The first rule that matches wins.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    default: DefaultRule,
    index: Index,
    /// There is one schedule for everyone: the identity is not needed.
    same_for_all: bool,
}

impl Rules {
    /// Rules in order, and the default.
    pub fn new(rules: Vec<Rule>, default: DefaultRule) -> Self {
        let index = Index::of(&rules);
        let same_for_all = rules.is_empty() && default.others.is_empty();
        Rules { rules, default, index, same_for_all }
    }

    /// The same schedule for everyone.
    pub fn everybody(schedule: Schedule) -> Self {
        Self::new(Vec::new(), DefaultRule { first: schedule, others: Vec::new(), severity: Severity::Low })
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What applies if no rule matches.
    pub fn default(&self) -> &DefaultRule {
        &self.default
    }

    /// The first rule that matches a principal, else the default.
    pub fn matching(&self, principal: &Principal<'_>) -> RuleMatch<'_> {
        let rule = self.index.candidates(principal.user.as_deref()).filter_map(|at| self.rules.get(at));
        let rule = rule.into_iter().find(|rule| rule.conditions.matches(principal));
        RuleMatch::new(rule, &self.default)
    }

    /// Decides about a sign-in.
    #[inline]
    pub fn decide(&self, sign_in: &SignIn<'_>, cache: &mut ScheduleCache) -> Decision<'_> {
        let at = sign_in.time.seconds();
        if self.same_for_all {
            return Decision::by(&self.default.first, at, cache, self.default.severity);
        }
        let principal = Principal::of(sign_in);
        self.matching(&principal).decide(&principal, at, cache)
    }

    /// Rules that no sign-in can reach, each with the earlier rule that matches all of its
    /// sign-ins, as positions in the list. Every one reported is certain; some may be missed.
    pub fn unreachable(&self) -> Vec<(usize, usize)> {
        let earlier = |late: usize| {
            self.rules[..late].iter().position(|rule| rule.conditions.covers(&self.rules[late].conditions))
        };
        (0..self.rules.len()).filter_map(|late| earlier(late).map(|early| (late, early))).collect()
    }
}

#[cfg(test)]
mod tests;
