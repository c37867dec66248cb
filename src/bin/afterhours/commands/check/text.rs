//! What a configuration means, in plain words. Knows how to say it; finds nothing out itself.

use std::fmt::Write;

use afterhours::rules::{Action, DefaultRule, Rule};

use crate::commands::check::findings::Findings;
use crate::commands::file_options::{Effective, Origin};
use crate::notify::channel::Channel;
use crate::sys::config_file::{Config, ResolvedSchedule};
use crate::sys::tzdata::TzData;

pub(super) fn text(
    name: Option<&str>,
    config: &Config,
    channels: &[Channel],
    settings: &[Effective],
    findings: &Findings,
    data: &TzData,
) -> String {
    let mut out = String::new();
    // Writing to a String never fails.
    let _ = write(&mut out, name, config, channels, settings, findings, data);
    out
}

fn write(
    out: &mut String,
    name: Option<&str>,
    config: &Config,
    channels: &[Channel],
    settings: &[Effective],
    findings: &Findings,
    data: &TzData,
) -> std::fmt::Result {
    let name = name.unwrap_or("the command line");
    let verdict = match (findings.failures.len(), findings.warnings.len()) {
        (0, 0) => "valid".to_owned(),
        (0, count) => format!("valid, {}", counted(count, "warning")),
        (count, _) => counted(count, "error"),
    };
    writeln!(out, "{name}: {verdict}")?;
    writeln!(out, "time zones: tzdata {}, {}", data.version(), data.source())?;

    writeln!(out, "\nschedules")?;
    let used_default = config.rules.default().first.name();
    for described in &config.schedules {
        let unused_builtin = described.schedule.name() == "default" && used_default != "default";
        if !unused_builtin {
            schedule(out, described)?;
        }
    }
    if !config.calendars.is_empty() {
        writeln!(out, "\ncalendars")?;
        for (name, calendar) in &config.calendars {
            writeln!(out, "  {name}: {}", calendar.written.join(", "))?;
        }
    }
    if !config.groups.is_empty() {
        writeln!(out, "\ngroups")?;
        for (name, count) in &config.groups {
            writeln!(out, "  {name}: {}", counted(*count, "name"))?;
        }
    }
    if !config.rotas.is_empty() {
        writeln!(out, "\non call")?;
        for rota in &config.rotas {
            write!(
                out,
                "  {}: {}, {}",
                rota.name(),
                rota.zone().name(),
                counted(rota.shifts().len(), "shift")
            )?;
            if let Some(turns) = rota.turns() {
                write!(out, "; week by week from {}: {}", turns.starts, turns.people.join(", "))?;
            }
            writeln!(out)?;
        }
    }
    if !config.lookups.is_empty() {
        writeln!(out, "\nlookups")?;
        for lookup in &config.lookups {
            writeln!(out, "  {}: {}", lookup.name(), counted(lookup.len(), "row"))?;
        }
    }
    let rules = config.rules.rules();
    if !rules.is_empty() {
        writeln!(out, "\nrules, of which the first that matches wins")?;
        for (number, (rule, location)) in (1..).zip(rules.iter().zip(&config.rule_locations)) {
            let line = location.line().map_or(String::new(), |line| format!(" (line {line})"));
            writeln!(out, "  {number}. {}{line}: {}", rule.name, rule.conditions)?;
            writeln!(out, "     -> {}", says(rule, config.rules.default()))?;
        }
    }
    let default = config.rules.default();
    let names = std::iter::once(default.first.name().to_owned())
        .chain(default.others.iter().map(|pick| pick.written()));
    let who = if rules.is_empty() { "everybody" } else { "everybody else" };
    writeln!(out, "\n{who} -> {}; {}", names.collect::<Vec<_>>().join(" or "), default.severity.as_str())?;

    if !channels.is_empty() {
        writeln!(out, "\nnotified through")?;
        for channel in channels {
            let Channel { name, kind, notifier, .. } = channel;
            writeln!(out, "  {name} ({kind}, {}): {}", notifier.target(), channel.says())?;
        }
    }

    let set: Vec<&Effective> = settings.iter().filter(|setting| setting.from != Origin::Default).collect();
    if !set.is_empty() {
        writeln!(out, "\nsettings")?;
        for Effective { key, values, from } in set {
            let origin = match from {
                Origin::Default => "default",
                Origin::Environment(origin) | Origin::File(origin) => origin,
            };
            writeln!(out, "  {key} = {}  ({origin})", values.join(", "))?;
        }
    }

    for (title, lines) in [("warnings", &findings.warnings), ("errors", &findings.failures)] {
        if !lines.is_empty() {
            writeln!(out, "\n{title}")?;
            for line in lines {
                writeln!(out, "  {line}")?;
            }
        }
    }
    Ok(())
}

fn schedule(out: &mut String, described: &ResolvedSchedule) -> std::fmt::Result {
    let schedule = &described.schedule;
    writeln!(out, "  {}: {}  {}", schedule.name(), schedule.hours(), schedule.zone().name())?;
    if let Some(base) = &described.inherit {
        writeln!(out, "      inherits from {base}")?;
    }
    match (described.from, described.until) {
        (Some(from), Some(until)) => {
            writeln!(out, "      from {from} until {until}; never open outside of that")?
        }
        (Some(from), None) => writeln!(out, "      from {from}; never open before")?,
        (None, Some(until)) => writeln!(out, "      until {until}; never open after")?,
        (None, None) => {}
    }
    for table in &described.holidays {
        let (first, last) = (table.years.start(), table.years.end());
        writeln!(out, "      public holidays of {}: {} days, {first} to {last}", table.code, table.count)?;
    }
    let closed: Vec<&str> =
        described.closed.iter().map(String::as_str).filter(|text| !text.starts_with("holidays:")).collect();
    if !closed.is_empty() {
        writeln!(out, "      closed: {}", closed.join(", "))?;
    }
    if !described.extra.is_empty() {
        writeln!(out, "      open besides: {}", described.extra.join(", "))?;
    }
    Ok(())
}

fn says(rule: &Rule, default: &DefaultRule) -> String {
    match &rule.action {
        Action::Ignore => "ignored, whatever the time".to_owned(),
        Action::Evaluate { schedules: picks, severity } => {
            let names: Vec<String> = picks.iter().map(|pick| pick.written()).collect();
            let names = if names.is_empty() { "as everybody else".to_owned() } else { names.join(" or ") };
            format!("{names}; {}", severity.unwrap_or(default.severity).as_str())
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
