//! Finds the lines of a block that may hold a console sign-in, by bytes alone. Knows no JSON.
//!
//! It may offer a line that is none; it never withholds one that the full parser would forward. A sign-in says
//! `ConsoleLogin`. JSON can write those letters in two ways: as they are, or with one or more of them as `\u00XX`.
//! So a line without the word, and without such an escape of a letter that matters, cannot say it, however many
//! strings in strings it is wrapped in.

use memchr::memmem::Finder;

const NAME: &[u8] = b"ConsoleLogin";
const ESCAPE: &[u8] = b"\\u00";

/// The search, prepared once.
#[derive(Debug, Clone)]
pub struct Prefilter {
    name: Finder<'static>,
    escape: Finder<'static>,
}

impl Default for Prefilter {
    fn default() -> Self {
        Prefilter { name: Finder::new(NAME), escape: Finder::new(ESCAPE) }
    }
}

impl Prefilter {
    /// The candidate lines of a block, in order, without their newlines.
    pub fn lines<'a>(&'a self, block: &'a [u8]) -> Candidates<'a> {
        Candidates { search: self, block, at: 0, name: Next::Unknown, escape: Next::Unknown }
    }

    /// Whether a text may hold a sign-in.
    pub fn may_hold(&self, text: &[u8]) -> bool {
        self.name.find(text).is_some() || self.find_escape(text, 0).is_some()
    }

    fn find_escape(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at += self.escape.find(&bytes[at..])?;
            if matters(&bytes[at + ESCAPE.len()..]) {
                return Some(at);
            }
            at += ESCAPE.len();
        }
    }
}

/// Whether the two digits after `\u00` may spell a letter of the name, or a part of an escape of an inner string.
///
/// Writers that make JSON safe for HTML escape `&`, `'`, `<`, `=`, `>` and the quote, and every writer escapes control
/// characters; letters beyond ASCII are often escaped too. Those happen in ordinary records and cannot help to spell the name. A cut-off escape counts as one that matters.
fn matters(digits: &[u8]) -> bool {
    match digits {
        [b'0' | b'1', ..] => false,
        [b'2', b'2' | b'6' | b'7', ..] => false,
        [b'3', b'c' | b'C' | b'd' | b'D' | b'e' | b'E', ..] => false,
        // Not ASCII.
        [b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => false,
        _ => true,
    }
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Unknown,
    At(usize),
    None,
}

/// A line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its newline.
    pub bytes: &'a [u8],
    /// Where it begins in the block.
    pub start: usize,
}

/// The candidates of a block, from [`Prefilter::lines`].
#[derive(Debug)]
pub struct Candidates<'a> {
    search: &'a Prefilter,
    block: &'a [u8],
    at: usize,
    name: Next,
    escape: Next,
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let from = self.at;
        // Each search goes on only when its last hit lies behind: both pass over the block once.
        let refresh = |next: &mut Next, find: &dyn Fn() -> Option<usize>| {
            let stale = match *next {
                Next::Unknown => true,
                Next::At(at) => at < from,
                Next::None => false,
            };
            if stale {
                *next = find().map_or(Next::None, Next::At);
            }
        };
        refresh(&mut self.name, &|| self.search.name.find(&self.block[from..]).map(|at| from + at));
        refresh(&mut self.escape, &|| self.search.find_escape(self.block, from));
        let hit = match (self.name, self.escape) {
            (Next::At(a), Next::At(b)) => a.min(b),
            (Next::At(a), _) | (_, Next::At(a)) => a,
            _ => return None,
        };
        let start = from + memchr::memrchr(b'\n', &self.block[from..hit]).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', &self.block[hit..]).map_or(self.block.len(), |at| hit + at);
        self.at = (end + 1).min(self.block.len());
        Some(Line { bytes: &self.block[start..end], start })
    }
}

/// Every line of a block, in order, without its newline; what the twin and `--keep all` walk over.
pub fn every_line(block: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = block.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).map_or(block.len(), |newline| start + newline);
        at = end + 1;
        Some(Line { bytes: &block[start..end], start })
    })
}

/// Whether a text that cannot be parsed holds the JSON string `"ConsoleLogin"`, at whatever depth of escaping, also
/// where the text is cut off right behind the name.
pub fn says_console_login(text: &[u8]) -> bool {
    let mut text = text.to_vec();
    // Every round takes one level of escaping off; strings in strings in strings end soon.
    for _ in 0..8 {
        if memchr::memmem::find_iter(&text, b"\"ConsoleLogin")
            .any(|at| matches!(text.get(at + 13), None | Some(b'"' | b'\\')))
        {
            return true;
        }
        let plainer = unescape_once(&text);
        if plainer.len() == text.len() {
            return false;
        }
        text = plainer;
    }
    false
}

fn unescape_once(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let code = rest.strip_prefix(b"u00").and_then(|r| r.get(..2)).and_then(|digits| {
            Some((char::from(digits[0]).to_digit(16)? << 4 | char::from(digits[1]).to_digit(16)?) as u8)
        });
        if let Some(code) = code {
            out.push(code);
            rest = &rest[5..];
        } else if let Some((&next, after)) = rest.split_first() {
            // `\"` and `\\` say the character itself; of the others only the backslash matters here.
            out.push(next);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(block: &str) -> Vec<String> {
        let prefilter = Prefilter::default();
        prefilter.lines(block.as_bytes()).map(|l| String::from_utf8_lossy(l.bytes).into_owned()).collect()
    }

    #[test]
    fn offers_lines_with_the_name_in_any_spelling() {
        let block = "a\nxConsoleLoginx\n\n{\"\\u0043onsoleLogin\"}\nb\\u003dc\nlast\\u006e";
        assert_eq!(found(block), ["xConsoleLoginx", "{\"\\u0043onsoleLogin\"}", "last\\u006e"]);
    }

    #[test]
    fn offers_a_line_once_and_keeps_order() {
        assert_eq!(
            found("ConsoleLogin ConsoleLogin \\u0043\nConsoleLogin"),
            ["ConsoleLogin ConsoleLogin \\u0043", "ConsoleLogin"]
        );
        assert_eq!(found(""), [""; 0]);
        assert_eq!(found("\n\n"), [""; 0]);
    }

    #[test]
    fn a_cut_off_escape_is_in_doubt() {
        assert_eq!(found("a\\u00"), ["a\\u00"]);
    }

    #[test]
    fn every_line_splits_like_the_standard_library() {
        for block in ["", "a", "a\n", "\n", "a\n\nb", "a\r\nb\n"] {
            let ours: Vec<_> = every_line(block.as_bytes()).map(|l| l.bytes).collect();
            let theirs: Vec<_> = block.split_terminator('\n').map(str::as_bytes).collect();
            assert_eq!(ours, theirs, "{block:?}");
        }
    }

    #[test]
    fn sees_the_string_through_levels_of_escaping() {
        for yes in [
            r#"{"eventName":"ConsoleLogin","#,
            r#""{\"eventName\":\"ConsoleLogin\""#,
            r#"{\"x\":\"{\\\"eventName\\\":\\\"ConsoleLogin\\\""#,
            r#"{"eventName":"\u0043onsole\u004Cogin"#,
            r#"{\u0022eventName\u0022:\u0022ConsoleLogin\u0022"#,
            r#"\u005cu0022ConsoleLogin\""#,
        ] {
            assert!(says_console_login(yes.as_bytes()), "{yes}");
        }
        for no in ["ConsoleLogin", r#""ConsoleLoginFailure""#, r#""xConsoleLogin""#, r#""CheckMfa""#] {
            assert!(!says_console_login(no.as_bytes()), "{no}");
        }
    }
}
