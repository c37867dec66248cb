//! One local day of a schedule, for people: which windows begin on it, and what closes it. Knows
//! the plan of a day. Knows nothing of clock changes: [`Schedule::span`] takes those into account.

use std::fmt;

use chrono::NaiveDate;

use crate::schedule::day_number::day_of;
use crate::schedule::day_plan::DayPlan;
use crate::schedule::hours;
use crate::schedule::verdict::{Reason, Verdict};
use crate::schedule::{Inner, Schedule};

/// What a schedule plans for a local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day<'s> {
    /// The windows that begin on it, the earliest first.
    pub windows: Vec<DayWindow>,
    /// What holds outside of them.
    pub outside: Verdict<'s>,
    /// The place whose holiday closes the day, such as `DE-BE`.
    pub place: Option<&'s str>,
    /// Whether a closed day (not the hours themselves) keeps windows of the hours from beginning
    /// here.
    pub shut: bool,
}

/// A window of a day. Displays as `09:00-17:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayWindow {
    /// Minutes after midnight, below 24 × 60.
    pub start: u16,
    /// Minutes after the same midnight, excluded; past 24 × 60 it is on the next day.
    pub end: u16,
    /// [`Reason::InsideWindow`] of the hours, [`Reason::ExtraWindow`] of the extra windows.
    pub reason: Reason,
}

impl fmt::Display for DayWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hours::Window { start: self.start, end: self.end }.fmt(f)
    }
}

impl Schedule {
    /// What is planned for a local day.
    pub fn day(&self, date: NaiveDate) -> Day<'_> {
        let Inner { day_rules, .. } = &*self.inner;
        let day = day_of(date);
        let mut plan = DayPlan::default();
        day_rules.plan(day, &mut plan);
        let minutes = |seconds: u32| (seconds / 60) as u16;
        let mut windows: Vec<_> = plan
            .windows
            .iter()
            .map(|&(start, end, code)| DayWindow {
                start: minutes(start),
                end: minutes(end),
                reason: code.reason,
            })
            .collect();
        windows.sort_unstable();
        windows.dedup();
        Day {
            windows,
            outside: self.inner.verdict(plan.outside),
            place: day_rules.place(plan.outside),
            shut: day_rules.is_closed(day),
        }
    }

    /// The places whose public holidays it uses, such as `DE-BE`.
    pub fn places(&self) -> Vec<&str> {
        self.inner.day_rules.places()
    }
}
