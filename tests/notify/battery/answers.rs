//! What servers answer: all statuses, nothing, too much, nonsense.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Then, cases, every, with};
use crate::server::{Reply, Request, Server, ok};

/// What a careless service answers: the secrets, for it knows them, and all that it was sent.
fn echo(request: &Request, secrets: &[(&str, &str)]) -> String {
    let known: String = secrets.iter().map(|(_, secret)| format!("{secret} ")).collect();
    let secret = ["authorization", "x-api-key", "webhook-signature"].map(|name| request.header(name));
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
fn what_statuses_mean() {
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
        (408, Later, vec![], ""),
        (410, Never, vec![], ""),
        (413, Never, vec![], ""),
        (422, Never, vec![], ""),
        (429, Later, vec![], ""),
        (429, Later, wait("7"), "asks to wait 7 s"),
        (429, Later, wait("Fri, 31 Dec 2100 23:59:59 GMT"), "asks to wait 3600 s"),
        (500, Later, vec![], ""),
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
        assert!(ran.out.contains(words), "{}, {status}: {ran:?}", case.kind);
        assert!(status == 0 || ran.out.contains(&status.to_string()), "{}, {status}: {ran:?}", case.kind);
        case.keeps_secrets(&ran, &server.requests());
        assert!(server.count() > 0, "{}: nothing was asked", case.kind);
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
        assert_eq!((server.count(), elsewhere.count()), (1, 0), "{}, {status}", case.kind);
    });
}

#[test]
fn servers_that_break_off_or_babble_are_asked_again() {
    let seconds = Duration::from_secs;
    let endless_headers: Reply = Reply::Bytes(Arc::new(|out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\n");
        while out.write_all(b"x-more: and-more-and-more-and-more\r\n").is_ok() {}
    }));
    let table = [
        ("closed", Reply::Close),
        ("stalled", Reply::Stall(seconds(20))),
        ("silent", Reply::Slow(seconds(20), Box::new(Reply::Close))),
        ("another protocol", bytes(b"SSH-2.0-OpenSSH_9.6\r\n")),
        ("another version", bytes(b"HTTP/9.9 banana\r\n\r\n")),
        ("no status", bytes(b"\xff\xfe\x00\x1b[31m\r\n\r\n")),
        ("no header", bytes(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n")),
        ("endless headers", endless_headers),
    ];
    every(&with(&table), |(case, (name, reply))| {
        let reply = reply.clone();
        let server = Server::start(move |_, _| reply.clone());
        let began = Instant::now();
        let ran = case.home(&server.url, "insecure = true\ntimeout = \"1s\"\n").test("c");
        case.ended(&ran, Then::Later, name);
        case.keeps_secrets(&ran, &server.requests());
        assert!(began.elapsed() < Duration::from_secs(15), "{}, {name}: {:?}", case.kind, began.elapsed());
    });
}

/// What the answer means is the channel's business; that it ends soon, reads little and says it in one line is everyone's.
#[test]
fn bodies_without_end_or_sense_do_no_harm() {
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
            for _ in 0..200 {
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
    every(&with(&table), |(case, (name, reply))| {
        let reply = reply.clone();
        let server = Server::start(move |_, _| reply.clone());
        let began = Instant::now();
        let ran = case.home(&server.url, "insecure = true\ntimeout = \"2s\"\n").test("c");
        assert!(
            (0..=1).contains(&ran.code) && ran.out.lines().count() == 1,
            "{}, {name}: {ran:?}",
            case.kind
        );
        assert!(ran.out.chars().count() < 600, "{}, {name}: {ran:?}", case.kind);
        case.keeps_secrets(&ran, &server.requests());
        assert!(began.elapsed() < Duration::from_secs(20), "{}, {name}: {:?}", case.kind, began.elapsed());
    });
    // What the sockets hold, and no more, is taken from a server that goes on and on.
    let most = cases().len() as u64 * 2 * (16 << 20);
    assert!(written.load(Ordering::Relaxed) < most, "{} bytes were taken", written.load(Ordering::Relaxed));
}
