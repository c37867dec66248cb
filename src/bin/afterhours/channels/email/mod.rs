//! E-mail by a submission server: one mail to all recipients, in text and HTML. What a channel's table says, and what
//! becomes of one attempt.
//!
//! [`letter`] writes the mail, [`talk`] hands it over, [`page`] is its HTML part.

mod config;
mod footer;
mod html;
mod mime;
mod smtp;
mod starttls;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Quit;
use tokio::time::{Instant, timeout_at};

use crate::channels::email::mime::{Head, letter};
use crate::channels::email::smtp::{Failed, Heard, Route, Step, UNSURE, hand_over};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret;
use crate::sys::clock;

pub(crate) use crate::channels::email::config::build;

/// How many messages that reached some of their recipients are remembered.
const HALFWAY: usize = 256;
/// How long a server is given to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Email {
    head: Head,
    route: Route,
    /// Messages that some recipients have and others will be asked to take again, oldest first: their keys, and who has
    /// them. A new run does not know them any more; then those get the same mail twice, with the same Message-ID.
    halfway: Mutex<VecDeque<(String, Vec<Address>)>>,
}

impl Email {
    fn new(head: Head, route: Route) -> Self {
        Email { head, route, halfway: Mutex::default() }
    }

    /// Who has the message by an earlier attempt.
    fn accepted_before(&self, key: &str) -> Vec<Address> {
        let halfway = self.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        halfway
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, accepted_before)| accepted_before.clone())
            .unwrap_or_default()
    }

    /// Remembers who has the message; nobody, to forget it.
    fn remember(&self, key: &str, accepted_before: Vec<Address>) {
        let mut halfway = self.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        halfway.retain(|(known, _)| known != key);
        if !accepted_before.is_empty() {
            halfway.push_back((key.to_owned(), accepted_before));
        }
        if halfway.len() > HALFWAY {
            halfway.pop_front();
        }
    }

    async fn attempt(
        &self,
        message: &Message,
        step: &mut Step,
        open: &mut Option<AsyncSmtpConnection>,
    ) -> Result<Delivery, Failed> {
        let now = u64::try_from(clock::now_ms()).unwrap_or(0);
        let date = UNIX_EPOCH.checked_add(Duration::from_millis(now)).unwrap_or(SystemTime::UNIX_EPOCH);
        let mail = match letter(&self.head, message, date) {
            Ok(letter) => letter.formatted(),
            Err(why) => return Ok(Delivery::never(format!("no mail can be made of it: {why}"))),
        };
        let accepted_before = self.accepted_before(message.key());
        let all = self.head.to.iter().map(|mailbox| mailbox.email.clone());
        let missing: Vec<Address> = all.filter(|address| !accepted_before.contains(address)).collect();
        let connection = open.insert(self.route.open(step).await?);
        let from = &self.head.from.email;
        let Heard { answer, accepted, refused } = hand_over(connection, from, &missing, &mail, step).await?;
        let delivery = verdict(self.head.to.len(), &answer, &refused);
        let halfway = matches!(delivery, Delivery::Later { .. });
        let accepted_before =
            if halfway { accepted_before.into_iter().chain(accepted).collect() } else { Vec::new() };
        self.remember(message.key(), accepted_before);
        Ok(delivery)
    }

    /// Without secrets, in one line.
    fn redact(&self, delivery: Delivery) -> Delivery {
        let secrets = self.route.login.as_ref().map(smtp::Login::secrets).unwrap_or_default();
        let shown = |text: String| secret::redact(&text, &secrets);
        match delivery {
            Delivery::Done { answer } => Delivery::Done { answer: shown(answer) },
            Delivery::Later { why, after } => Delivery::Later { why: shown(why), after },
            Delivery::Never { why } => Delivery::Never { why: shown(why) },
        }
    }
}

impl Notifier for Email {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let end = Instant::now() + self.route.timeout;
            let (mut step, mut open) = ("before it began", None);
            let delivery = match timeout_at(end, self.attempt(message, &mut step, &mut open)).await {
                Ok(Ok(delivery)) => delivery,
                Ok(Err(failed)) if failed.code.is_none() && step == UNSURE => {
                    Failed { why: format!("{}, {step}", failed.why), ..failed }.delivery()
                }
                Ok(Err(failed)) => failed.delivery(),
                Err(_) => Delivery::later(format!("no answer in time, {step}")),
            };
            // What was decided is decided, whatever the server says to a goodbye, and if it says nothing.
            if let Some(mut connection) = open {
                let _ = timeout_at(end.min(Instant::now() + GOODBYE), connection.command(Quit)).await;
            }
            self.redact(delivery)
        })
    }

    fn limits(&self) -> RateLimits {
        // Microsoft 365, the strictest of the large ones: <https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits>.
        RateLimits::people(Rate::new(30, Duration::from_secs(60)))
    }

    fn target(&self) -> String {
        let to = &self.head.to;
        let first = to.first().map(|mailbox| mailbox.email.to_string()).unwrap_or_default();
        let more = if to.len() > 1 { format!(" and {} more", to.len() - 1) } else { String::new() };
        format!("{first}{more} by {}", self.route.server)
    }
}

/// What it means that `refused` of `all` recipients do not have the mail. Done only if none is: who is left out must be
/// heard of, or an address that died would leave somebody untold for months.
fn verdict(all: usize, answer: &str, refused: &[(Address, Failed)]) -> Delivery {
    if refused.is_empty() {
        return Delivery::done(answer);
    }
    let mut why: Vec<String> =
        refused.iter().take(3).map(|(address, failed)| format!("{address}: {}", failed.why)).collect();
    if refused.len() > 3 {
        why.push(format!("and {} more", refused.len() - 3));
    }
    let why = why.join("; ");
    let have = all.saturating_sub(refused.len());
    let why = if have == 0 { why } else { format!("{have} of {all} recipients have it; {why}") };
    if refused.iter().all(|(_, failed)| failed.is_final()) {
        Delivery::never(why)
    } else {
        Delivery::later(why)
    }
}

#[cfg(test)]
mod tests;
