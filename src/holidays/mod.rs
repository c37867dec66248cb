//! The public holidays of countries and subdivisions, by code, from a table that is generated in
//! advance ([`SOURCE`]). Knows nothing of hours and the current time. Never guesses a day that is
//! not in the table.
//!
//! The table covers the years 2020 to 2035, for some countries fewer: see [`Place::years`].
//! [`find`] reads only the part of the table that the code needs.

mod listing;
mod suggest;
mod table;

use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

pub use crate::holidays::listing::listing;
pub use crate::holidays::suggest::UnknownPlace;

/// Where the days come from. Credits and licence: `CREDITS.md` beside this file.
pub const SOURCE: &str = "PyPI holidays 0.109 (MIT)";

static TABLE: &[u8] = include_bytes!("table.bin");

/// A country or one of its subdivisions, with its public holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    code: String,
    country: String,
    subdivision: Option<String>,
    years: RangeInclusive<i32>,
    days: Vec<Holiday>,
    subdivisions: Vec<String>,
}

/// A public holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The day, from local midnight to midnight.
    pub date: NaiveDate,
    /// In English if the source has it; several on one day are joined by `"; "`. A substitute day
    /// is marked: `Christmas Day (observed)`.
    pub name: String,
    /// The day depends on the moon or on a future decree: it may still move.
    pub estimated: bool,
}

/// The place with this code: ISO 3166-1 alpha-2 (`DE`), or that and a subdivision (`DE-BE`,
/// `GB-ENG`, `US-CA`, `DE-Berlin`), in any case. A country alone has the holidays of the whole
/// country: `GB` lacks Easter Monday, `GB-ENG` has it.
///
/// # Errors
/// An unknown code, with suggestions.
pub fn find(code: &str) -> Result<Place, UnknownPlace> {
    let table = table::Table::open(TABLE).ok_or_else(|| UnknownPlace::damaged(code))?;
    let asked = code.trim();
    let (alpha2, rest) = match asked.split_once('-') {
        Some((alpha2, rest)) => (alpha2, Some(rest)),
        None => (asked, None),
    };
    let Some(country) = table.find(alpha2) else { return Err(UnknownPlace::country(asked, &table)) };
    let subdivision = match rest {
        None => None,
        Some(rest) => Some(
            country
                .subdivisions
                .iter()
                .find(|subdivision| suggest::same(&subdivision.code, rest))
                .or_else(|| country.subdivisions.iter().find(|subdivision| subdivision.is_called(rest)))
                .ok_or_else(|| UnknownPlace::subdivision(rest, &country))?,
        ),
    };
    let items = table.holidays(&country, subdivision).ok_or_else(|| UnknownPlace::damaged(code))?;
    Ok(Place {
        code: match subdivision {
            Some(subdivision) => format!("{}-{}", country.alpha2, subdivision.code),
            None => country.alpha2.to_owned(),
        },
        subdivision: subdivision.map(|subdivision| subdivision.name().to_owned()),
        subdivisions: match subdivision {
            Some(_) => Vec::new(),
            None => country.subdivisions.iter().map(|s| format!("{}-{}", country.alpha2, s.code)).collect(),
        },
        years: country.years,
        country: country.name,
        days: by_day(&items),
    })
}

/// Every code that [`find`] knows, each country before its subdivisions.
pub fn codes() -> Vec<String> {
    let mut codes = Vec::new();
    let Some(table) = table::Table::open(TABLE) else { return codes };
    for country in table.countries().flatten() {
        codes.push(country.alpha2.to_owned());
        codes.extend(country.subdivisions.iter().map(|s| format!("{}-{}", country.alpha2, s.code)));
    }
    codes
}

impl Place {
    /// As the source spells it: `DE-BE`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The country's English name.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The subdivision's name, in its own language: `Berlin`, `Bayern`.
    pub fn subdivision(&self) -> Option<&str> {
        self.subdivision.as_deref()
    }

    /// For a country: the codes of its subdivisions, which may have days of their own.
    pub fn subdivisions(&self) -> &[String] {
        &self.subdivisions
    }

    /// The years with data. Holidays of other years are unknown, not absent. Empty if the source
    /// lists no public holiday at all (Bouvet Island).
    pub fn years(&self) -> RangeInclusive<i32> {
        self.years.clone()
    }

    /// The holidays in order of their dates, each date once, including those on weekends.
    pub fn days(&self) -> &[Holiday] {
        &self.days
    }
}

/// Converts "a name and its dates" to "a date and its names", written as in the source.
fn by_day(items: &[table::Item]) -> Vec<Holiday> {
    let mut days: BTreeMap<NaiveDate, Vec<(&table::Item, bool)>> = BTreeMap::new();
    for item in items {
        for &day in &item.days {
            let estimated = item.estimated_since.is_some_and(|since| day.year() >= since);
            days.entry(day).or_default().push((item, estimated));
        }
    }
    days.into_iter()
        .map(|(date, items)| {
            // A day with one certain holiday is certain; the names of the others keep their mark.
            let estimated = items.iter().all(|&(_, estimated)| estimated);
            let mut names: Vec<String> =
                items.into_iter().map(|(item, doubt)| item.spelled(doubt && !estimated)).collect();
            names.sort();
            Holiday { date, name: names.join("; "), estimated }
        })
        .collect()
}

#[cfg(test)]
mod tests;
