//! The channels: one file each, and here the list of them. A new one is a file, a line in [`build`], and a page in the guide.

use std::sync::Arc;

use super::delivery::Notifier;
use super::settings::Context;
use crate::program::config::{Read, Table, Text, suggest};

mod email;
pub(super) mod webhook;

/// What reads a channel's own keys.
type Build = fn(&mut Table<'_>, &Context) -> Read<Arc<dyn Notifier>>;

const CHANNELS: &[(&str, Build)] = &[("webhook", webhook::build), ("email", email::build)];

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
