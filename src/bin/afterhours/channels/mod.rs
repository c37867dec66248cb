//! The channels: one file each, and here the list of them. A new one is a file, a line in [`build`], and a page in the guide.

use std::sync::Arc;

use crate::notify::context::Context;
use crate::notify::notifier::Notifier;
use crate::sys::config_file::{Result, Spanned, Table, suggest};

mod chat;
mod email;
mod fields;
mod sms;
pub(crate) mod webhook;

pub(crate) mod config;
pub(crate) mod paging;
pub(crate) mod ticketing;

pub(crate) use self::config::{fits, read};
pub(crate) use self::webhook::SCHEMA as ALERT_SCHEMA;

/// What reads a channel's own keys.
type Build = fn(&mut Table<'_>, &Context) -> Result<Arc<dyn Notifier>>;

const CHANNELS: &[(&str, Build)] = &[
    ("webhook", webhook::build),
    ("slack", chat::slack::build),
    ("pagerduty", paging::pagerduty::build),
    ("servicenow", ticketing::servicenow::build),
    ("zendesk", ticketing::zendesk::build),
    ("email", email::build),
    ("sms", sms::build),
    ("alertmanager", paging::alertmanager::build),
    ("teams", chat::teams::build),
    ("discord", chat::discord::build),
    ("opsgenie", paging::opsgenie::build),
];

/// The words for `type`.
pub(crate) fn kinds() -> Vec<&'static str> {
    CHANNELS.iter().map(|(kind, _)| *kind).collect()
}

/// The channel of a type, by its table.
pub(crate) fn build(
    kind: &Spanned<String>,
    table: &mut Table<'_>,
    context: &Context,
) -> Result<(&'static str, Arc<dyn Notifier>)> {
    match CHANNELS.iter().find(|(known, _)| *known == kind.value) {
        Some((known, build)) => Ok((known, build(table, context)?)),
        None => {
            Err(kind.location.error(format!("no channel is of that type{}", suggest(&kind.value, &kinds()))))
        }
    }
}
