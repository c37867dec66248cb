//! AWS Signature Version 4 for one POST whose body is known. Pure: the caller brings the time, and a signature made twice of the
//! same things is the same. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use chrono::DateTime;
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Url;
use sha2::{Digest as _, Sha256};

use crate::notify::notification::hex;

/// An access key. It does not print itself.
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    /// That of temporary credentials.
    pub(super) session_token: Option<String>,
}

/// What is signed.
pub(super) struct Post<'a> {
    /// Without a query.
    pub(super) url: &'a Url,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// For whom it is signed.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// The headers that make the request a signed one, names in lower case; the signature stands in the last of them. `time` in
/// seconds since 1970. Every key has a length that HMAC takes; the error is the library's way of saying so.
pub(super) fn sign(
    post: &Post<'_>,
    scope: &Scope<'_>,
    credentials: &Credentials,
    time: i64,
) -> Result<Vec<(String, String)>, InvalidLength> {
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    let (date, moment) = (time.format("%Y%m%d").to_string(), time.format("%Y%m%dT%H%M%SZ").to_string());
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // In the order of the alphabet, as the canonical request wants them.
    let mut signed = vec![
        header("content-type", post.content_type),
        header("host", &host(post.url)),
        header("x-amz-date", &moment),
    ];
    signed.extend(credentials.session_token.as_deref().map(|token| header("x-amz-security-token", token)));
    let names = signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let request = format!("POST\n{}\n\n{lines}\n{names}\n{}", path(post.url), sha256(post.body));
    let scope_line = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope_line}\n{}", sha256(request.as_bytes()));

    let mut key = format!("AWS4{}", credentials.secret_access_key).into_bytes();
    for part in [&date, scope.region, scope.service, "aws4_request"] {
        key = hmac(&key, part)?;
    }
    let signature = hex(&hmac(&key, &text)?);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope_line}, SignedHeaders={names}, Signature={signature}",
        credentials.access_key_id
    );
    // These two the client writes itself, from the same address and body.
    signed.retain(|(name, _)| name != "host" && name != "content-type");
    signed.push(header("authorization", &authorization));
    Ok(signed)
}

/// As it stands in the request: the port only where it is not the scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The path, in which what is percent-encoded already is encoded once more, as all services but S3 want it.
fn path(url: &Url) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let mut path = String::new();
    for byte in url.path().bytes() {
        if plain(byte) { path.push(char::from(byte)) } else { path.push_str(&format!("%{byte:02X}")) }
    }
    path
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], text: &str) -> Result<Vec<u8>, InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::channels::sms::judges;

    /// PyPI botocore, AWS's own signer, with its clock stopped: the same header, to the last digit.
    #[test]
    fn signatures_are_those_of_botocore() {
        let case = (
            "https://(sns\\.[a-z]{2}-[a-z]{4}-[1-9]\\.amazonaws\\.com|127\\.0\\.0\\.1|\\[::1\\])(:(443|80|8443))?(/[a-zA-Z0-9 %&=~:@+]{1,8}){0,3}/",
            prop::collection::vec(any::<u8>(), 0..300),
            ("[a-z]{2}-[a-z]{4}-[1-9]", "[a-z]{2,10}"),
            ("AKIA[A-Z0-9]{16}", "[A-Za-z0-9/+=]{0,80}", prop::option::of("[A-Za-z0-9/+=]{4,400}")),
            -2_000_000_000_i64..8_000_000_000,
        );
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (mut questions, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..2000 {
            let (url, body, (region, service), (id, secret, token), time) =
                case.new_tree(&mut runner).unwrap().current();
            let Ok(url) = url.parse::<Url>() else { continue };
            let content_type = "application/x-www-form-urlencoded";
            questions.push(json!({
                "url": url.as_str(), "body": body, "content_type": content_type, "region": region, "service": service,
                "access_key_id": id, "secret_access_key": secret, "session_token": token, "time": time,
            }));
            let credentials =
                Credentials { access_key_id: id, secret_access_key: secret, session_token: token };
            let post = Post { url: &url, content_type, body: &body };
            ours.push(
                sign(&post, &Scope { region: &region, service: &service }, &credentials, time).unwrap(),
            );
        }
        let Some(Value::Array(answers)) = judges::python("aws_judge.py", &json!({ "sign": questions }))
        else {
            return;
        };
        assert_eq!(answers.len(), ours.len());
        for ((question, answer), ours) in questions.iter().zip(&answers).zip(&ours) {
            for (name, value) in ours {
                assert_eq!(answer[name], *value, "{name} of {question}");
            }
        }
        println!("{} requests signed by botocore, all alike", answers.len());
    }
}
