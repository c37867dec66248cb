//! Signatures by which a receiver sees that a request is ours and fresh: Standard Webhooks, symmetric,
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>. Pure: the caller brings the time.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How a signing secret is written, for those who wrote it otherwise.
const FORM: &str = "a signing secret is `whsec_` and the base64 of 24 to 64 random bytes; \
                    make one with: echo whsec_$(openssl rand -base64 32)";

/// A key to sign with.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Reads a signing secret. What is wrong with it otherwise, without repeating it.
    pub(super) fn read(secret: &str) -> Result<Self, String> {
        let bytes = secret
            .strip_prefix("whsec_")
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .ok_or(FORM)?;
        Ok(Key(Hmac::new_from_slice(&bytes).map_err(|_| FORM)?))
    }

    /// `v1,` and the base64 of the HMAC of `id.timestamp.body`.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The headers of a signed request. `id` holds no dot and is the same on every attempt; `timestamp` is the attempt's, in
/// seconds since 1970. With several keys there are several signatures, and a receiver that knows one of them is content: so a
/// secret is changed without a gap.
pub(super) fn headers(keys: &[Key], id: &str, timestamp: i64, body: &[u8]) -> [(String, String); 3] {
    let signatures: Vec<String> = keys.iter().map(|key| key.sign(id, timestamp, body)).collect();
    [
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), timestamp.to_string()),
        ("webhook-signature".to_owned(), signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own example; Python's hmac and the PyPI package `standardwebhooks` agree.
    #[test]
    fn the_published_vector() {
        let key = Key::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = headers(std::slice::from_ref(&key), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed[0].1, "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(signed[1].1, "1614265330");
        assert_eq!(signed[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let other = Key::read(&format!("whsec_{}", STANDARD.encode([7; 32]))).unwrap();
        let both = headers(&[key, other], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert!(both[2].1.starts_with("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,"), "{both:?}");
    }

    #[test]
    fn a_secret_of_another_form_is_refused_and_not_repeated() {
        let bytes = |count: usize| format!("whsec_{}", STANDARD.encode(vec![1; count]));
        for right in [24, 32, 64] {
            assert!(Key::read(&bytes(right)).is_ok(), "{right} bytes");
        }
        for wrong in ["s3cret", "whsec_", "whsec_s3cret!", &bytes(23), &bytes(65), &bytes(32)[6..]] {
            let why = Key::read(wrong).unwrap_err();
            assert!(why.contains("24 to 64") && !why.contains("s3cret"), "{why}");
        }
        assert_eq!(format!("{:?}", Key::read(&bytes(24)).unwrap()), "Key");
    }
}
