//! Schedules as they are written, on the command line or in a table, and as they are meant: inherited keys filled in, zones
//! found, holidays and calendars looked up. Knows the keys of a schedule. Knows nothing of rules.

use std::collections::HashMap;

use crate::schedule::{Exceptions, Hours, HoursText, Schedule};
use crate::time_zone::Zone;
use chrono::NaiveDate;

use crate::config::days::{Calendars, Table as HolidayTable};
use crate::config::error::{ConfigError, Location, Result, Spanned, suggest, too_many};
use crate::config::keys::{Key, Keys, Kind};
use crate::config::loader::Loader;
use crate::config::toml_table::Table;
use crate::config::zones;

/// What the schedule of everybody is called.
pub(crate) const DEFAULT: &str = "default";

/// The keys that every schedule has.
pub(super) const SCHEDULE: [Key; 5] = [
    Key::new("tz", Kind::Text, "The time zone, an IANA name such as Europe/Berlin.")
        .default("\"UTC\"")
        .also(&["time_zone", "timezone", "zone"]),
    Key::new("hours", Kind::Texts, "Business hours: \"Mon-Fri 09:00-17:00\"; several add up; [] is never."),
    Key::new("holidays", Kind::Texts, "Public holidays on which it is closed, by code: DE-BE.")
        .also(&["public_holidays", "holiday"]),
    Key::new("closed", Kind::Texts, "Closed days: dates, holidays:CODE, calendar:NAME.").also(&[
        "closed_days",
        "calendar",
        "calendars",
    ]),
    Key::new("extra", Kind::Texts, "Windows that are open even on closed days: 2026-11-28 10:00-16:00."),
];

/// The keys of `[schedules.NAME]`.
pub(super) const NAMED_SCHEDULE: Keys = &{
    let [tz, hours, holidays, closed, extra] = SCHEDULE;
    [
        hours,
        tz,
        holidays,
        closed,
        extra,
        Key::new("inherit", Kind::Text, "The schedule that fills in the keys that are missing here.")
            .also(&["base"]),
        Key::new("from", Kind::Text, "The first day: 2026-07-01; never open before."),
        Key::new("until", Kind::Text, "The last day: 2027-03-31; never open after.").also(&["to"]),
    ]
};

/// A schedule as it is written: each key may be missing.
#[derive(Debug, Clone, Default)]
pub struct ScheduleSpec {
    /// The zone's name.
    pub tz: Option<Spanned<String>>,
    /// Hours, each text of its own.
    pub hours: Option<Vec<Spanned<String>>>,
    /// Codes of public holidays.
    pub holidays: Option<Vec<Spanned<String>>>,
    /// Closed days.
    pub closed: Option<Vec<Spanned<String>>>,
    /// Hours that are open whatever is closed.
    pub extra: Option<Vec<Spanned<String>>>,
    /// The schedule that fills in what is missing.
    pub inherit: Option<Spanned<String>>,
    /// The first day.
    pub from: Option<(NaiveDate, Location)>,
    /// The last day.
    pub until: Option<(NaiveDate, Location)>,
}

/// A schedule, and what it was made of.
#[derive(Debug, Clone)]
pub struct ResolvedSchedule {
    /// The schedule.
    pub schedule: Schedule,
    /// Where it begins.
    pub location: Location,
    /// The public holidays it was given.
    pub holidays: Vec<HolidayTable>,
    /// Closed days, as they were written.
    pub closed: Vec<String>,
    /// Extra hours, as they were written.
    pub extra: Vec<String>,
    /// The schedule it inherits from.
    pub inherit: Option<String>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

impl ScheduleSpec {
    /// Takes the keys of a schedule out of a table. What is wrong is added to `refusals`.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn take(table: &mut Table<'_>, errors: &mut Vec<ConfigError>) -> Self {
        let mut keep = |result: Option<Result<Vec<Spanned<String>>>>| match result.transpose() {
            Ok(texts) => texts,
            Err(error) => {
                errors.push(error);
                // Not missing: one complaint about a key is enough.
                Some(Vec::new())
            }
        };
        let hours = keep(table.take("hours").map(|item| item.texts()));
        let tz = keep(table.take("tz").map(|item| item.text().map(|text| vec![text])));
        let holidays = keep(table.take("holidays").map(|item| item.texts()));
        let closed = keep(table.take("closed").map(|item| item.texts()));
        let extra = keep(table.take("extra").map(|item| item.texts()));
        let one = |texts: Option<Vec<Spanned<String>>>| texts.and_then(|mut texts| texts.pop());
        ScheduleSpec { tz: one(tz), hours, holidays, closed, extra, ..ScheduleSpec::default() }
    }

    /// The keys that only named schedules have.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn take_named(table: &mut Table<'_>, errors: &mut Vec<ConfigError>) -> Self {
        let written = Self::take(table, errors);
        let inherit = table.take("inherit").map(|item| item.text()).transpose();
        let from = table.take("from").map(|item| item.date()).transpose();
        let until = table.take("until").map(|item| item.date()).transpose();
        let mut date = |date: Result<Option<_>>| date.map_err(|error| errors.push(error)).ok().flatten();
        let (from, until) = (date(from), date(until));
        let inherit = inherit.map_err(|error| errors.push(error)).ok().flatten();
        ScheduleSpec { inherit, from, until, ..written }
    }

    /// Fills in what is missing.
    fn over(self, base: &ScheduleSpec) -> ScheduleSpec {
        ScheduleSpec {
            tz: self.tz.or_else(|| base.tz.clone()),
            hours: self.hours.or_else(|| base.hours.clone()),
            holidays: self.holidays.or_else(|| base.holidays.clone()),
            closed: self.closed.or_else(|| base.closed.clone()),
            extra: self.extra.or_else(|| base.extra.clone()),
            inherit: self.inherit,
            from: self.from.or_else(|| base.from.clone()),
            until: self.until.or_else(|| base.until.clone()),
        }
    }
}

/// Schedules by name, before they are meant.
pub(super) type ScheduleSpecs = HashMap<String, (Location, ScheduleSpec)>;

/// Adds the schedules that have tables of their own, and says in which order all of them stand.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn names(
    schedules: Option<Table<'_>>,
    names: &mut ScheduleSpecs,
    errors: &mut Vec<ConfigError>,
) -> Vec<String> {
    let mut order = vec![DEFAULT.to_owned()];
    for (name, item) in schedules.into_iter().flat_map(Table::named) {
        let location = item.location.clone();
        let reserved = if name == DEFAULT {
            Some("this is the schedule of everybody else; write [default]")
        } else if name.contains(':') || name.is_empty() {
            Some("a schedule's name has no colon in it and is not empty")
        } else {
            None
        };
        match (reserved, item.table()) {
            (Some(what), _) => errors.push(location.error(what)),
            (None, Err(error)) => errors.push(error),
            (None, Ok(mut table)) => {
                table.expect(NAMED_SCHEDULE, errors);
                let written = ScheduleSpec::take_named(&mut table, errors);
                order.push(name.clone());
                names.insert(name, (location, written));
            }
        }
    }
    order
}

/// How many schedules another may inherit from, one through the other.
const MOST_INHERITED: usize = 100;

/// A schedule with its inherited keys.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn inherited(names: &ScheduleSpecs, name: &str) -> Result<ScheduleSpec> {
    let mut seen = vec![name];
    let Some((_, written)) = names.get(name) else { return Ok(ScheduleSpec::default()) };
    let mut whole = written.clone();
    let mut inherit = written.inherit.as_ref();
    while let Some(text) = inherit {
        if seen.contains(&text.value.as_str()) {
            return Err(text
                .location
                .error(format!("{} inherits from itself in the end", seen.join(" inherits from "))));
        }
        if seen.len() > MOST_INHERITED {
            // Each schedule walks its own chain: without a limit, a chain of 50,000 takes minutes.
            return Err(text.location.error(format!(
                "{name} inherits through more than {MOST_INHERITED} schedules; write its keys here"
            )));
        }
        let Some((_, base)) = names.get(&text.value) else {
            let mut known: Vec<&str> =
                names.keys().map(String::as_str).filter(|known| *known != name).collect();
            known.sort_unstable();
            return Err(text.location.error(format!(
                "no schedule {:?}{}",
                text.value,
                suggest(&text.value, &known)
            )));
        };
        seen.push(&text.value);
        whole = whole.over(base);
        inherit = base.inherit.as_ref();
    }
    Ok(whole)
}

/// What a schedule is built with.
pub(super) struct Builder<'b> {
    pub(super) loader: &'b dyn Loader,
    pub(super) calendars: &'b Calendars,
    /// The zone where none is named.
    pub(super) tz: Option<Spanned<String>>,
    pub(super) warnings: Vec<String>,
}

impl Builder<'_> {
    /// Builds schedules in an order; what is wrong is added to `refusals`.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn all(
        &mut self,
        order: &[String],
        names: &ScheduleSpecs,
        errors: &mut Vec<ConfigError>,
    ) -> Vec<ResolvedSchedule> {
        let mut described = Vec::new();
        for name in order {
            let Some((location, _)) = names.get(name) else { continue };
            if too_many(errors, location) {
                break;
            }
            let built =
                inherited(names, name).and_then(|written| self.build(name, location.clone(), written));
            match built {
                Ok(built) => described.push(built),
                Err(error) if errors.contains(&error) => {}
                Err(error) => errors.push(error),
            }
        }
        described
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn build(&mut self, name: &str, location: Location, written: ScheduleSpec) -> Result<ResolvedSchedule> {
        let ScheduleSpec { tz, hours, holidays, closed, extra, inherit, from, until } = written;
        let Some(hours) = hours else {
            return Err(location.error(
                "has no hours; write hours = \"Mon-Fri 09:00-17:00\", or hours = [] for never, or inherit = \"NAME\"",
            ));
        };
        let hours_location = hours.first().map_or_else(|| location.clone(), |text| text.location.clone());
        let mut zones: Vec<Spanned<String>> = tz.into_iter().collect();
        let mut entries = Vec::new();
        for Spanned { value: text, location } in &hours {
            let HoursText { hours, zone, .. } = Hours::parse(text).map_err(|error| location.error(error))?;
            zones.extend(zone.map(|value| Spanned { value, location: location.clone() }));
            entries.push(hours);
        }
        if let [first, others @ ..] = zones.as_slice()
            && let Some(other) = others.iter().find(|other| other.value != first.value)
        {
            let what = format!(
                "ends in the zone {}, and {} says {}: name one of them",
                other.value, first.location, first.value
            );
            return Err(other.location.error(what));
        }
        let zone = self.zone(zones.into_iter().next())?;
        let hours = Hours::sum(entries);

        let mut tables = Vec::new();
        let mut exceptions = Exceptions::default();
        for text in holidays.iter().flatten() {
            let table = crate::config::days::holidays(text)?;
            exceptions.holidays = Some(match exceptions.holidays.take() {
                Some(known) => known.and(table.days.clone()),
                None => table.days.clone(),
            });
            tables.push(table);
        }
        for text in closed.iter().flatten() {
            for entry in crate::config::days::closed(text, Some(self.calendars))? {
                tables.extend(entry.table);
                exceptions.closed.push(entry.closed);
            }
        }
        // Hours that speak of `PH` say themselves what holds on holidays.
        if let (Some(known), false) = (&exceptions.holidays, hours.needs_holidays()) {
            exceptions.closed.push(crate::schedule::Closed::holidays(known.clone()));
        }
        for Spanned { value: text, location } in extra.iter().flatten() {
            let HoursText { hours, zone, .. } = Hours::parse(text).map_err(|error| location.error(error))?;
            if let Some(zone) = zone {
                return Err(location.error(format!("ends in the zone {zone}; the zone belongs in tz")));
            }
            exceptions.extra.push(hours);
        }
        let location_of_ph = closed.iter().flatten().find(|text| text.value.trim() == "PH");
        let ph = location_of_ph.map_or(&hours_location, |text| &text.location).clone();
        let schedule = Schedule::with(name, hours, zone, exceptions).map_err(|error| ph.error(error))?;
        let (first, last) = (from.as_ref().map(|f| f.0), until.as_ref().map(|u| u.0));
        if let (Some(first), Some((last, location))) = (first, &until)
            && first > *last
        {
            return Err(location.error(format!("{last} is before from, {first}: it would never be open")));
        }
        let schedule =
            if first.is_some() || last.is_some() { schedule.limited(first, last) } else { schedule };
        let plain = |texts: Option<Vec<Spanned<String>>>| {
            texts.into_iter().flatten().map(|text| text.value).collect()
        };
        Ok(ResolvedSchedule {
            schedule,
            location,
            holidays: tables,
            closed: plain(closed),
            extra: plain(extra),
            inherit: inherit.map(|text| text.value),
            from: first,
            until: last,
        })
    }

    /// The zone named, else the one for all, else UTC.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn zone(&mut self, named: Option<Spanned<String>>) -> Result<Zone> {
        let Some(Spanned { value: text, location }) = named.or_else(|| self.tz.clone()) else {
            return Ok(Zone::utc());
        };
        if let Some(warning) = zones::warning(&text) {
            let warning = format!("{location}: {warning}");
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self.loader.zone(&text).map_err(|error| location.error(error))
    }
}
