//! Turns what was said on the command line into what the library takes. Everything that can be refused is refused here,
//! before a byte is read.

use std::io::IsTerminal as _;

use afterhours::envelope::RecordPaths;
use afterhours::exhaustive;
use afterhours::filter::{Color, Formatter, Keep, OnUnreadable, Policy, Span};
use afterhours::sign_in::{Identity, Outcome, Way, Ways};
use afterhours::tag::TagName;
use afterhours::wasm;
use anyhow::{Context, anyhow};

use crate::cli::common::{
    CountingOptions, HoursOptions, IdentityKind, KeepKind, OutcomeKind, UnreadableKind, WayKind,
};
use crate::cli::files::FileOptions;
use crate::cli::filter::FilterOptions;
use crate::cli::output::{ColorChoice, Format};
use crate::notify::channel::Channel;
use crate::sys::config_file::{Config, ConfigErrors, Document, Location, ScheduleSpec, Spanned};
use crate::sys::terminal;
use crate::sys::tzdata::{TzData, TzMode};

/// What a run needs to know.
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) config: Config,
    pub(crate) channels: Vec<Channel>,
}

pub(crate) fn read(options: &FilterOptions, document: Document<'_>) -> anyhow::Result<Settings> {
    let tag = TagName::new(&options.tag).ok_or_else(|| {
        anyhow!(
            "--tag: {:?} cannot be a key: take 1 to 64 letters, digits, `_`, `-`, `.` or `@`",
            options.tag
        )
    })?;
    let policy = Policy {
        tag,
        exhaustive: options.exhaustive.then_some(exhaustive::read),
        longest_line: options.max_line,
        span: span(&options.files)?,
        formatter: formatter(options),
        ..policy(&options.counting)?
    };
    let data = zone_data(&options.hours.tzdata)?;
    let (config, channels) = load(document, &options.hours, options.notify.webhook.as_deref(), &data)?;
    Ok(Settings { policy, config, channels })
}

/// The whole of a configuration: its rules and its channels. All that is wrong with either is said.
pub(crate) fn load(
    mut document: Document<'_>,
    options: &HoursOptions,
    webhook: Option<&str>,
    data: &TzData,
) -> Result<(Config, Vec<Channel>), ConfigErrors> {
    let beside = document.beside;
    let notify = document.section("notify");
    let config = config(document, options, data);
    let channels = crate::channels::read(notify, beside, webhook, config.as_ref().ok());
    match (config, channels) {
        (Ok(config), Ok(channels)) => Ok((config, channels)),
        (config, channels) => {
            let of = |errors: Option<ConfigErrors>| errors.map_or(Vec::new(), |errors| errors.0);
            let mut all = of(config.err());
            all.extend(of(channels.err()));
            Err(ConfigErrors(all))
        }
    }
}

/// The rules of a configuration, without the channels.
pub(crate) fn config(
    mut document: Document<'_>,
    options: &HoursOptions,
    data: &TzData,
) -> Result<Config, ConfigErrors> {
    // Only the WebAssembly module follows these, but the file is right or it is not.
    let wasm = document.section(wasm::WasmOptions::SECTION);
    let config = afterhours::config::read(document, written(options), data);
    let Err(ConfigErrors(keys)) = wasm::WasmOptions::read(wasm) else { return config };
    let mut all = config.err().map_or(Vec::new(), |errors| errors.0);
    all.extend(keys);
    Err(ConfigErrors(all))
}

/// The time between --since and --until.
fn span(options: &FileOptions) -> anyhow::Result<Span> {
    let span = options.selection().span;
    let Span { since, until } = span;
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        return Err(anyhow!("--until: it is not later than --since, so that nothing lies between them"));
    }
    Ok(span)
}

/// How findings are written: for people where people read stdout, for pipelines anywhere else.
fn formatter(options: &FilterOptions) -> Formatter {
    let readable = || options.output.is_none() && std::io::stdout().is_terminal();
    let format =
        options.format.format.unwrap_or_else(|| if readable() { Format::Text } else { Format::Json });
    let colored = match options.format.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => options.output.is_none() && terminal::stdout_takes_colors(),
    };
    match format {
        Format::Json => Formatter::Json,
        Format::Text => Formatter::Text(if colored { Color::On } else { Color::Off }),
    }
}

/// What counts and what goes out.
pub(crate) fn policy(options: &CountingOptions) -> anyhow::Result<Policy> {
    Ok(Policy {
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
        record_paths: RecordPaths::parse(&options.record_path)
            .map_err(|error| anyhow!("--record-path: write {error}"))?
            .with_ways(ways(&options.sign_in)),
        ..Policy::default()
    })
}

/// What the options say of the schedule of everybody.
pub(crate) fn written(options: &HoursOptions) -> ScheduleSpec {
    let texts = |name: &str, texts: &[String]| {
        let text = |text: &String| Spanned { value: text.clone(), location: location(name) };
        (!texts.is_empty()).then(|| texts.iter().map(text).collect::<Vec<_>>())
    };
    ScheduleSpec {
        hours: texts("--hours", options.hours.as_slice()),
        tz: texts("--tz", options.tz.as_slice()).and_then(|mut texts| texts.pop()),
        holidays: texts("--holidays", &options.holidays),
        closed: texts("--closed", &options.closed),
        extra: texts("--extra", &options.extra),
        ..ScheduleSpec::default()
    }
}

/// Where an option was given: on the command line, else in its variable of the environment.
fn location(option: &str) -> Location {
    let variable = format!("AFTERHOURS_{}", option.trim_start_matches('-').to_ascii_uppercase());
    let given = std::env::args_os().any(|word| {
        let word = word.to_string_lossy();
        word.split('=').next() == Some(option)
    });
    let by_variable = !given && std::env::var_os(&variable).is_some();
    Location::option(if by_variable { &variable } else { option })
}

/// The zone data that `--tzdata` names.
pub(crate) fn zone_data(source: &str) -> anyhow::Result<TzData> {
    TzData::open(&source.parse::<TzMode>().context("--tzdata")?)
}

fn ways(kinds: &[WayKind]) -> Ways {
    let way = |kind: &WayKind| match kind {
        WayKind::Console => Way::Console,
        WayKind::Cli => Way::Cli,
        WayKind::Portal => Way::Portal,
    };
    Ways::of(&kinds.iter().map(way).collect::<Vec<_>>())
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
