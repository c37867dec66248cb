//! What the chat services have in common: a webhook whose address is its password, and texts of limited length in which a
//! stranger's words must stay words. Knows no service.

use reqwest::Url;
use serde_json::Value;

use crate::notify::connection::secret_url;
use crate::notify::context::Context;
use crate::notify::fact::Fact;
use crate::notify::http_client::{HttpClient, HttpResponse, Request, retry_after};
use crate::notify::message::Message;
use crate::notify::notifier::Delivery;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Table};

pub(crate) mod discord;
pub(crate) mod slack;
pub(crate) mod teams;

/// A webhook of a chat service.
#[derive(Debug)]
pub(super) struct IncomingWebhook {
    http: HttpClient,
    url: Secret,
    insecure: bool,
}

impl IncomingWebhook {
    /// Takes `webhook_url`, which must be there.
    pub(super) fn take(table: &mut Table<'_>, context: &Context) -> Result<Self> {
        let url = context.secret_url(table, "webhook_url", false)?;
        Self::to(url, context)
    }

    pub(super) fn to(url: Secret, context: &Context) -> Result<Self> {
        let http = context.http(vec![url.clone()])?;
        Ok(IncomingWebhook { http, url, insecure: context.connection.insecure })
    }

    /// Posts a JSON text to the address as it is now; one that cannot be read now may be readable later.
    pub(super) async fn post(&self, body: &Value, address: fn(Url) -> Url) -> Result<HttpResponse, Delivery> {
        let url = secret_url(&self.url, self.insecure)
            .map_err(|why| Delivery::later(self.http.redact(&format!("webhook_url: {why}"))))?;
        self.http.send(Request::json(address(url), body)).await
    }

    /// What became of a post, without secrets.
    pub(super) fn redact_result(&self, delivery: Delivery) -> Delivery {
        self.http.redact_result(delivery)
    }

    /// The host, which is no secret.
    pub(super) fn host(&self) -> String {
        let url = secret_url(&self.url, self.insecure).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// The message's facts, none of them blank: the services refuse a whole message for one text without a visible character.
pub(super) fn facts(message: &Message) -> Vec<Fact> {
    let mut facts = message.facts();
    for fact in &mut facts {
        if fact.value.trim().is_empty() {
            "(empty)".clone_into(&mut fact.value);
        }
    }
    facts
}

/// The lengths that values are cut to, one after the other, until the whole of a message is short enough.
const LENGTHS: [usize; 6] = [2048, 1024, 512, 256, 128, 64];

/// The telling with the longest values that still fits. The shortest, which always does, is not asked.
pub(super) fn fitting<T>(tell: impl Fn(usize) -> T, fits: impl Fn(&T) -> bool) -> T {
    let [longer @ .., shortest] = LENGTHS;
    let text = longer.into_iter().map(&tell).find(fits);
    text.unwrap_or_else(|| tell(shortest))
}

/// Writes a character, beside which the next one stands, behind what is there already.
pub(super) type EscapeFn = fn(char, Option<char>, &mut String);

/// The text, with every character as `spell` writes it, in at most `most` units of UTF-16, of which no service counts fewer
/// in a text. What is longer is cut between two characters, never inside of one's spelling, and ends in `…`.
pub(super) fn spelled(text: &str, most: usize, spell: EscapeFn) -> String {
    let mut out = String::new();
    let mut units = 0;
    // The length up to which an ellipsis still fits behind it.
    let mut room = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = out.len();
        spell(c, rest.peek().copied(), &mut out);
        units += length(&out[before..]);
        if units > most {
            out.truncate(room);
            out.push('…');
            break;
        }
        if units < most {
            room = out.len();
        }
    }
    out
}

/// A character as it is, for places where nothing is markup.
pub(super) fn plain(c: char, _: Option<char>, out: &mut String) {
    out.push(c);
}

/// In units of UTF-16.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A name, number or word out of a service's answer, to be shown: nothing but what such consist of.
pub(super) fn word(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().filter(plain).take(64).collect()
}

/// Not now. The services name the wait in a header, in the body's `retry_after`, or in both: the longest counts.
pub(super) fn later(answer: &HttpResponse) -> Delivery {
    let body = &answer.json()["retry_after"];
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok()).and_then(retry_after);
    let waits = [answer.retry_after, retry_after(&word(body)), header("x-ratelimit-reset-after")];
    Delivery::Later { why: answer.summary(), after: waits.into_iter().flatten().max() }
}

/// What the status means, with the longest of the waits that are named.
pub(super) fn by_status(answer: &HttpResponse) -> Delivery {
    match answer.delivery() {
        Delivery::Later { .. } => later(answer),
        other => other,
    }
}

/// A refusal, and how to fix it where that is known.
pub(super) fn refused(answer: &HttpResponse, fix: Option<&str>) -> Delivery {
    match fix {
        Some(fix) => Delivery::never(format!("{}; {fix}", answer.summary())),
        None => Delivery::never(answer.summary()),
    }
}

/// An answer, for tests.
#[cfg(test)]
pub(super) fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> HttpResponse {
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    let pair = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    let headers: HeaderMap = headers.iter().map(pair).collect();
    let after = headers.get("retry-after").and_then(|value| retry_after(value.to_str().unwrap()));
    let said = crate::notify::secret::redact(body, &[]);
    HttpResponse { status, headers, body: body.to_owned(), said, retry_after: after }
}

/// How long the service wants to be left alone; panics unless the message is to be tried again.
#[cfg(test)]
pub(super) fn wait(delivery: &Delivery) -> Option<std::time::Duration> {
    match delivery {
        Delivery::Later { after, .. } => *after,
        other => panic!("not to be tried again: {other:?}"),
    }
}

/// Messages whose every text is as long as it can be, in characters of one to four bytes and with much to escape.
#[cfg(test)]
pub(super) fn huge() -> Vec<Message> {
    use crate::notify::digest::Digest;
    use crate::notify::notification::Notification;
    use crate::notify::samples;
    let mut messages = Vec::new();
    for unit in ["x", "&", "\"", "\\", "*", "`", "ß", "日", "😀", "<!channel> ", " "] {
        let text: String = unit.chars().cycle().take(1024).collect();
        let some = || Some(text.clone());
        messages.push(Message::One(Box::new(Notification {
            reason: "holiday".to_owned(),
            cause: some(),
            schedule: text.clone(),
            rule: some(),
            time_zone: text.clone(),
            user: some(),
            arn: some(),
            account: some(),
            identity: some(),
            source_ip: some(),
            user_agent: some(),
            region: some(),
            event_id: some(),
            ..samples::notification()
        })));
        let mut digest = Digest::new("0".repeat(32));
        for number in 0..20 {
            let some = || Some(format!("{number}{text}"));
            digest.add(&Notification {
                user: some(),
                account: some(),
                source_ip: some(),
                ..samples::notification()
            });
        }
        messages.push(Message::Digest(Box::new(digest)));
    }
    messages
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn doubled(c: char, _: Option<char>, out: &mut String) {
        out.extend([c, c]);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(spelled("abc", 3, plain), "abc");
        assert_eq!(spelled("abcd", 3, plain), "ab…");
        // A character beyond U+FFFF counts twice.
        assert_eq!(spelled("😀😀", 4, plain), "😀😀");
        assert_eq!(spelled("😀😀😀", 5, plain), "😀😀…");
        assert_eq!(spelled("😀😀😀", 4, plain), "😀…");
        assert_eq!(spelled("abc", 6, doubled), "aabbcc");
        assert_eq!(spelled("abc", 5, doubled), "aabb…");
        assert_eq!(spelled("abc", 4, doubled), "aa…");
        assert_eq!(spelled("", 4, plain), "");
    }

    proptest! {
        #[test]
        fn cut_texts_fit_and_are_beginnings(text in any::<String>(), most in 1..40_usize) {
            let cut = spelled(&text, most, doubled);
            prop_assert!(length(&cut) <= most);
            let whole = spelled(&text, usize::MAX, doubled);
            let begins = cut == whole || cut.strip_suffix('…').is_some_and(|kept| whole.starts_with(kept));
            prop_assert!(begins, "{cut:?} of {whole:?}");
        }
    }

    #[test]
    fn the_longest_telling_that_fits_is_taken() {
        assert_eq!(fitting(|length| length, |_| true), 2048);
        assert_eq!(fitting(|length| length, |length| *length < 300), 256);
        assert_eq!(fitting(|length| length, |_| false), 64);
    }

    #[test]
    fn the_longest_wait_counts() {
        let after = |headers: &[(&'static str, &'static str)], body: &str| {
            wait(&by_status(&answer(429, headers, body))).map(|wait| wait.as_millis())
        };
        assert_eq!(after(&[], ""), None);
        assert_eq!(after(&[("retry-after", "3")], "{}"), Some(3000));
        assert_eq!(after(&[], r#"{"retry_after": 0.25}"#), Some(250));
        assert_eq!(after(&[], r#"{"retry_after": "2"}"#), Some(2000));
        let both = [("retry-after", "1"), ("x-ratelimit-reset-after", "4.5")];
        assert_eq!(after(&both, r#"{"retry_after": 2}"#), Some(4500));
        assert_eq!(after(&[("retry-after", "soon")], r#"{"retry_after": -1}"#), None);
    }
}
