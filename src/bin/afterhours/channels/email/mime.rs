//! A message as a mail: its headers, a text part and an HTML part. Pure: the caller brings the date. Knows no server.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, MultiPart, SinglePart};
use sha2::{Digest as _, Sha256};

use crate::channels::email::footer::footer;
use crate::channels::email::html::page;
use crate::notify::message::Message;
use crate::notify::notification::hex;

use afterhours::rules::Severity;

/// What the mails of a channel have in common.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) from: Mailbox,
    /// At least one.
    pub(super) to: Vec<Mailbox>,
    pub(super) reply_to: Option<Mailbox>,
    /// Stands before every subject.
    pub(super) prefix: Option<String>,
    pub(super) thread: Thread,
}

/// Which mails belong together in a reader's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thread {
    Off,
    /// All of one UTC day.
    Day,
    /// All of one account and UTC day.
    Account,
}

/// The mail of a message. `date` is when it is sent.
pub(super) fn letter(head: &Head, message: &Message, date: SystemTime) -> Result<lettre::Message, String> {
    let domain = head.from.email.domain();
    let addresses = head.to.iter().map(|mailbox| mailbox.email.clone()).collect();
    let envelope =
        Envelope::new(Some(head.from.email.clone()), addresses).map_err(|error| error.to_string())?;
    let own = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    let severity = message.severity();
    let mut builder = lettre::Message::builder()
        .envelope(envelope)
        .date(in_bounds(date))
        .header(header::From::from(Mailboxes::from(head.from.clone())))
        // All at once: joining them one by one, lettre reads back what it wrote, and drops what it cannot read.
        .header(header::To::from(Mailboxes::from(head.to.clone())))
        .raw_header(subject(&subject_of(head, message)))
        // The same on every attempt, so that whoever gets a mail twice sees that it is one.
        .message_id(Some(format!("<{}@{domain}>", message.key())))
        // No holiday answers: RFC 3834, section 5, and [MS-OXCMAIL], 2.1.3.2.20, for Exchange.
        .raw_header(own("Auto-Submitted", "auto-generated"))
        .raw_header(own("X-Auto-Response-Suppress", "All"))
        .raw_header(own("X-Afterhours-Severity", severity.as_str()));
    if severity >= Severity::High {
        builder = builder.raw_header(own("Importance", "high"));
    }
    if let Some(reply_to) = &head.reply_to {
        builder = builder.header(header::ReplyTo::from(Mailboxes::from(reply_to.clone())));
    }
    if let Some(root) = root(head, message) {
        let root = format!("<{root}@{domain}>");
        builder = builder.in_reply_to(root.clone()).references(root);
    }
    // "=_" stands in no quoted-printable and in no base64 text (RFC 2045, section 6.7), so no value can end a part.
    let parts = MultiPart::alternative()
        .boundary(format!("=_{}", message.key()))
        .singlepart(SinglePart::plain(text(message)))
        .singlepart(SinglePart::html(page(message)));
    builder.multipart(parts).map_err(|error| error.to_string())
}

/// lettre ends the program at dates outside what an HTTP date can say.
fn in_bounds(date: SystemTime) -> SystemTime {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    date.clamp(SystemTime::UNIX_EPOCH, last)
}

/// `[prod] [high] After-hours console sign-in: anaya (111122223333)`
fn subject_of(head: &Head, message: &Message) -> String {
    let prefix = head.prefix.as_ref().map(|prefix| format!("{prefix} ")).unwrap_or_default();
    format!("{prefix}[{}] {}", message.severity().as_str(), message.title())
}

/// The header of a subject. A text in plain ASCII goes as it is, all else in encoded words: RFC 2047. So does what looks like
/// an encoded word itself, which lettre would let through: a user's name must not be decoded into something else.
fn subject(text: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("=?");
    if plain {
        return HeaderValue::new(name, text.to_owned());
    }
    // An encoded word is at most 75 characters long, and a character is not split between two: 45 bytes make 60.
    let mut words: Vec<String> = vec![String::new()];
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= 45 => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect();
    HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), words.join("\r\n "))
}

/// The identifier of a mail that was never sent, to which all of a thread answer: mail programs put them together by that.
fn root(head: &Head, message: &Message) -> Option<String> {
    if head.thread == Thread::Off || message.is_test() {
        return None;
    }
    let day = DateTime::from_timestamp(message.event_time()?, 0)?.format("%Y-%m-%d");
    if head.thread == Thread::Day {
        return Some(format!("afterhours.{day}"));
    }
    // The account is a text of the record, and no part of a header as it is.
    let account = hex(&Sha256::digest(message.account().unwrap_or_default())[..8]);
    Some(format!("afterhours.{day}.{account}"))
}

fn text(message: &Message) -> String {
    format!("{}\n{}\n", message.text(), footer(message))
}

#[cfg(test)]
mod tests;
