//! Vonage: POST of a form to sms/json. <https://developer.vonage.com/en/api/sms>
//!
//! It answers 200 whatever it thinks of the message; what became of it stands in the body, once for each part of the message.

use reqwest::Url;

use crate::channels::sms::service;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::notifier::Delivery;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Spanned, Table};

#[derive(Debug)]
pub(super) struct Vonage {
    url: Url,
    api_key: Secret,
    api_secret: Secret,
    from: String,
}

impl Vonage {
    pub(super) fn read(
        table: &mut Table<'_>,
        context: &Context,
        from: Option<Spanned<String>>,
    ) -> Result<Self> {
        let mut url = context.base(table, "base_url", "https://rest.nexmo.com")?;
        service::at(&mut url, "sms/json");
        let key = context.text(table, "api_key")?;
        let api_key = secret::maybe(&key, &context.beside).map_err(|why| key.location.error(why))?;
        let api_secret = context.secret(table, "api_secret")?;
        let from = from.ok_or_else(|| {
            context.location.error(
                "from is missing: a number of yours such as \"+447700900000\", or a name of up to 11 letters",
            )
        })?;
        Ok(Vonage { url, api_key, api_secret, from: from.value })
    }

    pub(super) fn secrets(&self) -> Vec<Secret> {
        vec![self.api_secret.clone()]
    }

    pub(super) async fn send(&self, http: &HttpClient, to: &str, text: &str, key: &str) -> Delivery {
        let (api_key, api_secret) = match (self.api_key.get(), self.api_secret.get()) {
            (Ok(key), Ok(secret)) => (key, secret),
            (Err(why), _) | (_, Err(why)) => return Delivery::later(http.redact(&why)),
        };
        let account = Account { api_key: &api_key, api_secret: &api_secret, from: &self.from };
        match http.send(Request::form(self.url.clone(), &fields(&account, to, text, key))).await {
            Ok(answer) => meaning(&answer, |words| service::said(http, &answer, words, &[])),
            Err(delivery) => delivery,
        }
    }
}

pub(super) struct Account<'a> {
    pub(super) api_key: &'a str,
    pub(super) api_secret: &'a str,
    pub(super) from: &'a str,
}

/// The form. Numbers are without their `+`. The text is GSM-7 always, so `type` is never `unicode`; `client-ref` is not
/// looked at by the service, but stands in its reports.
pub(super) fn fields<'a>(
    account: &Account<'a>,
    to: &'a str,
    text: &'a str,
    key: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("api_key", account.api_key),
        ("api_secret", account.api_secret),
        ("from", account.from.trim_start_matches('+')),
        ("to", to.trim_start_matches('+')),
        ("type", "text"),
        ("text", text),
        ("client-ref", key),
    ]
}

/// What an answer means. Codes: <https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms#sms-api-error-codes>:
/// 1 throttled, 5 an error of the platform, 10 too many connections; the others stay as they are.
fn meaning(answer: &HttpResponse, said: impl Fn(&str) -> String) -> Delivery {
    let json = answer.json();
    let parts = json["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let after = answer.retry_after;
    match answer.status {
        200..300 => {}
        408 | 425 | 429 | 500.. => return Delivery::Later { why: said(&answer.body), after },
        300..400 => return answer.delivery(),
        _ => return Delivery::never(said(&answer.body)),
    }
    // The body is the only witness, and this one does not say that anything was sent.
    let Some(first) = parts.first() else {
        return Delivery::Later {
            why: said(&format!("not the answer of an SMS service: {}", answer.body)),
            after,
        };
    };
    let status = |part: &serde_json::Value| match &part["status"] {
        serde_json::Value::String(status) => status.clone(),
        other => other.to_string(),
    };
    let Some(part) = parts.iter().find(|part| status(part) != "0") else {
        let id = first["message-id"].as_str().unwrap_or("no message-id");
        return Delivery::done(said(&format!("status 0, {id}")));
    };
    let code = status(part);
    let why = said(&format!("status {code}: {}", part["error-text"].as_str().unwrap_or("no error-text")));
    match code.as_str() {
        "1" | "5" | "10" => Delivery::Later { why, after },
        _ => Delivery::never(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::sms::tests::answer;

    #[test]
    fn what_answers_mean() {
        let meaning_of = |status: u16, body: &str| meaning(&answer(status, body), str::to_owned);
        let parts = |statuses: &[&str]| {
            let part = |status: &&str| serde_json::json!({ "status": status, "error-text": "words", "message-id": "0C01" });
            serde_json::json!({ "messages": statuses.iter().map(part).collect::<Vec<_>>() }).to_string()
        };
        assert_eq!(meaning_of(200, &parts(&["0"])), Delivery::done("status 0, 0C01"));
        assert_eq!(meaning_of(200, &parts(&["0", "0"])), Delivery::done("status 0, 0C01"));
        for code in ["1", "5", "10"] {
            assert_eq!(meaning_of(200, &parts(&[code])), Delivery::later(format!("status {code}: words")));
            assert_eq!(
                meaning_of(200, &parts(&["0", code])),
                Delivery::later(format!("status {code}: words"))
            );
        }
        for code in [
            "2", "3", "4", "6", "7", "8", "9", "11", "12", "14", "15", "22", "23", "29", "33", "34", "99", "",
        ] {
            assert_eq!(meaning_of(200, &parts(&[code])), Delivery::never(format!("status {code}: words")));
        }
        for (status, body) in
            [(200, ""), (200, "{}"), (200, r#"{"messages":[]}"#), (200, "<html>"), (429, ""), (503, "")]
        {
            assert!(matches!(meaning_of(status, body), Delivery::Later { .. }), "{status} {body}");
        }
        for status in [301, 400, 401, 404, 420] {
            assert!(matches!(meaning_of(status, "no"), Delivery::Never { .. }), "{status}");
        }
        // A number where a text was promised.
        assert_eq!(
            meaning_of(200, r#"{"messages":[{"status":0,"message-id":"a"}]}"#),
            Delivery::done("status 0, a")
        );
    }
}
