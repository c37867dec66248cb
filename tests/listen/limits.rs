//! Limits: clients that send too much or too slowly, and too many clients.

use std::time::{Duration, Instant};

use crate::client::{Client, chunked, gzip};
use crate::listener::{Listener, program, send, socket};
use crate::records::{line, lines, numbers};

#[test]
fn a_body_that_is_too_large_is_answered_413() {
    let listener = Listener::http(&["--max-body", "100K"]);
    let mut text = lines(0..1);
    text.push_str(&" ".repeat(100 * 1024 - text.len() - 1));
    text.push('\n');
    assert_eq!(text.len(), 100 * 1024);
    let mut client = listener.client();
    client.acknowledged(&text);
    let larger = text.clone() + "\n";
    let answer = client.post("", larger.as_bytes()).unwrap();
    assert_eq!(answer.status, 413);
    assert!(answer.text.contains("--max-body"), "{answer:?}");
    assert!(client.is_closed());
    // The client gets to read the answer, however much it has to send.
    let answer = listener.client().post("", &vec![b'\n'; 30 << 20]).unwrap();
    assert_eq!(answer.status, 413);
    let mut client = listener.client();
    client.write(&chunked("", larger.as_bytes(), 5000)).unwrap();
    assert_eq!(client.answer().unwrap().status, 413);
    let answer = listener.client().post("Content-Encoding: gzip\r\n", &gzip(larger.as_bytes())).unwrap();
    assert_eq!(answer.status, 413);
    listener.stop().with(0);
}

#[test]
fn a_gzip_bomb_takes_neither_memory_nor_time() {
    let listener = Listener::http(&[]);
    let bomb = gzip(&vec![b'x'; 500 << 20]);
    let since = Instant::now();
    let answer = listener.client().post("Content-Encoding: gzip\r\n", &bomb).unwrap();
    assert_eq!(answer.status, 413);
    assert!(since.elapsed() < Duration::from_secs(10));
    let peak = listener.peak_memory();
    println!("a bomb of 500 MiB in {} KB: peak {peak} KiB, {:?}", bomb.len() / 1000, since.elapsed());
    assert!(peak < 96 * 1024, "{peak} KiB");
    listener.client().acknowledged(&line(1));
}

#[test]
fn connections_over_the_limit_wait_and_delay_no_other_address() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&["http:127.0.0.1:0", &address], &["--max-connections", "2"]);
    let idle = [listener.client(), listener.client()];
    let host = listener.host(0).to_owned();
    let waiting = std::thread::spawn(move || {
        let since = Instant::now();
        Client::connect(&host).unwrap().acknowledged(&line(1));
        since.elapsed()
    });
    listener.wait_until("it reports that it is full", |listener| {
        listener.messages().contains("--max-connections")
    });
    // Clients that fill the reachable port do not block those of the socket.
    send(&path, line(2).as_bytes());
    listener.wait_for_lines(1);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(numbers(&listener.out()), [2]);
    drop(idle);
    assert!(waiting.join().unwrap() > Duration::from_millis(250));
    listener.wait_for_lines(2);
    assert_eq!(numbers(&listener.stop().with(0).out), [2, 1]);
}

#[test]
fn connections_without_the_token_do_not_hold_a_slot() {
    let mut command = program(&["--hours", "off", "--max-connections", "2"]);
    command.env("AFTERHOURS_TOKEN", "a-token");
    let listener = Listener::of(&["http:127.0.0.1:0"], command);
    // They stay until their timeout.
    let mut others = [listener.client(), listener.client()];
    others[0].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let answer = others[0].answer().unwrap();
    assert_eq!((answer.status, &*answer.headers["connection"]), (200, "close"));
    assert!(others[0].is_closed());
    let answer = others[1].post("", line(1).as_bytes()).unwrap();
    assert_eq!((answer.status, &*answer.headers["connection"]), (401, "close"));
    assert!(others[1].is_closed());
    let mut hosts = [listener.client(), listener.client()];
    for (number, client) in hosts.iter_mut().enumerate() {
        let answer = client.post("Authorization: Bearer a-token\r\n", line(number).as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("connection"), "it may stay");
    }
    assert_eq!(numbers(&listener.stop().with(0).out), [0, 1]);
}
