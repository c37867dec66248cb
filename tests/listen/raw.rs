//! Lines over sockets: many connections, none of which affects another.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::listener::{Listener, PATIENCE, program, send, socket};
use crate::records::{api_call, line, lines, numbers};

#[test]
fn a_line_comes_out_at_once_and_half_a_line_when_it_is_complete() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address, "tcp:127.0.0.1:0"], &[]);
    let mut unix = UnixStream::connect(&path).unwrap();
    let mut tcp = listener.tcp(1);
    let (first, second) = (line(1), line(2));
    // Half a line here, complete ones there: each connection has its own line buffer.
    unix.write_all(&first.as_bytes()[..100]).unwrap();
    tcp.write_all(second.as_bytes()).unwrap();
    listener.wait_for_lines(1);
    unix.write_all(&first.as_bytes()[100..]).unwrap();
    listener.wait_for_lines(2);
    // The last line of a connection may lack its newline.
    tcp.write_all(crate::records::record(3).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(numbers(&listener.out()), [2, 1]);
    drop(tcp);
    listener.wait_for_lines(3);
    drop(unix);
    assert_eq!(numbers(&listener.stop().with(0).out), [2, 1, 3]);
}

#[test]
fn fifty_connections_at_once_lose_and_interleave_nothing() {
    const EACH: usize = 400;
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address, "http:127.0.0.1:0"], &[]);
    let threads: Vec<_> = (0..50)
        .map(|sender| {
            let (path, host) = (path.clone(), listener.host(1).to_owned());
            std::thread::spawn(move || {
                let noise = api_call();
                let mut text = String::new();
                for number in sender * EACH..(sender + 1) * EACH {
                    text.push_str(&noise);
                    text.push_str(&line(number));
                }
                if sender % 2 == 0 {
                    let mut stream = UnixStream::connect(path).unwrap();
                    // Pieces that end at any byte.
                    for piece in text.as_bytes().chunks(7001 + sender) {
                        stream.write_all(piece).unwrap();
                    }
                } else {
                    let mut client = Client::connect(&host).unwrap();
                    let batches: Vec<&str> = text.split_inclusive('\n').collect();
                    for batch in batches.chunks(100) {
                        client.acknowledged(&batch.concat());
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    listener.wait_for_lines(50 * EACH);
    let peak = listener.peak_memory();
    println!("50 connections: peak {peak} KiB");
    assert!(peak < 64 * 1024, "{peak} KiB");
    let out = numbers(&listener.stop().with(0).out);
    assert_eq!(out.len(), 50 * EACH);
    for sender in 0..50 {
        let of_sender = out.iter().copied().filter(|number| number / EACH == sender);
        assert!(of_sender.eq(sender * EACH..(sender + 1) * EACH), "sender {sender}: each once, in order");
    }
}

#[test]
fn a_reload_applies_to_open_connections() {
    let (directory, path, address) = socket();
    let config = directory.path().join("afterhours.toml");
    std::fs::write(&config, "[default]\nhours = \"off\"\n").unwrap();
    let mut listener =
        Listener::of(&[&address, "http:127.0.0.1:0"], program(&["-c", config.to_str().unwrap()]));
    let mut unix = UnixStream::connect(&path).unwrap();
    let mut client = Client::connect(listener.host(1)).unwrap();
    unix.write_all(line(1).as_bytes()).unwrap();
    listener.wait_for_lines(1);
    assert!(client.acknowledged(&line(2)).text.contains("\"forwarded\":1"));
    std::fs::write(&config, "[default]\nhours = \"24/7\"\n").unwrap();
    listener.signal(rustix::process::Signal::HUP);
    listener
        .wait_until("the file is read", |listener| listener.messages().contains("configuration reloaded"));
    // The new rules apply shortly after the message: a sign-in sent at once may still be evaluated
    // by the old ones.
    let since = Instant::now();
    while client.acknowledged(&line(3)).text.contains("\"forwarded\":1") {
        assert!(since.elapsed() < PATIENCE, "the old rules are still at work");
        std::thread::sleep(Duration::from_millis(1));
    }
    // The other connection has them too by now; everything is evaluated before the end.
    unix.write_all(line(4).as_bytes()).unwrap();
    drop((unix, client));
    let mut out = numbers(&listener.stop().with(0).out);
    out.retain(|&number| number != 3);
    assert_eq!(out, [1, 2]);
}

#[test]
fn an_over_long_line_affects_no_other_even_with_keep_all() {
    let (_directory, path, address) = socket();
    let more = ["--keep", "all", "--max-line", "16K"];
    let mut listener = Listener::start(&[&address], &more);
    let mut long = UnixStream::connect(&path).unwrap();
    long.write_all(&[b'x'; 200_000]).unwrap();
    send(&path, lines(0..3).as_bytes());
    listener.wait_for_lines(3);
    long.write_all(&[b'x'; 200_000]).unwrap();
    long.write_all(b"\n").unwrap();
    long.write_all(line(3).as_bytes()).unwrap();
    listener.wait_for_lines(4);
    drop(long);
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [0, 1, 2, 3]);
    assert!(ended.messages.contains("a line of 400000 bytes was skipped"), "{}", ended.messages);
}

#[test]
fn unreadable_stop_ends_the_program() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address, "http:127.0.0.1:0"], &["--unreadable", "stop"]);
    send(&path, line(1).as_bytes());
    listener.wait_for_lines(1);
    let mut client = Client::connect(listener.host(1)).unwrap();
    let answer = client.post("", b"{\"eventName\":\"ConsoleLogin\",\n");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 503));
    let ended = listener.end().with(2);
    assert!(
        ended.messages.contains("as --unreadable stop says") && ended.messages.contains(":1: may be"),
        "{}",
        ended.messages
    );
}
