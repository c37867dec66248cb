//! `afterhours notify`: tries the channels, and looks after the outbox.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};

use crate::cli::notify::{About, NotifyCommand};
use crate::commands::settings;
use crate::dispatch::dispatcher::Dispatcher;
use crate::notify::channel::Channel;
use crate::notify::{Delivery, Message, Notification, duration_text};
use crate::outbox;
use crate::outbox::{Dead, OutboxAdmin, State};
use crate::sys::clock;
use crate::sys::config_file::Document;
use crate::sys::exit::Ending;
use crate::sys::messages::{counted, print, say};

pub(crate) fn run(command: &NotifyCommand, document: Document<'_>) -> anyhow::Result<Ending> {
    match command {
        NotifyCommand::Test { name, about } => {
            let channels = channels(about, document)?;
            if channels.is_empty() {
                return Err(anyhow!(
                    "no channel is configured; write [notify.NAME] into the configuration, or give --webhook"
                ));
            }
            test(&channels, name.as_deref())
        }
        NotifyCommand::Status { json, about } => status(about, *json, document),
        NotifyCommand::Retry { name, drain, about } => retry(about, name.as_deref(), *drain, document),
        NotifyCommand::Dead { name, json, about } => dead(about, name.as_deref(), *json),
        NotifyCommand::Purge { name, pending, delivered, dead, older, about } => {
            let mut states = Vec::new();
            for (asked, state) in
                [(*pending, State::Pending), (*delivered, State::Delivered), (*dead, State::Dead)]
            {
                states.extend(asked.then_some(state));
            }
            if states.is_empty() {
                states.push(State::Dead);
            }
            purge(about, name.as_deref(), &states, *older)
        }
    }
}

/// The channels that the options name.
fn channels(about: &About, document: Document<'_>) -> anyhow::Result<Vec<Channel>> {
    let data = settings::zone_data(&about.hours.tzdata)?;
    let (_, channels) = settings::load(document, &about.hours, about.notify.webhook.as_deref(), &data)?;
    Ok(channels)
}

fn test(channels: &[Channel], name: Option<&str>) -> anyhow::Result<Ending> {
    let chosen: Vec<&Channel> =
        channels.iter().filter(|channel| name.is_none_or(|name| channel.name == name)).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        return Err(anyhow!("no channel {:?}; known here: {}", name.unwrap_or_default(), known.join(", ")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let message = Message::One(Box::new(Notification::test(clock::now_ms() / 1000)));
    let mut ending = Ending::Complete;
    for channel in chosen {
        let Channel { name, kind, notifier, .. } = channel;
        let mut line = format!("{name} ({kind}, {}): ", notifier.target());
        let _ = match runtime.block_on(notifier.send(&message)) {
            Delivery::Done { answer } => writeln!(line, "delivered: {answer}"),
            Delivery::Later { why, after } => {
                ending = Ending::Incomplete;
                let wait = after
                    .map(|after| format!(" (it asks to wait {} s)", after.as_secs()))
                    .unwrap_or_default();
                writeln!(line, "not delivered; it would be tried again: {why}{wait}")
            }
            Delivery::Never { why } => {
                ending = Ending::Incomplete;
                writeln!(line, "not delivered, and it would not be tried again: {why}")
            }
        };
        print(&line)?;
    }
    runtime.shutdown_background();
    Ok(ending)
}

fn directory(about: &About) -> PathBuf {
    about.notify.outbox.clone().unwrap_or_else(outbox::default_directory)
}

/// The outbox, looked into from outside. Refuses a channel that it does not know.
fn report(about: &About, name: Option<&str>) -> anyhow::Result<OutboxAdmin> {
    let directory = directory(about);
    let shown = directory.display();
    let opened =
        OutboxAdmin::open(&directory).with_context(|| format!("the outbox {shown} cannot be opened"))?;
    let Some(report) = opened else {
        return Err(anyhow!(
            "there is no outbox in {shown}; --outbox names the directory that the filter uses"
        ));
    };
    if let Some(name) = name
        && !report.knows(name)?
    {
        return Err(anyhow!("the outbox {shown} knows no channel {name:?}"));
    }
    Ok(report)
}

fn status(about: &About, as_json: bool, document: Document<'_>) -> anyhow::Result<Ending> {
    let channels = channels(about, document)?;
    let configured: BTreeMap<&str, &Channel> =
        channels.iter().map(|channel| (channel.name.as_str(), channel)).collect();
    let directory = directory(about);
    let counts =
        match OutboxAdmin::open(&directory).with_context(|| format!("the outbox {}", directory.display()))? {
            Some(report) => report.counts()?,
            None => Vec::new(),
        };
    let now = clock::now_ms();
    let age = |since: i64| Duration::from_secs(u64::try_from(now.saturating_sub(since) / 1000).unwrap_or(0));
    let of = |name: &str| configured.get(name).map(|channel| (channel.kind, channel.notifier.target()));
    let unseen = channels.iter().filter(|channel| counts.iter().all(|known| known.channel != channel.name));
    let unseen =
        unseen.map(|channel| outbox::Counts { channel: channel.name.clone(), ..outbox::Counts::default() });
    let all: Vec<outbox::Counts> = counts.iter().cloned().chain(unseen).collect();
    if as_json {
        let each = |counts: &outbox::Counts| {
            let (kind, target) = of(&counts.channel).unzip();
            json!({
                "channel": counts.channel, "type": kind, "target": target, "configured": kind.is_some(),
                "pending": counts.pending, "delivered": counts.delivered, "dead": counts.dead,
                "oldest_pending_seconds": counts.oldest.map(|oldest| age(oldest).as_secs()),
                "last_error": counts.error,
            })
        };
        let channels: Vec<Value> = all.iter().map(each).collect();
        let status = json!({ "outbox": directory.display().to_string(), "channels": channels });
        print(&format!("{status}\n"))?;
        return Ok(Ending::Complete);
    }
    let mut text = format!("outbox {}\n", directory.display());
    if all.is_empty() {
        text.push_str("no channels\n");
    }
    for counts in &all {
        let what = match of(&counts.channel) {
            Some((kind, target)) => format!("{kind}, {target}"),
            None => {
                "not configured any more; `notify purge --pending` deletes what is pending for it".to_owned()
            }
        };
        let _ = writeln!(text, "{} ({what})", counts.channel);
        let oldest = counts
            .oldest
            .map(|oldest| format!(", the oldest for {}", rough(age(oldest))))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  {} pending{oldest}; {} delivered in the last days; {} dead",
            counts.pending, counts.delivered, counts.dead
        );
        if let Some(error) = &counts.error {
            let _ = writeln!(text, "  last error: {error}");
        }
    }
    print(&text)?;
    Ok(Ending::Complete)
}

/// The largest unit that says enough: `3h` rather than `11042s`.
fn rough(age: Duration) -> String {
    let seconds = age.as_secs();
    let unit = match seconds {
        0..120 => 1,
        120..7200 => 60,
        7200..172_800 => 3600,
        _ => 86_400,
    };
    duration_text(Duration::from_secs(seconds / unit * unit))
}

fn retry(
    about: &About,
    name: Option<&str>,
    drain: Duration,
    document: Document<'_>,
) -> anyhow::Result<Ending> {
    let channels = channels(about, document)?;
    let revived = report(about, name)?.retry(name, clock::now_ms())?;
    print(&format!("{} pending again\n", counted(revived as u64, "notification")))?;
    // If a filter is running, its delivery thread sees them within seconds.
    let Some(directory) = outbox::OutboxDir::take_if_free(&directory(about))? else {
        print("a filter runs on this outbox; it delivers them\n")?;
        return Ok(Ending::Complete);
    };
    if channels.is_empty() {
        say("no channel is configured, so nothing is delivered now; name the configuration with -c");
        return Ok(Ending::Incomplete);
    }
    let stats = Dispatcher::over(directory, channels)?.close(drain);
    print(&format!(
        "{} delivered, {} dead-lettered, {} pending\n",
        stats.delivered, stats.dead, stats.pending
    ))?;
    Ok(if stats.dead + stats.pending == 0 { Ending::Complete } else { Ending::Incomplete })
}

fn dead(about: &About, name: Option<&str>, as_json: bool) -> anyhow::Result<Ending> {
    let report = report(about, name)?;
    let mut none = true;
    report.each_dead(name, |dead: Dead| {
        none = false;
        let notification: Notification = serde_json::from_slice(&dead.body).unwrap_or_default();
        if as_json {
            let line = json!({
                "channel": dead.channel, "attempts": dead.attempts, "died": outbox::time(dead.changed),
                "error": dead.error, "notice": notification,
            });
            return print(&format!("{line}\n"));
        }
        let title = Message::One(Box::new(notification)).title();
        print(&format!(
            "{} {}: {title}\n  after {} attempts: {}\n",
            outbox::time(dead.changed),
            dead.channel,
            dead.attempts,
            dead.error
        ))
    })?;
    if none && !as_json {
        print("none\n")?;
    }
    Ok(Ending::Complete)
}

fn purge(
    about: &About,
    name: Option<&str>,
    states: &[State],
    older: Option<Duration>,
) -> anyhow::Result<Ending> {
    let report = report(about, name)?;
    let age = older.map_or(0, |older| i64::try_from(older.as_millis()).unwrap_or(i64::MAX));
    // Without --older, notifications made while the clock was wrong are deleted too.
    let before = if older.is_some() { clock::now_ms().saturating_sub(age) } else { i64::MAX };
    let mut purged = 0;
    for state in states {
        purged += report.purge(*state, name, before)?;
    }
    print(&format!("{} deleted\n", counted(purged as u64, "notification")))?;
    Ok(Ending::Complete)
}
