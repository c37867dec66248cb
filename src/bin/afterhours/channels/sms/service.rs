//! What the SMS services share: their URLs, and their answers as text without secrets.

use reqwest::Url;

use crate::notify::http_client::{HttpClient, HttpResponse};

/// Sets the path below the one that the base has, as a proxy may want it.
pub(super) fn at(base: &mut Url, path: &str) {
    let before = base.path().to_owned();
    let parts: Vec<&str> = before.split('/').chain([path]).filter(|part| !part.is_empty()).collect();
    base.set_path(&parts.join("/"));
    base.set_query(None);
    base.set_fragment(None);
}

/// What a service said, without the secrets and without what was made of them for this request.
pub(super) fn said(http: &HttpClient, answer: &HttpResponse, words: &str, derived: &[String]) -> String {
    let hide = |words: String, derived: &String| {
        if derived.is_empty() { words } else { words.replace(derived.as_str(), "[secret]") }
    };
    let words = http.redact(&derived.iter().fold(words.to_owned(), hide));
    if words.is_empty() { answer.status.to_string() } else { format!("{}: {words}", answer.status) }
}
