//! `[[rule]]` and `[default]`. Knows the keys of a rule; knows nothing of how schedules come to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rules::{
    Action, Conditions, Lookup, Network, OnCallRotation, Patterns, Rule, ScheduleRef, Severity,
};
use crate::schedule::Schedule;
use crate::sign_in::Identity;

use crate::config::people;
use crate::config::people::Members;
use crate::config::toml_table::{ConfigError, Location, Result, Spanned, Table, TomlValue, suggest};

/// What rules can name.
pub(super) struct Registry {
    pub(super) schedules: BTreeMap<String, Schedule>,
    pub(super) rotas: BTreeMap<String, Arc<OnCallRotation>>,
    pub(super) lookups: BTreeMap<String, Arc<Lookup>>,
    pub(super) groups: Members,
}

impl Registry {
    pub(super) fn schedule(&self, name: &str) -> Result<&Schedule, String> {
        let known = || self.schedules.keys().map(String::as_str).collect::<Vec<_>>();
        self.schedules.get(name).ok_or_else(|| format!("no schedule {name:?}{}", suggest(name, &known())))
    }

    /// The schedules that a list names: `["berlin", "oncall:sre"]`.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn picks(&self, names: Vec<Spanned<String>>) -> Result<Vec<ScheduleRef>> {
        names
            .into_iter()
            .map(|Spanned { value: text, location }| self.pick(&text).map_err(|what| location.error(what)))
            .collect()
    }

    fn pick(&self, name: &str) -> Result<ScheduleRef, String> {
        fn known<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
            map.keys().map(String::as_str).collect()
        }
        if let Some(rota) = name.strip_prefix("oncall:") {
            let found = self.rotas.get(rota).cloned().map(ScheduleRef::OnCall);
            return found.ok_or_else(|| format!("no rota {rota:?}{}", suggest(rota, &known(&self.rotas))));
        }
        if let Some(lookup) = name.strip_prefix("lookup:") {
            let found = self.lookups.get(lookup).cloned().map(ScheduleRef::Lookup);
            return found
                .ok_or_else(|| format!("no lookup {lookup:?}{}", suggest(lookup, &known(&self.lookups))));
        }
        match self.schedule(name) {
            Ok(schedule) => Ok(ScheduleRef::Schedule(schedule.clone())),
            Err(_) if self.rotas.contains_key(name) => {
                Err(format!("{name:?} is a rota; write \"oncall:{name}\""))
            }
            Err(_) if self.lookups.contains_key(name) => {
                Err(format!("{name:?} is a lookup; write \"lookup:{name}\""))
            }
            Err(what) => Err(what),
        }
    }
}

/// Reads the rules, and where each begins.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn rules(
    tables: Vec<Table<'_>>,
    named: &Registry,
    errors: &mut Vec<ConfigError>,
) -> (Vec<Rule>, Vec<Location>) {
    let (mut rules, mut locations) = (Vec::new(), Vec::new());
    for (number, table) in (1..).zip(tables) {
        let location = table.location.clone();
        match rule(table, number, named, errors) {
            Ok(rule) => {
                rules.push(rule);
                locations.push(location);
            }
            Err(error) => errors.push(error),
        }
    }
    (rules, locations)
}

/// Reads one `[[rule]]`, the `number`th from 1.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn rule(
    mut table: Table<'_>,
    number: usize,
    named: &Registry,
    errors: &mut Vec<ConfigError>,
) -> Result<Rule> {
    let location = table.location.clone();
    let name = table.take("name").map(TomlValue::text).transpose()?;
    let conditions = conditions(&mut table, &named.groups)?;
    let schedule = table.take("schedule");
    let schedule_location = schedule.as_ref().map(|item| item.location.clone());
    let picks = schedule.map(TomlValue::texts).transpose()?;
    let severity = severity(&mut table)?;
    let ignore = table.take("ignore");
    let ignore_location = ignore.as_ref().map(|item| item.location.clone());
    let ignore = ignore_location.zip(ignore.map(TomlValue::flag).transpose()?);
    let unknown = table.finish();
    let complete = unknown.is_empty();
    errors.extend(unknown);

    if let (Some(location), Some(picks)) = (&schedule_location, &picks)
        && picks.is_empty()
    {
        return Err(location.error("an empty list; name a schedule, or leave the key out for the default's"));
    }
    let action = match ignore {
        Some((location, true)) => {
            if picks.is_some() || severity.is_some() {
                return Err(location
                    .error("what is ignored needs no schedule and no severity; keep one or the other"));
            }
            if conditions.is_empty() {
                return Err(location.error("would ignore everybody; say whom: user, role, arn …"));
            }
            Action::Ignore
        }
        _ => Action::Evaluate { schedules: named.picks(picks.clone().unwrap_or_default())?, severity },
    };
    let says_nothing =
        matches!(&action, Action::Evaluate { schedules: picks, severity: None } if picks.is_empty());
    if says_nothing && complete {
        return Err(location.error("says nothing; write a schedule, a severity, or ignore = true"));
    }
    let name = match name {
        Some(Spanned { value: text, location }) if text.is_empty() => {
            return Err(location.error("an empty name"));
        }
        Some(name) => name.value,
        None => format!("rule {number}"),
    };
    Ok(Rule { name, conditions, action })
}

/// `severity`, wherever it stands.
pub(super) fn severity(table: &mut Table<'_>) -> Result<Option<Severity>> {
    let Some(Spanned { value: text, location }) = table.take("severity").map(TomlValue::text).transpose()?
    else {
        return Ok(None);
    };
    match text.parse() {
        Ok(severity) => Ok(Some(severity)),
        Err(()) => {
            let words = Severity::ALL.map(Severity::as_str);
            Err(location.error(format!("no severity {text:?}{}", suggest(&text, &words))))
        }
    }
}

// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn conditions(table: &mut Table<'_>, groups: &Members) -> Result<Conditions> {
    let mut list = |key: &'static str| -> Result<Option<Vec<Spanned<String>>>> {
        let Some(item) = table.take(key) else { return Ok(None) };
        let location = item.location.clone();
        let texts = item.texts()?;
        if texts.is_empty() {
            return Err(location.error("an empty list matches nobody; leave the key out to match everybody"));
        }
        match texts.iter().find(|text| text.value.is_empty()) {
            Some(empty) => Err(empty.location.error("an empty name")),
            None => Ok(Some(texts)),
        }
    };
    let mut patterns = |key| list(key).map(|texts| texts.map(patterns_of));
    let [user, arn, role] = [patterns("user")?, patterns("arn")?, patterns("role")?];
    let account = list("account")?.map(accounts).transpose()?;
    let group = list("group")?.map(|names| people::chosen(names, groups)).transpose()?;
    let identity = list("identity")?.map(identities).transpose()?;
    let network = list("network")?.map(networks).transpose()?;
    Ok(Conditions { user, arn, account, group, role, identity, network })
}

fn patterns_of(texts: Vec<Spanned<String>>) -> Patterns {
    texts.into_iter().map(|text| text.value).collect()
}

fn accounts(texts: Vec<Spanned<String>>) -> Result<Patterns> {
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'?');
    for Spanned { value: text, location } in &texts {
        let glob = text.contains(['*', '?']);
        if !plain(text) || (!glob && text.len() != 12) {
            return Err(
                location.error(format!("{text:?} is no account: those have 12 digits, such as 111122223333"))
            );
        }
    }
    Ok(patterns_of(texts))
}

/// Kinds of identity by their words.
pub(crate) fn identities(texts: Vec<Spanned<String>>) -> Result<Vec<Identity>> {
    let known = ["iam-user", "root", "assumed-role", "federated-user", "identity-center"];
    let each = |Spanned { value: text, location }: Spanned<String>| match text.as_str() {
        "iam-user" => Ok(Identity::IamUser),
        "root" => Ok(Identity::Root),
        "assumed-role" => Ok(Identity::AssumedRole),
        "federated-user" => Ok(Identity::FederatedUser),
        "identity-center" => Ok(Identity::IdentityCenter),
        _ => Err(location.error(format!("no kind of identity {text:?}{}", suggest(&text, &known)))),
    };
    texts.into_iter().map(each).collect()
}

fn networks(texts: Vec<Spanned<String>>) -> Result<Vec<Network>> {
    texts
        .into_iter()
        .map(|Spanned { value: text, location }| text.parse().map_err(|error| location.error(error)))
        .collect()
}
