//! The channels: one file each, and here the list of them. A new one is a file, a line in [`build`], and a page in the guide.

use std::sync::Arc;

use super::delivery::Notifier;
use super::settings::Context;
use crate::program::config::{Read, Table, Text, suggest};

mod alertmanager;
mod chat;
mod discord;
mod email;
mod fields;
mod opsgenie;
mod pagerduty;
mod servicenow;
mod slack;
mod sms;
mod teams;
pub(super) mod webhook;
mod zendesk;

/// What reads a channel's own keys.
type Build = fn(&mut Table<'_>, &Context) -> Read<Arc<dyn Notifier>>;

const CHANNELS: &[(&str, Build)] = &[
    ("webhook", webhook::build),
    ("slack", slack::build),
    ("pagerduty", pagerduty::build),
    ("servicenow", servicenow::build),
    ("zendesk", zendesk::build),
    ("email", email::build),
    ("sms", sms::build),
    ("alertmanager", alertmanager::build),
    ("teams", teams::build),
    ("discord", discord::build),
    ("opsgenie", opsgenie::build),
];

/// The words for `type`.
pub(super) fn kinds() -> Vec<&'static str> {
    CHANNELS.iter().map(|(kind, _)| *kind).collect()
}

/// The channel of a type, by its table.
pub(super) fn build(
    kind: &Text,
    table: &mut Table<'_>,
    context: &Context,
) -> Read<(&'static str, Arc<dyn Notifier>)> {
    match CHANNELS.iter().find(|(known, _)| *known == kind.text) {
        Some((known, build)) => Ok((known, build(table, context)?)),
        None => {
            Err(kind.place.refuse(format!("no channel is of that type{}", suggest(&kind.text, &kinds()))))
        }
    }
}

/// The servers of the tests of the whole program, for tests that send one message several times.
#[cfg(test)]
#[path = "../../../../tests/notify/server.rs"]
#[allow(dead_code, reason = "the other tests use all of it")]
mod server;
#[cfg(test)]
#[path = "../../../../tests/notify/servicenow_simulator.rs"]
#[allow(dead_code, reason = "the other tests use all of it")]
mod servicenow_simulator;
