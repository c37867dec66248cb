//! A notification: what people receive about one sign-in. Owned, small, and already harmless to a terminal: it is made from a record
//! that a stranger may have written, is kept on disk, and outlives the line it came from. Knows no channel.

use afterhours::filter::{Alert, Unreadable};
use afterhours::json::Str;
use afterhours::rules::{Principal, Severity};
use afterhours::schedule::Reason;
use afterhours::sign_in::Outcome;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The longest text of a record that is kept, in characters; user agents reach some hundreds.
const LONGEST: usize = 1024;

/// What people receive about one sign-in. `None` is what the record does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notification {
    /// 32 hexadecimal digits: the same for every copy of the record, and on every attempt to deliver it.
    pub(crate) key: String,
    /// Made by `notify test`; nobody signed in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) test: bool,
    pub(crate) kind: Kind,
    /// The tag's reason: `outside_window`, `holiday`, `no_event_time`, `unreadable` and so on.
    pub(crate) reason: String,
    /// The holiday's name, or what is closed.
    pub(crate) cause: Option<String>,
    /// The tag's word: `info` to `critical`.
    pub(crate) severity: String,
    pub(crate) schedule: String,
    pub(crate) rule: Option<String>,
    /// The moment on the schedule's wall clock, as in RFC 3339.
    pub(crate) local_time: Option<String>,
    pub(crate) time_zone: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) event_time: Option<i64>,
    /// The person, as the tag names them.
    pub(crate) user: Option<String>,
    /// The role, if one was assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) account: Option<String>,
    /// `userIdentity.type`, as AWS spells it.
    pub(crate) identity: Option<String>,
    /// `success`, `failure` or `unknown`.
    pub(crate) outcome: String,
    pub(crate) mfa: Option<bool>,
    pub(crate) source_ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) event_id: Option<String>,
    /// What is wrong with a text that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The number of the line that cannot be read, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line_number: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A sign-in outside hours.
    #[default]
    Outside,
    /// A sign-in whose time cannot be read.
    NoEventTime,
    /// A text that may be a sign-in and cannot be read.
    Unreadable,
}

impl Notification {
    /// The notification of a sign-in; `None` for one inside hours, of which nobody needs to hear.
    pub(crate) fn of(alert: &Alert<'_>) -> Option<Self> {
        let (fields, tag) = (&alert.sign_in.fields, &alert.tag);
        let kind = match tag.reason {
            Some(reason) if reason.is_inside() => return None,
            Some(_) => Kind::Outside,
            None => Kind::NoEventTime,
        };
        let who = Principal::of(alert.sign_in);
        let text = |field: Option<Str<'_>>| field.map(|text| clean(&text.text()));
        let mut local_time = Vec::new();
        if let Some(time) = tag.local_time {
            time.write_rfc3339(&mut local_time);
        }
        let notification = Notification {
            key: String::new(),
            test: false,
            kind,
            reason: tag.reason.map_or("no_event_time", Reason::as_str).to_owned(),
            cause: tag.cause.map(clean),
            severity: tag.severity.as_str().to_owned(),
            schedule: clean(tag.schedule),
            rule: tag.rule.map(clean),
            local_time: String::from_utf8(local_time).ok().filter(|time| !time.is_empty()),
            time_zone: tag.time_zone.to_owned(),
            event_time: alert.sign_in.time.seconds(),
            user: tag.person.map(clean),
            role: tag.role.map(clean),
            arn: text(fields.arn),
            account: who.account.as_deref().map(clean),
            identity: text(fields.identity_type),
            outcome: tag.outcome.as_str().to_owned(),
            mfa: tag.mfa,
            source_ip: text(fields.source_ip),
            user_agent: text(fields.user_agent),
            region: text(fields.region),
            event_id: text(fields.event_id),
            error: None,
            line_number: None,
        };
        // Two regions deliver the same record of the same event. The identifier alone would do by AWS's word; what must differ
        // between two events stands beside it, so that a forged or missing one hides nothing.
        let key = match &notification.event_id {
            Some(id) => {
                let time = notification.event_time.map(|time| time.to_string()).unwrap_or_default();
                let parts = [
                    Some(id),
                    Some(&time),
                    notification.account.as_ref(),
                    notification.arn.as_ref(),
                    notification.user.as_ref(),
                ];
                key_of(parts.into_iter().map(|part| part.map_or(b"".as_slice(), |part| part.as_bytes())))
            }
            None => key_of([alert.record()]),
        };
        Some(Notification { key, ..notification })
    }

    /// The notification of a text that may be a sign-in and cannot be read.
    pub(crate) fn of_unreadable(unreadable: &Unreadable<'_>, severity: Severity) -> Self {
        let raw = unreadable.raw;
        Notification {
            key: key_of([raw]),
            kind: Kind::Unreadable,
            reason: "unreadable".to_owned(),
            severity: severity.as_str().to_owned(),
            outcome: Outcome::Unknown.as_str().to_owned(),
            error: Some(clean(unreadable.error)),
            line_number: Some(unreadable.line_number),
            ..Notification::default()
        }
    }

    /// A notification that says of itself that it is a test. `now` in seconds since 1970.
    pub(crate) fn test(now: i64) -> Self {
        let some = |text: &str| Some(text.to_owned());
        let utc = DateTime::from_timestamp(now, 0).unwrap_or_default();
        Notification {
            key: key_of([b"test".as_slice(), &now.to_le_bytes()]),
            test: true,
            kind: Kind::Outside,
            reason: Reason::OutsideWindow.as_str().to_owned(),
            cause: None,
            severity: Severity::Low.as_str().to_owned(),
            schedule: "default".to_owned(),
            rule: None,
            local_time: Some(utc.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()),
            time_zone: "UTC".to_owned(),
            event_time: Some(now),
            user: some("test-user"),
            role: None,
            arn: some("arn:aws:iam::111122223333:user/test-user"),
            account: some("111122223333"),
            identity: some("IAMUser"),
            outcome: Outcome::Success.as_str().to_owned(),
            mfa: Some(true),
            source_ip: some("192.0.2.1"),
            user_agent: some("afterhours notify test"),
            region: some("us-east-1"),
            event_id: some("00000000-0000-0000-0000-000000000000"),
            error: None,
            line_number: None,
        }
    }
}

/// 32 hexadecimal digits that stand for texts in this order.
pub(super) fn key_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length first: `ab`, `c` and `a`, `bc` are different.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

/// Hexadecimal digits, two a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// One line that no terminal obeys: control characters and those that turn the direction of writing become U+FFFD, and what
/// is longer than any honest text is cut.
pub(crate) fn clean(text: &str) -> String {
    afterhours::sanitize::printable(&cut(text, LONGEST))
}

/// At most so many characters; what was cut is shown by `…`, which counts.
pub(crate) fn cut(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    // A byte count below the limit is the cheap and common answer.
    if text.len() <= most || text.chars().nth(most).is_none() {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_one_harmless_line() {
        assert_eq!(
            clean("a\r\nb\x1b[31mc\u{202e}d\u{85}e"),
            "a\u{fffd}\u{fffd}b\u{fffd}[31mc\u{fffd}d\u{fffd}e"
        );
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), LONGEST);
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }

    #[test]
    fn keys_are_of_all_parts_in_their_order() {
        let key = |parts: &[&str]| key_of(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(key(&["a"]).len(), 32);
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a", ""]), key(&["a"]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }
}
