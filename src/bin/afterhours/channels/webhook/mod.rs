//! A webhook: an alert by POST to an address of the user's own, as JSON, as a CloudEvent or in a form of the user's, signed if
//! that is wanted.

mod body;
mod headers;
mod payload;
mod signature;
mod template;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::{Method, Url};

use crate::channels::webhook::body::Body;
use crate::channels::webhook::headers::Headers;
pub(crate) use crate::channels::webhook::payload::SCHEMA;
use crate::notify::connection;
use crate::notify::connection::Connection;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::RateLimits;
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::clock;
use crate::sys::config_file::{Result, Spanned, Table, TomlValue};

#[derive(Debug)]
struct Webhook {
    http: HttpClient,
    url: Secret,
    plain: Plain,
    method: Method,
    headers: Headers,
    body: Body,
    /// The newest first.
    signing: Vec<Secret>,
}

/// Where a request may go without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    Nowhere,
    /// To this machine itself.
    Loopback,
    Anywhere,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let plain = if context.connection.insecure { Plain::Anywhere } else { Plain::Nowhere };
    let text = context.text(table, "url")?;
    let url = secret::maybe(&text, &context.beside).map_err(|why| text.location.error(why))?;
    address(&url, plain).map_err(|why| text.location.error(why))?;
    let method = match context.optional_text(table, "method")? {
        None => Method::POST,
        Some(text) => match &*text.value {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            _ => return Err(text.location.error("the methods are POST and PUT")),
        },
    };
    let (body, in_body) = Body::take(table, context)?;
    let headers = Headers::take(table, context)?;
    let signing = signing(table, context)?;
    let secrets = [vec![url.clone()], in_body, headers.secrets(), signing.clone()].concat();
    let http = context.http(secrets)?;
    Ok(Arc::new(Webhook { http, url, plain, method, headers, body, signing }))
}

/// `signing_secrets`: one, or several while a secret is changed.
fn signing(table: &mut Table<'_>, context: &Context) -> Result<Vec<Secret>> {
    let texts = table.take("signing_secrets").map(TomlValue::texts).transpose()?.unwrap_or_default();
    let each = |text: Spanned<String>| {
        let secret = Secret::named(&text.value, &context.beside);
        let checked = secret.and_then(|secret| signature::Key::read(&secret.get()?).map(|_| secret));
        checked.map_err(|why| text.location.error(why))
    };
    texts.into_iter().map(each).collect()
}

/// The channel of `--webhook`: an address and nothing else. One on this machine need not be encrypted.
pub(crate) fn given(text: Spanned<String>) -> Result<Arc<dyn Notifier>> {
    let wrong = |why: String| text.location.error(why);
    let url = secret::maybe(&text, std::path::Path::new("")).map_err(wrong)?;
    let checked = address(&url, Plain::Loopback).map_err(wrong)?;
    let local = checked.scheme() == "http";
    // What is not encrypted does not leave the machine by a proxy either.
    let connection = Connection { insecure: local, proxy: !local, ..Connection::default() };
    let plain = if local { Plain::Loopback } else { Plain::Nowhere };
    let http = HttpClient::new(&connection, vec![url.clone()]).map_err(wrong)?;
    let (method, headers, body) = (Method::POST, Headers::default(), Body::Json);
    Ok(Arc::new(Webhook { http, url, plain, method, headers, body, signing: Vec::new() }))
}

impl Notifier for Webhook {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let body = match self.body.render(message) {
                Ok(body) => body,
                Err(why) => return Delivery::never(self.http.redact(&why)),
            };
            // The secrets' files are read again for each request: one may be missing for a moment.
            let (request, derived) = match self.request(message, body, clock::now_ms() / 1000) {
                Ok(made) => made,
                Err(why) => return Delivery::later(self.http.redact(&why)),
            };
            match self.http.hiding(derived).send(request).await {
                Ok(answer) => outcome(&answer),
                Err(delivery) => delivery,
            }
        })
    }

    fn limits(&self) -> RateLimits {
        RateLimits::programs()
    }

    fn target(&self) -> String {
        let url = address(&self.url, self.plain).ok();
        url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned()
    }
}

impl Webhook {
    /// The request of an attempt at this time, in seconds since 1970; and what in it was made of secrets.
    fn request(&self, message: &Message, body: Vec<u8>, now: i64) -> Result<(Request, Vec<Secret>), String> {
        let url = address(&self.url, self.plain)?;
        let mut headers = vec![("content-type".to_owned(), self.body.content_type().to_owned())];
        let mut derived = Vec::new();
        headers.extend(self.headers.list()?);
        if let Some(value) = self.headers.credentials()? {
            derived.push(Secret::known(value.clone()));
            headers.push(("authorization".to_owned(), value));
        }
        if !self.signing.is_empty() {
            let keys: Result<Vec<_>, String> =
                self.signing.iter().map(|secret| signature::Key::read(&secret.get()?)).collect();
            let signed = signature::headers(&keys?, message.key(), now, &body);
            derived.extend(signed[2].1.split(' ').map(|signature| Secret::known(signature.to_owned())));
            headers.extend(signed);
        }
        Ok((Request { method: self.method.clone(), url, headers, body }, derived))
    }
}

/// What the answer means. Standard Webhooks: 2xx is success, 410 the wish to hear no more.
fn outcome(answer: &HttpResponse) -> Delivery {
    match answer.status {
        410 => Delivery::never(format!(
            "the endpoint is gone for good and says so; take the channel out, or give it its new address ({})",
            answer.summary()
        )),
        _ => answer.delivery(),
    }
}

/// The address that requests go to. It is not repeated in the error, for it may be a secret.
fn address(url: &Secret, plain: Plain) -> Result<Url, String> {
    let text = url.get()?;
    let local = plain == Plain::Loopback && text.parse().is_ok_and(|url| is_loopback(&url));
    if plain == Plain::Loopback && !local && text.starts_with("http:") {
        return Err(
            "the address is not encrypted and not on this machine; use https, or write the channel into the \
                    configuration, with insecure = true"
                .to_owned(),
        );
    }
    connection::url(&text, local || plain == Plain::Anywhere)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}
