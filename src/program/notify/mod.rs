//! Telling people: what a notice says, and the channels it goes through. Knows no outbox and no schedule of attempts: whoever
//! holds a [`Notifier`] asks it to try once, and decides what becomes of it.
//!
//! ```text
//! Alert -> Notice -> Message (words) -> a channel's payload (pure) -> http or SMTP -> Delivery
//! ```

mod channels;
mod connection;
mod delivery;
mod digest;
mod http;
mod message;
mod notice;
mod pace;
mod pass;
mod samples;
mod secret;
mod settings;

pub(crate) use channels::webhook::SCHEMA as ALERT_SCHEMA;
pub(crate) use delivery::Delivery;
pub(crate) use digest::{Digest, key as digest_key};
pub(crate) use message::Message;
pub(crate) use notice::Notice;
pub(crate) use pace::{Quota, duration, shown as shown_duration};
pub(crate) use secret::Secret;
pub(crate) use settings::{Channel, Takes, fits, read};
