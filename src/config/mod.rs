//! The configuration: a TOML file, or the options of the command line, turned into rules. Errors name the file, the line, the
//! key and the fix; nothing is guessed and nothing is passed over.
//!
//! ```text
//! text -> Document (locations) -> schedules, days, groups, rules (meaning) -> Config -> rules::Rules
//! ```

mod csv;
mod date_hint;
mod date_time;
mod days;
mod default_section;
mod depth_limit;
mod document;
mod error;
mod files;
mod groups;
pub mod keys;
mod loader;
mod lookups;
mod on_call;
mod registry;
pub(crate) mod rules;
mod schedules;
pub mod schema;
mod toml_table;
mod user_names;
mod windows_zones;
pub mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rules::{Action, Lookup, OnCallRotation, Rules, ScheduleRef};
use crate::schedule::Schedule;

pub use crate::config::days::{Calendar, Calendars, Entry, Table as HolidayTable};
pub use crate::config::document::{Document, SECTIONS_OF_OTHERS};
pub use crate::config::error::{ConfigError, ConfigErrors, Location, Result, Spanned, nearest, suggest};
pub use crate::config::files::text;
pub use crate::config::loader::{Loader, Source};
pub use crate::config::schedules::{ResolvedSchedule, ScheduleSpec};
pub use crate::config::toml_table::{Table, TomlValue, read as read_table};

use crate::config::default_section::{DEFAULT_KEYS, DefaultSpec};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::schedules::{Builder, DEFAULT, ScheduleSpecs};

/// The sections of the configuration itself; others are declared by those who read them.
pub const SECTIONS: Keys = &[
    Key::new("default", Kind::Table(DEFAULT_KEYS), "The schedule of everybody whom no rule names."),
    Key::new("schedules", Kind::Named(&Kind::Table(schedules::NAMED_SCHEDULE)), "Schedules by name.")
        .also(&["schedule"]),
    Key::new(
        "calendars",
        Kind::Named(&Kind::Table(days::CALENDAR_KEYS)),
        "Closed days by name, for closed = [\"calendar:NAME\"].",
    )
    .also(&["calendar"]),
    Key::new(
        "groups",
        Kind::Named(&groups::MEMBERS),
        "User names by group: a list, or { file = \"names.txt\" }.",
    )
    .also(&["group"]),
    Key::new(
        "oncall",
        Kind::Named(&Kind::Table(on_call::ROTA)),
        "On-call rotas by name, for schedule = \"oncall:NAME\".",
    )
    .also(&["on_call"]),
    Key::new(
        "lookup",
        Kind::Named(&Kind::Table(lookups::LOOKUP)),
        "Tables of users and schedules by name, for schedule = \"lookup:NAME\".",
    )
    .also(&["lookups"]),
    Key::new("rule", Kind::Tables(rules::RULE), "Rules in order: the first that matches applies.")
        .also(&["rules"]),
];

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
pub fn read(
    document: Document<'_>,
    given: ScheduleSpec,
    loader: &dyn Loader,
) -> Result<Config, ConfigErrors> {
    let mut errors = Vec::new();
    let source = Source { name: document.name, text: "", beside: document.beside };
    let parts = Parts::take(document, &mut errors);
    mean(parts, &source, given, loader, errors)
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
    fn take(document: Document<'t>, errors: &mut Vec<ConfigError>) -> Self {
        let mut root = document.rest(SECTIONS, errors);
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
    loader: &dyn Loader,
    mut errors: Vec<ConfigError>,
) -> Result<Config, ConfigErrors> {
    let Parts { default, schedules, calendars, groups, oncall, lookup, rule } = parts;
    let mut warnings = Vec::new();
    let files = Files { beside: source.beside.to_owned(), loader };
    let calendars =
        calendars.map(|table| days::calendars(table, &files, &mut warnings, &mut errors)).unwrap_or_default();
    let mut spec = DefaultSpec::take(default, given, source.name, &mut errors);
    let mut names = ScheduleSpecs::new();
    names.insert(DEFAULT.to_owned(), (spec.location.clone(), spec.written.clone()));
    let order = schedules::names(schedules, &mut names, &mut errors);
    let tz = spec.written.tz.clone();
    let mut builder = Builder { loader, calendars: &calendars, tz, warnings };
    let groups = groups.map(|table| groups::groups(table, &files, &mut errors)).unwrap_or_default();
    let failed_before = errors.len();
    let described = builder.all(&order, &names, &mut errors);
    if errors.len() > failed_before {
        // Who names a schedule that was refused above is not wrong too.
        return Err(ConfigErrors(errors));
    }
    let schedules = described.iter().map(|d| (d.schedule.name().to_owned(), d.schedule.clone())).collect();
    let mut named = Registry { schedules, rotas: BTreeMap::new(), lookups: BTreeMap::new(), groups };
    on_call::rotas(oncall, &files, &mut builder, &mut named, &mut errors);
    lookups::lookups(lookup, &files, &mut named, &mut errors);
    let (rules, rule_locations) = rules::rules(rule, &named, &mut errors);
    let warnings = builder.warnings;
    let otherwise = spec.otherwise(&named).map_err(|error| errors.push(error)).ok();
    let Some(otherwise) = otherwise.filter(|_| errors.is_empty()) else { return Err(ConfigErrors(errors)) };
    let rules = Rules::new(rules, otherwise);
    let remarks = spec.remark(&rules).into_iter().collect();
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
