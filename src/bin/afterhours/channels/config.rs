//! `[notify.NAME]`: the channels of a configuration, each with whom it tells what, and how fast. Knows the keys that all
//! channels share; what is a channel's own it reads itself.

use std::path::Path;
use std::time::Duration;

use afterhours::rules::Severity;

use crate::channels;
use crate::notify::channel::{Channel, ChannelFilter};
use crate::notify::connection::Connection;
use crate::notify::context::Context;
use crate::notify::limits;
use crate::sys::config_file;
use crate::sys::config_file::{
    Config, ConfigError, ConfigErrors, Location, Result, Spanned, Table, TomlValue,
};

/// The most channels there can be: a notification's channels are the bits of a number.
const MOST: usize = 64;
/// A notification that could not be delivered for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);

/// The channels of `[notify]`, and the one of `--webhook`. `known` is what the rest of the file means, if it could be read.
pub(crate) fn read(
    section: Option<TomlValue<'_>>,
    beside: &Path,
    webhook: Option<&str>,
    known: Option<&Config>,
) -> Result<Vec<Channel>, ConfigErrors> {
    let mut errors = Vec::new();
    let mut channels: Vec<Channel> = Vec::new();
    let named = match section.map(TomlValue::table).transpose()? {
        Some(table) => table.named(),
        None => Vec::new(),
    };
    for (name, item) in named {
        match channel(name, item, beside, known, &mut errors) {
            Ok(channel) => channels.push(channel),
            Err(error) => errors.push(error),
        }
    }
    if let Some(url) = webhook {
        let location = Location::option("--webhook");
        if let Some(taken) = channels.iter().find(|channel| channel.name == "webhook") {
            errors.push(
                location.error(format!("the configuration has a channel {} already; rename it", taken.name)),
            );
        }
        let text = Spanned { value: url.to_owned(), location };
        match channels::webhook::given(text) {
            Ok(notifier) => channels.push(Channel {
                name: "webhook".to_owned(),
                kind: "webhook",
                filter: ChannelFilter::default(),
                limits: notifier.limits(),
                give_up: GIVE_UP,
                notifier,
            }),
            Err(error) => errors.push(error),
        }
    }
    if channels.len() > MOST {
        errors.push(Location::option("notify").error(format!("more than {MOST} channels")));
    }
    if errors.is_empty() { Ok(channels) } else { Err(ConfigErrors(errors)) }
}

/// Whether channels that are at work can go on with another configuration: one that asks for a schedule which is not there
/// would never get a notification again. Says why not.
pub(crate) fn fits(channels: &[Channel]) -> impl Fn(&Config) -> Result<(), String> + Send + use<> {
    let asked: Vec<(String, ChannelFilter)> =
        channels.iter().map(|channel| (channel.name.clone(), channel.filter.clone())).collect();
    move |config| {
        let there = [("schedule", schedules(config)), ("rule", rules(config))];
        for (channel, filter) in &asked {
            for ((what, there), asked) in there.iter().zip([&filter.schedules, &filter.rules]) {
                if let Some(name) = asked.iter().find(|name| !there.contains(&name.as_str())) {
                    return Err(format!(
                        "channel {channel} asks for the {what} {name:?}, which is not there any more; channels change at the \
                         next start"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn schedules(config: &Config) -> Vec<&str> {
    config.schedules.iter().map(|described| described.schedule.name()).collect()
}

fn rules(config: &Config) -> Vec<&str> {
    config.rules.rules().iter().map(|rule| rule.name.as_str()).collect()
}

fn channel(
    name: String,
    item: TomlValue<'_>,
    beside: &Path,
    known: Option<&Config>,
    errors: &mut Vec<ConfigError>,
) -> Result<Channel> {
    let location = item.location.clone();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(location.error("a channel's name is up to 64 letters, digits, `-`, `_` and `.`"));
    }
    let mut table = item.table()?;
    let Some(kind) = table.take("type").map(TomlValue::text).transpose()? else {
        return Err(location.error(format!("type is missing; it is one of {}", channels::kinds().join(", "))));
    };
    // One error does not hide the next: go on with defaults, and nothing is started.
    let connection = or_default(Connection::take(&mut table, beside), errors);
    let filter = or_default(filter(&mut table, known), errors);
    let mut own_limit = |key: &'static str| -> Result<Option<Option<limits::Rate>>> {
        let Some(text) = table.take(key).map(TomlValue::text).transpose()? else { return Ok(None) };
        match &*text.value {
            "off" => Ok(Some(None)),
            rate => match limits::rate(rate) {
                Some(rate) => Ok(Some(Some(rate))),
                None => Err(text.location.error("write \"20 per 10m\", \"1 per second\", or \"off\"")),
            },
        }
    };
    let (rate, flood) = (or_default(own_limit("rate"), errors), or_default(own_limit("flood"), errors));
    let give_up = or_default(time(&mut table, "give_up"), errors).unwrap_or(GIVE_UP);
    let context = Context { beside: beside.to_owned(), connection, location };
    let (kind, notifier) = channels::build(&kind, &mut table, &context)?;
    errors.extend(table.finish());
    let mut channel_limits = notifier.limits();
    channel_limits.rate = rate.unwrap_or(channel_limits.rate);
    channel_limits.flood = flood.unwrap_or(channel_limits.flood);
    Ok(Channel { name, kind, filter, limits: channel_limits, give_up, notifier })
}

fn or_default<T: Default>(read: Result<T>, errors: &mut Vec<ConfigError>) -> T {
    read.unwrap_or_else(|error| {
        errors.push(error);
        T::default()
    })
}

fn time(table: &mut Table<'_>, key: &'static str) -> Result<Option<Duration>> {
    let Some(text) = table.take(key).map(TomlValue::text).transpose()? else { return Ok(None) };
    let time = limits::duration(&text.value);
    time.map(Some).ok_or_else(|| text.location.error("a time is wanted, such as \"30m\", \"24h\" or \"3d\""))
}

fn filter(table: &mut Table<'_>, known: Option<&Config>) -> Result<ChannelFilter> {
    let mut filter = ChannelFilter::default();
    if let Some(text) = table.take("min_severity").map(TomlValue::text).transpose()? {
        filter.min_severity = text.value.parse().map_err(|()| {
            let words = Severity::ALL.map(Severity::as_str);
            text.location.error(format!("no severity{}", config_file::suggest(&text.value, &words)))
        })?;
    }
    if let Some(text) = table.take("only_outcome").map(TomlValue::text).transpose()? {
        filter.only_outcome = match &*text.value {
            "success" => Some("success"),
            "failure" => Some("failure"),
            "any" => None,
            other => {
                let words = ["success", "failure", "any"];
                return Err(text
                    .location
                    .error(format!("no outcome{}", config_file::suggest(other, &words))));
            }
        };
    }
    let mut names = |key: &'static str, known: Option<Vec<&str>>, what: &str| -> Result<Vec<String>> {
        let texts = table.take(key).map(TomlValue::texts).transpose()?.unwrap_or_default();
        if let Some(known) = known
            && let Some(text) = texts.iter().find(|text| !known.contains(&text.value.as_str()))
        {
            let hint = config_file::suggest(&text.value, &known);
            return Err(text.location.error(format!("no {what} {:?}{hint}", text.value)));
        }
        Ok(texts.into_iter().map(|text| text.value).collect())
    };
    filter.schedules = names("schedule", known.map(schedules), "schedule")?;
    filter.rules = names("rule", known.map(rules), "rule")?;
    if let Some(text) = table.take("max_age").map(TomlValue::text).transpose()? {
        filter.max_age = match &*text.value {
            "off" => None,
            age => Some(
                limits::duration(age)
                    .ok_or_else(|| text.location.error("a time is wanted, such as \"24h\", or \"off\""))?,
            ),
        };
    }
    if let Some(item) = table.take("unreadable") {
        filter.unreadable = item.flag()?;
    }
    Ok(filter)
}
