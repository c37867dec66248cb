//! The token that a request must bear. Knows it; never shows it.

use std::path::Path;

use anyhow::{anyhow, bail};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::notify::Secret;

#[derive(Debug)]
pub(super) struct Token(Secret);

/// The variable of the environment that holds one. Never an option: the list of processes shows those.
const VARIABLE: &str = "AFTERHOURS_TOKEN";

impl Token {
    /// The token that is set, if one is.
    pub(super) fn set(file: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let variable = std::env::var(VARIABLE).ok();
        match (file, variable) {
            (Some(_), Some(_)) => {
                bail!("--token-file and {VARIABLE} are both set; one token is meant: take one away")
            }
            (Some(file), None) => {
                let secret = Secret::named(&format!("file:{}", file.display()), Path::new(""));
                secret.map(|secret| Some(Token(secret))).map_err(|why| anyhow!("--token-file: {why}"))
            }
            (None, Some(text)) if text.trim().is_empty() => {
                bail!("{VARIABLE} is empty: set a token, or unset it")
            }
            (None, Some(text)) => Ok(Some(Token(Secret::known(text.trim().to_owned())))),
            (None, None) => Ok(None),
        }
    }

    /// Whether a request with this `Authorization` may pass; what is wrong, if the token cannot be read now.
    pub(super) fn admits(&self, authorization: Option<&[u8]>) -> Result<bool, String> {
        let token = self.0.get()?;
        let Some((scheme, given)) = authorization.and_then(|text| text.split_at_checked(7)) else {
            return Ok(false);
        };
        // Digests are compared, so that not even the length shows.
        let same = Sha256::digest(given.trim_ascii()).ct_eq(&Sha256::digest(token.as_bytes()));
        Ok(scheme.eq_ignore_ascii_case(b"Bearer ") && bool::from(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_admitted() {
        let token = Token(Secret::known("s3cret-token".to_owned()));
        for text in ["Bearer s3cret-token", "bearer s3cret-token", "Bearer  s3cret-token "] {
            assert_eq!(token.admits(Some(text.as_bytes())), Ok(true), "{text}");
        }
        for text in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer s3cret-toke",
            "Bearer s3cret-token2",
            "s3cret-token",
            "Basic s3cret-token",
        ] {
            assert_eq!(token.admits(Some(text.as_bytes())), Ok(false), "{text}");
        }
        assert_eq!(token.admits(None), Ok(false));
    }
}
