//! Patterns for names: exact ones in a hash set, globs (`*` any text, `?` any one character) one
//! after the other. Case does not count: IAM does not tell names apart by case. Knows text. Knows nothing of the meaning of the names.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Several patterns, any of which may match. Thousands of exact names take as long as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Folded, as the globs are: see [`fold`].
    exact: HashSet<String>,
    globs: Vec<String>,
    /// In the order given and as written, for display.
    written: Vec<String>,
}

impl<T: Into<String>> FromIterator<T> for Patterns {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut patterns = Patterns::default();
        for text in texts {
            let text = text.into();
            let folded = fold(&text).into_owned();
            if is_glob(&text) {
                patterns.globs.push(folded);
            } else {
                patterns.exact.insert(folded);
            }
            patterns.written.push(text);
        }
        patterns
    }
}

impl Patterns {
    /// Whether any pattern matches the whole of the text, in any case.
    #[inline]
    pub fn matches(&self, text: &str) -> bool {
        let text = fold(text);
        (!self.exact.is_empty() && self.exact.contains(&*text))
            || self.globs.iter().any(|glob| glob_matches(glob, &text))
    }

    /// The patterns as they were written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// The exact names, folded, if there is no glob among the patterns: then nothing else matches.
    pub(super) fn only_exact(&self) -> Option<impl Iterator<Item = &str>> {
        self.globs.is_empty().then(|| self.exact.iter().map(String::as_str))
    }

    /// Whether every text that `other` matches is matched by these too. `true` is certain; `false`
    /// may only mean that it could not be proved.
    pub fn covers(&self, other: &Patterns) -> bool {
        let by_one = |wanted: &String| {
            self.exact.contains(wanted) || self.globs.iter().any(|glob| glob_covers(glob, wanted))
        };
        other.exact.iter().chain(&other.globs).all(by_one)
    }

    /// Adds the patterns of another list.
    pub fn extend(&mut self, other: &Patterns) {
        self.exact.extend(other.exact.iter().cloned());
        self.globs.extend(other.globs.iter().cloned());
        self.written.extend(other.written.iter().cloned());
    }
}

impl fmt::Display for Patterns {
    /// The first few, and how many more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4;
        for (i, text) in self.written.iter().take(SHOWN).enumerate() {
            write!(f, "{}{text}", if i == 0 { "" } else { ", " })?;
        }
        match self.written.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// A name in the form in which names are compared: in lower case, one character for one.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let lower = |c: char| {
        let mut lower = c.to_lowercase();
        lower.next().filter(|_| lower.next().is_none()).unwrap_or(c)
    };
    match text.chars().all(|c| lower(c) == c) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().map(lower).collect()),
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a glob matches the whole of a text, case included. Never more than `glob × text` steps, whatever the
/// glob.
pub fn glob_matches(glob: &str, text: &str) -> bool {
    walk(glob, text, |_| true)
}

/// Whether `glob` matches everything that the pattern `other` matches: its `*` covers a `*` of
/// `other`, its `?` does not.
fn glob_covers(glob: &str, other: &str) -> bool {
    walk(glob, other, |c| c != '*')
}

/// Greedy matching with one backtracking point, the last `*`. `one` says which characters a `?`
/// matches.
fn walk(glob: &str, text: &str, one: impl Fn(char) -> bool) -> bool {
    let (mut glob, mut text) = (glob.chars(), text.chars());
    let mut back = None;
    loop {
        let (glob_here, text_here) = (glob.clone(), text.clone());
        match (glob.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                back = Some((glob.clone(), text_here.clone()));
                text = text_here;
                continue;
            }
            (Some('?'), Some(c)) if one(c) => continue,
            (Some(g), Some(c)) if g == c && g != '?' => continue,
            (_, None) if back.is_none() || glob_here.clone().any(|g| g != '*') => return false,
            _ => {}
        }
        let Some((after_star, mut from)) = back.take() else { return false };
        if from.next().is_none() {
            return false;
        }
        glob = after_star.clone();
        text = from.clone();
        back = Some((after_star, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn globs_match_whole_names_and_case_counts() {
        for (glob, text, expected) in [
            ("anaya", "anaya", true),
            ("anaya", "Anaya", false),
            ("anaya", "anaya2", false),
            ("*", "", true),
            ("*", "anything", true),
            ("svc-*", "svc-", true),
            ("svc-*", "svc-deploy", true),
            ("svc-*", "asvc-deploy", false),
            ("*-admin", "db-admin", true),
            ("*-admin", "db-admin2", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXcYYb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("?", "", false),
            ("**", "x", true),
            ("*a", "aaab", false),
            ("*.ops@example.com", "lee.ops@example.com", true),
            ("arn:aws:iam::*:user/break-glass/*", "arn:aws:iam::111122223333:user/break-glass/one", true),
        ] {
            assert_eq!(glob_matches(glob, text), expected, "{glob} on {text}");
        }
    }

    #[test]
    fn patterns_match_in_any_case() {
        for (pattern, text) in [
            ("Anaya", "anaya"),
            ("anaya", "ANAYA"),
            ("Break-Glass-*", "break-glass-1"),
            ("*-ADMIN", "Db-Admin"),
            ("Zo\u{eb}", "ZO\u{cb}"),
        ] {
            let patterns: Patterns = [pattern].into_iter().collect();
            assert!(patterns.matches(text), "{pattern} on {text}");
            assert_eq!(patterns.written(), [pattern]);
        }
        let dotted: Patterns = ["\u{130}?"].into_iter().collect();
        assert!(dotted.matches("\u{130}x"), "a letter whose small form is two characters");
    }

    #[test]
    fn a_glob_full_of_stars_takes_little_time() {
        let glob = "*a".repeat(60);
        assert!(!glob_matches(&glob, &format!("{}b", "a".repeat(5000))));
    }

    #[test]
    fn knows_when_one_pattern_covers_another() {
        let of = |texts: &[&str]| texts.iter().copied().collect::<Patterns>();
        for (wide, narrow, expected) in [
            (of(&["*"]), of(&["a", "b*"]), true),
            (of(&["a", "b*"]), of(&["b1", "bx*"]), true),
            (of(&["b*"]), of(&["*"]), false),
            (of(&["?"]), of(&["*"]), false),
            (of(&["a?"]), of(&["a?"]), true),
            (of(&["*x*"]), of(&["ax?"]), true),
            (of(&["a"]), of(&["A"]), true),
            (of(&["A*"]), of(&["ab", "aB?"]), true),
        ] {
            assert_eq!(wide.covers(&narrow), expected, "{wide} over {narrow}");
        }
    }

    /// The slow twin: tries every split of the text at every star.
    fn slow(glob: &[char], text: &[char]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| slow(rest, &text[n..])),
            Some(('?', rest)) => text.split_first().is_some_and(|(_, text)| slow(rest, text)),
            Some((c, rest)) => text.split_first().is_some_and(|(d, text)| c == d && slow(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_twin(glob in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob_matches(&glob, &text), slow(&chars(&glob), &chars(&text)));
        }

        #[test]
        fn a_covered_pattern_matches_nothing_more(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            let wide: Patterns = [a].into_iter().collect();
            let narrow: Patterns = [b].into_iter().collect();
            if wide.covers(&narrow) && narrow.matches(&text) {
                prop_assert!(wide.matches(&text));
            }
        }
    }
}
