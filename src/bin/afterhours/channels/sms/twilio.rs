//! Twilio: POST of a form to Messages.json. <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
//!
//! It knows no idempotency key: a message whose answer did not come in time may be sent twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::channels::sms::service;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::notifier::Delivery;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Spanned, Table};

#[derive(Debug)]
pub(super) struct Twilio {
    url: Url,
    /// The account's own identifier, or that of an API key.
    user: String,
    password: Secret,
    sender: Sender,
}

#[derive(Debug)]
pub(super) enum Sender {
    From(String),
    Service(String),
}

impl Twilio {
    pub(super) fn read(
        table: &mut Table<'_>,
        context: &Context,
        from: Option<Spanned<String>>,
    ) -> Result<Self> {
        let mut url = context.base(table, "base_url", "https://api.twilio.com")?;
        let account = sid(context.text(table, "account_sid")?, context, "AC")?;
        service::at(&mut url, &format!("2010-04-01/Accounts/{account}/Messages.json"));
        let key =
            context.optional_text(table, "api_key_sid")?.map(|text| sid(text, context, "SK")).transpose()?;
        let (user, password) = match key {
            Some(key) => (key, context.secret(table, "api_key_secret")?),
            None => (account, context.secret(table, "auth_token")?),
        };
        let service = context.optional_text(table, "messaging_service_sid")?;
        let service = service.map(|text| sid(text, context, "MG")).transpose()?;
        let sender = match (from, service) {
            (Some(from), None) => Sender::From(from.value),
            (None, Some(service)) => Sender::Service(service),
            (None, None) => {
                return Err(context
                    .location
                    .error("who sends it is missing: give from, or messaging_service_sid"));
            }
            (Some(_), Some(_)) => {
                return Err(context
                    .location
                    .error("from and messaging_service_sid are there both; the service has its senders"));
            }
        };
        Ok(Twilio { url, user, password, sender })
    }

    pub(super) fn secrets(&self) -> Vec<Secret> {
        vec![self.password.clone()]
    }

    pub(super) async fn send(&self, http: &HttpClient, to: &str, text: &str) -> Delivery {
        let basic = match self.password.get() {
            Ok(password) => STANDARD.encode(format!("{}:{password}", self.user)),
            Err(why) => return Delivery::later(http.redact(&why)),
        };
        let request = Request::form(self.url.clone(), &fields(to, text, &self.sender))
            .header("authorization", format!("Basic {basic}"));
        match http.send(request).await {
            Ok(answer) => meaning(&answer, service::said(http, &answer, &words(&answer), &[basic])),
            Err(delivery) => delivery,
        }
    }
}

/// An identifier: two letters and 32 hexadecimal digits.
fn sid(text: Spanned<String>, context: &Context, kind: &str) -> Result<String> {
    let sid = secret::maybe(&text, &context.beside)
        .and_then(|sid| sid.get())
        .map_err(|why| text.location.error(why))?;
    let digits = sid.strip_prefix(kind).unwrap_or_default();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(text.location.error(format!(
            "{kind} and 32 hexadecimal digits are wanted, as the Twilio Console shows them"
        )));
    }
    Ok(sid)
}

pub(super) fn fields<'a>(to: &'a str, text: &'a str, sender: &'a Sender) -> Vec<(&'a str, &'a str)> {
    let sender = match sender {
        Sender::From(from) => ("From", from.as_str()),
        Sender::Service(sid) => ("MessagingServiceSid", sid.as_str()),
    };
    vec![("To", to), sender, ("Body", text)]
}

/// What an answer means, and what it said. 429 is "safe to retry": <https://www.twilio.com/docs/api/errors/20429>.
fn meaning(answer: &HttpResponse, said: String) -> Delivery {
    let json = answer.json();
    // 201 is their success. Something else that answers with 200 may be a proxy's page.
    let theirs = json["sid"].is_string() || answer.status == 201 && !answer.is_page();
    let failed = ["failed", "undelivered", "canceled"].iter().any(|status| json["status"] == *status);
    let limited = json["code"] == 20429 || json["code"] == 14107;
    match answer.status {
        200..300 if !theirs => answer.foreign("Twilio's answer, see base_url"),
        200..300 if !failed => Delivery::done(said),
        200..300 | 408 | 425 | 429 | 500.. => Delivery::Later { why: said, after: answer.retry_after },
        300..400 => answer.delivery(),
        _ if limited => Delivery::Later { why: said, after: answer.retry_after },
        _ => Delivery::never(said),
    }
}

/// `queued, SM0123...`, or `21211: The 'To' number is not a valid phone number.`
fn words(answer: &HttpResponse) -> String {
    let json = answer.json();
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    match (&json["code"], text("message"), text("status"), text("sid")) {
        (code, Some(message), ..) if code.is_number() => format!("{code}: {message}"),
        (_, _, Some(status), Some(sid)) => format!("{status}, {sid}"),
        _ => answer.body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::sms::tests::answer;

    #[test]
    fn what_answers_mean() {
        let meaning_of = |status: u16, body: &str| {
            let answer = answer(status, body);
            let said = words(&answer);
            meaning(&answer, said)
        };
        let sid = "SM0123456789abcdef0123456789abcdef";
        assert_eq!(
            meaning_of(201, &format!(r#"{{"sid":"{sid}","status":"queued","error_code":null}}"#)),
            Delivery::done(format!("queued, {sid}"))
        );
        for (status, body) in [
            (429, r#"{"code":20429,"message":"Too Many Requests","status":429}"#),
            (400, r#"{"code":20429,"message":"Too Many Requests","status":429}"#),
            (400, r#"{"code":14107,"message":"SMS send rate limit exceeded","status":400}"#),
            (503, "<html>"),
            (500, ""),
            (408, ""),
            (502, "bad gateway"),
            (201, r#"{"sid":"SM0","status":"failed"}"#),
            (200, "<html>Sign in to the proxy</html>"),
            (201, "<html>"),
            (204, ""),
            (200, "{}"),
        ] {
            assert!(matches!(meaning_of(status, body), Delivery::Later { .. }), "{status} {body}");
        }
        for (status, code) in
            [(400, 21211), (400, 21610), (400, 21608), (401, 20003), (403, 20005), (404, 20404)]
        {
            let body = format!(r#"{{"code":{code},"message":"words","more_info":"x","status":{status}}}"#);
            assert_eq!(meaning_of(status, &body), Delivery::never(format!("{code}: words")), "{status}");
        }
    }
}
