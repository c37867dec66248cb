//! Reads the tokens of a text from left to right, and reports errors with their place. Knows tokens.
//! Knows nothing of days and times.

use std::ops::Range;

use crate::schedule::error::HoursError;
use crate::schedule::lexer;
use crate::schedule::lexer::{Token, TokenKind};

/// Longest text accepted, in bytes: far more than a timetable needs, and short enough to be scanned
/// several times.
const LONGEST: usize = 4096;

/// Tokens of a text, read from left to right.
pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    /// Where the hours end and a zone may begin.
    end: usize,
    pub(super) tokens: Vec<Token>,
    /// The next token, counted from the first.
    pub(super) at: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, end: usize) -> Result<Self, HoursError> {
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

    pub(super) fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    pub(super) fn kind(&self, ahead: usize) -> Option<&TokenKind> {
        self.token(ahead).map(|token| &token.kind)
    }

    pub(super) fn word(&self, ahead: usize) -> Option<&str> {
        match self.kind(ahead) {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Value and count of digits.
    pub(super) fn number(&self, ahead: usize) -> Option<(u32, usize)> {
        match self.kind(ahead) {
            Some(&TokenKind::Number { value, digits }) => Some((value, digits)),
            _ => None,
        }
    }

    pub(super) fn is(&self, ahead: usize, kind: &TokenKind) -> bool {
        self.kind(ahead) == Some(kind)
    }

    pub(super) fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.is(ahead, &TokenKind::Sign(sign))
    }

    pub(super) fn glued(&self, ahead: usize) -> bool {
        self.token(ahead).is_some_and(|token| token.glued)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// The place of a token, or the end of the hours.
    pub(super) fn place(&self, ahead: usize) -> Range<usize> {
        self.token(ahead).map_or(self.end..self.end, |token| token.place.clone())
    }

    /// From the start of the token at `from` (counted from the first) to the end of the last one
    /// read.
    pub(super) fn read_since(&self, from: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.end, |token| token.place.start);
        let end =
            self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |t| t.place.end);
        start..end.max(start)
    }

    /// Words without a meaning of their own: "open every weekday from 9:00 to 17:00".
    pub(super) fn skip_filler(&mut self) {
        while matches!(self.word(0), Some("every" | "each" | "on" | "from" | "at" | "between" | "all"))
            || self.is_sign(0, '.')
        {
            self.skip(1);
        }
    }

    pub(super) fn error(
        &self,
        place: Range<usize>,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) -> HoursError {
        HoursError::new(self.text, place, reason, fix)
    }

    pub(super) fn error_token(
        &self,
        ahead: usize,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) -> HoursError {
        self.error(self.place(ahead), reason, fix)
    }

    pub(super) fn error_here(&self, reason: impl Into<String>, fix: impl Into<String>) -> HoursError {
        self.error_token(0, reason, fix)
    }

    /// The most helpful error for an unexpected token.
    pub(super) fn error_unexpected(&self) -> HoursError {
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

    pub(super) fn error_word(&self, word: &str) -> HoursError {
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
