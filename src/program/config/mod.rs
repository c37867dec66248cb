//! The configuration: a TOML file, or the options of the command line, turned into rules. Whatever is wrong is refused with
//! the file, the line, the key and the way to mend it; nothing is guessed and nothing is passed over.
//!
//! ```text
//! text -> table (places) -> schedules, days, people, rules (meaning) -> Config -> afterhours::rules::Rules
//! ```

mod csv;
mod days;
mod files;
mod people;
mod rules;
mod schedules;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use afterhours::rules::{Action, Default as Otherwise, Lookup, Pick, Rota, Rules, Severity};
use afterhours::schedule::{Hours, Schedule};

pub(crate) use days::Calendars;
pub(crate) use files::{shown, text as file_text};
pub(crate) use schedules::{Described, Written};
pub(crate) use table::{Item, Place, Read, Refusal, Table, Text, read as read_table, suggest};

use super::tzdata::TzData;
use files::Files;
use rules::Named;
use schedules::{Builder, Names};

/// The hours of everybody, when nothing says otherwise.
const OFFICE: &str = "Mo-Fr 09:00-17:00";
/// What the schedule of everybody is called.
pub(crate) const DEFAULT: &str = "default";

/// A configuration that was read and is right.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) rules: Rules,
    /// Every schedule; the first is the default's own, whether or not anybody uses it.
    pub(crate) schedules: Vec<Described>,
    pub(crate) calendars: Calendars,
    /// Names, and how many members they have.
    pub(crate) groups: Vec<(String, usize)>,
    pub(crate) rotas: Vec<Arc<Rota>>,
    pub(crate) lookups: Vec<Arc<Lookup>>,
    /// Where each rule begins.
    pub(crate) rule_places: Vec<Place>,
    /// What is used by no rule: `schedule berlin`.
    pub(crate) unused: Vec<String>,
    /// What is accepted and may mean something else than the writer thinks.
    pub(crate) warnings: Vec<String>,
    /// What goes without saying, and is better said once.
    pub(crate) remarks: Vec<String>,
}

/// Everything that is wrong with a configuration; never empty.
#[derive(Debug)]
pub(crate) struct Refusals(pub(crate) Vec<Refusal>);

impl fmt::Display for Refusals {
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

impl std::error::Error for Refusals {}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Refusals(vec![refusal])
    }
}

impl Config {
    /// A schedule by its name.
    pub(crate) fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().map(|described| &described.schedule).find(|schedule| schedule.name() == name)
    }
}

/// Reads the file, if there is one; `given` is what the command line says of the default.
pub(crate) fn read(path: Option<&Path>, given: Written, data: &TzData) -> Result<Config, Refusals> {
    let Some(path) = path else {
        return parse("", "", Path::new(""), given, data);
    };
    let name = files::shown(path);
    let text = files::text(path).map_err(|why| Place::line_of(&name, 1, "").refuse(why))?;
    parse(&name, &text, path.parent().unwrap_or(Path::new("")), given, data)
}

/// Reads the text of a file; `beside` is where the files it names are.
fn parse(name: &str, text: &str, beside: &Path, given: Written, data: &TzData) -> Result<Config, Refusals> {
    let mut root = table::read(name, text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut refusals = Vec::new();
    let mut warnings = Vec::new();
    let mut part = |key: &'static str, refusals: &mut Vec<Refusal>| -> Option<Table<'_>> {
        let table = root.take(key)?.table();
        table.map_err(|refusal| refusals.push(refusal)).ok()
    };
    let default = part("default", &mut refusals);
    let schedules = part("schedules", &mut refusals);
    let calendars = part("calendars", &mut refusals);
    let groups = part("groups", &mut refusals);
    let oncall = part("oncall", &mut refusals);
    let lookup = part("lookup", &mut refusals);
    let rule = root.take("rule").map(Item::tables);
    // Who is told is read by the notifiers themselves.
    drop(root.take("notify"));
    let rule = rule.transpose().map_err(|refusal| refusals.push(refusal)).ok().flatten().unwrap_or_default();
    refusals.extend(root.finish());

    let files = Files { beside: beside.to_owned(), data };
    let calendars = calendars
        .map(|table| days::calendars(table, &files, &mut warnings, &mut refusals))
        .unwrap_or_default();

    let mut everybody = Everybody::take(default, given, name, &mut refusals);
    let mut names = Names::new();
    let mut order = vec![DEFAULT.to_owned()];
    names.insert(DEFAULT.to_owned(), (everybody.place.clone(), everybody.written.clone()));
    for (name, item) in schedules.into_iter().flat_map(Table::named) {
        let place = item.place.clone();
        let reserved = if name == DEFAULT {
            Some("this is the schedule of everybody else; write [default]")
        } else if name.contains(':') || name.is_empty() {
            Some("a schedule's name has no colon in it and is not empty")
        } else {
            None
        };
        match (reserved, item.table()) {
            (Some(what), _) => refusals.push(place.refuse(what)),
            (None, Err(refusal)) => refusals.push(refusal),
            (None, Ok(mut table)) => {
                let written = Written::take_named(&mut table, &mut refusals);
                refusals.extend(table.finish());
                order.push(name.clone());
                names.insert(name, (place, written));
            }
        }
    }
    let tz = everybody.written.tz.clone();
    let mut builder = Builder { data, calendars: &calendars, tz, warnings: Vec::new() };
    let mut described: Vec<Described> = Vec::new();
    let mut named = Named {
        schedules: BTreeMap::new(),
        rotas: BTreeMap::new(),
        lookups: BTreeMap::new(),
        groups: groups.map(|table| people::groups(table, &files, &mut refusals)).unwrap_or_default(),
    };
    let failed_before = refusals.len();
    for name in &order {
        let Some((place, _)) = names.get(name) else { continue };
        let built = schedules::inherited(&names, name)
            .and_then(|written| builder.build(name, place.clone(), written));
        match built {
            Ok(built) => {
                named.schedules.insert(name.clone(), built.schedule.clone());
                described.push(built);
            }
            Err(refusal) if refusals.contains(&refusal) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.len() > failed_before {
        // Who names a schedule that was refused above is not wrong too.
        return Err(Refusals(refusals));
    }
    for (name, item) in oncall.into_iter().flat_map(Table::named) {
        match people::rota(&name, item, &files, &mut builder, &mut refusals) {
            Ok(rota) => drop(named.rotas.insert(name, Arc::new(rota))),
            Err(refusal) => refusals.push(refusal),
        }
    }
    for (name, item) in lookup.into_iter().flat_map(Table::named) {
        match people::lookup(&name, item, &files, |schedule| named.schedule(schedule), &mut refusals) {
            Ok(lookup) => drop(named.lookups.insert(name, Arc::new(lookup))),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let mut rules = Vec::new();
    let mut rule_places: Vec<Place> = Vec::new();
    for (number, table) in (1..).zip(rule) {
        let place = table.place.clone();
        match rules::rule(table, number, &named, &mut refusals) {
            Ok(rule) => {
                rules.push(rule);
                rule_places.push(place);
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    warnings.append(&mut builder.warnings);
    let otherwise = everybody.otherwise(&named).map_err(|refusal| refusals.push(refusal)).ok();
    let Some(otherwise) = otherwise.filter(|_| refusals.is_empty()) else { return Err(Refusals(refusals)) };
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
        rule_places,
        unused,
        warnings,
        remarks,
    })
}

/// What holds for whom no rule matches, as it is written.
struct Everybody {
    place: Place,
    written: Written,
    /// Named schedules instead of own hours.
    schedule: Option<Vec<Text>>,
    severity: Severity,
    /// What is not said of the hours.
    silence: Option<Silence>,
}

enum Silence {
    /// Neither hours nor default.
    Hours { in_file: bool },
    /// Hours on the command line, and no zone.
    Zone,
}

impl Everybody {
    fn take(default: Option<Table<'_>>, given: Written, file: &str, refusals: &mut Vec<Refusal>) -> Self {
        let in_file = !file.is_empty();
        let option = |texts: &Option<Vec<Text>>| {
            texts.as_ref().and_then(|texts| texts.first()).map(|t| t.place.clone())
        };
        let said = option(&given.hours)
            .or_else(|| given.tz.as_ref().map(|text| text.place.clone()))
            .or_else(|| option(&given.holidays))
            .or_else(|| option(&given.closed))
            .or_else(|| option(&given.extra));
        let has_hours = given.hours.is_some();
        let mut place = option(&given.hours).unwrap_or_else(|| Place::option("--hours"));
        let mut everybody = Everybody {
            place: place.clone(),
            written: given,
            schedule: None,
            severity: Severity::Low,
            silence: None,
        };
        let mut own_hours = false;
        if let Some(mut table) = default {
            place = table.place.clone();
            if let Some(option) = &said {
                let what = format!(
                    "this and {option} are both the schedule of everybody else; leave one of them out"
                );
                refusals.push(place.refuse(what));
            }
            let written = Written::take(&mut table, refusals);
            let schedule = table.take("schedule").map(Item::texts).transpose();
            let severity = rules::severity(&mut table);
            refusals.extend(table.finish());
            everybody.schedule = schedule.map_err(|refusal| refusals.push(refusal)).ok().flatten();
            let severity = severity.map_err(|refusal| refusals.push(refusal)).ok().flatten();
            everybody.severity = severity.unwrap_or(Severity::Low);
            own_hours = written.hours.is_some() || everybody.schedule.is_some();
            if everybody.schedule.is_some() && written.hours.is_some() {
                let hours = option(&written.hours).unwrap_or_else(|| place.clone());
                refusals.push(
                    hours.refuse("schedule names the hours already; leave one of schedule and hours out"),
                );
            }
            everybody.written = written;
            everybody.place = place;
        }
        everybody.silence = match () {
            () if own_hours => None,
            () if !has_hours => Some(Silence::Hours { in_file }),
            () if everybody.written.tz.is_none() && !names_zone(&everybody.written) => Some(Silence::Zone),
            () => None,
        };
        if everybody.written.hours.is_none() {
            let office = Text { text: OFFICE.to_owned(), place: everybody.place.clone() };
            everybody.written.hours = Some(vec![office]);
        }
        everybody
    }

    fn otherwise(&mut self, named: &Named) -> table::Read<Otherwise> {
        let Everybody { place, schedule, severity, .. } = self;
        let own = || named.schedule(DEFAULT).cloned().map_err(|what| place.refuse(what));
        let Some(texts) = schedule.take() else {
            return Ok(Otherwise { first: own()?, others: Vec::new(), severity: *severity });
        };
        let places: Vec<Place> = texts.iter().map(|text| text.place.clone()).collect();
        let mut picks = named.picks(texts)?;
        for (pick, place) in picks.iter().zip(&places) {
            if matches!(pick, Pick::Lookup(_)) {
                return Err(place.refuse("a lookup comes back here for who is not in it; name it in a rule"));
            }
        }
        let first = match picks.first() {
            Some(Pick::Schedule(schedule)) => schedule.clone(),
            _ => return Err(place.refuse("schedule begins with the name of a schedule, such as \"berlin\"")),
        };
        Ok(Otherwise { first, others: picks.split_off(1), severity: *severity })
    }

    fn remark(&self, rules: &Rules) -> Option<String> {
        let first = &rules.default().first;
        let (hours, zone) = (first.hours(), first.zone().name());
        Some(match self.silence.as_ref()? {
            Silence::Hours { in_file: false } => {
                format!("business hours are {hours}, {zone}; --hours and --tz set others")
            }
            Silence::Hours { in_file: true } => {
                format!("business hours of whom no rule names are {hours}, {zone}; [default] sets others")
            }
            Silence::Zone => {
                format!("business hours are {hours}, UTC; --tz sets another time zone")
            }
        })
    }
}

/// Whether a zone stands behind the hours.
fn names_zone(written: &Written) -> bool {
    let mut texts = written.hours.iter().flatten();
    texts.any(|text| Hours::parse(&text.text).is_ok_and(|parsed| parsed.zone.is_some()))
}

/// Schedules, rotas and tables that nothing leads to.
fn unused(rules: &Rules, names: &Names, named: &Named) -> Vec<String> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut picks: Vec<&Pick> = rules.default().others.iter().collect();
    used.insert(rules.default().first.name().to_owned());
    for rule in rules.rules() {
        if let Action::Judge { picks: of_rule, .. } = &rule.action {
            picks.extend(of_rule);
        }
    }
    for pick in picks {
        used.insert(pick.written());
        if let Pick::Lookup(lookup) = pick {
            used.extend(lookup.schedules().map(|schedule| schedule.name().to_owned()));
        }
    }
    let inherited = names.values().filter_map(|(_, written)| written.inherit.as_ref());
    used.extend(inherited.map(|text| text.text.clone()));
    let schedules =
        named.schedules.keys().filter(|name| *name != DEFAULT).map(|name| ("schedule", name.clone()));
    let rotas = named.rotas.keys().map(|name| ("rota", format!("oncall:{name}")));
    let lookups = named.lookups.keys().map(|name| ("lookup", format!("lookup:{name}")));
    let all = schedules.chain(rotas).chain(lookups);
    all.filter(|(_, name)| !used.contains(name)).map(|(kind, name)| format!("{kind} {name}")).collect()
}

#[cfg(test)]
mod tests;
