//! The ordered rules and the default: finds the first rule that matches, and decides. Knows the order.
//! Knows nothing of what conditions ask for.

use crate::rules::decision::{Decision, RuleMatch, ScheduleCache};
use crate::rules::index::Index;
use crate::rules::pattern::Patterns;
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
    /// sign-ins, as positions in the list. Every one reported is certain; some may be missed: in a
    /// list of thousands of rules that do not name their users, not every pair is compared.
    pub fn unreachable(&self) -> Vec<(usize, usize)> {
        let mut work = MOST_WORK;
        let mut unreachable = Vec::new();
        for (late, rule) in self.rules.iter().enumerate() {
            let conditions = &rule.conditions;
            let people = [conditions.user.as_ref(), conditions.group.as_ref().map(|group| &group.members)];
            let written = people.map(|patterns| patterns.map_or(&[][..], Patterns::written));
            let cost = written.iter().map(|names| names.len()).sum::<usize>() + 1;
            // A rule that lists its users covers only rules of those users, so it is found by any
            // of their names; all others are among the candidates for any name.
            let mut covering = |name: Option<&String>| {
                let before =
                    self.index.candidates(name.map(String::as_str)).take_while(|&early| early < late);
                let mut affordable = before.take_while(|_| {
                    work = work.saturating_sub(cost);
                    work > 0
                });
                affordable.find(|&early| {
                    self.rules.get(early).is_some_and(|rule| rule.conditions.covers(conditions))
                })
            };
            let [user, member] = written.map(<[String]>::first);
            let by_user = covering(user);
            let by_member = member.and_then(|_| covering(member));
            unreachable.extend(by_user.into_iter().chain(by_member).min().map(|early| (late, early)));
        }
        unreachable
    }
}

/// How many names are compared, at most, in the search for rules that nothing reaches: a fraction
/// of a second.
const MOST_WORK: usize = 20_000_000;
