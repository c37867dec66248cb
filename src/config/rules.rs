//! `[[rule]]`. Knows the keys of a rule; knows nothing of how schedules come to be.

use crate::rules::{Action, Conditions, Network, Patterns, Rule, Severity};
use crate::sign_in::Identity;

use crate::config::error::{ConfigError, Location, Result, Spanned, suggest, too_many};
use crate::config::groups;
use crate::config::groups::Members;
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::toml_table::{Table, TomlValue};
use crate::config::user_names;

/// The keys of `[[rule]]`.
pub(super) const RULE: Keys = &[
    Key::new("name", Kind::Text, "What the tag and notifications call the rule."),
    Key::new("user", Kind::Texts, "User names; `*` and `?` stand for any text and any character.")
        .also(&["users"]),
    Key::new("arn", Kind::Texts, "ARNs of identities, with `*` and `?`."),
    Key::new("account", Kind::Texts, "Account numbers of 12 digits, in quotes.")
        .also(&["accounts", "account_id"]),
    Key::new("group", Kind::Texts, "Names of [groups].").also(&["groups"]),
    Key::new("role", Kind::Texts, "Names of roles, with `*` and `?`.").also(&["roles"]),
    Key::new("identity", Kind::Words(IDENTITIES), "Kinds of identity."),
    Key::new("network", Kind::Texts, "Source IP addresses and networks: 203.0.113.0/24.").also(&[
        "ip",
        "source_ip",
        "cidr",
    ]),
    Key::new("schedule", Kind::Texts, "Schedules, oncall:NAME or lookup:NAME: open if any of them is open.")
        .also(&["schedules"]),
    Key::new(
        "severity",
        Kind::Word(SEVERITIES),
        "How much a sign-in after hours matters; without it, the default's.",
    ),
    Key::new("ignore", Kind::Flag, "Withhold and count these sign-ins, whatever the time.").default("false"),
];

/// The words of `severity`.
pub(super) const SEVERITIES: &[&str] = &["info", "low", "medium", "high", "critical"];
/// The words of `identity`.
const IDENTITIES: &[&str] = &["iam-user", "root", "assumed-role", "federated-user", "identity-center"];

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
        if too_many(errors, &location) {
            break;
        }
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
    let complete = table.expect(RULE, errors);
    let name = table.take("name").map(TomlValue::text).transpose()?;
    let conditions = conditions(&mut table, &named.groups)?;
    let schedule = table.take("schedule");
    let schedule_location = schedule.as_ref().map(|item| item.location.clone());
    let picks = schedule.map(TomlValue::texts).transpose()?;
    let severity = severity(&mut table)?;
    let ignore = table.take("ignore");
    let ignore_location = ignore.as_ref().map(|item| item.location.clone());
    let ignore = ignore_location.zip(ignore.map(TomlValue::flag).transpose()?);

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
    let user = match list("user")? {
        Some(texts) => {
            for text in &texts {
                user_names::check(&text.value).map_err(|what| text.location.error(what))?;
            }
            Some(patterns_of(texts))
        }
        None => None,
    };
    let mut patterns = |key| list(key).map(|texts| texts.map(patterns_of));
    let [arn, role] = [patterns("arn")?, patterns("role")?];
    let account = list("account")?.map(accounts).transpose()?;
    let group = list("group")?.map(|names| groups::chosen(names, groups)).transpose()?;
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
    let each = |Spanned { value: text, location }: Spanned<String>| match text.as_str() {
        "iam-user" => Ok(Identity::IamUser),
        "root" => Ok(Identity::Root),
        "assumed-role" => Ok(Identity::AssumedRole),
        "federated-user" => Ok(Identity::FederatedUser),
        "identity-center" => Ok(Identity::IdentityCenter),
        _ => Err(location.error(format!("no kind of identity {text:?}{}", suggest(&text, IDENTITIES)))),
    };
    texts.into_iter().map(each).collect()
}

fn networks(texts: Vec<Spanned<String>>) -> Result<Vec<Network>> {
    texts
        .into_iter()
        .map(|Spanned { value: text, location }| text.parse().map_err(|error| location.error(error)))
        .collect()
}
