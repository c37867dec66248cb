//! A webhook: JSON by POST to an address of the user's own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::connection::{Connection, secret_url};
use super::super::delivery::{Attempt, Delivery, Notifier};
use super::super::http::{Http, Request};
use super::super::message::{Message, rfc3339};
use super::super::pace::Pace;
use super::super::secret::{self, Secret};
use super::super::settings::Context;
use crate::program::config::{Read, Table, Text};

#[derive(Debug)]
struct Webhook {
    http: Http,
    url: Secret,
    insecure: bool,
}

pub(in crate::program::notify) fn build(table: &mut Table<'_>, context: &Context) -> Read<Arc<dyn Notifier>> {
    let url = context.secret_url(table, "url", true)?;
    let http = context.http(vec![url.clone()])?;
    Ok(Arc::new(Webhook { http, url, insecure: context.connection.insecure }))
}

/// The channel of `--webhook`: an address and nothing else. One on this machine need not be encrypted.
pub(in crate::program::notify) fn given(text: Text) -> Read<Arc<dyn Notifier>> {
    let refuse = |why: String| text.place.refuse(why);
    let url = secret::maybe(&text, std::path::Path::new("")).map_err(refuse)?;
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let address = url.get().map_err(refuse)?;
    let insecure = local
        .iter()
        .any(|local| address.strip_prefix(local).is_some_and(|rest| rest.starts_with([':', '/'])));
    let connection = Connection { insecure, ..Connection::default() };
    secret_url(&url, insecure).map_err(refuse)?;
    let http = Http::new(&connection, vec![url.clone()]).map_err(refuse)?;
    Ok(Arc::new(Webhook { http, url, insecure }))
}

impl Notifier for Webhook {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let url = match secret_url(&self.url, self.insecure) {
                Ok(url) => url,
                Err(why) => return Delivery::later(self.http.shown(&why)),
            };
            match self.http.send(Request::json(url, &payload(message))).await {
                Ok(answer) => answer.delivery(),
                Err(delivery) => delivery,
            }
        })
    }

    fn pace(&self) -> Pace {
        Pace::programs()
    }

    fn target(&self) -> String {
        let host = self
            .url
            .get()
            .ok()
            .and_then(|url| Some(url.parse::<reqwest::Url>().ok()?.host_str()?.to_owned()));
        host.unwrap_or_default()
    }
}

fn payload(message: &Message) -> Value {
    match message {
        Message::One(notice) => json!({ "title": message.title(), "notice": **notice }),
        Message::Digest(digest) => {
            json!({ "title": message.title(), "count": digest.count, "last": digest.last.and_then(rfc3339) })
        }
    }
}
