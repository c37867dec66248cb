//! The recurring days of a rule: weekdays and their ranges, nth weekdays, ISO weeks, public
//! holidays. Knows the names of days. Knows nothing of windows; dates are in `dates`.

use crate::schedule::days::{Days, Nth, WeekSpan};
use crate::schedule::error::HoursError;
use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::Scanner;
use crate::schedule::parse::dates::{date_at, date_list, is_plainly_time};

const FULL_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTH_NAMES: &str =
    "january february march april may june july august september october november december";

/// `mo`, `Mon`, `mondays`; single letters only if they are unambiguous.
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
pub(super) fn month(word: &str) -> Option<u8> {
    if word.len() < 3 {
        return None;
    }
    let mut names = MONTH_NAMES.split(' ');
    let found = names.position(|name| name.starts_with(word) || (name == "september" && word == "sept"));
    found.map(|index| index as u8 + 1)
}

/// Whether a word names days and so is not a zone.
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
        return Err(s.error_unexpected());
    };
    if again {
        return Err(s.error(
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
        if !(s.is(0, &TokenKind::Comma) && selects_weekdays(s, 1)) {
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
    let Some(word) = s.word(0) else { return Err(s.error_unexpected()) };
    if let Some(group) = weekday_group(word) {
        days.week.mask |= group;
        s.skip(1);
        return Ok(());
    }
    let Some(from) = weekday(word) else { return Err(s.error_unexpected()) };
    s.skip(1);
    skip_dot(s);
    if s.is_sign(0, '[') {
        return nth_list(s, days, from);
    }
    let mut to = from;
    if s.is(0, &TokenKind::Dash) {
        let named = s.word(1).and_then(weekday);
        if named.is_none() && s.time_at(1) {
            // "Mo - 09:00-17:00": a dash in place of a space is harmless.
            s.skip(1);
        } else {
            s.skip(1);
            to = named.ok_or_else(|| s.error_unexpected())?;
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

pub(super) fn skip_dot(s: &mut Scanner<'_>) {
    if s.is_sign(0, '.') && s.glued(0) {
        s.skip(1);
    }
}

/// `[2]`, `[-1]`, `[1,3]`, `[1-2]`, and days after them.
fn nth_list(s: &mut Scanner<'_>, days: &mut Days, weekday: u8) -> Result<(), HoursError> {
    let known = days.week.nth.len();
    s.skip(1);
    loop {
        let negative = s.is(0, &TokenKind::Dash);
        s.skip(usize::from(negative));
        let from = nth_number(s)?;
        let mut to = from;
        if !negative && s.is(0, &TokenKind::Dash) {
            s.skip(1);
            to = nth_number(s)?;
        }
        for nth in from..=to.max(from) {
            days.week.nth.push(Nth { weekday, nth: if negative { -nth } else { nth }, shift: 0 });
        }
        if s.is(0, &TokenKind::Comma) {
            s.skip(1);
        } else if s.is_sign(0, ']') {
            s.skip(1);
            break;
        } else {
            return Err(s.error_here("the [ is not closed", "write it like Tu[2] or Fr[-1]"));
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
            Err(s.error_here("no such weekday of a month", "write 1 to 5, or -1 to -5 from the month's end"))
        }
    }
}

fn week_list(s: &mut Scanner<'_>, days: &mut Days) -> Result<(), HoursError> {
    loop {
        let first = s.at;
        let from = week_number(s)?;
        let mut span = WeekSpan { from, to: from, step: 1 };
        if s.is(0, &TokenKind::Dash) {
            s.skip(1);
            span.to = week_number(s)?;
            if s.is_sign(0, '/') {
                s.skip(1);
                span.step = week_number(s)?;
            }
        }
        if span.to < span.from {
            return Err(s.error(
                s.read_since(first),
                "these weeks end before they begin",
                "write both parts, like week 50-53,1-2",
            ));
        }
        if span.step >= span.to - span.from && span.from == span.to {
            span.step = 1;
        }
        days.weeks.push(span);
        if !(s.is(0, &TokenKind::Comma) && s.number(1).is_some() && !is_plainly_time(s, 1)) {
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
        _ => Err(s.error_here("no such week", "ISO weeks go from 1 to 53, like week 1-53/2")),
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

/// A shift that stays near its month.
fn small(s: &Scanner<'_>, shift: i16) -> Result<i8, HoursError> {
    i8::try_from(shift).map_err(|_| {
        s.error(s.read_since(s.at.saturating_sub(3)), "too many days away", "write at most 127 days")
    })
}
