//! How a channel's service is reached: time-outs, certificates, and what is allowed. The keys that all channels share.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity};

use crate::notify::limits;
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Table};

/// The settings of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// For one attempt, all of it.
    pub(crate) timeout: Duration,
    /// Allows what is not encrypted.
    pub(crate) insecure: bool,
    /// Whether a proxy that the environment names is used.
    pub(crate) proxy: bool,
    /// Certificates to trust instead of the system's, PEM.
    pub(crate) ca: Option<Vec<u8>>,
    /// A certificate and its key to show, PEM, one after the other.
    pub(crate) identity: Option<Secret>,
}

impl Default for Connection {
    fn default() -> Self {
        Connection {
            timeout: Duration::from_secs(15),
            insecure: false,
            proxy: true,
            ca: None,
            identity: None,
        }
    }
}

impl Connection {
    /// Takes `timeout`, `insecure`, `ca_file`, `client_cert` and `client_key`. Files are looked for in `beside`.
    pub(crate) fn take(table: &mut Table<'_>, beside: &Path) -> Result<Self> {
        let mut connection = Connection::default();
        if let Some(item) = table.take("timeout") {
            let text = item.text()?;
            connection.timeout = limits::duration(&text.value)
                .filter(|timeout| (1..=300).contains(&timeout.as_secs()))
                .ok_or_else(|| text.location.error("a time from 1s to 5m is wanted, such as \"15s\""))?;
        }
        if let Some(item) = table.take("insecure") {
            connection.insecure = item.flag()?;
        }
        let mut file = |key: &'static str| -> Result<Option<(Vec<u8>, crate::sys::config_file::Location)>> {
            let Some(item) = table.take(key) else { return Ok(None) };
            let text = item.text()?;
            let path: PathBuf = beside.join(&text.value);
            match std::fs::read(&path) {
                Ok(bytes) if bytes.windows(11).any(|window| window == b"-----BEGIN ") => {
                    Ok(Some((bytes, text.location)))
                }
                Ok(_) => Err(text.location.error(format!("{}: no PEM file", path.display()))),
                Err(error) => Err(text.location.error(format!("{}: {error}", path.display()))),
            }
        };
        connection.ca = file("ca_file")?.map(|(bytes, _)| bytes);
        let (certificate, key) = (file("client_cert")?, file("client_key")?);
        connection.identity = match (certificate, key) {
            // One file may hold both.
            (Some((certificate, location)), key) => {
                let key = key.map_or_else(Vec::new, |(key, _)| key);
                let both = String::from_utf8([certificate, key].join(&b'\n'));
                Some(Secret::known(both.map_err(|_| location.error("no PEM text"))?))
            }
            (None, Some((_, location))) => return Err(location.error("client_cert is missing beside it")),
            (None, None) => None,
        };
        Ok(connection)
    }

    /// Applies the certificates to an HTTP client.
    pub(super) fn tls(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, String> {
        crypto();
        if let Some(ca) = &self.ca {
            let certificates =
                Certificate::from_pem_bundle(ca).map_err(|error| format!("ca_file: {error}"))?;
            builder = builder.tls_certs_only(certificates);
        }
        if let Some(identity) = &self.identity {
            let identity = Identity::from_pem(identity.get()?.as_bytes())
                .map_err(|error| format!("client_cert: {error}"))?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

/// Chooses the cryptography of the whole process, once.
pub(crate) fn crypto() {
    // A second call finds it chosen; both chose the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Reads an address out of the configuration: http or https, with a host; encrypted unless that is waived.
/// The address itself is not repeated in the error, for it may be a secret.
pub(crate) fn url(text: &str, insecure: bool) -> Result<reqwest::Url, String> {
    let url: reqwest::Url = text.parse().map_err(|error| format!("this is no address: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if insecure => {}
        "http" => {
            return Err(
                "the address is not encrypted; use https, or write insecure = true if you must".to_owned()
            );
        }
        other if text.contains("://") => {
            return Err(format!("{other} is not a supported scheme; use https"));
        }
        // A token that stands where an address should may look like one of another scheme.
        _ => return Err("this is no address; one that begins with https:// is wanted".to_owned()),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("the address has no host".to_owned());
    }
    if let Some(why) = crate::notify::address_guard::refused_url(&url) {
        return Err(why);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "a user's name or a password stands in the address; write user = and password = in [notify.NAME]"
                .to_owned(),
        );
    }
    Ok(url)
}

/// The value of a secret as an address, when a request is made.
pub(crate) fn secret_url(secret: &Secret, insecure: bool) -> Result<reqwest::Url, String> {
    url(&secret.get()?, insecure)
}

/// An address beneath a base: `https://h/api` and `v2/alerts` are `https://h/api/v2/alerts`. What would end a part of the path
/// stands in it escaped. One who wrote the whole address for the base meant it.
pub(crate) fn beneath(base: &reqwest::Url, path: &str) -> reqwest::Url {
    let mut url = base.clone();
    let own = base.path().trim_end_matches('/');
    if own.strip_suffix(path).is_some_and(|before| before.ends_with('/')) {
        url.set_path(own);
        return url;
    }
    url.set_path(own);
    // Only addresses without a host refuse it, and `url` lets none of those through.
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.pop_if_empty().extend(path.split('/'));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_beneath_a_base() {
        let beneath = |base: &str| beneath(&base.parse().unwrap(), "v2/alerts").to_string();
        assert_eq!(beneath("https://h.example"), "https://h.example/v2/alerts");
        assert_eq!(beneath("https://h.example:8443/a/b"), "https://h.example:8443/a/b/v2/alerts");
        assert_eq!(beneath("https://h.example/a//?x=1"), "https://h.example/a/v2/alerts?x=1");
        assert_eq!(beneath("https://h.example/a/v2/alerts/"), "https://h.example/a/v2/alerts");
        assert_eq!(beneath("https://h.example/av2/alerts"), "https://h.example/av2/alerts/v2/alerts");
        let odd = super::beneath(&"https://h.example/a".parse().unwrap(), "b c/?d#e");
        assert_eq!(odd.as_str(), "https://h.example/a/b%20c/%3Fd%23e");
    }

    #[test]
    fn an_address_holds_no_credentials_and_is_not_repeated() {
        for (text, words) in [
            ("https://ops:s3cret@h.example/", "user = and password ="),
            ("https://s3cret@h.example/", "user = and password ="),
            ("s3cret:0123456789", "no address"),
            ("s3cret", "no address"),
            ("http://h.example/s3cret", "insecure"),
        ] {
            let why = url(text, false).unwrap_err();
            assert!(why.contains(words) && !why.contains("s3cret"), "{why}");
        }
    }

    #[test]
    fn a_connection_does_not_print_its_key() {
        let identity = Some(Secret::known("-----BEGIN PRIVATE KEY-----".to_owned()));
        let text = format!("{:?}", Connection { identity, ..Connection::default() });
        assert!(text.contains("identity: Some(Secret)"), "{text}");
    }
}
