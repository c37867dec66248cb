//! The grammar of hours: rules of days and windows, in OpenStreetMap's spelling and in the
//! spellings people use. Knows the order of the parts, and rejects what is ambiguous. `days`,
//! `dates` and `times` parse the parts.

mod dates;
mod days;
mod times;

use std::ops::Range;

use crate::schedule::days::{Days, in_order};
use crate::schedule::error::HoursError;
use crate::schedule::hours::{FULL_DAY, Hours, HoursText, Rule, Window};
use crate::schedule::lexer;
use crate::schedule::lexer::{Token, TokenKind};
use crate::time_zone::abbreviation;

/// Longest text accepted, in bytes: far more than a timetable needs, and short enough to be scanned
/// several times.
const LONGEST: usize = 4096;

/// Parses an hours text with an optional zone at its end.
pub(super) fn hours(text: &str) -> Result<HoursText, HoursError> {
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
        if scanner.time_at(0) {
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
                if !s.time_at(1) {
                    break;
                }
                s.skip(1);
                windows.push(times::window(s)?);
            }
            // "Mo-Fr, 09:00-17:00"
            Some(TokenKind::Comma) if named && s.time_at(1) => s.skip(1),
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
            _ if s.always_at(0) => {
                error_second_times(s, &windows, off)?;
                windows.push(Window { start: 0, end: FULL_DAY });
                s.skip(3);
            }
            _ if s.time_at(0) => {
                error_second_times(s, &windows, off)?;
                windows.push(times::window(s)?);
            }
            _ => {
                if days::selects(s, 0) && (off || (named && !windows.is_empty())) {
                    return Err(s.error_token(
                        0,
                        "a new rule begins here and nothing parts it from the last",
                        "put a ; before it (these days get other hours) or a , (these hours come on top)",
                    ));
                }
                if !windows.is_empty() && !days::selects_weekdays(s, 0) && days::selects(s, 0) {
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

fn is_off(word: &str) -> bool {
    matches!(word, "off" | "closed" | "never" | "none")
}

/// Tokens of a text, read from left to right.
pub(super) struct Scanner<'t> {
    text: &'t str,
    /// Where the hours end and a zone may begin.
    end: usize,
    tokens: Vec<Token>,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, end: usize) -> Result<Self, HoursError> {
        if text.len() > LONGEST {
            return Err(HoursError::new(
                text,
                0..0,
                "text too long",
                format!("write at most {LONGEST} bytes"),
            ));
        }
        let tokens = lexer::tokens(text.get(..end).unwrap_or(text));
        Ok(Self { text, end, tokens, at: 0 })
    }

    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn kind(&self, ahead: usize) -> Option<&TokenKind> {
        self.token(ahead).map(|token| &token.kind)
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        match self.kind(ahead) {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Value and count of digits.
    fn number(&self, ahead: usize) -> Option<(u32, usize)> {
        match self.kind(ahead) {
            Some(&TokenKind::Number { value, digits }) => Some((value, digits)),
            _ => None,
        }
    }

    fn is(&self, ahead: usize, kind: &TokenKind) -> bool {
        self.kind(ahead) == Some(kind)
    }

    fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.is(ahead, &TokenKind::Sign(sign))
    }

    fn glued(&self, ahead: usize) -> bool {
        self.token(ahead).is_some_and(|token| token.glued)
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// The place of a token, or the end of the hours.
    fn place(&self, ahead: usize) -> Range<usize> {
        self.token(ahead).map_or(self.end..self.end, |token| token.place.clone())
    }

    /// From the start of the token at `from` (counted from the first) to the end of the last one
    /// read.
    fn read_since(&self, from: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.end, |token| token.place.start);
        let end =
            self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |t| t.place.end);
        start..end.max(start)
    }

    /// Words without a meaning of their own: "open every weekday from 9:00 to 17:00".
    fn skip_filler(&mut self) {
        while matches!(self.word(0), Some("every" | "each" | "on" | "from" | "at" | "between" | "all"))
            || self.is_sign(0, '.')
        {
            self.skip(1);
        }
    }

    fn always_at(&self, ahead: usize) -> bool {
        self.number(ahead) == Some((24, 2))
            && self.is_sign(ahead + 1, '/')
            && self.number(ahead + 2) == Some((7, 1))
    }

    /// Whether a time of day begins here (a year and a date do not).
    fn time_at(&self, ahead: usize) -> bool {
        match self.kind(ahead) {
            Some(TokenKind::Number { .. }) => !dates::date_at(self, ahead) && !self.always_at(ahead),
            Some(TokenKind::Word(word)) => times::names_time(word),
            _ => false,
        }
    }

    fn error(&self, place: Range<usize>, reason: impl Into<String>, fix: impl Into<String>) -> HoursError {
        HoursError::new(self.text, place, reason, fix)
    }

    fn error_token(&self, ahead: usize, reason: impl Into<String>, fix: impl Into<String>) -> HoursError {
        self.error(self.place(ahead), reason, fix)
    }

    fn error_here(&self, reason: impl Into<String>, fix: impl Into<String>) -> HoursError {
        self.error_token(0, reason, fix)
    }

    /// The most helpful error for an unexpected token.
    fn error_unexpected(&self) -> HoursError {
        let (reason, fix): (String, &str) = match self.kind(0) {
            None => {
                ("something is missing at the end".into(), "write days and times like Mon-Fri 09:00-17:00")
            }
            Some(TokenKind::Word(word)) => return self.error_word(word),
            Some(TokenKind::Sign('"' | '“' | '”' | '\'' | '(')) => {
                ("a comment".into(), "leave it out: a comment says nothing that could be checked")
            }
            Some(TokenKind::Sign('+')) => ("no end".into(), "write when it closes, like 09:00-17:00"),
            Some(TokenKind::Sign('|')) => {
                ("alternatives (||)".into(), "write one set of hours; part rules with ;")
            }
            Some(TokenKind::Sign('/')) => {
                ("a / in an odd place".into(), "write 24/7, or dates like 2026-12-24")
            }
            Some(_) => {
                ("this sign fits nothing here".into(), "write days and times like Mon-Fri 09:00-17:00")
            }
        };
        self.error_here(reason, fix)
    }

    fn error_word(&self, word: &str) -> HoursError {
        let (reason, fix): (String, String) = match word {
            "unknown" => ("unknown hours".into(), "write when it is open, or off".into()),
            "sh" | "school" => {
                ("school holidays are not known".into(), "write the dates, like 2026 Jul 1-Aug 31 off".into())
            }
            "sunrise" | "sunset" | "dawn" | "dusk" => {
                ("the sun's times are not known".into(), "write a time of day, like 06:30".into())
            }
            "t" => ("T may be Tuesday or Thursday".into(), "write Tu or Th".into()),
            "s" => ("S may be Saturday or Sunday".into(), "write Sa or Su".into()),
            "open" => ("open without times".into(), "write when, like 09:00-17:00, or 24/7".into()),
            _ => (
                "unknown word".into(),
                "days are Mo Tu We Th Fr Sa Su, months Jan to Dec; a zone is a name like Europe/Berlin at the end".into(),
            ),
        };
        self.error_here(reason, fix)
    }
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
        is_off(&part) || times::names_time(&part) || days::names_days(&part) || part == "open" || part == "sh"
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
