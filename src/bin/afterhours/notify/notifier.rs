//! The result of one delivery attempt, and the trait of channels.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::notify::limits::RateLimits;
use crate::notify::message::Message;

/// The result of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The service has it.
    Done {
        /// What the service said, for `notify test`: one short line without secrets.
        answer: String,
    },
    /// Not now, for example for the network or a rate limit.
    Later {
        /// Why, in one line without secrets.
        why: String,
        /// How long the service asks to wait.
        after: Option<Duration>,
    },
    /// The service will never accept it.
    Never {
        /// Why, in one line without secrets.
        why: String,
    },
}

impl Delivery {
    pub(crate) fn done(answer: impl Into<String>) -> Self {
        Delivery::Done { answer: answer.into() }
    }

    pub(crate) fn later(why: impl Into<String>) -> Self {
        Delivery::Later { why: why.into(), after: None }
    }

    pub(crate) fn never(why: impl Into<String>) -> Self {
        Delivery::Never { why: why.into() }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delivery::Done { answer } => write!(f, "delivered: {answer}"),
            Delivery::Later { why, .. } => write!(f, "to be retried: {why}"),
            Delivery::Never { why } => write!(f, "refused: {why}"),
        }
    }
}

/// One attempt under way.
pub(crate) type Attempt<'a> = Pin<Box<dyn Future<Output = Delivery> + Send + 'a>>;

/// A channel: a service that people receive notifications from. Tries once; never sleeps, retries or logs.
pub(crate) trait Notifier: fmt::Debug + Send + Sync {
    /// Tries to deliver. The same message may come again after an attempt whose outcome was not learned, even by another
    /// run of the program: where the service knows any handle to see that by, [`Message::key`] is in it.
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a>;

    /// How fast this service takes messages, unless the configuration says otherwise.
    fn limits(&self) -> RateLimits;

    /// Where the messages go, for people: a host, a channel's name, an address. No secret, no path of an address.
    fn target(&self) -> String;
}
