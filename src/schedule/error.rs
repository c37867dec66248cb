//! The error for an hours text: what is wrong, where, and how to fix it. Knows how to point at a
//! place in a text. Knows nothing of the grammar.

use std::fmt;
use std::ops::Range;

/// An invalid hours text. Displays as several lines: the reason, the text with a caret under the
/// place, and the fix. Never repeats a control character of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursError {
    text: String,
    place: Range<usize>,
    reason: String,
    fix: String,
}

/// How much of a long text is shown on either side of the caret, in characters.
const SHOWN: usize = 48;

impl HoursError {
    pub(super) fn new(
        text: &str,
        place: Range<usize>,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { text: text.to_owned(), place, reason: reason.into(), fix: fix.into() }
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the text the error is, in bytes; empty at the end of the text if something is
    /// missing there.
    pub fn position(&self) -> Range<usize> {
        self.place.clone()
    }

    /// What is wrong, in a few words and on one line.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What to write instead, on one line.
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before: Vec<char> = self.text.get(..self.place.start).unwrap_or("").chars().collect();
        let rest: Vec<char> = self.text.get(self.place.start..).unwrap_or("").chars().collect();
        let width = self.text.get(self.place.clone()).map_or(0, |s| s.chars().count()).clamp(1, SHOWN);
        let cut = before.len().saturating_sub(SHOWN);
        let plain = |c: &char| if is_plain(*c) { *c } else { char::REPLACEMENT_CHARACTER };
        let mut line: String = if cut > 0 { "…".into() } else { String::new() };
        line.extend(before[cut..].iter().map(plain));
        let indent = line.chars().count();
        line.extend(rest.iter().take(2 * SHOWN).map(plain));
        if rest.len() > 2 * SHOWN {
            line.push('…');
        }
        writeln!(f, "{}", self.reason)?;
        writeln!(f, "    {line}")?;
        writeln!(f, "    {:indent$}{}", "", "^".repeat(width))?;
        write!(f, "  {}", self.fix)
    }
}

impl std::error::Error for HoursError {}

/// Control and direction-changing characters would break the line or the caret on a terminal.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_place() {
        let error = HoursError::new("Mo–Fr 25:00-26:00", 8..13, "hour past 24", "write 00:00 to 24:00");
        assert_eq!(
            error.to_string(),
            "hour past 24\n    Mo–Fr 25:00-26:00\n          ^^^^^\n  write 00:00 to 24:00"
        );
    }

    #[test]
    fn never_repeats_a_control_character() {
        let text = format!("{}\u{1b}[31m\n{}", "x".repeat(200), "y".repeat(300));
        let shown = HoursError::new(&text, 200..201, "r", "m").to_string();
        assert!(!shown.contains('\u{1b}'));
        assert_eq!(shown.lines().count(), 4);
        assert!(shown.lines().all(|l| l.chars().count() < 4 * SHOWN));
    }
}
