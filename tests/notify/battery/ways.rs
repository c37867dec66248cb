//! Connections: host names, IP addresses, certificates, proxies.

use std::sync::Arc;

use super::{Then, cases, every, with};
use crate::proxy::Proxy;
use crate::tls::Authority;
use kit::http_server::{Reply, Server};

#[test]
fn a_refused_connection_is_retried() {
    every(&cases(), |case| {
        let url = {
            let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            format!("http://{}", free.local_addr().unwrap())
        };
        let ran = case.home(&url, "insecure = true\n").test("c");
        case.ended(&ran, Then::Later, &"nobody");
        case.keeps_secrets(&ran, &[]);
        let ran = case.home("https://no-such-host.invalid", "").test("c");
        case.ended(&ran, Then::Later, &"no host");
        case.keeps_secrets(&ran, &[]);
    });
}

#[test]
fn forbidden_addresses_are_rejected() {
    let table = [
        ("http://169.254.169.254", "insecure = true\n", "169.254.169.254"),
        ("https://169.254.10.20", "", "link-local"),
        ("https://[fd00:ec2::254]", "", "metadata"),
        ("https://[fe80::1]", "", "link-local"),
        ("http://2852039166", "insecure = true\n", "169.254.169.254"),
        ("http://127.0.0.1:9", "", "insecure = true"),
        ("http://hooks.example", "", "insecure = true"),
        ("ftp://hooks.example", "insecure = true\n", "ftp"),
        ("file:///etc", "insecure = true\n", ""),
        ("nonsense", "insecure = true\n", ""),
    ];
    every(&with(&table), |(case, (url, more, words))| {
        let ran = case.home(url, more).test("c");
        assert!(
            ran.code == 2 && ran.err.contains("afterhours.toml:") && ran.err.contains(words),
            "{}, {url}: {ran:?}",
            case.name
        );
        case.keeps_secrets(&ran, &[]);
    });
}

#[test]
fn only_trusted_matching_certificates_are_accepted() {
    let authority = Arc::new(Authority::new());
    let other = Authority::new();
    let table = [
        ("not trusted", other.server("localhost", false), Then::Later),
        ("another's name", authority.server("other.example", false), Then::Later),
        ("expired", authority.server("localhost", true), Then::Later),
        ("asks for a certificate", authority.server_that_asks(), Then::Later),
        ("trusted", authority.server("localhost", false), Then::Done),
    ];
    every(&with(&table), |(case, (name, config, then))| {
        let good = case.good;
        let server = Server::tls(Arc::clone(config), move |request, _| good(request));
        let ran = case
            .home(&server.url, "timeout = \"60s\"\nca_file = \"ca.pem\"\n")
            .file("ca.pem", &authority.pem())
            .test("c");
        case.ended(&ran, *then, name);
        case.keeps_secrets(&ran, &server.requests());
        assert_eq!(server.count() > 0, *then == Then::Done, "{}, {name}", case.name);
    });
    // Without ca_file the system's authorities are trusted, and the test's is not one of them.
    every(&cases(), |case| {
        let server = Server::tls(authority.server("localhost", false), |_, _| Reply::Close);
        let ran = case.home(&server.url, "timeout = \"60s\"\n").test("c");
        case.ended(&ran, Then::Later, &"the system's");
        case.keeps_secrets(&ran, &[]);
        assert_eq!(server.count(), 0, "{}", case.name);
    });
}

#[test]
fn a_client_certificate_is_sent_on_request() {
    let authority = Authority::new();
    every(&cases(), |case| {
        let good = case.good;
        let server = Server::tls(authority.server_that_asks(), move |request, _| good(request));
        let (certificate, key) = authority.client();
        let ran = case
            .home(
                &server.url,
                "timeout = \"60s\"\nca_file = \"ca.pem\"\nclient_cert = \"c.pem\"\nclient_key = \"k.pem\"\n",
            )
            .file("ca.pem", &authority.pem())
            .file("c.pem", &certificate)
            .file("k.pem", &key)
            .test("c");
        case.ended(&ran, Then::Done, &"mutual");
        case.keeps_secrets(&ran, &server.requests());
        ran.hides(key.lines().nth(1).unwrap());
    });
}

#[test]
fn a_proxy_of_the_environment_tunnels_and_sees_no_content() {
    let authority = Authority::new();
    every(&cases(), |case| {
        let good = case.good;
        let server = Server::tls(authority.server("localhost", false), move |request, _| good(request));
        // user:pr0xy-s3cret
        let proxy = Proxy::start(Some("dXNlcjpwcjB4eS1zM2NyZXQ="));
        let home = |password: &str| {
            case.home(&server.url, "timeout = \"60s\"\nca_file = \"ca.pem\"\n")
                .file("ca.pem", &authority.pem())
                .env("HTTPS_PROXY", format!("http://user:{password}@{}", proxy.address))
        };
        let ran = home("pr0xy-s3cret").test("c");
        case.ended(&ran, Then::Done, &"by proxy");
        case.keeps_secrets(&ran, &server.requests());
        let heads = proxy.heads();
        assert!(
            !heads.is_empty() && heads.iter().all(|head| head.starts_with("CONNECT localhost:")),
            "{heads:?}"
        );
        for (_, secret) in case.secrets {
            assert!(!heads.concat().contains(secret), "{heads:?}");
        }
        let asked = server.count();
        let ran = home("wr0ng-s3cret").test("c");
        case.ended(&ran, Then::Later, &"refused by the proxy");
        case.keeps_secrets(ran.hides("wr0ng-s3cret"), &[]);
        assert_eq!(server.count(), asked, "{}", case.name);
        let heads = proxy.heads().len();
        home("pr0xy-s3cret").env("NO_PROXY", "localhost").test("c").ended(0);
        assert_eq!(proxy.heads().len(), heads, "{}: NO_PROXY is not heeded", case.name);
    });
}
