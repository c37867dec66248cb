//! Timeouts: clients that stall in the middle. Run in parallel, because each takes as long as its
//! timeout.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::listener::{Listener, socket};
use crate::records::{line, lines, numbers, record};

#[test]
fn stalled_clients_time_out() {
    let tests = [
        a_head_that_does_not_come_to_its_end_closes_the_connection,
        a_body_that_stops_is_answered_408,
        a_body_that_comes_byte_by_byte_is_answered_408,
        a_connection_that_is_never_closed_holds_the_end_up_for_ten_seconds_at_most,
    ];
    std::thread::scope(|scope| {
        for test in tests {
            scope.spawn(test);
        }
    });
}

fn a_head_that_does_not_come_to_its_end_closes_the_connection() {
    let listener = Listener::http(&["--stats"]);
    let mut slow: Vec<Client> = (0..20).map(|_| listener.client()).collect();
    let since = Instant::now();
    for client in &mut slow {
        client.write(b"POST / HTTP/1.1\r\nHost: ").unwrap();
    }
    // An occasional byte does not prevent the timeout.
    while since.elapsed() < Duration::from_secs(8) {
        for client in &mut slow {
            client.write(b"x").unwrap();
        }
        // Other clients are served meanwhile.
        listener.client().acknowledged(&line(1));
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(slow.iter_mut().all(Client::is_closed));
    let time = since.elapsed();
    assert!(time > Duration::from_secs(9) && time < Duration::from_secs(14), "{time:?}");
    assert!(listener.stop().with(0).messages.contains("head took longer than 10s"));
}

fn a_body_that_stops_is_answered_408() {
    let mut listener = Listener::http(&[]);
    let mut client = listener.client();
    let text = lines(0..2);
    let since = Instant::now();
    client.write(format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", text.len()).as_bytes()).unwrap();
    client.write(&text.as_bytes()[..text.len() - 50]).unwrap();
    let answer = client.answer().unwrap();
    let time = since.elapsed();
    assert_eq!(answer.status, 408);
    assert!(time > Duration::from_secs(19) && time < Duration::from_secs(25), "{time:?}");
    listener.wait_for_lines(1);
    assert_eq!(numbers(&listener.stop().with(0).out), [0]);
}

/// An occasional byte once kept a connection open for hours.
fn a_body_that_comes_byte_by_byte_is_answered_408() {
    let listener = Listener::http(&[]);
    // Twenty seconds and one for each 64 KiB: this client has two more, and uses them.
    let text = lines(0..400);
    let since = Instant::now();
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", text.len() + 1000);
    let mut client = listener.client();
    client.write(head.as_bytes()).unwrap();
    client.write(text.as_bytes()).unwrap();
    let seconds = 20 + (text.len() / (64 << 10)) as u64;
    assert!(seconds >= 22);
    while since.elapsed() < Duration::from_secs(seconds - 1) {
        client.write(b" ").unwrap();
        std::thread::sleep(Duration::from_millis(500));
    }
    let answer = client.answer().unwrap();
    let time = since.elapsed();
    assert_eq!(answer.status, 408);
    assert!(answer.text.contains("came too slowly"), "{answer:?}");
    assert!(client.is_closed());
    let wanted = Duration::from_secs(seconds);
    assert!(time + Duration::from_secs(1) > wanted && time < wanted + Duration::from_secs(5), "{time:?}");
    assert_eq!(numbers(&listener.stop().with(0).out), (0..400).collect::<Vec<_>>());
}

fn a_connection_that_is_never_closed_holds_the_end_up_for_ten_seconds_at_most() {
    let (_directory, path, address) = socket();
    let mut listener = Listener::start(&[&address, "http:127.0.0.1:0"], &[]);
    let mut open = UnixStream::connect(&path).unwrap();
    open.write_all(lines(0..10).as_bytes()).unwrap();
    listener.wait_for_lines(10);
    // A request stalled in its body, and a line stalled in its middle.
    let mut client = Client::connect(listener.host(1)).unwrap();
    client.write(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n").unwrap();
    client.write(lines(10..12).as_bytes()).unwrap();
    let since = Instant::now();
    listener.terminate();
    open.write_all(record(12).as_bytes()).unwrap();
    let answer = client.answer();
    let ended = listener.end().with(0);
    let time = since.elapsed();
    assert!(time > Duration::from_millis(8500) && time < Duration::from_secs(11), "{time:?}");
    assert_eq!(answer.unwrap().status, 503, "it was not served to its end");
    let mut out = numbers(&ended.out);
    out.sort_unstable();
    assert_eq!(out, (0..13).collect::<Vec<_>>());
}
