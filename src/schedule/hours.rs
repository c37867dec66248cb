//! Hours: rules of days and windows, displayed in canonical form (the
//! `opening_hours` grammar of OpenStreetMap,
//! <https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification>). Knows which windows
//! begin on a date. Knows nothing of zones, moments and the precedence between hours and closed
//! days.

use std::fmt;

use chrono::NaiveDate;

use crate::schedule::day_number::day_of;
use crate::schedule::days::{DayMatch, Days};
use crate::schedule::holidays::Holidays;
use crate::time_zone::civil::Date;

/// Minutes in a day.
pub(super) const FULL_DAY: u16 = 24 * 60;

/// Working hours. Displays in canonical form, and the canonical form parses to the same hours
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    pub(super) rules: Vec<Rule>,
}

/// A parsed text: the hours, and the time zone if the text ends with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursText {
    /// The hours.
    pub hours: Hours,
    /// The zone name at the end, as written, as in `Mon-Fri 09:00-17:00 Europe/Berlin`. Not looked
    /// up yet.
    pub zone: Option<String>,
}

/// One rule: days, and the windows that begin on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// After a `,`: adds to the windows of earlier rules on these days. After a `;` it replaces
    /// them.
    pub(super) adds: bool,
    pub(super) days: Days,
    /// Windows beginning on those days; none means closed (`off`).
    pub(super) windows: Vec<Window>,
}

/// A window of minutes, the end excluded. It belongs to the day it begins on; an end past 24:00 is
/// on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    /// Below 24:00.
    pub(super) start: u16,
    /// After `start`, at most 24 hours after it.
    pub(super) end: u16,
}

/// The result of the rules for one date.
#[derive(Debug, Default)]
pub(super) struct DayHours {
    pub(super) windows: Vec<Window>,
    /// The holiday whose rule closed the day.
    pub(super) closed_by: Option<u32>,
}

impl Hours {
    /// Hours without a window, as in `off`.
    pub fn never() -> Self {
        Self { rules: vec![Rule { adds: false, days: Days::default(), windows: Vec::new() }] }
    }

    /// Combines several hours as if they were one text joined with `,`: windows add up, and `off`
    /// closes the days of earlier entries. No entries are [`Hours::never`].
    pub fn sum(entries: impl IntoIterator<Item = Hours>) -> Self {
        let mut entries = entries.into_iter();
        let Some(mut sum) = entries.next() else { return Self::never() };
        for mut entry in entries {
            if let Some(first) = entry.rules.first_mut() {
                first.adds = !first.windows.is_empty();
            }
            sum.rules.append(&mut entry.rules);
        }
        sum
    }

    /// Whether a rule mentions public holidays (`PH`): the schedule then needs them.
    pub fn needs_holidays(&self) -> bool {
        self.rules.iter().any(|rule| rule.days.names_holidays())
    }

    /// Whether they name no days, as in `09:00-17:00`, and so apply every day of the week.
    pub fn is_every_day(&self) -> bool {
        matches!(self.rules.as_slice(), [rule] if rule.days.is_every() && !rule.windows.is_empty())
    }

    /// Whether no window ever begins: `off`.
    pub fn is_never(&self) -> bool {
        self.rules.iter().all(|rule| rule.windows.is_empty())
    }

    /// The first date within two years from `from` on which a rule after a `;` replaces the windows
    /// of an earlier rule: worth a warning, since it may not be meant. Ignores public holidays.
    pub fn first_replaced(&self, from: NaiveDate) -> Option<NaiveDate> {
        from.iter_days().take(2 * 366).find(|date| {
            let date = Date::of(day_of(*date));
            let mut open = false;
            self.rules.iter().filter(|rule| rule.days.match_date(&date, None).is_some()).any(|rule| {
                let replaces = open && !rule.adds && !rule.windows.is_empty();
                open = !rule.windows.is_empty() || (open && rule.adds);
                replaces
            })
        })
    }

    /// Writes the result for a date into `out`.
    pub(super) fn on(&self, date: &Date, holidays: Option<&Holidays>, out: &mut DayHours) {
        out.windows.clear();
        out.closed_by = None;
        for rule in &self.rules {
            let Some(hit) = rule.days.match_date(date, holidays) else { continue };
            if !rule.adds {
                out.windows.clear();
                out.closed_by = None;
            }
            out.windows.extend_from_slice(&rule.windows);
            out.closed_by = match hit {
                DayMatch::Holiday(name) if out.windows.is_empty() => Some(name),
                _ => None,
            };
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [rule] = self.rules.as_slice()
            && rule.days.is_every()
        {
            if rule.windows.is_empty() {
                return f.write_str("off");
            }
            if rule.windows == [(Window { start: 0, end: FULL_DAY })] {
                return f.write_str("24/7");
            }
        }
        for (i, rule) in self.rules.iter().enumerate() {
            f.write_str(match (i, rule.adds) {
                (0, _) => "",
                (_, true) => ", ",
                (_, false) => "; ",
            })?;
            write!(f, "{rule}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.days)?;
        if self.windows.is_empty() {
            return f.write_str("off");
        }
        for (i, window) in self.windows.iter().enumerate() {
            write!(f, "{}{window}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end } = *self;
        // 22:00-30:00 is written 22:00-06:00, but 24 hours from 09:00 can only be written
        // 09:00-33:00.
        let end = if end > FULL_DAY && end - FULL_DAY < start { end - FULL_DAY } else { end };
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}
