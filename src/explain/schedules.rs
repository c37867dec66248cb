//! What one schedule says of a moment, in words. Knows schedules; knows nothing of records and rules.

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar_view::long_weekday;
use crate::explain::LONGEST;
use crate::rules::{AppliedSchedule, Principal};
use crate::sanitize::truncated;
use crate::schedule::{Day, DayWindow, Reason, Schedule, Verdict};
use crate::time_zone::{LocalTime, Zone};

/// What a schedule says of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduleAnswer {
    /// Its name.
    pub name: String,
    /// The table that names it for this person.
    pub looked_up_in: Option<String>,
    /// Its hours in canonical form; `None` for on-call time.
    pub hours: Option<String>,
    /// Its hours name no day and so mean every day.
    pub every_day: bool,
    /// Its zone.
    pub time_zone: String,
    /// The version of the zone data.
    pub tzdata: String,
    /// The moment on its wall clock, RFC 3339 with the offset; `None` where the moment is not known.
    pub local_time: Option<String>,
    /// Whether the moment is inside.
    pub inside: Option<bool>,
    /// Why, as the tag has it.
    pub reason: Option<&'static str>,
    /// The holiday, or what is closed.
    pub cause: Option<String>,
    /// The place of the holiday.
    pub place: Option<String>,
    /// Why, in words.
    pub words: Option<String>,
    /// When that ends; `None` where it does not for five years.
    pub next_change: Option<Change>,
}

/// The moment at which a schedule opens or closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// On its wall clock, RFC 3339 with the offset.
    pub local: String,
    /// In UTC.
    pub utc: String,
    /// Whether it is inside from then on.
    pub inside: bool,
}

impl Change {
    pub(super) fn at(at: i64, zone: &Zone, inside: bool) -> Self {
        let utc = Zone::utc().local(at).to_string();
        let utc = utc.strip_suffix("+00:00").map_or(utc.clone(), |bare| format!("{bare}Z"));
        Change { local: zone.local(at).to_string(), utc, inside }
    }
}

/// How far ahead a change is looked for: leap years are in it, and nobody plans further.
const HORIZON: i64 = 5 * 366 * 86_400;

impl ScheduleAnswer {
    /// What a candidate of the rules says of somebody at a moment (Unix seconds), if it is known.
    pub(super) fn of(
        candidate: AppliedSchedule<'_>,
        who: &Principal<'_>,
        at: Option<i64>,
        tzdata: &str,
    ) -> Self {
        match candidate {
            AppliedSchedule::Schedule(schedule) => Self::by(schedule, at, tzdata),
            AppliedSchedule::LookedUp(schedule, table) => ScheduleAnswer {
                looked_up_in: Some(truncated(table.name(), LONGEST)),
                ..Self::by(schedule, at, tzdata)
            },
            AppliedSchedule::OnCall(rota) => Self::on_call(rota, who, at, tzdata),
        }
    }

    /// Nothing known yet but the name and the clock.
    pub(super) fn named(name: &str, zone: &Zone, tzdata: &str) -> Self {
        ScheduleAnswer {
            name: truncated(name, LONGEST),
            looked_up_in: None,
            hours: None,
            every_day: false,
            time_zone: truncated(zone.name(), LONGEST),
            tzdata: truncated(tzdata, LONGEST),
            local_time: None,
            inside: None,
            reason: None,
            cause: None,
            place: None,
            words: None,
            next_change: None,
        }
    }

    fn by(schedule: &Schedule, at: Option<i64>, tzdata: &str) -> Self {
        let answer = ScheduleAnswer {
            hours: Some(schedule.hours().to_string()),
            every_day: schedule.hours().is_every_day(),
            ..Self::named(schedule.name(), schedule.zone(), tzdata)
        };
        let Some(at) = at else { return answer };
        let verdict = schedule.at(at);
        let local = schedule.zone().local(at);
        let day = date_of(local).map(|date| schedule.day(date));
        ScheduleAnswer {
            local_time: Some(local.to_string()),
            inside: Some(verdict.is_inside()),
            reason: Some(verdict.reason.as_str()),
            cause: verdict.cause.map(|cause| truncated(cause, LONGEST)),
            place: day.as_ref().and_then(|day| place(&verdict, day)).map(|place| truncated(place, LONGEST)),
            words: Some(words(schedule, &verdict, local)),
            next_change: next_change(schedule, at)
                .map(|next| Change::at(next, schedule.zone(), !verdict.is_inside())),
            ..answer
        }
    }
}

/// The next moment at which the schedule opens or closes.
fn next_change(schedule: &Schedule, at: i64) -> Option<i64> {
    let span = schedule.span(at);
    let inside = span.verdict.is_inside();
    let mut next = span.until;
    while next < at.saturating_add(HORIZON) {
        let span = schedule.span(next);
        if span.verdict.is_inside() != inside {
            return Some(next);
        }
        next = span.until.max(next + 1);
    }
    None
}

fn date_of(local: LocalTime) -> Option<NaiveDate> {
    let (year, month, day) = local.date();
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::from(month), u32::from(day))
}

fn place<'s>(verdict: &Verdict<'_>, day: &Day<'s>) -> Option<&'s str> {
    (verdict.reason == Reason::Holiday).then_some(day.place).flatten()
}

/// Why, in words: `outside: Monday's window is 09:00-17:00`.
fn words(schedule: &Schedule, verdict: &Verdict<'_>, local: LocalTime) -> String {
    let Some(date) = date_of(local) else { return verdict.reason.as_str().replace('_', " ") };
    let today = schedule.day(date);
    let name = long_weekday(date);
    let cause = verdict.cause.map(|cause| truncated(cause, LONGEST));
    match verdict.reason {
        reason if reason.is_inside() => inside(schedule, reason, local, date, &today),
        Reason::NeverOpen if schedule.hours().is_never() => {
            "never open: the schedule has no hours".to_owned()
        }
        Reason::NeverOpen => format!("never open: {date} is not in the schedule's term"),
        Reason::Holiday | Reason::ClosedDay => {
            let mut words = match (cause, place(verdict, &today)) {
                (Some(cause), Some(place)) => format!("closed: {cause} ({})", truncated(place, LONGEST)),
                (Some(cause), None) => format!("closed: {cause}"),
                (None, _) if today.shut => format!("closed: {date} is one of the closed days"),
                (None, _) => format!("closed day: {name} has no hours"),
            };
            if !today.windows.is_empty() {
                words.push_str(&format!("; open only {}", listed(&today.windows)));
            }
            words
        }
        _ if today.windows.len() == 1 => format!("outside: {name}'s window is {}", listed(&today.windows)),
        _ => format!("outside: {name}'s windows are {}", listed(&today.windows)),
    }
}

fn listed(windows: &[DayWindow]) -> String {
    let windows: Vec<String> = windows
        .iter()
        .map(|w| if w.reason == Reason::ExtraWindow { format!("{w} (extra)") } else { w.to_string() })
        .collect();
    match windows.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        all => all.join(", "),
    }
}

fn inside(schedule: &Schedule, reason: Reason, local: LocalTime, date: NaiveDate, today: &Day<'_>) -> String {
    if schedule.hours().to_string() == "24/7" && reason == Reason::InsideWindow {
        return "inside: always open (24/7)".to_owned();
    }
    let kind = if reason == Reason::ExtraWindow { "extra window" } else { "window" };
    let second = local.second_of_day();
    let holds = |window: &&DayWindow, second: u32| {
        window.reason == reason
            && (u32::from(window.start) * 60..u32::from(window.end) * 60).contains(&second)
    };
    if let Some(window) = today.windows.iter().find(|window| holds(window, second)) {
        return format!("inside: {}'s {kind} {window}", long_weekday(date));
    }
    let before = date.pred_opt().map(|date| schedule.day(date));
    let tail =
        before.as_ref().and_then(|day| day.windows.iter().find(|window| holds(window, second + 86_400)));
    match tail {
        Some(window) => {
            let yesterday = date.pred_opt().map_or("yesterday", long_weekday);
            format!("inside: {yesterday}'s {kind} {window}, which runs into {}", long_weekday(date))
        }
        None => format!("inside: {}", reason.as_str().replace('_', " ")),
    }
}
