//! Reads the events of a calendar file (.ics, RFC 5545): a company's closed days, an on-call
//! rotation. Knows the file format and recurrence rules. Knows only the names of time zones: a time
//! stays as written, and the caller, who has the zone data, converts it to a moment.
//!
//! A file that it cannot read exactly is an error with the line: a rotation that is read wrongly
//! would treat sign-ins as on call.
//!
//! The tests compare this reader with the `icalendar` crate. That crate is not used here because
//! its errors name the wrong line, deeply nested components overflow its stack and end the program,
//! and it needs a source of random numbers, which a WASM host does not have.

mod content_line;
mod date_time;
mod error;
mod recurrence;

use crate::ics::content_line::Property;
pub use crate::ics::date_time::Stamp;
use crate::ics::date_time::{duration, stamp};
pub use crate::ics::error::IcsError;
use crate::ics::recurrence::{Budget, Rule};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// The years for which recurring events are expanded.
pub const YEARS: RangeInclusive<i32> = 2020..=2035;

/// A file with more occurrences than this is an error.
pub const MOST_OCCURRENCES: usize = 100_000;

/// How many days the rules of one file may test: about a second of work. A thousand birthdays since
/// 1950 take 31 million.
const MOST_STEPS: usize = 50_000_000;

/// One occurrence of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its title; may be empty. Untrusted text: escape it for display.
    pub summary: String,
    /// The e-mail address of its only attendee. `None` if there are several, of whom nothing says
    /// which one is meant.
    pub attendee: Option<String>,
    /// When it begins.
    pub start: Stamp,
    /// Its end, exclusive: a whole-day event on the 24th ends on the 25th. Never before `start`.
    pub end: Stamp,
}

/// All events of a file in the order of the file, recurring ones expanded over [`YEARS`]. Cancelled
/// events are left out, and a changed occurrence (RECURRENCE-ID) replaces the original.
///
/// Where a rule's UNTIL is in UTC and its event in a zone, the rule continues to the end of UNTIL's
/// date; [`events_in`] is exact.
///
/// # Errors
/// Text that is not a calendar, is malformed or truncated, has more than [`MOST_OCCURRENCES`], or
/// has a recurrence that is not supported (hours, weeks of the year, days of the year).
pub fn events(text: &str) -> Result<Vec<Event>, IcsError> {
    events_in(text, |_, _| None)
}

/// [`events`] for a caller with zone data: `to_utc` converts a wall-clock time in the named zone to
/// UTC, or returns `None` for an unknown name.
///
/// # Errors
/// As [`events`].
pub fn events_in(
    text: &str,
    to_utc: impl Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>,
) -> Result<Vec<Event>, IcsError> {
    let components = latest(components(text)?);
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

/// The VEVENTs of a file. Skips components inside them (alarms) and beside them (zones, tasks),
/// however deeply nested.
fn components(text: &str) -> Result<Vec<Component>, IcsError> {
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut components = Vec::new();
    let mut any = false;
    for property in content_line::properties(text) {
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
            ("END", _) => {
                return Err(property.error(format!("no {} is open here", content_line::quoted(&name))));
            }
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
        Some((name, line)) => Err(IcsError {
            line,
            why: format!("BEGIN {} has no END: is the file cut off?", content_line::quoted(&name)),
        }),
        None if !any => Err(IcsError { line: 1, why: "no calendar: BEGIN:VCALENDAR is missing".into() }),
        None => Ok(components),
    }
}

/// The components without those that a later revision replaces: of one UID, and of one changed
/// occurrence of it, only those with the highest SEQUENCE count (RFC 5545, 3.8.7.4).
fn latest(components: Vec<Component>) -> Vec<Component> {
    let mut highest: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
    for component in &components {
        if let Some(of) = component.revision_of() {
            let highest = highest.entry(of).or_default();
            *highest = component.sequence().max(*highest);
        }
    }
    let is_latest = |component: &Component| {
        component.revision_of().is_none_or(|of| highest.get(&of) == Some(&component.sequence()))
    };
    components.into_iter().filter(is_latest).collect()
}

impl Component {
    /// What this is a revision of: an event, or one occurrence of it.
    fn revision_of(&self) -> Option<(String, Option<String>)> {
        let occurrence = self.first("RECURRENCE-ID").map(|id| id.value.trim().to_owned());
        Some((self.first("UID")?.value.trim().to_owned(), occurrence))
    }

    fn sequence(&self) -> u64 {
        self.first("SEQUENCE").and_then(|sequence| sequence.value.trim().parse().ok()).unwrap_or(0)
    }

    fn first(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// Adds the occurrences of this event.
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
                    // Common although not in the RFC: a date excludes all occurrences that begin on
                    // it.
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
        let attendee = self.attendee();
        for clock in starts {
            let over = clock
                .checked_add_signed(length)
                .ok_or_else(|| start_property.error("ends beyond all years"))?;
            events.push(Event {
                summary: summary.clone(),
                attendee: attendee.clone(),
                start: start.at(clock),
                end: end.at(over),
            });
        }
        Ok(())
    }

    fn attendee(&self) -> Option<String> {
        let declined = |property: &&Property| {
            property.parameter("PARTSTAT").is_some_and(|status| status.eq_ignore_ascii_case("DECLINED"))
        };
        let mut attendees = self.all("ATTENDEE").filter(|property| !declined(property));
        let (only, None) = (attendees.next()?, attendees.next()) else { return None };
        let (scheme, address) = only.value.trim().split_once(':')?;
        scheme.eq_ignore_ascii_case("mailto").then(|| address.to_owned())
    }

    /// The wall-clock times at which it begins, in the zone of DTSTART.
    fn starts(
        &self,
        start: &Stamp,
        to_utc: &impl Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>,
        budget: &mut Budget,
    ) -> Result<BTreeSet<NaiveDateTime>, IcsError> {
        let first = start.clock();
        let mut starts = BTreeSet::from([first]);
        // A changed occurrence is one occurrence, even where a program repeats the rule in it.
        if self.first("RECURRENCE-ID").is_some() {
            return Ok(starts);
        }
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

    /// DTEND, else DTSTART plus DURATION, else the day or the moment of DTSTART.
    fn end(&self, start_property: &Property, start: &Stamp) -> Result<Stamp, IcsError> {
        let whole_day = matches!(start, Stamp::Date(_));
        if let Some(property) = self.first("DTEND") {
            let end = stamp(property, &property.value)?;
            if matches!(end, Stamp::Date(_)) != whole_day {
                return Err(property.error("DTSTART and DTEND must both be dates or both times"));
            }
            // Common although wrong: a day that ends on the same day.
            if whole_day && end == *start {
                return start.later(TimeDelta::days(1)).ok_or_else(|| property.error("beyond all years"));
            }
            let comparable = match (&end, start) {
                (Stamp::Local(_, theirs), Stamp::Local(_, ours)) => ours == theirs,
                (Stamp::Local(..), _) | (_, Stamp::Local(..)) => false,
                _ => true,
            };
            // Between zones the wall clock may go back, but never by more than 26 hours.
            if end.clock() + TimeDelta::hours(if comparable { 0 } else { 26 }) < start.clock() {
                return Err(property.error("is before DTSTART"));
            }
            return Ok(end);
        }
        if let Some(property) = self.first("DURATION") {
            let length = duration(&property.value)
                .filter(|length| !whole_day || length.num_seconds() % 86_400 == 0)
                .ok_or_else(|| {
                    property.error(format!("{} is no duration", content_line::quoted(&property.value)))
                })?;
            return start.later(length).ok_or_else(|| property.error("beyond all years"));
        }
        match whole_day {
            true => start.later(TimeDelta::days(1)).ok_or_else(|| start_property.error("beyond all years")),
            false => Ok(start.clone()),
        }
    }
}

/// The starts of an event, to find the occurrence that another property refers to.
struct Occurrences<'a, F> {
    start: &'a Stamp,
    starts: &'a BTreeSet<NaiveDateTime>,
    /// The moments of the starts, if the caller knows the zone of DTSTART.
    moments: OnceCell<BTreeMap<NaiveDateTime, NaiveDateTime>>,
    to_utc: &'a F,
}

impl<F: Fn(&str, NaiveDateTime) -> Option<NaiveDateTime>> Occurrences<'_, F> {
    fn on(&self, date: NaiveDate) -> impl Iterator<Item = NaiveDateTime> + '_ {
        let midnight = date.and_time(NaiveTime::MIN);
        self.starts.range(midnight..).take_while(move |clock| clock.date() == date).copied()
    }

    /// The start that a stamp refers to, if any; the stamp may be in another zone than DTSTART.
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

#[cfg(test)]
mod tests;
