//! What a notification says, and what all channels share. Knows no outbox and no retries: a
//! [`Notifier`](notifier::Notifier) tries once, and its caller decides what happens next.
//!
//! ```text
//! Alert -> Notification -> Message (words) -> a channel's payload (pure) -> http or SMTP -> Delivery
//! ```

pub(crate) mod address_guard;
pub(crate) mod channel;
pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod digest;
pub(crate) mod fact;
pub(crate) mod http_auth;
pub(crate) mod http_client;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod notification;
pub(crate) mod notifier;
pub(crate) mod samples;
pub(crate) mod secret;

pub(crate) use crate::notify::digest::{Digest, key as digest_key};
pub(crate) use crate::notify::limits::{Rate, duration, duration_text};
pub(crate) use crate::notify::message::Message;
pub(crate) use crate::notify::notification::Notification;
pub(crate) use crate::notify::notifier::Delivery;
pub(crate) use crate::notify::secret::Secret;
