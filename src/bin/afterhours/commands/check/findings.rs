//! What is worth a warning in a configuration that can be read. Knows rules and schedules; says nothing itself.

use afterhours::rules::Rule;
use afterhours::sign_in::Identity;
use chrono::{Datelike as _, NaiveDate};

use crate::sys::config_file::Config;

/// What there is to say about a configuration that can be read.
pub(super) struct Findings {
    /// Why it is not right all the same.
    pub(super) failures: Vec<String>,
    pub(super) warnings: Vec<String>,
    /// Places of rules that nothing reaches, and of those that catch all of theirs.
    pub(super) unreachable: Vec<(usize, usize)>,
}

pub(super) fn findings(config: &Config, today: NaiveDate) -> Findings {
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
