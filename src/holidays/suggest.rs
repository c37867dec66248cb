//! Suggestions for an unknown code. Knows common mistakes. Decides nothing.

use crate::holidays::table::{Country, Subdivision, Table};
use std::fmt;

/// At most so many suggestions are made.
const SUGGESTIONS: usize = 8;

/// Codes that people write although ISO 3166-1 assigns them to another country or to none.
const HABITS: [(&str, &str); 3] = [("UK", "GB"), ("EN", "GB"), ("EL", "GR")];

/// No place has this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPlace {
    asked: String,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// With the codes and names of suggestions.
    Country(Vec<String>),
    /// The country has others.
    Subdivision { country: String, near: Vec<String>, known: Vec<String> },
    /// Never, unless the program was built with a broken table: a test reads all of it.
    Damaged,
}

impl UnknownPlace {
    pub(super) fn damaged(asked: &str) -> UnknownPlace {
        UnknownPlace { asked: asked.to_owned(), why: Why::Damaged }
    }

    pub(super) fn country(asked: &str, table: &Table<'_>) -> UnknownPlace {
        let countries: Vec<Country<'_>> = table.countries().flatten().collect();
        let mut near = misspelled(asked, &countries);
        if near.is_empty() {
            near = closest(asked, &countries);
        }
        near.dedup();
        near.truncate(SUGGESTIONS);
        UnknownPlace { asked: asked.to_owned(), why: Why::Country(near) }
    }

    pub(super) fn subdivision(asked: &str, country: &Country<'_>) -> UnknownPlace {
        let near = country
            .subdivisions
            .iter()
            .filter(|subdivision| {
                subdivision.names.iter().any(|name| resembles(name, asked))
                    || resembles(&subdivision.code, asked)
            })
            .map(|subdivision| described(country, Some(subdivision)))
            .take(SUGGESTIONS)
            .collect();
        let known = country.subdivisions.iter().map(Subdivision::described).collect();
        let country = format!("{} ({})", country.name, country.alpha2);
        UnknownPlace { asked: asked.to_owned(), why: Why::Subdivision { country, near, known } }
    }
}

impl fmt::Display for UnknownPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked: String = self.asked.chars().take(40).collect();
        match &self.why {
            Why::Country(near) => {
                write!(f, "no public holidays known for {asked:?}: ")?;
                match near.is_empty() {
                    true => f.write_str("a code is ISO 3166 such as DE, DE-BE or US-CA"),
                    false => write!(f, "did you mean {}?", near.join(" or ")),
                }
            }
            Why::Subdivision { country, known, .. } if known.is_empty() => {
                write!(
                    f,
                    "{country} has no subdivisions, so no {asked:?}: its holidays are the same everywhere"
                )
            }
            Why::Subdivision { country, near, known } => {
                write!(f, "{country} has no subdivision {asked:?}: ")?;
                if !near.is_empty() {
                    write!(f, "did you mean {}? ", near.join(" or "))?;
                }
                write!(f, "it has {}", known.join(", "))
            }
            Why::Damaged => {
                write!(f, "the table of public holidays in this program is damaged: {asked:?} not read")
            }
        }
    }
}

impl std::error::Error for UnknownPlace {}

impl Subdivision<'_> {
    /// Is this another name for it?
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| same(known, name))
    }

    fn described(&self) -> String {
        match self.names.first() {
            Some(name) => format!("{} ({name})", self.code),
            None => self.code.clone(),
        }
    }
}

/// Codes that are right except for their spelling: `UK`, `USA`, `Germany`, `DE_BE`, `deu-be`,
/// `ENG`, `Bayern`.
fn misspelled(asked: &str, countries: &[Country<'_>]) -> Vec<String> {
    let (head, rest) = match asked.find(|c: char| !c.is_alphanumeric()) {
        Some(at) => (&asked[..at], asked[at..].trim_matches(|c: char| !c.is_alphanumeric())),
        None => (asked, ""),
    };
    let mut near = Vec::new();
    for country in countries {
        let habit =
            |text: &str| HABITS.iter().any(|&(from, to)| same(from, text) && same(to, country.alpha2));
        if same(&country.name, asked) || (rest.is_empty() && (same(country.alpha3, head) || habit(head))) {
            near.push(described(country, None));
        }
        let theirs = same(country.alpha2, head) || same(country.alpha3, head) || habit(head);
        for subdivision in &country.subdivisions {
            let is = |text: &str| same(&subdivision.code, text) || subdivision.is_called(text);
            let glued = asked.get(..2).is_some_and(|start| same(start, country.alpha2))
                && asked.get(2..).is_some_and(|end| same(end, &subdivision.code));
            if (theirs && is(rest)) || glued || (asked.len() > 2 && is(asked)) {
                near.push(described(country, Some(subdivision)));
            }
        }
    }
    near
}

/// Countries whose name or code is near.
fn closest(asked: &str, countries: &[Country<'_>]) -> Vec<String> {
    let short = asked.chars().count() <= 2;
    let first = asked.chars().next().map(|c| c.to_ascii_uppercase());
    countries
        .iter()
        .filter(|country| match short {
            true => country.alpha2.chars().next() == first,
            false => resembles(&country.name, asked) || resembles(country.alpha3, asked),
        })
        .map(|country| described(country, None))
        .collect()
}

fn described(country: &Country<'_>, subdivision: Option<&Subdivision<'_>>) -> String {
    match subdivision {
        Some(subdivision) => {
            format!("{}-{} ({}, {})", country.alpha2, subdivision.code, subdivision.name(), country.name)
        }
        None => format!("{} ({})", country.alpha2, country.name),
    }
}

/// Equal except for case.
pub(super) fn same(a: &str, b: &str) -> bool {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && lower(a) == lower(b))
}

/// Begins with it, or has one or two typing errors.
fn resembles(known: &str, asked: &str) -> bool {
    let (known, asked) = (known.to_lowercase(), asked.to_lowercase());
    let slips = asked.chars().count() / 4;
    (asked.chars().count() >= 3 && known.starts_with(&asked))
        || (slips > 0 && distance(&known, &asked) <= slips.min(2))
}

/// The Levenshtein distance: insertions, deletions and replacements of characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, y), diagonal) in b.iter().enumerate().zip(&row) {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            let left = next.last().copied().unwrap_or(i);
            next.push((diagonal + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
