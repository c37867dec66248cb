//! The days of a rule: weekdays (each, or the nth of a month), dates and seasons, ISO weeks, public
//! holidays. Tells whether a date is among them, and displays in canonical form. Knows nothing of
//! times of day and zones.

use std::fmt;

use crate::schedule::holidays::Holidays;
use crate::time_zone::civil;
use crate::time_zone::civil::{Date, MONTHS, WEEKDAYS};

/// A set of days. Entries of different kinds must all match (`Jun-Aug Mo-Fr`); of one kind, any may
/// match (`Mo,We`). Without entries every day matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) dates: Vec<DateSpan>,
    pub(super) weeks: Vec<WeekSpan>,
    pub(super) week: WeekdaySet,
}

/// Weekdays, nth weekdays and public holidays: any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct WeekdaySet {
    /// Bit 0 is Monday.
    pub(super) mask: u8,
    pub(super) nth: Vec<Nth>,
    /// `PH`, and how many days after each holiday.
    pub(super) holidays: Vec<i8>,
}

/// `Fr[-1]`, `Th[4] +1 day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nth {
    pub(super) weekday: u8,
    /// 1 to 5 from the month's start, -1 to -5 from its end.
    pub(super) nth: i8,
    /// Days after that weekday.
    pub(super) shift: i8,
}

/// ISO weeks `from` to `to`, every `step`th.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WeekSpan {
    pub(super) from: u8,
    pub(super) to: u8,
    pub(super) step: u8,
}

/// A span of dates, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateSpan {
    /// Whole months, every year or in one year; with a year, the span ends in the next year if `to`
    /// is before `from`.
    Months { year: Option<i64>, from: u8, to: u8 },
    /// From one date to another. Without years it recurs every year, and may wrap around the end of
    /// the year.
    Dates { from: Anchor, to: Anchor },
}

/// One end of a span of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) year: Option<i64>,
    pub(super) base: Base,
    /// Days after the base.
    pub(super) shift: i16,
}

/// What an anchor counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    MonthDay(u8, u8),
    Easter,
}

/// Why a date matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayMatch {
    Day,
    /// By a public holiday: the index of its name.
    Holiday(u32),
}

impl Days {
    /// Whether `date` matches, and why.
    pub(super) fn match_date(&self, date: &Date, holidays: Option<&Holidays>) -> Option<DayMatch> {
        if !self.dates.is_empty() && !self.dates.iter().any(|span| span.contains(date)) {
            return None;
        }
        if !self.weeks.is_empty() {
            let week = civil::iso_week(date.day);
            if !self.weeks.iter().any(|span| span.contains(week)) {
                return None;
            }
        }
        self.week.match_date(date, holidays)
    }

    /// Whether public holidays are among the days.
    pub(super) fn names_holidays(&self) -> bool {
        !self.week.holidays.is_empty()
    }

    /// Whether this is every day: no entries.
    pub(super) fn is_every(&self) -> bool {
        self.dates.is_empty() && self.weeks.is_empty() && self.week.is_every()
    }

    /// Makes equal sets compare equal: `Mo-Su` and no entry are the same set.
    pub(super) fn normalise(&mut self) {
        if self.week.mask == 0x7f {
            self.week = WeekdaySet::default();
        }
        in_order(&mut self.week.nth);
        in_order(&mut self.week.holidays);
        in_order(&mut self.weeks);
    }
}

/// Sorts a list and drops duplicates. Insertion sort: lists are short, and the standard sort is ten
/// times the code for each of several types (WASM module size).
pub(super) fn in_order<T: Ord>(list: &mut Vec<T>) {
    for entry in std::mem::take(list) {
        if let Err(at) = list.binary_search(&entry) {
            list.insert(at, entry);
        }
    }
}

impl WeekdaySet {
    fn is_every(&self) -> bool {
        self.mask == 0 && self.nth.is_empty() && self.holidays.is_empty()
    }

    fn match_date(&self, date: &Date, holidays: Option<&Holidays>) -> Option<DayMatch> {
        if let Some(known) = holidays
            && let Some(name) = self.holidays.iter().find_map(|&shift| known.on(date.day - i64::from(shift)))
        {
            return Some(DayMatch::Holiday(name));
        }
        let belongs = self.is_every()
            || self.mask & (1 << date.weekday()) != 0
            || self.nth.iter().any(|nth| nth.contains(date));
        belongs.then_some(DayMatch::Day)
    }
}

impl Nth {
    fn contains(&self, date: &Date) -> bool {
        let that = if self.shift == 0 { *date } else { Date::of(date.day - i64::from(self.shift)) };
        if that.weekday() != self.weekday {
            return false;
        }
        let nth = if self.nth > 0 {
            (that.dom - 1) / 7 + 1
        } else {
            (civil::days_in_month(Some(that.year), that.month) - that.dom) / 7 + 1
        };
        nth == self.nth.unsigned_abs()
    }
}

impl WeekSpan {
    fn contains(&self, week: u8) -> bool {
        (self.from..=self.to).contains(&week) && (week - self.from).is_multiple_of(self.step)
    }
}

impl DateSpan {
    fn contains(&self, date: &Date) -> bool {
        match *self {
            Self::Months { year: None, from, to } => within_circle(from, date.month, to),
            Self::Months { year: Some(year), from, to } => {
                let last = if to < from { (year + 1, to) } else { (year, to) };
                ((year, from)..=last).contains(&(date.year, date.month))
            }
            Self::Dates { from, to } => match (from.fixed(), to.fixed()) {
                // The common case, every year: compares month and day only, so 29 February works in
                // every year.
                (Some(first), Some(last)) if from.year.is_none() => {
                    within_circle(first, (date.month, date.dom), last)
                }
                _ => contains_counted(from, to, date),
            },
        }
    }
}

/// Spans that depend on Easter, on shifted days or on years: compares day numbers, for each year in
/// which the span may have begun.
fn contains_counted(from: Anchor, to: Anchor, date: &Date) -> bool {
    // A shift may move an anchor into a neighboring year, and a span may wrap around the end of the
    // year.
    let begins = from.year.map_or(date.year - 2..=date.year + 1, |year| year..=year);
    for year in begins {
        let first = from.day(year);
        let mut last = to.day(to.year.unwrap_or(year));
        if last < first && to.year.is_none() {
            last = to.day(year + 1);
        }
        if (first..=last).contains(&date.day) {
            return true;
        }
    }
    false
}

fn within_circle<T: PartialOrd>(from: T, value: T, to: T) -> bool {
    if from <= to { from <= value && value <= to } else { from <= value || value <= to }
}

impl Anchor {
    /// Month and day, if the anchor is a plain date.
    fn fixed(&self) -> Option<(u8, u8)> {
        match self.base {
            Base::MonthDay(month, dom) if self.shift == 0 => Some((month, dom)),
            _ => None,
        }
    }

    fn day(&self, year: i64) -> i64 {
        let base = match self.base {
            Base::MonthDay(month, dom) => civil::day_number(year, month, dom),
            Base::Easter => civil::easter(year),
        };
        base + i64::from(self.shift)
    }

    /// The day of the month, if the anchor is a date.
    pub(super) fn base_day(&self) -> Option<u8> {
        match self.base {
            Base::MonthDay(_, dom) => Some(dom),
            Base::Easter => None,
        }
    }

    /// The day number, if the anchor has a year.
    pub(super) fn pinned(&self) -> Option<i64> {
        self.year.map(|year| self.day(year))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        if !self.dates.is_empty() {
            list(f, &self.dates)?;
            gap = " ";
        }
        if !self.weeks.is_empty() {
            write!(f, "{gap}week ")?;
            list(f, &self.weeks)?;
            gap = " ";
        }
        if self.week.is_every() {
            return if gap.is_empty() { f.write_str("Mo-Su") } else { Ok(()) };
        }
        write!(f, "{gap}{}", self.week)
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, entries: &[T]) -> fmt::Result {
    for (i, entry) in entries.iter().enumerate() {
        write!(f, "{}{entry}", if i == 0 { "" } else { "," })?;
    }
    Ok(())
}

impl fmt::Display for WeekdaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entries: Vec<String> = Vec::new();
        for shift in &self.holidays {
            entries.push(format!("PH{}", Shift(i16::from(*shift))));
        }
        // Runs of days wrap around the end of the week: Friday to Monday is one run. All seven days
        // never get here: that is every day.
        let has = |day: u8| self.mask & (1 << (day % 7)) != 0;
        for first in (0..7).filter(|&day| has(day) && !has(day + 6)) {
            let last = first + (1..7).take_while(|&n| has(first + n)).count() as u8;
            let name = |day: u8| WEEKDAYS[usize::from(day % 7)];
            entries.push(match last {
                last if last == first => name(first).to_owned(),
                last => format!("{}-{}", name(first), name(last)),
            });
        }
        for nth in &self.nth {
            entries.push(format!(
                "{}[{}]{}",
                WEEKDAYS[usize::from(nth.weekday % 7)],
                nth.nth,
                Shift(i16::from(nth.shift))
            ));
        }
        list(f, &entries)
    }
}

impl fmt::Display for WeekSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.to - self.from, self.step) {
            (0, _) => write!(f, "{}", self.from),
            (_, 1) => write!(f, "{}-{}", self.from, self.to),
            _ => write!(f, "{}-{}/{}", self.from, self.to, self.step),
        }
    }
}

impl fmt::Display for DateSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months { year, from, to } => {
                if let Some(year) = year {
                    write!(f, "{year} ")?;
                }
                f.write_str(month_name(*from))?;
                if from != to {
                    write!(f, "-{}", month_name(*to))?;
                }
                Ok(())
            }
            Self::Dates { from, to } => {
                write!(f, "{from}")?;
                match (from.base, to.base) {
                    _ if from == to => Ok(()),
                    // A span around the end of the year repeats the month: `Mar 08-01` looks like a
                    // mistake.
                    (Base::MonthDay(a, first), Base::MonthDay(b, dom))
                        if a == b
                            && first <= dom
                            && from.year == to.year
                            && from.shift == 0
                            && to.shift == 0 =>
                    {
                        write!(f, "-{dom:02}")
                    }
                    _ => write!(f, "-{to}"),
                }
            }
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year} ")?;
        }
        match self.base {
            Base::MonthDay(month, dom) => write!(f, "{} {dom:02}", month_name(month))?,
            Base::Easter => f.write_str("easter")?,
        }
        write!(f, "{}", Shift(self.shift))
    }
}

fn month_name(month: u8) -> &'static str {
    MONTHS[usize::from((month + 11) % 12)]
}

/// ` +1 day`, ` -2 days`, or nothing.
struct Shift(i16);

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n => write!(f, " {n:+} day{}", if n.abs() == 1 { "" } else { "s" }),
        }
    }
}
