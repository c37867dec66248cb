//! A webhook's own headers: what the configuration adds to each request, and how it says who is asking.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

use crate::notify::context::Context;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Spanned, Table, TomlValue};

/// The headers that HTTP itself or this program sets: what the body is and how long, where it goes, how the connection is
/// used.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers to add.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// Names in lower case.
    plain: Vec<(String, String)>,
    hidden: Vec<(String, Secret)>,
    credentials: Option<Credentials>,
}

#[derive(Debug)]
enum Credentials {
    Bearer(Secret),
    Basic { user: Secret, password: Secret },
}

impl Headers {
    /// Takes `headers`, `bearer`, and `user` with `password`.
    pub(super) fn take(table: &mut Table<'_>, context: &Context) -> Result<Self> {
        let mut headers = Headers::default();
        let own = table.take("headers").map(TomlValue::table).transpose()?;
        for (name, item) in own.map(Table::named).unwrap_or_default() {
            headers.add(&name, &item.text()?, context)?;
        }
        let wrong = |what: &str| Err(context.location.error(what));
        let user = context.optional_text(table, "user")?;
        let credentials = match (
            context.optional_secret(table, "bearer")?,
            user,
            context.optional_secret(table, "password")?,
        ) {
            (None, None, None) => return Ok(headers),
            (Some(token), None, None) => Credentials::Bearer(token),
            (None, Some(user), Some(password)) => {
                // RFC 7617, section 2: the first colon ends the name.
                let name = secret::maybe(&user, &context.beside).map_err(|why| user.location.error(why))?;
                if name.get().is_ok_and(|name| name.contains(':')) {
                    return Err(user.location.error("a user's name holds no colon"));
                }
                Credentials::Basic { user: name, password }
            }
            (None, Some(user), None) => return Err(user.location.error("password is missing beside it")),
            (None, None, Some(_)) => return wrong("password goes with user"),
            (Some(_), _, _) => return wrong("bearer goes without user and password"),
        };
        if headers.hidden.iter().any(|(name, _)| name == "authorization") {
            return wrong("headers say Authorization as well; leave out one of the two");
        }
        check(&credentials.value().unwrap_or_default()).map_err(|why| context.location.error(why))?;
        headers.credentials = Some(credentials);
        Ok(headers)
    }

    fn add(&mut self, name: &str, value: &Spanned<String>, context: &Context) -> Result<()> {
        let wrong = |what: &str| Err(value.location.error(what));
        let lower = name.to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return wrong("no name of a header; it is letters, digits and -");
        }
        if lower == "content-type" {
            return wrong("write content_type = instead, beside a template");
        }
        if lower.starts_with("webhook-") {
            return wrong("this header belongs to the signature; write signing_secrets =");
        }
        if RESERVED.contains(&&*lower) || lower.starts_with("proxy-") {
            return wrong("this header is set by HTTP itself");
        }
        let known = self.plain.iter().map(|(name, _)| name).chain(self.hidden.iter().map(|(name, _)| name));
        if known.into_iter().any(|known| *known == lower) {
            return wrong("this header is there twice; their case does not tell headers apart");
        }
        let named = ["env:", "file:"].iter().any(|prefix| value.value.starts_with(prefix))
            || value.value.contains("${")
            || matches!(&*lower, "authorization" | "cookie");
        if named {
            let secret =
                Secret::named(&value.value, &context.beside).map_err(|why| value.location.error(why))?;
            check(&secret.get().unwrap_or_default()).map_err(|why| value.location.error(why))?;
            self.hidden.push((lower, secret));
        } else {
            check(&value.value).map_err(|why| value.location.error(why))?;
            self.plain.push((lower, value.value.clone()));
        }
        Ok(())
    }

    /// What must never be said aloud.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let credentials = match &self.credentials {
            None => Vec::new(),
            Some(Credentials::Bearer(token)) => vec![token.clone()],
            Some(Credentials::Basic { user: _, password }) => vec![password.clone()],
        };
        self.hidden.iter().map(|(_, secret)| secret.clone()).chain(credentials).collect()
    }

    /// The value of `Authorization`, if it is made of a user's name and password.
    pub(super) fn credentials(&self) -> Result<Option<String>, String> {
        self.credentials.as_ref().map(Credentials::value).transpose()
    }

    /// The headers of a request, but for the credentials.
    pub(super) fn list(&self) -> Result<Vec<(String, String)>, String> {
        let mut list = self.plain.clone();
        for (name, secret) in &self.hidden {
            list.push((name.clone(), secret.get()?));
        }
        Ok(list)
    }
}

impl Credentials {
    /// RFC 6750, section 2.1; RFC 7617, section 2.
    fn value(&self) -> Result<String, String> {
        Ok(match self {
            Credentials::Bearer(token) => format!("Bearer {}", token.get()?),
            Credentials::Basic { user, password } => {
                format!("Basic {}", STANDARD.encode(format!("{}:{}", user.get()?, password.get()?)))
            }
        })
    }
}

/// A character of a header's name: RFC 9110, section 5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn check(value: &str) -> Result<(), &'static str> {
    match HeaderValue::from_str(value) {
        Ok(_) => Ok(()),
        Err(_) => Err("the value holds a character that no header may hold; is there a line break in it?"),
    }
}
