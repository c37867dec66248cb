//! An independent mail server, and one that violates the protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::Value;

use kit::second_opinion;

/// aiosmtpd on several ports: see tests/python/smtp_server.py.
pub(crate) struct Mail {
    directory: PathBuf,
    ports: Value,
    /// The server ends when its stdin closes, that is, with this test, and removes the directory.
    _server: Child,
}

impl Mail {
    /// The one server of all tests. `None`, and a line that says so, where aiosmtpd is not
    /// installed.
    pub(crate) fn server() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Mail>> = OnceLock::new();
        let server = SERVER.get_or_init(Self::start).as_ref();
        if server.is_none() {
            println!("skipped: the Python package `aiosmtpd` is not installed");
        }
        server
    }

    fn start() -> Option<Self> {
        let has =
            second_opinion::interpreter().args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        if !has.is_ok_and(|status| status.success()) {
            return None;
        }
        let directory = tempfile::tempdir().unwrap().keep();
        certificates(&directory, &["localhost", "127.0.0.1"]);
        let mut server = second_opinion::script("smtp_server.py")
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Mail { directory, ports: serde_json::from_str(&line).unwrap(), _server: server })
    }

    pub(crate) fn port(&self, name: &str) -> u64 {
        self.ports[name].as_u64().unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The mail for `user@…`, as Python reads it.
    pub(crate) fn of(&self, user: &str) -> Value {
        let path = self.file(&format!("{user}.json"));
        serde_json::from_slice(&std::fs::read(path).expect("no mail came")).unwrap()
    }

    pub(crate) fn has(&self, user: &str) -> bool {
        self.file(&format!("{user}.json")).exists()
    }
}

/// Writes an authority, a server certificate for these names, and a client certificate.
fn certificates(directory: &Path, names: &[&str]) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    // A name of its own: a certificate with its issuer's name counts as self-signed.
    authority.distinguished_name.push(DnType::CommonName, directory.display().to_string());
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let own = authority.self_signed(&authority_key).unwrap();
    std::fs::write(directory.join("ca.pem"), own.pem()).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    for (name, names) in [("server", names), ("client", &["client.test"])] {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(directory.join(format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(directory.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    }
}

/// A server for one connection with its own script. Returns the port.
pub(crate) fn liar(say: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        say(stream);
    });
    port
}

/// One line from the client; empty at the end.
pub(crate) fn line(mut stream: impl Read) -> String {
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|read| read == 1) {
        line.push(byte[0]);
        if byte[0] == b'\n' {
            break;
        }
    }
    String::from_utf8_lossy(&line).into_owned()
}

/// Offers STARTTLS and appends `injected` to its answer, in the same packet. Then it speaks TLS
/// correctly, with a certificate for `name` whose authority is in `directory`, and sends nothing
/// more.
pub(crate) fn injector(directory: &Path, name: &str, injected: &'static str) -> u16 {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    certificates(directory, &[name]);
    let certificate = CertificateDer::from_pem_file(directory.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    liar(move |mut stream| {
        stream.write_all(b"220 mail.test\r\n").unwrap();
        line(&stream);
        stream.write_all(b"250-mail.test\r\n250 STARTTLS\r\n").unwrap();
        assert_eq!(line(&stream), "STARTTLS\r\n");
        stream.write_all(format!("220 go ahead\r\n{injected}").as_bytes()).unwrap();
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::Stream::new(&mut tls, &mut stream);
        let mut buffer = [0; 4096];
        while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    })
}
