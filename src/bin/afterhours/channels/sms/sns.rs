//! Amazon SNS: Publish to a telephone number, or to a topic that knows the numbers.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
//!
//! The credentials are those of the configuration and no others: this program never asks the metadata service of the machine
//! it runs on, for nothing that reads logs of strangers should be able to.

use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::Url;

use crate::channels::sms::recipient::Recipient;
use crate::channels::sms::service;
use crate::channels::sms::sigv4;
use crate::notify::context::Context;
use crate::notify::http_client::{HttpClient, HttpResponse, Request, http_date};
use crate::notify::notifier::Delivery;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::clock;
use crate::sys::config_file::{Result, Spanned, Table, suggest};

const SMS_TYPES: &[&str] = &["Transactional", "Promotional"];

#[derive(Debug)]
pub(super) struct Sns {
    url: Url,
    region: String,
    access_key_id: Secret,
    secret_access_key: Secret,
    session_token: Option<Secret>,
    sms_type: &'static str,
    from: Option<String>,
    /// How many seconds the service's clock is ahead of this machine's, once it has complained.
    ahead: AtomicI64,
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Done,
    Later,
    Never,
    /// A success in words that are not the service's.
    Foreign,
    /// The signature's time is too far from the service's.
    OtherClock,
}

impl Sns {
    pub(super) fn read(
        table: &mut Table<'_>,
        context: &Context,
        from: Option<Spanned<String>>,
    ) -> Result<Self> {
        let region = context.text(table, "region")?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !region.value.bytes().all(plain) || !region.value.contains('-') {
            return Err(region.location.error("a region is wanted, such as \"eu-central-1\""));
        }
        // <https://docs.aws.amazon.com/general/latest/gr/sns.html>
        let partition = if region.value.starts_with("cn-") { ".cn" } else { "" };
        let default = format!("https://sns.{}.amazonaws.com{partition}", region.value);
        let mut url = context.base(table, "base_url", &default)?;
        service::at(&mut url, "");
        let id = context.text(table, "access_key_id")?;
        let access_key_id = secret::maybe(&id, &context.beside).map_err(|why| id.location.error(why))?;
        // A name is narrower here: <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>.
        let from = match from {
            Some(from)
                if !from.value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'+') =>
            {
                return Err(from.location.error("SNS takes names of letters, digits and `-` alone"));
            }
            from => from.map(|from| from.value),
        };
        let mut sms_type = SMS_TYPES[0];
        if let Some(text) = context.optional_text(table, "sms_type")? {
            let found = SMS_TYPES.iter().find(|known| known.eq_ignore_ascii_case(&text.value));
            sms_type = found.ok_or_else(|| {
                text.location.error(format!("no type of message{}", suggest(&text.value, SMS_TYPES)))
            })?;
        }
        Ok(Sns {
            url,
            region: region.value,
            access_key_id,
            secret_access_key: context.secret(table, "secret_access_key")?,
            session_token: context.optional_secret(table, "session_token")?,
            sms_type,
            from,
            ahead: AtomicI64::new(0),
        })
    }

    pub(super) fn secrets(&self) -> Vec<Secret> {
        std::iter::once(&self.secret_access_key).chain(&self.session_token).cloned().collect()
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) async fn send(&self, http: &HttpClient, to: &Recipient, text: &str) -> Delivery {
        let time = clock::now_ms() / 1000;
        let request = match self.request(to, text, time.saturating_add(self.ahead.load(Ordering::Relaxed))) {
            Ok(request) => request,
            Err(why) => return Delivery::later(http.redact(&why)),
        };
        let authorization = request.headers.last().map(|(_, value)| value.clone()).unwrap_or_default();
        let answer = match http.send(request).await {
            Ok(answer) => answer,
            Err(delivery) => return delivery,
        };
        let said = service::said(http, &answer, &words(&answer.body), &[signature(&authorization)]);
        match meaning(answer.status, &answer.body) {
            Meaning::Done => Delivery::done(said),
            Meaning::Later => Delivery::Later { why: said, after: answer.retry_after },
            Meaning::Never if (300..400).contains(&answer.status) => answer.delivery(),
            Meaning::Never => Delivery::never(said),
            Meaning::Foreign => Delivery::later(format!("{said}; that is not Amazon's answer, see base_url")),
            Meaning::OtherClock => {
                // The next attempt goes by the service's clock: a machine whose own is wrong must still be able to wake somebody.
                let Some(ahead) = date(&answer).map(|theirs| theirs.saturating_sub(time)) else {
                    return Delivery::later(said);
                };
                self.ahead.store(ahead, Ordering::Relaxed);
                let side = if ahead > 0 { "behind" } else { "ahead of" };
                let off = ahead.unsigned_abs();
                Delivery::later(format!("this machine's clock is {off} s {side} the service's: {said}"))
            }
        }
    }

    fn request(&self, to: &Recipient, text: &str, time: i64) -> Result<Request, String> {
        let fields = fields(to, text, self.sms_type, self.from.as_deref());
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut request = Request::form(self.url.clone(), &fields);
        let credentials = sigv4::Credentials {
            access_key_id: self.access_key_id.get()?,
            secret_access_key: self.secret_access_key.get()?,
            session_token: self.session_token.as_ref().map(Secret::get).transpose()?,
        };
        let content_type = request.headers.first().map(|(_, value)| value.as_str()).unwrap_or_default();
        let post = sigv4::Post { url: &request.url, content_type, body: &request.body };
        let scope = sigv4::Scope { region: &self.region, service: "sns" };
        let signed = sigv4::sign(&post, &scope, &credentials, time).map_err(|error| error.to_string())?;
        request.headers.extend(signed);
        Ok(request)
    }
}

/// The form. Attributes: <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>.
pub(super) fn fields(
    to: &Recipient,
    text: &str,
    sms_type: &str,
    from: Option<&str>,
) -> Vec<(String, String)> {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut fields = vec![field("Action", "Publish"), field("Version", "2010-03-31")];
    fields.push(match to {
        Recipient::Number(number) => field("PhoneNumber", number),
        Recipient::Topic(arn) => field("TopicArn", arn),
    });
    fields.push(field("Message", text));
    let sender = from.map(|from| {
        let number = from.bytes().all(|b| b.is_ascii_digit() || b == b'+');
        (if number { "AWS.MM.SMS.OriginationNumber" } else { "AWS.SNS.SMS.SenderID" }, from)
    });
    let attributes = std::iter::once(("AWS.SNS.SMS.SMSType", sms_type)).chain(sender);
    for (number, (name, value)) in (1..).zip(attributes) {
        let entry = format!("MessageAttributes.entry.{number}");
        fields.push((format!("{entry}.Name"), name.to_owned()));
        fields.push((format!("{entry}.Value.DataType"), "String".to_owned()));
        fields.push((format!("{entry}.Value.StringValue"), value.to_owned()));
    }
    fields
}

/// <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>, and the codes of Publish.
fn meaning(status: u16, body: &str) -> Meaning {
    let code = element(body, "Code").unwrap_or_default();
    let code = code.trim_end_matches("Exception");
    let late = ["Signature expired", "Signature not yet current"].iter().any(|words| body.contains(words));
    match (status, code) {
        // Something else that answers with 200 may be a proxy's page.
        (200..300, _) if element(body, "MessageId").is_none() => Meaning::Foreign,
        (200..300, _) => Meaning::Done,
        (_, "RequestTimeTooSkewed" | "RequestExpired") => Meaning::OtherClock,
        // Said of wrong keys as well, and then it stays wrong.
        (_, "SignatureDoesNotMatch" | "InvalidSignature") if late => Meaning::OtherClock,
        (408 | 425 | 429 | 500.., _) => Meaning::Later,
        // Throttling comes as 400.
        (
            _,
            "Throttling"
            | "Throttled"
            | "KMSThrottling"
            | "RequestThrottled"
            | "RequestLimitExceeded"
            | "TooManyRequests"
            | "SlowDown"
            | "InternalError"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "RequestTimeout",
        ) => Meaning::Later,
        _ => Meaning::Never,
    }
}

/// `ExpiredToken: The security token included in the request is expired`, or `MessageId 567910cd-...`.
fn words(body: &str) -> String {
    match (element(body, "Code"), element(body, "Message"), element(body, "MessageId")) {
        (Some(code), Some(message), _) => format!("{code}: {message}"),
        (Some(code), None, _) => code,
        (None, _, Some(id)) => format!("MessageId {id}"),
        _ => body.to_owned(),
    }
}

/// The text of the first element of that name. Answers are small and flat; nothing in them is worth a parser of all of XML.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let plain =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    Some(plain.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c)))
}

/// The service's own time, in seconds since 1970.
fn date(answer: &HttpResponse) -> Option<i64> {
    http_date(answer.headers.get(reqwest::header::DATE)?.to_str().ok()?)
}

/// What is secret in the header, for some minutes at least; AWS quotes it when it does not like it.
fn signature(authorization: &str) -> String {
    authorization.rsplit('=').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, message: &str) -> String {
        format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <Error>\n    <Type>Sender</Type>\n    \
             <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>1</RequestId>\n</ErrorResponse>"
        )
    }

    #[test]
    fn what_answers_mean() {
        let meaning_of = |status, code: &str| meaning(status, &error(code, "words"));
        assert_eq!(
            meaning(200, "<PublishResponse><MessageId>1</MessageId></PublishResponse>"),
            Meaning::Done
        );
        for page in ["", "<html>Sign in to the proxy</html>", "<PublishResponse/>"] {
            assert_eq!(meaning(200, page), Meaning::Foreign, "{page}");
        }
        for (status, code) in [
            (400, "Throttling"),
            (400, "ThrottlingException"),
            (429, "Throttled"),
            (400, "ThrottledException"),
            (400, "KMSThrottling"),
            (400, "RequestLimitExceeded"),
            (500, "InternalError"),
            (500, "InternalFailure"),
            (503, "ServiceUnavailable"),
            (408, ""),
            (429, ""),
            (502, ""),
            (599, "Whatever"),
        ] {
            assert_eq!(meaning_of(status, code), Meaning::Later, "{status} {code}");
        }
        for (status, code) in [
            (403, "ExpiredToken"),
            (403, "ExpiredTokenException"),
            (403, "InvalidClientTokenId"),
            (403, "SignatureDoesNotMatch"),
            (403, "AuthorizationError"),
            (403, "AccessDenied"),
            (403, "OptInRequired"),
            (400, "InvalidParameter"),
            (400, "InvalidParameterValue"),
            (404, "NotFound"),
            (400, "EndpointDisabled"),
            (400, "OptedOut"),
            (400, "KMSAccessDenied"),
            (403, "MissingAuthenticationToken"),
            (302, ""),
            (401, ""),
        ] {
            assert_eq!(meaning_of(status, code), Meaning::Never, "{status} {code}");
        }
        for (code, message) in [
            (
                "SignatureDoesNotMatch",
                "Signature expired: 20261121T000000Z is now earlier than 20261121T160000Z",
            ),
            ("SignatureDoesNotMatch", "Signature not yet current: 20261121T200000Z is still later than"),
            ("RequestExpired", "Request has expired."),
            ("RequestTimeTooSkewed", "The difference is too large."),
        ] {
            assert_eq!(meaning(403, &error(code, message)), Meaning::OtherClock, "{code}");
        }
    }

    #[test]
    fn answers_in_words() {
        assert_eq!(words(&error("InvalidParameter", "a &lt;b&gt; &amp;lt;")), "InvalidParameter: a <b> &lt;");
        assert_eq!(
            words("<PublishResponse><MessageId>567910cd</MessageId></PublishResponse>"),
            "MessageId 567910cd"
        );
        for body in ["", "gateway", "<Code>", "</Code><Code>"] {
            assert_eq!(words(body), body);
        }
        assert_eq!(signature("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0af3"), "0af3");
    }
}
