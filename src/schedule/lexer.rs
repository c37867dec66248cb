//! Splits an hours text into words, numbers and signs, each with its place in the text. Knows the
//! dashes that people type. Knows nothing of days, dates and times: that is the parser's part.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Letters, in lower case.
    Word(String),
    /// Digits; `digits` counts them, since `0900`, `09` and `9` read differently.
    Number {
        value: u32,
        digits: usize,
    },
    /// Any dash, `..` and the words `to`, `through`, `until`.
    Dash,
    /// `,`, `&` and the word `and`.
    Comma,
    Semicolon,
    /// Any other single character: `:` `.` `/` `[` `]` `+`, and characters that the parser will
    /// reject.
    Sign(char),
}

/// A token and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Bytes of the text.
    pub(super) place: Range<usize>,
    /// There is no space between this token and the one before it.
    pub(super) glued: bool,
}

/// Splits the text. Never fails: an unknown character is a `Sign`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(text.len() / 2 + 1);
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let kind = if c.is_ascii_digit() {
            let digits = run(rest, |c| c.is_ascii_digit());
            at += digits;
            // The value of more than nine digits does not matter: the parser rejects such a number.
            TokenKind::Number { value: text[start..at].parse().unwrap_or(u32::MAX), digits }
        } else if c.is_alphabetic() {
            match half_of_day(rest) {
                Some((word, length)) => {
                    at += length;
                    TokenKind::Word(word.to_owned())
                }
                None => {
                    at += run(rest, char::is_alphabetic);
                    word(&text[start..at])
                }
            }
        } else if rest.starts_with("..") {
            at += run(rest, |c| c == '.');
            TokenKind::Dash
        } else {
            at += c.len_utf8();
            match c {
                '-'
                | '\u{2010}'..='\u{2015}'
                | '\u{2212}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '…'
                | '~' => TokenKind::Dash,
                ',' | '&' => TokenKind::Comma,
                ';' => TokenKind::Semicolon,
                '\u{ff1a}' => TokenKind::Sign(':'),
                other => TokenKind::Sign(other),
            }
        };
        let glued = out.last().is_some_and(|t| t.place.end == start);
        out.push(Token { kind, place: start..at, glued });
    }
    out
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|&(_, c)| !belongs(c)).map_or(text.len(), |(i, _)| i)
}

fn word(text: &str) -> TokenKind {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "to" | "through" | "thru" | "until" | "till" | "til" => TokenKind::Dash,
        "and" => TokenKind::Comma,
        _ => TokenKind::Word(lower),
    }
}

/// `a.m.` and `p.m.` are words although they have dots.
fn half_of_day(text: &str) -> Option<(&'static str, usize)> {
    let head = text.get(..3)?;
    let word = if head.eq_ignore_ascii_case("a.m") {
        "am"
    } else if head.eq_ignore_ascii_case("p.m") {
        "pm"
    } else {
        return None;
    };
    match text[3..].chars().next() {
        Some('.') => Some((word, 4)),
        Some(c) if c.is_alphabetic() => None,
        _ => Some((word, 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_dashes_and_words_for_them() {
        for text in ["Mo-Fr", "Mo – Fr", "mo—fr", "Mo to Fr", "Mo..Fr", "Mo…Fr", "MO through FR"] {
            let kinds: Vec<TokenKind> = tokens(text).into_iter().map(|t| t.kind).collect();
            assert_eq!(
                kinds,
                [TokenKind::Word("mo".into()), TokenKind::Dash, TokenKind::Word("fr".into())],
                "{text}"
            );
        }
    }

    #[test]
    fn keeps_places_in_bytes() {
        let found = tokens("Mo–Fr 9 a.m.");
        assert_eq!(
            found.iter().map(|t| t.place.clone()).collect::<Vec<_>>(),
            [0..2, 2..5, 5..7, 8..9, 10..14]
        );
        assert_eq!(found.iter().map(|t| t.glued).collect::<Vec<_>>(), [false, true, true, false, false]);
        assert_eq!(found[4].kind, TokenKind::Word("am".into()));
    }
}
