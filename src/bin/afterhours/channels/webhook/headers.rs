//! A webhook's own headers: what the configuration adds to each request, and how it says who is asking.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

use crate::channels::config::Context;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Item, Read, Table, Text};

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
    pub(super) fn take(table: &mut Table<'_>, context: &Context) -> Read<Self> {
        let mut headers = Headers::default();
        let own = table.take("headers").map(Item::table).transpose()?;
        for (name, item) in own.map(Table::named).unwrap_or_default() {
            headers.add(&name, &item.text()?, context)?;
        }
        let refuse = |what: &str| Err(context.place.refuse(what));
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
                let name = secret::maybe(&user, &context.beside).map_err(|why| user.place.refuse(why))?;
                if name.get().is_ok_and(|name| name.contains(':')) {
                    return Err(user.place.refuse("a user's name holds no colon"));
                }
                Credentials::Basic { user: name, password }
            }
            (None, Some(user), None) => return Err(user.place.refuse("password is missing beside it")),
            (None, None, Some(_)) => return refuse("password goes with user"),
            (Some(_), _, _) => return refuse("bearer goes without user and password"),
        };
        if headers.hidden.iter().any(|(name, _)| name == "authorization") {
            return refuse("headers say Authorization as well; leave out one of the two");
        }
        check(&credentials.value().unwrap_or_default()).map_err(|why| context.place.refuse(why))?;
        headers.credentials = Some(credentials);
        Ok(headers)
    }

    fn add(&mut self, name: &str, value: &Text, context: &Context) -> Read<()> {
        let refuse = |what: &str| Err(value.place.refuse(what));
        let lower = name.to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return refuse("no name of a header; it is letters, digits and -");
        }
        if lower == "content-type" {
            return refuse("write content_type = instead, beside a template");
        }
        if lower.starts_with("webhook-") {
            return refuse("this header belongs to the signature; write signing_secrets =");
        }
        if RESERVED.contains(&&*lower) || lower.starts_with("proxy-") {
            return refuse("this header is set by HTTP itself");
        }
        let known = self.plain.iter().map(|(name, _)| name).chain(self.hidden.iter().map(|(name, _)| name));
        if known.into_iter().any(|known| *known == lower) {
            return refuse("this header is there twice; their case does not tell headers apart");
        }
        let named = ["env:", "file:"].iter().any(|prefix| value.text.starts_with(prefix))
            || value.text.contains("${")
            || matches!(&*lower, "authorization" | "cookie");
        if named {
            let secret =
                Secret::named(&value.text, &context.beside).map_err(|why| value.place.refuse(why))?;
            check(&secret.get().unwrap_or_default()).map_err(|why| value.place.refuse(why))?;
            self.hidden.push((lower, secret));
        } else {
            check(&value.text).map_err(|why| value.place.refuse(why))?;
            self.plain.push((lower, value.text.clone()));
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
