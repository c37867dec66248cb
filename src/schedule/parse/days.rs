//! The days of a rule: weekdays and their ranges, nth weekdays, dates, seasons, ISO weeks, public holidays.
//! Knows when a number is a day of a month and when it is an hour. Knows no windows.

use super::Scanner;
use crate::schedule::civil;
use crate::schedule::days::{Anchor, Base, DateSpan, Days, Nth, WeekSpan};
use crate::schedule::lex::Kind;
use crate::schedule::refusal::HoursError;

const FULL_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `mo`, `Mon`, `mondays`; the single letters only where one day has them.
fn weekday(word: &str) -> Option<u8> {
    match word {
        "m" => return Some(0),
        "w" => return Some(2),
        "f" => return Some(4),
        _ if word.len() < 2 => return None,
        _ => {}
    }
    let singular = word.strip_suffix('s').unwrap_or(word);
    let found = FULL_NAMES.iter().position(|name| {
        name.starts_with(word) || *name == singular || (*name == "wednesday" && word == "weds")
    });
    found.map(|index| index as u8)
}

/// Sets of weekdays with a name of their own, as bits from Monday.
fn weekday_group(word: &str) -> Option<u8> {
    match word {
        "weekdays" | "weekday" | "workdays" | "workday" => Some(0b001_1111),
        "weekends" | "weekend" => Some(0b110_0000),
        "daily" | "everyday" | "days" | "day" => Some(0b111_1111),
        _ => None,
    }
}

fn is_holiday(s: &Scanner<'_>, ahead: usize) -> bool {
    match s.word(ahead) {
        Some("ph" | "holiday" | "holidays") => true,
        Some("public" | "bank") => matches!(s.word(ahead + 1), Some("holiday" | "holidays")),
        _ => false,
    }
}

/// 1 to 12.
fn month(word: &str) -> Option<u8> {
    if word.len() < 3 {
        return None;
    }
    let found = MONTH_NAMES
        .iter()
        .position(|name| name.starts_with(word) || (*name == "september" && word == "sept"));
    found.map(|index| index as u8 + 1)
}

/// Whether a word names days, so that it is no zone.
pub(super) fn names_days(word: &str) -> bool {
    weekday(word).is_some()
        || weekday_group(word).is_some()
        || month(word).is_some()
        || matches!(word, "ph" | "week" | "weeks" | "easter" | "holiday" | "holidays")
}

/// Whether days begin here.
pub(super) fn selects(s: &Scanner<'_>, ahead: usize) -> bool {
    selects_weekdays(s, ahead)
        || matches!(s.word(ahead), Some("week" | "weeks" | "easter"))
        || s.word(ahead).is_some_and(|word| month(word).is_some())
        || date_at(s, ahead)
}

/// Whether weekdays or holidays begin here.
pub(super) fn selects_weekdays(s: &Scanner<'_>, ahead: usize) -> bool {
    s.word(ahead).is_some_and(|word| weekday(word).is_some() || weekday_group(word).is_some())
        || is_holiday(s, ahead)
}

/// Whether the number here begins a date or is a year.
pub(super) fn date_at(s: &Scanner<'_>, ahead: usize) -> bool {
    let named = |at: usize| s.word(at).is_some_and(|word| month(word).is_some() || word == "easter");
    match s.number(ahead) {
        Some((_, 1 | 2)) => s.word(ahead + 1).is_some_and(|word| month(word).is_some()),
        Some((value, 4)) => {
            iso_at(s, ahead)
                || named(ahead + 1)
                || ((1970..=2999).contains(&value)
                    && (selects(s, ahead + 1)
                        || s.word(ahead + 1).is_some_and(super::is_off)
                        || is_plainly_time(s, ahead + 1)))
        }
        _ => false,
    }
}

/// `2026-12-24`, without spaces.
pub(super) fn iso_at(s: &Scanner<'_>, ahead: usize) -> bool {
    let part = |at: usize| matches!(s.number(at), Some((_, 1 | 2))) && s.glued(at);
    let dash = |at: usize| s.is(at, &Kind::Dash) && s.glued(at);
    matches!(s.number(ahead), Some((_, 4)))
        && dash(ahead + 1)
        && part(ahead + 2)
        && dash(ahead + 3)
        && part(ahead + 4)
}

/// Whether the number here can only be a time of day: `9:00`, `9am`, `0900`.
fn is_plainly_time(s: &Scanner<'_>, ahead: usize) -> bool {
    let Some((_, digits)) = s.number(ahead) else { return false };
    let parted = s.is_sign(ahead + 1, ':') || s.is_sign(ahead + 1, '.') || s.word(ahead + 1) == Some("h");
    digits > 2
        || (parted
            && s.glued(ahead + 1)
            && (s.word(ahead + 1).is_some() || (s.number(ahead + 2).is_some() && s.glued(ahead + 2))))
        || matches!(s.word(ahead + 1), Some("am" | "pm"))
        || (s.glued(ahead + 1) && matches!(s.word(ahead + 1), Some("a" | "p")))
        || s.always_at(ahead)
}

/// Reads one kind of days into `days`.
pub(super) fn selector(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    let first = s.at;
    let again = if selects_weekdays(s, 0) {
        let again = days.week != Default::default();
        weekday_list(s, days)?;
        again
    } else if matches!(s.word(0), Some("week" | "weeks")) {
        let again = !days.weeks.is_empty();
        s.skip(1);
        week_list(s, days)?;
        again
    } else if selects(s, 0) {
        let again = !days.dates.is_empty();
        date_list(s, days)?;
        again
    } else {
        return Err(s.refuse_unexpected());
    };
    if again {
        return Err(s.refuse(
            s.read_since(first),
            "a second list of the same kind of days",
            "put a , between days that belong together, like Mo,We,Fr",
        ));
    }
    Ok(())
}

fn weekday_list(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    loop {
        weekday_entry(s, days)?;
        if !(s.is(0, &Kind::Comma) && selects_weekdays(s, 1)) {
            return Ok(());
        }
        s.skip(1);
    }
}

fn weekday_entry(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    if is_holiday(s, 0) {
        s.skip(if matches!(s.word(0), Some("public" | "bank")) { 2 } else { 1 });
        let shift = shift(s)?;
        days.week.holidays.push(small(s, shift)?);
        return Ok(());
    }
    let Some(word) = s.word(0) else { return Err(s.refuse_unexpected()) };
    if let Some(group) = weekday_group(word) {
        days.week.mask |= group;
        s.skip(1);
        return Ok(());
    }
    let Some(from) = weekday(word) else { return Err(s.refuse_unexpected()) };
    s.skip(1);
    skip_dot(s);
    if s.is_sign(0, '[') {
        return nth_list(s, days, from);
    }
    let mut to = from;
    if s.is(0, &Kind::Dash) {
        let named = s.word(1).and_then(weekday);
        if named.is_none() && s.time_at(1) {
            // "Mo - 09:00-17:00": a dash where a space belongs says nothing wrong.
            s.skip(1);
        } else {
            s.skip(1);
            to = named.ok_or_else(|| s.refuse_unexpected())?;
            s.skip(1);
            skip_dot(s);
        }
    }
    let mut day = from;
    loop {
        days.week.mask |= 1 << day;
        if day == to {
            return Ok(());
        }
        day = (day + 1) % 7;
    }
}

fn skip_dot(s: &mut Scanner<'_>) {
    if s.is_sign(0, '.') && s.glued(0) {
        s.skip(1);
    }
}

/// `[2]`, `[-1]`, `[1,3]`, `[1-2]`, and days after them.
fn nth_list(s: &mut Scanner<'_>, days: &mut Days, weekday: u8) -> Result<(), HoursError> {
    let known = days.week.nth.len();
    s.skip(1);
    loop {
        let negative = s.is(0, &Kind::Dash);
        s.skip(usize::from(negative));
        let from = nth_number(s)?;
        let mut to = from;
        if !negative && s.is(0, &Kind::Dash) {
            s.skip(1);
            to = nth_number(s)?;
        }
        for nth in from..=to.max(from) {
            days.week.nth.push(Nth { weekday, nth: if negative { -nth } else { nth }, shift: 0 });
        }
        if s.is(0, &Kind::Comma) {
            s.skip(1);
        } else if s.is_sign(0, ']') {
            s.skip(1);
            break;
        } else {
            return Err(s.refuse_here("the [ is not closed", "write it like Tu[2] or Fr[-1]"));
        }
    }
    let shift = shift(s)?;
    let shift = small(s, shift)?;
    days.week.nth[known..].iter_mut().for_each(|nth| nth.shift = shift);
    Ok(())
}

fn nth_number(s: &mut Scanner<'_>) -> Result<i8, HoursError> {
    match s.number(0) {
        Some((value @ 1..=5, _)) => {
            s.skip(1);
            Ok(value as i8)
        }
        _ => {
            Err(s.refuse_here("no such weekday of a month", "write 1 to 5, or -1 to -5 from the month's end"))
        }
    }
}

fn week_list(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    loop {
        let first = s.at;
        let from = week_number(s)?;
        let mut span = WeekSpan { from, to: from, step: 1 };
        if s.is(0, &Kind::Dash) {
            s.skip(1);
            span.to = week_number(s)?;
            if s.is_sign(0, '/') {
                s.skip(1);
                span.step = week_number(s)?;
            }
        }
        if span.to < span.from {
            return Err(s.refuse(
                s.read_since(first),
                "these weeks end before they begin",
                "write both parts, like week 50-53,1-2",
            ));
        }
        if span.step >= span.to - span.from && span.from == span.to {
            span.step = 1;
        }
        days.weeks.push(span);
        if !(s.is(0, &Kind::Comma) && s.number(1).is_some() && !is_plainly_time(s, 1)) {
            return Ok(());
        }
        s.skip(1);
    }
}

fn week_number(s: &mut Scanner<'_>) -> Result<u8, HoursError> {
    match s.number(0) {
        Some((value @ 1..=53, _)) => {
            s.skip(1);
            Ok(value as u8)
        }
        _ => Err(s.refuse_here("no such week", "ISO weeks go from 1 to 53, like week 1-53/2")),
    }
}

fn date_list(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    loop {
        let span = date_span(s)?;
        days.dates.push(span);
        // "Dec 24,26": a bare day goes with the month before it.
        while let DateSpan::Dates { from, to } = span
            && let (None | Some(_), Base::MonthDay(month, _)) = (to.year, to.base)
            && from.shift == 0
            && s.is(0, &Kind::Comma)
            && matches!(s.number(1), Some((_, 1 | 2)))
            && !is_plainly_time(s, 1)
            && !date_at(s, 1)
        {
            s.skip(1);
            let from = month_day(s, to.year, month)?;
            let mut to = from;
            if s.is(0, &Kind::Dash) && matches!(s.number(1), Some((_, 1 | 2))) && !is_plainly_time(s, 1) {
                s.skip(1);
                to = month_day(s, from.year, month)?;
            }
            days.dates.push(ordered(s, from, to, s.at.saturating_sub(1))?);
        }
        if !(s.is(0, &Kind::Comma) && selects(s, 1) && !selects_weekdays(s, 1) && s.word(1) != Some("week")) {
            return Ok(());
        }
        s.skip(1);
    }
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
            if s.is(0, &Kind::Dash) {
                s.skip(1);
                to = match point(s)? {
                    Point::Month { year: None, month } => month,
                    _ => {
                        return Err(s.refuse(
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
        return Err(s.refuse_here("no end", "write the last day too, like 2026 Dec 24-2027 Jan 1"));
    }
    if !s.is(0, &Kind::Dash) || s.time_at(1) && !matches!(s.number(1), Some((_, 1 | 2))) {
        return Ok(DateSpan::Dates { from, to: from });
    }
    s.skip(1);
    let to = match (from.base, s.number(0)) {
        (Base::MonthDay(month, _), Some((_, 1 | 2))) if !date_at(s, 0) => month_day(s, from.year, month)?,
        _ => match point(s)? {
            Point::Day(anchor) => anchor,
            _ => {
                return Err(s.refuse(
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
            return Err(s.refuse(
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
        return Err(s.refuse(
            s.read_since(first),
            "these dates end before they begin",
            "write the earlier date first",
        ));
    }
    Ok(DateSpan::Dates { from, to })
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
        // "24 Dec": the day is read where it stands, and the month skipped after it.
        let anchor = month_day(s, year, month)?;
        s.skip(1);
        return trailing_year(s, anchor).map(Point::Day);
    }
    if s.word(0) == Some("easter") {
        s.skip(1);
        let shift = shift(s)?;
        return Ok(Point::Day(Anchor { year, base: Base::Easter, shift }));
    }
    let Some(month) = s.word(0).and_then(month) else { return Err(s.refuse_unexpected()) };
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
    let time_follows = s.is(1, &Kind::Dash) && matches!(s.number(2), Some((_, 3 | 4))) && !date_at(s, 2);
    if time_follows || iso_at(s, 0) {
        return Ok(anchor);
    }
    let Base::MonthDay(month, dom) = anchor.base else { return Ok(anchor) };
    let year = i64::from(value);
    if dom > civil::days_in_month(Some(year), month) {
        return Err(s.refuse_here("no such date", "29 February comes in leap years only"));
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
            Err(s.refuse(s.read_since(first), "no such month", "write dates like 2026-12-24"))
        }
    }
}

/// Reads the day of a month.
fn month_day(s: &mut Scanner<'_>, year: Option<i64>, month: u8) -> Result<Anchor, HoursError> {
    let Some((value, _)) = s.number(0) else { return Err(s.refuse_unexpected()) };
    let last = civil::days_in_month(year, month);
    if value == 0 || value > u32::from(last) {
        let name = civil::MONTHS[usize::from((month + 11) % 12)];
        let of = year.map_or(String::new(), |year| format!(" {year}"));
        return Err(s.refuse_here("no such date", format!("{name}{of} has {last} days")));
    }
    s.skip(1);
    if s.glued(0) && matches!(s.word(0), Some("st" | "nd" | "rd" | "th")) {
        s.skip(1);
    }
    Ok(Anchor { year, base: Base::MonthDay(month, value as u8), shift: 0 })
}

/// `+1 day`, `-2 days`, or nothing.
fn shift(s: &mut Scanner<'_>) -> Result<i16, HoursError> {
    let minus = s.is(0, &Kind::Dash);
    let Some((value, _)) = s.number(1) else { return Ok(0) };
    if !(minus || s.is_sign(0, '+')) || !matches!(s.word(2), Some("day" | "days")) {
        return Ok(0);
    }
    if value > 366 {
        return Err(s.refuse_token(1, "more than a year away", "write at most 366 days"));
    }
    s.skip(3);
    Ok(if minus { -(value as i16) } else { value as i16 })
}

/// A shift that stays near its month.
fn small(s: &Scanner<'_>, shift: i16) -> Result<i8, HoursError> {
    i8::try_from(shift).map_err(|_| {
        s.refuse(s.read_since(s.at.saturating_sub(3)), "too many days away", "write at most 127 days")
    })
}
