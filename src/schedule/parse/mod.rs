//! The grammar of hours: rules of days and windows, in OpenStreetMap's spelling and in the
//! spellings people use. Knows the order of the parts, and rejects what is ambiguous. `days`,
//! `dates` and `times` parse the parts.

mod dates;
mod days;
mod lookahead;
mod scanner;
mod times;
mod words;

use crate::schedule::days::{Days, in_order};
use crate::schedule::error::HoursError;
use crate::schedule::hours::{FULL_DAY, Hours, HoursText, Rule, Window};
use crate::schedule::lexer::TokenKind;
use crate::schedule::parse::lookahead::{always_at, selects, selects_weekdays, time_at};
use crate::schedule::parse::scanner::Scanner;
use crate::schedule::parse::words::{is_off, names_days, names_time};
use crate::time_zone::abbreviation;

impl Hours {
    /// Reads hours as people write them: `Mon-Fri 9:00-17:00`, `weekdays 9am - 5:30pm`, `Mo-Fr
    /// 22:00-06:00; PH off`.
    ///
    /// A bare `09:00-17:00` means every day. `24/7` and `off` are hours too.
    ///
    /// # Errors
    /// Text that is ambiguous, or would leave a day open by accident. The error has the place and
    /// the fix; nothing is guessed.
    pub fn parse(text: &str) -> Result<HoursText, HoursError> {
        hours(text)
    }
}

/// Parses an hours text with an optional zone at its end.
fn hours(text: &str) -> Result<HoursText, HoursError> {
    let (end, zone) = split_zone(text)?;
    let mut scanner = Scanner::new(text, end)?;
    if scanner.tokens.is_empty() {
        return Err(scanner.error_here("no hours", "write them like Mon-Fri 09:00-17:00, 24/7 or off"));
    }
    let mut rules = vec![rule(&mut scanner, false)?];
    while let Some(kind) = scanner.kind(0).cloned() {
        let adds = match kind {
            TokenKind::Semicolon => false,
            TokenKind::Comma => true,
            _ => return Err(scanner.error_unexpected()),
        };
        scanner.skip(1);
        if scanner.kind(0).is_none() && !adds {
            break; // a trailing `;` means nothing
        }
        rules.push(rule(&mut scanner, adds)?);
    }
    Ok(HoursText { hours: Hours { rules }, zone })
}

/// Parses a list of days without times, for `closed`.
pub(super) fn days_only(text: &str) -> Result<Days, HoursError> {
    let mut scanner = Scanner::new(text, text.len())?;
    if scanner.tokens.is_empty() {
        return Err(scanner.error_here("no dates", "write them like 2026-12-24..2027-01-01 or Dec 24-26"));
    }
    let mut days = Days::default();
    loop {
        scanner.skip_filler();
        if scanner.kind(0).is_none() {
            days.normalise();
            return Ok(days);
        }
        if time_at(&scanner, 0) {
            return Err(scanner.error_token(
                0,
                "times among closed days",
                "closed takes whole days; write shorter hours into hours, like 2026 Dec 24 09:00-12:00",
            ));
        }
        days::selector(&mut scanner, &mut days)?;
    }
}

/// One rule, up to the `;`, the `,` or the end of the text.
fn rule(s: &mut Scanner<'_>, adds: bool) -> Result<Rule, HoursError> {
    let begin = s.place(0).start;
    let mut days = Days::default();
    let mut windows: Vec<Window> = Vec::new();
    let (mut named, mut off, mut days_follow) = (false, false, false);
    loop {
        s.skip_filler();
        match s.kind(0) {
            None | Some(TokenKind::Semicolon) => break,
            Some(TokenKind::Comma) if off || days_follow => break,
            Some(TokenKind::Comma) if !windows.is_empty() => {
                if !time_at(s, 1) {
                    break;
                }
                s.skip(1);
                windows.push(times::window(s)?);
            }
            // "Mo-Fr, 09:00-17:00"
            Some(TokenKind::Comma) if named && time_at(s, 1) => s.skip(1),
            Some(TokenKind::Sign(':')) if named && windows.is_empty() && !off => s.skip(1),
            Some(TokenKind::Word(word)) if is_off(word) => {
                if !windows.is_empty() {
                    return Err(s.error_token(
                        0,
                        "times and off together",
                        "write the open times around the break, like We 09:00-12:00,14:00-17:00",
                    ));
                }
                off = true;
                s.skip(1);
            }
            Some(TokenKind::Word(word)) if word == "open" && !windows.is_empty() => s.skip(1),
            _ if always_at(s, 0) => {
                error_second_times(s, &windows, off)?;
                windows.push(Window { start: 0, end: FULL_DAY });
                s.skip(3);
            }
            _ if time_at(s, 0) => {
                error_second_times(s, &windows, off)?;
                windows.push(times::window(s)?);
            }
            _ => {
                if selects(s, 0) && (off || (named && !windows.is_empty())) {
                    return Err(s.error_token(
                        0,
                        "a new rule begins here and nothing parts it from the last",
                        "put a ; before it (these days get other hours) or a , (these hours come on top)",
                    ));
                }
                if !windows.is_empty() && !selects_weekdays(s, 0) && selects(s, 0) {
                    return Err(s.error_token(
                        0,
                        "a date after the times",
                        "write the date before the times",
                    ));
                }
                days_follow = !windows.is_empty();
                named = true;
                days::selector(s, &mut days)?;
            }
        }
    }
    if windows.is_empty() && !off {
        return Err(error_without_times(s, begin, named));
    }
    days.normalise();
    in_order(&mut windows);
    // Closing never adds: "Mon-Fri 9-17, PH off" means what "; PH off" means.
    Ok(Rule { adds: adds && !off, days, windows })
}

fn error_second_times(s: &Scanner<'_>, windows: &[Window], off: bool) -> Result<(), HoursError> {
    if off {
        return Err(s.error_token(
            0,
            "off and times together",
            "write the open times around the break, like We 09:00-12:00,14:00-17:00",
        ));
    }
    if windows.is_empty() {
        return Ok(());
    }
    Err(s.error_token(
        0,
        "times after times",
        "put a , between two windows of a day, like 09:00-12:00,13:00-17:00",
    ))
}

fn error_without_times(s: &Scanner<'_>, begin: usize, named: bool) -> HoursError {
    if !named {
        return s
            .error_here("a rule is missing here", "write days and times like Mon-Fri 09:00-17:00, or off");
    }
    let end = s.place(0).start;
    let said = s.text.get(begin..end).unwrap_or("").trim_end();
    s.error(
        begin..begin + said.len(),
        "days without times",
        format!("say when they are open, like {said} 09:00-17:00, or {said} 00:00-24:00 for the whole day"),
    )
}

/// Where the hours end, and the zone after them.
fn split_zone(text: &str) -> Result<(usize, Option<String>), HoursError> {
    let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';');
    let start = trimmed
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + trimmed[at..].chars().next().map_or(1, char::len_utf8));
    let last = &trimmed[start..];
    let rest = trimmed[..start].trim_end();
    if rest.is_empty() || !looks_like_zone(last) {
        return Ok((trimmed.len(), None));
    }
    if let Some(candidates) = abbreviation::candidates(last) {
        return Err(HoursError::new(
            text,
            start..start + last.len(),
            format!("{last} is not the name of one time zone"),
            format!("write {}", candidates.join(" or ")),
        ));
    }
    Ok((rest.len(), Some(last.to_owned())))
}

/// `Europe/Berlin`, `Etc/GMT+2`, `UTC`, `CET`; never a word of the grammar.
fn looks_like_zone(word: &str) -> bool {
    let shape = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'));
    if !shape {
        return false;
    }
    if matches!(word.to_ascii_lowercase().as_str(), "utc" | "gmt" | "z" | "zulu")
        || abbreviation::candidates(word).is_some()
    {
        return true;
    }
    let known = |part: &str| {
        let part = part.to_lowercase();
        is_off(&part) || names_time(&part) || names_days(&part) || part == "open" || part == "sh"
    };
    match word.split_once('/') {
        Some((area, place)) => area.len() > 1 && place.len() > 1 && !known(area) && !known(place),
        None => {
            let upper = word.bytes().take_while(u8::is_ascii_uppercase).count();
            upper >= 2
                && word.bytes().skip(upper).all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
                && !known(word)
                && !matches!(word, "AM" | "PM" | "UNKNOWN" | "AND" | "TO")
        }
    }
}
