//! What a request shows to be let in: one header. Knows what of it must never be said aloud. Knows no service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::notifier::Delivery;
use crate::notify::secret::Secret;

/// A header that lets a request in.
#[derive(Debug)]
pub(crate) struct AuthHeader {
    name: &'static str,
    value: Secret,
    /// What of the value is nobody's business: the whole of it may be quoted, or its second word.
    hidden: Vec<Secret>,
}

/// Finds a service's own words in an answer that refuses.
pub(crate) type Words = fn(&Value) -> Option<String>;

impl AuthHeader {
    /// `Authorization: Basic`, RFC 7617. The user's name has no colon.
    pub(crate) fn basic(user: &str, password: &str) -> Self {
        let both = STANDARD.encode(format!("{user}:{password}"));
        let hidden = vec![Secret::known(password.to_owned()), Secret::known(both.clone())];
        AuthHeader { name: "authorization", value: Secret::known(format!("Basic {both}")), hidden }
    }

    /// `Authorization: Bearer`, RFC 6750.
    pub(crate) fn bearer(token: &str) -> Self {
        let hidden = vec![Secret::known(token.to_owned())];
        AuthHeader { name: "authorization", value: Secret::known(format!("Bearer {token}")), hidden }
    }

    /// A header of the service's own. The name is in lower case.
    pub(crate) fn header(name: &'static str, value: &str) -> Self {
        let value = Secret::known(value.to_owned());
        AuthHeader { name, hidden: vec![value.clone()], value }
    }

    /// Sends a request with the header. What the answer says is the service's own words, where `words` finds them.
    pub(crate) async fn send(
        &self,
        http: &HttpClient,
        request: Request,
        words: Words,
    ) -> Result<HttpResponse, Delivery> {
        let http = http.hiding(self.hidden.iter().cloned());
        let value = self.value.get().map_err(Delivery::later)?;
        let mut answer = http.send(request.header(self.name, value)).await?;
        if let Some(words) = words(&answer.json()) {
            answer.said = http.redact(&words);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_does_not_print_itself() {
        for pass in [
            AuthHeader::basic("ops", "s3cret"),
            AuthHeader::bearer("s3cret"),
            AuthHeader::header("x-sn-apikey", "s3cret"),
        ] {
            let text = format!("{pass:?}");
            assert!(!text.contains("s3cret") && !text.contains("b3Bz"), "{text}");
        }
        assert_eq!(AuthHeader::basic("ops", "s3cret").value.get().unwrap(), "Basic b3BzOnMzY3JldA==");
    }
}
