//! Zendesk: a ticket by the Tickets API. A repeated delivery finds the first one's ticket: by the idempotency key for two
//! hours, by the external ID after them.
//! <https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/>

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use afterhours::rules::Severity;
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};

use crate::notify::connection::{beneath, url};
use crate::notify::context::Context;
use crate::notify::fact::Fact;
use crate::notify::http_auth::AuthHeader;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Location, Result, Table};

/// The most tags and custom fields that a configuration adds.
const MOST: usize = 64;

#[derive(Debug)]
struct Zendesk {
    http: HttpClient,
    base: Url,
    access: Access,
    /// What the configuration adds to every ticket, and the tags that are more than ours.
    extra: Map<String, Value>,
    tags: Vec<String>,
    /// For the whole attempt, of two requests.
    timeout: Duration,
}

#[derive(Debug)]
enum Access {
    /// An agent's address, and an API token of the account.
    Token {
        email: Secret,
        token: Secret,
    },
    OAuth(Secret),
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let base = base(table, context)?;
    let email = match context.optional_text(table, "email")? {
        Some(text) => Some(secret::maybe(&text, &context.beside).map_err(|why| text.location.error(why))?),
        None => None,
    };
    let token = context.optional_secret(table, "token")?;
    let oauth = context.optional_secret(table, "oauth_token")?;
    let secrets = [&token, &oauth].into_iter().flatten().cloned().collect();
    let access = match (email, token, oauth) {
        (Some(email), Some(token), None) => Access::Token { email, token },
        (None, None, Some(oauth)) => Access::OAuth(oauth),
        (_, None, None) => {
            let why = format!("token is missing, beside email; or give oauth_token. {}", secret::FORMS);
            return Err(context.location.error(why));
        }
        (None, Some(_), None) => {
            return Err(context
                .location
                .error("email is missing: the address of the agent whom the token is used for"));
        }
        (_, _, Some(_)) => {
            return Err(context.location.error("email and token, or oauth_token: leave one of them out"));
        }
    };
    let (extra, tags) = (extra(table, context)?, tags(table)?);
    let http = context.http(secrets)?;
    Ok(Arc::new(Zendesk { http, base, access, extra, tags, timeout: context.connection.timeout }))
}

/// `subdomain = "acme"`, or `base_url`.
fn base(table: &mut Table<'_>, context: &Context) -> Result<Url> {
    let (subdomain, given) =
        (context.optional_text(table, "subdomain")?, context.optional_text(table, "base_url")?);
    let insecure = context.connection.insecure;
    match (subdomain, given) {
        (None, Some(given)) => url(&given.value, insecure).map_err(|why| given.location.error(why)),
        (Some(subdomain), None) => {
            if !subdomain.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(subdomain.location.error(
                    "only the name before .zendesk.com is wanted; write base_url = \"https://…\" for another address",
                ));
            }
            url(&format!("https://{}.zendesk.com", subdomain.value), false)
                .map_err(|why| subdomain.location.error(why))
        }
        (Some(subdomain), Some(_)) => {
            Err(subdomain.location.error("subdomain and base_url both say where; leave one out"))
        }
        (None, None) => Err(context
            .location
            .error("subdomain is missing: the name before .zendesk.com, such as \"acme\"; or give base_url")),
    }
}

/// What the configuration adds to every ticket.
fn extra(table: &mut Table<'_>, context: &Context) -> Result<Map<String, Value>> {
    let mut extra = Map::new();
    for key in ["group_id", "brand_id", "ticket_form_id"] {
        if let Some(item) = table.take(key) {
            let location = item.location.clone();
            extra.insert(key.to_owned(), id(item.number()?, &location)?.into());
        }
    }
    if let Some(assignee) = context.optional_text(table, "assignee")? {
        if assignee.value.contains('@') {
            extra.insert("assignee_email".to_owned(), assignee.value.into());
        } else {
            let number = assignee.value.parse().map_err(|_| {
                assignee.location.error("an agent's e-mail address or number is wanted, in quotes")
            })?;
            extra.insert("assignee_id".to_owned(), id(number, &assignee.location)?.into());
        }
    }
    if let Some(item) = table.take("custom_fields") {
        let location = item.location.clone();
        let mut fields = Vec::new();
        for (name, value) in item.table()?.named() {
            let number = name.parse().map_err(|_| {
                value.error("a custom field is named by its number, in quotes: \"360012345678\" = \"text\"")
            })?;
            let number = id(number, &value.location)?;
            fields.push(json!({ "id": number, "value": value.text()?.value }));
        }
        if fields.len() > MOST {
            return Err(location.error(format!("more than {MOST} fields")));
        }
        extra.insert("custom_fields".to_owned(), fields.into());
    }
    Ok(extra)
}

fn id(number: i64, location: &Location) -> Result<i64> {
    if number > 0 { Ok(number) } else { Err(location.error("Zendesk's numbers are greater than 0")) }
}

fn tags(table: &mut Table<'_>) -> Result<Vec<String>> {
    let Some(item) = table.take("tags") else { return Ok(Vec::new()) };
    let location = item.location.clone();
    let tags = item.texts()?;
    if tags.len() > MOST {
        return Err(location.error(format!("more than {MOST} tags")));
    }
    // Zendesk would take one with a blank for two, and drop what else it does not know, without a word.
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | ':' | '.');
    match tags
        .iter()
        .find(|tag| tag.value.is_empty() || tag.value.len() > 80 || !tag.value.chars().all(plain))
    {
        Some(tag) => {
            Err(tag.location.error("a tag is letters, digits, `-`, `_`, `/`, `:` and `.`, without blanks"))
        }
        None => Ok(tags.into_iter().map(|tag| tag.value).collect()),
    }
}

impl Notifier for Zendesk {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            match tokio::time::timeout(self.timeout, self.ticket(message)).await {
                Ok(Ok(delivery) | Err(delivery)) => delivery,
                Err(_) => Delivery::later("no answer in time"),
            }
        })
    }

    /// Accounts are allowed 200 requests a minute or more, and a ticket takes two.
    /// <https://developer.zendesk.com/api-reference/introduction/rate-limits/>
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::per_second(1))
    }

    fn target(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }
}

impl Zendesk {
    async fn ticket(&self, message: &Message) -> Result<Delivery, Delivery> {
        let read = |secret: &Secret| secret.get().map_err(|why| Delivery::later(self.http.redact(&why)));
        let pass = match &self.access {
            Access::Token { email, token } => {
                AuthHeader::basic(&format!("{}/token", read(email)?), &read(token)?)
            }
            Access::OAuth(token) => AuthHeader::bearer(&read(token)?),
        };
        let tickets = beneath(&self.base, "api/v2/tickets.json");
        let answer = pass.send(&self.http, look_up(&tickets, message), words).await?;
        if let Some(delivery) = found(&answer, &external_id(message)) {
            return Ok(delivery);
        }
        let ticket = payload(message, &self.extra, &self.tags);
        let request = Request::json(tickets, &ticket)
            .header("accept", "application/json")
            .header("idempotency-key", message.key());
        Ok(created(&pass.send(&self.http, request, words).await?))
    }
}

fn external_id(message: &Message) -> String {
    format!("afterhours:{}", message.key())
}

/// Asks for the tickets with the message's external ID.
fn look_up(tickets: &Url, message: &Message) -> Request {
    let mut url = tickets.clone();
    url.query_pairs_mut().append_pair("external_id", &external_id(message));
    let headers = vec![("accept".to_owned(), "application/json".to_owned())];
    Request { method: Method::GET, url, headers, body: Vec::new() }
}

/// What a look-up settles: the ticket is there, or nobody can be asked now. Where it settles nothing, for there is no ticket
/// or the token may not read, the ticket is created, and the idempotency key sees to it that it is one.
fn found(answer: &HttpResponse, external_id: &str) -> Option<Delivery> {
    let json = answer.json();
    let ours = |ticket: &&Value| ticket["external_id"] == external_id;
    match answer.status {
        200..300 => {
            let ticket = json["tickets"].as_array()?.iter().find(ours)?;
            Some(Delivery::done(format!("{} is there already", number(ticket))))
        }
        401 => Some(answer.delivery()),
        _ => Some(answer.delivery()).filter(|delivery| matches!(delivery, Delivery::Later { .. })),
    }
}

fn created(answer: &HttpResponse) -> Delivery {
    let json = answer.json();
    let replay = answer.headers.get("x-idempotency-lookup").is_some_and(|lookup| lookup == "hit");
    match answer.status {
        200..300 if json["ticket"].is_object() => {
            let again = if replay { " is there already" } else { "" };
            Delivery::done(format!("{}: {}{again}", answer.status, number(&json["ticket"])))
        }
        // A page, as of a login or of maintenance.
        200..300 => {
            Delivery::later(format!("{}: the answer is no ticket; is this its address?", answer.status))
        }
        // The same request is under way, or the database has it locked: the next attempt sees what became of it.
        409 | 423 => answer.later(),
        // The key was used less than two hours ago with other words: those of an older configuration. If a ticket came of it,
        // the next look-up finds it; otherwise the key is free again after that time.
        400 if json["error"] == "IdempotentRequestError" => answer.later(),
        _ => answer.delivery(),
    }
}

/// `ticket 35436`
fn number(ticket: &Value) -> String {
    match ticket["id"].as_u64() {
        Some(id) => format!("ticket {id}"),
        None => "the ticket".to_owned(),
    }
}

/// `{"error":…,"description":…,"details":{"base":[{"description":…}]}}`; `error` may be an object with a title and a message.
fn words(answer: &Value) -> Option<String> {
    let error = &answer["error"];
    let parts = [error, &error["title"], &error["message"], &answer["description"]];
    let mut words: Vec<&str> = parts.into_iter().filter_map(Value::as_str).collect();
    if words.is_empty() {
        return None;
    }
    let details = answer["details"].as_object().into_iter().flat_map(Map::values);
    let details = details.filter_map(Value::as_array).flatten();
    words.extend(details.filter_map(|detail| detail["description"].as_str()));
    Some(words.join(": "))
}

/// A ticket. Its comment is private: it speaks of people, and requesters read the public ones.
fn payload(message: &Message, extra: &Map<String, Value>, tags: &[String]) -> Value {
    let mut all = vec!["afterhours".to_owned(), format!("severity-{}", message.severity().as_str())];
    if message.is_test() {
        all.push("afterhours-test".to_owned());
    }
    all.extend(tags.iter().cloned());
    let mut ticket = json!({
        "subject": tame(&message.title()),
        "comment": { "body": body(message), "public": false },
        "type": "incident",
        "priority": priority(message.severity()),
        "external_id": external_id(message),
        "tags": all,
    });
    for (key, value) in extra {
        ticket[key] = value.clone();
    }
    json!({ "ticket": ticket })
}

fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "urgent",
        Severity::High => "high",
        Severity::Medium => "normal",
        Severity::Low | Severity::Info => "low",
    }
}

/// The comment. Accounts may have Markdown on, so what strangers wrote stands indented, which makes it code there, and looks
/// well where it is plain text; the subject has the title.
fn body(message: &Message) -> String {
    let mut body = format!("{}\n\n", message.why());
    let facts = message.facts();
    let width = facts.iter().map(|fact| fact.label.len()).max().unwrap_or(0) + 1;
    for Fact { label, value } in facts {
        let label = format!("{label}:");
        let _ = writeln!(body, "    {label:width$} {value}");
    }
    if let Some(link) = message.link() {
        let _ = write!(body, "\nThe event in CloudTrail: {link}\n");
    }
    let _ = write!(body, "\nWhat to do: {}\n", message.next_steps());
    tame(&body)
}

/// Zendesk fills in what stands in double braces, `{{ticket.requester.email}}`, and runs `{% … %}`.
/// <https://support.zendesk.com/hc/en-us/articles/4408886858138>
fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if before == '{' && matches!(c, '{' | '%') {
            tamed.push(' ');
        }
        tamed.push(c);
        before = c;
    }
    tamed
}

#[cfg(test)]
mod tests;
