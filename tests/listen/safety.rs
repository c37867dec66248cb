//! What a 200 guarantees, with everything that can go wrong before and after it.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::listener::{Listener, program};
use crate::records::{line, lines, numbers};

/// A directory with a configuration of one channel whose server does not exist.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = "[default]\nhours = \"off\"\n[notify.hook]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\ninsecure = true\n";
        std::fs::write(directory.path().join("afterhours.toml"), config).unwrap();
        Home(directory)
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.env("AFTERHOURS_CONFIG", self.0.path().join("afterhours.toml"));
        command.env("AFTERHOURS_SPOOL", self.0.path().join("spool"));
        command
    }

    fn listener(&self) -> Listener {
        Listener::of(&["http:127.0.0.1:0"], self.program(&[]))
    }

    /// The number of pending notifications.
    fn pending(&self) -> u64 {
        let output = self.program(&["notify", "status", "--json"]).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        status["channels"][0]["pending"].as_u64().unwrap_or_else(|| panic!("{status}"))
    }
}

fn kill(listener: &mut Listener) {
    listener.child.kill().unwrap();
    listener.child.wait().unwrap();
}

#[test]
fn notifications_are_on_disk_before_the_answer() {
    for count in [1, 200] {
        let home = Home::new();
        let mut listener = home.listener();
        listener.client().acknowledged(&lines(0..count));
        kill(&mut listener);
        assert_eq!(home.pending(), count as u64);
    }
}

#[test]
fn requests_of_many_connections_are_all_on_disk_before_their_answers() {
    let home = Home::new();
    let listener = home.listener();
    let host = listener.host(0).to_owned();
    let since = Instant::now();
    let clients: Vec<_> = (0..20)
        .map(|client| {
            let host = host.clone();
            std::thread::spawn(move || {
                let mut connection = Client::connect(&host).unwrap();
                for number in 0..20 {
                    connection.acknowledged(&line(client * 100 + number));
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    println!("400 requests over 20 connections, each kept on disk: {:?}", since.elapsed());
    let mut listener = listener;
    kill(&mut listener);
    assert_eq!(home.pending(), 400);
}

#[test]
fn an_unwritable_outbox_is_503_until_it_can_be_written() {
    let home = Home::new();
    let listener = home.listener();
    let mut client = listener.client();
    client.acknowledged(&line(1));
    // Acts like a damaged or full outbox, and is faster to make.
    let other = rusqlite::Connection::open(home.0.path().join("spool/outbox.sqlite3")).unwrap();
    other.execute_batch("ALTER TABLE notices RENAME TO hidden").unwrap();
    let answer = client.post("", line(2).as_bytes()).unwrap();
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.headers["retry-after"], "1");
    // A request without a sign-in does not need the outbox.
    listener.client().acknowledged(&crate::records::api_call());
    other.execute_batch("ALTER TABLE hidden RENAME TO notices").unwrap();
    // As log shippers do: send again after a second, as the answer says.
    let mut sent = 1;
    while listener.client().post("", line(2).as_bytes()).unwrap().status != 200 {
        sent += 1;
        assert!(sent < 10, "the outbox is not asked again");
        std::thread::sleep(Duration::from_secs(1));
    }
    let mut listener = listener;
    kill(&mut listener);
    assert_eq!(home.pending(), 2, "the copy is known");
    let mut out = numbers(&listener.out());
    assert!(out.len() <= 2 + sent, "{out:?}");
    out.dedup();
    assert_eq!(out, [1, 2], "a line goes out whatever happens to its notification");
}

#[test]
fn a_closed_stdout_ends_the_program_at_once() {
    let mut listener = Listener::unheard(&["http:127.0.0.1:0"], program(&["--hours", "off"]));
    let mut client = listener.client();
    client.acknowledged("");
    let since = Instant::now();
    drop(listener.child.stdout.take());
    // Sometimes before the program has noticed; never 200.
    let answer = client.post("", line(1).as_bytes());
    assert!(!answer.as_ref().is_ok_and(|answer| answer.status == 200), "{answer:?}");
    let ended = listener.end().with(2);
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    assert!(
        ended.messages.contains("stdout: could not write") && ended.messages.contains("roken pipe"),
        "{}",
        ended.messages
    );
}

#[test]
fn no_request_is_acknowledged_after_stdout_closed_even_without_a_sign_in() {
    for _ in 0..20 {
        let mut listener = Listener::unheard(&["http:127.0.0.1:0"], program(&["--hours", "off"]));
        let mut client = listener.client();
        client.acknowledged("");
        drop(listener.child.stdout.take());
        let answer = client.post("", b"{}\n");
        assert!(!answer.as_ref().is_ok_and(|answer| answer.status == 200), "{answer:?}");
        listener.end().with(2);
    }
}

#[test]
fn a_full_disk_is_never_200() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = program(&["--hours", "off"]);
    command.stdout(Stdio::from(full));
    let listener = Listener::unheard(&["http:127.0.0.1:0"], command);
    listener.client().acknowledged("{}\n");
    let answer = listener.client().post("", line(1).as_bytes());
    assert!(!answer.as_ref().is_ok_and(|answer| answer.status == 200), "{answer:?}");
    assert!(listener.end().with(2).messages.contains("No space left"));
}

#[test]
fn a_stalled_reader_delays_the_200_and_gets_everything_when_it_reads_on() {
    let mut listener = Listener::unheard(&["http:127.0.0.1:0"], program(&["--hours", "off"]));
    let host = listener.host(0).to_owned();
    // More than fits into a pipe.
    let body = lines(0..5000);
    let answered = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&answered);
    let client = std::thread::spawn(move || {
        Client::connect(&host).unwrap().acknowledged(&body);
        flag.store(true, Ordering::SeqCst);
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(!answered.load(Ordering::SeqCst));
    // The health check still succeeds, and requests that need no output are accepted.
    listener.client().acknowledged("{}\n");
    let mut stdout = listener.child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut stdout, &mut out).unwrap();
        out
    });
    client.join().unwrap();
    listener.stop().with(0);
    assert!(numbers(&reader.join().unwrap()).into_iter().eq(0..5000));
}

/// The complete lines of an output that may end in the middle of a line.
fn whole(out: &[u8]) -> &[u8] {
    let end = out.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    &out[..end]
}

#[test]
fn repeated_kill_9_loses_nothing_when_unacknowledged_bodies_are_resent() {
    const BATCHES: usize = 400;
    const EACH: usize = 50;
    let mut listener = Listener::http(&[]);
    let host = listener.host(0).to_owned();
    let address = format!("http:{host}");
    let done = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let host = host.clone();
            std::thread::spawn(move || {
                let mut client = None;
                let mut again = 0;
                for batch in (sender..BATCHES).step_by(4) {
                    let body = lines(batch * EACH..(batch + 1) * EACH);
                    let since = Instant::now();
                    loop {
                        assert!(since.elapsed() < Duration::from_secs(60));
                        let connection = client.take().or_else(|| Client::connect(&host).ok());
                        let Some(mut connection) = connection else {
                            std::thread::sleep(Duration::from_millis(2));
                            continue;
                        };
                        if connection.post("", body.as_bytes()).is_ok_and(|answer| answer.status == 200) {
                            client = Some(connection);
                            break;
                        }
                        again += 1;
                    }
                    std::thread::sleep(Duration::from_millis(3));
                }
                again
            })
        })
        .collect();
    let watch = Arc::clone(&done);
    let waiter = std::thread::spawn(move || {
        let again: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        watch.store(true, Ordering::SeqCst);
        again
    });
    let (mut out, mut kills) = (Vec::new(), 0);
    while !done.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(40 + kills * 7 % 50));
        if done.load(Ordering::SeqCst) {
            break;
        }
        listener.child.kill().unwrap();
        out.extend_from_slice(whole(&listener.end().out));
        kills += 1;
        listener = Listener::start(&[&address], &[]);
    }
    let again = waiter.join().unwrap();
    out.extend_from_slice(&listener.stop().with(0).out);
    let out = numbers(&out);
    let distinct: BTreeSet<usize> = out.iter().copied().collect();
    println!("{kills} kills, {again} bodies sent again, {} lines twice", out.len() - distinct.len());
    assert!(kills > 2, "{kills}");
    assert!(distinct.into_iter().eq(0..BATCHES * EACH), "every number is there");
}
