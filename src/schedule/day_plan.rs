//! One local day of a schedule: the windows that begin on it, and the reason that applies outside
//! of them. Applies the precedence of `extra`, `closed` and `hours`. Knows wall-clock days. Knows
//! nothing of zones and UTC.

use std::ops::RangeInclusive;

use crate::schedule::closed::{Closed, ClosedBy};
use crate::schedule::holidays::Holidays;
use crate::schedule::hours::{DayHours, Hours};
use crate::schedule::verdict::Reason;
use crate::time_zone::civil::{DAY, Date};

/// A reason with its cause, small enough to be stored at every transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReasonCode {
    pub(super) reason: Reason,
    /// Index into the causes plus one; 0 means no cause.
    pub(super) cause: u32,
}

impl ReasonCode {
    pub(super) const fn plain(reason: Reason) -> Self {
        Self { reason, cause: 0 }
    }
}

/// All rules of a schedule about days. Precedence is by kind, never by order: extra, then closed,
/// then hours.
#[derive(Debug, Clone)]
pub(super) struct DayRules {
    hours: Hours,
    /// Public holidays, for `PH`; their names are the first causes.
    holidays: Option<Holidays>,
    /// Closed days, each with the index of its first name among the causes.
    closed: Vec<(Closed, u32)>,
    extra: Vec<Hours>,
    causes: Vec<String>,
    never: bool,
    /// Days on which a window may begin.
    term: RangeInclusive<i64>,
}

/// The plan of one local day.
#[derive(Debug)]
pub(super) struct DayPlan {
    /// What applies outside of every window.
    pub(super) outside: ReasonCode,
    /// Seconds after the day's midnight, the end excluded and at most 48 hours after it. Reasons of
    /// higher precedence come first.
    pub(super) windows: Vec<(u32, u32, ReasonCode)>,
    day_hours: DayHours,
}

impl Default for DayPlan {
    fn default() -> Self {
        Self {
            outside: ReasonCode::plain(Reason::NeverOpen),
            windows: Vec::new(),
            day_hours: DayHours::default(),
        }
    }
}

impl DayRules {
    pub(super) fn new(
        hours: Hours,
        holidays: Option<Holidays>,
        closed: Vec<Closed>,
        extra: Vec<Hours>,
    ) -> Self {
        let mut causes: Vec<String> = holidays.as_ref().map_or(Vec::new(), |known| known.names().to_vec());
        let closed = closed
            .into_iter()
            .map(|closed| {
                let base = causes.len() as u32;
                causes.extend_from_slice(closed.causes());
                (closed, base)
            })
            .collect();
        let never = hours.is_never() && extra.iter().all(Hours::is_never);
        Self { hours, holidays, closed, extra, causes, never, term: i64::MIN..=i64::MAX }
    }

    /// The same rules, but no window begins outside of these days.
    pub(super) fn limited(mut self, from: Option<i64>, until: Option<i64>) -> Self {
        self.term = from.unwrap_or(i64::MIN)..=until.unwrap_or(i64::MAX);
        self
    }

    pub(super) fn hours(&self) -> &Hours {
        &self.hours
    }

    /// The years that all tables of public holidays cover; `None` if there is no table.
    pub(super) fn holiday_years(&self) -> Option<RangeInclusive<i32>> {
        let tables = self.closed.iter().filter_map(|(closed, _)| closed.as_holidays());
        let years = self.holidays.iter().chain(tables).map(Holidays::years);
        years.reduce(|a, b| *a.start().max(b.start())..=*a.end().min(b.end()))
    }

    pub(super) fn never(&self) -> bool {
        self.never
    }

    pub(super) fn cause(&self, code: ReasonCode) -> Option<&str> {
        let index = code.cause.checked_sub(1)?;
        self.causes.get(index as usize).map(String::as_str)
    }

    /// The place whose holiday is the cause.
    pub(super) fn place(&self, code: ReasonCode) -> Option<&str> {
        if code.reason != Reason::Holiday {
            return None;
        }
        let index = code.cause.checked_sub(1)?;
        let of_closed = self.closed.iter().rev().find(|(_, base)| *base <= index);
        let own = of_closed.and_then(|(closed, _)| closed.as_holidays());
        own.or(self.holidays.as_ref()).map(Holidays::code)
    }

    /// The place codes of all tables of holidays, each once.
    pub(super) fn places(&self) -> Vec<&str> {
        let tables = self.closed.iter().filter_map(|(closed, _)| closed.as_holidays());
        let mut codes: Vec<&str> = self.holidays.iter().chain(tables).map(Holidays::code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Whether a closed day keeps windows of the hours from beginning on a day.
    pub(super) fn is_closed(&self, day: i64) -> bool {
        let date = Date::of(day);
        self.closed.iter().any(|(closed, _)| closed.match_date(&date, self.holidays.as_ref()).is_some())
    }

    /// Writes the plan of a local day (days since 1970-01-01) into `plan`.
    pub(super) fn plan(&self, day: i64, plan: &mut DayPlan) {
        plan.windows.clear();
        plan.outside = ReasonCode::plain(Reason::NeverOpen);
        if self.never || !self.term.contains(&day) {
            return;
        }
        let date = Date::of(day);
        let holidays = self.holidays.as_ref();
        let closed = self.closed.iter().find_map(|(closed, base)| {
            let hit = closed.match_date(&date, holidays)?;
            Some(match (hit.by, hit.own) {
                (ClosedBy::Holiday(name), true) => {
                    ReasonCode { reason: Reason::Holiday, cause: base + name + 1 }
                }
                (ClosedBy::Holiday(name), false) => ReasonCode { reason: Reason::Holiday, cause: name + 1 },
                (ClosedBy::Calendar, _) if closed.causes().is_empty() => ReasonCode::plain(Reason::ClosedDay),
                (ClosedBy::Calendar, _) => ReasonCode { reason: Reason::ClosedDay, cause: base + 1 },
            })
        });
        let mut shut = closed;
        if closed.is_none() {
            self.add(&self.hours, &date, Reason::InsideWindow, plan);
            shut =
                plan.day_hours.closed_by.map(|name| ReasonCode { reason: Reason::Holiday, cause: name + 1 });
        }
        for extra in &self.extra {
            self.add(extra, &date, Reason::ExtraWindow, plan);
        }
        plan.outside = match shut {
            Some(code) => code,
            None if plan.windows.is_empty() => ReasonCode::plain(Reason::ClosedDay),
            None => ReasonCode::plain(Reason::OutsideWindow),
        };
    }

    fn add(&self, hours: &Hours, date: &Date, reason: Reason, plan: &mut DayPlan) {
        hours.on(date, self.holidays.as_ref(), &mut plan.day_hours);
        let code = ReasonCode::plain(reason);
        plan.windows.extend(
            plan.day_hours.windows.iter().map(|w| (u32::from(w.start) * 60, u32::from(w.end) * 60, code)),
        );
    }

    /// Evaluates one wall-clock moment from the plans of its day and of the day before.
    pub(super) fn evaluate(&self, wall: i128) -> ReasonCode {
        let day = wall.div_euclid(i128::from(DAY)) as i64;
        let second = wall.rem_euclid(i128::from(DAY)) as u32;
        let mut plan = DayPlan::default();
        self.plan(day, &mut plan);
        let outside = plan.outside;
        let mut best: Option<ReasonCode> = None;
        let mut look = |windows: &[(u32, u32, ReasonCode)], second: u32| {
            for &(_, _, code) in windows.iter().filter(|w| w.0 <= second && second < w.1) {
                if best.is_none_or(|known| code.reason < known.reason) {
                    best = Some(code);
                }
            }
        };
        look(&plan.windows, second);
        self.plan(day - 1, &mut plan);
        look(&plan.windows, second + DAY as u32);
        best.unwrap_or(outside)
    }
}
