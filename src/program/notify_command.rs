//! `afterhours notify`: tries the channels, and looks after the outbox.

use std::fmt::Write as _;

use anyhow::anyhow;

use super::cli_notify::{About, NotifyCommand};
use super::notify::{self, Channel, Delivery, Message, Notice};
use super::run::Ending;
use super::{clock, print, settings};

pub(crate) fn run(command: &NotifyCommand) -> anyhow::Result<Ending> {
    match command {
        NotifyCommand::Test { name, about } => test(&channels(about)?, name.as_deref()),
    }
}

/// The channels that the options name.
fn channels(about: &About) -> anyhow::Result<Vec<Channel>> {
    let data = settings::zone_data(&about.hours.tzdata)?;
    let config = settings::config(&about.hours, &data)?;
    let channels = notify::read(about.hours.config.as_deref(), about.notify.webhook.as_deref(), &config)?;
    if channels.is_empty() {
        return Err(anyhow!(
            "no channel is configured; write [notify.NAME] into the configuration, or give --webhook"
        ));
    }
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
    let message = Message::One(Box::new(Notice::test(clock::now_ms() / 1000)));
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
    Ok(ending)
}
