//! Decides whether a moment is inside working hours. Knows calendars. Knows nothing of records,
//! bytes and the current time: the caller passes the moment.
//!
//! ```text
//! text -> Hours --+
//! bytes -> Zone --+-> Schedule: plan of a local day -> UTC edges, a year at a time -> at(instant) -> Verdict
//! dates -> Closed-+
//! ```
//!
//! How working hours are defined:
//! - A moment is evaluated by the wall clock of the zone. Ends are excluded, 24:00 is a time,
//!   seconds count.
//! - A window belongs to the local day it begins on; overnight it runs into the next day, and no
//!   later rule shortens it.
//! - When a clock is set back, some local times occur twice, and both count; local times that are
//!   skipped when it is set forward never occur.
//! - `extra` takes precedence over `closed`, and `closed` over `hours`, in whatever order they are
//!   given.
//!
//! ```
//! use afterhours::schedule::{Hours, Schedule};
//! use afterhours::time_zone::Zone;
//!
//! let hours = Hours::parse("Mon-Fri 9:00-17:00")?.hours;
//! assert_eq!(hours.to_string(), "Mo-Fr 09:00-17:00");
//! let schedule = Schedule::new("office", hours, Zone::utc())?;
//! assert_eq!(schedule.at(1_795_421_564).reason.as_str(), "outside_window"); // Monday 2026-11-23 08:12:44
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod closed;
mod day;
mod day_number;
mod day_plan;
mod days;
mod error;
mod holidays;
mod hours;
mod lexer;
mod parse;
mod transitions;
mod verdict;

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use chrono::NaiveDate;

pub use crate::schedule::closed::Closed;
pub use crate::schedule::day::{Day, DayWindow};
pub use crate::schedule::error::HoursError;
pub use crate::schedule::holidays::Holidays;
pub use crate::schedule::hours::{Hours, HoursText};
pub use crate::schedule::verdict::{Reason, Span, Verdict};

use crate::schedule::day_number::day_of;
use crate::schedule::day_plan::{DayRules, ReasonCode};
use crate::schedule::transitions::TransitionCache;
use crate::time_zone::{Zone, civil};

/// Working hours in a time zone. Cheap to clone; clones share the compiled transitions.
#[derive(Clone)]
pub struct Schedule {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    zone: Zone,
    day_rules: DayRules,
    transitions: TransitionCache,
    /// The years that the tables of public holidays cover, as moments in UTC; all moments if there
    /// is no table.
    covered: Range<i64>,
}

/// The exceptions of a schedule.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    /// Public holidays, required if the hours mention `PH`.
    pub holidays: Option<Holidays>,
    /// Days on which no window of the hours begins.
    pub closed: Vec<Closed>,
    /// Windows that apply even on closed days.
    pub extra: Vec<Hours>,
}

impl Schedule {
    /// A schedule of plain hours.
    ///
    /// # Errors
    /// Hours that mention public holidays: those need [`Schedule::with`].
    pub fn new(name: impl Into<String>, hours: Hours, zone: Zone) -> Result<Self, HoursError> {
        Self::with(name, hours, zone, Exceptions::default())
    }

    /// A schedule with holidays, closed days and extra windows.
    ///
    /// # Errors
    /// `PH` without public holidays, which would match no day.
    pub fn with(
        name: impl Into<String>,
        hours: Hours,
        zone: Zone,
        exceptions: Exceptions,
    ) -> Result<Self, HoursError> {
        let Exceptions { holidays, closed, extra } = exceptions;
        if holidays.is_none() {
            if let Some(needy) = std::iter::once(&hours).chain(&extra).find(|hours| hours.needs_holidays()) {
                return Err(error_unknown_holidays(&needy.to_string()));
            }
            if closed.iter().any(Closed::needs_holidays) {
                return Err(error_unknown_holidays("PH"));
            }
        }
        let day_rules = DayRules::new(hours, holidays, closed, extra);
        Ok(Self { inner: Arc::new(Inner::new(name.into(), zone, day_rules)) })
    }

    /// A schedule that is never open.
    pub fn never(name: impl Into<String>) -> Self {
        let day_rules = DayRules::new(Hours::never(), None, Vec::new(), Vec::new());
        Self { inner: Arc::new(Inner::new(name.into(), Zone::utc(), day_rules)) }
    }

    /// The same schedule limited to a period: on days before `from` and after `until` it is never
    /// open, not even for extra windows. A window that begins on the last day runs to its end.
    #[must_use]
    pub fn limited(self, from: Option<NaiveDate>, until: Option<NaiveDate>) -> Self {
        let Inner { name, zone, day_rules, .. } = &*self.inner;
        let day_rules = day_rules.clone().limited(from.map(day_of), until.map(day_of));
        Self { inner: Arc::new(Inner::new(name.clone(), zone.clone(), day_rules)) }
    }

    /// An identifier that no other living schedule has.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.inner).addr()
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The hours, without exceptions.
    pub fn hours(&self) -> &Hours {
        self.inner.day_rules.hours()
    }

    /// The zone.
    pub fn zone(&self) -> &Zone {
        &self.inner.zone
    }

    /// The years that all tables of public holidays cover; `None` without a table. In other years
    /// the hours are evaluated as if there were no holidays, and the caller should say so.
    pub fn holiday_years(&self) -> Option<RangeInclusive<i32>> {
        self.inner.day_rules.holiday_years()
    }

    /// The year of a moment (Unix seconds) if a table of public holidays does not cover that year.
    #[inline]
    pub fn year_without_holidays(&self, unix_seconds: i64) -> Option<i64> {
        let known = self.inner.covered.contains(&unix_seconds);
        if known || self.inner.covered.end == i64::MAX {
            return None;
        }
        Some(civil::Date::of(unix_seconds.div_euclid(civil::DAY)).year)
    }

    /// The verdict at a moment (Unix seconds). Total and pure: every moment has a verdict, always
    /// the same one.
    #[inline]
    pub fn at(&self, unix_seconds: i64) -> Verdict<'_> {
        let Inner { day_rules, zone, transitions, .. } = &*self.inner;
        let code = match transitions.interval(day_rules, zone, unix_seconds) {
            Some((_, _, code)) => code,
            None => self.inner.evaluate(unix_seconds),
        };
        self.inner.verdict(code)
    }

    /// The verdict at a moment, and the time around it in which nothing changes.
    ///
    /// The time may be too short if nothing changes for two years, never too long; for a schedule
    /// that is never open it is all time.
    pub fn span(&self, unix_seconds: i64) -> Span<'_> {
        let Inner { day_rules, zone, transitions, .. } = &*self.inner;
        if day_rules.never() {
            let verdict = Verdict::new(Reason::NeverOpen, None);
            return Span { from: i64::MIN, until: i64::MAX, verdict };
        }
        let Some((mut from, mut until, code)) = transitions.interval_anywhere(day_rules, zone, unix_seconds)
        else {
            let verdict = self.inner.verdict(self.inner.evaluate(unix_seconds));
            return Span { from: unix_seconds, until: unix_seconds.saturating_add(1), verdict };
        };
        let same = |t: i64| transitions.interval_anywhere(day_rules, zone, t).filter(|piece| piece.2 == code);
        // Intervals end where periods end: look into the neighboring periods.
        for _ in 0..2 {
            if from % transitions::PERIOD == 0
                && let Some(before) = same(from - 1)
            {
                from = before.0;
            }
            if until % transitions::PERIOD == 0
                && let Some(after) = same(until)
            {
                until = after.1;
            }
        }
        Span { from, until, verdict: self.inner.verdict(code) }
    }
}

impl Inner {
    fn new(name: String, zone: Zone, day_rules: DayRules) -> Self {
        let begin = |year: i64| civil::day_number(year, 1, 1) * civil::DAY;
        let covered = match day_rules.holiday_years() {
            Some(years) => begin(i64::from(*years.start()))..begin(i64::from(*years.end()) + 1),
            None => i64::MIN..i64::MAX,
        };
        Inner { name, zone, day_rules, transitions: TransitionCache::new(), covered }
    }

    /// Evaluates without compiled transitions, for moments far in the past or future.
    #[cold]
    fn evaluate(&self, unix_seconds: i64) -> ReasonCode {
        self.day_rules.evaluate(i128::from(unix_seconds) + i128::from(self.zone.offset_at(unix_seconds)))
    }

    #[inline]
    fn verdict(&self, code: ReasonCode) -> Verdict<'_> {
        let cause = if code.cause == 0 { None } else { self.day_rules.cause(code) };
        Verdict::new(code.reason, cause)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({:?}: {} {})", self.name(), self.hours(), self.zone().name())
    }
}

fn error_unknown_holidays(text: &str) -> HoursError {
    let at = text.find("PH").unwrap_or(0);
    HoursError::new(
        text,
        at..at + 2,
        "PH without public holidays",
        "say whose: --holidays DE-BE, or holidays = \"DE-BE\" in the configuration",
    )
}

/// Remembers the latest interval, since logs are nearly in order: the next verdict usually takes
/// two comparisons. Never answers for another schedule than the one it is asked about.
#[derive(Default)]
pub struct LatestInterval {
    /// Kept alive, so that no other schedule can have its address.
    schedule: Option<Arc<Inner>>,
    from: i64,
    length: u64,
    code: Option<ReasonCode>,
}

impl LatestInterval {
    /// The verdict of `schedule` at a moment (Unix seconds), the same as [`Schedule::at`].
    #[inline]
    pub fn at<'s>(&mut self, schedule: &'s Schedule, unix_seconds: i64) -> Verdict<'s> {
        let inner = &schedule.inner;
        if (unix_seconds.wrapping_sub(self.from) as u64) < self.length
            && self.schedule.as_ref().is_some_and(|known| Arc::ptr_eq(known, inner))
            && let Some(code) = self.code
        {
            return inner.verdict(code);
        }
        self.look(schedule, unix_seconds)
    }

    fn look<'s>(&mut self, schedule: &'s Schedule, unix_seconds: i64) -> Verdict<'s> {
        let Inner { day_rules, zone, transitions, .. } = &*schedule.inner;
        let Some((from, until, code)) = transitions.interval(day_rules, zone, unix_seconds) else {
            return schedule.at(unix_seconds);
        };
        if !self.schedule.as_ref().is_some_and(|known| Arc::ptr_eq(known, &schedule.inner)) {
            self.schedule = Some(Arc::clone(&schedule.inner));
        }
        (self.from, self.length, self.code) = (from, (until - from) as u64, Some(code));
        schedule.inner.verdict(code)
    }
}

impl fmt::Debug for LatestInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LatestInterval")
            .field("from", &self.from)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
