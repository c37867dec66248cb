//! Evaluates the schedules of the matching rule at a moment: the first open one decides, else the
//! first. Knows schedules, on-call rotations and lookup tables. Knows nothing of how they were
//! chosen.

use crate::rules::{Action, DefaultRule, Lookup, OnCallRotation, Principal, Rule, ScheduleRef, Severity};
use crate::schedule::{LatestInterval, Reason, Schedule, Verdict};
use crate::time_zone::Zone;

/// The rule that matched a principal, or the default.
#[derive(Debug, Clone, Copy)]
pub struct RuleMatch<'r> {
    rule: Option<&'r Rule>,
    default: &'r DefaultRule,
}

/// Something that is open or closed at a moment.
#[derive(Debug, Clone, Copy)]
pub enum AppliedSchedule<'r> {
    /// A schedule.
    Schedule(&'r Schedule),
    /// A schedule from a lookup table.
    LookedUp(&'r Schedule, &'r Lookup),
    /// An on-call rotation.
    OnCall(&'r OnCallRotation),
}

/// The decision about a sign-in, and what made it.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'r> {
    /// Why it is inside or outside; `None` if the moment is unknown.
    pub reason: Option<Reason>,
    /// The holiday or closed calendar that is the cause.
    pub cause: Option<&'r str>,
    /// How much it matters if it is outside.
    pub severity: Severity,
    /// The name of the schedule that decided: the open one, or the first.
    pub schedule: &'r str,
    /// That schedule's zone.
    pub zone: &'r Zone,
    /// The name of the rule that matched; `None` if the default applies.
    pub rule: Option<&'r str>,
    /// The year, if the schedule's table of public holidays does not cover it.
    pub year_without_holidays: Option<i64>,
}

impl<'r> RuleMatch<'r> {
    pub(super) fn new(rule: Option<&'r Rule>, default: &'r DefaultRule) -> Self {
        RuleMatch { rule, default }
    }

    /// The rule that matched; `None` if the default applies.
    pub fn rule(&self) -> Option<&'r Rule> {
        self.rule
    }

    /// Whether the rule ignores the sign-in.
    pub fn is_ignored(&self) -> bool {
        self.rule.is_some_and(|rule| matches!(rule.action, Action::Ignore))
    }

    /// The severity of a sign-in outside hours.
    pub fn severity(&self) -> Severity {
        match self.rule.map(|rule| &rule.action) {
            Some(Action::Evaluate { severity: Some(severity), .. }) => *severity,
            _ => self.default.severity,
        }
    }

    /// The schedules that apply, in order; at least one. A principal that a lookup table does not
    /// have gets the default.
    pub fn schedules(&self, principal: &Principal<'_>) -> impl Iterator<Item = AppliedSchedule<'r>> {
        let default = self.default;
        let schedules = match self.rule.map(|rule| &rule.action) {
            Some(Action::Evaluate { schedules, .. }) => schedules.as_slice(),
            _ => &[],
        };
        let of_default = move || {
            let others = default.others.iter().filter_map(|pick| match pick {
                ScheduleRef::Schedule(schedule) => Some(AppliedSchedule::Schedule(schedule)),
                ScheduleRef::OnCall(rotation) => Some(AppliedSchedule::OnCall(rotation)),
                ScheduleRef::Lookup(_) => None,
            });
            std::iter::once(AppliedSchedule::Schedule(&default.first)).chain(others)
        };
        let stands_in = schedules.is_empty().then(of_default);
        let found = schedules.iter().flat_map(move |pick| {
            let (own, default) = match pick {
                ScheduleRef::Schedule(schedule) => (Some(AppliedSchedule::Schedule(schedule)), None),
                ScheduleRef::OnCall(rotation) => (Some(AppliedSchedule::OnCall(rotation)), None),
                ScheduleRef::Lookup(lookup) => match lookup.find(principal) {
                    Some(schedule) => (Some(AppliedSchedule::LookedUp(schedule, lookup)), None),
                    None => (None, Some(of_default())),
                },
            };
            own.into_iter().chain(default.into_iter().flatten())
        });
        stands_in.into_iter().flatten().chain(found)
    }

    /// The decision for a principal at a moment (Unix seconds), if the moment is known.
    pub fn decide(
        &self,
        principal: &Principal<'_>,
        at: Option<i64>,
        cache: &mut ScheduleCache,
    ) -> Decision<'r> {
        let mut first: Option<Decision<'r>> = None;
        if !self.is_ignored() {
            for candidate in self.schedules(principal) {
                let decision = self.signed(candidate.decide(principal, at, cache, self.severity()));
                if decision.reason.is_some_and(Reason::is_inside) {
                    return decision;
                }
                first.get_or_insert(decision);
            }
        }
        if let Some(first) = first {
            return first;
        }
        let decision = Decision::by(&self.default.first, None, cache, self.severity());
        self.signed(Decision { reason: Some(Reason::Ignored), ..decision })
    }

    fn signed(&self, decision: Decision<'r>) -> Decision<'r> {
        Decision { rule: self.rule.map(|rule| rule.name.as_str()), ..decision }
    }
}

impl<'r> AppliedSchedule<'r> {
    /// The decision for a principal at a moment (Unix seconds).
    pub fn decide(
        &self,
        principal: &Principal<'_>,
        at: Option<i64>,
        cache: &mut ScheduleCache,
        severity: Severity,
    ) -> Decision<'r> {
        match *self {
            AppliedSchedule::Schedule(schedule) | AppliedSchedule::LookedUp(schedule, _) => {
                Decision::by(schedule, at, cache, severity)
            }
            AppliedSchedule::OnCall(rotation) => {
                let on_call =
                    |at| principal.user.as_deref().is_some_and(|user| rotation.is_on_call(user, at));
                let reason = at.map(|at| if on_call(at) { Reason::OnCall } else { Reason::OutsideWindow });
                Decision {
                    reason,
                    cause: None,
                    severity,
                    schedule: rotation.label(),
                    zone: rotation.zone(),
                    rule: None,
                    year_without_holidays: None,
                }
            }
        }
    }
}

impl<'r> Decision<'r> {
    /// The decision of one schedule.
    #[inline]
    pub(super) fn by(
        schedule: &'r Schedule,
        at: Option<i64>,
        cache: &mut ScheduleCache,
        severity: Severity,
    ) -> Self {
        let verdict = at.map(|at| cache.at(schedule, at));
        let year_without_holidays = at.and_then(|at| schedule.year_without_holidays(at));
        Decision {
            reason: verdict.map(|verdict| verdict.reason),
            cause: verdict.and_then(|verdict| verdict.cause),
            severity,
            schedule: schedule.name(),
            zone: schedule.zone(),
            rule: None,
            year_without_holidays,
        }
    }
}

/// The latest interval of each schedule, since logs are nearly in order. One slot a schedule, so
/// that schedules that alternate do not evict each other.
#[derive(Debug, Default)]
pub struct ScheduleCache {
    slots: [LatestInterval; SLOTS],
}

/// More schedules than this share slots, which is only slower.
const SLOTS: usize = 16;

impl ScheduleCache {
    /// The verdict of a schedule at a moment (Unix seconds), the same as [`Schedule::at`].
    #[inline]
    pub fn at<'s>(&mut self, schedule: &'s Schedule, at: i64) -> Verdict<'s> {
        // Allocations lie some hundred bytes apart: both of these groups of bits differ between
        // schedules.
        let address = schedule.address();
        let slot = ((address >> 8) ^ (address >> 4)) % SLOTS;
        self.slots[slot].at(schedule, at)
    }
}
