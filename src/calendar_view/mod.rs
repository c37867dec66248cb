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

mod drawing;
mod notes;
mod svg;
mod svg_year;
mod text;
mod text_year;

use chrono::NaiveDate;

pub(crate) use crate::calendar_view::drawing::long_weekday;
pub use crate::calendar_view::drawing::{CELLS, Cell, Drawing, DrawnDay, Note, NoteKind, Period};

use crate::calendar_view::drawing::{CELL, DAY, midnight};

use crate::schedule::Schedule;

impl Drawing {
    /// Draws `period` of a schedule from a local date on. `tzdata` is the version of the zone data, for the header.
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
        // `span` never ends before it begins, but a drawing must end whatever it is given.
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
