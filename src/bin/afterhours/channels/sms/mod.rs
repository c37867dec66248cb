//! Text messages, by Twilio, Amazon SNS or Vonage: one request for each number, and a text that fits into one message.
//!
//! None of the services knows a handle by which it would see that it was asked before. So what is certain is remembered while
//! the program runs (see [`sent`]), and two things can still send a message twice: an answer that did not come in time, and
//! the end of the program between two numbers.

mod gsm7;
mod recipient;
mod recipient_log;
mod service;
mod sigv4;
mod sns;
mod text;
mod twilio;
mod vonage;

#[cfg(test)]
mod judges;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::channels::sms::recipient::Recipient;
use crate::channels::sms::recipient_log::Sent;
use crate::channels::sms::text::Room;
use crate::notify::context::Context;
use crate::notify::http_client::HttpClient;
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::sys::config_file::{Result, Spanned, Table, TomlValue, suggest};

const PROVIDERS: &[&str] = &["twilio", "sns", "vonage"];
/// What a topic's display name takes in front of a text: ten characters, `>` and a blank.
/// <https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html>
const DISPLAY_NAME: usize = 12;

#[derive(Debug)]
struct Sms {
    http: HttpClient,
    service: Service,
    to: Vec<Recipient>,
    room: Room,
    sent: Mutex<Sent>,
    /// For the whole attempt, of a request for each number.
    timeout: Duration,
}

#[derive(Debug)]
enum Service {
    Twilio(twilio::Twilio),
    Sns(sns::Sns),
    Vonage(vonage::Vonage),
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let provider = context.text(table, "provider")?;
    let segments = match table.take("segments") {
        None => 1,
        Some(item) => {
            let location = item.location.clone();
            match item.number()? {
                1 => 1,
                2 => 2,
                _ => {
                    return Err(
                        location.error("1 or 2 is wanted: how many messages one notification may take")
                    );
                }
            }
        }
    };
    let from = context.optional_text(table, "from")?.map(sender).transpose()?;
    let service = match &*provider.value {
        "twilio" => Service::Twilio(twilio::Twilio::read(table, context, from)?),
        "sns" => Service::Sns(sns::Sns::read(table, context, from)?),
        "vonage" => Service::Vonage(vonage::Vonage::read(table, context, from)?),
        other => {
            return Err(provider
                .location
                .error(format!("no provider of text messages{}", suggest(other, PROVIDERS))));
        }
    };
    let topic =
        if matches!(service, Service::Sns(_)) { context.optional_text(table, "topic_arn")? } else { None };
    let numbers = table.take("to").map(TomlValue::texts).transpose()?;
    let to = match (topic, numbers) {
        (Some(arn), None) => vec![topic_of(arn)?],
        (Some(arn), Some(_)) => {
            return Err(arn.location.error("to and topic_arn are there both; the topic has its numbers"));
        }
        (None, Some(numbers)) => recipients(&numbers, context)?,
        (None, None) => {
            return Err(context
                .location
                .error("to is missing: a list of numbers such as [\"+15552229999\"]"));
        }
    };
    let secrets = match &service {
        Service::Twilio(twilio) => twilio.secrets(),
        Service::Sns(sns) => sns.secrets(),
        Service::Vonage(vonage) => vonage.secrets(),
    };
    let reserved = if matches!(to[..], [Recipient::Topic(_)]) { DISPLAY_NAME } else { 0 };
    let http = context.http(secrets)?;
    let (room, sent, timeout) = (Room { segments, reserved }, Mutex::default(), context.connection.timeout);
    Ok(Arc::new(Sms { http, service, to, room, sent, timeout }))
}

impl Sms {
    async fn ask(&self, to: &Recipient, text: &str, key: &str) -> Delivery {
        match (&self.service, to) {
            (Service::Twilio(twilio), Recipient::Number(to) | Recipient::Topic(to)) => {
                twilio.send(&self.http, to, text).await
            }
            (Service::Sns(sns), to) => sns.send(&self.http, to, text).await,
            (Service::Vonage(vonage), Recipient::Number(to) | Recipient::Topic(to)) => {
                vonage.send(&self.http, to, text, key).await
            }
        }
    }
}

impl Notifier for Sms {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let (key, text) = (message.key(), text::text(message, self.room));
            // The lock is never held while a service is asked.
            let sent = || self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = sent().open(key, self.to.len());
            let began = Instant::now();
            for number in asked {
                let left = self.timeout.saturating_sub(began.elapsed());
                // A request that is broken off may still be a message, and would be sent again: none begins that has not half of
                // the time before it.
                let delivery = if left < self.timeout / 2 {
                    Delivery::later("not asked yet, the others took too long")
                } else {
                    let asked = tokio::time::timeout(left, self.ask(&self.to[number], &text, key));
                    asked.await.unwrap_or_else(|_| Delivery::later("no answer in time"))
                };
                // What keeps the service from taking this one keeps it from taking the next one now.
                if sent().note(key, number, delivery).is_break() {
                    break;
                }
            }
            sent().outcome(key, &self.to)
        })
    }

    /// All three take at least one message a second, and ten in ten minutes wake anybody.
    fn limits(&self) -> RateLimits {
        RateLimits {
            flood: Some(Rate::new(10, Duration::from_secs(600))),
            ..RateLimits::people(Rate::per_second(1))
        }
    }

    fn target(&self) -> String {
        let (name, region) = match &self.service {
            Service::Twilio(_) => ("Twilio", String::new()),
            Service::Sns(sns) => ("SNS", format!(" in {}", sns.region())),
            Service::Vonage(_) => ("Vonage", String::new()),
        };
        let to: Vec<String> = self.to.iter().map(Recipient::shown).collect();
        format!("{name}{region} to {}", to.join(", "))
    }
}

fn recipients(numbers: &[Spanned<String>], context: &Context) -> Result<Vec<Recipient>> {
    if numbers.is_empty() || numbers.len() > recipient_log::MOST {
        return Err(context
            .location
            .error(format!("to: from 1 to {} numbers are wanted", recipient_log::MOST)));
    }
    let mut recipients = Vec::new();
    for text in numbers {
        if !is_e164(&text.value) {
            let what = "no number as E.164 wants it: `+`, the country's code, and the rest in digits alone, such as \"+15552229999\"";
            return Err(text.location.error(format!("{:?} is {what}", text.value)));
        }
        let recipient = Recipient::Number(text.value.clone());
        if recipients.contains(&recipient) {
            return Err(text.location.error(format!("{} is there twice", text.value)));
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}

/// ITU-T E.164: at most 15 digits, of which the first is none of a trunk's prefix. Fewer than 7 reach nobody.
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Who a message is from: a number, a short code, or a name of up to eleven characters with a letter among them.
fn sender(text: Spanned<String>) -> Result<Spanned<String>> {
    let from = text.value.as_str();
    let short = (3..=8).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" -_&+".contains(&b);
    let name = from.len() <= 11 && from.bytes().all(plain) && from.bytes().any(|b| b.is_ascii_alphabetic());
    if is_e164(from) || short || name {
        return Ok(text);
    }
    Err(text.location.error(
        "a number such as \"+15552229999\", a short code, or a name of up to 11 letters and digits is wanted",
    ))
}

fn topic_of(arn: Spanned<String>) -> Result<Recipient> {
    let parts: Vec<&str> = arn.value.split(':').collect();
    match parts[..] {
        ["arn", _, "sns", _, _, name] if name.ends_with(".fifo") => {
            Err(arn.location.error("a FIFO topic reaches no telephones; make a standard one"))
        }
        ["arn", _, "sns", _, _, name] if !name.is_empty() => Ok(Recipient::Topic(arn.value)),
        _ => Err(arn
            .location
            .error("the ARN of a topic is wanted, such as \"arn:aws:sns:us-east-1:111122223333:on-call\"")),
    }
}
