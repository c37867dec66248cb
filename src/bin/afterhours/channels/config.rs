//! `[notify.NAME]`: the channels of a configuration, each with whom it tells what, and how fast. Knows the keys that all
//! channels share; what is a channel's own it reads itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use afterhours::rules::Severity;

use crate::channels;
use crate::notify::connection::Connection;
use crate::notify::limits;
use crate::notify::limits::Pace;
use crate::notify::notification::{Kind, Notice};
use crate::notify::notifier::Notifier;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file;
use crate::sys::config_file::{
    Config, ConfigError, ConfigErrors, Location, Result, Spanned, Table, TomlValue,
};

/// The most channels there can be: a notice's channels are the bits of a number.
const MOST: usize = 64;
/// Events older than this notify nobody, unless the configuration says otherwise.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);
/// A notice that could not be delivered for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);

/// A channel, ready to be told things.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) name: String,
    /// `slack`, `email` and so on.
    pub(crate) kind: &'static str,
    pub(crate) takes: Takes,
    pub(crate) pace: Pace,
    /// How long a notice is tried before it is given up.
    pub(crate) give_up: Duration,
    pub(crate) notifier: Arc<dyn Notifier>,
}

/// Which notices a channel takes.
#[derive(Debug, Clone)]
pub(crate) struct Takes {
    pub(crate) min_severity: Severity,
    /// `success`, `failure`; an unknown outcome is always taken.
    pub(crate) only_outcome: Option<&'static str>,
    /// Schedules' names; all, if there are none.
    pub(crate) schedules: Vec<String>,
    pub(crate) rules: Vec<String>,
    /// `None` for events of any age.
    pub(crate) max_age: Option<Duration>,
    /// Lines that may be sign-ins and cannot be read.
    pub(crate) unreadable: bool,
}

impl Default for Takes {
    fn default() -> Self {
        Takes {
            min_severity: Severity::Info,
            only_outcome: None,
            schedules: Vec::new(),
            rules: Vec::new(),
            max_age: Some(MAX_AGE),
            unreadable: true,
        }
    }
}

impl Channel {
    /// In words what it takes and how fast: `high and graver, failures only; at most 20 per 10m, then digests`.
    pub(crate) fn says(&self) -> String {
        let takes = &self.takes;
        let mut words = match takes.min_severity {
            Severity::Info => vec!["all severities".to_owned()],
            Severity::Critical => vec!["critical".to_owned()],
            severity => vec![format!("{} and graver", severity.as_str())],
        };
        words.extend(takes.only_outcome.map(|outcome| format!("only {outcome}")));
        for (what, names) in [("schedule", &takes.schedules), ("rule", &takes.rules)] {
            if !names.is_empty() {
                words.push(format!("{what} {}", names.join(" or ")));
            }
        }
        words.push(match takes.max_age {
            Some(age) => format!("events up to {} old", limits::shown(age)),
            None => "events of any age".to_owned(),
        });
        if !takes.unreadable {
            words.push("no unreadable lines".to_owned());
        }
        let flood = match self.pace.flood {
            Some(quota) => format!("at most {quota}, then digests"),
            None => "never gathered into digests".to_owned(),
        };
        format!("{}; {flood}", words.join(", "))
    }
}

impl Takes {
    /// Whether the notice is for this channel. `now` in seconds since 1970. In doubt it is.
    pub(crate) fn take(&self, notice: &Notice, severity: Severity, now: i64) -> bool {
        if notice.kind == Kind::Unreadable {
            return self.unreadable && severity >= self.min_severity;
        }
        let old = match (self.max_age, notice.event_time) {
            (Some(age), Some(time)) => {
                now.saturating_sub(time) > i64::try_from(age.as_secs()).unwrap_or(i64::MAX)
            }
            _ => false,
        };
        let other_outcome =
            self.only_outcome.is_some_and(|only| notice.outcome != only && notice.outcome != "unknown");
        let named = |names: &[String], name: Option<&str>| {
            names.is_empty() || name.is_some_and(|name| names.iter().any(|known| known == name))
        };
        !old && !other_outcome
            && severity >= self.min_severity
            && named(&self.schedules, Some(&notice.schedule))
            && named(&self.rules, notice.rule.as_deref())
    }
}

/// What a channel's own reader needs to know beside its table.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where relative paths begin.
    pub(crate) beside: PathBuf,
    pub(crate) connection: Connection,
    /// Where the channel stands, for what is missing.
    pub(crate) location: Location,
}

impl Context {
    /// A secret that must be there.
    pub(crate) fn secret(&self, table: &mut Table<'_>, key: &'static str) -> Result<Secret> {
        self.optional_secret(table, key)?
            .ok_or_else(|| self.location.error(format!("{key} is missing; {}", secret::FORMS)))
    }

    pub(crate) fn optional_secret(&self, table: &mut Table<'_>, key: &'static str) -> Result<Option<Secret>> {
        let Some(item) = table.take(key) else { return Ok(None) };
        let text = item.text()?;
        Secret::named(&text.value, &self.beside).map(Some).map_err(|why| text.location.error(why))
    }

    /// A text that must be there and is no secret.
    pub(crate) fn text(&self, table: &mut Table<'_>, key: &'static str) -> Result<Spanned<String>> {
        self.optional_text(table, key)?.ok_or_else(|| self.location.error(format!("{key} is missing")))
    }

    pub(crate) fn optional_text(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
    ) -> Result<Option<Spanned<String>>> {
        match table.take(key).map(TomlValue::text).transpose()? {
            Some(text) if text.value.trim().is_empty() => Err(text.location.error("an empty text")),
            text => Ok(text),
        }
    }

    /// An address that is no secret, such as a service's own host; `default` where it is not said.
    pub(crate) fn base(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        default: &str,
    ) -> Result<reqwest::Url> {
        let (text, location) = match self.optional_text(table, key)? {
            Some(text) => (text.value, text.location),
            None => (default.to_owned(), self.location.clone()),
        };
        crate::notify::connection::url(&text, self.connection.insecure).map_err(|why| location.error(why))
    }

    /// An address that is a password as well, as the webhooks of chat services are; it may also stand there as it is, if
    /// `literal`. That it is an address is seen now; a file's is read again for every request.
    pub(crate) fn secret_url(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        literal: bool,
    ) -> Result<Secret> {
        self.optional_secret_url(table, key, literal)?
            .ok_or_else(|| self.location.error(format!("{key} is missing; {}", secret::FORMS)))
    }

    pub(crate) fn optional_secret_url(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        literal: bool,
    ) -> Result<Option<Secret>> {
        let Some(text) = self.optional_text(table, key)? else { return Ok(None) };
        let secret = if literal {
            secret::maybe(&text, &self.beside)
        } else {
            Secret::named(&text.value, &self.beside)
        };
        let secret = secret.map_err(|why| text.location.error(why))?;
        crate::notify::connection::secret_url(&secret, self.connection.insecure)
            .map_err(|why| text.location.error(why))?;
        Ok(Some(secret))
    }

    /// A client for this channel's requests.
    pub(crate) fn http(&self, secrets: Vec<Secret>) -> Result<crate::notify::http_client::Http> {
        crate::notify::http_client::Http::new(&self.connection, secrets)
            .map_err(|why| self.location.error(why))
    }
}

/// The channels of a configuration's file, and the one of `--webhook`. `known` is what the rest of the file means.
pub(crate) fn read(
    file: Option<&Path>,
    webhook: Option<&str>,
    known: &Config,
) -> Result<Vec<Channel>, ConfigErrors> {
    let mut errors = Vec::new();
    let mut channels: Vec<Channel> = Vec::new();
    if let Some(path) = file {
        let name = afterhours::sanitize::printable_path(path);
        let text = config_file::file_text(path).map_err(|why| Location::option(&name).error(why))?;
        let mut root = config_file::read_table(&name, text.strip_prefix('\u{feff}').unwrap_or(&text))?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let named = match root.take("notify").map(TomlValue::table) {
            Some(Ok(table)) => table.named(),
            Some(Err(error)) => return Err(error.into()),
            None => Vec::new(),
        };
        for (name, item) in named {
            match channel(name, item, beside, known, &mut errors) {
                Ok(channel) => channels.push(channel),
                Err(error) => errors.push(error),
            }
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
                takes: Takes::default(),
                pace: notifier.pace(),
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
/// would never be told anything again. Says why not.
pub(crate) fn fits(channels: &[Channel]) -> impl Fn(&Config) -> Result<(), String> + Send + use<> {
    let asked: Vec<(String, Takes)> =
        channels.iter().map(|channel| (channel.name.clone(), channel.takes.clone())).collect();
    move |config| {
        let there = [("schedule", schedules(config)), ("rule", rules(config))];
        for (channel, takes) in &asked {
            for ((what, there), asked) in there.iter().zip([&takes.schedules, &takes.rules]) {
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
    known: &Config,
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
    let connection = Connection::take(&mut table, beside)?;
    let takes = takes(&mut table, known)?;
    let mut own_pace = |key: &'static str| -> Result<Option<Option<limits::Quota>>> {
        let Some(text) = table.take(key).map(TomlValue::text).transpose()? else { return Ok(None) };
        match &*text.value {
            "off" => Ok(Some(None)),
            quota => match limits::quota(quota) {
                Some(quota) => Ok(Some(Some(quota))),
                None => Err(text.location.error("write \"20 per 10m\", \"1 per second\", or \"off\"")),
            },
        }
    };
    let (rate, flood) = (own_pace("rate")?, own_pace("flood")?);
    let give_up = time(&mut table, "give_up")?.unwrap_or(GIVE_UP);
    let context = Context { beside: beside.to_owned(), connection, location };
    let (kind, notifier) = channels::build(&kind, &mut table, &context)?;
    errors.extend(table.finish());
    let mut pace = notifier.pace();
    pace.rate = rate.unwrap_or(pace.rate);
    pace.flood = flood.unwrap_or(pace.flood);
    Ok(Channel { name, kind, takes, pace, give_up, notifier })
}

fn time(table: &mut Table<'_>, key: &'static str) -> Result<Option<Duration>> {
    let Some(text) = table.take(key).map(TomlValue::text).transpose()? else { return Ok(None) };
    let time = limits::duration(&text.value);
    time.map(Some).ok_or_else(|| text.location.error("a time is wanted, such as \"30m\", \"24h\" or \"3d\""))
}

fn takes(table: &mut Table<'_>, known: &Config) -> Result<Takes> {
    let mut takes = Takes::default();
    if let Some(text) = table.take("min_severity").map(TomlValue::text).transpose()? {
        takes.min_severity = text.value.parse().map_err(|()| {
            let words = Severity::ALL.map(Severity::as_str);
            text.location.error(format!("no severity{}", config_file::suggest(&text.value, &words)))
        })?;
    }
    if let Some(text) = table.take("only_outcome").map(TomlValue::text).transpose()? {
        takes.only_outcome = match &*text.value {
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
    let mut names = |key: &'static str, known: Vec<&str>, what: &str| -> Result<Vec<String>> {
        let texts = table.take(key).map(TomlValue::texts).transpose()?.unwrap_or_default();
        if let Some(text) = texts.iter().find(|text| !known.contains(&text.value.as_str())) {
            let hint = config_file::suggest(&text.value, &known);
            return Err(text.location.error(format!("no {what} {:?}{hint}", text.value)));
        }
        Ok(texts.into_iter().map(|text| text.value).collect())
    };
    takes.schedules = names("schedule", schedules(known), "schedule")?;
    takes.rules = names("rule", rules(known), "rule")?;
    if let Some(text) = table.take("max_age").map(TomlValue::text).transpose()? {
        takes.max_age = match &*text.value {
            "off" => None,
            age => Some(
                limits::duration(age)
                    .ok_or_else(|| text.location.error("a time is wanted, such as \"24h\", or \"off\""))?,
            ),
        };
    }
    if let Some(item) = table.take("unreadable") {
        takes.unreadable = item.flag()?;
    }
    Ok(takes)
}
