//! Draws a schedule: half-hour cells of local days, over a week, a month or a year.
//! Knows what was really open, cell by cell, from the compiled schedule. Knows no terminal and no present time: the caller
//! says from which date, and whether there is colour.
//!
//! ```
//! use afterhours::calendar_view::{Drawing, Period};
//! use afterhours::schedule::{Hours, Schedule};
//! use afterhours::time_zone::Zone;
//! use chrono::NaiveDate;
//!
//! let schedule = Schedule::new("office", Hours::parse("Mon-Fri 9-17")?.hours, Zone::utc())?;
//! let monday = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no date")?;
//! let week = Drawing::new(&schedule, Period::Week, monday, "2026f");
//! assert_eq!(week.open_seconds(), 40 * 3600);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod notes;
mod svg;
mod svg_year;
mod text;
mod text_year;

use chrono::{Datelike, Days, Months, NaiveDate};

pub use crate::calendar_view::notes::{Note, NoteKind};

use crate::schedule::{DayWindow, Schedule};

/// Cells in a day.
pub const CELLS: usize = 48;
/// Seconds of a cell.
const CELL: i64 = 1800;
/// Seconds of a civil day.
const DAY: i64 = 86_400;

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
    fn end(self, first: NaiveDate) -> NaiveDate {
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
    name: String,
    hours: String,
    zone: String,
    tzdata: String,
    places: Vec<String>,
    period: Period,
    days: Vec<DrawnDay>,
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
enum Look {
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
    fn look(self) -> Look {
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

    fn is_weekend(&self) -> bool {
        self.date.weekday().num_days_from_monday() >= 5
    }

    fn label(&self) -> String {
        format!("{} {}", weekday(self.date), self.date)
    }
}

impl Drawing {
    /// Draws `period` of a schedule from a local date on. `tzdata` is the version of the zone data, to be told in the header.
    pub fn new(schedule: &Schedule, period: Period, first: NaiveDate, tzdata: &str) -> Self {
        let end = period.end(first);
        let mut days: Vec<DrawnDay> = first
            .iter_days()
            .take_while(|date| *date < end)
            .map(|date| {
                let day = schedule.day(date);
                let notes = notes::of_plan(&day);
                DrawnDay { date, cells: [Cell::default(); CELLS], notes, windows: day.windows }
            })
            .collect();
        fill(schedule, first, &mut days);
        notes::add_changes(schedule.zone(), first, &mut days);
        Drawing {
            name: schedule.name().to_owned(),
            hours: schedule.hours().to_string(),
            zone: schedule.zone().name().to_owned(),
            tzdata: tzdata.to_owned(),
            places: schedule.places().into_iter().map(str::to_owned).collect(),
            period,
            days,
        }
    }

    /// The days, in order.
    pub fn days(&self) -> &[DrawnDay] {
        &self.days
    }

    /// Seconds inside working hours in all of it.
    pub fn open_seconds(&self) -> u64 {
        self.days.iter().map(|day| u64::from(day.open_seconds())).sum()
    }

    /// For a terminal, or a page of plain text. Ends with a newline.
    pub fn to_text(&self, colour: bool) -> String {
        match self.period {
            Period::Week | Period::Month => text::rows(self, colour),
            Period::Year => text_year::months(self, colour),
        }
    }

    /// A picture that stands alone: SVG 1.1, readable on light and on dark pages.
    pub fn to_svg(&self) -> String {
        match self.period {
            Period::Week | Period::Month => svg::rows(self),
            Period::Year => svg_year::carpet(self),
        }
    }

    /// What is drawn, in words: `week from Monday 2026-10-19`.
    fn span_in_words(&self) -> String {
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
    fn sources(&self) -> String {
        let mut sources = format!("{}, tzdata {}", self.zone, self.tzdata);
        if !self.places.is_empty() {
            sources.push_str(", holidays ");
            sources.push_str(&self.places.join(", "));
        }
        sources
    }

    /// The total in words: `40h00 in the week`.
    fn total(&self) -> String {
        let whole = match self.period {
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
        };
        format!("{} in the {whole}", hours_and_minutes(self.open_seconds()))
    }
}

/// Fills the cells from the pieces of time in which neither the verdict nor the offset changes.
fn fill(schedule: &Schedule, first: NaiveDate, days: &mut [DrawnDay]) {
    let zone = schedule.zone();
    let origin = midnight(first);
    let length = days.len() as i64 * DAY;
    // Clocks are never further from UTC than a day and some hours: Manila before 1845, and the skipped days of the Pacific.
    let (mut at, end) = (origin - 2 * DAY, origin + length + 2 * DAY);
    while at < end {
        let span = schedule.span(at);
        let change = zone.next_change(at).unwrap_or(i64::MAX);
        // `span` never ends before it begins, but a drawing must end whatever it is told.
        let until = span.until.min(change).min(end).max(at + 1);
        let shift = i64::from(zone.offset_at(at)) - origin;
        let (low, high) = ((at + shift).max(0), (until + shift).min(length));
        paint(days, low, high, span.verdict.is_inside());
        at = until;
    }
}

/// Counts the wall-clock seconds `low..high`, from the first day's midnight, into the cells they lie in.
fn paint(days: &mut [DrawnDay], mut low: i64, high: i64, inside: bool) {
    while low < high {
        let index = low / CELL;
        let (start, end) = (index * CELL, (index + 1) * CELL);
        let until = high.min(end);
        let day = days.get_mut(index as usize / CELLS);
        let Some(cell) = day.and_then(|day| day.cells.get_mut(index as usize % CELLS)) else { return };
        let seconds = (until - low) as u32;
        cell.shown += seconds;
        if inside {
            cell.open += seconds;
        }
        if low == start {
            cell.opens_open = inside;
        }
        if until == end {
            cell.ends_open = inside;
        }
        low = until;
    }
}

/// Seconds from 1970-01-01 00:00 to the date's midnight, on the same clock.
fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// `8h00`, `1,984h30`.
fn hours_and_minutes(seconds: u64) -> String {
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

fn weekday(date: NaiveDate) -> &'static str {
    &long_weekday(date)[..3]
}

fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}
