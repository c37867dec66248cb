//! A message: a notification, or a digest of many, in words. The vocabulary that all channels share; each gives it its own form.
//! Pure.

use std::fmt::Write as _;

use afterhours::rules::Severity;
use chrono::DateTime;

use crate::notify::digest::Digest;
use crate::notify::fact::{Fact, utc};
use crate::notify::notification::{Kind, Notification, cut};

/// What is sent at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// One sign-in.
    One(Box<Notification>),
    /// Many, counted.
    Digest(Box<Digest>),
}

impl Message {
    /// 32 hexadecimal digits: the same on every attempt, different for every other message. For the services' idempotency
    /// keys, deduplication keys, correlation identifiers and Message-IDs.
    pub(crate) fn key(&self) -> &str {
        match self {
            Message::One(notification) => &notification.key,
            Message::Digest(digest) => &digest.key,
        }
    }

    pub(crate) fn severity(&self) -> Severity {
        let word = match self {
            Message::One(notification) => &notification.severity,
            Message::Digest(digest) => &digest.severity,
        };
        word.parse().unwrap_or(Severity::Low)
    }

    pub(crate) fn is_test(&self) -> bool {
        matches!(self, Message::One(notification) if notification.test)
    }

    /// When it happened, in seconds since 1970; of a digest, the last of its sign-ins.
    pub(crate) fn event_time(&self) -> Option<i64> {
        match self {
            Message::One(notification) => notification.event_time,
            Message::Digest(digest) => digest.last,
        }
    }

    /// The account, where all of it is about one.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Message::One(notification) => notification.account.as_deref(),
            Message::Digest(digest) => digest.accounts.only(),
        }
    }

    /// One line of at most 150 characters: `After-hours console sign-in: anaya (111122223333)`.
    pub(crate) fn title(&self) -> String {
        let title = match self {
            Message::One(notification) => {
                let test = if notification.test { "TEST: " } else { "" };
                match notification.kind {
                    Kind::Unreadable => format!("{test}A line that may be a console sign-in cannot be read"),
                    Kind::Outside | Kind::NoEventTime => {
                        let failed = if notification.outcome == "failure" {
                            "Failed after-hours"
                        } else {
                            "After-hours"
                        };
                        let what = if notification.kind == Kind::NoEventTime {
                            "Console sign-in at an unknown time"
                        } else {
                            ""
                        };
                        let what = if what.is_empty() {
                            format!("{failed} console sign-in")
                        } else {
                            what.to_owned()
                        };
                        format!("{test}{what}: {}", who(notification))
                    }
                }
            }
            Message::Digest(digest) => {
                format!("{} after-hours console sign-ins: {}", digest.count, digest.spread())
            }
        };
        cut(&title, 150).into_owned()
    }

    /// Why this is sent, in one sentence.
    pub(crate) fn why(&self) -> String {
        match self {
            Message::One(notification) => why(notification),
            Message::Digest(_) => {
                "More sign-ins came at once than this channel sends one by one, so they are counted here. Each of them was \
                 forwarded."
                    .to_owned()
            }
        }
    }

    /// All there is to know, in the order people ask.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        match self {
            Message::One(notification) => facts(notification),
            Message::Digest(digest) => digest.facts(),
        }
    }

    /// Where to look: the event in the CloudTrail console of its partition.
    pub(crate) fn link(&self) -> Option<String> {
        match self {
            Message::One(notification) => link(notification),
            Message::Digest(_) => None,
        }
    }

    /// What to do, in a sentence or two.
    pub(crate) fn next_steps(&self) -> &'static str {
        match self {
            Message::One(notification) if notification.test => {
                "Nothing: this is a test of the channel. Nobody signed in."
            }
            Message::One(notification) if notification.kind == Kind::Unreadable => {
                "Look at the line in the pipeline's output, where it stands whole, and at what cut or changed it on its way."
            }
            Message::One(notification) if notification.outcome == "failure" => {
                "Ask the user whether they tried. If not, look for further attempts from this address, and for one that succeeded."
            }
            Message::One(_) => {
                "Ask the user whether it was them. If not: take away the console password and the access keys, revoke the \
                 sessions, and look in CloudTrail at what was done since."
            }
            Message::Digest(_) => {
                "Look at the users and addresses that stand first. Many users from one address, or one user from many, is not \
                 people working late."
            }
        }
    }

    /// All of it as plain text, several lines, for mail, tickets and incidents.
    pub(crate) fn text(&self) -> String {
        self.text_of(usize::MAX)
    }

    /// The same, each fact cut to so many characters, for services that take only so much.
    pub(crate) fn text_of(&self, longest: usize) -> String {
        let mut text = format!("{}\n\n{}\n\n", self.title(), cut(&self.why(), longest));
        let facts = self.facts();
        let width = facts.iter().map(|fact| fact.label.len()).max().unwrap_or(0) + 1;
        for Fact { label, value } in facts {
            let label = format!("{label}:");
            let _ = writeln!(text, "{label:width$} {}", cut(&value, longest));
        }
        if let Some(link) = self.link() {
            let _ = write!(text, "\nThe event in CloudTrail: {link}\n");
        }
        let _ = write!(text, "\nWhat to do: {}\n", self.next_steps());
        text
    }
}

/// `anaya (111122223333)`
fn who(notification: &Notification) -> String {
    let user = notification.user.as_deref().or(notification.arn.as_deref()).unwrap_or("unknown user");
    let user = cut(user, 64);
    match &notification.account {
        Some(account) => format!("{user} ({})", cut(account, 20)),
        None => user.into_owned(),
    }
}

fn why(notification: &Notification) -> String {
    if notification.test {
        return "This is a test of the channel.".to_owned();
    }
    let schedule = &notification.schedule;
    let rule = notification.rule.as_ref().map(|rule| format!(", by rule {rule}")).unwrap_or_default();
    let cause = notification.cause.as_deref();
    match &*notification.reason {
        "outside_window" => format!("The time is outside the hours of schedule {schedule}{rule}."),
        "closed_day" => match cause {
            Some(closed) => format!("Schedule {schedule} is closed on that day ({closed}){rule}."),
            None => format!("Schedule {schedule} has no hours on that day{rule}."),
        },
        "holiday" => format!(
            "It is a public holiday ({}) by schedule {schedule}{rule}.",
            cause.unwrap_or("its name is not known")
        ),
        "never_open" => format!("Schedule {schedule} has no hours at all{rule}."),
        "no_event_time" => {
            format!(
                "The record does not say when it happened, so it cannot be inside the hours of schedule {schedule}{rule}."
            )
        }
        "unreadable" => format!(
            "Line {} may be a sign-in and is not a complete JSON record ({}), so it is reported and not dropped.",
            notification.line_number.unwrap_or_default(),
            notification.error.as_deref().unwrap_or("it cannot be parsed")
        ),
        other => format!("{other}, schedule {schedule}{rule}."),
    }
}

fn facts(notification: &Notification) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut fact = |label, value: Option<String>| {
        facts.push(Fact { label, value: value.unwrap_or_else(|| "not said".to_owned()) });
    };
    if notification.kind == Kind::Unreadable {
        fact("Line", notification.line_number.map(|number| number.to_string()));
        fact("Error", notification.error.clone());
        fact("Severity", Some(notification.severity.clone()));
        return facts;
    }
    fact("User", notification.user.clone());
    if let Some(role) = &notification.role {
        fact("Role", Some(role.clone()));
    }
    if let Some(arn) = &notification.arn {
        fact("ARN", Some(arn.clone()));
    }
    fact("Account", notification.account.clone());
    fact("Identity", notification.identity.clone());
    fact("Outcome", Some(notification.outcome.clone()));
    fact("MFA", notification.mfa.map(|used| if used { "yes" } else { "no" }.to_owned()));
    fact("Local time", notification.local_time.as_deref().map(|time| local(time, &notification.time_zone)));
    fact("UTC", notification.event_time.and_then(utc));
    fact("Source IP", notification.source_ip.clone());
    fact("User agent", notification.user_agent.clone());
    fact("Severity", Some(notification.severity.clone()));
    let rule = notification.rule.as_ref().map(|rule| format!(", rule {rule}")).unwrap_or_default();
    fact("Schedule", Some(format!("{}{rule} ({})", notification.schedule, notification.reason)));
    fact("Region", notification.region.clone());
    fact("Event ID", notification.event_id.clone());
    facts
}

/// `Sat 2026-11-21 17:30:00 +01:00, Europe/Berlin`
fn local(rfc3339: &str, zone: &str) -> String {
    match DateTime::parse_from_rfc3339(rfc3339) {
        Ok(time) => format!("{}, {zone}", time.format("%a %Y-%m-%d %H:%M:%S %:z")),
        Err(_) => format!("{rfc3339}, {zone}"),
    }
}

/// The console's address differs by partition: <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
fn link(notification: &Notification) -> Option<String> {
    let plain = |text: &&str| {
        !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    // Both come from the record, and stand in an address: nothing but what such names consist of.
    let id = notification.event_id.as_deref().filter(plain)?;
    let region = notification.region.as_deref().filter(plain)?.to_ascii_lowercase();
    let partition = notification.arn.as_deref().and_then(|arn| arn.strip_prefix("arn:")?.split(':').next());
    let host = match partition {
        Some("aws-us-gov") => "console.amazonaws-us-gov.com".to_owned(),
        Some("aws-cn") => "console.amazonaws.cn".to_owned(),
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com".to_owned(),
        _ if region.starts_with("cn-") => "console.amazonaws.cn".to_owned(),
        _ => format!("{region}.console.aws.amazon.com"),
    };
    Some(format!("https://{host}/cloudtrailv2/home?region={region}#/events/{id}"))
}

#[cfg(test)]
mod tests;
