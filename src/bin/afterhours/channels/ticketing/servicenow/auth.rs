//! How ServiceNow is asked to let a request in: a user and a password, a bearer token, an API key, OAuth, or nothing but the
//! connection's certificate. Knows when a fetched token is to be renewed.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;

use crate::notify::connection::beneath;
use crate::notify::context::Context;
use crate::notify::http_auth::AuthHeader;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::notifier::Delivery;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Location, Result, Table, suggest};

/// A token is renewed so long before its end: a request under way must not outlive it.
const EARLY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) enum Access {
    /// The client's certificate lets it in.
    Certificate,
    Basic {
        user: Secret,
        password: Secret,
    },
    Bearer(Secret),
    /// An inbound API key, in the header `x-sn-apikey`.
    Key(Secret),
    OAuth(Box<OAuth>),
}

/// OAuth 2.0 with the instance's own tokens, RFC 6749.
/// <https://www.servicenow.com/docs/r/yokohama/platform-security/authentication/r_OAuthAPIRequestParameters.html>
#[derive(Debug)]
pub(super) struct OAuth {
    url: Url,
    client_id: Secret,
    client_secret: Secret,
    /// With them the grant is `password`; without, `client_credentials`.
    user: Option<(Secret, Secret)>,
    kept: Mutex<Option<Token>>,
}

#[derive(Debug, Clone)]
struct Token {
    text: Secret,
    /// `None` where the instance did not say: until it is refused.
    until: Option<Instant>,
}

impl Token {
    fn is_fresh(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now + EARLY)
    }
}

impl Access {
    /// Takes the keys that say who asks, and gives the secrets among them beside.
    pub(super) fn take(table: &mut Table<'_>, context: &Context, base: &Url) -> Result<(Self, Vec<Secret>)> {
        let mut named = |key: &'static str| -> Result<Option<Secret>> {
            let Some(text) = context.optional_text(table, key)? else { return Ok(None) };
            secret::maybe(&text, &context.beside).map(Some).map_err(|why| text.location.error(why))
        };
        let (user, client_id) = (named("user")?, named("client_id")?);
        let mut secret = |key: &'static str| context.optional_secret(table, key);
        let (password, token) = (secret("password")?, secret("token")?);
        let (api_key, client_secret) = (secret("api_key")?, secret("client_secret")?);
        let grant = context.optional_text(table, "grant")?;
        let wrong = |why: &str| Err(context.location.error(why));

        let hidden: Vec<Secret> =
            [&password, &token, &api_key, &client_secret].into_iter().flatten().cloned().collect();
        let login = match (user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => return wrong("password is missing beside user"),
            (None, Some(_)) => return wrong("user is missing beside password"),
        };
        if let Some((user, _)) = &login
            && user.get().is_ok_and(|user| user.contains(':'))
        {
            return wrong("user: a user name with a colon cannot be sent");
        }
        let client = match (client_id, client_secret) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            (Some(_), None) => return wrong("client_secret is missing beside client_id"),
            (None, Some(_)) => return wrong("client_id is missing beside client_secret"),
        };
        if let (Some(grant), None) = (&grant, &client) {
            return Err(grant
                .location
                .error("grant is for OAuth; client_id and client_secret are missing beside it"));
        }
        let access = match (token, api_key, client, login) {
            (Some(token), None, None, None) => Access::Bearer(token),
            (None, Some(key), None, None) => Access::Key(key),
            (None, None, Some((client_id, client_secret)), login) => {
                if let Some(grant) = grant {
                    granted(&grant.value, login.is_some(), &grant.location)?;
                }
                let (url, kept) = (beneath(base, "oauth_token.do"), Mutex::new(None));
                Access::OAuth(Box::new(OAuth { url, client_id, client_secret, user: login, kept }))
            }
            (None, None, None, Some((user, password))) => Access::Basic { user, password },
            (None, None, None, None) if context.connection.identity.is_some() => Access::Certificate,
            (None, None, None, None) => {
                return wrong(
                    "nothing says who asks: give user and password, token, api_key, client_id and client_secret, or \
                     client_cert",
                );
            }
            _ => {
                return wrong(
                    "one way to log in is wanted, and these are several: user and password, token, api_key, or client_id \
                     and client_secret (with user and password for the password grant)",
                );
            }
        };
        Ok((access, hidden))
    }

    /// Sends a request that is let in. `request` makes it anew, for a token that is refused is renewed once.
    pub(super) async fn send(
        &self,
        http: &HttpClient,
        request: impl Fn() -> Request,
    ) -> Result<HttpResponse, Delivery> {
        let read = |secret: &Secret| secret.get().map_err(|why| Delivery::later(http.redact(&why)));
        let pass = match self {
            Access::Certificate => return http.send(request()).await.map(|answer| worded(answer, http)),
            Access::Basic { user, password } => AuthHeader::basic(&read(user)?, &read(password)?),
            Access::Bearer(token) => AuthHeader::bearer(&read(token)?),
            Access::Key(key) => AuthHeader::header("x-sn-apikey", &read(key)?),
            Access::OAuth(oauth) => return oauth.send(http, request).await,
        };
        pass.send(http, request(), words).await
    }
}

/// Whether the grant that is named is the one that the other keys make.
fn granted(grant: &str, login: bool, location: &Location) -> Result<()> {
    match (grant, login) {
        ("password", true) | ("client_credentials", false) => Ok(()),
        ("password", false) => Err(location.error("user and password are missing for this grant")),
        ("client_credentials", true) => {
            Err(location.error("user and password are of no use to this grant; leave them out"))
        }
        (other, _) => {
            Err(location.error(format!("no grant{}", suggest(other, &["client_credentials", "password"]))))
        }
    }
}

impl OAuth {
    async fn send(&self, http: &HttpClient, request: impl Fn() -> Request) -> Result<HttpResponse, Delivery> {
        let kept = self.kept();
        let text = match &kept {
            Some(token) => token.text.clone(),
            None => self.fetch(http).await?,
        };
        let bearer =
            |text: &Secret| text.get().map(|text| AuthHeader::bearer(&text)).map_err(Delivery::later);
        let answer = bearer(&text)?.send(http, request(), words).await?;
        // One that was kept may have been revoked before its end; one that came just now would be refused again.
        if answer.status != 401 || kept.is_none() {
            return Ok(answer);
        }
        let text = self.fetch(http).await?;
        bearer(&text)?.send(http, request(), words).await
    }

    fn kept(&self) -> Option<Token> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone().filter(|token| token.is_fresh(Instant::now()))
    }

    /// Asks for a token and keeps it.
    async fn fetch(&self, http: &HttpClient) -> Result<Secret, Delivery> {
        let read = |secret: &Secret| secret.get().map_err(|why| Delivery::later(http.redact(&why)));
        let (id, client_secret) = (read(&self.client_id)?, read(&self.client_secret)?);
        let login = match &self.user {
            Some((user, password)) => Some((read(user)?, read(password)?)),
            None => None,
        };
        let mut fields =
            vec![("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &client_secret)];
        if let Some((user, password)) = &login {
            fields[0].1 = "password";
            fields.extend([("username", user.as_str()), ("password", password.as_str())]);
        }
        let asked = Instant::now();
        let request = Request::form(self.url.clone(), &fields).header("accept", "application/json");
        let answer = worded(http.send(request).await?, http);
        let (text, lasts) = token(&answer)?;
        let text = Secret::known(text);
        let until = lasts.and_then(|lasts| asked.checked_add(lasts));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Token { text: text.clone(), until });
        Ok(text)
    }
}

/// The token in the instance's answer, and how long it lasts. The answer itself is never shown where it may hold a token.
fn token(answer: &HttpResponse) -> Result<(String, Option<Duration>), Delivery> {
    if !answer.is_success() {
        return Err(match answer.delivery() {
            Delivery::Later { why, after } => Delivery::Later { why: format!("no token: {why}"), after },
            Delivery::Never { why } => Delivery::Never { why: format!("no token: {why}") },
            done @ Delivery::Done { .. } => done,
        });
    }
    let json = answer.json();
    let Some(text) = json["access_token"].as_str().filter(|text| !text.is_empty()) else {
        return Err(Delivery::later(format!("no token: {}: the answer holds none", answer.status)));
    };
    // A number by RFC 6749; some write it as text.
    let lasts = json["expires_in"].as_u64().or_else(|| json["expires_in"].as_str()?.parse().ok());
    Ok((text.to_owned(), lasts.map(Duration::from_secs)))
}

fn worded(mut answer: HttpResponse, http: &HttpClient) -> HttpResponse {
    if let Some(words) = words(&answer.json()) {
        answer.said = http.redact(&words);
    }
    answer
}

/// `{"error":{"message":…,"detail":…},"status":"failure"}`, or of OAuth `{"error":…,"error_description":…}`.
fn words(answer: &Value) -> Option<String> {
    let error = &answer["error"];
    let (what, detail) = match error.as_str() {
        Some(code) => (code, &answer["error_description"]),
        None => (error["message"].as_str()?, &error["detail"]),
    };
    match detail.as_str().filter(|detail| !detail.is_empty()) {
        Some(detail) => Some(format!("{what}: {detail}")),
        None => Some(what.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_a_minute_early() {
        let now = Instant::now();
        let token = |seconds| Token {
            text: Secret::known("t".to_owned()),
            until: Some(now + Duration::from_secs(seconds)),
        };
        assert!(token(61).is_fresh(now));
        assert!(!token(60).is_fresh(now) && !token(0).is_fresh(now));
        assert!(Token { until: None, ..token(0) }.is_fresh(now));
    }

    #[test]
    fn the_services_words_are_found() {
        let said = |text: &str| words(&serde_json::from_str(text).unwrap());
        let refused =
            r#"{"error":{"message":"Operation Failed","detail":"ACL Exception"},"status":"failure"}"#;
        assert_eq!(said(refused).as_deref(), Some("Operation Failed: ACL Exception"));
        assert_eq!(
            said(r#"{"error":{"message":"Invalid table x","detail":null}}"#).as_deref(),
            Some("Invalid table x")
        );
        let oauth = r#"{"error":"server_error","error_description":"access_denied"}"#;
        assert_eq!(said(oauth).as_deref(), Some("server_error: access_denied"));
        for nothing in ["null", "{}", "[]", r#"{"error":7}"#, r#"{"error":{"detail":"x"}}"#] {
            assert_eq!(said(nothing), None, "{nothing}");
        }
    }
}
