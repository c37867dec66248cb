//! `afterhours check`: is this configuration right, and what does it mean? Says all that is wrong, not only the first thing.
//! Knows the configuration; reads no sign-ins.

mod findings;
mod json;
mod text;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate};

use crate::cli::common::HoursOptions;
use crate::cli::show::CheckOptions;
use crate::commands::file_options::Effective;
use crate::commands::{file_options, settings};
use crate::notify::channel::Channel;
use crate::sys::config_file::{Config, ConfigErrors, ConfigFile};
use crate::sys::exit::Ending;
use crate::sys::messages::{print, printable, say};
use crate::sys::tzdata::TzData;

/// What a configuration means, if it is right.
struct Meaning {
    config: Config,
    channels: Vec<Channel>,
    settings: Vec<Effective>,
}

pub(crate) fn check(asked: &CheckOptions) -> anyhow::Result<Ending> {
    let path = asked.file.clone().or_else(|| asked.hours.config.clone());
    let data = settings::zone_data(&asked.hours.tzdata)?;
    let name = path.as_deref().map(printable);
    let meaning = match read(path.as_deref(), &asked.hours, &data) {
        Ok(meaning) => meaning,
        Err(ConfigErrors(errors)) => {
            if asked.json {
                print(&json::refused(name.as_deref(), &errors))?;
            } else {
                errors.iter().for_each(|error| say(&error.to_string()));
            }
            return Err(anyhow!("{}", error_count(name.as_deref(), errors.len())));
        }
    };
    let Meaning { config, channels, settings } = meaning;
    let findings = findings::findings(&config, today());
    let text = if asked.json {
        json::accepted(name.as_deref(), &config, &channels, &settings, &findings, &data)
    } else {
        text::text(name.as_deref(), &config, &channels, &settings, &findings, &data)
    };
    print(&text)?;
    match findings.failures.len() {
        0 => Ok(Ending::Complete),
        count => Err(anyhow!("{}", error_count(name.as_deref(), count))),
    }
}

/// Reads everything in the file, and gathers what is wrong with any of it.
fn read(path: Option<&Path>, options: &HoursOptions, data: &TzData) -> Result<Meaning, ConfigErrors> {
    let file = ConfigFile::read(path)?;
    let mut document = file.parse()?;
    let from_file = file_options::take(&mut document);
    let loaded = settings::load(document, options, None, data);
    match (from_file, loaded) {
        (Ok(from_file), Ok((config, channels))) => {
            Ok(Meaning { config, channels, settings: file_options::effective(&from_file) })
        }
        (from_file, loaded) => {
            let of = |errors: Option<ConfigErrors>| errors.map_or(Vec::new(), |errors| errors.0);
            let mut all = of(from_file.err());
            all.extend(of(loaded.err()));
            // In the order of the file; errors without a line first.
            all.sort_by_key(|error| error.location.line());
            Err(ConfigErrors(all))
        }
    }
}

fn error_count(name: Option<&str>, count: usize) -> String {
    let name = name.unwrap_or("the command line");
    format!("{name}: {count} error{}", if count == 1 { "" } else { "s" })
}

fn today() -> NaiveDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let now = i64::try_from(since).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    now.unwrap_or_default().date_naive()
}
