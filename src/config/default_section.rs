//! `[default]`, or what the command line says in its place: the schedule of whom no rule names. Knows which of the two is
//! given. Knows nothing of rules.

use crate::rules::{DefaultRule, Rules, ScheduleRef, Severity};
use crate::schedule::Hours;

use crate::config::error::{ConfigError, Location, Result, Spanned};
use crate::config::keys::{Key, Keys, Kind};
use crate::config::registry::Registry;
use crate::config::rules::{SEVERITIES, severity};
use crate::config::schedules::{DEFAULT, SCHEDULE, ScheduleSpec};
use crate::config::toml_table::{Table, TomlValue};

/// The hours of everybody, when nothing says otherwise.
const OFFICE: &str = "Mo-Fr 09:00-17:00";

/// The keys of `[default]`.
pub(super) const DEFAULT_KEYS: Keys = &{
    let [tz, hours, holidays, closed, extra] = SCHEDULE;
    [
        hours,
        tz,
        holidays,
        closed,
        extra,
        Key::new("schedule", Kind::Texts, "Named schedules in place of own hours."),
        Key::new("severity", Kind::Word(SEVERITIES), "How much a sign-in after hours matters.")
            .default("\"low\""),
    ]
};

/// What holds for whom no rule matches, as it is written.
pub(super) struct DefaultSpec {
    pub(super) location: Location,
    pub(super) written: ScheduleSpec,
    /// Named schedules instead of own hours.
    schedule: Option<Vec<Spanned<String>>>,
    severity: Severity,
    /// What is not said of the hours.
    missing: Option<MissingDefault>,
}

enum MissingDefault {
    /// Neither hours nor default.
    Hours { in_file: bool },
    /// Hours on the command line, and no zone.
    Zone,
}

impl DefaultSpec {
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn take(
        default: Option<Table<'_>>,
        given: ScheduleSpec,
        file: &str,
        errors: &mut Vec<ConfigError>,
    ) -> Self {
        let in_file = !file.is_empty();
        let option = |texts: &Option<Vec<Spanned<String>>>| {
            texts.as_ref().and_then(|texts| texts.first()).map(|t| t.location.clone())
        };
        let said = option(&given.hours)
            .or_else(|| given.tz.as_ref().map(|text| text.location.clone()))
            .or_else(|| option(&given.holidays))
            .or_else(|| option(&given.closed))
            .or_else(|| option(&given.extra));
        let has_hours = given.hours.is_some();
        let mut location = option(&given.hours).unwrap_or_else(|| Location::option("--hours"));
        let mut spec = DefaultSpec {
            location: location.clone(),
            written: given,
            schedule: None,
            severity: Severity::Low,
            missing: None,
        };
        let mut own_hours = false;
        if let Some(mut table) = default {
            location = table.location.clone();
            if let Some(option) = &said {
                let what = format!(
                    "this and {option} are both the schedule of everybody else; leave one of them out"
                );
                errors.push(location.error(what));
            }
            table.expect(DEFAULT_KEYS, errors);
            let written = ScheduleSpec::take(&mut table, errors);
            let schedule = table.take("schedule").map(TomlValue::texts).transpose();
            let severity = severity(&mut table);
            spec.schedule = schedule.map_err(|error| errors.push(error)).ok().flatten();
            let severity = severity.map_err(|error| errors.push(error)).ok().flatten();
            spec.severity = severity.unwrap_or(Severity::Low);
            own_hours = written.hours.is_some() || spec.schedule.is_some();
            if spec.schedule.is_some() && written.hours.is_some() {
                let hours = option(&written.hours).unwrap_or_else(|| location.clone());
                errors.push(
                    hours.error("schedule names the hours already; leave one of schedule and hours out"),
                );
            }
            spec.written = written;
            spec.location = location;
        }
        spec.missing = match () {
            () if own_hours => None,
            () if !has_hours => Some(MissingDefault::Hours { in_file }),
            () if spec.written.tz.is_none() && !names_zone(&spec.written) => Some(MissingDefault::Zone),
            () => None,
        };
        if spec.written.hours.is_none() {
            let office = Spanned { value: OFFICE.to_owned(), location: spec.location.clone() };
            spec.written.hours = Some(vec![office]);
        }
        spec
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn otherwise(&mut self, named: &Registry) -> Result<DefaultRule> {
        let DefaultSpec { location, schedule, severity, .. } = self;
        let own = || named.schedule(DEFAULT).cloned().map_err(|what| location.error(what));
        let Some(texts) = schedule.take() else {
            return Ok(DefaultRule { first: own()?, others: Vec::new(), severity: *severity });
        };
        let locations: Vec<Location> = texts.iter().map(|text| text.location.clone()).collect();
        let mut picks = named.picks(texts)?;
        for (pick, location) in picks.iter().zip(&locations) {
            if matches!(pick, ScheduleRef::Lookup(_)) {
                return Err(
                    location.error("a lookup comes back here for who is not in it; name it in a rule")
                );
            }
        }
        let first = match picks.first() {
            Some(ScheduleRef::Schedule(schedule)) => schedule.clone(),
            _ => {
                return Err(location.error("schedule begins with the name of a schedule, such as \"berlin\""));
            }
        };
        Ok(DefaultRule { first, others: picks.split_off(1), severity: *severity })
    }

    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn remark(&self, rules: &Rules) -> Option<String> {
        let first = &rules.default().first;
        let (hours, zone) = (first.hours(), first.zone().name());
        Some(match self.missing.as_ref()? {
            MissingDefault::Hours { in_file: false } => {
                format!("business hours are {hours}, {zone}; --hours and --tz set others")
            }
            MissingDefault::Hours { in_file: true } => {
                format!("business hours of whom no rule names are {hours}, {zone}; [default] sets others")
            }
            MissingDefault::Zone => {
                format!("business hours are {hours}, UTC; --tz sets another time zone")
            }
        })
    }
}

/// Whether a zone stands behind the hours.
fn names_zone(written: &ScheduleSpec) -> bool {
    let mut texts = written.hours.iter().flatten();
    texts.any(|text| Hours::parse(&text.value).is_ok_and(|parsed| parsed.zone.is_some()))
}
