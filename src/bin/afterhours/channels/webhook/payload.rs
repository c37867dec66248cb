//! What a webhook receives, as JSON: the alert, and the CloudEvent around it. Pure. What may stand where is said in
//! `payload.schema.json`, for those who receive it.

use serde::Serialize;

use crate::notify::digest::{Counts, Digest};
use crate::notify::fact::rfc3339;
use crate::notify::message::Message;
use crate::notify::notification::{Kind, Notification};

/// The JSON Schema of the alert.
pub(crate) const SCHEMA: &str = include_str!("payload.schema.json");
/// The schema's name, `$id` there.
pub(super) const SCHEMA_ID: &str = "urn:afterhours:alert:1";
/// The form of the alert. Another set of fields, or another meaning of one, is another version.
const VERSION: u32 = 1;
/// How many names of a digest are counted by name; the number of all stands beside them.
const NAMES: usize = 25;

/// A message as one flat JSON object. What a record does not say is null; no field is ever left out.
#[derive(Debug, Serialize)]
pub(super) struct Alert<'a> {
    version: u32,
    kind: &'static str,
    key: &'a str,
    test: bool,
    title: String,
    severity: &'static str,
    #[serde(flatten)]
    about: About<'a>,
    why: String,
    what_to_do: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum About<'a> {
    SignIn(Box<SignIn<'a>>),
    Unreadable(Unreadable<'a>),
    Digest(Box<Many<'a>>),
}

#[derive(Debug, Serialize)]
struct SignIn<'a> {
    verdict: &'static str,
    reason: &'a str,
    cause: Option<&'a str>,
    schedule: &'a str,
    rule: Option<&'a str>,
    user: Option<&'a str>,
    role: Option<&'a str>,
    arn: Option<&'a str>,
    account: Option<&'a str>,
    identity_type: Option<&'a str>,
    outcome: &'a str,
    mfa: Option<bool>,
    time: Option<String>,
    local_time: Option<&'a str>,
    time_zone: &'a str,
    source_ip: Option<&'a str>,
    user_agent: Option<&'a str>,
    region: Option<&'a str>,
    event_id: Option<&'a str>,
    link: Option<String>,
}

#[derive(Debug, Serialize)]
struct Unreadable<'a> {
    verdict: &'static str,
    reason: &'a str,
    error: Option<&'a str>,
    line_number: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Many<'a> {
    count: u64,
    failures: u64,
    unreadable: u64,
    first: Option<String>,
    last: Option<String>,
    users: usize,
    accounts: usize,
    addresses: usize,
    by_user: Vec<Count<'a>>,
    by_account: Vec<Count<'a>>,
    by_address: Vec<Count<'a>>,
}

#[derive(Debug, Serialize)]
struct Count<'a> {
    name: &'a str,
    count: u64,
}

/// The fields of all three forms. A test holds them against the schema.
pub(super) const FIELDS: &[&str] = &[
    "version",
    "kind",
    "key",
    "test",
    "title",
    "severity",
    "why",
    "what_to_do", // of all
    "verdict",
    "reason",
    "cause",
    "schedule",
    "rule",
    "user",
    "role",
    "arn",
    "account",
    "identity_type", // of a sign-in
    "outcome",
    "mfa",
    "time",
    "local_time",
    "time_zone",
    "source_ip",
    "user_agent",
    "region",
    "event_id",
    "link",
    "error",
    "line_number", // of a line that cannot be read
    "count",
    "failures",
    "unreadable",
    "first",
    "last",
    "users",
    "accounts",
    "addresses", // of a digest
    "by_user",
    "by_account",
    "by_address",
];

impl<'a> Alert<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let (kind, about) = match message {
            Message::One(notification) if notification.kind == Kind::Unreadable => {
                ("unreadable", About::Unreadable(unreadable(notification)))
            }
            Message::One(notification) => {
                ("sign_in", About::SignIn(Box::new(sign_in(notification, message))))
            }
            Message::Digest(digest) => ("digest", About::Digest(Box::new(many(digest)))),
        };
        Alert {
            version: VERSION,
            kind,
            key: message.key(),
            test: message.is_test(),
            title: message.title(),
            severity: message.severity().as_str(),
            about,
            why: message.why(),
            what_to_do: message.next_steps(),
        }
    }
}

fn sign_in<'a>(notification: &'a Notification, message: &Message) -> SignIn<'a> {
    SignIn {
        verdict: if notification.kind == Kind::NoEventTime { "undecided" } else { "outside" },
        reason: &notification.reason,
        cause: notification.cause.as_deref(),
        schedule: &notification.schedule,
        rule: notification.rule.as_deref(),
        user: notification.user.as_deref(),
        role: notification.role.as_deref(),
        arn: notification.arn.as_deref(),
        account: notification.account.as_deref(),
        identity_type: notification.identity.as_deref(),
        outcome: &notification.outcome,
        mfa: notification.mfa,
        time: notification.event_time.and_then(rfc3339),
        local_time: notification.local_time.as_deref(),
        time_zone: &notification.time_zone,
        source_ip: notification.source_ip.as_deref(),
        user_agent: notification.user_agent.as_deref(),
        region: notification.region.as_deref(),
        event_id: notification.event_id.as_deref(),
        link: message.link(),
    }
}

fn unreadable(notification: &Notification) -> Unreadable<'_> {
    Unreadable {
        verdict: "undecided",
        reason: &notification.reason,
        error: notification.error.as_deref(),
        line_number: notification.line_number,
    }
}

fn named(counts: &Counts) -> Vec<Count<'_>> {
    counts.top(NAMES).into_iter().map(|(name, count)| Count { name, count }).collect()
}

fn many(digest: &Digest) -> Many<'_> {
    Many {
        count: digest.count,
        failures: digest.failures,
        unreadable: digest.unreadable,
        first: digest.first.and_then(rfc3339),
        last: digest.last.and_then(rfc3339),
        users: digest.users.len(),
        accounts: digest.accounts.len(),
        addresses: digest.addresses.len(),
        by_user: named(&digest.users),
        by_account: named(&digest.accounts),
        by_address: named(&digest.addresses),
    }
}

/// CloudEvents 1.0 in structured mode, <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>:
/// the alert is its `data`.
#[derive(Debug, Serialize)]
pub(super) struct CloudEvent<'a> {
    specversion: &'static str,
    /// With `source` it names the event: a receiver drops what it has seen.
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    datacontenttype: &'static str,
    dataschema: &'static str,
    data: Alert<'a>,
}

impl<'a> CloudEvent<'a> {
    pub(super) fn of(message: &'a Message, source: &'a str) -> Self {
        let data = Alert::of(message);
        CloudEvent {
            specversion: "1.0",
            id: message.key(),
            source,
            kind: format!("afterhours.{}", data.kind),
            subject: subject(message),
            time: message.event_time().and_then(rfc3339),
            datacontenttype: "application/json",
            dataschema: SCHEMA_ID,
            data,
        }
    }
}

/// Who it is about. Attributes, unlike data, hold no noncharacters: CloudEvents 1.0.2, section "Type System".
fn subject(message: &Message) -> Option<&str> {
    let subject = match message {
        Message::One(notification) => {
            notification.arn.as_deref().or(notification.user.as_deref()).or(notification.account.as_deref())
        }
        Message::Digest(digest) => digest.accounts.only(),
    };
    let noncharacter = |c: char| matches!(u32::from(c), 0xfdd0..=0xfdef) || u32::from(c) & 0xfffe == 0xfffe;
    subject.filter(|subject| !subject.is_empty() && !subject.contains(noncharacter))
}
