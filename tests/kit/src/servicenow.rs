//! A simulated instance of ServiceNow, made from its documentation, because there is no official
//! simulator: the Table API of one table with a state (create, query, change), Event Management's
//! `em/jsonv2`, and `oauth_token.do`. Simulates what can go wrong with the real one: values are
//! texts, unknown conditions of a query are ignored, columns truncate their values, and an update
//! that changes nothing does not count.
//! <https://docs.servicenow.com/bundle/kingston-application-development/page/integrate/inbound-rest/concept/c_TableAPI.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::http_server::{Reply, Request, status};

/// The fields of a record. All of them are texts.
pub type Record = BTreeMap<String, String>;

/// The state of an instance.
#[derive(Debug, Default)]
pub struct Instance {
    pub incidents: Vec<Record>,
    /// Every note that was ever added to an incident.
    pub work_notes: Vec<String>,
    pub events: Vec<Value>,
    /// How many tokens were issued. A new token invalidates the ones before it.
    pub tokens: usize,
    /// The required `authorization` header or API key; anything, if empty.
    pub wants: String,
    /// Fields that the account may not read: conditions on them are ignored, and they are not
    /// returned.
    pub unreadable: Vec<&'static str>,
    /// How many of the next answers to a POST are lost.
    pub lose: usize,
}

/// An instance shared by threads.
pub type Shared = Arc<Mutex<Instance>>;

const TABLE: &str = "/api/now/table/incident";

/// Answers a request as the instance would.
pub fn answer(instance: &Shared, request: &Request) -> Reply {
    let mut instance = instance.lock().unwrap();
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if (request.method.as_str(), path) == ("POST", "/oauth_token.do") {
        return instance.token(request);
    }
    let shown = [request.header("authorization"), request.header("x-sn-apikey")];
    if !instance.wants.is_empty() && !shown.contains(&instance.wants.as_str()) {
        return failure(401, "User Not Authenticated", "Required to provide Auth information");
    }
    let reply = match (request.method.as_str(), path) {
        ("GET", TABLE) => instance.query(&query),
        ("POST", TABLE) => instance.create(request, &query),
        ("PATCH", path) if path.starts_with(TABLE) => {
            instance.change(&path[TABLE.len() + 1..], request, &query)
        }
        ("POST", "/api/global/em/jsonv2") => instance.event(request),
        _ => failure(400, "Requested URI does not represent any resource", path),
    };
    if request.method == "POST" && instance.lose > 0 {
        instance.lose -= 1;
        return Reply::Close;
    }
    reply
}

fn failure(code: u16, message: &str, detail: &str) -> Reply {
    status(code, &json!({"error": {"message": message, "detail": detail}, "status": "failure"}).to_string())
}

impl Instance {
    fn token(&mut self, request: &Request) -> Reply {
        let form = request.form();
        let is = |key: &str, value: &str| form.get(key).is_some_and(|text| text == value);
        let login = is("username", "robot") && is("password", "pass word");
        let granted = is("grant_type", "client_credentials") || is("grant_type", "password") && login;
        if !granted || !is("client_id", "id-1") || !is("client_secret", "client-s3cret") {
            return status(401, r#"{"error_description":"access_denied","error":"server_error"}"#);
        }
        self.tokens += 1;
        let token = format!("fetched-t0ken-{}", self.tokens);
        self.wants = format!("Bearer {token}");
        let answer = json!({"access_token": token, "scope": "useraccount", "token_type": "Bearer", "expires_in": 1799});
        status(200, &answer.to_string())
    }

    fn shown(&self, record: &Record, query: &BTreeMap<String, String>) -> Value {
        let wanted: Option<Vec<&str>> = query.get("sysparm_fields").map(|fields| fields.split(',').collect());
        let is_shown = |name: &str| {
            !self.unreadable.contains(&name) && wanted.as_ref().is_none_or(|wanted| wanted.contains(&name))
        };
        record
            .iter()
            .filter(|(name, _)| is_shown(name))
            .map(|(name, text)| (name.clone(), json!(text)))
            .collect()
    }

    /// Terms joined by `^`: `field=value`, `ORDERBYfield`, `ORDERBYDESCfield`.
    fn query(&self, query: &BTreeMap<String, String>) -> Reply {
        let mut rows: Vec<&Record> = self.incidents.iter().collect();
        for term in query.get("sysparm_query").map(|text| text.split('^')).into_iter().flatten() {
            if let Some(field) = term.strip_prefix("ORDERBYDESC") {
                rows.sort_by_key(|row| std::cmp::Reverse(row.get(field)));
            } else if let Some((field, value)) = term.split_once('=') {
                let known = ["correlation_id", "active", "number", "state"].contains(&field);
                if known && !self.unreadable.contains(&field) {
                    rows.retain(|row| row.get(field).is_some_and(|text| text == value));
                }
            }
        }
        let limit = query.get("sysparm_limit").and_then(|limit| limit.parse().ok()).unwrap_or(10_000);
        let rows: Vec<Value> = rows.into_iter().take(limit).map(|row| self.shown(row, query)).collect();
        status(200, &json!({ "result": rows }).to_string())
    }

    fn create(&mut self, request: &Request, query: &BTreeMap<String, String>) -> Reply {
        let number = self.incidents.len() + 1;
        let mut record: Record = [
            ("sys_id", format!("{number:032x}")),
            ("number", format!("INC{number:07}")),
            ("state", "1".to_owned()),
            ("active", "true".to_owned()),
            ("sys_mod_count", "0".to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text))
        .into();
        self.fill(&mut record, &request.json());
        let weight = |name: &str| record.get(name).and_then(|text| text.parse::<u8>().ok()).unwrap_or(3);
        record.insert("priority".to_owned(), (weight("impact") + weight("urgency") - 1).to_string());
        let shown = self.shown(&record, query);
        self.incidents.push(record);
        status(201, &json!({ "result": shown }).to_string())
    }

    fn change(&mut self, sys_id: &str, request: &Request, query: &BTreeMap<String, String>) -> Reply {
        let Some(at) = self.incidents.iter().position(|row| row["sys_id"] == sys_id) else {
            let detail = "Record doesn't exist or ACL restricts the record retrieval";
            return failure(404, "No Record found", detail);
        };
        let mut record = self.incidents[at].clone();
        self.fill(&mut record, &request.json());
        if record != self.incidents[at] {
            let count: u64 = record["sys_mod_count"].parse().unwrap();
            record.insert("sys_mod_count".to_owned(), (count + 1).to_string());
        }
        self.incidents[at] = record.clone();
        status(200, &json!({ "result": self.shown(&record, query) }).to_string())
    }

    fn fill(&mut self, record: &mut Record, fields: &Value) {
        for (name, value) in fields.as_object().unwrap() {
            let text = value.as_str().expect("fields are sent as texts");
            let most = match name.as_str() {
                "work_notes" | "comments" => {
                    self.work_notes.push(text.to_owned());
                    continue;
                }
                "short_description" => 160,
                "correlation_id" | "correlation_display" => 100,
                _ => 4000,
            };
            record.insert(name.clone(), text.chars().take(most).collect());
        }
    }

    fn event(&mut self, request: &Request) -> Reply {
        let records = request.json()["records"].as_array().cloned().unwrap_or_default();
        let said = format!("{} events were inserted", records.len());
        self.events.extend(records);
        status(200, &json!({"result": {"Default Bulk Endpoint": said}}).to_string())
    }
}
