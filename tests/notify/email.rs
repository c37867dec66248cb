//! E-mail: to an independent server (aiosmtpd), which reads it with Python's `email`, and to
//! servers that violate the protocol.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mail::{Mail, injector, liar, line};
use crate::program::{Home, Ran};
use kit::second_opinion;

const PASSWORD: &str = "s3cret pass/word";

/// A channel that sends through a port of the server; `more` are further keys.
fn home(mail: &Mail, port: &str, to: &str, more: &str) -> Home {
    Home::new(&config(mail.port(port), &mail.file("ca.pem"), to, more)).env("MAIL_PASSWORD", PASSWORD)
}

fn config(port: u64, ca: &Path, to: &str, more: &str) -> String {
    let ca = ca.display();
    format!(
        "[notify.mail]\ntype = \"email\"\nserver = \"localhost\"\nport = {port}\nca_file = \"{ca}\"\n\
         from = \"Afterhours <afterhours@example.com>\"\nto = {to}\n{more}\n"
    )
}

const LOGIN: &str = "user = \"mailer\"\npassword = \"env:MAIL_PASSWORD\"";

fn header<'a>(mail: &'a Value, name: &str) -> &'a str {
    let headers = mail["headers"].as_array().unwrap();
    let mut found =
        headers.iter().filter(|header| header[0] == name).map(|header| header[1].as_str().unwrap());
    let value = found.next().unwrap_or_else(|| panic!("no {name} in {headers:?}"));
    assert_eq!(found.next(), None, "{name} twice");
    value
}

/// Fails unless a mail is well formed, has a text and an HTML part, and no active content.
fn well_formed(mail: &Value) {
    assert_eq!(mail["header_defects"], Value::Array(Vec::new()));
    let parts = mail["parts"].as_array().unwrap();
    let types: Vec<&str> = parts.iter().map(|part| part["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["multipart/alternative", "text/plain", "text/html"]);
    assert!(parts.iter().all(|part| part["defects"] == Value::Array(Vec::new())), "{parts:?}");
    assert!(parts[1..].iter().all(|part| part["charset"] == "utf-8"));
    let page = &parts[2]["page"];
    let words = |key: &str| -> Vec<String> {
        page[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    const TAGS: [&str; 15] = [
        "a", "b", "bdi", "body", "div", "h1", "head", "html", "meta", "p", "table", "td", "th", "title", "tr",
    ];
    let (tags, attributes) = (words("tags"), words("attributes"));
    assert!(tags.iter().all(|tag| TAGS.contains(&tag.as_str())), "{tags:?}");
    const ATTRIBUTES: [&str; 7] = ["charset", "content", "href", "lang", "name", "scope", "style"];
    assert!(attributes.iter().all(|name| ATTRIBUTES.contains(&name.as_str())), "{attributes:?}");
    assert!(words("links").iter().all(|link| link.contains(".amazon.com/cloudtrailv2/")), "{page}");
    if page["errors"].is_array() {
        assert!(words("errors").is_empty(), "{page}");
    }
    // Each fact is in both parts.
    let (text, shown) = (parts[1]["text"].as_str().unwrap(), page["text"].as_str().unwrap());
    for fact in text.lines().filter_map(|line| line.split_once(": ")) {
        assert!(shown.contains(fact.1.trim()) || fact.0.contains("CloudTrail"), "{fact:?} in {shown}");
    }
}

#[test]
fn python_reads_the_golden_mails_as_intended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notify/email");
    let names = ["one", "hostile", "little", "unreadable", "test", "digest"];
    let files: Vec<_> = names.iter().map(|name| folder.join(format!("{name}.eml"))).collect();
    let Some(lines) = second_opinion::python("read_mail.py", &files) else { return };
    let mails: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(mails.len(), names.len());
    for mail in &mails {
        well_formed(mail);
        assert_eq!(
            mail["to"],
            serde_json::json!([["Security", "soc@example.com"], ["", "oncall@example.org"]])
        );
        assert_eq!(mail["date"], "2026-11-21T16:31:07+00:00");
        assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    }
    assert_eq!(
        header(&mails[0], "Subject"),
        "[prod] [high] After-hours console sign-in: anaya (111122223333)"
    );
    assert!(
        header(&mails[1], "Subject")
            .contains("console sign-in: <!channel> <https://evil.example|ok> @everyone")
    );
    let text = mails[1]["parts"][1]["text"].as_str().unwrap();
    assert!(text.contains(
        "\nUser agent: <!channel> <https://evil.example|ok> @everyone <@U123> &amp; </td><script>"
    ));
    assert!(!text.contains("\nBcc"));
    assert_eq!(
        header(&mails[5], "Subject"),
        "[prod] [high] 300 after-hours console sign-ins: 40 users, 1 account, 2 addresses"
    );
    let checked = mails.iter().any(|mail| mail["parts"][2]["page"]["errors"].is_array());
    println!("{} mails read; the HTML by html5lib: {checked}", mails.len());
}

#[test]
fn a_test_notification_arrives_by_starttls() {
    let Some(mail) = Mail::server() else { return };
    let more =
        "reply_to = \"soc@example.com\"\nsubject_prefix = \"[prod \u{e4}]\"\nhello = \"filter.example.com\"";
    let to = "[\"Sécurité <starttls@example.com>\", \"second@example.org\"]";
    let ran = home(mail, "starttls", to, more).test("mail");
    ran.ended(0);
    assert_eq!(
        ran.out,
        "mail (email, starttls@example.com and 1 more by localhost): delivered: 250: 2.0.0 queued as starttls@example.com\n"
    );
    let mail = mail.of("starttls");
    well_formed(&mail);
    assert_eq!(mail["encrypted"], true);
    assert_eq!(mail["hello"], "filter.example.com");
    assert_eq!(mail["from"], "afterhours@example.com");
    assert_eq!(mail["recipients"], serde_json::json!(["starttls@example.com", "second@example.org"]));
    assert_eq!(mail["to"][0], serde_json::json!(["Sécurité", "starttls@example.com"]));
    assert_eq!(
        header(&mail, "Subject"),
        "[prod \u{e4}] [low] TEST: After-hours console sign-in: test-user (111122223333)"
    );
    assert_eq!(header(&mail, "Reply-To"), "soc@example.com");
    assert_eq!(header(&mail, "From"), "Afterhours <afterhours@example.com>");
    let id = header(&mail, "Message-ID");
    assert!(id.len() == 32 + "<@example.com>".len() && id.ends_with("@example.com>"), "{id}");
    assert!(mail["raw"].as_str().unwrap().contains(&format!("notification {}", &id[1..33])));
}

#[test]
fn a_test_notification_arrives_by_implicit_tls_and_without_tls() {
    let Some(mail) = Mail::server() else { return };
    home(mail, "implicit", "\"implicit@example.com\"", "tls = \"implicit\"").test("mail").ended(0);
    assert_eq!(mail.of("implicit")["encrypted"], true);
    home(mail, "plain", "\"plain@example.com\"", "tls = \"none\"\ninsecure = true").test("mail").ended(0);
    let plain = mail.of("plain");
    assert_eq!(plain["encrypted"], false);
    // Without a configured name the client uses the domain of its sender.
    assert_eq!(plain["hello"], "example.com");
}

#[test]
fn a_client_certificate_is_sent() {
    let Some(mail) = Mail::server() else { return };
    let (certificate, key) = (mail.file("client.pem"), mail.file("client.key"));
    let own = format!(
        "tls = \"implicit\"\nclient_cert = \"{}\"\nclient_key = \"{}\"",
        certificate.display(),
        key.display()
    );
    home(mail, "mutual", "\"mutual@example.com\"", &own).test("mail").ended(0);
    assert!(mail.has("mutual"));
    let ran = home(mail, "mutual", "\"stranger@example.com\"", "tls = \"implicit\"").test("mail");
    ran.ended(1);
    assert!(ran.out.contains("it would be tried again"), "{}", ran.out);
    assert!(!mail.has("stranger"));
}

#[test]
fn authenticates_with_what_the_server_offers() {
    let Some(mail) = Mail::server() else { return };
    for (port, user) in [("login", "login"), ("old_login", "old-login")] {
        home(mail, port, &format!("\"{user}@example.com\""), LOGIN).test("mail").ended(0);
        assert_eq!(mail.of(user)["login"], "mailer");
    }
    let token = format!("{LOGIN}\nauth = \"xoauth2\"");
    let home = home(mail, "token", "\"token@example.com\"", &token);
    home.env("MAIL_PASSWORD", "t0ken-of-the-hour").test("mail").ended(0);
    assert_eq!(mail.of("token")["login"], "mailer by token");
}

#[test]
fn a_wrong_password_is_rejected_and_never_printed() {
    let Some(mail) = Mail::server() else { return };
    let home = home(mail, "login", "\"nobody@example.com\"", LOGIN);
    let ran = home.env("MAIL_PASSWORD", "wr0ng pass").test("mail");
    ran.ended(1).hides("wr0ng").hides("d3IwbmcgcGFzcw");
    assert!(ran.out.ends_with("it would not be tried again: 535: 5.7.8 [secret] is wrong\n"), "{}", ran.out);

    let token = format!("{LOGIN}\nauth = \"xoauth2\"");
    let ran = self::home(mail, "token", "\"nobody@example.com\"", &token).test("mail");
    ran.ended(1).hides(PASSWORD);
    assert!(
        ran.out.contains("it would be tried again: the server takes no such access token"),
        "{}",
        ran.out
    );

    let ran = self::home(mail, "token", "\"nobody@example.com\"", LOGIN).test("mail");
    ran.ended(1);
    assert!(ran.out.contains("does not let anybody log in here by PLAIN or LOGIN"), "{}", ran.out);
    assert!(!mail.has("nobody"));
}

#[test]
fn smtp_codes_decide_whether_to_retry() {
    let Some(mail) = Mail::server() else { return };
    for (user, again, messages) in [
        ("r450-a", true, "r450-a@example.com: 450: 4.2.1 not now"),
        ("r421-a", true, "421: 4.2.1 not now"),
        ("r550-a", false, "r550-a@example.com: 550: 5.1.1 not here"),
        ("d451-a", true, "451: 4.2.1 not now"),
        ("d552-a", false, "552: 5.1.1 not here"),
    ] {
        let ran = home(mail, "starttls", &format!("\"{user}@example.com\""), "").test("mail");
        ran.ended(1);
        let words = if again { "it would be tried again: " } else { "it would not be tried again: " };
        assert!(ran.out.ends_with(&format!("{words}{messages}\n")), "{user}: {}", ran.out);
        assert!(!mail.has(user));
    }
}

#[test]
fn one_rejected_recipient_does_not_affect_the_others() {
    let Some(mail) = Mail::server() else { return };
    let to = "[\"r550-gone@example.com\", \"stays@example.com\"]";
    let ran = home(mail, "starttls", to, "").test("mail");
    ran.ended(1);
    let messages =
        "not be tried again: 1 of 2 recipients have it; r550-gone@example.com: 550: 5.1.1 not here\n";
    assert!(ran.out.ends_with(messages), "{}", ran.out);
    assert_eq!(mail.of("stays")["recipients"], serde_json::json!(["stays@example.com"]));
    // The To header still names all recipients.
    assert_eq!(mail.of("stays")["to"].as_array().unwrap().len(), 2);
}

#[test]
fn an_attempt_has_a_timeout() {
    let Some(mail) = Mail::server() else { return };
    let begun = Instant::now();
    let ran = home(mail, "starttls", "\"slow-a@example.com\"", "timeout = \"1s\"").test("mail");
    ran.ended(1);
    let messages = "tried again: no answer in time, after the whole mail was sent, so it may have arrived all the same\n";
    assert!(ran.out.ends_with(messages), "{}", ran.out);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let ran = home(mail, "starttls", "\"drop-a@example.com\"", "").test("mail");
    ran.ended(1);
    assert!(ran.out.contains("it would be tried again: "), "{}", ran.out);
    assert!(
        ran.out.ends_with(", after the whole mail was sent, so it may have arrived all the same\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_server_without_starttls_gets_no_mail() {
    let Some(mail) = Mail::server() else { return };
    let ran = home(mail, "plain", "\"stripped@example.com\"", LOGIN).test("mail");
    ran.ended(1).hides(PASSWORD);
    assert!(ran.out.contains("it would be tried again: the server offers no STARTTLS"), "{}", ran.out);
    assert!(!mail.has("stripped"));
}

#[test]
fn the_certificate_must_match_the_server() {
    let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let messages = |authority: &Path, port: u16| {
        let ran = Home::new(&config(port.into(), authority, "\"a@example.com\"", "")).test("mail");
        ran.ended(1);
        ran.out
    };
    injector(other.path(), "localhost", "");
    let stranger = messages(&other.path().join("ca.pem"), injector(own.path(), "localhost", ""));
    let hint = "UnknownIssuer; if the server's certificate is of an authority of your own, name its file with ca_file";
    assert!(stranger.contains(hint), "{stranger}");
    let port = injector(own.path(), "elsewhere.test", "");
    let elsewhere = messages(&own.path().join("ca.pem"), port);
    assert!(elsewhere.contains("certificate not valid for name \"localhost\""), "{elsewhere}");
}

#[test]
fn plaintext_after_the_starttls_response_is_ignored() {
    // All answers of a successful delivery, in clear text, before TLS begins. A client that accepts
    // them believes that the mail is delivered, although the authenticated server has not answered
    // at all.
    const INJECTED: &str =
        "250-mail.test\r\n250 SMTPUTF8\r\n250 ok\r\n250 ok\r\n354 go\r\n250 delivered\r\n221 bye\r\n";
    let directory = tempfile::tempdir().unwrap();
    let port = injector(directory.path(), "localhost", INJECTED);
    let ca = directory.path().join("ca.pem");
    let ran = Home::new(&config(port.into(), &ca, "\"a@example.com\"", "timeout = \"3s\"")).test("mail");
    ran.ended(1);
    assert!(ran.out.contains("not delivered; it would be tried again: "), "{}", ran.out);
}

#[test]
fn a_server_that_violates_smtp_is_abandoned() {
    let ran = |greeting: &'static [u8], times: usize| -> Ran {
        let port = liar(move |mut stream| {
            for _ in 0..times {
                if stream.write_all(greeting).is_err() {
                    return;
                }
            }
            line(&stream);
        });
        let tls = "tls = \"none\"\ninsecure = true\ntimeout = \"5s\"";
        let config = format!(
            "[notify.mail]\ntype = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"a@example.com\"\n\
             to = \"b@example.com\"\n{tls}\n"
        );
        let ran = Home::new(&config).test("mail");
        ran.ended(1);
        ran
    };
    for (greeting, times, again, messages) in [
        (b"554 5.7.1 go away\r\n".as_slice(), 1, false, "554: 5.7.1 go away"),
        (b"421 busy\r\n", 1, true, "421: busy"),
        (b"", 0, true, ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", 1, true, ""),
        (b"250-\x1b[2Jmore\r\n", 100_000, true, ""),
        (&[b'x'; 4096], 1000, true, "the server says too much"),
        (b"220 \xff\xfe\r\n", 1, true, ""),
    ] {
        let ran = ran(greeting, times);
        let words = if again { "it would be tried again: " } else { "it would not be tried again: " };
        assert!(ran.out.contains(words) && ran.out.contains(messages), "{greeting:?}: {}", ran.out);
        assert!(!ran.out.trim_end().chars().any(char::is_control), "{}", ran.out);
    }
    // No server listens there.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let config = format!(
        "[notify.mail]\ntype = \"email\"\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"a@example.com\"\nto = \"b@example.com\"\n"
    );
    let ran = Home::new(&config).test("mail");
    ran.ended(1);
    assert!(ran.out.contains("it would be tried again: no connection to 127.0.0.1:"), "{}", ran.out);
}

#[test]
fn configuration_errors_name_their_line() {
    let good = [
        "[notify.mail]",
        "type = \"email\"",
        "server = \"mail.example.com\"",
        "from = \"afterhours@example.com\"",
        "to = [\"soc@example.com\"]",
    ];
    let rejected = |line: usize, text: &str, wanted: &str| {
        let mut lines = good.to_vec();
        if line == 6 {
            lines.push(text)
        } else {
            lines[line - 1] = text
        }
        let ran = Home::new(&lines.join("\n")).env("PASSWORD", "s3cret").test("mail");
        ran.ended(2).hides("s3cret");
        let at = format!("afterhours.toml:{line}: notify.mail");
        assert!(ran.err.contains(&at) && ran.err.contains(wanted), "{text}: {}", ran.err);
    };
    rejected(3, "server = \"smtp://mail.example.com\"", "write the host's name alone");
    rejected(3, "server = \"mail.example.com:587\"", "write server = \"mail.example.com\" and port = 587");
    rejected(3, "server = \"mail example\"", "neither a host's name nor an address");
    rejected(3, "server = \"169.254.169.254\"", "metadata");
    rejected(3, "server = \"\"", "an empty text");
    rejected(3, "host = \"mail.example.com\"", "unknown key `host`; did you mean `server`? It is required.");
    rejected(4, "from = \"afterhours\"", "no e-mail address");
    rejected(4, "from = \"a@example.com\\r\\nBcc: x@evil.example\"", "a control character, \\u{d}");
    rejected(4, "from = \"Evil\\nName <a@example.com>\"", "a control character, \\u{a}");
    rejected(4, "from = \"a@example.com, b@example.com\"", "no e-mail address");
    rejected(4, "from = \"älice@example.com\"", "must be ASCII");
    rejected(5, "to = []", "at least one address");
    rejected(5, "to = [\"soc@example.com\", \"SOC <soc@example.com>\"]", "stands there twice");
    rejected(5, "to = [\"soc@example.com\", \"nobody\"]", "no e-mail address");
    rejected(6, "port = 465", "write tls = \"implicit\"");
    rejected(6, "port = 70000", "from 1 to 65535");
    rejected(6, "tls = \"start_tls\"", "did you mean `starttls`?");
    rejected(6, "user = \"mailer\"", "password is missing beside it");
    rejected(6, "password = \"hunter2-literal\"", "env:NAME");
    rejected(6, "subject_prefix = \"a\\nb\"", "control character");
    rejected(6, "reply_to = \"x\"", "no e-mail address");
    rejected(6, "hello = \"two words\"", "neither a host's name");
    rejected(6, "thread = \"week\"", "none of the words");
    rejected(6, "sever = \"x\"", "unknown key; did you mean `server`?");
    let whole = |more: &str, wanted: &str| {
        let ran = Home::new(&format!("{}\n{more}", good.join("\n"))).env("PASSWORD", "s3cret").test("mail");
        ran.ended(2);
        assert!(
            ran.err.contains("afterhours.toml:1: notify.mail") && ran.err.contains(wanted),
            "{}",
            ran.err
        );
    };
    whole("tls = \"none\"", "insecure = true if you must");
    whole("password = \"env:PASSWORD\"", "user is missing");
    whole("auth = \"xoauth2\"", "auth needs user and password");
}
