//! Closed days: shutdowns, named company calendars, public holidays. No window of the hours begins
//! on them. Knows days. Knows no times of day: shorter hours on a day are hours.

use crate::schedule::days::{DayMatch, Days};
use crate::schedule::error::HoursError;
use crate::schedule::holidays::Holidays;
use crate::schedule::parse;
use crate::time_zone::civil::Date;

/// Closed days from one source. They cancel every window of the hours that begins on them; a window
/// that began the day before still runs to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The name of the calendar, given as the cause.
    name: Option<String>,
    days: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Days(Vec<Days>),
    Holidays(Holidays),
}

/// What closes a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClosedBy {
    /// The calendar itself.
    Calendar,
    /// A holiday: the index of its name.
    Holiday(u32),
}

impl Closed {
    /// Reads dates and ranges of dates: `2026-12-24..2027-01-01`, `Dec 24-26`, `easter -2 days`,
    /// `2026-05-15`.
    ///
    /// # Errors
    /// Text that is not a list of days, dates that do not exist, and times of day.
    pub fn days(text: &str) -> Result<Self, HoursError> {
        Ok(Self { name: None, days: Source::Days(vec![parse::days_only(text)?]) })
    }

    /// Reads several texts as [`Closed::days`] does, as one calendar with a name.
    ///
    /// # Errors
    /// As [`Closed::days`], for the first invalid text.
    pub fn calendar<'t>(name: &str, texts: impl IntoIterator<Item = &'t str>) -> Result<Self, HoursError> {
        let days = texts.into_iter().map(parse::days_only).collect::<Result<_, _>>()?;
        Ok(Self { name: Some(name.to_owned()), days: Source::Days(days) })
    }

    /// Public holidays.
    pub fn holidays(holidays: Holidays) -> Self {
        Self { name: None, days: Source::Holidays(holidays) }
    }

    /// Whether the days mention `PH`: the schedule then needs public holidays.
    pub fn needs_holidays(&self) -> bool {
        matches!(&self.days, Source::Days(days) if days.iter().any(Days::names_holidays))
    }

    /// The public holidays, if this source is a table of them.
    pub(super) fn as_holidays(&self) -> Option<&Holidays> {
        match &self.days {
            Source::Holidays(holidays) => Some(holidays),
            Source::Days(_) => None,
        }
    }

    /// The names that this source may give as causes: the calendar's name or the names of the
    /// holidays.
    pub(super) fn causes(&self) -> &[String] {
        match &self.days {
            Source::Days(_) => self.name.as_slice(),
            Source::Holidays(holidays) => holidays.names(),
        }
    }

    /// What closes a date, if anything. `known` are the schedule's public holidays, for `PH`.
    pub(super) fn match_date(&self, date: &Date, known: Option<&Holidays>) -> Option<ClosedMatch> {
        match &self.days {
            Source::Holidays(holidays) => {
                holidays.on(date.day).map(|name| ClosedMatch { by: ClosedBy::Holiday(name), own: true })
            }
            Source::Days(days) => {
                days.iter().find_map(|days| days.match_date(date, known)).map(|hit| match hit {
                    DayMatch::Day => ClosedMatch { by: ClosedBy::Calendar, own: true },
                    DayMatch::Holiday(name) => ClosedMatch { by: ClosedBy::Holiday(name), own: false },
                })
            }
        }
    }
}

/// Why a day is closed, and which table has the name of the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClosedMatch {
    pub(super) by: ClosedBy,
    /// The name is in this source, not in the schedule's public holidays.
    pub(super) own: bool,
}
