//! The configuration: a TOML file, or the options of the command line, turned into rules. Whatever is wrong is refused with
//! the file, the line, the key and the way to mend it; nothing is guessed and nothing is passed over.
//!
//! ```text
//! text -> table (places) -> schedules, days, people, rules (meaning) -> Config -> rules::Rules
//! ```

mod csv;
mod date_time;
mod days;
mod depth_limit;
mod files;
mod loader;
mod people;
pub(crate) mod rules;
mod schedules;
mod toml_table;
pub mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::rules::{Action, DefaultRule, Lookup, OnCallRotation, Rules, ScheduleRef, Severity};
use crate::schedule::{Hours, Schedule};
use crate::wasm;

pub use crate::config::days::{Calendar, Calendars, Entry, Table as HolidayTable};
pub use crate::config::files::text;
pub use crate::config::loader::{Loader, Source};
pub use crate::config::schedules::{ResolvedSchedule, ScheduleSpec};
pub use crate::config::toml_table::{
    ConfigError, Location, Result, Spanned, Table, TomlValue, read as read_table, suggest,
};

use crate::config::files::Files;
use crate::config::rules::Registry;
use crate::config::schedules::{Builder, ScheduleSpecs};

/// The hours of everybody, when nothing says otherwise.
const OFFICE: &str = "Mo-Fr 09:00-17:00";
/// What the schedule of everybody is called.
pub(crate) const DEFAULT: &str = "default";

/// A configuration that was read and is right.
#[derive(Debug)]
pub struct Config {
    /// Who gets which schedule.
    pub rules: Rules,
    /// Every schedule; the first is the default's own, whether or not anybody uses it.
    pub schedules: Vec<ResolvedSchedule>,
    /// The calendars that have names.
    pub calendars: Calendars,
    /// Names, and how many members they have.
    pub groups: Vec<(String, usize)>,
    /// Who is on call.
    pub rotas: Vec<Arc<OnCallRotation>>,
    /// Tables of users.
    pub lookups: Vec<Arc<Lookup>>,
    /// Where each rule begins.
    pub rule_locations: Vec<Location>,
    /// What is used by no rule: `schedule berlin`.
    pub unused: Vec<String>,
    /// What is accepted and may mean something else than the writer thinks.
    pub warnings: Vec<String>,
    /// What goes without saying, and is better said once.
    pub remarks: Vec<String>,
}

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
            more => write!(f, "\n  ({more} more; `afterhours check` tells them all)"),
        }
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        ConfigErrors(vec![error])
    }
}

impl Config {
    /// A schedule by its name.
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().map(|described| &described.schedule).find(|schedule| schedule.name() == name)
    }
}

/// Reads a configuration. `given` is what the command line says of the default.
///
/// # Errors
/// All that is wrong with it.
pub fn read(source: &Source<'_>, given: ScheduleSpec, world: &dyn Loader) -> Result<Config, ConfigErrors> {
    let root = toml_table::read(source.name, source.text.strip_prefix('\u{feff}').unwrap_or(source.text))?;
    let mut errors = Vec::new();
    let parts = Parts::take(root, &mut errors);
    mean(parts, source, given, world, errors)
}

/// The parts of a file, not read yet.
struct Parts<'t> {
    default: Option<Table<'t>>,
    schedules: Option<Table<'t>>,
    calendars: Option<Table<'t>>,
    groups: Option<Table<'t>>,
    oncall: Option<Table<'t>>,
    lookup: Option<Table<'t>>,
    rule: Vec<Table<'t>>,
}

impl<'t> Parts<'t> {
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn take(mut root: Table<'t>, errors: &mut Vec<ConfigError>) -> Self {
        let mut part = |key: &'static str| -> Option<Table<'_>> {
            let table = root.take(key)?.table();
            table.map_err(|error| errors.push(error)).ok()
        };
        let default = part("default");
        let schedules = part("schedules");
        let calendars = part("calendars");
        let groups = part("groups");
        let oncall = part("oncall");
        let lookup = part("lookup");
        let rule = root.take("rule").map(TomlValue::tables).transpose();
        let rule = rule.map_err(|error| errors.push(error)).ok().flatten().unwrap_or_default();
        // Who is told is read by the notifiers themselves, and what a module is told by its door.
        drop(root.take("notify"));
        drop(root.take(wasm::WasmOptions::PART));
        errors.extend(root.finish());
        Parts { default, schedules, calendars, groups, oncall, lookup, rule }
    }
}

/// What the parts mean.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn mean(
    parts: Parts<'_>,
    source: &Source<'_>,
    given: ScheduleSpec,
    world: &dyn Loader,
    mut errors: Vec<ConfigError>,
) -> Result<Config, ConfigErrors> {
    let Parts { default, schedules, calendars, groups, oncall, lookup, rule } = parts;
    let mut warnings = Vec::new();
    let files = Files { beside: source.beside.to_owned(), world };
    let calendars =
        calendars.map(|table| days::calendars(table, &files, &mut warnings, &mut errors)).unwrap_or_default();
    let mut everybody = DefaultSpec::take(default, given, source.name, &mut errors);
    let mut names = ScheduleSpecs::new();
    names.insert(DEFAULT.to_owned(), (everybody.location.clone(), everybody.written.clone()));
    let order = schedules::names(schedules, &mut names, &mut errors);
    let tz = everybody.written.tz.clone();
    let mut builder = Builder { world, calendars: &calendars, tz, warnings };
    let groups = groups.map(|table| people::groups(table, &files, &mut errors)).unwrap_or_default();
    let failed_before = errors.len();
    let described = builder.all(&order, &names, &mut errors);
    if errors.len() > failed_before {
        // Who names a schedule that was refused above is not wrong too.
        return Err(ConfigErrors(errors));
    }
    let schedules = described.iter().map(|d| (d.schedule.name().to_owned(), d.schedule.clone())).collect();
    let mut named = Registry { schedules, rotas: BTreeMap::new(), lookups: BTreeMap::new(), groups };
    people::rotas(oncall, &files, &mut builder, &mut named, &mut errors);
    people::lookups(lookup, &files, &mut named, &mut errors);
    let (rules, rule_locations) = rules::rules(rule, &named, &mut errors);
    let warnings = builder.warnings;
    let otherwise = everybody.otherwise(&named).map_err(|error| errors.push(error)).ok();
    let Some(otherwise) = otherwise.filter(|_| errors.is_empty()) else { return Err(ConfigErrors(errors)) };
    let rules = Rules::new(rules, otherwise);
    let remarks = everybody.remark(&rules).into_iter().collect();
    let unused = unused(&rules, &names, &named);
    Ok(Config {
        rules,
        schedules: described,
        calendars,
        groups: named.groups.iter().map(|(name, members)| (name.clone(), members.written().len())).collect(),
        rotas: named.rotas.into_values().collect(),
        lookups: named.lookups.into_values().collect(),
        rule_locations,
        unused,
        warnings,
        remarks,
    })
}

/// What holds for whom no rule matches, as it is written.
struct DefaultSpec {
    location: Location,
    written: ScheduleSpec,
    /// Named schedules instead of own hours.
    schedule: Option<Vec<Spanned<String>>>,
    severity: Severity,
    /// What is not said of the hours.
    silence: Option<MissingDefault>,
}

enum MissingDefault {
    /// Neither hours nor default.
    Hours { in_file: bool },
    /// Hours on the command line, and no zone.
    Zone,
}

impl DefaultSpec {
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn take(
        default: Option<Table<'_>>,
        given: ScheduleSpec,
        file: &str,
        errors: &mut Vec<ConfigError>,
    ) -> Self {
        let in_file = !file.is_empty();
        let option = |texts: &Option<Vec<Spanned<String>>>| {
            texts.as_ref().and_then(|texts| texts.first()).map(|t| t.location.clone())
        };
        let said = option(&given.hours)
            .or_else(|| given.tz.as_ref().map(|text| text.location.clone()))
            .or_else(|| option(&given.holidays))
            .or_else(|| option(&given.closed))
            .or_else(|| option(&given.extra));
        let has_hours = given.hours.is_some();
        let mut location = option(&given.hours).unwrap_or_else(|| Location::option("--hours"));
        let mut everybody = DefaultSpec {
            location: location.clone(),
            written: given,
            schedule: None,
            severity: Severity::Low,
            silence: None,
        };
        let mut own_hours = false;
        if let Some(mut table) = default {
            location = table.location.clone();
            if let Some(option) = &said {
                let what = format!(
                    "this and {option} are both the schedule of everybody else; leave one of them out"
                );
                errors.push(location.error(what));
            }
            let written = ScheduleSpec::take(&mut table, errors);
            let schedule = table.take("schedule").map(TomlValue::texts).transpose();
            let severity = rules::severity(&mut table);
            errors.extend(table.finish());
            everybody.schedule = schedule.map_err(|error| errors.push(error)).ok().flatten();
            let severity = severity.map_err(|error| errors.push(error)).ok().flatten();
            everybody.severity = severity.unwrap_or(Severity::Low);
            own_hours = written.hours.is_some() || everybody.schedule.is_some();
            if everybody.schedule.is_some() && written.hours.is_some() {
                let hours = option(&written.hours).unwrap_or_else(|| location.clone());
                errors.push(
                    hours.error("schedule names the hours already; leave one of schedule and hours out"),
                );
            }
            everybody.written = written;
            everybody.location = location;
        }
        everybody.silence = match () {
            () if own_hours => None,
            () if !has_hours => Some(MissingDefault::Hours { in_file }),
            () if everybody.written.tz.is_none() && !names_zone(&everybody.written) => {
                Some(MissingDefault::Zone)
            }
            () => None,
        };
        if everybody.written.hours.is_none() {
            let office = Spanned { value: OFFICE.to_owned(), location: everybody.location.clone() };
            everybody.written.hours = Some(vec![office]);
        }
        everybody
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn otherwise(&mut self, named: &Registry) -> toml_table::Result<DefaultRule> {
        let DefaultSpec { location, schedule, severity, .. } = self;
        let own = || named.schedule(DEFAULT).cloned().map_err(|what| location.error(what));
        let Some(texts) = schedule.take() else {
            return Ok(DefaultRule { first: own()?, others: Vec::new(), severity: *severity });
        };
        let locations: Vec<Location> = texts.iter().map(|text| text.location.clone()).collect();
        let mut picks = named.picks(texts)?;
        for (pick, location) in picks.iter().zip(&locations) {
            if matches!(pick, ScheduleRef::Lookup(_)) {
                return Err(
                    location.error("a lookup comes back here for who is not in it; name it in a rule")
                );
            }
        }
        let first = match picks.first() {
            Some(ScheduleRef::Schedule(schedule)) => schedule.clone(),
            _ => {
                return Err(location.error("schedule begins with the name of a schedule, such as \"berlin\""));
            }
        };
        Ok(DefaultRule { first, others: picks.split_off(1), severity: *severity })
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn remark(&self, rules: &Rules) -> Option<String> {
        let first = &rules.default().first;
        let (hours, zone) = (first.hours(), first.zone().name());
        Some(match self.silence.as_ref()? {
            MissingDefault::Hours { in_file: false } => {
                format!("business hours are {hours}, {zone}; --hours and --tz set others")
            }
            MissingDefault::Hours { in_file: true } => {
                format!("business hours of whom no rule names are {hours}, {zone}; [default] sets others")
            }
            MissingDefault::Zone => {
                format!("business hours are {hours}, UTC; --tz sets another time zone")
            }
        })
    }
}

/// Whether a zone stands behind the hours.
fn names_zone(written: &ScheduleSpec) -> bool {
    let mut texts = written.hours.iter().flatten();
    texts.any(|text| Hours::parse(&text.value).is_ok_and(|parsed| parsed.zone.is_some()))
}

/// Schedules, rotas and tables that nothing leads to.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn unused(rules: &Rules, names: &ScheduleSpecs, named: &Registry) -> Vec<String> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut picks: Vec<&ScheduleRef> = rules.default().others.iter().collect();
    used.insert(rules.default().first.name().to_owned());
    for rule in rules.rules() {
        if let Action::Evaluate { schedules: of_rule, .. } = &rule.action {
            picks.extend(of_rule);
        }
    }
    for pick in picks {
        used.insert(pick.written());
        if let ScheduleRef::Lookup(lookup) = pick {
            used.extend(lookup.schedules().map(|schedule| schedule.name().to_owned()));
        }
    }
    let inherited = names.values().filter_map(|(_, written)| written.inherit.as_ref());
    used.extend(inherited.map(|text| text.value.clone()));
    let schedules =
        named.schedules.keys().filter(|name| *name != DEFAULT).map(|name| ("schedule", name.clone()));
    let rotas = named.rotas.keys().map(|name| ("rota", format!("oncall:{name}")));
    let lookups = named.lookups.keys().map(|name| ("lookup", format!("lookup:{name}")));
    let all = schedules.chain(rotas).chain(lookups);
    all.filter(|(_, name)| !used.contains(name)).map(|(kind, name)| format!("{kind} {name}")).collect()
}

#[cfg(test)]
mod tests;
