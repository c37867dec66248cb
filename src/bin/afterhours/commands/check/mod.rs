//! `afterhours check`: is this configuration right, and what does it mean? Says all that is wrong, not only the first thing.
//! Knows the configuration; reads no sign-ins.

mod findings;
mod json;
mod text;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate};

use crate::cli::common::HoursOptions;
use crate::cli::show::CheckOptions;
use crate::commands::check::findings::findings;
use crate::commands::settings;
use crate::sys::config_file;
use crate::sys::exit::Ending;
use crate::sys::messages::{print, say};

pub(crate) fn check(asked: &CheckOptions) -> anyhow::Result<Ending> {
    let file = asked.file.clone().or_else(|| asked.hours.config.clone());
    let options = HoursOptions { config: file, ..asked.hours.clone() };
    let data = settings::zone_data(&options.tzdata)?;
    let name = options.config.as_ref().map(|path| path.to_string_lossy().into_owned());
    let path = options.config.as_deref();
    let read = config_file::read(path, settings::written(&options), &data).and_then(|config| {
        let channels = crate::channels::read(path, None, &config)?;
        Ok((config, channels))
    });
    let (config, channels) = match read {
        Ok(read) => read,
        Err(errors) if asked.json => {
            print(&json::refused(name.as_deref(), &errors.0))?;
            return Err(anyhow!("{}", trouble(name.as_deref(), errors.0.len())));
        }
        Err(errors) => {
            errors.0.iter().for_each(|error| say(&error.to_string()));
            return Err(anyhow!("{}", trouble(name.as_deref(), errors.0.len())));
        }
    };
    let findings = findings(&config, today());
    let text = if asked.json {
        json::accepted(name.as_deref(), &config, &channels, &findings, &data)
    } else {
        text::text(name.as_deref(), &config, &channels, &findings, &data)
    };
    print(&text)?;
    match findings.failures.len() {
        0 => Ok(Ending::Complete),
        count => Err(anyhow!("{}", trouble(name.as_deref(), count))),
    }
}

fn trouble(name: Option<&str>, count: usize) -> String {
    let name = name.unwrap_or("the command line");
    match count {
        1 => format!("{name} is not right: one thing to mend"),
        count => format!("{name} is not right: {count} things to mend"),
    }
}

fn today() -> NaiveDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let now = i64::try_from(since).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    now.unwrap_or_default().date_naive()
}
