//! What is wrong with a configuration, and where. Knows how an error is written. Knows nothing of TOML or of schedules.

use std::fmt;
use std::sync::Arc;

/// Where something was said: a line and key of a file, or an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// `rules.toml` and, from 1, the line; 0 for the file as a whole. `None` for an option.
    line: Option<(Arc<str>, usize)>,
    /// `schedules.berlin.hours`, or `--hours`.
    key: String,
}

impl Location {
    /// An option, `--hours`, or a variable of the environment.
    pub fn option(name: &str) -> Self {
        Location { line: None, key: name.to_owned() }
    }

    /// A file that cannot be read: no line of it is to blame.
    pub fn file_of(file: &str) -> Self {
        Location { line: Some((file.into(), 0)), key: String::new() }
    }

    /// A line, from 1, and what stands there; an empty key where it is not known.
    pub fn line_of(file: &str, line: usize, key: &str) -> Self {
        Location { line: Some((file.into(), line)), key: key.to_owned() }
    }

    pub(super) fn at(file: Arc<str>, line: usize, key: String) -> Self {
        Location { line: Some((file, line)), key }
    }

    /// The line, from 1, if it is one of a file.
    pub fn line(&self) -> Option<usize> {
        self.line.as_ref().map(|&(_, line)| line).filter(|line| *line > 0)
    }

    /// What people call the file.
    pub fn file(&self) -> Option<&str> {
        self.line.as_ref().map(|(file, _)| &**file)
    }

    /// The key, or the option.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// `rules.toml:12`, or the option.
    pub fn short(&self) -> String {
        match &self.line {
            Some((file, 0)) => file.to_string(),
            Some((file, line)) => format!("{file}:{line}"),
            None => self.key.clone(),
        }
    }

    /// Something is wrong here.
    pub fn error(&self, what: impl fmt::Display) -> ConfigError {
        ConfigError { location: self.clone(), what: what.to_string() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())?;
        if self.line.is_some() && !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        Ok(())
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where.
    pub location: Location,
    /// What is wrong, and how to fix it.
    pub what: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.what)
    }
}

impl std::error::Error for ConfigError {}

/// What was read, or what is wrong with it.
pub type Result<T, E = ConfigError> = std::result::Result<T, E>;

/// Everything that is wrong with a configuration; never empty.
#[derive(Debug)]
pub struct ConfigErrors(
    /// In the order of the file, as far as can be.
    pub Vec<ConfigError>,
);

impl fmt::Display for ConfigErrors {
    /// The first, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = self.0.iter();
        if let Some(first) = all.next() {
            write!(f, "{first}")?;
        }
        match all.len() {
            0 => Ok(()),
            more => write!(f, "\n  ({more} more; `afterhours check` lists them)"),
        }
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        ConfigErrors(vec![error])
    }
}

/// Something that was read, and where it stands.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub location: Location,
}

/// So many errors are listed: each of them may look through all names for the one that was meant.
const MOST_ERRORS: usize = 100;

/// Whether there are so many errors that the rest of a list is not read; the last one says so then.
pub(super) fn too_many(errors: &mut Vec<ConfigError>, next: &Location) -> bool {
    let full = errors.len() >= MOST_ERRORS;
    if errors.len() == MOST_ERRORS {
        errors
            .push(next.error(format!("not read, because {MOST_ERRORS} errors came before; fix those first")));
    }
    full
}

/// So many of the names that are known are listed in an error.
const MOST_NAMES: usize = 60;

/// ``; did you mean `hours`?``, or what is known here.
pub fn suggest(name: &str, known: &[&str]) -> String {
    let more = known.len().saturating_sub(MOST_NAMES);
    let mut listed = known[..known.len() - more].join(", ");
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    match nearest(name, known) {
        Some(key) => format!("; did you mean `{key}`? Known here: {listed}"),
        None if known.is_empty() => String::new(),
        None => format!("; known here: {listed}"),
    }
}

/// The one of `known` that is spelled most like `name`, if any is.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    known
        .iter()
        .map(|key| (strsim::jaro_winkler(&wanted, &key.to_lowercase()), *key))
        .filter(|&(score, _)| score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}
