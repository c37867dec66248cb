//! The ordered rules and the default: finds the first rule that matches, and decides. Knows the order.
//! Knows nothing of what conditions ask for.

use crate::rules::decision::{Decision, RuleMatch, ScheduleCache};
use crate::rules::index::Index;
use crate::rules::principal::Principal;
use crate::rules::rule::{DefaultRule, Rule, Severity};
use crate::schedule::Schedule;
use crate::sign_in::SignIn;

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
