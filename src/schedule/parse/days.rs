//! The recurring days of a rule: weekdays and their ranges, nth weekdays, ISO weeks, public
//! holidays. Knows nothing of windows; dates are in `dates`.

use crate::schedule::days::{Days, Nth, WeekSpan};
use crate::schedule::error::HoursError;
use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::dates::{date_list, shift, skip_dot};
use crate::schedule::parse::lookahead::{is_holiday, is_plainly_time, selects, selects_weekdays, time_at};
use crate::schedule::parse::scanner::Scanner;
use crate::schedule::parse::words::{weekday, weekday_group};

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
        if named.is_none() && time_at(s, 1) {
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

/// A shift that stays near its month.
fn small(s: &Scanner<'_>, shift: i16) -> Result<i8, HoursError> {
    i8::try_from(shift).map_err(|_| {
        s.error(s.read_since(s.at.saturating_sub(3)), "too many days away", "write at most 127 days")
    })
}
