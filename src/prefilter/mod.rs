//! Finds the lines of a block that may hold a console sign-in, by bytes alone. Knows no JSON.
//!
//! It may offer a line that is none; it never withholds one that the full parser would forward. A sign-in says
//! `ConsoleLogin`. JSON can write those letters in two ways: as they are, or with one or more of them as `\u00XX`.
//! So a line without the word, and without such an escape of a letter that matters, cannot say it, however many
//! strings in strings it is wrapped in.
//!
//! Two kinds of line are offered besides: those with a payload in base64 that begins as JSON or as gzip
//! under a key `data`, in which the word cannot be seen; and those that do not end in a closing
//! bracket, which may be cut off before the word, span lines, or be no JSON at all.

use memchr::memmem::Finder;

use crate::prefilter::scalar::NAME;

mod scalar;
mod scan;
mod signs;

pub use crate::prefilter::scan::SimdWidth;
pub use crate::prefilter::signs::may_be_sign_in;

/// The events of other ways to sign in.
const MORE_NAMES: [&[u8]; 3] = [b"CredentialVerification", b"AuthorizeOAuth2Access", b"UserAuthentication"];
const ESCAPE: &[u8] = b"\\u00";
/// How a string begins that is base64 of a JSON object, and of gzip.
const PAYLOADS: [&[u8]; 2] = [b"\"eyJ", b"\"H4sI"];

/// The search, prepared once.
#[derive(Debug, Clone)]
pub struct Prefilter {
    name: Finder<'static>,
    escape: Finder<'static>,
    payloads: [Finder<'static>; 2],
    /// The names of sign-ins by other ways, if they are looked for.
    more: Option<[Finder<'static>; 3]>,
    /// Whether a payload counts under any key, or only under `data`.
    any_key: bool,
    vectors: SimdWidth,
}

impl Default for Prefilter {
    fn default() -> Self {
        Prefilter {
            name: Finder::new(NAME),
            escape: Finder::new(ESCAPE),
            payloads: PAYLOADS.map(Finder::new),
            more: None,
            any_key: false,
            vectors: SimdWidth::default(),
        }
    }
}

impl Prefilter {
    /// Has the next searches use other vectors.
    pub fn set_simd_width(&mut self, vectors: SimdWidth) {
        self.vectors = vectors;
    }

    /// The same search, in which the events of other ways to sign in count as well.
    #[must_use]
    pub fn with_more_names(self) -> Self {
        Prefilter { more: Some(MORE_NAMES.map(Finder::new)), ..self }
    }

    /// Whether a text says the name of such an event, if they count.
    pub(crate) fn says_other_name(&self, text: &[u8]) -> bool {
        self.find_more(text).is_some()
    }

    /// As [`may_be_sign_in`], of sign-ins by other ways too, if they count.
    pub(crate) fn may_be_sign_in(&self, text: &[u8]) -> bool {
        may_be_sign_in(text) || self.says_other_name(text)
    }

    fn find_more(&self, text: &[u8]) -> Option<usize> {
        self.more.iter().flatten().filter_map(|name| name.find(text)).min()
    }

    /// The same search, in which base64 payloads count under any key and not only under `data`.
    #[must_use]
    pub fn with_payloads_anywhere(self) -> Self {
        Prefilter { any_key: true, ..self }
    }

    /// The candidate lines of a block, in order, without their newlines. The first line begins with
    /// the block.
    pub fn lines<'a>(&'a self, block: &'a [u8]) -> Candidates<'a> {
        Candidates { search: self, block, at: 0, floor: 0, newlines: 0, open_lines: true }
    }

    /// Where in a text a sign-in may be: the function says it of the first place from one on, if it is called with places in
    /// their order. None is before `first`.
    pub fn places<'a>(&'a self, text: &'a [u8], first: usize) -> impl FnMut(usize) -> Option<usize> + 'a {
        let mut candidates = Candidates { open_lines: false, ..self.lines(text) };
        candidates.at = first.min(text.len());
        // It may be asked for many times from places before the next one.
        let mut next = Some(0);
        move |from| {
            if next.is_some_and(|next| next < from || next == 0) {
                candidates.at = candidates.at.max(from);
                candidates.floor = from;
                next = candidates.hit().map(|(at, _)| at);
            }
            next
        }
    }

    /// Whether a text may hold a sign-in. A module for WebAssembly does not look into base64.
    pub fn may_hold(&self, text: &[u8]) -> bool {
        if cfg!(target_family = "wasm") {
            return scalar::holds_name(text)
                || self.says_other_name(text)
                || scalar::may_hold_backslash(text) && self.find_escape(text, 0).is_some();
        }
        self.find(text).is_some()
    }

    /// The first place of the name, of an escape that matters, or of a payload.
    fn find(&self, text: &[u8]) -> Option<usize> {
        let first = |one: Option<usize>, other: Option<usize>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let known = first(self.name.find(text), self.find_escape(text, 0));
        let known = first(known, self.find_more(text));
        first(known, self.find_payload(text))
    }

    /// Whether a text holds a payload in base64 that begins as JSON or gzip does.
    pub fn has_payload(&self, text: &[u8]) -> bool {
        self.find_payload(text).is_some()
    }

    fn find_payload(&self, text: &[u8]) -> Option<usize> {
        let found = self
            .payloads
            .iter()
            .filter_map(|payload| payload.find_iter(text).find(|&at| self.any_key || is_data(&text[..at])));
        found.min()
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

/// Whether a text ends in a key `data` and its colon, at whatever depth of escaping.
fn is_data(before: &[u8]) -> bool {
    let end = |text: &[u8], skipped: fn(u8) -> bool| {
        text.iter().rposition(|&byte| !skipped(byte)).map_or(0, |last| last + 1)
    };
    // The value's own quote may be escaped.
    let colon = end(before, |byte| byte == b'\\' || byte.is_ascii_whitespace());
    let Some(key) = before[..colon].strip_suffix(b":") else { return false };
    let key = &key[..end(key, |byte| matches!(byte, b'"' | b'\\') || byte.is_ascii_whitespace())];
    key.ends_with(b"data") || key.ends_with(b"Data")
}

/// Whether a line ends as JSON records do: what ends otherwise may be cut off, span lines, be blank,
/// or be no JSON.
pub fn ends_closed(line: &[u8]) -> bool {
    line.last().is_some_and(|&last| last | 0x20 == b'}')
}

/// A line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its newline.
    pub bytes: &'a [u8],
    /// Where it begins in the block.
    pub start: usize,
    /// How many newlines are before it in the block.
    pub number: u64,
    /// Where in it the first place is at which a sign-in may be; 0 where nobody looked.
    pub first: usize,
    /// Whether a sign-in may be in it as far as is known: otherwise it is offered only because it
    /// does not end in a closing bracket.
    pub may_hold: bool,
}

/// The candidates of a block, from [`Prefilter::lines`].
#[derive(Debug)]
pub struct Candidates<'a> {
    search: &'a Prefilter,
    block: &'a [u8],
    /// Everything before was looked at.
    at: usize,
    /// No line that is still to come begins before.
    floor: usize,
    /// The newlines before `at`.
    newlines: u64,
    /// Whether lines that do not end in a closing bracket are offered.
    open_lines: bool,
}

impl Candidates<'_> {
    /// How many newlines the block has, once there are no more candidates.
    pub fn newlines(&self) -> u64 {
        self.newlines + count(&self.block[self.at..])
    }

    /// The next place from `floor` on that counts, and whether a sign-in may be there.
    fn hit(&mut self) -> Option<(usize, bool)> {
        let block = self.block;
        // The scan looks at what is before a newline, and nothing is before this one.
        if self.open_lines && self.at == self.floor && block.get(self.at) == Some(&b'\n') {
            return Some((self.at, false));
        }
        loop {
            let is_more = self.search.more.is_some();
            let find = if is_more { scan::find::<true> } else { scan::find::<false> };
            let (plain, newlines) = find(&block[self.at..], self.search.vectors);
            self.at += plain;
            self.newlines += newlines;
            let at = self.at;
            let Some(&byte) = block.get(at) else {
                // The last line may lack its newline.
                let last = block.len().checked_sub(1).filter(|&last| last >= self.floor)?;
                let open = self.open_lines && block[last] != b'\n' && block[last] | 0x20 != b'}';
                return open.then_some((last, false));
            };
            let begins = |before: usize, text: &[u8]| {
                let from = at.checked_sub(before).filter(|&from| from >= self.floor)?;
                block[from..].starts_with(text).then_some(from)
            };
            let payload = |text| begins(2, text).filter(|&at| self.search.any_key || is_data(&block[..at]));
            let found = match byte {
                b'l' => begins(5, NAME).or_else(|| begins(9, MORE_NAMES[0]).filter(|_| is_more)),
                b'h' => begins(13, MORE_NAMES[1]),
                b'r' => begins(3, MORE_NAMES[2]),
                b'\\' => begins(0, ESCAPE).filter(|&at| matters(&block[at + ESCAPE.len()..])),
                b'y' => payload(PAYLOADS[0]),
                b'4' => payload(PAYLOADS[1]),
                _ => None,
            };
            if let Some(found) = found {
                return Some((found, true));
            }
            if self.open_lines && block.get(at + 1) == Some(&b'\n') && byte | 0x20 != b'}' {
                // Of a blank line, its newline.
                return Some((if byte == b'\n' { at + 1 } else { at }, false));
            }
            self.newlines += u64::from(byte == b'\n');
            self.at = at + 1;
        }
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let (hit, may_hold) = self.hit()?;
        let start =
            memchr::memrchr(b'\n', &self.block[self.floor..hit]).map_or(self.floor, |at| self.floor + at + 1);
        let end = memchr::memchr(b'\n', &self.block[hit..]).map_or(self.block.len(), |at| hit + at);
        // A line that began before the stretch: there is no newline between its beginning and the stretch.
        let number = self.newlines + self.block.get(self.at..start).map_or(0, count);
        self.at = (end + 1).min(self.block.len());
        self.floor = self.at;
        self.newlines = number + u64::from(end < self.block.len());
        Some(Line { bytes: &self.block[start..end], start, number, first: hit - start, may_hold })
    }
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Every line of a block, in order, without its newline; what the twin and `--keep all` walk over.
pub fn every_line(block: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = block.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest).map_or(block.len(), |newline| start + newline);
        at = end + 1;
        number += 1;
        Some(Line { bytes: &block[start..end], start, number: number - 1, first: 0, may_hold: true })
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
        } else if let Some((&next @ (b'"' | b'\\'), after)) = rest.split_first() {
            out.push(next);
            rest = after;
        } else {
            // Of all other escapes none can be a part of the name.
            out.push(b'\\');
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
        let lines = prefilter.lines(block.as_bytes()).filter(|line| line.may_hold);
        lines.map(|line| String::from_utf8_lossy(line.bytes).into_owned()).collect()
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

    /// The obvious way.
    fn naive(block: &[u8]) -> Vec<(usize, u64, bool)> {
        let prefilter = Prefilter::default();
        every_line(block)
            .map(|line| (line, prefilter.may_hold(line.bytes)))
            .filter(|(line, may_hold)| *may_hold || !ends_closed(line.bytes))
            .map(|(line, may_hold)| (line.start, line.number, may_hold))
            .collect()
    }

    #[test]
    fn finds_the_same_lines_as_the_obvious_way_at_every_place() {
        let filler = b"{\"eventName\":\"GetObject\",\"x\":\"\\u003d lL yJ 4s Console Login \\\\u\"}";
        let needles: [&[u8]; 8] = [
            b"ConsoleLogin",
            b"\\u0043",
            b"\\u00",
            b"ConsoleLogi",
            b"onsoleLogin",
            b"\"data\":\"eyJ",
            b"\\\"data\\\" : \\\"H4sI",
            b"\"date\":\"eyJ",
        ];
        for needle in needles {
            for place in 0..400 {
                for (before, after) in [(b'x', b'x'), (b'\n', b'x'), (b'x', b'\n'), (b'\n', b'\n')] {
                    let mut block: Vec<u8> = filler.iter().copied().cycle().take(place).collect();
                    block.push(before);
                    block.extend_from_slice(needle);
                    block.push(after);
                    block.extend(filler.iter().copied().cycle().take(place % 150));
                    block.extend_from_slice(b"\nConsoleLogin ConsoleLogin\n\n");
                    let prefilter = Prefilter::default();
                    let mut lines = prefilter.lines(&block);
                    let found: Vec<_> =
                        lines.by_ref().map(|line| (line.start, line.number, line.may_hold)).collect();
                    assert_eq!(found, naive(&block), "{place} {}", String::from_utf8_lossy(&block));
                    assert_eq!(lines.newlines(), count(&block));
                }
            }
        }
    }

    #[test]
    fn offers_lines_that_do_not_end_in_a_closing_bracket() {
        let prefilter = Prefilter::default();
        let offered = |block: &'static str| -> Vec<&str> {
            prefilter.lines(block.as_bytes()).map(|l| std::str::from_utf8(l.bytes).unwrap()).collect()
        };
        assert_eq!(offered("{}\n[1]\n\na,b\n{}\r\n{\n}\n{\"eve"), ["", "a,b", "{}\r", "{", "{\"eve"]);
        assert_eq!(offered("{}\n{}"), [""; 0]);
        assert_eq!(offered(""), [""; 0]);
    }

    #[test]
    fn offers_payloads_under_data_and_elsewhere_if_asked() {
        let (data, anywhere) = (Prefilter::default(), Prefilter::default().with_payloads_anywhere());
        for (text, under_data) in [
            (r#"{"data":"eyJl"#, true),
            (r#"{"Data" : "H4sIAAAA"#, true),
            (r#"{\"data\":\"eyJ"#, true),
            (r#"{"payload":"eyJl"#, false),
            (r#""eyJhbGciOi"#, false),
        ] {
            assert_eq!(data.may_hold(text.as_bytes()), under_data, "{text}");
            assert!(anywhere.may_hold(text.as_bytes()), "{text}");
        }
        assert!(!anywhere.may_hold(br#"{"data":"H4s"#));
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
        for no in [
            "ConsoleLogin",
            r#""ConsoleLoginFailure""#,
            r#""xConsoleLogin""#,
            r#""CheckMfa""#,
            r#""ConsoleLo\gin""#,
        ] {
            assert!(!says_console_login(no.as_bytes()), "{no}");
        }
    }
}
