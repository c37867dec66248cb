//! The conversation with a mail server: RFC 5321 by lettre, one command after the other, so that each recipient's answer is
//! known. Knows no message and no configuration file.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use tokio::net::TcpStream;

use crate::channels::email::starttls::Clear;
use crate::notify::address_guard::{chain, resolve};
use crate::notify::notifier::Delivery;
use crate::notify::secret::Secret;

/// How a server is reached.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) server: String,
    pub(super) port: u16,
    /// Whom the client says it is.
    pub(super) hello: ClientId,
    pub(super) tls: Tls,
    pub(super) login: Option<Login>,
    pub(super) timeout: Duration,
}

/// Who logs in.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) user: Secret,
    pub(super) password: Secret,
    /// In the order of preference.
    pub(super) mechanisms: &'static [Mechanism],
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// The server's reply code; `None` where it was not the server who refused.
    pub(super) code: Option<u16>,
    pub(super) why: String,
}

/// What became of a mail that went out to somebody.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The server's last word; empty if there was nobody to send it to.
    pub(super) answer: String,
    pub(super) accepted: Vec<Address>,
    pub(super) refused: Vec<(Address, Failed)>,
}

/// What is being done, for the message of an attempt that runs out of time.
pub(super) type Step = &'static str;
/// The step in which nobody knows whether the server has the mail.
pub(super) const UNSURE: Step = "after the whole mail was sent, so it may have arrived all the same";

impl Failed {
    fn own(why: impl Into<String>) -> Self {
        Failed { code: None, why: why.into() }
    }

    /// Codes that begin with 5 are for good: RFC 5321, section 4.2.1. All else may pass, a certificate that is out of date
    /// and a server that lost its STARTTLS too.
    pub(super) fn is_final(&self) -> bool {
        self.code.is_some_and(|code| (500..600).contains(&code))
    }

    pub(super) fn delivery(self) -> Delivery {
        if self.is_final() { Delivery::never(self.why) } else { Delivery::later(self.why) }
    }
}

impl From<smtp::Error> for Failed {
    fn from(error: smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        // lettre says what it was doing, sometimes twice; what went wrong stands below.
        let mut cause: &dyn std::error::Error = &error;
        while let (true, Some(source)) = (cause.is::<smtp::Error>(), cause.source()) {
            cause = source;
        }
        let mut said = chain(cause);
        if said.contains("close_notify") {
            "the server closed the connection".clone_into(&mut said);
        }
        match code {
            Some(code) => Failed { code: Some(code), why: format!("{code}: {said}") },
            None if error.is_response() => Failed::own(format!("this is no SMTP: {said}")),
            None => Failed::own(format!("{said}{}", hint(&said))),
        }
    }
}

/// What to look at, where the words of the TLS library do not say it.
fn hint(said: &str) -> &'static str {
    if said.contains("UnknownIssuer") {
        "; if the server's certificate is of an authority of your own, name its file with ca_file"
    } else if said.contains("InvalidContentType") {
        "; there may be no TLS at this port at once: try tls = \"starttls\", or another port"
    } else {
        ""
    }
}

impl Login {
    /// The credentials, and the forms of them that must never be shown.
    fn credentials(&self) -> Result<Credentials, String> {
        Ok(Credentials::new(self.user.get()?, self.password.get()?))
    }

    /// What must not be shown of this: the password, and the forms in which it is sent.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let (Ok(user), Ok(password)) = (self.user.get(), self.password.get()) else { return Vec::new() };
        vec![
            Secret::known(STANDARD.encode(format!("\0{user}\0{password}"))),
            Secret::known(STANDARD.encode(format!("user={user}\x01auth=Bearer {password}\x01\x01"))),
            Secret::known(STANDARD.encode(&password)),
            Secret::known(password),
        ]
    }
}

impl Route {
    /// A connection that is encrypted and logged in as configured.
    pub(super) async fn open(&self, step: &mut Step) -> Result<AsyncSmtpConnection, Failed> {
        // Before anything else, so that nobody waits for a server in vain.
        let credentials = self.login.as_ref().map(Login::credentials).transpose().map_err(Failed::own)?;
        *step = "while its address was looked up";
        let addresses = resolve(&self.server, self.port).await;
        let addresses =
            addresses.map_err(|error| Failed::own(format!("{}: {}", self.server, chain(&*error))))?;
        *step = "while the connection was made";
        let mut connection = self.connect(&addresses, step).await?;
        if let (Some(login), Some(credentials)) = (&self.login, &credentials) {
            *step = "while logging in";
            if connection.server_info().get_auth_mechanism(login.mechanisms).is_none() {
                let names: Vec<String> = login.mechanisms.iter().map(Mechanism::to_string).collect();
                let names = names.join(" or ");
                return Err(Failed::own(format!("the server does not let anybody log in here by {names}")));
            }
            connection.auth(login.mechanisms, credentials).await.map_err(|error| {
                // A token that is refused is answered by a challenge that holds the reason, and lettre knows no answer to it.
                if error.is_client() && login.mechanisms.contains(&Mechanism::Xoauth2) {
                    Failed::own("the server takes no such access token; it may have expired")
                } else {
                    error.into()
                }
            })?;
        }
        Ok(connection)
    }

    async fn connect(
        &self,
        addresses: &[SocketAddr],
        step: &mut Step,
    ) -> Result<AsyncSmtpConnection, Failed> {
        // A host has a handful at most. One that does not answer must leave time for the next.
        let addresses = &addresses[..addresses.len().min(4)];
        let each = self.timeout / u32::try_from(addresses.len() + 1).unwrap_or(1);
        if let Tls::Wrapper(tls) = &self.tls {
            let tls = Some(tls.clone());
            let connecting =
                AsyncSmtpConnection::connect_tokio1(addresses, Some(each), &self.hello, tls, None);
            return Ok(connecting.await?);
        }
        let mut failed = Failed::own("no address");
        for address in addresses {
            match tokio::time::timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    *step = "while its greeting was awaited; a server that encrypts from the start gives none here";
                    return self.greet(stream).await;
                }
                Ok(Err(error)) => failed = Failed::own(format!("no connection to {address}: {error}")),
                Err(_) => failed = Failed::own(format!("no connection to {address} in time")),
            }
        }
        Err(failed)
    }

    async fn greet(&self, stream: TcpStream) -> Result<AsyncSmtpConnection, Failed> {
        let stream = Box::new(Clear::new(stream));
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?;
        if let Tls::Required(tls) = &self.tls {
            if !connection.can_starttls() {
                return Err(Failed::own(
                    "the server offers no STARTTLS, or somebody between takes its offer away; nothing is sent \
                     without encryption (for a server that encrypts at once, write tls = \"implicit\")",
                ));
            }
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        Ok(connection)
    }
}

/// Sends a mail to those recipients that the server takes. One who is refused keeps no other from getting it.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    to: &[Address],
    mail: &[u8],
    step: &mut Step,
) -> Result<Heard, Failed> {
    *step = "while the recipients were named";
    connection.command(Mail::new(Some(from.clone()), Vec::new())).await?;
    let mut heard = Heard::default();
    for address in to {
        match connection.command(Rcpt::new(address.clone(), Vec::new())).await.map_err(Failed::from) {
            Ok(_) => heard.accepted.push(address.clone()),
            // 421: the server closes the connection. RFC 5321, section 3.8.
            Err(failed) if failed.code.is_none_or(|code| code == 421) => return Err(failed),
            Err(failed) => heard.refused.push((address.clone(), failed)),
        }
    }
    if !heard.accepted.is_empty() {
        *step = "while the mail was sent";
        // lettre takes any code of 2xx and 3xx for a yes. Here it must be the one that belongs to it, or the two have lost
        // each other: RFC 5321, section 4.3.2.
        let response = connection.command(Data).await?;
        if !response.has_code(354) {
            return Err(Failed::own(format!("no answer to DATA is {}", said(&response))));
        }
        *step = UNSURE;
        let response = connection.message(mail).await?;
        if response.code().severity != Severity::PositiveCompletion {
            return Err(Failed::own(format!("no answer to a mail is {}", said(&response))));
        }
        heard.answer = said(&response);
    }
    Ok(heard)
}

/// `250: 2.0.0 queued as 4711`
fn said(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("{}: {}", response.code(), lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_code_means() {
        let means = |code: Option<u16>| Failed { code, why: "w".to_owned() }.delivery();
        // RFC 5321, section 4.2.3, RFC 4954, section 6, RFC 3207, section 4, and what servers say for their limits.
        for code in [421, 430, 432, 450, 451, 452, 454, 455, 471] {
            assert_eq!(means(Some(code)), Delivery::later("w"), "{code}");
        }
        for code in [500, 501, 502, 503, 504, 521, 523, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556]
        {
            assert_eq!(means(Some(code)), Delivery::never("w"), "{code}");
        }
        assert_eq!(means(None), Delivery::later("w"));
    }
}
