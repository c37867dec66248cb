//! HTTP as the channels need it: one request, one answer of bounded size, no redirects, no address that a request must never
//! reach, and no secret in what is said when it fails. Knows no service.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Url};

use crate::notify::address_guard::{GuardedResolver, chain, refused_url};
use crate::notify::connection::Connection;
use crate::notify::notifier::Delivery;
use crate::notify::secret;
use crate::notify::secret::Secret;

/// How much of an answer is read, in bytes. What matters stands at the beginning of all of them.
const ANSWER: usize = 64 << 10;
/// The longest wait that a service is granted.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A client, with what must never be said aloud.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    connection: Connection,
    /// Made for the first request: reading the system's certificates takes longer than many a run of the filter.
    client: Arc<OnceLock<Client>>,
    secrets: Vec<Secret>,
}

/// A request, complete. It does not print itself: address and headers hold secrets.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Names in lower case. A value that cannot be one (a line break in a secret) fails the request.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The beginning of the body.
    pub(crate) body: String,
    /// One line of the body, for people.
    pub(crate) said: String,
    pub(crate) retry_after: Option<Duration>,
}

impl Request {
    /// A POST of a JSON text.
    pub(crate) fn json(url: Url, body: &serde_json::Value) -> Self {
        Request {
            method: Method::POST,
            url,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    /// A POST of a form.
    pub(crate) fn form(url: Url, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded".to_owned();
        Request {
            method: Method::POST,
            url,
            headers: vec![("content-type".to_owned(), kind)],
            body: body.into_bytes(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl HttpClient {
    /// A client by the channel's connection settings. `secrets` are taken out of all that is said.
    pub(crate) fn new(connection: &Connection, secrets: Vec<Secret>) -> Result<Self, String> {
        let http = HttpClient { connection: connection.clone(), client: Arc::default(), secrets };
        // Certificates of the user's own are tried now, while somebody looks.
        if connection.ca.is_some() || connection.identity.is_some() {
            http.client()?;
        }
        Ok(http)
    }

    fn client(&self) -> Result<&Client, String> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let connection = &self.connection;
        let mut builder = Client::builder()
            .user_agent(concat!("afterhours/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(!connection.insecure)
            .connect_timeout(connection.timeout.min(Duration::from_secs(10)))
            .timeout(connection.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(GuardedResolver));
        if !connection.proxy {
            builder = builder.no_proxy();
        }
        builder = connection.tls(builder)?;
        let client =
            builder.build().map_err(|error| format!("the HTTP client cannot be made: {}", chain(&error)))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The same client, which keeps silent about more: credentials that are derived, or were fetched.
    pub(crate) fn hiding(&self, more: impl IntoIterator<Item = Secret>) -> Self {
        let mut http = self.clone();
        http.secrets.extend(more);
        http
    }

    /// One line of what somebody said, without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        secret::redact(text, &self.secrets)
    }

    /// What became of an attempt, without secrets: names and numbers that a service gives may be what it was sent.
    pub(crate) fn redact_result(&self, delivery: Delivery) -> Delivery {
        match delivery {
            Delivery::Done { answer } => Delivery::Done { answer: self.redact(&answer) },
            Delivery::Later { why, after } => Delivery::Later { why: self.redact(&why), after },
            Delivery::Never { why } => Delivery::Never { why: self.redact(&why) },
        }
    }

    /// Sends a request and reads the beginning of its answer. An attempt that got no answer is the error.
    pub(crate) async fn send(&self, request: Request) -> Result<HttpResponse, Delivery> {
        let Request { method, url, headers, body } = request;
        if let Some(why) = refused_url(&url) {
            return Err(Delivery::never(why));
        }
        let client = self.client().map_err(|why| Delivery::later(self.redact(&why)))?;
        let mut builder = client.request(method, url).body(body);
        // What is made of secrets, such as the base64 of a name and a password, is one as well.
        let mut secrets = self.secrets.clone();
        for (name, value) in headers {
            if name == "authorization" {
                let credentials = value.split_once(' ').map_or(&*value, |(_, credentials)| credentials);
                secrets.push(Secret::known(credentials.to_owned()));
            }
            builder = builder.header(name, value);
        }
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            let why = match &error {
                error if error.is_timeout() => "no answer in time".to_owned(),
                error if error.is_connect() => format!("no connection: {}", chain(error)),
                error => chain(error),
            };
            let why = secret::redact(&why, &secrets);
            if error.is_builder() { Delivery::Never { why } } else { Delivery::Later { why, after: None } }
        };
        let mut response = builder.send().await.map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        // A body that breaks off does not take back the status.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ANSWER - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ANSWER {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        let retry_after =
            headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
        let said = secret::redact(&body, &secrets);
        Ok(HttpResponse { status, headers, body, said, retry_after })
    }
}

impl HttpResponse {
    /// Whether the status is one of 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if it is JSON; otherwise null.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What the status means for most services: 2xx is done; 408, 429 and 5xx may pass; all else is a refusal for good,
    /// redirects too, for where they lead nobody configured.
    pub(crate) fn delivery(&self) -> Delivery {
        match self.status {
            200..300 => Delivery::done(self.summary()),
            408 | 425 | 429 | 500.. => self.later(),
            300..400 => Delivery::never(format!(
                "{}: a redirect, which is not followed; set the final address",
                self.status
            )),
            _ => Delivery::never(self.summary()),
        }
    }

    /// Whether a page for people stands where an API's answer belongs: a proxy wants a login, or a service is under repair.
    pub(crate) fn is_page(&self) -> bool {
        self.body.trim_start().starts_with('<')
    }

    /// A success in words that are not the service's. It may never have seen the message, and refused nothing.
    pub(crate) fn foreign(&self, whose: &str) -> Delivery {
        Delivery::later(format!("{}; that is not {whose}", self.summary()))
    }

    /// Not now, after the wait that the service asks for.
    pub(crate) fn later(&self) -> Delivery {
        Delivery::Later { why: self.summary(), after: self.retry_after }
    }

    /// `503: try again later`
    pub(crate) fn summary(&self) -> String {
        if self.said.is_empty() { self.status.to_string() } else { format!("{}: {}", self.status, self.said) }
    }
}

#[cfg(test)]
impl HttpResponse {
    /// An answer as a service may give it, for tests of what it means.
    pub(crate) fn of(status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let retry_after = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        HttpResponse { status, headers, body: body.to_owned(), said: secret::redact(body, &[]), retry_after }
    }
}

/// Seconds, or a date: RFC 9110, section 10.2.3. Never more than an hour.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Discord names fractions.
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT));
    }
    let now = crate::sys::clock::now_ms() / 1000;
    Some(Duration::from_secs(u64::try_from(http_date(value)? - now).unwrap_or(0)).min(LONGEST_WAIT))
}

/// A date in a header (RFC 9110, section 5.6.7), in seconds since 1970.
pub(crate) fn http_date(value: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(value).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::address_guard::is_forbidden;

    #[test]
    fn addresses_that_are_never_asked() {
        for address in [
            "169.254.169.254",
            "fe80::1",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::23",
            "fd20:ce::254",
        ] {
            assert!(is_forbidden(address.parse().unwrap()), "{address}");
        }
        for address in
            ["127.0.0.1", "10.0.0.1", "::1", "192.0.2.1", "fd00::1", "64:ff9b::0a00:0001", "2002:0a00:1::1"]
        {
            assert!(!is_forbidden(address.parse().unwrap()), "{address}");
        }
        // The ways a URL can spell an address are normalised before they are looked at.
        for url in [
            "http://2852039166/",
            "http://0xa9.0xfe.0xa9.0xfe/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://169.254.43518/",
        ] {
            assert!(refused_url(&url.parse().unwrap()).is_some(), "{url}");
        }
    }

    #[test]
    fn waits_that_services_ask_for() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(" 0.25 "), Some(Duration::from_millis(250)));
        assert_eq!(retry_after("99999999999"), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("Mon, 21 Oct 2115 07:28:00 GMT"), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Wednesday, 21-Oct-15 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("Wed Oct 21 07:28:00 2015"), Some(Duration::ZERO));
        for nonsense in ["soon", "-1", "NaN", "inf", ""] {
            assert_eq!(retry_after(nonsense), None, "{nonsense}");
        }
    }
}
