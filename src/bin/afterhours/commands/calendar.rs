//! `afterhours calendar` and `afterhours holidays`: brings today's date, the terminal and the file to the library's drawings.

use std::io::IsTerminal;
use std::path::Path;
use std::time::SystemTime;

use afterhours::calendar_view::{Drawing, Period};
use afterhours::holidays;
use afterhours::rules::{AppliedSchedule, Principal};
use afterhours::schedule::Schedule;
use anyhow::{Context, anyhow, bail};
use chrono::{Datelike, NaiveDate};

use crate::cli::show::CalendarOptions;
use crate::commands::settings;
use crate::sys::config_file::{Config, Document};
use crate::sys::messages::{print, say};

pub(crate) fn run(options: &CalendarOptions, document: Document<'_>) -> anyhow::Result<()> {
    let data = settings::zone_data(&options.hours.tzdata)?;
    let config = settings::config(document, &options.hours, &data)?;
    for remark in config.warnings.iter().chain(&config.remarks) {
        say(remark);
    }
    let period = match options {
        CalendarOptions { year: true, .. } => Period::Year,
        CalendarOptions { month: true, .. } => Period::Month,
        _ => Period::Week,
    };
    let chosen = choose(&config, options)?;
    let drawing = |schedule: &Schedule| -> anyhow::Result<Drawing> {
        let first = match &options.from {
            Some(text) => date(text)?,
            None => period.around(today(schedule)?),
        };
        Ok(Drawing::new(schedule, period, first, data.version()))
    };
    let drawings = chosen.into_iter().map(drawing).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(path) = &options.svg {
        let [drawing] = drawings.as_slice() else {
            bail!("--svg: several schedules hold here; name one with --schedule");
        };
        return write(path, &drawing.to_svg());
    }
    let texts: Vec<String> = drawings.iter().map(|drawing| drawing.to_text(colour())).collect();
    print(&texts.join("\n"))
}

/// The schedules asked for: by name, by who would get them, else the default's.
fn choose<'s>(config: &'s Config, options: &CalendarOptions) -> anyhow::Result<Vec<&'s Schedule>> {
    let Config { rules, schedules, .. } = config;
    if let Some(name) = &options.name {
        let found = config.schedule(name);
        let names =
            || schedules.iter().map(|described| described.schedule.name()).collect::<Vec<_>>().join(", ");
        return Ok(vec![
            found.with_context(|| format!("--schedule: none is called {name:?}; there is {}", names()))?,
        ]);
    }
    let (user, account) = (options.user.as_deref(), options.account.as_deref());
    if user.is_none() && account.is_none() {
        return Ok(vec![&rules.default().first]);
    }
    let who = Principal { user: user.map(Into::into), ..Principal::user("", account) };
    let choice = rules.matching(&who);
    if choice.is_ignored() {
        bail!("the rule {:?} ignores them: no schedule holds", choice.rule().map_or("", |rule| &rule.name));
    }
    let mut chosen = Vec::new();
    for candidate in choice.schedules(&who) {
        match candidate {
            AppliedSchedule::Schedule(schedule) | AppliedSchedule::LookedUp(schedule, _) => {
                chosen.push(schedule)
            }
            AppliedSchedule::OnCall(rota) => {
                say(&format!("{} opens hours too, and is not drawn", rota.label()))
            }
        }
    }
    if chosen.is_empty() { bail!("only on-call time holds, which is not drawn") } else { Ok(chosen) }
}

/// The date on the schedule's own clock.
fn today(schedule: &Schedule) -> anyhow::Result<NaiveDate> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the system's clock")?;
    let (year, month, day) = schedule.zone().local(now.as_secs() as i64).date();
    NaiveDate::from_ymd_opt(year as i32, u32::from(month), u32::from(day)).context("the system's clock")
}

/// Reads `2026-12-24`, `2026-12` and `2026`, the years that four digits spell.
fn date(text: &str) -> anyhow::Result<NaiveDate> {
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    // chrono takes more spellings than these; one that reads back the same is what it looks like.
    let usual = |date: &NaiveDate| date.to_string() == full && (1..9999).contains(&date.year());
    let date = full.parse::<NaiveDate>().ok().filter(usual);
    date.ok_or_else(|| anyhow!("--from: {text:?} is no date; write 2026-12-24, 2026-12 or 2026"))
}

/// Whether to speak in colours: to a terminal that has them, unless the user would rather not (<https://no-color.org>).
fn colour() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

fn write(path: &Path, svg: &str) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return print(svg);
    }
    std::fs::write(path, svg).with_context(|| format!("--svg {}", path.display()))
}

/// The list of a place's holidays, or of all places.
pub(crate) fn holidays(code: Option<&str>, year: Option<i32>) -> anyhow::Result<String> {
    if let Some(code) = code {
        return Ok(holidays::listing(&holidays::find(code)?, year));
    }
    let mut list = String::new();
    for code in holidays::codes() {
        let location = holidays::find(&code)?;
        let name = location.subdivision().unwrap_or(location.country());
        let indent = if location.subdivision().is_some() { "  " } else { "" };
        list.push_str(&format!("{indent}{code:<10}{name}\n"));
    }
    Ok(list)
}
