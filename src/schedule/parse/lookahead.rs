//! What begins at a token: a date, a time, days. Knows when a number is a day of a month, a year or an
//! hour. Reads nothing.

use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::scanner::Scanner;
use crate::schedule::parse::words::{is_off, month, names_time, weekday, weekday_group};

/// Whether `24/7` stands here.
pub(super) fn always_at(s: &Scanner<'_>, ahead: usize) -> bool {
    s.number(ahead) == Some((24, 2)) && s.is_sign(ahead + 1, '/') && s.number(ahead + 2) == Some((7, 1))
}

/// Whether a time of day begins here (a year and a date do not).
pub(super) fn time_at(s: &Scanner<'_>, ahead: usize) -> bool {
    match s.kind(ahead) {
        Some(TokenKind::Number { .. }) => !date_at(s, ahead) && !always_at(s, ahead),
        Some(TokenKind::Word(word)) => names_time(word),
        _ => false,
    }
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
                        || s.word(ahead + 1).is_some_and(is_off)
                        || is_plainly_time(s, ahead + 1)))
        }
        _ => false,
    }
}

/// `2026-12-24`, without spaces.
pub(super) fn iso_at(s: &Scanner<'_>, ahead: usize) -> bool {
    let part = |at: usize| matches!(s.number(at), Some((_, 1 | 2))) && s.glued(at);
    let dash = |at: usize| s.is(at, &TokenKind::Dash) && s.glued(at);
    matches!(s.number(ahead), Some((_, 4)))
        && dash(ahead + 1)
        && part(ahead + 2)
        && dash(ahead + 3)
        && part(ahead + 4)
}

/// Whether the number here can only be a time of day: `9:00`, `9am`, `0900`.
pub(super) fn is_plainly_time(s: &Scanner<'_>, ahead: usize) -> bool {
    let Some((_, digits)) = s.number(ahead) else { return false };
    let parted = s.is_sign(ahead + 1, ':') || s.is_sign(ahead + 1, '.') || s.word(ahead + 1) == Some("h");
    digits > 2
        || (parted
            && s.glued(ahead + 1)
            && (s.word(ahead + 1).is_some() || (s.number(ahead + 2).is_some() && s.glued(ahead + 2))))
        || matches!(s.word(ahead + 1), Some("am" | "pm"))
        || (s.glued(ahead + 1) && matches!(s.word(ahead + 1), Some("a" | "p")))
        || always_at(s, ahead)
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

/// Whether public holidays are named here.
pub(super) fn is_holiday(s: &Scanner<'_>, ahead: usize) -> bool {
    match s.word(ahead) {
        Some("ph" | "holiday" | "holidays") => true,
        Some("public" | "bank") => matches!(s.word(ahead + 1), Some("holiday" | "holidays")),
        _ => false,
    }
}
