//! What is drawn: days of half-hour cells, their notes, and how a cell looks. Knows cells; knows no terminal and no picture.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::schedule::DayWindow;

/// Cells in a day.
pub const CELLS: usize = 48;
/// Seconds of a cell.
pub(super) const CELL: i64 = 1800;
/// Seconds of a civil day.
pub(super) const DAY: i64 = 86_400;

/// How much is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Seven days.
    Week,
    /// To the same day of the next month.
    Month,
    /// To the same day of the next year.
    Year,
}

impl Period {
    /// The first day of the period that holds a date: a Monday, the first of a month, 1 January.
    pub fn around(self, date: NaiveDate) -> NaiveDate {
        let back = match self {
            Period::Week => date.weekday().num_days_from_monday(),
            Period::Month => date.day0(),
            Period::Year => date.ordinal0(),
        };
        date - Days::new(u64::from(back))
    }

    /// The first day after it, if it begins on `first`. Never before `first`.
    pub(super) fn end(self, first: NaiveDate) -> NaiveDate {
        let end = match self {
            Period::Week => first.checked_add_days(Days::new(7)),
            Period::Month => first.checked_add_months(Months::new(1)),
            Period::Year => first.checked_add_months(Months::new(12)),
        };
        end.unwrap_or(first)
    }
}

/// A schedule, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    pub(super) name: String,
    pub(super) hours: String,
    pub(super) zone: String,
    pub(super) tzdata: String,
    pub(super) places: Vec<String>,
    pub(super) period: Period,
    pub(super) days: Vec<DrawnDay>,
}

/// A local day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnDay {
    /// Its date.
    pub date: NaiveDate,
    /// Its half hours, from 00:00.
    pub cells: [Cell; CELLS],
    /// What is worth saying about it.
    pub notes: Vec<Note>,
    /// The windows that are planned to begin on it.
    pub windows: Vec<DayWindow>,
}

/// What a local half hour holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Seconds that clocks show a time in it: 1800, none where the clock is set forward over it, 3600 where it comes twice.
    pub shown: u32,
    /// Of those, how many are inside working hours.
    pub open: u32,
    /// Its first moment on the wall clock is inside.
    pub opens_open: bool,
    /// Its last one is.
    pub ends_open: bool,
}

/// The look of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Closed,
    Open,
    /// Open in its first part.
    First,
    /// Open in its last part.
    Last,
    /// Open in the middle, or closed in the middle.
    Partly,
    Twice,
    ClosedTwice,
    Never,
}

impl Cell {
    pub(super) fn look(self) -> Look {
        match self {
            Cell { shown: 0, .. } => Look::Never,
            Cell { shown, open: 0, .. } if i64::from(shown) > CELL => Look::ClosedTwice,
            Cell { shown, .. } if i64::from(shown) > CELL => Look::Twice,
            Cell { open: 0, .. } => Look::Closed,
            Cell { shown, open, .. } if shown == open => Look::Open,
            Cell { opens_open: true, ends_open: false, .. } => Look::First,
            Cell { opens_open: false, ends_open: true, .. } => Look::Last,
            _ => Look::Partly,
        }
    }
}

impl DrawnDay {
    /// Seconds inside working hours that really pass on this day.
    pub fn open_seconds(&self) -> u32 {
        self.cells.iter().map(|cell| cell.open).sum()
    }

    pub(super) fn is_weekend(&self) -> bool {
        self.date.weekday().num_days_from_monday() >= 5
    }

    pub(super) fn label(&self) -> String {
        format!("{} {}", weekday(self.date), self.date)
    }
}

impl Drawing {
    /// The days, in order.
    pub fn days(&self) -> &[DrawnDay] {
        &self.days
    }

    /// Seconds inside working hours in all of it.
    pub fn open_seconds(&self) -> u64 {
        self.days.iter().map(|day| u64::from(day.open_seconds())).sum()
    }

    /// What is drawn, in words: `week from Monday 2026-10-19`.
    pub(super) fn span_in_words(&self) -> String {
        let Some(first) = self.days.first().map(|day| day.date) else { return String::new() };
        match self.period {
            Period::Month if first.day() == 1 => format!("{} {}", month(first), first.year()),
            Period::Year if first.ordinal() == 1 => first.year().to_string(),
            Period::Week => format!("week from {} {first}", long_weekday(first)),
            Period::Month => format!("month from {} {first}", long_weekday(first)),
            Period::Year => format!("year from {} {first}", long_weekday(first)),
        }
    }

    /// Where the clocks and the holidays are from: `Europe/Berlin, tzdata 2026f, holidays DE-BE`.
    pub(super) fn sources(&self) -> String {
        let mut sources = format!("{}, tzdata {}", self.zone, self.tzdata);
        if !self.places.is_empty() {
            sources.push_str(", holidays ");
            sources.push_str(&self.places.join(", "));
        }
        sources
    }

    /// The total in words: `40h00 in the week`.
    pub(super) fn total(&self) -> String {
        let whole = match self.period {
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
        };
        format!("{} in the {whole}", hours_and_minutes(self.open_seconds()))
    }
}

/// Seconds from 1970-01-01 00:00 to the date's midnight, on the same clock.
pub(super) fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// `8h00`, `1,984h30`.
pub(super) fn hours_and_minutes(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours < 1000 {
        format!("{hours}h{minutes:02}")
    } else {
        format!("{},{:03}h{minutes:02}", hours / 1000, hours % 1000)
    }
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) fn long_weekday(date: NaiveDate) -> &'static str {
    WEEKDAYS[date.weekday().num_days_from_monday() as usize]
}

pub(super) fn weekday(date: NaiveDate) -> &'static str {
    &long_weekday(date)[..3]
}

pub(super) fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// A remark about a day, in words that are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The words.
    pub text: String,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// A holiday, or a closed day.
    Closed,
    /// Windows besides the hours.
    Extra,
    /// The clock is set.
    Clock,
}
