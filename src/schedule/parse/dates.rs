//! Dates, seasons and spans of them: `Dec 24-Jan 2`, `2026-12-24..2027-01-01`, `Jun-Aug`, `easter
//! -2 days`. Knows nothing of windows.

use crate::schedule::days::{Anchor, Base, DateSpan, Days};
use crate::schedule::error::HoursError;
use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::lookahead::{
    date_at, is_plainly_time, iso_at, selects, selects_weekdays, time_at,
};
use crate::schedule::parse::scanner::Scanner;
use crate::schedule::parse::words::month;
use crate::time_zone::civil;

/// Parses dates and spans of dates, separated by `,`, into `days`.
pub(super) fn date_list(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    loop {
        let span = date_span(s)?;
        days.dates.push(span);
        if let DateSpan::Dates { from, to } = span
            && from.shift == 0
            && let Base::MonthDay(month, _) = to.base
        {
            more_days(s, days, to.year, month)?;
        }
        if !(s.is(0, &TokenKind::Comma)
            && selects(s, 1)
            && !selects_weekdays(s, 1)
            && s.word(1) != Some("week"))
        {
            return Ok(());
        }
        s.skip(1);
    }
}

/// `26` and `28-30` after `Dec 24,`: a day alone belongs to the month before it.
fn more_days(s: &mut Scanner<'_>, days: &mut Days, year: Option<i64>, month: u8) -> Result<(), HoursError> {
    let bare_day =
        |s: &Scanner<'_>| matches!(s.number(1), Some((_, 1 | 2))) && !is_plainly_time(s, 1) && !date_at(s, 1);
    while s.is(0, &TokenKind::Comma) && bare_day(s) {
        s.skip(1);
        let first = s.at;
        let from = month_day(s, year, month)?;
        let mut to = from;
        if s.is(0, &TokenKind::Dash) && bare_day(s) {
            s.skip(1);
            to = month_day(s, year, month)?;
        }
        if to.base_day() < from.base_day() {
            return Err(error_backwards(s, first));
        }
        days.dates.push(DateSpan::Dates { from, to });
    }
    Ok(())
}

/// A whole month, or one end of a span.
enum Point {
    Month { year: Option<i64>, month: u8 },
    Year(i64),
    Day(Anchor),
}

fn date_span(s: &mut Scanner<'_>) -> Result<DateSpan, HoursError> {
    let first = s.at;
    let from = match point(s)? {
        Point::Year(year) => return Ok(DateSpan::Months { year: Some(year), from: 1, to: 12 }),
        Point::Month { year, month: from } => {
            let mut to = from;
            if s.is(0, &TokenKind::Dash) {
                s.skip(1);
                to = match point(s)? {
                    Point::Month { year: None, month } => month,
                    _ => {
                        return Err(s.error(
                            s.read_since(first),
                            "a month and a date do not make a span",
                            "write both as months (Jun-Aug 09:00-17:00) or both as dates (Jun 1-Aug 9)",
                        ));
                    }
                };
            }
            return Ok(DateSpan::Months { year, from, to });
        }
        Point::Day(anchor) => anchor,
    };
    if s.is_sign(0, '+') {
        return Err(s.error_here("no end", "write the last day too, like 2026 Dec 24-2027 Jan 1"));
    }
    if !s.is(0, &TokenKind::Dash) || time_at(s, 1) && !matches!(s.number(1), Some((_, 1 | 2))) {
        return Ok(DateSpan::Dates { from, to: from });
    }
    s.skip(1);
    let to = match (from.base, s.number(0)) {
        (Base::MonthDay(month, dom), Some((_, 1 | 2))) if !date_at(s, 0) => {
            let to = month_day(s, from.year, month)?;
            // A span around the end of the year back into the same month covers all but a few days:
            // more likely `Dec 24-Jan 02` is meant.
            if from.shift == 0 && to.base_day() < Some(dom) {
                return Err(error_backwards(s, first));
            }
            to
        }
        _ => match point(s)? {
            Point::Day(anchor) => anchor,
            _ => {
                return Err(s.error(
                    s.read_since(first),
                    "a date and a month do not make a span",
                    "write the last day too, like Dec 24-Jan 2",
                ));
            }
        },
    };
    ordered(s, from, to, first)
}

/// A span that begins before it ends, with years on both sides or on neither.
fn ordered(s: &Scanner<'_>, from: Anchor, mut to: Anchor, first: usize) -> Result<DateSpan, HoursError> {
    match (from.year, to.year) {
        (None, Some(_)) => {
            return Err(s.error(
                s.read_since(first),
                "a year at the end and none at the start",
                "write both years, like 2026 Dec 24-2027 Jan 1",
            ));
        }
        (Some(year), None) => {
            to.year = Some(year);
            if to.pinned() < from.pinned() {
                to.year = Some(year + 1);
            }
        }
        _ => {}
    }
    if to.year.is_some() && to.pinned() < from.pinned() {
        return Err(error_backwards(s, first));
    }
    Ok(DateSpan::Dates { from, to })
}

fn error_backwards(s: &Scanner<'_>, first: usize) -> HoursError {
    s.error(s.read_since(first), "these dates end before they begin", "write the earlier date first")
}

fn point(s: &mut Scanner<'_>) -> Result<Point, HoursError> {
    let mut year = None;
    if let Some((value, 4)) = s.number(0)
        && date_at(s, 0)
    {
        year = Some(i64::from(value));
        if iso_at(s, 0) {
            return iso(s, i64::from(value)).map(Point::Day);
        }
        s.skip(1);
        if !s.word(0).is_some_and(|word| month(word).is_some() || word == "easter") {
            return Ok(Point::Year(i64::from(value)));
        }
    }
    if let Some((_, 1 | 2)) = s.number(0)
        && let Some(month) = s.word(1).and_then(month)
    {
        // "24 Dec": the day is before the month, which is skipped afterwards.
        let anchor = month_day(s, year, month)?;
        s.skip(1);
        return trailing_year(s, anchor).map(Point::Day);
    }
    if s.word(0) == Some("easter") {
        s.skip(1);
        let shift = shift(s)?;
        return Ok(Point::Day(Anchor { year, base: Base::Easter, shift }));
    }
    let Some(month) = s.word(0).and_then(month) else { return Err(s.error_unexpected()) };
    s.skip(1);
    skip_dot(s);
    if s.number(0).is_none() || is_plainly_time(s, 0) {
        return Ok(Point::Month { year, month });
    }
    let anchor = month_day(s, year, month)?;
    let anchor = if year.is_none() { trailing_year(s, anchor)? } else { anchor };
    let shift = shift(s)?;
    Ok(Point::Day(Anchor { shift, ..anchor }))
}

/// "24 Dec 2026", where the number cannot be a time.
fn trailing_year(s: &mut Scanner<'_>, anchor: Anchor) -> Result<Anchor, HoursError> {
    let Some((value @ 1970..=2999, 4)) = s.number(0) else { return Ok(anchor) };
    let time_follows = s.is(1, &TokenKind::Dash) && matches!(s.number(2), Some((_, 3 | 4))) && !date_at(s, 2);
    if time_follows || iso_at(s, 0) {
        return Ok(anchor);
    }
    let Base::MonthDay(month, dom) = anchor.base else { return Ok(anchor) };
    let year = i64::from(value);
    if dom > civil::days_in_month(Some(year), month) {
        return Err(s.error_here("no such date", "29 February comes in leap years only"));
    }
    s.skip(1);
    Ok(Anchor { year: Some(year), ..anchor })
}

fn iso(s: &mut Scanner<'_>, year: i64) -> Result<Anchor, HoursError> {
    let first = s.at;
    s.skip(2);
    match s.number(0) {
        Some((month @ 1..=12, _)) => {
            s.skip(2);
            month_day(s, Some(year), month as u8)
        }
        _ => {
            s.skip(3);
            Err(s.error(s.read_since(first), "no such month", "write dates like 2026-12-24"))
        }
    }
}

/// Reads the day of a month.
fn month_day(s: &mut Scanner<'_>, year: Option<i64>, month: u8) -> Result<Anchor, HoursError> {
    let Some((value, _)) = s.number(0) else { return Err(s.error_unexpected()) };
    let last = civil::days_in_month(year, month);
    if value == 0 || value > u32::from(last) {
        let name = civil::MONTHS[usize::from((month + 11) % 12)];
        let of = year.map_or(String::new(), |year| format!(" {year}"));
        return Err(s.error_here("no such date", format!("{name}{of} has {last} days")));
    }
    s.skip(1);
    if s.glued(0) && matches!(s.word(0), Some("st" | "nd" | "rd" | "th")) {
        s.skip(1);
    }
    Ok(Anchor { year, base: Base::MonthDay(month, value as u8), shift: 0 })
}

pub(super) fn skip_dot(s: &mut Scanner<'_>) {
    if s.is_sign(0, '.') && s.glued(0) {
        s.skip(1);
    }
}

/// `+1 day`, `-2 days`, or nothing.
pub(super) fn shift(s: &mut Scanner<'_>) -> Result<i16, HoursError> {
    let minus = s.is(0, &TokenKind::Dash);
    let Some((value, _)) = s.number(1) else { return Ok(0) };
    if !(minus || s.is_sign(0, '+')) || !matches!(s.word(2), Some("day" | "days")) {
        return Ok(0);
    }
    if value > 366 {
        return Err(s.error_token(1, "more than a year away", "write at most 366 days"));
    }
    s.skip(3);
    Ok(if minus { -(value as i16) } else { value as i16 })
}
