//! What a configuration means, as JSON. The keys are stable within a major version; new ones may come.

use afterhours::rules::{Action, ScheduleRef};
use serde_json::{Value, json};

use crate::commands::check::findings::Findings;
use crate::commands::file_options::{Effective, Origin};
use crate::notify::channel::Channel;
use crate::sys::config_file::{Config, ConfigError, ResolvedSchedule};
use crate::sys::tzdata::TzData;

pub(super) fn refused(name: Option<&str>, errors: &[ConfigError]) -> String {
    let errors: Vec<Value> = errors
        .iter()
        .map(|error| {
            json!({ "file": error.location.file(), "line": error.location.line(), "key": error.location.key(), "message": error.what })
        })
        .collect();
    line(&json!({ "config": name, "ok": false, "errors": errors }))
}

pub(super) fn accepted(
    name: Option<&str>,
    config: &Config,
    channels: &[Channel],
    settings: &[Effective],
    findings: &Findings,
    data: &TzData,
) -> String {
    let default = config.rules.default();
    let picks = |picks: &[ScheduleRef]| picks.iter().map(ScheduleRef::written).collect::<Vec<_>>();
    let mut of_default = vec![default.first.name().to_owned()];
    of_default.extend(picks(&default.others));
    let name_of = |at: &usize| config.rules.rules().get(*at).map(|rule| rule.name.as_str());
    let rules: Vec<Value> = config
        .rules
        .rules()
        .iter()
        .zip(&config.rule_locations)
        .map(|(rule, location)| {
            let (schedules, severity, ignore) = match &rule.action {
                Action::Ignore => (Vec::new(), None, true),
                Action::Evaluate { schedules: of_rule, severity } => {
                    (picks(of_rule), Some(severity.unwrap_or(default.severity).as_str()), false)
                }
            };
            json!({
                "name": rule.name,
                "line": location.line(),
                "match": rule.conditions.to_string(),
                "schedules": schedules,
                "severity": severity,
                "ignore": ignore,
            })
        })
        .collect();
    let errors: Vec<Value> = findings
        .failures
        .iter()
        .map(|message| json!({ "file": null, "line": null, "key": null, "message": message }))
        .collect();
    line(&json!({
        "config": name,
        "ok": findings.failures.is_empty(),
        "errors": errors,
        "warnings": findings.warnings,
        "tzdata": { "version": data.version(), "source": data.source() },
        "schedules": config.schedules.iter().map(schedule).collect::<Vec<_>>(),
        "calendars": config.calendars.iter().map(|(name, calendar)| json!({
            "name": name, "line": calendar.location.line(), "closed": calendar.written,
        })).collect::<Vec<_>>(),
        "groups": config.groups.iter().map(|(name, count)| json!({ "name": name, "names": count })).collect::<Vec<_>>(),
        "oncall": config.rotas.iter().map(|rota| json!({
            "name": rota.name(),
            "time_zone": rota.zone().name(),
            "shifts": rota.shifts().len(),
            "weekly": rota.turns().map(|turns| turns.people.clone()),
        })).collect::<Vec<_>>(),
        "lookups": config.lookups.iter().map(|lookup| json!({
            "name": lookup.name(), "rows": lookup.len(),
        })).collect::<Vec<_>>(),
        "rules": rules,
        "default": { "schedules": of_default, "severity": default.severity.as_str() },
        "channels": channels.iter().map(|channel| json!({
            "name": channel.name, "type": channel.kind, "target": channel.notifier.target(), "takes": channel.says(),
        })).collect::<Vec<_>>(),
        "settings": settings.iter().map(setting).collect::<serde_json::Map<_, _>>(),
        "unreachable": findings.unreachable.iter().map(|(late, early)| json!({
            "rule": name_of(late), "because_of": name_of(early),
        })).collect::<Vec<_>>(),
        "unused": config.unused,
    }))
}

fn schedule(described: &ResolvedSchedule) -> Value {
    let holidays: Vec<Value> = described
        .holidays
        .iter()
        .map(|table| {
            json!({
                "code": table.code,
                "days": table.count,
                "first_year": table.years.start(),
                "last_year": table.years.end(),
            })
        })
        .collect();
    json!({
        "name": described.schedule.name(),
        "line": described.location.line(),
        "hours": described.schedule.hours().to_string(),
        "time_zone": described.schedule.zone().name(),
        "holidays": holidays,
        "closed": described.closed,
        "extra": described.extra,
        "inherit": described.inherit,
        "from": described.from.map(|date| date.to_string()),
        "until": described.until.map(|date| date.to_string()),
    })
}

/// `"filter.identity": {"value": ["root"], "from": "file", "where": "conf.toml:3"}`
fn setting(setting: &Effective) -> (String, Value) {
    let (from, location) = match &setting.from {
        Origin::Default => ("default", None),
        Origin::Environment(name) => ("environment", Some(name)),
        Origin::File(location) => ("file", Some(location)),
    };
    (setting.key.clone(), json!({ "value": setting.values, "from": from, "where": location }))
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}
