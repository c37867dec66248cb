//! Times of day and windows: `09:00-17:00`, `9am - 5:30pm`, `0900-1700`, `9-17`, `22:00-30:00`.
//! Rejects what is ambiguous. Knows nothing of days.

use std::ops::Range;

use crate::schedule::error::HoursError;
use crate::schedule::hours::{FULL_DAY, Window};
use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::lookahead::{iso_at, time_at};
use crate::schedule::parse::scanner::Scanner;

/// A time as it was written.
struct Clock {
    /// Minutes after midnight, with `am` and `pm` applied.
    minutes: u16,
    half: Option<DayHalf>,
    /// An hour of one digit, or of two without minutes: it may be meant on a 12-hour clock.
    loose: bool,
    place: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DayHalf {
    Morning,
    Afternoon,
}

/// Reads a window.
pub(super) fn window(s: &mut Scanner<'_>) -> Result<Window, HoursError> {
    let first = s.at;
    let start = clock(s)?;
    if s.is_sign(0, '+') {
        return Err(s.error_here("no end", "write when it closes, like 09:00-17:00"));
    }
    if s.is_sign(0, '/') {
        return Err(s.error(
            s.read_since(first),
            "a date with slashes may be read in two ways",
            "write dates like 2026-12-24",
        ));
    }
    if s.is_sign(0, '.') && s.glued(0) && s.number(1).is_some() {
        return Err(error_third_number(s));
    }
    if !s.is(0, &TokenKind::Dash) {
        return Err(s.error(
            s.read_since(first),
            "a time alone is no window",
            "write from when to when, like 09:00-17:00",
        ));
    }
    s.skip(1);
    // After a dash even 2000 is a time; elsewhere it may be a year.
    let hours_and_minutes = matches!(s.number(0), Some((_, 4))) && !iso_at(s, 0);
    if !hours_and_minutes && !time_at(s, 0) {
        return Err(match s.word(0) {
            None if s.number(0).is_some() => {
                s.error_here("a date after the times", "write the date before the times")
            }
            Some("open") | None => {
                s.error_here("the window has no end", "write when it closes, like 09:00-17:00")
            }
            Some(_) => s.error_unexpected(),
        });
    }
    let end = clock(s)?;
    if s.is_sign(0, '+') {
        return Err(s.error_here("an end with a +", "write when it closes, like 09:00-17:00"));
    }
    let whole = s.read_since(first);
    error_two_readings(s, &start, &end, whole.clone())?;
    if start.minutes >= FULL_DAY {
        return Err(if start.minutes == FULL_DAY {
            s.error(start.place, "a window cannot begin at 24:00", "write 00:00 and the next day")
        } else {
            s.error(start.place, "hour past 24", "a window begins between 00:00 and 23:59")
        });
    }
    if end.minutes > 2 * FULL_DAY {
        return Err(s.error(
            end.place,
            "hour past 48",
            "an end lies at most on the next day: 22:00-30:00 is 22:00-06:00",
        ));
    }
    if start.minutes == end.minutes {
        return Err(s.error(
            whole,
            "start and end are equal",
            "write 00:00-24:00 for the whole day, or off for none of it",
        ));
    }
    let end = if end.minutes < start.minutes { end.minutes + FULL_DAY } else { end.minutes };
    if end - start.minutes > FULL_DAY {
        return Err(s.error(
            whole,
            "longer than a day",
            "a window lasts at most 24 hours: write one for each day",
        ));
    }
    Ok(Window { start: start.minutes, end })
}

/// `am` on one side only, and `9-5`: accepted if only one reading makes sense, rejected otherwise.
fn error_two_readings(
    s: &Scanner<'_>,
    start: &Clock,
    end: &Clock,
    whole: Range<usize>,
) -> Result<(), HoursError> {
    let twelve = 12 * 60;
    let unclear = match (start.half, end.half) {
        (None, None) => start.loose && end.loose && start.minutes <= twelve && end.minutes < start.minutes,
        // 9-5pm can only begin in the morning; 1-5pm may begin at 01:00 or at 13:00.
        (None, Some(DayHalf::Afternoon)) => {
            start.loose
                && start.minutes < 13 * 60
                && (start.minutes >= twelve || start.minutes + twelve < end.minutes)
        }
        (None, Some(DayHalf::Morning)) => start.loose && start.minutes < 13 * 60,
        (Some(_), None) => end.loose && end.minutes < 13 * 60,
        (Some(_), Some(_)) => false,
    };
    if !unclear {
        return Ok(());
    }
    Err(s.error(whole, "this is ambiguous", readings(start, end)))
}

/// The two readings of an ambiguous window, to copy.
fn readings(start: &Clock, end: &Clock) -> String {
    let other = |clock: &Clock| (clock.minutes + 12 * 60) % FULL_DAY;
    let shown =
        |start: u16, end: u16| format!("{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60);
    // Without am or pm it is the end that is in doubt, and where it has one the beginning.
    let (start, end, other_start, other_end) = match (start.half, end.half) {
        (None, Some(_)) => (other(start), end.minutes, start.minutes, end.minutes),
        _ => (start.minutes, other(end), start.minutes, end.minutes),
    };
    format!(
        "write am or pm on both sides, or copy {} or {}",
        shown(start, end),
        shown(other_start, other_end)
    )
}

/// Reads one time of day.
fn clock(s: &mut Scanner<'_>) -> Result<Clock, HoursError> {
    let first = s.at;
    if let Some(word) = s.word(0) {
        let minutes = match word {
            "noon" | "midday" => 12 * 60,
            "midnight" => 0,
            _ => return Err(s.error_unexpected()),
        };
        s.skip(1);
        return Ok(Clock { minutes, half: None, loose: false, place: s.read_since(first) });
    }
    let Some((value, digits)) = s.number(0) else { return Err(s.error_unexpected()) };
    s.skip(1);
    let (hour, minute, mut loose) = match digits {
        1 | 2 => match minutes_after(s)? {
            Some(minute) => (value, minute, digits == 1),
            None => (value, 0, true),
        },
        3 | 4 => (value / 100, value % 100, digits == 3),
        _ => return Err(s.error(s.read_since(first), "too many digits", "write a time like 09:00")),
    };
    if minute > 59 {
        return Err(s.error(s.read_since(first), "minute past 59", "write minutes from 00 to 59"));
    }
    if hour > 48 {
        let reason = if hour > 99 { "no such hour" } else { "hour past 24" };
        return Err(s.error(s.read_since(first), reason, "write hours from 00:00 to 24:00"));
    }
    let half = half_after(s);
    let minutes = (hour * 60 + minute) as u16; // at most 48:59
    let minutes = match half {
        None => minutes,
        Some(_) if !(1..=12).contains(&hour) => {
            return Err(s.error(
                s.read_since(first),
                "am and pm go with hours from 1 to 12",
                "write 9am, or 09:00 without am or pm",
            ));
        }
        Some(half) => minutes % (12 * 60) + if half == DayHalf::Afternoon { 12 * 60 } else { 0 },
    };
    loose &= half.is_none();
    Ok(Clock { minutes, half, loose, place: s.read_since(first) })
}

/// `:30`, `.30`, `h30` and a bare `h`, without a space after the hour.
fn minutes_after(s: &mut Scanner<'_>) -> Result<Option<u32>, HoursError> {
    let sign = s.glued(0) && (s.is_sign(0, ':') || s.is_sign(0, '.') || s.word(0) == Some("h"));
    if !sign {
        return Ok(None);
    }
    let hour_only = s.word(0) == Some("h");
    match s.number(1) {
        Some((minute, 2)) if s.glued(1) => {
            s.skip(2);
            if s.glued(0) && (s.is_sign(0, ':') || s.is_sign(0, '.')) && s.number(1).is_some() && s.glued(1) {
                return Err(error_third_number(s));
            }
            Ok(Some(minute))
        }
        _ if hour_only => {
            s.skip(1);
            Ok(Some(0))
        }
        Some(_) if s.glued(1) => Err(s.error_token(1, "minutes have two digits", "write a time like 09:00")),
        _ => Ok(None),
    }
}

/// `09:00:30`, and `24.12.2026`, which is a date with dots.
fn error_third_number(s: &Scanner<'_>) -> HoursError {
    if s.is_sign(0, '.') {
        return s.error_token(1, "a date with dots may be read in two ways", "write dates like 2026-12-24");
    }
    s.error_token(1, "seconds", "windows begin and end on whole minutes, like 09:00")
}

/// `am`, `pm`, and `a`, `p` where they touch the number.
fn half_after(s: &mut Scanner<'_>) -> Option<DayHalf> {
    let half = match s.word(0)? {
        "am" => DayHalf::Morning,
        "pm" => DayHalf::Afternoon,
        "a" if s.glued(0) => DayHalf::Morning,
        "p" if s.glued(0) => DayHalf::Afternoon,
        _ => return None,
    };
    s.skip(1);
    Some(half)
}
