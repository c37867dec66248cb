//! TOML with locations: every value knows its line and its key, so that an error names them.
//! Knows the file's form. Knows nothing of what the keys mean.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use toml::de::{DeTable, DeValue};

use crate::config::error::{ConfigError, Location, Result, Spanned, nearest, suggest};
use crate::config::keys::{Key, Keys};
use crate::config::{date_hint, date_time, depth_limit};

/// The file, to find lines in.
#[derive(Debug)]
struct Lines {
    name: Arc<str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Lines {
    fn location(&self, at: usize, key: String) -> Location {
        let line = self.starts.partition_point(|&start| start <= at).max(1);
        Location::at(Arc::clone(&self.name), line, key)
    }
}

/// A table whose keys are taken one by one; those left at the end are refused.
#[derive(Debug)]
pub struct Table<'t> {
    /// Where it begins.
    pub location: Location,
    path: String,
    lines: Arc<Lines>,
    entries: BTreeMap<String, (Range<usize>, toml::Spanned<DeValue<'t>>)>,
    asked: Vec<&'static str>,
}

/// A value, with its key.
#[derive(Debug)]
pub struct TomlValue<'t> {
    /// Where it stands.
    pub location: Location,
    lines: Arc<Lines>,
    value: DeValue<'t>,
}

/// Reads a file's text. `name` is what people call the file.
///
/// # Errors
/// It is no TOML.
pub fn read<'t>(name: &str, text: &'t str) -> Result<Table<'t>> {
    let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    let lines = Arc::new(Lines { name: name.into(), starts: std::iter::once(0).chain(newlines).collect() });
    if let Some(at) = depth_limit::too_deep(text) {
        let what = format!("nested more than {} levels deep", depth_limit::DEEPEST);
        return Err(lines.location(at, String::new()).error(what));
    }
    match DeTable::parse(text) {
        Ok(table) => Ok(Table::new(table.into_inner(), lines.location(0, String::new()), &lines)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let what = error.message().lines().collect::<Vec<_>>().join("; ");
            Err(lines.location(at, String::new()).error(format!("not TOML: {what}")))
        }
    }
}

impl<'t> Table<'t> {
    fn new(table: DeTable<'t>, location: Location, lines: &Arc<Lines>) -> Self {
        let entry = |(key, value): (toml::Spanned<std::borrow::Cow<'t, str>>, _)| {
            let span = key.span();
            (key.into_inner().into_owned(), (span, value))
        };
        let entries = table.into_iter().map(entry).collect();
        Table {
            path: location.key().to_owned(),
            location,
            lines: Arc::clone(lines),
            entries,
            asked: Vec::new(),
        }
    }

    fn key(&self, name: &str) -> String {
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let name = if plain { name.to_owned() } else { format!("{name:?}") };
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    fn item(&self, name: &str, span: &Range<usize>, value: toml::Spanned<DeValue<'t>>) -> TomlValue<'t> {
        let location = self.lines.location(span.start, self.key(name));
        TomlValue { location, lines: Arc::clone(&self.lines), value: value.into_inner() }
    }

    /// The value of a key, and that the key is allowed.
    pub fn take(&mut self, name: &'static str) -> Option<TomlValue<'t>> {
        self.asked.push(name);
        let (span, value) = self.entries.remove(name)?;
        Some(self.item(name, &span, value))
    }

    /// All entries, in the order of the file: a table whose keys are names of the writer's own.
    pub fn named(mut self) -> Vec<(String, TomlValue<'t>)> {
        let mut all: Vec<_> = std::mem::take(&mut self.entries).into_iter().collect();
        all.sort_by_key(|(_, (span, _))| span.start);
        all.into_iter()
            .map(|(name, (span, value))| {
                let item = self.item(&name, &span, value);
                (name, item)
            })
            .collect()
    }

    /// A key that was probably meant to be `wanted`: one of `aliases`, or at most two edits away. Only
    /// keys that are not taken yet count.
    pub fn misspelled(&self, wanted: &str, aliases: &[&str]) -> Option<(&str, Location)> {
        let near = |name: &str| wanted.len() > 4 && strsim::damerau_levenshtein(name, wanted) <= 2;
        let (name, (span, _)) =
            self.entries.iter().find(|(name, _)| aliases.contains(&name.as_str()) || near(name))?;
        Some((name, self.lines.location(span.start, self.key(name))))
    }

    /// Refuses keys that are not declared, and says which required ones are missing. A misspelled key is one error, and not
    /// also a missing one. Says whether all is well.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub fn expect(&mut self, keys: Keys, errors: &mut Vec<ConfigError>) -> bool {
        self.expect_with(keys, &[], errors)
    }

    /// [`expect`](Self::expect), where keys that others declare are known too.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn expect_with(
        &mut self,
        keys: Keys,
        others: &[&'static str],
        errors: &mut Vec<ConfigError>,
    ) -> bool {
        let before = errors.len();
        let names: Vec<&'static str> =
            keys.iter().map(|key| key.name).chain(others.iter().copied()).collect();
        let missing = |table: &Self, key: &&Key| key.required && !table.entries.contains_key(key.name);
        let mut missing: Vec<&Key> = keys.iter().filter(|key| missing(self, key)).collect();
        let unknown: Vec<String> =
            self.entries.keys().filter(|name| !names.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            let Some((span, _)) = self.entries.remove(&name) else { continue };
            let location = self.lines.location(span.start, self.key(&name));
            let lower = name.to_lowercase().replace('-', "_");
            let meant = keys
                .iter()
                .find(|key| key.also.contains(&lower.as_str()))
                .map(|key| key.name)
                .or_else(|| nearest(&name, &missing.iter().map(|key| key.name).collect::<Vec<_>>()))
                .or_else(|| nearest(&name, &names));
            let required = meant.and_then(|meant| missing.iter().position(|key| key.name == meant));
            let mut what = "unknown key".to_owned();
            match meant {
                Some(meant) => what.push_str(&format!("; did you mean `{meant}`?")),
                None => what.push_str(&suggest(&name, &names)),
            }
            if let Some(at) = required {
                missing.remove(at);
                what.push_str(" It is required.");
            }
            errors.push(location.error(what));
        }
        for key in missing {
            errors.push(self.location.error(format!("{} is missing: {}", key.name, key.doc)));
        }
        errors.len() == before
    }

    /// Refuses keys that nobody asked for.
    pub fn finish(self) -> Vec<ConfigError> {
        let error = |(name, (span, _)): (&String, &(Range<usize>, _))| {
            let location = self.lines.location(span.start, self.key(name));
            location.error(format!("unknown key{}", suggest(name, &self.asked)))
        };
        self.entries.iter().map(error).collect()
    }
}

impl<'t> TomlValue<'t> {
    /// Something is wrong with it.
    pub fn error(&self, what: impl fmt::Display) -> ConfigError {
        self.location.error(what)
    }

    fn wrong(&self, wanted: &str) -> ConfigError {
        let hint = match &self.value {
            DeValue::Integer(_) | DeValue::Float(_) if wanted.contains("text") => "; put it in quotes",
            DeValue::String(_) if wanted == "true or false" => "; leave the quotes out",
            _ => "",
        };
        let is = match &self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(format!("{wanted} is wanted, and this is {is}{hint}"))
    }

    /// Text; dates need no quotes in TOML.
    ///
    /// # Errors
    /// It is none.
    pub fn text(self) -> Result<Spanned<String>> {
        match self.value {
            DeValue::String(text) => Ok(Spanned { value: text.into_owned(), location: self.location }),
            DeValue::Datetime(date) => Ok(Spanned { value: date.to_string(), location: self.location }),
            _ => Err(self.wrong("text")),
        }
    }

    /// One text, or a list of texts, each with its own line.
    ///
    /// # Errors
    /// It is none.
    pub fn texts(self) -> Result<Vec<Spanned<String>>> {
        let TomlValue { location, lines, value } = self;
        let DeValue::Array(array) = value else {
            let item = TomlValue { location, lines, value };
            return match item.value {
                DeValue::String(_) | DeValue::Datetime(_) => item.text().map(|text| vec![text]),
                _ => Err(item.wrong("text, or a list of texts")),
            };
        };
        let each = |value: toml::Spanned<DeValue<'t>>| {
            let location = lines.location(value.span().start, location.key().to_owned());
            TomlValue { location, lines: Arc::clone(&lines), value: value.into_inner() }.text()
        };
        array.into_iter().map(each).collect()
    }

    /// True or false.
    ///
    /// # Errors
    /// It is none.
    pub fn flag(self) -> Result<bool> {
        match self.value {
            DeValue::Boolean(flag) => Ok(flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(self) -> Result<i64> {
        let digits = match &self.value {
            DeValue::Integer(number) => {
                i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
            }
            _ => None,
        };
        digits.ok_or_else(|| self.wrong("a whole number"))
    }

    /// A whole number, or text such as `16M`, as text.
    ///
    /// # Errors
    /// It is neither.
    pub fn text_or_number(self) -> Result<String> {
        match &self.value {
            DeValue::Integer(_) => self.number().map(|number| number.to_string()),
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong("a whole number, or text such as \"16M\",")),
        }
    }

    pub(super) fn date(self) -> Result<(NaiveDate, Location)> {
        let text = self.text()?;
        match date_time::date(&text.value) {
            Some(date) => Ok((date, text.location)),
            None => {
                let way = date_hint::rewritten(&text.value).map_or("2026-12-31".to_owned(), |(_, way)| way);
                Err(text.location.error(format!("{:?} is not a date; write it as {way}", text.value)))
            }
        }
    }

    /// A table.
    ///
    /// # Errors
    /// It is none.
    pub fn table(self) -> Result<Table<'t>> {
        match self.value {
            DeValue::Table(table) => Ok(Table::new(table, self.location, &self.lines)),
            _ => Err(self.wrong("a table")),
        }
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// A list of tables, `[[rule]]` or `[{…}, {…}]`; their keys begin with `rule[1]` and so on.
    ///
    /// # Errors
    /// It is none.
    pub fn tables(self) -> Result<Vec<Table<'t>>> {
        let TomlValue { location, lines, value } = self;
        let DeValue::Array(array) = value else {
            let what = format!("a list is wanted: write [[{0}]], not [{0}]", location.key());
            return Err(location.error(what));
        };
        let each = |(number, value): (usize, toml::Spanned<DeValue<'t>>)| {
            let location = lines.location(value.span().start, format!("{}[{number}]", location.key()));
            TomlValue { location, lines: Arc::clone(&lines), value: value.into_inner() }.table()
        };
        (1..).zip(array).map(each).collect()
    }
}
