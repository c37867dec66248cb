//! Answers of servers: all statuses, nothing, too much, garbage.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Then, at_once, cases, every, with};
use kit::http_server::{Reply, Request, Server, ok, status};

/// The answer of a careless service: the secrets, which it knows, and the whole request.
fn echo(request: &Request, secrets: &[(&str, &str)]) -> String {
    let known: String = secrets.iter().map(|(_, secret)| format!("{secret} ")).collect();
    let secret = ["authorization", "x-api-key", "x-sn-apikey", "x-amz-security-token", "webhook-signature"];
    let secret = secret.map(|name| request.header(name));
    format!(
        "{known}you sent {} {} {} {:?}",
        request.target,
        secret.join(" "),
        request.text(),
        request.headers
    )
}

/// Bytes as an answer.
fn bytes(bytes: &'static [u8]) -> Reply {
    Reply::Bytes(Arc::new(move |out| {
        let _ = out.write_all(bytes);
    }))
}

#[test]
fn http_statuses_are_retried_or_rejected() {
    use Then::{Done, Later, Never};
    let wait = |header: &'static str| vec![("retry-after", header.to_owned())];
    let table = [
        (0, Done, vec![], ""),
        (301, Never, vec![("location", "http://127.0.0.1:1/".to_owned())], ""),
        (302, Never, vec![("location", "/elsewhere".to_owned())], ""),
        (307, Never, vec![("location", "http://127.0.0.1:1/".to_owned())], ""),
        (400, Never, vec![], ""),
        (401, Never, vec![], ""),
        (403, Never, vec![], ""),
        (404, Never, vec![], ""),
        (405, Never, vec![], ""),
        (408, Later, vec![], ""),
        (409, Never, vec![], ""),
        (410, Never, vec![], ""),
        (413, Never, vec![], ""),
        (422, Never, vec![], ""),
        (423, Never, vec![], ""),
        (425, Later, vec![], ""),
        (429, Later, vec![], ""),
        (429, Later, wait("7"), "asks to wait 7 s"),
        (429, Later, wait("Fri, 31 Dec 2100 23:59:59 GMT"), "asks to wait 3600 s"),
        (500, Later, vec![], ""),
        (501, Later, vec![], ""),
        (502, Later, vec![], ""),
        (503, Later, wait("12"), "asks to wait 12 s"),
        (503, Later, wait("soon"), ""),
        (504, Later, vec![], ""),
    ];
    every(&with(&table), |(case, (status, then, headers, words))| {
        let (status, then, good, answer) = (*status, *then, case.good, headers.clone());
        let secrets = case.secrets;
        let server = Server::start(move |request, _| match status {
            0 => good(request),
            _ => Reply::Answer(status, answer.clone(), echo(request, secrets).into_bytes()),
        });
        let ran = case.ask(&server);
        let otherwise = case.otherwise.iter().find(|(known, _)| *known == status).map(|(_, then)| *then);
        case.ended(&ran, otherwise.unwrap_or(then), &status);
        assert!(ran.out.contains(words), "{}, {status}: {ran:?}", case.name);
        assert!(status == 0 || ran.out.contains(&status.to_string()), "{}, {status}: {ran:?}", case.name);
        case.keeps_secrets(&ran, &server.requests());
        assert!(server.count() > 0, "{}: nothing was asked", case.name);
    });
}

/// Retry-After may be a date: <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>.
#[test]
fn retry_after_as_a_date_is_respected() {
    every(&cases(), |case| {
        let server = Server::start(|_, _| {
            let at = chrono::DateTime::from(std::time::SystemTime::now() + Duration::from_secs(100));
            let at: chrono::DateTime<chrono::Utc> = at;
            let at = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            Reply::Answer(503, vec![("retry-after", at)], Vec::new())
        });
        let ran = case.ask(&server);
        case.ended(&ran, Then::Later, &"a date");
        let wait = ran.out.split_once("asks to wait ").and_then(|(_, rest)| rest.split_once(" s)"));
        let wait: u64 = wait.unwrap_or_else(|| panic!("{ran:?}")).0.parse().unwrap();
        assert!((60..=100).contains(&wait), "{}: {wait}", case.name);
    });
}

/// A captive portal or a service in maintenance: the status is a success, and nobody got the
/// notification.
#[test]
fn a_success_must_come_from_the_service_itself() {
    let page = "\n<!DOCTYPE html>\n<html><title>Sign in</title>";
    every(&with(&[(200, page), (201, page), (200, ""), (204, "")]), |(case, (code, body))| {
        let (code, body) = (*code, *body);
        let server = Server::start(move |_, _| status(code, body));
        let ran = case.ask(&server);
        let then = if body.is_empty() { case.silence } else { case.page };
        case.ended(&ran, then, &(code, body));
    });
}

/// What services echo, in their own error formats: no way in which a channel extracts the service's
/// message bypasses the redaction of secrets.
#[test]
fn echoed_secrets_are_redacted() {
    fn quote(words: &str, style: &str) -> String {
        let json = serde_json::json!({
            "ok": true, "channel": words, "ts": words, "id": words, "sid": words, "status": words, "code": 400,
            "error": { "message": words, "detail": words, "code": words, "title": words }, "message": words,
            "errors": [words], "requestId": words, "description": words, "number": words,
            "messages": [{ "status": "4", "error-text": words, "message-id": words }],
            "ticket": { "id": words }, "details": { "base": [{ "description": words }] },
            "result": { "number": words, "sys_id": words, "correlation_id": words },
        });
        match style {
            "JSON" => json.to_string(),
            "JSON with other escapes" => {
                let text =
                    json.to_string().replace('/', "\\/").replace('&', "\\u0026").replace('<', "\\u003c");
                text.replace('+', "\\u002B").replace('=', "\\u003d")
            }
            "JSON of words" => {
                let mut json = json;
                json["ok"] = false.into();
                for key in ["error", "result", "errors"] {
                    json[key] = words.into();
                }
                json.to_string()
            }
            _ => {
                let entities =
                    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('/', "&#x2F;")];
                let text =
                    entities.iter().fold(words.to_owned(), |text, (c, entity)| text.replace(*c, entity));
                format!("<Error><Code>{text}</Code><Message>{text}</Message></Error>")
            }
        }
    }
    let table = with(&["JSON", "JSON with other escapes", "JSON of words", "XML"]);
    let table: Vec<_> = table
        .into_iter()
        .flat_map(|(case, style)| [200, 400, 503].map(|code| (case.clone(), style, code)))
        .collect();
    every(&table, |(case, style, code)| {
        let (style, code, secrets, good) = (*style, *code, case.secrets, case.good);
        // Channels that search before they write get through to the write.
        let server = Server::start(move |request, _| match request.method.as_str() {
            "GET" => good(request),
            _ if request.target.ends_with("oauth_token.do") => good(request),
            _ => {
                // The secrets alone, in place of a name or a number, and with everything else.
                let alone = secrets.first().map_or("", |(_, secret)| secret);
                let words = if code == 200 { alone.to_owned() } else { echo(request, secrets) };
                status(code, &quote(&words, style))
            }
        });
        let ran = case.ask(&server);
        assert!((0..=1).contains(&ran.code), "{}, {style}, {code}: {ran:?}", case.name);
        assert_eq!(ran.out.lines().count(), 1, "{}, {style}, {code}: {ran:?}", case.name);
        case.keeps_secrets(&ran, &server.requests());
    });
}

/// Whether it takes one request or several.
#[test]
fn the_timeout_covers_all_requests_of_an_attempt() {
    at_once(32, &cases(), |case| {
        let good = case.good;
        let server =
            Server::start(move |request, _| Reply::Slow(Duration::from_secs(4), Box::new(good(request))));
        let ran = case.home(&server.url, "insecure = true\ntimeout = \"7s\"\n").test("c");
        let then = if case.requests == 1 { Then::Done } else { Then::Later };
        case.ended(&ran, then, &"slow");
    });
}

#[test]
fn redirects_are_not_followed() {
    every(&with(&[301, 302, 303, 307, 308]), |(case, status)| {
        let elsewhere = Server::start(|_, _| ok("ok"));
        let (to, status) = (elsewhere.url.clone(), *status);
        let server = Server::start(move |request, _| {
            Reply::Answer(status, vec![("location", format!("{to}{}", request.target))], Vec::new())
        });
        let ran = case.ask(&server);
        case.ended(&ran, Then::Never, &status);
        case.keeps_secrets(&ran, &server.requests());
        assert_eq!(elsewhere.count(), 0, "{}, {status}", case.name);
        assert!((1..=case.requests).contains(&server.count()), "{}, {status}: {}", case.name, server.count());
    });
}

#[test]
fn broken_responses_are_retried() {
    // Far longer than a busy machine needs for the rest.
    let minute = Duration::from_secs(60);
    let endless_headers: Reply = Reply::Bytes(Arc::new(|out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\n");
        while out.write_all(b"x-more: and-more-and-more-and-more\r\n").is_ok() {}
    }));
    let table = [
        ("closed", Reply::Close),
        ("stalled", Reply::Stall(minute)),
        ("silent", Reply::Slow(minute, Box::new(Reply::Close))),
        ("another protocol", bytes(b"SSH-2.0-OpenSSH_9.6\r\n")),
        ("another version", bytes(b"HTTP/9.9 banana\r\n\r\n")),
        ("no status", bytes(b"\xff\xfe\x00\x1b[31m\r\n\r\n")),
        ("no header", bytes(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n")),
        ("endless headers", endless_headers),
    ];
    at_once(24, &with(&table), |(case, (name, reply))| {
        let reply = reply.clone();
        let server = Server::start(move |_, _| reply.clone());
        let began = Instant::now();
        let ran = case.home(&server.url, "insecure = true\ntimeout = \"1s\"\n").test("c");
        case.ended(&ran, Then::Later, name);
        case.keeps_secrets(&ran, &server.requests());
        assert!(began.elapsed() < minute * 2 / 3, "{}, {name}: {:?}", case.name, began.elapsed());
    });
}

/// The meaning of the answer is up to the channel. Every channel must end soon, read little, and
/// report in one line.
#[test]
fn endless_and_invalid_bodies_do_no_harm() {
    let written = Arc::new(AtomicU64::new(0));
    let endless = {
        let written = Arc::clone(&written);
        move |head: &'static str| {
            let written = Arc::clone(&written);
            Reply::Bytes(Arc::new(move |out| {
                let _ = out.write_all(head.as_bytes());
                let block = [b'a'; 64 << 10];
                for _ in 0..(100 << 20) / block.len() {
                    if out.write_all(&block).is_err() {
                        return;
                    }
                    written.fetch_add(block.len() as u64, Ordering::Relaxed);
                }
            }))
        }
    };
    let slow = || {
        Reply::Bytes(Arc::new(|out: &mut dyn Write| {
            let _ = out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
            for _ in 0..600 {
                if out.write_all(b"a").and_then(|()| out.flush()).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }))
    };
    let table = [
        ("100 MB", endless("HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n")),
        ("no length", endless("HTTP/1.1 503 No\r\n\r\n")),
        ("slow", slow()),
        (
            "garbage",
            bytes(
                b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n\xff\xfe\x00\x1b[2J\xe2\x80\xae\x07\x85{\"a",
            ),
        ),
        ("cut", bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":tr")),
        ("bad chunks", bytes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nnonsense")),
        ("nothing", bytes(b"HTTP/1.1 200 OK\r\n\r\n")),
    ];
    at_once(24, &with(&table), |(case, (name, reply))| {
        let reply = reply.clone();
        let server = Server::start(move |_, _| reply.clone());
        let began = Instant::now();
        let ran = case.home(&server.url, "insecure = true\ntimeout = \"2s\"\n").test("c");
        assert!(
            (0..=1).contains(&ran.code) && ran.out.lines().count() == 1,
            "{}, {name}: {ran:?}",
            case.name
        );
        assert!(ran.out.chars().count() < 600, "{}, {name}: {ran:?}", case.name);
        case.keeps_secrets(&ran, &server.requests());
        assert!(began.elapsed() < Duration::from_secs(40), "{}, {name}: {:?}", case.name, began.elapsed());
    });
    // From an endless server no more is read than the socket buffers hold.
    let most = cases().len() as u64 * 2 * (16 << 20);
    assert!(written.load(Ordering::Relaxed) < most, "{} bytes were taken", written.load(Ordering::Relaxed));
}
