//! Opsgenie, by its Alert API: <https://docs.opsgenie.com/docs/alert-api>. Jira Service Management takes the same requests
//! with the keys of its own integrations: <https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};

use crate::channels::fields::{SeverityMap, fields, without_tags};
use crate::notify::connection::beneath;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notification::cut;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Spanned, Table, TomlValue, suggest};

/// Accounts in Europe have `https://api.eu.opsgenie.com`.
const BASE: &str = "https://api.opsgenie.com";
const PRIORITIES: &[&str] = &["P1", "P2", "P3", "P4", "P5"];
const USUAL: [&str; 5] = ["P5", "P4", "P3", "P2", "P1"];
/// Limits of an alert's fields, in characters.
const MESSAGE: usize = 130;
const DESCRIPTION: usize = 15_000;
const ENTITY: usize = 512;
const TAG: usize = 50;
/// The longest text among the details. All of them may have 8,000 characters, their names counted, and there are at most twenty.
const DETAIL: usize = 380;
/// The longest line of the description, of which there are at most twenty.
const LINE: usize = 700;
/// The most tags of the configuration; an alert has at most twenty, and some are ours.
const TAGS: usize = 12;
const RESPONDERS: usize = 50;
/// Their limits are counted by the second and by the minute: <https://docs.opsgenie.com/docs/api-rate-limiting>.
const WAIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Opsgenie {
    http: HttpClient,
    base: Url,
    api_key: Secret,
    form: Form,
}

/// What an alert has beside the message.
#[derive(Debug)]
struct Form {
    priorities: SeverityMap,
    responders: Vec<Value>,
    tags: Vec<String>,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let base = context.base(table, "base_url", BASE)?;
    let api_key = context.secret(table, "api_key")?;
    let form = Form {
        priorities: SeverityMap::take(table, "priority", USUAL, PRIORITIES)?,
        responders: responders(table.take("responders"))?,
        tags: tags(table.take("tags"))?,
    };
    let http = context.http(vec![api_key.clone()])?;
    Ok(Arc::new(Opsgenie { http, base, api_key, form }))
}

fn responders(item: Option<TomlValue<'_>>) -> Result<Vec<Value>> {
    let texts = item.map(TomlValue::texts).transpose()?.unwrap_or_default();
    if let Some(text) = texts.get(RESPONDERS) {
        return Err(text.location.error(format!("more than {RESPONDERS} responders")));
    }
    texts.iter().map(responder).collect()
}

/// `team:Security`, `user:anaya@example.com`, or either with an identifier.
fn responder(text: &Spanned<String>) -> Result<Value> {
    const KINDS: &[&str] = &["team", "user", "escalation", "schedule"];
    let Some((kind, name)) = text.value.split_once(':').filter(|(_, name)| !name.trim().is_empty()) else {
        return Err(text
            .location
            .error(format!("{:?}: write \"team:NAME\" or \"user:ADDRESS\"", text.value)));
    };
    if !KINDS.contains(&kind) {
        return Err(text.location.error(format!("no kind of responder{}", suggest(kind, KINDS))));
    }
    let name = name.trim();
    let key = match kind {
        _ if is_uuid(name) => "id",
        "user" => "username",
        _ => "name",
    };
    Ok(json!({ "type": kind, key: name }))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn tags(item: Option<TomlValue<'_>>) -> Result<Vec<String>> {
    let texts = item.map(TomlValue::texts).transpose()?.unwrap_or_default();
    for (number, text) in texts.iter().enumerate() {
        if number == TAGS {
            return Err(text.location.error(format!("more than {TAGS} tags")));
        }
        if text.value.trim().is_empty() || text.value.contains(',') || text.value.chars().count() > TAG {
            return Err(text.location.error(format!("a tag is 1 to {TAG} characters without commas")));
        }
    }
    Ok(texts.into_iter().map(|text| text.value).collect())
}

impl Notifier for Opsgenie {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let api_key = match self.api_key.get() {
                Ok(key) => key,
                Err(why) => return Delivery::later(self.http.redact(&why)),
            };
            let request = Request::json(beneath(&self.base, "v2/alerts"), &alert(message, &self.form))
                .header("authorization", format!("GenieKey {api_key}"));
            match self.http.send(request).await {
                Ok(answer) => meaning(&answer, &|text| self.http.redact(text)),
                Err(delivery) => delivery,
            }
        })
    }

    /// A small plan takes some sixty requests a minute.
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::new(50, Duration::from_secs(60)))
    }

    fn target(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }
}

/// The alert. Its texts are shown as HTML in some places and as they are in others, so they hold nothing that is a tag.
fn alert(message: &Message, form: &Form) -> Value {
    let details: BTreeMap<_, _> =
        fields(message, DETAIL).into_iter().map(|(name, text)| (name, without_tags(&text))).collect();
    let mut tags = vec!["afterhours".to_owned()];
    match message {
        Message::One(notification) => {
            tags.extend(notification.test.then(|| "test".to_owned()));
            tags.push(format!("outcome:{}", notification.outcome));
            tags.extend((notification.mfa == Some(false)).then(|| "no-mfa".to_owned()));
            let named = [("schedule", Some(&notification.schedule)), ("rule", notification.rule.as_ref())];
            let named = named.into_iter().filter_map(|(word, name)| Some((word, name?)));
            tags.extend(
                named.filter(|(_, name)| !name.is_empty()).map(|(word, name)| format!("{word}:{name}")),
            );
        }
        Message::Digest(_) => tags.push("digest".to_owned()),
    }
    // A comma parts tags where people type them.
    let mut tags: Vec<String> =
        tags.iter().map(|tag| cut(&without_tags(tag).replace(',', " "), TAG).into_owned()).collect();
    tags.extend(form.tags.iter().cloned());
    let mut alert = json!({
        "message": cut(&without_tags(&message.title()), MESSAGE),
        "alias": message.key(),
        "description": description(message),
        "details": details,
        "tags": tags,
        "source": "afterhours",
        "priority": form.priorities.of(message),
    });
    if let Some(account) = message.account() {
        alert["entity"] = cut(&without_tags(account), ENTITY).into();
    }
    if !form.responders.is_empty() {
        alert["responders"] = form.responders.clone().into();
    }
    alert
}

/// What to do stands before the facts: a text that is too long loses its end.
fn description(message: &Message) -> String {
    let mut text = format!("{}\n\n", cut(&message.why(), LINE));
    if let Some(link) = message.link() {
        let _ = writeln!(text, "The event in CloudTrail: {link}");
    }
    let _ = write!(text, "What to do: {}\n\n", message.next_steps());
    for fact in message.facts() {
        let _ = writeln!(text, "{}: {}", fact.label, cut(&fact.value, LINE));
    }
    cut(&without_tags(&text), DESCRIPTION).into_owned()
}

/// What an answer means. `shown` takes secrets out of what is said.
fn meaning(answer: &HttpResponse, shown: &dyn Fn(&str) -> String) -> Delivery {
    let body = answer.json();
    let said = || {
        let mut said: Vec<String> = Vec::new();
        said.extend(body["result"].as_str().or(body["message"].as_str()).map(str::to_owned));
        for (field, error) in body["errors"].as_object().into_iter().flatten() {
            said.push(format!(
                "{field}: {}",
                error.as_str().map_or_else(|| error.to_string(), str::to_owned)
            ));
        }
        if said.is_empty() {
            return answer.summary();
        }
        // By it, the alert or what became of it is found in their log.
        said.extend(body["requestId"].as_str().map(|id| format!("request {id}")));
        shown(&format!("{}: {}", answer.status, said.join("; ")))
    };
    match answer.status {
        202 => Delivery::done(said()),
        // 202 is their only success. Something else that answers with 200 may be a proxy's page.
        200..300 if body["requestId"].is_string() => Delivery::done(said()),
        200..300 => answer.foreign("Opsgenie's answer, see base_url"),
        429 => {
            let period = answer.headers.get("x-ratelimit-period-in-sec");
            let period =
                period.and_then(|value| crate::notify::http_client::retry_after(value.to_str().ok()?));
            Delivery::Later { why: said(), after: answer.retry_after.or(period).or(Some(WAIT)) }
        }
        400 | 401 | 402 | 403 | 404 | 422 => Delivery::never(said()),
        _ => answer.delivery(),
    }
}

#[cfg(test)]
mod tests;
