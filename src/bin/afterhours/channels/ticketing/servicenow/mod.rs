//! ServiceNow: an incident by the Table API, or an event for Event Management. An incident is looked for before it is
//! created, by the message's key, for the Table API has no other way to see that a request came before.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::channels::ticketing::servicenow::auth::Access;
use crate::notify::connection::beneath;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::sys::config_file::{Result, Table, TomlValue, suggest};

mod auth;
mod payload;

/// The most fields that a configuration sets.
const FIELDS: usize = 64;

#[derive(Debug)]
struct ServiceNow {
    http: HttpClient,
    base: Url,
    access: Access,
    kind: Kind,
    /// For the whole attempt, of up to four requests.
    timeout: Duration,
}

#[derive(Debug)]
enum Kind {
    Incident(Incidents),
    Event,
}

/// Where incidents are kept, and what they hold beside our words.
#[derive(Debug)]
struct Incidents {
    table: String,
    fields: Vec<(String, String)>,
    /// The fields are written as people read them: a group's name and not its sys_id.
    display_values: bool,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    Ok(Arc::new(service_now(table, context)?))
}

fn service_now(table: &mut Table<'_>, context: &Context) -> Result<ServiceNow> {
    let base = base(table, context)?;
    let kind = match context.optional_text(table, "mode")? {
        None => Kind::Incident(incidents(table, context)?),
        Some(mode) => match &*mode.value {
            "incident" => Kind::Incident(incidents(table, context)?),
            "event" => Kind::Event,
            other => {
                let hint = suggest(other, &["incident", "event"]);
                return Err(mode.location.error(format!("no mode{hint}")));
            }
        },
    };
    let (access, secrets) = Access::take(table, context, &base)?;
    let http = context.http(secrets)?;
    Ok(ServiceNow { http, base, access, kind, timeout: context.connection.timeout })
}

/// `instance = "acme"`, or `base_url` for instances that live elsewhere.
fn base(table: &mut Table<'_>, context: &Context) -> Result<Url> {
    let Some(instance) = context.optional_text(table, "instance")? else {
        return match context.optional_text(table, "base_url")? {
            Some(url) => crate::notify::connection::url(&url.value, context.connection.insecure)
                .map_err(|why| url.location.error(why)),
            None => Err(context.location.error(
                "instance is missing: the name before .service-now.com, such as \"acme\"; or give base_url",
            )),
        };
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if !instance.value.bytes().all(plain) {
        let why = "only the name before .service-now.com is wanted; write base_url = \"https://…\" for another address";
        return Err(instance.location.error(why));
    }
    if table.take("base_url").is_some() {
        return Err(instance.location.error("instance and base_url both say where; leave one out"));
    }
    let url = format!("https://{}.service-now.com", instance.value);
    crate::notify::connection::url(&url, false).map_err(|why| instance.location.error(why))
}

fn incidents(table: &mut Table<'_>, context: &Context) -> Result<Incidents> {
    let name = |text: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        (1..=80).contains(&text.len()) && text.bytes().all(plain)
    };
    let table_name = match context.optional_text(table, "table")? {
        None => "incident".to_owned(),
        Some(text) if name(&text.value) => text.value,
        Some(text) => return Err(text.location.error("a table's name is small letters, digits and `_`")),
    };
    let display_values = table.take("display_values").map(TomlValue::flag).transpose()?.unwrap_or(false);
    let mut fields = Vec::new();
    if let Some(item) = table.take("fields") {
        let location = item.location.clone();
        for (field, value) in item.table()?.named() {
            if !name(&field) {
                return Err(value.error("a field's name is small letters, digits and `_`"));
            }
            if payload::OURS.contains(&field.as_str()) || field.starts_with("sys_") {
                return Err(value.error("this field is filled by the program; leave it out"));
            }
            fields.push((field, value.text()?.value));
        }
        if fields.len() > FIELDS {
            return Err(location.error(format!("more than {FIELDS} fields")));
        }
    }
    Ok(Incidents { table: table_name, fields, display_values })
}

impl Notifier for ServiceNow {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let attempt = async {
                match &self.kind {
                    Kind::Incident(incidents) => self.incident(incidents, message).await,
                    Kind::Event => self.event(message).await,
                }
            };
            match tokio::time::timeout(self.timeout, attempt).await {
                Ok(Ok(delivery) | Err(delivery)) => self.http.redact_result(delivery),
                Err(_) => Delivery::later("no answer in time"),
            }
        })
    }

    fn limits(&self) -> RateLimits {
        match self.kind {
            Kind::Incident(_) => RateLimits::people(Rate::per_second(1)),
            // Event Management makes one alert of many events by itself.
            Kind::Event => RateLimits { rate: Some(Rate::per_second(5)), flood: None, at_once: 2 },
        }
    }

    fn target(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match &self.kind {
            Kind::Incident(incidents) => format!("{host}, table {}", incidents.table),
            Kind::Event => format!("{host}, events"),
        }
    }
}

impl ServiceNow {
    async fn event(&self, message: &Message) -> Result<Delivery, Delivery> {
        let url = beneath(&self.base, "api/global/em/jsonv2");
        let body = payload::event(message);
        let answer = self
            .access
            .send(&self.http, || Request::json(url.clone(), &body).header("accept", "application/json"))
            .await?;
        let taken = !answer.json()["result"].is_null();
        Ok(if answer.is_success() && !taken { asleep(&answer) } else { answer.delivery() })
    }

    /// Looks for the incident, and creates it if there is none: whoever comes again after an answer that was lost finds it.
    async fn incident(&self, incidents: &Incidents, message: &Message) -> Result<Delivery, Delivery> {
        let payload = payload::incident(message, &incidents.fields);
        let records = beneath(&self.base, &format!("api/now/table/{}", incidents.table));
        let look = look_up(&records, message.key());
        let answer = self.access.send(&self.http, || get(&look)).await?;
        let Some(record) = found(&answer, message.key())? else {
            let url = written(records, incidents.display_values);
            return Ok(created(&self.write(Method::POST, &url, &payload).await?, message.key()));
        };
        let there = format!("{} is there already", record.number);
        let Some(update) = update(&record, &payload) else { return Ok(Delivery::done(there)) };
        let url = written(beneath(&records, &record.sys_id), false);
        Ok(updated(&self.write(Method::PATCH, &url, &update).await?, &there))
    }

    async fn write(&self, method: Method, url: &Url, body: &Value) -> Result<HttpResponse, Delivery> {
        let request = || {
            let mut request = Request::json(url.clone(), body).header("accept", "application/json");
            request.method = method.clone();
            request
        };
        self.access.send(&self.http, request).await
    }
}

fn get(url: &Url) -> Request {
    Request {
        method: Method::GET,
        url: url.clone(),
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        body: Vec::new(),
    }
}

/// Asks for the incident with the key, an open one first. The key is hexadecimal: nothing in it is of the query's grammar.
/// A closed one counts too: the sign-in was reported and handled, and a repeated delivery is not a new sign-in.
fn look_up(records: &Url, key: &str) -> Url {
    let mut url = records.clone();
    url.query_pairs_mut()
        .append_pair("sysparm_query", &format!("correlation_id={key}^ORDERBYDESCactive"))
        .append_pair(
            "sysparm_fields",
            "sys_id,number,active,correlation_id,short_description,description,sys_mod_count",
        )
        .append_pair("sysparm_limit", "1");
    url
}

/// Where a record is written, with an answer that says no more than is needed.
fn written(mut url: Url, display_values: bool) -> Url {
    url.query_pairs_mut().append_pair("sysparm_fields", "sys_id,number,correlation_id");
    if display_values {
        url.query_pairs_mut().append_pair("sysparm_input_display_value", "true");
    }
    url
}

/// An incident that is there.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    sys_id: String,
    number: String,
    active: bool,
    /// Nobody, and no rule, has changed it since it was created.
    untouched: bool,
    short_description: String,
    description: String,
}

/// The incident that a look-up found. Where the account may not see `correlation_id`, ServiceNow drops the condition from the
/// query and gives any incident at all: one with another key, or without a key, is not ours.
fn found(answer: &HttpResponse, key: &str) -> Result<Option<Record>, Delivery> {
    let json = answer.json();
    // So said version 1 of the API; a proxy may still send us there.
    if answer.status == 404 && json["error"]["message"] == "No Record found" {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(answer.delivery());
    }
    let Some(records) = json["result"].as_array() else { return Err(asleep(answer)) };
    let text = |record: &Value, field: &str| record[field].as_str().unwrap_or_default().to_owned();
    let ours = records.iter().find(|record| record["correlation_id"] == key);
    let record = ours.map(|record| Record {
        sys_id: text(record, "sys_id"),
        number: number(record),
        active: record["active"] == "true",
        untouched: record["sys_mod_count"] == "0",
        short_description: text(record, "short_description"),
        description: text(record, "description"),
    });
    // It stands in an address.
    Ok(record.filter(|record| is_plain(&record.sys_id)))
}

/// What is to be changed of an incident that is there. Nothing, as a rule: a repeated delivery says the same. Where it says
/// it in other words, an open incident gets these, and no more than these; one that was touched since is left as it is. So
/// nobody's work is undone, and no note, no reopening and no new priority comes of a repetition.
fn update(record: &Record, payload: &Value) -> Option<Value> {
    let same = |ours: &Value, theirs: &str| {
        let theirs = theirs.replace("\r\n", "\n");
        ours.as_str().is_some_and(|ours| ours.trim() == theirs.trim())
    };
    let (short, long) = (&payload["short_description"], &payload["description"]);
    let is_same = same(short, &record.short_description) && same(long, &record.description);
    (record.active && record.untouched && !is_same)
        .then(|| json!({ "short_description": short, "description": long }))
}

fn created(answer: &HttpResponse, key: &str) -> Delivery {
    let json = answer.json();
    let record = &json["result"];
    match answer.status {
        200..300 if record.is_object() => {
            let number = number(record);
            // Whoever tries the channel learns it now, and not by two incidents.
            let blind = if record["correlation_id"] == key {
                ""
            } else {
                " (this account may not read correlation_id: a repeated delivery would make another)"
            };
            Delivery::done(format!("{}: {number}{blind}", answer.status))
        }
        200..300 => asleep(answer),
        _ => answer.delivery(),
    }
}

/// The incident is there whatever becomes of the update: only what may pass is tried again.
fn updated(answer: &HttpResponse, there: &str) -> Delivery {
    match answer.delivery() {
        _ if answer.status == 404 => {
            Delivery::later(format!("{there}, and then was not: {}", answer.summary()))
        }
        Delivery::Done { .. } => Delivery::done(format!("{there}; its text is new")),
        Delivery::Never { why } => Delivery::done(format!("{there}; its text cannot be changed: {why}")),
        later @ Delivery::Later { .. } => later,
    }
}

/// Success without a record: instances that hibernate, are under maintenance or want a login answer with a page.
fn asleep(answer: &HttpResponse) -> Delivery {
    Delivery::later(format!(
        "{}: the answer is not the API's; is the instance asleep, and is this its address?",
        answer.status
    ))
}

/// `INC0010023`. What looks otherwise is not repeated.
fn number(record: &Value) -> String {
    let number = ["number", "sys_id"].into_iter().filter_map(|field| record[field].as_str());
    number.into_iter().find(|number| is_plain(number)).unwrap_or("the record").to_owned()
}

fn is_plain(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
