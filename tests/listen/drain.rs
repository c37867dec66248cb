//! SIGTERM: everything in flight is still accepted.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::listener::{Listener, socket};
use crate::records::{line, lines, numbers};

#[test]
fn sigterm_ends_an_idle_program_soon_and_removes_its_socket() {
    let (_directory, path, address) = socket();
    let listener = Listener::start(&[&address, "http:127.0.0.1:0"], &[]);
    // Idle connections of a pool do not delay the end.
    let mut client = Client::connect(listener.host(1)).unwrap();
    client.acknowledged(&line(1));
    let unused = Client::connect(listener.host(1)).unwrap();
    let since = Instant::now();
    let ended = listener.stop().with(0);
    let time = since.elapsed();
    drop(unused);
    println!("SIGTERM to exit with idle connections: {time:?}");
    assert!(time > Duration::from_millis(450) && time < Duration::from_secs(3), "{time:?}");
    assert_eq!(numbers(&ended.out), [1]);
    assert!(!path.exists());
    assert!(client.is_closed());
}

#[test]
fn requests_after_the_signal_are_still_served() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address, "http:127.0.0.1:0"], &[]);
    let mut early = UnixStream::connect(&path).unwrap();
    early.write_all(line(0).as_bytes()).unwrap();
    listener.wait_for_lines(1);
    let host = listener.host(1).to_owned();
    listener.terminate();
    let since = Instant::now();
    for number in 1..20 {
        early.write_all(line(number).as_bytes()).unwrap();
        if number == 5 {
            // Log shippers send a second SIGTERM.
            listener.terminate();
        }
        if number % 5 == 0 {
            UnixStream::connect(&path).unwrap().write_all(line(100 + number).as_bytes()).unwrap();
            Client::connect(&host).unwrap().acknowledged(&line(200 + number));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(early);
    let closed = Instant::now();
    let ended = listener.end().with(0);
    assert!(since.elapsed() > Duration::from_secs(2));
    let after = closed.elapsed();
    assert!(after > Duration::from_millis(400) && after < Duration::from_secs(2), "{after:?}");
    let mut out = numbers(&ended.out);
    out.sort_unstable();
    let wanted: Vec<usize> = (0..20).chain([105, 110, 115, 205, 210, 215]).collect();
    assert_eq!(out, wanted);
}

#[test]
fn sigterm_in_mid_stream_loses_nothing() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address], &[]);
    let writer = std::thread::spawn(move || {
        let mut stream = UnixStream::connect(path).unwrap();
        for number in (0..60_000).step_by(100) {
            stream.write_all(lines(number..number + 100).as_bytes()).unwrap();
        }
    });
    listener.wait_for_lines(1);
    listener.terminate();
    writer.join().unwrap();
    assert!(numbers(&listener.end().with(0).out).into_iter().eq(0..60_000));
}
