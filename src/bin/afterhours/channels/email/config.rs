//! `type = "email"`: the keys of an e-mail channel. Whatever is wrong with them is said here, with its line, and not at
//! the first alert.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Identity, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::channels::email::Email;
use crate::channels::email::mime::{Head, Thread, letter};
use crate::channels::email::smtp::{Login, Route};
use crate::notify::address_guard::is_forbidden;
use crate::notify::connection::{Connection, crypto};
use crate::notify::context::Context;
use crate::notify::message::Message;
use crate::notify::notification::Notification;
use crate::notify::notifier::Notifier;
use crate::notify::secret;
use crate::sys::config_file::{Location, Result, Spanned, Table, TomlValue, suggest};

/// The most recipients of a channel; Amazon SES takes 50 in one mail: <https://docs.aws.amazon.com/ses/latest/dg/quotas.html>.
const RECIPIENTS: usize = 50;

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the second line on.
    StartTls,
    /// From the first byte on.
    Implicit,
    None,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let server = context.text(table, "server")?;
    let encryption = encryption(table, context)?;
    let port = port(table, encryption)?;
    let tls = match encryption {
        Encryption::None => {
            host(&server)?;
            Tls::None
        }
        Encryption::StartTls => Tls::Required(tls(&server, context)?),
        Encryption::Implicit => Tls::Wrapper(tls(&server, context)?),
    };
    let login = login(table, context)?;
    let from = context.text(table, "from")?;
    let head = Head {
        from: mailbox(&from)?,
        to: recipients(table, context)?,
        reply_to: context.optional_text(table, "reply_to")?.as_ref().map(mailbox).transpose()?,
        prefix: context.optional_text(table, "subject_prefix")?.map(prefix).transpose()?,
        thread: word(
            table,
            "thread",
            &[("off", Thread::Off), ("day", Thread::Day), ("account", Thread::Account)],
        )?
        .unwrap_or(Thread::Off),
    };
    let hello = match context.optional_text(table, "hello")? {
        Some(text) => {
            host(&text)?;
            text.value
        }
        // Some servers refuse a client that calls itself localhost; the domain it writes from is its own.
        None => head.from.email.domain().to_owned(),
    };
    // Once as a rehearsal: what cannot be a header is found now.
    letter(&head, &Message::One(Box::new(Notification::test(0))), UNIX_EPOCH)
        .map_err(|why| from.location.error(format!("no mail can be made with this: {why}")))?;
    let route = Route {
        server: server.value,
        port,
        hello: ClientId::Domain(hello),
        tls,
        login,
        timeout: context.connection.timeout,
    };
    Ok(Arc::new(Email::new(head, route)))
}

/// One of a few words, and what it stands for.
fn word<T: Copy>(table: &mut Table<'_>, key: &'static str, words: &[(&str, T)]) -> Result<Option<T>> {
    let Some(text) = table.take(key).map(TomlValue::text).transpose()? else { return Ok(None) };
    match words.iter().find(|(word, _)| *word == text.value) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Err(text.location.error(format!(
                "{:?} is none of the words{}",
                text.value,
                suggest(&text.value, &known)
            )))
        }
    }
}

fn encryption(table: &mut Table<'_>, context: &Context) -> Result<Encryption> {
    let words =
        [("starttls", Encryption::StartTls), ("implicit", Encryption::Implicit), ("none", Encryption::None)];
    let encryption = word(table, "tls", &words)?.unwrap_or(Encryption::StartTls);
    if encryption == Encryption::None && !context.connection.insecure {
        return Err(context.location.error(
            "tls = \"none\" sends notifications and the password unencrypted; use \"starttls\" or \"implicit\", or write \
             insecure = true if you must",
        ));
    }
    Ok(encryption)
}

fn port(table: &mut Table<'_>, encryption: Encryption) -> Result<u16> {
    let Some(item) = table.take("port") else {
        return Ok(match encryption {
            Encryption::StartTls => 587,
            Encryption::Implicit => 465,
            Encryption::None => 25,
        });
    };
    let location = item.location.clone();
    let port = u16::try_from(item.number()?).ok().filter(|port| *port > 0);
    let port = port.ok_or_else(|| location.error("a port from 1 to 65535 is wanted"))?;
    // RFC 8314, sections 3.3 and 7.3. The other way round it ends in a silence that says nothing.
    match (port, encryption) {
        (465, Encryption::StartTls) => {
            Err(location.error("465 is encrypted from the start: write tls = \"implicit\""))
        }
        (25 | 587, Encryption::Implicit) => {
            Err(location
                .error(format!("{port} begins unencrypted: leave out tls, or write tls = \"starttls\"")))
        }
        _ => Ok(port),
    }
}

/// Refuses what is no name of a host, and addresses that are never asked.
fn host(text: &Spanned<String>) -> Result<ServerName<'static>> {
    let Spanned { value: text, location } = text;
    if text.contains("://") {
        return Err(location.error("write the host's name alone, such as \"smtp.example.com\""));
    }
    if let Some((name, port)) = text.rsplit_once(':')
        && text.parse::<IpAddr>().is_err()
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(location.error(format!("write server = {name:?} and port = {port}")));
    }
    let name = ServerName::try_from(text.clone())
        .map_err(|_| location.error(format!("{text:?} is neither a host's name nor an address")))?;
    match text.parse::<IpAddr>() {
        Ok(address) if is_forbidden(address) => Err(location.error(format!(
            "{text} is a link-local or metadata address; notifications are never sent there"
        ))),
        _ => Ok(name),
    }
}

fn tls(server: &Spanned<String>, context: &Context) -> Result<TlsParameters> {
    host(server)?;
    crypto();
    let Connection { ca, identity, .. } = &context.connection;
    let wrong = |key: &str, why: &dyn std::fmt::Display| context.location.error(format!("{key}: {why}"));
    let mut builder = TlsParameters::builder(server.value.clone());
    if let Some(ca) = ca {
        let certificate = Certificate::from_pem(ca).map_err(|error| wrong("ca_file", &error))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    if let Some(pem) = identity {
        let pem = pem.get().map_err(|error| wrong("client_cert", &error))?;
        let pem = pem.as_bytes();
        // lettre 0.11.23 takes the certificate's bytes for DER when it asks for PEM, and one certificate is all it takes.
        let certificate =
            CertificateDer::from_pem_slice(pem).map_err(|error| wrong("client_cert", &error))?;
        let identity = Identity::from_pem(&certificate, pem).map_err(|error| wrong("client_cert", &error))?;
        builder = builder.identify_with(identity);
    }
    let what =
        "the server's certificate cannot be verified here; name the file of its authority with ca_file";
    builder.build().map_err(|error| match (identity, ca) {
        (Some(_), _) => wrong("client_cert", &error),
        (None, Some(_)) => wrong("ca_file", &error),
        (None, None) => wrong(what, &error),
    })
}

fn login(table: &mut Table<'_>, context: &Context) -> Result<Option<Login>> {
    let password = context.optional_secret(table, "password")?;
    let user = context.optional_text(table, "user")?;
    let words: [(&str, &'static [Mechanism]); 2] =
        [("password", &[Mechanism::Plain, Mechanism::Login]), ("xoauth2", &[Mechanism::Xoauth2])];
    let mechanisms = word(table, "auth", &words)?;
    match (user, password) {
        (Some(user), Some(password)) => {
            let name = secret::maybe(&user, &context.beside).map_err(|why| user.location.error(why))?;
            Ok(Some(Login { user: name, password, mechanisms: mechanisms.unwrap_or(words[0].1) }))
        }
        (Some(user), None) => {
            Err(user.location.error(format!("password is missing beside it; {}", secret::FORMS)))
        }
        (None, Some(_)) => Err(context.missing(table, "user", "user is missing beside password")),
        (None, None) if mechanisms.is_some() => Err(context.location.error("auth needs user and password")),
        (None, None) => Ok(None),
    }
}

fn recipients(table: &mut Table<'_>, context: &Context) -> Result<Vec<Mailbox>> {
    let Some(item) = table.take("to") else {
        return Err(context.location.error("to is missing; write to = [\"security@example.com\"]"));
    };
    let location = item.location.clone();
    let mut to: Vec<Mailbox> = Vec::new();
    for text in item.texts()? {
        let mailbox = mailbox(&text)?;
        if to.iter().any(|known| known.email == mailbox.email) {
            return Err(text.location.error(format!("{} stands there twice", mailbox.email)));
        }
        to.push(mailbox);
    }
    match to.len() {
        0 => Err(location.error("at least one address is wanted")),
        many if many > RECIPIENTS => Err(location
            .error(format!("{many} addresses, and {RECIPIENTS} at most; a mailing list keeps them better"))),
        _ => Ok(to),
    }
}

/// `soc@example.com` or `Security <soc@example.com>`.
fn mailbox(text: &Spanned<String>) -> Result<Mailbox> {
    let Spanned { value: text, location } = text;
    one_line(text, location)?;
    let trimmed = text.trim();
    let (name, address) = match trimmed.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim(), address.trim()),
        None => ("", trimmed),
    };
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    let wrong = |why: &str| {
        let form = "write \"soc@example.com\" or \"Security <soc@example.com>\"";
        location.error(format!("{address:?}: {why}; {form}"))
    };
    if name.chars().count() > 64 {
        return Err(wrong("a name of more than 64 characters"));
    }
    let parsed: Address = address.parse().map_err(|_| wrong("no e-mail address"))?;
    if !parsed.user().is_ascii() {
        return Err(wrong("what stands before the @ must be ASCII, for most servers take nothing else"));
    }
    // Domains with other letters have a spelling in ASCII, and only that goes through every server.
    let domain = match parsed.domain() {
        domain if domain.is_ascii() => domain.to_owned(),
        domain => format!("http://{domain}/")
            .parse::<reqwest::Url>()
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .ok_or_else(|| wrong("no such domain"))?,
    };
    let address = Address::new(parsed.user(), domain).map_err(|_| wrong("no e-mail address"))?;
    Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
}

fn prefix(text: Spanned<String>) -> Result<String> {
    one_line(&text.value, &text.location)?;
    if text.value.chars().count() > 64 {
        return Err(text.location.error("64 characters at most"));
    }
    Ok(text.value.trim().to_owned())
}

/// lettre ends the program at line breaks in a name.
fn one_line(text: &str, location: &Location) -> Result<()> {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(location.error(format!("a control character, {}, stands in it", c.escape_unicode()))),
        None => Ok(()),
    }
}
