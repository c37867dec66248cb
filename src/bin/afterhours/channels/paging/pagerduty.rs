//! PagerDuty, by its Events API v2: <https://developer.pagerduty.com/docs/events-api-v2-overview>. One event a message opens
//! one alert; whether somebody is called is the service's own affair, by severity and urgency.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};

use crate::channels::fields::{SeverityMap, fields, timestamp};
use crate::notify::connection::beneath;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notification::{Kind, cut};
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Table};

/// Accounts in Europe have `https://events.eu.pagerduty.com`: <https://support.pagerduty.com/docs/service-regions>.
const BASE: &str = "https://events.pagerduty.com";
/// The severities of PagerDuty.
const LEVELS: &[&str] = &["info", "warning", "error", "critical"];
/// What ours are there. A service with dynamic notifications calls people from `error` on.
const USUAL: [&str; 5] = ["info", "info", "warning", "error", "critical"];
/// The longest summary, in characters.
const SUMMARY: usize = 1024;
/// The longest text among the details, in characters. A notification has no longer ones, and twenty of them stay far below the
/// 512 KB that an event may have.
const DETAIL: usize = 1024;
/// What PagerDuty asks for after too many events: <https://developer.pagerduty.com/docs/events-api-v2-rate-limits>.
const WAIT: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct PagerDuty {
    http: HttpClient,
    base: Url,
    routing_key: Secret,
    levels: SeverityMap,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let base = context.base(table, "base_url", BASE)?;
    let routing_key = context.secret(table, "routing_key")?;
    let levels = SeverityMap::take(table, "severity", USUAL, LEVELS)?;
    // Other services take the same events with keys of their own; PagerDuty's have one form.
    let theirs = base.host_str().is_some_and(|host| host.ends_with(".pagerduty.com"));
    if theirs && routing_key.get().is_ok_and(|key| !is_routing_key(&key)) {
        return Err(context.location.error(
            "routing_key is not 32 letters and digits; take the Integration Key of an Events API v2 integration, and no REST API key",
        ));
    }
    let http = context.http(vec![routing_key.clone()])?;
    Ok(Arc::new(PagerDuty { http, base, routing_key, levels }))
}

fn is_routing_key(key: &str) -> bool {
    key.len() == 32 && key.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Notifier for PagerDuty {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let routing_key = match self.routing_key.get() {
                Ok(key) => key,
                Err(why) => return Delivery::later(self.http.redact(&why)),
            };
            let event = event(message, &self.levels, &routing_key);
            match self.http.send(Request::json(beneath(&self.base, "v2/enqueue"), &event)).await {
                Ok(answer) => meaning(&answer, &|text| self.http.redact(text)),
                Err(delivery) => delivery,
            }
        })
    }

    /// About 120 events a minute and integration are taken.
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::new(100, Duration::from_secs(60)))
    }

    fn target(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }
}

/// <https://developer.pagerduty.com/docs/events-api-v2-trigger-events>
fn event(message: &Message, levels: &SeverityMap, routing_key: &str) -> Value {
    let (class, group) = match message {
        Message::One(notification) if notification.kind == Kind::Unreadable => ("UnreadableRecord", None),
        Message::One(notification) => ("ConsoleLogin", Some(&*notification.schedule)),
        Message::Digest(_) => ("ConsoleLoginDigest", None),
    };
    let mut payload = json!({
        "summary": cut(&message.title(), SUMMARY),
        "source": message.account().map_or_else(|| "AWS CloudTrail".into(), |account| cut(account, DETAIL)),
        "severity": levels.of(message),
        "component": "signin.amazonaws.com",
        "class": class,
        "custom_details": fields(message, DETAIL),
    });
    if let Some(schedule) = group {
        payload["group"] = cut(schedule, DETAIL).into();
    }
    if let Some(time) = timestamp(message) {
        payload["timestamp"] = time.into();
    }
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": message.key(),
        "client": "afterhours",
        "payload": payload,
    });
    if let Some(href) = message.link() {
        event["links"] = json!([{ "href": href, "text": "The event in CloudTrail" }]);
    }
    event
}

/// What an answer means. `shown` takes secrets out of what is said.
fn meaning(answer: &HttpResponse, shown: &dyn Fn(&str) -> String) -> Delivery {
    let body = answer.json();
    let said = || {
        let errors = body["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let said: Vec<&str> = body["message"].as_str().into_iter().chain(errors).collect();
        if said.is_empty() {
            answer.summary()
        } else {
            shown(&format!("{}: {}", answer.status, said.join(": ")))
        }
    };
    match answer.status {
        202 => Delivery::done(said()),
        // 202 is their only success. Something else that answers with 200 may be a proxy's page.
        200..300 if body["status"] == "success" => Delivery::done(said()),
        200..300 => answer.foreign("PagerDuty's answer, see base_url"),
        429 => Delivery::Later { why: said(), after: answer.retry_after.or(Some(WAIT)) },
        400 => Delivery::never(said()),
        _ => answer.delivery(),
    }
}

#[cfg(test)]
mod tests;
