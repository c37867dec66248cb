//! `[lookup]`: tables of users and their schedules. Knows columns; knows nothing of rules.

use std::collections::HashMap;
use std::sync::Arc;

use crate::rules::Lookup;

use crate::config::error::{ConfigError, Result, nearest, suggest};
use crate::config::files::Files;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::toml_table::{Table, TomlValue};
use crate::config::user_names;

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
    let head: Vec<String> = head.iter().map(|column| column.to_lowercase()).collect();
    let column = |name: &str| head.iter().position(|column| column == name);
    if let Some(twice) = known.iter().find(|name| head.iter().filter(|column| column == *name).count() > 1) {
        return Err(wrong(line, format!("two columns {twice:?}; keep one")));
    }
    // Columns of other programs are left out, but a misspelled one is not.
    let missing = |name: &&str| column(name).is_none();
    let misspelled = head.iter().filter(|other| !known.contains(&other.as_str()));
    if let Some(other) = { misspelled }.find(|other| nearest(other, &known).as_ref().is_some_and(missing)) {
        return Err(wrong(line, format!("no column {other:?} is known{}", suggest(other, &known))));
    }
    let (Some(user), Some(schedule)) = (column("user"), column("schedule")) else {
        return Err(wrong(
            line,
            "the first line names the columns: user,schedule or user,account,schedule".into(),
        ));
    };
    let account = column("account");
    let mut lookup = Lookup::new(name);
    let mut lines = HashMap::new();
    for (line, row) in rows {
        let field = |at: usize| row.get(at).map(String::as_str).filter(|field| !field.is_empty());
        let (Some(user), Some(schedule)) = (field(user), field(schedule)) else {
            return Err(wrong(line, "a row needs a user and a schedule".into()));
        };
        if row.len() > head.len() {
            return Err(wrong(line, format!("{} fields, and {} columns", row.len(), head.len())));
        }
        user_names::check(user).map_err(|what| wrong(line, what))?;
        if user.contains(['*', '?']) {
            return Err(wrong(line, format!("{user:?}: a row is for one user; a pattern belongs in a rule")));
        }
        let account = account.and_then(field).map(|text| account_of(text).map_err(|what| wrong(line, what)));
        let account = account.transpose()?;
        let schedule = named.schedule(schedule).map_err(|what| wrong(line, what))?;
        let first = *lines.entry((user.to_lowercase(), account.clone())).or_insert(line);
        if !lookup.add(user, account.as_deref(), schedule.clone()) {
            let what = format!("{user:?} has a schedule already, in line {first}; case does not count");
            return Err(wrong(line, what));
        }
    }
    Ok(lookup)
}

/// The digits of an account number, which may be written in groups: `1111-2222-3333`.
fn account_of(text: &str) -> std::result::Result<String, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "{text:?} is no account: those have 12 digits; let the spreadsheet treat the column as text"
        ));
    }
    Ok(digits)
}
