//! Decides about what was found: does it count, is it outside hours, and in doubt, what then. Knows the policy and the
//! rules; the bytes were found by others.

use std::sync::Arc;

use crate::envelope::{Found, LineOutcome};
use crate::filter::{Alert, Event, FilterError, Keep, OnUnreadable, Policy, Sink, Stats, Unreadable};
use crate::framing::{Skipped, trim_separators};
use crate::json::Error;
use crate::prefilter::{Prefilter, ends_closed};
use crate::rules::{Principal, Rules, ScheduleCache};
use crate::schedule::Reason;
use crate::sign_in::{EventTime, SignIn};
use crate::tag::{Tag, one_line};

#[derive(Debug)]
pub(super) struct Evaluator {
    pub(super) policy: Policy,
    rules: Arc<Rules>,
    recents: ScheduleCache,
    /// For text that others have looked at and could not read.
    prefilter: Prefilter,
    pub(super) stats: Stats,
}

impl Evaluator {
    pub(super) fn new(policy: Policy, rules: Rules, prefilter: Prefilter) -> Self {
        Evaluator {
            policy,
            rules: Arc::new(rules),
            recents: ScheduleCache::default(),
            prefilter,
            stats: Stats::default(),
        }
    }

    /// The same judge, who has seen nothing yet.
    pub(super) fn fresh(&self) -> Self {
        let (policy, rules) = (self.policy.clone(), Arc::clone(&self.rules));
        let (recents, prefilter) = (ScheduleCache::default(), self.prefilter.clone());
        Evaluator { policy, rules, recents, prefilter, stats: Stats::default() }
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
            LineOutcome::Broken(error) => {
                self.damaged(text, text.len() as u64, error, false, line_number, sink)
            }
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
            self.stats.not_counted += 1;
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
        let who = Principal::of(sign_in);
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
            person: who.user.as_deref(),
            role: who.role.as_deref(),
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

    /// A stretch that is no JSON value, or its beginning. It is forwarded where it may be a sign-in;
    /// `inside` a container it is reported in any case.
    pub(super) fn damaged(
        &mut self,
        text: &[u8],
        length: u64,
        error: Error,
        inside: bool,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        // The newline behind a line is not a part of it.
        let error = Error { at: error.at.min(text.trim_ascii_end().len()), ..error };
        let (place, error) = (error.at, &described(error, text, length));
        let text = trim_separators(text);
        // A value that is not cut off, and names nothing that is looked for, is not looked at elsewhere
        // either.
        if place < text.len() && ends_closed(text) && !self.prefilter.may_hold(text) {
            return self.other(text, sink);
        }
        if self.prefilter.may_be_sign_in(text) {
            return self.unreadable(text, error, line_number, sink);
        }
        if inside {
            self.stats.unreadable += 1;
            let unreadable = Unreadable { error, line_number, raw: text, tag: &self.policy.tag };
            sink.accept(Event::Unreadable { text: &unreadable, forward: false })?;
        } else {
            self.not_json(text, line_number, sink)?;
        }
        self.other(text, sink)
    }

    /// A line, or a part of one, that is not JSON.
    pub(super) fn not_json(
        &mut self,
        text: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        self.stats.not_json += 1;
        sink.accept(Event::NotJson { line_number, text })?;
        Ok(())
    }

    /// A value or line that was too long to hold.
    pub(super) fn skipped(
        &mut self,
        skipped: &Skipped,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        self.stats.too_long += 1;
        let (beginning, length) = (skipped.beginning(), skipped.length());
        if skipped.may_hold_sign_in() || self.prefilter.may_be_sign_in(beginning) {
            let error = format!(
                "{length} bytes, longer than the {} allowed; `raw` holds the first {}",
                self.policy.longest_line,
                beginning.len()
            );
            return self.unreadable(beginning, &error, line_number, sink);
        }
        sink.accept(Event::TooLong { line_number, length })?;
        Ok(())
    }
}

/// What is wrong with a text, and how much of it is shown.
fn described(error: Error, text: &[u8], length: u64) -> String {
    if length <= text.len() as u64 || text.is_empty() {
        return error.to_string();
    }
    format!("{error}; `raw` holds the first {} of {length} bytes", text.len())
}
