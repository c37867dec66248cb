//! `afterhours check`: is this configuration right, and what does it mean? Says all that is wrong, not only the first thing.
//! Knows the configuration; reads no sign-ins.

mod json;
mod text;

use std::time::{SystemTime, UNIX_EPOCH};

use afterhours::rules::Rule;
use afterhours::sign_in::Identity;
use anyhow::anyhow;
use chrono::{DateTime, Datelike, NaiveDate};

use crate::cli::common::HoursOptions;
use crate::cli::show::CheckOptions;
use crate::commands::settings;
use crate::sys::config_file;
use crate::sys::config_file::Config;
use crate::sys::exit::Ending;
use crate::sys::messages::{print, say};

/// What there is to say about a configuration that can be read.
struct Findings {
    /// Why it is not right all the same.
    failures: Vec<String>,
    warnings: Vec<String>,
    /// Places of rules that nothing reaches, and of those that catch all of theirs.
    unreachable: Vec<(usize, usize)>,
}

pub(crate) fn check(asked: &CheckOptions) -> anyhow::Result<Ending> {
    let file = asked.file.clone().or_else(|| asked.hours.config.clone());
    let options = HoursOptions { config: file, ..asked.hours.clone() };
    let data = settings::zone_data(&options.tzdata)?;
    let name = options.config.as_ref().map(|path| path.to_string_lossy().into_owned());
    let path = options.config.as_deref();
    let read = config_file::read(path, settings::written(&options), &data).and_then(|config| {
        let channels = crate::channels::read(path, None, &config)?;
        Ok((config, channels))
    });
    let (config, channels) = match read {
        Ok(read) => read,
        Err(errors) if asked.json => {
            print(&json::refused(name.as_deref(), &errors.0))?;
            return Err(anyhow!("{}", trouble(name.as_deref(), errors.0.len())));
        }
        Err(errors) => {
            errors.0.iter().for_each(|error| say(&error.to_string()));
            return Err(anyhow!("{}", trouble(name.as_deref(), errors.0.len())));
        }
    };
    let findings = findings(&config, today());
    let text = if asked.json {
        json::accepted(name.as_deref(), &config, &channels, &findings, &data)
    } else {
        text::text(name.as_deref(), &config, &channels, &findings, &data)
    };
    print(&text)?;
    match findings.failures.len() {
        0 => Ok(Ending::Complete),
        count => Err(anyhow!("{}", trouble(name.as_deref(), count))),
    }
}

fn trouble(name: Option<&str>, count: usize) -> String {
    let name = name.unwrap_or("the command line");
    match count {
        1 => format!("{name} is not right: one thing to mend"),
        count => format!("{name} is not right: {count} things to mend"),
    }
}

fn today() -> NaiveDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let now = i64::try_from(since).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    now.unwrap_or_default().date_naive()
}

fn findings(config: &Config, today: NaiveDate) -> Findings {
    let mut failures = Vec::new();
    let mut warnings = config.warnings.clone();
    warnings.extend(config.remarks.iter().cloned());
    for described in &config.schedules {
        let (location, name) = (described.location.short(), described.schedule.name());
        for table in &described.holidays {
            let (code, last) = (&table.code, *table.years.end());
            if last < today.year() {
                failures.push(format!(
                    "{location}: schedule {name}: the public holidays of {code} are known to {last} only; write those of {} \
                     into a calendar, or take the code out",
                    today.year()
                ));
            } else if last == today.year() {
                warnings.push(format!(
                    "{location}: schedule {name}: the public holidays of {code} end with this year"
                ));
            }
        }
        if let Some(date) = described.schedule.hours().first_replaced(today) {
            warnings.push(format!(
                "{location}: schedule {name}: what stands after a `;` takes the place of earlier hours, for the first time on \
                 {date}; write a `,` if it is meant to add to them"
            ));
        }
        if let Some(until) = described.until.filter(|until| *until < today) {
            warnings.push(format!("{location}: schedule {name}: is over since {until} and never open again"));
        }
    }
    let unreachable = config.rules.unreachable();
    let rules = config.rules.rules();
    for &(late, early) in &unreachable {
        if let (Some(late_rule), Some(early_rule), Some(location)) =
            (rules.get(late), rules.get(early), config.rule_locations.get(late))
        {
            warnings.push(format!(
                "{}: rule {:?} is never reached: {:?} before it matches all that it matches",
                location.short(),
                late_rule.name,
                early_rule.name
            ));
        }
    }
    for (rule, location) in rules.iter().zip(&config.rule_locations) {
        warnings
            .extend(uncounted(rule).map(|what| format!("{}: rule {:?} {what}", location.short(), rule.name)));
    }
    warnings.extend(config.unused.iter().map(|what| format!("{what} is used by no rule")));
    Findings { failures, warnings, unreachable }
}

/// Rules for kinds of identity that do not count unless `--identity` says so.
fn uncounted(rule: &Rule) -> Option<String> {
    let kinds = rule.conditions.identity.as_ref();
    let only = |kind| kinds.is_some_and(|kinds| kinds.iter().all(|known| *known == kind));
    let word = match () {
        () if only(Identity::Root) => "root",
        () if only(Identity::FederatedUser) => "federated-user",
        () if only(Identity::IdentityCenter) => "identity-center",
        () if only(Identity::AssumedRole) => "assumed-role",
        () if rule.conditions.role.is_some() && kinds.is_none() => "assumed-role",
        () => return None,
    };
    Some(format!("matches only where --identity {word} (or all) lets such sign-ins count"))
}
