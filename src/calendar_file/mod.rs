//! Reads the events of a calendar file (.ics, RFC 5545): a company's closed days, an on-call rota. Knows the file
//! format and which days a rule falls on. Knows no time zones beyond their names: a time is left as it is written and
//! the caller, who has the zone data, turns it into a moment.
//!
//! What it cannot read exactly it refuses, with the line: a rota read wrongly would pass sign-ins for on-call ones.
//!
//! The `icalendar` crate reads the same files and is held against this reader in the tests. It is not used here since
//! its errors name another line than the broken one, components nested deeply enough overflow its stack and end the
//! program, and it brings a source of random numbers that a WASM host has not got.

mod lines;
mod recurrence;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use lines::Property;
use recurrence::{Budget, Rule};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

/// The years over which a recurring event is written out.
pub const YEARS: RangeInclusive<i32> = 2020..=2035;

/// A file with more occurrences than this is refused.
pub const MOST_OCCURRENCES: usize = 100_000;

/// How many times the rules of one file may ask whether a day is theirs: about a second of it. A thousand birthdays
/// since 1950 take 31 million.
const MOST_STEPS: usize = 50_000_000;

/// One occurrence of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is called; may be empty. Text from outside: escape it for where it is shown.
    pub summary: String,
    /// When it begins.
    pub start: Stamp,
    /// When it is over, exclusive: a whole-day event on the 24th ends on the 25th. Never before `start`.
    pub end: Stamp,
}

/// A date or time as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stamp {
    /// The midnight that a day begins with, wherever the reader is.
    Date(NaiveDate),
    /// A wall clock in the zone of this name (as the file spells it, which need not be the IANA name), or in the
    /// reader's own where there is none.
    Local(NaiveDateTime, Option<String>),
    /// A moment.
    Utc(NaiveDateTime),
}

/// A calendar file that cannot be read, or not exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsError {
    line: usize,
    why: String,
}

impl IcsError {
    /// The line in the file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for IcsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for IcsError {}

/// All events of a file, event after event as they stand there, recurring ones written out over [`YEARS`]. Cancelled
/// ones are left out, and a changed occurrence (RECURRENCE-ID) stands for the one it changes.
///
/// Where a rule's UNTIL is in UTC and its event in a zone, the rule goes on to the end of UNTIL's date; [`events_in`]
/// is exact.
///
/// # Errors
/// Where the text is no calendar, is broken or cut off, has more than [`MOST_OCCURRENCES`], or recurs in a way that is
/// not supported (hours, weeks of the year, days of the year).
pub fn events(text: &str) -> Result<Vec<Event>, IcsError> {
    events_in(text, |_, _| None)
}

/// [`events`] for a caller who knows zones: `to_utc` turns a wall clock in the zone named into UTC, or is `None` for a
/// name it does not know.
///
/// # Errors
/// As [`events`].
pub fn events_in(
    text: &str,
    to_utc: impl Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>,
) -> Result<Vec<Event>, IcsError> {
    let components = components(text)?;
    let mut changed: BTreeMap<&str, Vec<(&Property, Stamp)>> = BTreeMap::new();
    for component in &components {
        if let (Some(uid), Some(id)) = (component.first("UID"), component.first("RECURRENCE-ID")) {
            if id.parameter("RANGE").is_some() {
                return Err(id.error("RANGE is not supported here"));
            }
            changed.entry(&uid.value).or_default().push((id, stamp(id, &id.value)?));
        }
    }
    let mut budget = Budget(MOST_STEPS);
    let mut events = Vec::new();
    for component in &components {
        let changed = component.first("UID").and_then(|uid| changed.get(uid.value.as_str()));
        component.occurrences(changed.map_or(&[], Vec::as_slice), &to_utc, &mut budget, &mut events)?;
    }
    Ok(events)
}

/// A VEVENT.
struct Component {
    line: usize,
    properties: Vec<Property>,
}

/// The VEVENTs of a file. What is inside them (alarms) or beside them (zones, tasks) is stepped over, however deep.
fn components(text: &str) -> Result<Vec<Component>, IcsError> {
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut components = Vec::new();
    let mut any = false;
    for property in lines::properties(text) {
        let property = match property {
            Err(error) if !any => {
                return Err(IcsError { why: "no calendar: BEGIN:VCALENDAR is missing".into(), ..error });
            }
            property => property?,
        };
        let name = property.value.trim().to_ascii_uppercase();
        let depth = open.len();
        match (property.name.as_str(), open.last()) {
            ("BEGIN", None) if name != "VCALENDAR" => {
                return Err(property.error("no calendar: BEGIN:VCALENDAR is missing"));
            }
            ("BEGIN", _) => {
                any = true;
                if name == "VEVENT" && depth == 1 {
                    components.push(Component { line: property.line, properties: Vec::new() });
                }
                open.push((name, property.line));
            }
            ("END", Some((begun, _))) if *begun == name => {
                open.pop();
            }
            ("END", _) => return Err(property.error(format!("no {name:.20} is open here"))),
            (_, None) => return Err(property.error("no calendar: BEGIN:VCALENDAR is missing")),
            (_, Some((parent, _))) if depth == 2 && parent == "VEVENT" => {
                if let Some(component) = components.last_mut() {
                    component.properties.push(property);
                }
            }
            _ => {}
        }
    }
    match open.pop() {
        Some((name, line)) => {
            Err(IcsError { line, why: format!("BEGIN:{name:.20} has no END: is the file cut off?") })
        }
        None if !any => Err(IcsError { line: 1, why: "no calendar: BEGIN:VCALENDAR is missing".into() }),
        None => Ok(components),
    }
}

impl Component {
    fn first(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// Adds what this event comes to.
    fn occurrences(
        &self,
        changed: &[(&Property, Stamp)],
        to_utc: &impl Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>,
        budget: &mut Budget,
        events: &mut Vec<Event>,
    ) -> Result<(), IcsError> {
        let start_property =
            self.first("DTSTART").ok_or_else(|| IcsError { line: self.line, why: "no DTSTART".into() })?;
        let start = stamp(start_property, &start_property.value)?;
        let end = self.end(start_property, &start)?;
        let length = end.clock() - start.clock();
        let mut starts = self.starts(&start, to_utc, budget)?;
        let occurrences = Occurrences { start: &start, starts: &starts, moments: OnceCell::new(), to_utc };
        let mut gone = BTreeSet::new();
        for property in self.all("EXDATE") {
            for value in property.value.split(',').filter(|value| !value.trim().is_empty()) {
                match stamp(property, value)? {
                    // Against the letter but common: a date takes away what begins on it.
                    Stamp::Date(date) => gone.extend(occurrences.on(date)),
                    other => gone.extend(occurrences.meant_by(property, &other)?),
                }
            }
        }
        if self.first("RECURRENCE-ID").is_none() {
            let too_many = || start_property.error("too many changes to one event");
            budget.0 = budget.0.checked_sub(changed.len()).ok_or_else(too_many)?;
            for (property, id) in changed {
                gone.extend(occurrences.meant_by(property, id)?);
            }
        }
        let cancelled =
            self.first("STATUS").is_some_and(|status| status.value.trim().eq_ignore_ascii_case("CANCELLED"));
        starts.retain(|clock| !cancelled && !gone.contains(clock));
        if events.len() + starts.len() > MOST_OCCURRENCES {
            return Err(start_property.error(format!("more than {MOST_OCCURRENCES} occurrences in the file")));
        }
        let summary = self.first("SUMMARY").map(Property::text).unwrap_or_default();
        for clock in starts {
            let over = clock
                .checked_add_signed(length)
                .ok_or_else(|| start_property.error("ends beyond all years"))?;
            events.push(Event { summary: summary.clone(), start: start.at(clock), end: end.at(over) });
        }
        Ok(())
    }

    /// The wall clocks at which it begins, in the terms of DTSTART.
    fn starts(
        &self,
        start: &Stamp,
        to_utc: &impl Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>,
        budget: &mut Budget,
    ) -> Result<BTreeSet<NaiveDateTime>, IcsError> {
        let first = start.clock();
        let mut starts = BTreeSet::from([first]);
        if let Some(property) = self.first("EXRULE") {
            return Err(property.error("not supported here"));
        }
        let mut rules = self.all("RRULE").filter(|rule| !rule.value.trim().is_empty());
        if let Some(property) = rules.next() {
            let rule = Rule::parse(&property.value).map_err(|why| property.error(why))?;
            if let Some(second) = rules.next() {
                return Err(second.error("a second rule is not supported here"));
            }
            let over = |day: NaiveDate| {
                let clock = day.and_time(first.time());
                rule.until.is_some_and(|(until, utc)| match start {
                    Stamp::Date(_) => day > until.date(),
                    Stamp::Local(_, Some(zone)) if utc => match to_utc(zone, clock) {
                        Some(moment) => moment > until,
                        None => day > until.date(),
                    },
                    Stamp::Local(..) if utc => day > until.date(),
                    _ => clock > until,
                })
            };
            let last = NaiveDate::from_ymd_opt(*YEARS.end(), 12, 31).unwrap_or(NaiveDate::MAX);
            let days = rule.expand(first.date(), last, over, budget).ok_or_else(|| {
                property.error("the file's rules go on for too long: begin them later, or end them")
            })?;
            starts.extend(days.into_iter().map(|day| day.and_time(first.time())));
            starts.retain(|clock| YEARS.contains(&clock.year()));
        }
        for property in self.all("RDATE") {
            for value in property.value.split(',').filter(|value| !value.trim().is_empty()) {
                let other = stamp(property, value)?;
                let clock = match (&other, start) {
                    (Stamp::Date(_), Stamp::Date(_)) | (Stamp::Utc(_), Stamp::Utc(_)) => other.clock(),
                    (Stamp::Local(clock, zone), Stamp::Local(_, ours)) if zone == ours => *clock,
                    _ => return Err(property.error("is written in another zone than DTSTART")),
                };
                starts.insert(clock);
            }
        }
        Ok(starts)
    }

    /// DTEND, or DTSTART and DURATION, or the day or the moment of DTSTART.
    fn end(&self, start_property: &Property, start: &Stamp) -> Result<Stamp, IcsError> {
        let whole_day = matches!(start, Stamp::Date(_));
        if let Some(property) = self.first("DTEND") {
            let end = stamp(property, &property.value)?;
            if matches!(end, Stamp::Date(_)) != whole_day {
                return Err(property.error("DTSTART and DTEND must both be dates or both times"));
            }
            // Common though wrong: a day that ends on itself.
            if whole_day && end == *start {
                return start.later(TimeDelta::days(1)).ok_or_else(|| property.error("beyond all years"));
            }
            let comparable = match (&end, start) {
                (Stamp::Local(_, theirs), Stamp::Local(_, ours)) => ours == theirs,
                (Stamp::Local(..), _) | (_, Stamp::Local(..)) => false,
                _ => true,
            };
            // Between zones a clock may well go back, but never by more than a day.
            if end.clock() + TimeDelta::hours(if comparable { 0 } else { 26 }) < start.clock() {
                return Err(property.error("is before DTSTART"));
            }
            return Ok(end);
        }
        if let Some(property) = self.first("DURATION") {
            let length = duration(&property.value)
                .filter(|length| !whole_day || length.num_seconds() % 86_400 == 0)
                .ok_or_else(|| {
                    property.error(format!("{:?} is no duration", lines::shortened(&property.value)))
                })?;
            return start.later(length).ok_or_else(|| property.error("beyond all years"));
        }
        match whole_day {
            true => start.later(TimeDelta::days(1)).ok_or_else(|| start_property.error("beyond all years")),
            false => Ok(start.clone()),
        }
    }
}

/// When an event begins, for finding the occurrence that another property of the file means.
struct Occurrences<'a, F> {
    start: &'a Stamp,
    starts: &'a BTreeSet<NaiveDateTime>,
    /// The moments of the starts, where DTSTART has a zone that the caller knows.
    moments: OnceCell<BTreeMap<NaiveDateTime, NaiveDateTime>>,
    to_utc: &'a F,
}

impl<F: Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>> Occurrences<'_, F> {
    fn on(&self, date: NaiveDate) -> impl Iterator<Item = NaiveDateTime> + '_ {
        let midnight = date.and_time(NaiveTime::MIN);
        self.starts.range(midnight..).take_while(move |clock| clock.date() == date).copied()
    }

    /// The start that is meant by a stamp which may be written in other terms, if there is one.
    fn meant_by(&self, property: &Property, other: &Stamp) -> Result<Option<NaiveDateTime>, IcsError> {
        match (self.start, other) {
            (Stamp::Date(_), _) => return Ok(Some(other.clock().date().and_time(NaiveTime::MIN))),
            (Stamp::Utc(_), Stamp::Utc(_)) => return Ok(Some(other.clock())),
            (Stamp::Local(_, ours), Stamp::Local(clock, theirs)) if ours == theirs => {
                return Ok(Some(*clock));
            }
            _ => {}
        }
        let known = self.moment(other).zip(self.moment(self.start));
        let (moment, _) = known.ok_or_else(|| {
            property
                .error("is written in another zone than DTSTART: which occurrence it means is not known here")
        })?;
        let moments = self.moments.get_or_init(|| {
            self.starts
                .iter()
                .filter_map(|&clock| Some((self.moment(&self.start.at(clock))?, clock)))
                .collect()
        });
        Ok(moments.get(&moment).copied())
    }

    fn moment(&self, stamp: &Stamp) -> Option<NaiveDateTime> {
        match stamp {
            Stamp::Utc(moment) => Some(*moment),
            Stamp::Local(clock, Some(zone)) => (self.to_utc)(zone, *clock),
            _ => None,
        }
    }
}

impl Stamp {
    /// As its clock shows it; a date's is midnight.
    fn clock(&self) -> NaiveDateTime {
        match self {
            Stamp::Date(date) => date.and_time(NaiveTime::MIN),
            Stamp::Local(clock, _) | Stamp::Utc(clock) => *clock,
        }
    }

    /// In the same terms, at another time.
    fn at(&self, clock: NaiveDateTime) -> Stamp {
        match self {
            Stamp::Date(_) => Stamp::Date(clock.date()),
            Stamp::Local(_, zone) => Stamp::Local(clock, zone.clone()),
            Stamp::Utc(_) => Stamp::Utc(clock),
        }
    }

    fn later(&self, length: TimeDelta) -> Option<Stamp> {
        Some(self.at(self.clock().checked_add_signed(length)?))
    }
}

/// `20261224`, `20261224T090000`, `20261224T080000Z`, with the zone of the property's TZID.
fn stamp(property: &Property, value: &str) -> Result<Stamp, IcsError> {
    let value = value.trim();
    let wrong = || property.error(format!("{:?} is no date or time", lines::shortened(value)));
    if let Some(date) = date(value) {
        return Ok(Stamp::Date(date));
    }
    if property.parameter("VALUE").is_some_and(|kind| !kind.eq_ignore_ascii_case("DATE-TIME")) {
        return Err(wrong());
    }
    match (value.strip_suffix(['Z', 'z']), property.parameter("TZID")) {
        (Some(utc), _) => Ok(Stamp::Utc(date_time(utc).ok_or_else(wrong)?)),
        (None, Some(zone)) if is_utc(zone) => Ok(Stamp::Utc(date_time(value).ok_or_else(wrong)?)),
        (None, zone) => Ok(Stamp::Local(date_time(value).ok_or_else(wrong)?, zone.map(str::to_owned))),
    }
}

fn is_utc(zone: &str) -> bool {
    ["UTC", "Etc/UTC", "GMT"].iter().any(|utc| utc.eq_ignore_ascii_case(zone))
}

/// `20261224`.
fn date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    NaiveDate::from_ymd_opt(i32::try_from(number / 10_000).ok()?, number / 100 % 100, number % 100)
}

/// `20261224T090000`; a leap second is the one before.
fn date_time(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = time.parse().ok()?;
    let second = if number % 100 == 60 { 59 } else { number % 100 };
    date(day)?.and_hms_opt(number / 10_000, number / 100 % 100, second)
}

/// `P1D`, `PT8H30M`, `P1W` (RFC 5545, 3.3.6), never negative. A day is 24 hours of the wall clock.
fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (days, times) = match text.split_once('T') {
        Some((days, times)) => (days, times),
        None => (text, ""),
    };
    if days.is_empty() && times.is_empty() {
        return None;
    }
    let sum = |text: &str, units: &[(char, i64)]| {
        let mut rest = text;
        let mut total = 0i64;
        while !rest.is_empty() {
            let end = rest.find(|character: char| !character.is_ascii_digit())?;
            let number: u32 = rest.get(..end)?.parse().ok()?;
            let unit = rest.get(end..)?.chars().next()?;
            let (_, seconds) = units.iter().find(|(known, _)| *known == unit)?;
            total = total.checked_add(seconds.checked_mul(number.into())?)?;
            rest = rest.get(end + unit.len_utf8()..)?;
        }
        Some(total)
    };
    let days = sum(days, &[('W', 7 * 86_400), ('D', 86_400)])?;
    let times = sum(times, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    TimeDelta::try_seconds(days.checked_add(times)?)
}

#[cfg(test)]
mod tests;
