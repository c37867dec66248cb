//! Public holidays that the caller passes: dates, names, and the years covered. Knows nothing of
//! countries and of the source of the table.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::schedule::day_number::day_of;

/// The public holidays of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holidays {
    code: String,
    /// Day number and index of the name, ascending.
    days: Vec<(i64, u32)>,
    names: Vec<String>,
    years: RangeInclusive<i32>,
}

impl Holidays {
    /// Takes dates with their names, in any order. `years` are the years that the table covers:
    /// outside of them it is unknown whether a date is a holiday, and the caller should say so (see
    /// [`Holidays::years`]).
    ///
    /// If a date has two names, the first is kept.
    pub fn new(
        code: impl Into<String>,
        days: impl IntoIterator<Item = (NaiveDate, String)>,
        years: RangeInclusive<i32>,
    ) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut found: Vec<(i64, u32)> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for (date, name) in days {
            let index = *known.entry(name).or_insert_with_key(|name: &String| {
                names.push(name.clone());
                names.len() as u32 - 1
            });
            found.push((day_of(date), index));
        }
        found.sort_by_key(|&(day, _)| day);
        found.dedup_by_key(|&mut (day, _)| day);
        Self { code: code.into(), days: found, names, years }
    }

    /// The holidays of both places; if both have one on a date, this place's name is kept. The
    /// years covered are those that both cover.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let base = self.names.len() as u32;
        self.code = format!("{}+{}", self.code, other.code);
        self.days.extend(other.days.into_iter().map(|(day, name)| (day, base + name)));
        self.days.sort_by_key(|&(day, _)| day);
        self.days.dedup_by_key(|&mut (day, _)| day);
        self.names.extend(other.names);
        self.years = *self.years.start().max(other.years.start())..=*self.years.end().min(other.years.end());
        self
    }

    /// The code of the place, such as `DE-BE`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The years covered, first and last.
    pub fn years(&self) -> RangeInclusive<i32> {
        self.years.clone()
    }

    /// The index of the name of the holiday on a day.
    pub(super) fn on(&self, day: i64) -> Option<u32> {
        let at = self.days.binary_search_by_key(&day, |&(day, _)| day).ok()?;
        self.days.get(at).map(|&(_, name)| name)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}
