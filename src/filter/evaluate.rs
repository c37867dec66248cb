//! Decides about what was found: does it count, is it outside hours, and in doubt, what then. Knows the policy and the
//! rules; the bytes were found by others.

use std::sync::Arc;

use crate::envelope::{Found, LineOutcome};
use crate::filter::context::{BEHIND, Damage};
use crate::filter::oversized::Skipped;
use crate::filter::{Alert, Event, FilterError, Keep, OnUnreadable, Policy, Sink, Stats, Unreadable};
use crate::prefilter::says_console_login;
use crate::rules::{Rules, ScheduleCache};
use crate::schedule::Reason;
use crate::sign_in::{EventTime, SignIn};
use crate::tag::{Tag, one_line};

#[derive(Debug)]
pub(super) struct Evaluator {
    pub(super) policy: Policy,
    rules: Arc<Rules>,
    recents: ScheduleCache,
    pub(super) stats: Stats,
}

impl Evaluator {
    pub(super) fn new(policy: Policy, rules: Rules) -> Self {
        Evaluator {
            policy,
            rules: Arc::new(rules),
            recents: ScheduleCache::default(),
            stats: Stats::default(),
        }
    }

    /// The same judge, who has seen nothing yet.
    pub(super) fn fresh(&self) -> Self {
        let (policy, rules) = (self.policy.clone(), Arc::clone(&self.rules));
        Evaluator { policy, rules, recents: ScheduleCache::default(), stats: Stats::default() }
    }

    /// Goes on with other rules.
    pub(super) fn follow(&mut self, rules: Arc<Rules>) {
        self.rules = rules;
    }

    pub(super) fn found(
        &mut self,
        found: Found<'_>,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        match found {
            Found::SignIn { object, sign_in } => self.sign_in(object, sign_in, sink),
            Found::Other(text) => self.other(text, sink),
            Found::Unreadable { text, error } => self.unreadable(text, &error.to_string(), line_number, sink),
            Found::Unrecognized(found) => {
                self.stats.unrecognized += 1;
                sink.accept(Event::Unrecognized { found, line_number })?;
                Ok(())
            }
        }
    }

    /// What remains to be done about a text of whose content the sign-ins were handed over.
    pub(super) fn settle(
        &mut self,
        held: LineOutcome,
        text: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        match held {
            LineOutcome::Reported => Ok(()),
            LineOutcome::Nothing | LineOutcome::OtherRecord => self.other(text, sink),
            LineOutcome::Unreadable(error) => self.unreadable(text, &error.to_string(), line_number, sink),
        }
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn sign_in(
        &mut self,
        object: &[u8],
        sign_in: &SignIn<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        self.stats.sign_ins += 1;
        if !self.policy.counts(sign_in) {
            return self.other(object, sink);
        }
        self.stats.judged += 1;
        let decision = self.rules.decide(sign_in, &mut self.recents);
        let inside = decision.reason.is_some_and(Reason::is_inside);
        match decision.reason {
            Some(Reason::Ignored) => self.stats.ignored += 1,
            Some(_) if inside => self.stats.inside += 1,
            Some(_) => self.stats.outside += 1,
            None => self.stats.no_event_time += 1,
        }
        self.stats.assumed_utc += u64::from(matches!(sign_in.time, EventTime::AssumedUtc(_)));
        if let Some(year) = decision.year_without_holidays {
            sink.accept(Event::NoHolidays { schedule: decision.schedule, year })?;
        }
        if inside && self.policy.keep == Keep::AfterHours {
            return Ok(());
        }
        let tag = Tag {
            reason: decision.reason,
            cause: decision.cause,
            severity: decision.severity,
            schedule: decision.schedule,
            rule: decision.rule,
            local_time: sign_in.time.seconds().map(|at| decision.zone.local(at)),
            time_zone: decision.zone.name(),
            outcome: sign_in.outcome,
            mfa: sign_in.mfa,
        };
        self.stats.forwarded += 1;
        sink.accept(Event::SignIn(&Alert { sign_in, tag, name: &self.policy.tag, object }))?;
        Ok(())
    }

    /// Text without a sign-in that counts.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn other(&self, text: &[u8], sink: &mut dyn Sink) -> Result<(), FilterError> {
        if self.policy.keep == Keep::All {
            sink.accept(Event::PassedOn(&one_line(text)))?;
            sink.accept(Event::PassedOn(b"\n"))?;
        }
        Ok(())
    }

    /// Text that may be a sign-in and cannot be parsed.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn unreadable(
        &mut self,
        raw: &[u8],
        error: &str,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        self.stats.unreadable += 1;
        let forward = match self.policy.unreadable {
            OnUnreadable::Stop => {
                return Err(FilterError::Unreadable { line_number, error: error.to_owned() });
            }
            OnUnreadable::Forward => true,
            OnUnreadable::Drop => false,
        };
        self.stats.forwarded += u64::from(forward);
        let text = &Unreadable { error, line_number, raw, tag: &self.policy.tag };
        sink.accept(Event::Unreadable { text, forward })?;
        Ok(())
    }

    /// A stretch of a document that cannot be taken apart. It is forwarded where it may be a sign-in.
    pub(super) fn damaged(
        &mut self,
        text: &[u8],
        why: &str,
        line_number: u64,
        damage: Damage,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        if damage == Damage::InDoubt || says_console_login(text) {
            return self.unreadable(text, why, line_number, sink);
        }
        if damage == Damage::Told {
            self.stats.unreadable += 1;
            let unreadable = Unreadable { error: why, line_number, raw: text, tag: &self.policy.tag };
            sink.accept(Event::Unreadable { text: &unreadable, forward: false })?;
        }
        self.other(text, sink)
    }

    /// A line that was too long to hold.
    pub(super) fn skipped(
        &mut self,
        line: &Skipped,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        if line.is_behind() {
            let text = line.beginning();
            return match text.trim_ascii() {
                [] => Ok(()),
                _ => {
                    let damage = if line.may_hold_sign_in() { Damage::InDoubt } else { Damage::Told };
                    self.damaged(text, BEHIND, line_number, damage, sink)
                }
            };
        }
        self.stats.too_long += 1;
        if self.policy.keep == Keep::All {
            sink.accept(Event::PassedOn(b"\n"))?;
        }
        if line.may_hold_sign_in() {
            let error = format!(
                "a line of {} bytes, longer than the {} allowed; `raw` holds its beginning",
                line.length(),
                self.policy.longest_line
            );
            return self.unreadable(line.beginning(), &error, line_number, sink);
        }
        sink.accept(Event::TooLong { line_number, length: line.length() })?;
        Ok(())
    }
}
