//! What becomes of a mail that not everybody gets.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use lettre::transport::smtp::client::Tls;
use lettre::transport::smtp::extension::ClientId;

use crate::channels::email::mime::Thread;
use crate::channels::email::*;
use crate::notify::samples;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn refused(code: u16, user: &str) -> (Address, Failed) {
    (address(&format!("{user}@example.com")), Failed { code: Some(code), why: format!("{code}: no") })
}

#[test]
fn nobody_is_left_out_silently() {
    assert_eq!(verdict(2, "250: ok", &[]), Delivery::done("250: ok"));
    assert_eq!(
        verdict(3, "250: ok", &[refused(550, "gone")]),
        Delivery::never("2 of 3 recipients have it; gone@example.com: 550: no")
    );
    assert_eq!(verdict(1, "", &[refused(550, "gone")]), Delivery::never("gone@example.com: 550: no"));
    // As long as one may still take it, it is tried.
    assert_eq!(
        verdict(2, "", &[refused(550, "gone"), refused(450, "busy")]),
        Delivery::later("gone@example.com: 550: no; busy@example.com: 450: no")
    );
    let many: Vec<_> = (0..9).map(|number| refused(550, &format!("u{number}"))).collect();
    assert!(matches!(verdict(9, "", &many), Delivery::Never { why } if why.ends_with("; and 6 more")));
}

fn email(server: &str, port: u16, to: &[&str]) -> Email {
    let head = Head {
        from: "a@example.com".parse().unwrap(),
        to: to.iter().map(|address| address.parse().unwrap()).collect(),
        reply_to: None,
        prefix: None,
        thread: Thread::Off,
    };
    let route = Route {
        server: server.to_owned(),
        port,
        hello: ClientId::Domain("example.com".to_owned()),
        tls: Tls::None,
        login: None,
        timeout: Duration::from_secs(2),
    };
    Email::new(head, route)
}

/// A server for so many connections, one after the other. `answer` is given each command, and the dot at a mail's end;
/// where it answers nothing, nothing is said.
fn server(connections: usize, mut answer: impl FnMut(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"220 mail.test\r\n").unwrap();
            let mut mail = false;
            for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                if mail && line != "." {
                    continue;
                }
                let said = answer(&line);
                mail = said.starts_with("354");
                if !said.is_empty() && stream.write_all(format!("{said}\r\n").as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    port
}

fn sent(email: &Email, message: &Message) -> Delivery {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(email.send(message))
}

fn message() -> Message {
    Message::One(Box::new(samples::notification()))
}

#[test]
fn who_has_a_mail_is_not_sent_it_again_while_another_waits() {
    let (tell, received) = std::sync::mpsc::channel();
    let mut busy = 2;
    let port = server(3, move |line| match line {
        "RCPT TO:<busy@example.com>" if busy > 0 => {
            busy -= 1;
            "450 4.2.1 come back".to_owned()
        }
        "DATA" => "354 go".to_owned(),
        line => {
            if line.starts_with("RCPT") {
                tell.send(line.to_owned()).unwrap();
            }
            "250 ok".to_owned()
        }
    });
    let email = email("127.0.0.1", port, &["here@example.com", "busy@example.com"]);
    let halfway = Delivery::later("1 of 2 recipients have it; busy@example.com: 450: 4.2.1 come back");
    assert_eq!(sent(&email, &message()), halfway);
    assert_eq!(sent(&email, &message()), halfway);
    assert_eq!(sent(&email, &message()), Delivery::done("250: ok"));
    let received: Vec<String> = received.try_iter().collect();
    assert_eq!(received, ["RCPT TO:<here@example.com>", "RCPT TO:<busy@example.com>"]);
    assert!(email.halfway.lock().unwrap().is_empty());
}

#[test]
fn a_server_without_a_goodbye_takes_nothing_back() {
    let port = server(1, |line| match line {
        "DATA" => "354 go".to_owned(),
        "QUIT" => String::new(),
        _ => "250 ok".to_owned(),
    });
    let begun = Instant::now();
    assert_eq!(sent(&email("localhost", port, &["b@example.com"]), &message()), Delivery::done("250: ok"));
    assert!(begun.elapsed() < Duration::from_millis(1500));
}

#[test]
fn a_yes_to_another_question_is_no_yes() {
    for (data, dot) in [("250 ok", "250 ok"), ("354 go", "354 go")] {
        let port = server(1, move |line| match line {
            "DATA" => data.to_owned(),
            "." => dot.to_owned(),
            _ => "250 ok".to_owned(),
        });
        let said = sent(&email("127.0.0.1", port, &["b@example.com"]), &message());
        assert!(matches!(&said, Delivery::Later { why, .. } if why.starts_with("no answer to")), "{said:?}");
    }
}

#[test]
fn a_metadata_service_is_not_asked_whatever_its_name() {
    let said = sent(&email("169.254.169.254", 25, &["b@example.com"]), &message());
    assert!(matches!(&said, Delivery::Later { why, .. } if why.contains("never sent there")), "{said:?}");
}

#[test]
fn what_is_remembered_is_bounded() {
    let email = email("mail.example.com", 587, &["b@example.com"]);
    assert_eq!(email.target(), "b@example.com by mail.example.com");
    for number in 0..1000 {
        email.remember(&number.to_string(), vec![address("b@example.com")]);
    }
    assert_eq!(email.halfway.lock().unwrap().len(), HALFWAY);
    assert!(email.accepted_before("1").is_empty());
    assert_eq!(email.accepted_before("999"), [address("b@example.com")]);
    email.remember("999", Vec::new());
    assert!(email.accepted_before("999").is_empty());
}
