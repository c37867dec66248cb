//! `--record-path`: keys under which a user says that records stand. Knows how a path is written and
//! which step of it a key is. Knows no bytes of a line.

use crate::sign_in::Ways;
use std::fmt;

/// How many keys all paths may have together: as many as an [`Active`] has bits.
const MOST: usize = 128;

/// Paths to records, in addition to the layouts that are known.
///
/// A path is keys with dots between them: `payload.raw`. A key with a dot in it stands in quotes:
/// `"k8s.io".log`. Arrays are marked with `[]`, and every element of one is read: `batch[].entry`. A
/// text that holds JSON is read as what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordPaths {
    steps: Vec<Step>,
    starts: u128,
    ways: Ways,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    key: Vec<u8>,
    /// The record is the value of this key.
    last: bool,
}

/// Which steps of the paths the keys of an object may be, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Active(u128);

impl Active {
    /// Where either is.
    pub(crate) fn and(self, other: Active) -> Active {
        Active(self.0 | other.0)
    }
}

/// Why a text is not a path: what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError(&'static str);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for PathError {}

impl RecordPaths {
    /// Reads paths, each a text of its own.
    ///
    /// # Errors
    /// The first text that is not a path, with what to write instead.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, PathError> {
        let mut paths = RecordPaths::default();
        for text in texts {
            paths.add(text.as_ref())?;
        }
        Ok(paths)
    }

    /// The same paths, and the ways to sign in whose records are looked for there and everywhere.
    #[must_use]
    pub fn with_ways(self, ways: Ways) -> Self {
        RecordPaths { ways, ..self }
    }

    /// The ways to sign in whose records are looked for.
    pub fn ways(&self) -> Ways {
        self.ways
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn add(&mut self, text: &str) -> Result<(), PathError> {
        let mut keys = keys(text).map_err(PathError)?;
        // Each record of CloudTrail's own container is a value of its own.
        if keys.first().is_some_and(|key| key == "Records") {
            keys.remove(0);
        }
        let Some(last) = keys.len().checked_sub(1) else {
            return Err(PathError("the key that holds the records; Records and arrays are always read"));
        };
        if self.steps.len() + keys.len() > MOST {
            return Err(PathError("fewer paths: all of them together may have at most 128 keys"));
        }
        self.starts |= 1 << self.steps.len();
        let steps = keys.into_iter().enumerate();
        self.steps.extend(steps.map(|(i, key)| Step { key: key.into_bytes(), last: i == last }));
        Ok(())
    }

    /// What the keys of a value as a whole may be.
    pub(crate) fn start(&self) -> Active {
        Active(self.starts)
    }

    /// What the keys in the value of `key` may be; `None` if `key` is no step of a path.
    pub(crate) fn step(&self, active: Active, key: &[u8]) -> Option<Active> {
        let (mut left, mut next, mut taken) = (active.0, 0, false);
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            if let Some(step) = self.steps.get(at).filter(|step| step.key == key) {
                taken = true;
                next |= if step.last { 0 } else { 1 << (at + 1) };
            }
        }
        taken.then_some(Active(next))
    }
}

/// A key as it is written in a path.
pub(crate) fn written(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '_' | '-' | '@' | '$');
    if !key.is_empty() && key.chars().all(plain) && !key.starts_with('$') {
        return key.to_owned();
    }
    let mut out = String::from("\"");
    for c in key.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The keys of a path.
fn keys(text: &str) -> Result<Vec<String>, &'static str> {
    let mut keys = Vec::new();
    // As jq and JSONPath write it.
    let mut rest = text.trim();
    rest = rest.strip_prefix('$').unwrap_or(rest);
    rest = rest.strip_prefix('.').unwrap_or(rest);
    rest = arrays(rest)?;
    rest = rest.strip_prefix('.').unwrap_or(rest);
    while !rest.is_empty() {
        let (key, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_key(quoted)?,
            None => {
                let end = rest.find(['.', '[', '"']).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        if key.is_empty() {
            return Err("keys with one dot between them, such as payload.raw");
        }
        keys.push(key);
        rest = arrays(behind)?;
        if !rest.is_empty() {
            rest = rest.strip_prefix('.').ok_or("keys with one dot between them, such as payload.raw")?;
            if rest.is_empty() {
                return Err("a key behind the last dot, or no dot");
            }
        }
    }
    Ok(keys)
}

fn arrays(mut rest: &str) -> Result<&str, &'static str> {
    while let Some(inside) = rest.strip_prefix('[') {
        rest = inside
            .strip_prefix(']')
            .or_else(|| inside.strip_prefix("*]"))
            .ok_or("[] for every element of an array, such as batch[].entry")?;
    }
    Ok(rest)
}

fn quoted_key(text: &str) -> Result<(String, &str), &'static str> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((key, &text[at + 1..])),
            '\\' => key.extend(chars.next().map(|(_, c)| c)),
            c => key.push(c),
        }
    }
    Err("a key with a dot in it between quotes, such as \"k8s.io\".log")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keys_dots_brackets_and_quotes() {
        for (text, wanted) in [
            ("payload.raw", &["payload", "raw"][..]),
            ("a", &["a"]),
            ("batch[].entry", &["batch", "entry"]),
            ("a[][].b[]", &["a", "b"]),
            ("[].a", &["a"]),
            ("$.a.b", &["a", "b"]),
            (".a[*].b", &["a", "b"]),
            (r#""k8s.io"[].log"#, &["k8s.io", "log"]),
            (r#"a."b\"c\\d""#, &["a", r#"b"c\d"#]),
        ] {
            assert_eq!(
                keys(text).as_deref(),
                Ok(&wanted.iter().map(|&key| key.to_owned()).collect::<Vec<_>>()[..])
            );
        }
        for text in ["", ".", "a..b", "a.", "a[0]", "a[", "a\"b\"", "\"a", "a]b[", "Records[]", "$"] {
            let error = RecordPaths::parse(&[text]);
            assert!(error.is_err(), "{text}: {error:?}");
        }
        let many = vec!["a.b.c"; 43];
        assert!(RecordPaths::parse(&many).unwrap_err().to_string().contains("at most 128 keys"));
    }

    #[test]
    fn a_key_is_written_so_that_it_is_read_again() {
        for key in ["a", "a.b", "a\"b", "a\\", "é", " ", "a[]", "$a", "@message"] {
            assert_eq!(
                keys(&format!("x.{}", written(key))),
                Ok(vec!["x".to_owned(), key.to_owned()]),
                "{key}"
            );
        }
    }

    #[test]
    fn a_path_is_walked_key_by_key() {
        let paths = RecordPaths::parse(&["a.b", "a.c.d", "Records[].e"]).unwrap();
        let inside = paths.step(paths.start(), b"a").unwrap();
        assert_eq!(paths.step(paths.start(), b"b"), None);
        assert_eq!(paths.step(inside, b"b"), Some(Active(0)));
        assert_eq!(paths.step(inside, b"a"), None);
        let deeper = paths.step(inside, b"c").unwrap();
        assert_eq!(paths.step(deeper, b"d"), Some(Active(0)));
        assert_eq!(paths.step(paths.start(), b"e"), Some(Active(0)));
    }
}
