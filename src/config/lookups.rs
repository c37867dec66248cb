//! `[lookup]`: tables of users and their schedules. Knows columns; knows nothing of rules.

use std::sync::Arc;

use crate::rules::Lookup;

use crate::config::error::{ConfigError, Result, suggest};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::toml_table::{Table, TomlValue};

/// The keys of `[lookup.NAME]`.
pub(super) const LOOKUP: Keys = &[Key::new(
    "file",
    Kind::Text,
    "A CSV file with the columns user and schedule, and account where needed.",
)
.required()];

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
    if !table.expect(LOOKUP, errors) {
        // Said already; a rule that names it is not wrong too.
        return Ok(Lookup::new(name));
    }
    let file = table.take("file").map(|item| item.text()).transpose()?;
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
