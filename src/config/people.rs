//! Groups, tables of users, and on-call rotas. Knows names and shifts; knows nothing of rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ics::Stamp;
use crate::rules::{Groups, Lookup, OnCallRotation, Patterns, Shift, ShiftOwner, WeeklyTurns, instant};
use crate::time_zone::Zone;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::config::date_time;
use crate::config::files::Files;
use crate::config::rules::Registry;
use crate::config::schedules::Builder;
use crate::config::toml_table::{ConfigError, Result, Spanned, Table, TomlValue, suggest};

/// Groups by name: who is in them.
pub(super) type Members = BTreeMap<String, Patterns>;

/// `[groups]`: `name = ["anaya", "lee"]`, or `name = { file = "names.txt" }`.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn groups(table: Table<'_>, files: &Files<'_>, errors: &mut Vec<ConfigError>) -> Members {
    let mut groups = Members::new();
    for (name, item) in table.named() {
        let members = group(item, files, errors);
        // A group that is refused is still a group: one complaint is enough.
        groups.insert(name, members.map_err(|error| errors.push(error)).unwrap_or_default());
    }
    groups
}

fn group(item: TomlValue<'_>, files: &Files<'_>, errors: &mut Vec<ConfigError>) -> Result<Patterns> {
    let location = item.location.clone();
    if !item.is_table() {
        let names = item.texts()?;
        if let Some(empty) = names.iter().find(|name| name.value.is_empty()) {
            return Err(empty.location.error("an empty name"));
        }
        return Ok(names.into_iter().map(|name| name.value).collect());
    }
    let mut table = item.table()?;
    let file = table.take("file").map(|item| item.text()).transpose()?;
    errors.extend(table.finish());
    let Some(file) = file else {
        return Err(location.error("write a list of names, or { file = \"names.txt\" }"));
    };
    Ok(files.names(&file)?.into_iter().collect())
}

/// The groups that a rule names, with their members together.
pub(super) fn chosen(names: Vec<Spanned<String>>, groups: &Members) -> Result<Groups> {
    let mut chosen = Groups::default();
    for Spanned { value: text, location } in names {
        let Some(members) = groups.get(&text) else {
            let known: Vec<&str> = groups.keys().map(String::as_str).collect();
            return Err(location.error(format!("no group {text:?}{}", suggest(&text, &known))));
        };
        chosen.members.extend(members);
        chosen.names.push(text);
    }
    Ok(chosen)
}

/// `[lookup]`: adds each of its tables.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn lookups(
    table: Option<Table<'_>>,
    files: &Files<'_>,
    named: &mut Registry,
    errors: &mut Vec<ConfigError>,
) {
    for (name, item) in table.into_iter().flat_map(Table::named) {
        match lookup(&name, item, files, named, errors) {
            Ok(lookup) => drop(named.lookups.insert(name, Arc::new(lookup))),
            Err(error) => errors.push(error),
        }
    }
}

/// `[lookup.NAME]`: a CSV file with the columns `user` and `schedule`, and `account` where it is needed.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn lookup(
    name: &str,
    item: TomlValue<'_>,
    files: &Files<'_>,
    named: &Registry,
    errors: &mut Vec<ConfigError>,
) -> Result<Lookup> {
    let location = item.location.clone();
    let mut table = item.table()?;
    let file = table.take("file").map(|item| item.text()).transpose()?;
    errors.extend(table.finish());
    let Some(file) = file else { return Err(location.error("has no file; write file = \"offices.csv\"")) };
    let (rows, wrong) = files.rows(&file)?;
    let mut rows = rows.into_iter();
    let Some((line, head)) = rows.next() else {
        return Err(wrong(1, "empty; the first line names the columns".into()));
    };
    let known = ["user", "schedule", "account"];
    if let Some(other) = head.iter().find(|column| !known.contains(&column.as_str())) {
        return Err(wrong(line, format!("no column {other:?} is known{}", suggest(other, &known))));
    }
    let column = |name: &str| head.iter().position(|column| column == name);
    let (Some(user), Some(schedule)) = (column("user"), column("schedule")) else {
        return Err(wrong(
            line,
            "the first line names the columns: user,schedule or user,account,schedule".into(),
        ));
    };
    let account = column("account");
    let mut lookup = Lookup::new(name);
    for (line, row) in rows {
        let field = |at: usize| row.get(at).map(String::as_str).filter(|field| !field.is_empty());
        let (Some(user), Some(schedule)) = (field(user), field(schedule)) else {
            return Err(wrong(line, "a row needs a user and a schedule".into()));
        };
        if row.len() > head.len() {
            return Err(wrong(line, format!("{} fields, and {} columns", row.len(), head.len())));
        }
        let schedule = named.schedule(schedule).map_err(|what| wrong(line, what))?;
        if !lookup.add(user, account.and_then(field), schedule.clone()) {
            return Err(wrong(line, format!("{user:?} has a schedule already, in a row above")));
        }
    }
    Ok(lookup)
}

/// `[oncall]`: adds each of its rotas.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn rotas(
    table: Option<Table<'_>>,
    files: &Files<'_>,
    builder: &mut Builder<'_>,
    named: &mut Registry,
    errors: &mut Vec<ConfigError>,
) {
    for (name, item) in table.into_iter().flat_map(Table::named) {
        match rota(&name, item, files, builder, errors) {
            Ok(rota) => drop(named.rotas.insert(name, Arc::new(rota))),
            Err(error) => errors.push(error),
        }
    }
}

/// `[oncall.NAME]`: a calendar file, shifts written out, people who take turns week by week, or several of these.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn rota(
    name: &str,
    item: TomlValue<'_>,
    files: &Files<'_>,
    builder: &mut Builder<'_>,
    errors: &mut Vec<ConfigError>,
) -> Result<OnCallRotation> {
    let location = item.location.clone();
    let mut table = item.table()?;
    let tz = table.take("tz").map(|item| item.text()).transpose()?;
    let ics = table.take("ics").map(|item| item.texts()).transpose()?.unwrap_or_default();
    let by = table.take("match").map(|item| item.text()).transpose()?;
    let written = table.take("rota").map(|item| item.tables()).transpose()?.unwrap_or_default();
    let people = table.take("weekly").map(|item| item.texts()).transpose()?;
    let starts = table.take("starts").map(|item| item.text()).transpose()?;
    errors.extend(table.finish());
    if let Some(by) = by.filter(|by| by.value != "summary") {
        return Err(by.location.error(format!(
            "{:?}: only \"summary\" is known: the user's name in an event's title",
            by.value
        )));
    }
    if ics.is_empty() && written.is_empty() && people.is_none() {
        return Err(location.error(
            "nobody is on call; write ics = \"FILE\", or rota = [{ user = \"anaya\", from = \"2026-11-20 18:00\", until = \
             \"2026-11-27 09:00\" }], or weekly = [\"anaya\", \"lee\"] with starts = \"2026-11-20 09:00\"",
        ));
    }
    let zone = builder.zone(tz)?;
    let mut shifts = Vec::new();
    for file in &ics {
        for event in files.events(file)? {
            let moment = |stamp: &Stamp| moment(stamp, &zone, builder, file);
            let (from, until) = (moment(&event.start)?, moment(&event.end)?);
            shifts.push(Shift { from, until, owner: ShiftOwner::NamedIn(event.summary) });
        }
    }
    for table in written {
        match shift(table, &zone, errors) {
            Ok(shift) => shifts.push(shift),
            Err(error) => errors.push(error),
        }
    }
    let turns = match (people, starts) {
        (Some(people), _) if people.is_empty() => return Err(location.error("weekly names nobody")),
        (Some(people), Some(starts)) => {
            let starts = wall(&starts)?;
            Some(WeeklyTurns { people: people.into_iter().map(|text| text.value).collect(), starts })
        }
        (Some(_), None) => {
            return Err(location.error("weekly needs the first hand-over: starts = \"2026-11-20 09:00\""));
        }
        (None, Some(starts)) => return Err(starts.location.error("starts is for weekly, which is missing")),
        (None, None) => None,
    };
    Ok(OnCallRotation::new(name, zone, shifts, turns))
}

// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn shift(mut table: Table<'_>, zone: &Zone, errors: &mut Vec<ConfigError>) -> Result<Shift> {
    let location = table.location.clone();
    let user = table.take("user").map(|item| item.text()).transpose()?;
    let from = table.take("from").map(|item| item.text()).transpose()?;
    let until = table.take("until").map(|item| item.text()).transpose()?;
    errors.extend(table.finish());
    let (Some(user), Some(from), Some(until)) = (user, from, until) else {
        return Err(location.error("a shift has user, from and until"));
    };
    if user.value.is_empty() || user.value.contains(['*', '?']) {
        return Err(user.location.error(format!("{:?}: the name of one user is wanted", user.value)));
    }
    let (begin, end) = (instant(zone, wall(&from)?), instant(zone, wall(&until)?));
    if begin >= end {
        return Err(until.location.error(format!("{} is not after from, {}", until.value, from.value)));
    }
    Ok(Shift { from: begin, until: end, owner: ShiftOwner::User(user.value) })
}

/// `2026-11-20 18:00`, with a `T` for the blank or with seconds, on the rota's wall clock.
fn wall(text: &Spanned<String>) -> Result<NaiveDateTime> {
    let year = |time: &NaiveDateTime| chrono::Datelike::year(time);
    date_time::time(&text.value).filter(|time| (1970..=9999).contains(&year(time))).ok_or_else(|| {
        text.location
            .error(format!("{:?} is no local time; write it as 2026-11-20 18:00, without a zone", text.value))
    })
}

fn moment(stamp: &Stamp, zone: &Zone, builder: &Builder<'_>, file: &Spanned<String>) -> Result<i64> {
    let midnight = |date: &NaiveDate| date.and_time(NaiveTime::MIN);
    Ok(match stamp {
        Stamp::Utc(time) => time.and_utc().timestamp(),
        Stamp::Date(date) => instant(zone, midnight(date)),
        Stamp::Local(time, None) => instant(zone, *time),
        Stamp::Local(time, Some(name)) => {
            let named = builder.world.zone(name);
            let named = named.map_err(|error| file.location.error(format!("{}: {error}", file.value)))?;
            instant(&named, *time)
        }
    })
}
