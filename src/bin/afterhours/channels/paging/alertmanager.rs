//! Prometheus Alertmanager, by its API v2: <https://prometheus.io/docs/alerting/latest/alerts_api/>. It groups, silences and
//! routes by labels; what people read are annotations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};

use crate::channels::fields::{SeverityMap, fields, timestamp, without_tags};
use crate::notify::connection::{beneath, url};
use crate::notify::context::Context;
use crate::notify::fact::rfc3339;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits;
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notification::{Kind, cut};
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret::Secret;
use crate::sys::clock;
use crate::sys::config_file::{Result, Table, TomlValue};

/// One name for all: a route that was forgotten for one kind of alert would drop it silently. The label `kind` parts them.
const ALERTNAME: &str = "AfterHoursConsoleSignIn";
/// Our own words; those who route by `warning` and `critical` say so in `severity`.
const USUAL: [&str; 5] = ["info", "low", "medium", "high", "critical"];
/// The labels that are ours, which the configuration's cannot be.
const OURS: &[&str] = &[
    "alertname",
    "severity",
    "kind",
    "account",
    "user",
    "identity",
    "source_ip",
    "outcome",
    "schedule",
    "rule",
    "event",
    "test",
];
/// The longest label and the longest annotation, in characters; Alertmanager itself sets no bounds.
const LABEL: usize = 128;
const ANNOTATION: usize = 1024;
/// The longest `description`: what templates show where they show one text only.
const DESCRIPTION: usize = 8192;
/// How long an alert stands.
const RESOLVE_AFTER: Duration = Duration::from_secs(4 * 3600);
/// An alert that ends before its group is sent is never sent. Groups are sent after up to `group_interval`, usually 5 minutes.
const SHORTEST: Duration = Duration::from_secs(600);
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

#[derive(Debug)]
struct Alertmanager {
    http: HttpClient,
    base: Url,
    access: Access,
    form: Form,
}

/// How we are let in.
#[derive(Debug)]
enum Access {
    Open,
    Basic { username: String, password: Secret },
    Bearer(Secret),
}

/// What an alert has beside the message.
#[derive(Debug)]
struct Form {
    levels: SeverityMap,
    labels: BTreeMap<String, String>,
    resolve_after: Duration,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let base = context.text(table, "base_url")?;
    let base = url(&base.value, context.connection.insecure).map_err(|why| base.location.error(why))?;
    let access = access(table, context)?;
    let form = Form {
        levels: SeverityMap::take(table, "severity", USUAL, &[])?,
        labels: labels(table.take("labels"))?,
        resolve_after: resolve_after(table.take("resolve_after"))?,
    };
    let secret = match &access {
        Access::Open => None,
        Access::Basic { password: secret, .. } | Access::Bearer(secret) => Some(secret.clone()),
    };
    let http = context.http(secret.into_iter().collect())?;
    Ok(Arc::new(Alertmanager { http, base, access, form }))
}

fn access(table: &mut Table<'_>, context: &Context) -> Result<Access> {
    let username = context.optional_text(table, "username")?;
    let password = context.optional_secret(table, "password")?;
    let token = context.optional_secret(table, "token")?;
    match (username, password, token) {
        (None, None, None) => Ok(Access::Open),
        (None, None, Some(token)) => Ok(Access::Bearer(token)),
        (Some(name), Some(_), None) if name.value.contains(':') => {
            Err(name.location.error("the name of basic authentication has no colon"))
        }
        (Some(name), Some(password), None) => Ok(Access::Basic { username: name.value, password }),
        (Some(name), None, None) => Err(name.location.error("password is missing beside it")),
        (None, Some(_), None) => {
            Err(context.missing(table, "username", "username is missing beside password"))
        }
        (_, _, Some(_)) => Err(context.location.error("write token, or username and password, and not both")),
    }
}

/// Labels of the configuration: `labels = { team = "security" }`.
fn labels(item: Option<TomlValue<'_>>) -> Result<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    let Some(item) = item else { return Ok(labels) };
    for (name, item) in item.table()?.named() {
        let mut bytes = name.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        if !first || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(item.error("a label's name is letters, digits and `_`, and begins with no digit"));
        }
        if OURS.contains(&name.as_str()) {
            let theirs = OURS.join(", ");
            return Err(item.error(format!("afterhours sets this label itself, as it does {theirs}")));
        }
        let text = item.text()?;
        if text.value.is_empty() || text.value.chars().count() > LABEL {
            return Err(text.location.error(format!("a label is 1 to {LABEL} characters")));
        }
        labels.insert(name, text.value);
    }
    Ok(labels)
}

fn resolve_after(item: Option<TomlValue<'_>>) -> Result<Duration> {
    let Some(text) = item.map(TomlValue::text).transpose()? else { return Ok(RESOLVE_AFTER) };
    limits::duration(&text.value).filter(|time| (SHORTEST..=LONGEST).contains(time)).ok_or_else(|| {
        text.location.error(
            "a time from 10m to 30d is wanted, such as \"4h\"; an alert that ends before its group is sent is never sent",
        )
    })
}

impl Access {
    fn header(&self) -> Result<Option<String>, String> {
        use base64::Engine as _;
        Ok(match self {
            Access::Open => None,
            Access::Basic { username, password } => {
                let pair = format!("{username}:{}", password.get()?);
                Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
            }
            Access::Bearer(token) => Some(format!("Bearer {}", token.get()?)),
        })
    }
}

impl Notifier for Alertmanager {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let access = match self.access.header() {
                Ok(access) => access,
                Err(why) => return Delivery::later(self.http.redact(&why)),
            };
            let alerts = json!([alert(message, &self.form, clock::now_ms() / 1000)]);
            let mut request = Request::json(beneath(&self.base, "api/v2/alerts"), &alerts);
            if let Some(access) = access {
                request = request.header("authorization", access);
            }
            match self.http.send(request).await {
                Ok(answer) => meaning(&answer),
                Err(delivery) => delivery,
            }
        })
    }

    /// It groups what comes, so people are spared without us; but each alert stands in its memory until it is resolved, and
    /// a flood of them is better counted.
    fn limits(&self) -> RateLimits {
        RateLimits {
            rate: Some(Rate::per_second(20)),
            flood: Some(Rate::new(500, Duration::from_secs(600))),
            at_once: 4,
        }
    }

    fn target(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }
}

/// The alert, sent at `now`, in seconds since 1970.
///
/// Alertmanager takes alerts with the same labels for one, and tells that again only when `repeat_interval` is over: `event` is
/// among them so that a user's second sign-in is sent too, and a second attempt is not. What two copies of a record may
/// differ in, such as the region that delivered it, is an annotation. So is all that need not be routed by.
fn alert(message: &Message, form: &Form, now: i64) -> Value {
    let mut labels = form.labels.clone();
    let mut label = |name: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            labels.insert(name.to_owned(), cut(&without_tags(text), LABEL).into_owned());
        }
    };
    label("alertname", Some(ALERTNAME));
    label("severity", Some(form.levels.of(message)));
    label("event", Some(message.key()));
    label("account", message.account());
    match message {
        Message::One(notification) => {
            let kind = match notification.kind {
                Kind::Outside => "outside",
                Kind::NoEventTime => "no_event_time",
                Kind::Unreadable => "unreadable",
            };
            label("kind", Some(kind));
            label("outcome", Some(&notification.outcome));
            label("schedule", Some(&notification.schedule));
            label("rule", notification.rule.as_deref());
            label("user", notification.user.as_deref());
            label("identity", notification.identity.as_deref());
            label("source_ip", notification.source_ip.as_deref());
            label("test", notification.test.then_some("true"));
        }
        Message::Digest(_) => label("kind", Some("digest")),
    }
    let mut annotations: BTreeMap<_, _> =
        fields(message, ANNOTATION).into_iter().map(|(name, text)| (name, without_tags(&text))).collect();
    annotations.insert("summary".to_owned(), without_tags(&message.title()));
    annotations.insert("description".to_owned(), without_tags(&cut(&message.text(), DESCRIPTION)));
    let mut alert = json!({ "labels": labels, "annotations": annotations });
    // Counted from the sending: CloudTrail delivers late, and an alert that has ended counts as resolved and is not sent.
    let lasts = i64::try_from(form.resolve_after.as_secs()).unwrap_or_default();
    if let Some(ends) = rfc3339(now.saturating_add(lasts)) {
        alert["endsAt"] = ends.into();
    }
    // Without a beginning Alertmanager takes the end for it, which is in the future; so may be the record's time.
    let started = timestamp(message).filter(|_| message.event_time().is_some_and(|time| time <= now));
    if let Some(started) = started.or_else(|| rfc3339(now)) {
        alert["startsAt"] = started.into();
    }
    if let Some(link) = message.link() {
        alert["generatorURL"] = link.into();
    }
    alert
}

/// What an answer means. A success is 200 without a body.
fn meaning(answer: &HttpResponse) -> Delivery {
    match answer.status {
        200..300 if answer.is_page() => answer.foreign("Alertmanager's answer, see base_url"),
        404 | 405 | 410 => Delivery::never(format!(
            "{}; there is no API v2 of Alertmanager at this address, see base_url",
            answer.summary()
        )),
        _ => answer.delivery(),
    }
}

#[cfg(test)]
mod tests;
