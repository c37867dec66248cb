//! An explanation as a few lines of text. All that came from records was made safe before.

use std::fmt;

use crate::calendar_view::long_weekday;
use crate::explain::{Answer, Event, Explanation, ScheduleAnswer};

impl fmt::Display for Explanation {
    /// Several lines, each ended by a newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event {
            Some(event) => writeln!(f, "{event}")?,
            None if self.verdict == Answer::Unreadable => f.write_str("text that may be a sign-in\n")?,
            None if self.verdict == Answer::Unrecognized => {
                f.write_str("a sign-in that is in no record\n")?
            }
            None => f.write_str("text without an event\n")?,
        }
        if self.severity.is_some() {
            let rule = self.rule.as_deref().unwrap_or("none matches, so the default applies");
            entry(f, "rule", rule)?;
        }
        for answer in &self.schedules {
            schedule(f, answer)?;
        }
        entry(f, "verdict", &self.why)
    }
}

fn entry(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "  {name:<11}{text}")
}

fn schedule(f: &mut fmt::Formatter<'_>, answer: &ScheduleAnswer) -> fmt::Result {
    let hours = answer.hours.as_ref().map_or(String::new(), |hours| format!(": {hours}"));
    let table = answer.looked_up_in.as_ref().map_or(String::new(), |table| format!(" (lookup:{table})"));
    let ScheduleAnswer { name, time_zone, tzdata, .. } = answer;
    entry(f, "schedule", &format!("{name}{table}{hours}, {time_zone}, tzdata {tzdata}"))?;
    if answer.every_day && answer.hours.as_deref() != Some("24/7") {
        entry(f, "", "these hours name no day: they hold every day, Saturday and Sunday too")?;
    }
    if let Some(local) = &answer.local_time {
        entry(f, "wall clock", &spelled(local))?;
    }
    if let Some(words) = &answer.words {
        entry(f, "reason", words)?;
    }
    match &answer.next_change {
        Some(next) => {
            let then = if next.inside { "inside" } else { "outside" };
            entry(f, "holds", &format!("until {} ({}), then {then}", spelled(&next.local), next.utc))
        }
        None if answer.local_time.is_none() => Ok(()),
        None if answer.hours.is_none() => entry(f, "holds", "as far as the rota goes"),
        None => entry(f, "holds", "for five years at least"),
    }
}

/// `Monday 2026-11-23 03:12:44 UTC-05:00` of an RFC 3339 time that is ours.
fn spelled(local: &str) -> String {
    let Some((date, rest)) = local.split_once('T') else { return local.to_owned() };
    let (time, offset) = rest.split_at(rest.len().min(8));
    let weekday = date.parse().map_or("", long_weekday);
    format!("{weekday} {date} {time} UTC{offset}")
}

impl fmt::Display for Event {
    /// `Dora (AssumedRole, role Admin, account 111122223333) from 192.0.2.1: ConsoleLogin at 2026-11-23T08:12:44Z, success`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.user.as_deref().or(self.arn.as_deref()).unwrap_or("somebody");
        f.write_str(who)?;
        let account = self.account.as_ref().map(|account| format!("account {account}"));
        let role = self.role.as_ref().map(|role| format!("role {role}"));
        let known = [self.identity.as_deref(), role.as_deref(), account.as_deref()];
        let known: Vec<&str> = known.into_iter().flatten().collect();
        if !known.is_empty() {
            write!(f, " ({})", known.join(", "))?;
        }
        if let Some(ip) = &self.ip {
            write!(f, " from {ip}")?;
        }
        write!(f, ": {}", self.name.as_deref().unwrap_or("event"))?;
        if let Some(time) = &self.time {
            write!(f, " at {time}")?;
        }
        match self.outcome {
            Some("unknown") | None => Ok(()),
            Some(outcome) => write!(f, ", {outcome}"),
        }
    }
}
