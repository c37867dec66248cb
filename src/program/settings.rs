//! Turns what was said on the command line into what the library takes. Everything that can be refused is refused here,
//! before a byte is read.

use afterhours::filter::{Keep, OnUnreadable, Policy};
use afterhours::rules::Rules;
use afterhours::schedule::{Hours, HoursText, Schedule, Zone};
use afterhours::signin::{Identity, Outcome};
use afterhours::tag::TagName;
use anyhow::{Context, anyhow, bail};

use super::cli::{
    CountingOptions, FilterOptions, HoursOptions, IdentityKind, KeepKind, OutcomeKind, UnreadableKind,
};
use super::tzdata::{self, TzData, TzMode};

/// What a run needs to know.
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) rules: Rules,
    /// What the user should know before it starts.
    pub(crate) remarks: Vec<String>,
}

pub(crate) fn read(options: &FilterOptions) -> anyhow::Result<Settings> {
    let tag = TagName::new(&options.tag).ok_or_else(|| {
        anyhow!(
            "--tag: {:?} cannot be a key: take 1 to 64 letters, digits, `_`, `-`, `.` or `@`",
            options.tag
        )
    })?;
    let policy = Policy {
        tag,
        exhaustive: options.exhaustive,
        longest_line: options.max_line,
        ..policy(&options.counting)
    };
    let Schedules { rules, remarks, .. } = schedules(&options.hours)?;
    Ok(Settings { policy, rules, remarks })
}

/// What counts and what goes out.
pub(crate) fn policy(options: &CountingOptions) -> Policy {
    Policy {
        identities: identities(&options.identity),
        outcome: match options.outcome {
            OutcomeKind::Any => None,
            OutcomeKind::Success => Some(Outcome::Success),
            OutcomeKind::Failure => Some(Outcome::Failure),
        },
        keep: match options.keep {
            KeepKind::AfterHours => Keep::AfterHours,
            KeepKind::SignIns => Keep::SignIns,
            KeepKind::All => Keep::All,
        },
        unreadable: match options.unreadable {
            UnreadableKind::Forward => OnUnreadable::Forward,
            UnreadableKind::Drop => OnUnreadable::Drop,
            UnreadableKind::Stop => OnUnreadable::Stop,
        },
        ..Policy::default()
    }
}

/// Who gets which schedule, and the zone data that they were made of.
pub(crate) struct Schedules {
    pub(crate) rules: Rules,
    /// Every schedule, the default's first.
    pub(crate) all: Vec<Schedule>,
    /// The version of the zone data.
    pub(crate) tzdata: String,
    /// What the user should know.
    pub(crate) remarks: Vec<String>,
}

pub(crate) fn schedules(options: &HoursOptions) -> anyhow::Result<Schedules> {
    let data = zone_data(&options.tzdata)?;
    let mut remarks = Vec::new();
    let schedule = schedule(options, &data, &mut remarks)?;
    let all = vec![schedule.clone()];
    Ok(Schedules { rules: Rules::everybody(schedule), all, tzdata: data.version().to_owned(), remarks })
}

/// The hours of everybody, when no options say otherwise.
const OFFICE: &str = "Mo-Fr 09:00-17:00";

fn schedule(options: &HoursOptions, data: &TzData, remarks: &mut Vec<String>) -> anyhow::Result<Schedule> {
    let text = options.hours.as_deref().unwrap_or(OFFICE);
    let HoursText { hours, zone: behind, .. } =
        Hours::parse(text).map_err(|error| anyhow!("--hours: {error}"))?;
    let name = match (options.tz.as_deref(), behind.as_deref()) {
        (Some(option), Some(behind)) if option != behind => {
            bail!("--hours ends in the zone {behind}, and --tz says {option}: name one of them");
        }
        (Some(name), _) => Some((name, "--tz")),
        (None, Some(name)) => Some((name, "--hours")),
        (None, None) => None,
    };
    let zone = match name {
        Some((name, option)) => {
            remarks.extend(tzdata::warning(name).map(|warning| format!("{option}: {warning}")));
            data.zone(name).context(option)?
        }
        None => Zone::utc(),
    };
    match (&options.hours, name) {
        (None, _) => {
            remarks.push(format!("business hours are {hours}, {}; --hours and --tz set others", zone.name()));
        }
        (Some(_), None) => {
            remarks.push(format!("business hours are {hours}, UTC; --tz sets another time zone"))
        }
        _ => {}
    }
    Schedule::new("default", hours, zone).map_err(|error| anyhow!("--hours: {error}"))
}

fn zone_data(source: &str) -> anyhow::Result<TzData> {
    TzData::open(&source.parse::<TzMode>().context("--tzdata")?)
}

/// No kinds at all stand for every kind.
fn identities(kinds: &[IdentityKind]) -> Vec<Identity> {
    let mut identities = Vec::new();
    for kind in kinds {
        identities.push(match kind {
            IdentityKind::IamUser => Identity::IamUser,
            IdentityKind::Root => Identity::Root,
            IdentityKind::AssumedRole => Identity::AssumedRole,
            IdentityKind::FederatedUser => Identity::FederatedUser,
            IdentityKind::IdentityCenter => Identity::IdentityCenter,
            IdentityKind::All => return Vec::new(),
        });
    }
    identities
}

/// The program's version, and that of the time-zone data it would use.
pub(crate) fn version(tzdata: &str) -> anyhow::Result<String> {
    let data = zone_data(tzdata)?;
    Ok(format!("afterhours {} (tzdata {}, {})\n", env!("CARGO_PKG_VERSION"), data.version(), data.source()))
}
