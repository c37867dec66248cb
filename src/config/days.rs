//! Closed days: dates, public holidays, and calendars that have names. Knows calendar files; knows nothing of hours.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::ics::{Event, Stamp};
use crate::schedule::{Closed, Holidays, HoursError};
use chrono::{Days, NaiveDate, NaiveTime};

use crate::config::date_hint;
use crate::config::error::{ConfigError, Location, Result, Spanned, suggest};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::toml_table::Table as Toml;

/// The keys of `[calendars.NAME]`.
pub(super) const CALENDAR_KEYS: Keys = &[
    Key::new("closed", Kind::Texts, "Closed days: 2026-12-24..2027-01-01, Dec 24, holidays:CODE.")
        .also(&["days", "dates"]),
    Key::new("ics", Kind::Texts, "Calendar files (.ics) whose whole-day events are closed days.")
        .also(&["file"]),
];

/// The public holidays of a place, loaded.
#[derive(Debug, Clone)]
pub struct Table {
    /// As in `holidays:DE-BE`, without the word before the colon.
    pub code: String,
    /// The days.
    pub days: Holidays,
    /// How many days.
    pub count: usize,
    /// The years of which they are known.
    pub years: RangeInclusive<i32>,
}

/// One source of closed days.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The days.
    pub closed: Closed,
    /// Where it is public holidays.
    pub table: Option<Table>,
}

/// A calendar with a name.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Where it begins.
    pub location: Location,
    /// Its days.
    pub entries: Vec<Entry>,
    /// What was written: dates, codes, and files with the number of their days.
    pub written: Vec<String>,
}

/// Calendars by name.
pub type Calendars = BTreeMap<String, Calendar>;

const HOLIDAYS: &str = "holidays:";
const CALENDAR: &str = "calendar:";

/// Public holidays by their code.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn holidays(text: &Spanned<String>) -> Result<Table> {
    let code = text.value.strip_prefix(HOLIDAYS).unwrap_or(&text.value);
    let location = crate::holidays::find(code).map_err(|error| text.location.error(error))?;
    let years = location.years();
    if years.is_empty() || location.days().is_empty() {
        return Err(text.location.error(format!("no public holidays of {} are known", location.code())));
    }
    let named = |holiday: &crate::holidays::Holiday| {
        let estimated = if holiday.estimated { " (estimated)" } else { "" };
        (holiday.date, format!("{}{estimated}", holiday.name))
    };
    let days = Holidays::new(location.code(), location.days().iter().map(named), years.clone());
    Ok(Table { code: location.code().to_owned(), days, count: location.days().len(), years })
}

/// What one text of a `closed` list means: `holidays:DE-BE`, `calendar:company`, or dates. On a line of its own a comma may
/// stand between them.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn closed(text: &Spanned<String>, calendars: Option<&Calendars>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for part in parts(&text.value) {
        let part = Spanned { value: part, location: text.location.clone() };
        if part.value.starts_with(HOLIDAYS) {
            let table = holidays(&part)?;
            entries.push(Entry { closed: Closed::holidays(table.days.clone()), table: Some(table) });
        } else if let Some(name) = part.value.strip_prefix(CALENDAR) {
            let Some(calendars) = calendars else {
                return Err(part
                    .location
                    .error("a calendar cannot be made of calendars; list them where they are used"));
            };
            let Some(calendar) = calendars.get(name) else {
                let known: Vec<&str> = calendars.keys().map(String::as_str).collect();
                let hint = if known.is_empty() {
                    format!("; write its days under [calendars.{name}]")
                } else {
                    suggest(name, &known)
                };
                return Err(part.location.error(format!("no calendar {name:?}{hint}")));
            };
            entries.extend(calendar.entries.iter().cloned());
        } else {
            let known = calendars.map(|known| known.keys().map(String::as_str).collect::<Vec<_>>());
            let closed = Closed::days(&part.value).map_err(|error| {
                part.location.error(meant(&part.value, &known.unwrap_or_default(), error))
            })?;
            entries.push(Entry { closed, table: None });
        }
    }
    Ok(entries)
}

/// What is wrong with a text that is no days: what its writer meant, where that is clear.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn meant(text: &str, calendars: &[&str], error: HoursError) -> String {
    let name = text.strip_prefix("calendars.").or_else(|| text.strip_prefix("calendars:")).unwrap_or(text);
    if calendars.contains(&name) {
        return format!("{text:?} is a calendar; write \"{CALENDAR}{name}\"");
    }
    if let Ok(place) = crate::holidays::find(text) {
        return format!("{text:?} is a code of public holidays; write \"{HOLIDAYS}{}\"", place.code());
    }
    match date_hint::rewritten(text) {
        Some((date, ways)) => format!("{date:?}: dates are written as 2026-12-31 or Dec 31; write {ways}"),
        None => error.to_string(),
    }
}

/// Cuts a list at the commas before and after codes and names; dates may have commas of their own.
fn parts(text: &str) -> Vec<String> {
    let named = |part: &str| part.starts_with(HOLIDAYS) || part.starts_with(CALENDAR);
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        match parts.last_mut() {
            Some(last) if !named(last) && !named(part) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

/// Reads `[calendars.NAME]`.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn calendars(
    table: Toml<'_>,
    files: &Files<'_>,
    warnings: &mut Vec<String>,
    errors: &mut Vec<ConfigError>,
) -> Calendars {
    let mut calendars = Calendars::new();
    for (name, item) in table.named() {
        let location = item.location.clone();
        let mut calendar = Calendar { location: location.clone(), entries: Vec::new(), written: Vec::new() };
        let read = || {
            let mut table = item.table()?;
            let well_formed = table.expect(CALENDAR_KEYS, errors);
            let closed = table.take("closed").map(|item| item.texts()).transpose()?.unwrap_or_default();
            let ics = table.take("ics").map(|item| item.texts()).transpose()?.unwrap_or_default();
            if closed.is_empty() && ics.is_empty() && well_formed {
                return Err(location
                    .error("has no days; write closed = [\"2026-12-24..2027-01-01\"] or ics = \"FILE\""));
            }
            for text in closed {
                let days = &text.value;
                if days.starts_with(HOLIDAYS) || days.starts_with(CALENDAR) {
                    calendar.entries.extend(crate::config::days::closed(&text, None)?);
                } else {
                    let closed = Closed::calendar(&name, [days.as_str()]);
                    let closed = closed.map_err(|error| text.location.error(meant(days, &[], error)))?;
                    calendar.entries.push(Entry { closed, table: None });
                }
                calendar.written.push(text.value);
            }
            for text in ics {
                let events = files.events(&text)?;
                let (days, timed) = whole_days(&events);
                if timed > 0 {
                    warnings.push(format!(
                        "{}: {timed} of {} events have times of day and close nothing",
                        text.location,
                        events.len()
                    ));
                }
                calendar.written.push(format!("{} ({} days)", text.value, days.len()));
                let closed = Closed::calendar(&name, days.iter().map(String::as_str));
                let closed = closed.map_err(|error| text.location.error(error))?;
                calendar.entries.push(Entry { closed, table: None });
            }
            Ok(())
        };
        let result = read();
        errors.extend(result.err());
        calendars.insert(name, calendar);
    }
    calendars
}

/// Each day of the whole-day events, and how many events have times.
fn whole_days(events: &[Event]) -> (Vec<String>, usize) {
    let mut days = BTreeSet::new();
    let mut timed = 0;
    for event in events {
        let (start, end) = match (&event.start, &event.end) {
            (Stamp::Date(start), Stamp::Date(end)) => (*start, *end),
            // Outlook writes a whole day from midnight to midnight.
            (Stamp::Local(start, zone), Stamp::Local(end, same))
                if zone == same
                    && [start, end].iter().all(|at| at.time() == NaiveTime::MIN)
                    && start < end =>
            {
                (start.date(), end.date())
            }
            _ => {
                timed += 1;
                continue;
            }
        };
        let first_of = |n| start.checked_add_days(Days::new(n)).filter(|day| *day < end);
        // An event without an end is its one day.
        days.insert(start);
        days.extend((1..=3660).map_while(first_of));
    }
    (days.iter().map(NaiveDate::to_string).collect(), timed)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn commas_part_names_and_not_dates() {
        assert_eq!(parts("2026-12-24..2027-01-01"), ["2026-12-24..2027-01-01"]);
        assert_eq!(parts("Dec 24, Dec 31"), ["Dec 24, Dec 31"]);
        assert_eq!(
            parts("holidays:DE-BE,calendar:company, Dec 24, Dec 31,holidays:FR"),
            ["holidays:DE-BE", "calendar:company", "Dec 24, Dec 31", "holidays:FR"]
        );
    }
}
