//! `[oncall]`: on-call rotas. Knows shifts and weekly turns; knows nothing of rules.

use std::sync::Arc;

use crate::ics::Stamp;
use crate::rules::{OnCallRotation, Shift, ShiftOwner, WeeklyTurns, instant};
use crate::time_zone::Zone;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::config::date_time;
use crate::config::error::{ConfigError, Result, Spanned};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::schedules::Builder;
use crate::config::toml_table::{Table, TomlValue};
use crate::config::{user_names, zones};

/// The keys of `[oncall.NAME]`.
pub(super) const ROTA: Keys = &[
    Key::new("tz", Kind::Text, "The rota's time zone, an IANA name.").also(&[
        "time_zone",
        "timezone",
        "zone",
    ]),
    Key::new("ics", Kind::Texts, "Calendar files (.ics) whose events are shifts."),
    Key::new("match", Kind::Word(&["summary"]), "Where an event names the user: in its title.")
        .default("\"summary\""),
    Key::new("rota", Kind::Tables(SHIFT), "Shifts written out.").also(&["shifts"]),
    Key::new("weekly", Kind::Texts, "Users who take turns, a week each."),
    Key::new("starts", Kind::Text, "The first hand-over of weekly, in local time: 2026-11-20 09:00.")
        .also(&["start"]),
];

const SHIFT: Keys = &[
    Key::new("user", Kind::Text, "The user who is on call."),
    Key::new("from", Kind::Text, "When the shift begins, in local time: 2026-11-20 18:00."),
    Key::new("until", Kind::Text, "When it ends: 2026-11-27 09:00.").also(&["to"]),
];

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
    table.expect(ROTA, errors);
    let tz = table.take("tz").map(|item| item.text()).transpose()?;
    let ics = table.take("ics").map(|item| item.texts()).transpose()?.unwrap_or_default();
    let by = table.take("match").map(|item| item.text()).transpose()?;
    let written = table.take("rota").map(|item| item.tables()).transpose()?.unwrap_or_default();
    let people = table.take("weekly").map(|item| item.texts()).transpose()?;
    let starts = table.take("starts").map(|item| item.text()).transpose()?;
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
            if let Some(address) = event.attendee {
                shifts.push(Shift { from, until, owner: ShiftOwner::User(address) });
            }
            shifts.push(Shift { from, until, owner: owner_in(event.summary) });
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
            for person in &people {
                user_names::check(&person.value).map_err(|what| person.location.error(what))?;
            }
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

/// Who a title names. `On Call - Jane Doe - SRE Team`, as PagerDuty writes it, names jane.doe and
/// no user of the name `team` or `sre`.
fn owner_in(title: String) -> ShiftOwner {
    let mut parts = title.split(" - ").map(str::trim);
    let begin = parts.next().unwrap_or_default().to_lowercase();
    match parts.next() {
        Some(person) if matches!(&*begin, "on call" | "on-call" | "oncall") => {
            ShiftOwner::User(person.split_whitespace().collect::<Vec<_>>().join("."))
        }
        _ => ShiftOwner::NamedIn(title),
    }
}

// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn shift(mut table: Table<'_>, zone: &Zone, errors: &mut Vec<ConfigError>) -> Result<Shift> {
    let location = table.location.clone();
    table.expect(SHIFT, errors);
    let user = table.take("user").map(|item| item.text()).transpose()?;
    let from = table.take("from").map(|item| item.text()).transpose()?;
    let until = table.take("until").map(|item| item.text()).transpose()?;
    let (Some(user), Some(from), Some(until)) = (user, from, until) else {
        return Err(location.error("a shift has user, from and until"));
    };
    if user.value.is_empty() || user.value.contains(['*', '?']) {
        return Err(user.location.error(format!("{:?}: the name of one user is wanted", user.value)));
    }
    user_names::check(&user.value).map_err(|what| user.location.error(what))?;
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
            let named = zones::of_calendar(builder.loader, name);
            let named = named.map_err(|error| file.location.error(format!("{}: {error}", file.value)))?;
            instant(&named, *time)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_with_the_team_names_the_person_alone() {
        let user = |name: &str| ShiftOwner::User(name.to_owned());
        assert_eq!(owner_in("On Call - Jane Doe - SRE Team".into()), user("Jane.Doe"));
        assert_eq!(owner_in("ON-CALL - anaya".into()), user("anaya"));
        for title in ["anaya on call", "On call: anaya", "On Call", "anaya - on call", ""] {
            assert_eq!(owner_in(title.into()), ShiftOwner::NamedIn(title.to_owned()));
        }
    }
}
