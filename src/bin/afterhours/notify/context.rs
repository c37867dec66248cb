//! What the reader of a channel's own keys gets: where relative paths begin, the connection, and how
//! secrets and URLs are taken from a table. Knows no channel.

use std::path::PathBuf;

use crate::notify::connection::Connection;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file::{ConfigError, Location, Result, Spanned, Table, TomlValue};

/// What people who know the services call our keys: key, other names. No other name is a key of a channel
/// that requires the first.
const ALIASES: &[(&str, &[&str])] = &[
    ("account_sid", &["account", "sid"]),
    ("api_key", &["key", "apikey", "genie_key"]),
    ("auth_token", &["token"]),
    ("base_url", &["url", "host", "address"]),
    ("routing_key", &["integration_key", "service_key", "key"]),
    ("server", &["host", "hostname", "smtp_server", "smtp_host", "smarthost"]),
    ("url", &["webhook_url", "webhook", "endpoint", "address"]),
    ("user", &["username", "login"]),
    ("username", &["user", "login"]),
    ("webhook_url", &["url", "webhook", "hook"]),
];

/// What a channel's own reader needs to know beside its table.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where relative paths begin.
    pub(crate) beside: PathBuf,
    pub(crate) connection: Connection,
    /// Where the channel stands, for what is missing.
    pub(crate) location: Location,
}

impl Context {
    /// The error that a required key is missing; a misspelled one is reported as itself.
    pub(crate) fn missing(&self, table: &Table<'_>, key: &str, what: &str) -> ConfigError {
        let aliases = ALIASES.iter().find(|(known, _)| *known == key).map_or(&[][..], |(_, aliases)| aliases);
        match table.misspelled(key, aliases) {
            Some((name, location)) => {
                location.error(format!("unknown key `{name}`; did you mean `{key}`? It is required."))
            }
            None => self.location.error(what),
        }
    }

    /// A secret that must be there.
    pub(crate) fn secret(&self, table: &mut Table<'_>, key: &'static str) -> Result<Secret> {
        let secret = self.optional_secret(table, key)?;
        secret.ok_or_else(|| self.missing(table, key, &format!("{key} is missing; {}", secret::FORMS)))
    }

    pub(crate) fn optional_secret(&self, table: &mut Table<'_>, key: &'static str) -> Result<Option<Secret>> {
        let Some(item) = table.take(key) else { return Ok(None) };
        let text = item.text()?;
        Secret::named(&text.value, &self.beside).map(Some).map_err(|why| text.location.error(why))
    }

    /// A text that must be there and is no secret.
    pub(crate) fn text(&self, table: &mut Table<'_>, key: &'static str) -> Result<Spanned<String>> {
        let text = self.optional_text(table, key)?;
        text.ok_or_else(|| self.missing(table, key, &format!("{key} is missing")))
    }

    pub(crate) fn optional_text(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
    ) -> Result<Option<Spanned<String>>> {
        match table.take(key).map(TomlValue::text).transpose()? {
            Some(text) if text.value.trim().is_empty() => Err(text.location.error("an empty text")),
            text => Ok(text),
        }
    }

    /// An address that is no secret, such as a service's own host; `default` where it is not said.
    pub(crate) fn base(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        default: &str,
    ) -> Result<reqwest::Url> {
        let (text, location) = match self.optional_text(table, key)? {
            Some(text) => (text.value, text.location),
            None => (default.to_owned(), self.location.clone()),
        };
        crate::notify::connection::url(&text, self.connection.insecure).map_err(|why| location.error(why))
    }

    /// An address that is a password as well, as the webhooks of chat services are; it may also stand there as it is, if
    /// `literal`. That it is an address is seen now; a file's is read again for every request.
    pub(crate) fn secret_url(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        literal: bool,
    ) -> Result<Secret> {
        let secret = self.optional_secret_url(table, key, literal)?;
        secret.ok_or_else(|| self.missing(table, key, &format!("{key} is missing; {}", secret::FORMS)))
    }

    pub(crate) fn optional_secret_url(
        &self,
        table: &mut Table<'_>,
        key: &'static str,
        literal: bool,
    ) -> Result<Option<Secret>> {
        let Some(text) = self.optional_text(table, key)? else { return Ok(None) };
        let secret = if literal {
            secret::maybe(&text, &self.beside)
        } else {
            Secret::named(&text.value, &self.beside)
        };
        let secret = secret.map_err(|why| text.location.error(why))?;
        crate::notify::connection::secret_url(&secret, self.connection.insecure)
            .map_err(|why| text.location.error(why))?;
        Ok(Some(secret))
    }

    /// A client for this channel's requests.
    pub(crate) fn http(&self, secrets: Vec<Secret>) -> Result<crate::notify::http_client::HttpClient> {
        crate::notify::http_client::HttpClient::new(&self.connection, secrets)
            .map_err(|why| self.location.error(why))
    }
}
