//! Services that are slow, down, or refuse.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kit::http_server::{Reply, Server, ok, status};

use super::{feed, hook, notified, numbers};
use crate::program::Home;
use crate::records::lines;

#[test]
fn undelivered_notifications_are_pending_for_the_next_run() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let home = hook(&format!("http://{address}"), "");
    let ran = feed(&home, &["--drain", "1s"], &lines(0..20));
    ran.ended(1);
    assert_eq!(ran.out.lines().count(), 20);
    assert!(ran.err.contains("20 notifications not delivered yet"), "{}", ran.err);
    assert_eq!(ran.err.matches("will be retried").count(), 1, "an outage is reported once: {}", ran.err);
    let listener = TcpListener::bind(address).unwrap();
    let server = Server::on(listener, |_, _| ok(""));
    // No new line comes; what is pending is delivered for as long as --drain allows.
    feed(&home, &["--drain", "30s"], "").ended(0);
    assert_eq!(notified(&server).len(), 20);
    assert_eq!(numbers(&home)["pending"], 0);
}

#[test]
fn retry_after_in_seconds_is_respected() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Answer(429, vec![("retry-after", "2".to_owned())], Vec::new()),
        _ => ok(""),
    });
    let home = hook(&server.url, "");
    feed(&home, &["--drain", "30s"], &lines(0..1)).ended(0);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let gap = requests[1].at.duration_since(requests[0].at);
    assert!(gap >= Duration::from_millis(1950), "{gap:?}");
    let (first, second) = (requests[0].json(), requests[1].json());
    assert_eq!(first, second, "the same on every attempt");
}

#[test]
fn server_errors_are_retried_with_exponential_backoff() {
    let server = Server::start(|_, number| if number < 4 { status(503, "busy") } else { ok("") });
    let home = hook(&server.url, "");
    let ran = feed(&home, &["--drain", "60s"], &lines(0..1));
    ran.ended(0);
    assert_eq!(server.count(), 5);
    assert!(ran.err.contains("channel hook: not delivered, will be retried: 503: busy"), "{}", ran.err);
    assert!(ran.err.contains("channel hook: delivering again"), "{}", ran.err);
}

#[test]
fn a_rejected_notification_is_dead_lettered_until_it_is_retried() {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let server =
        Server::start(
            move |_, _| if gate.load(Ordering::Relaxed) { ok("") } else { status(401, "no such key") },
        );
    let home = hook(&server.url, "");
    let ran = feed(&home, &[], &lines(0..3));
    ran.ended(1);
    assert!(ran.err.contains("3 notifications dead-lettered"), "{}", ran.err);
    assert_eq!(server.count(), 3, "never asked again");
    let dead = home.run(&["notify", "dead"]);
    dead.ended(0);
    assert_eq!(dead.out.matches("after 1 attempts: 401: no such key").count(), 3, "{}", dead.out);
    let json = home.run(&["notify", "dead", "--json", "hook"]);
    for line in json.ended(0).out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["channel"], "hook");
        assert_eq!(line["notice"]["account"], "111122223333");
    }
    assert_eq!(feed(&home, &[], "").ended(0).out, "", "the dead stay dead by themselves");
    assert_eq!(server.count(), 3);
    open.store(true, Ordering::Relaxed);
    let ran = home.run(&["notify", "retry"]);
    ran.ended(0);
    assert_eq!(ran.out, "3 notifications pending again\n3 delivered, 0 dead-lettered, 0 pending\n");
    assert_eq!(notified(&server).len(), 3);
}

#[test]
fn dead_lettered_notifications_can_be_purged() {
    let server = Server::start(|_, _| status(400, "never"));
    let home = hook(&server.url, "");
    feed(&home, &[], &lines(0..3)).ended(1);
    assert_eq!(home.run(&["notify", "purge", "--older", "1h"]).ended(0).out, "0 notifications deleted\n");
    assert_eq!(home.run(&["notify", "purge", "hook"]).ended(0).out, "3 notifications deleted\n");
    assert_eq!(home.run(&["notify", "dead"]).ended(0).out, "none\n");
    assert!(home.run(&["notify", "purge", "other"]).ended(2).err.contains("knows no channel \"other\""));
}

#[test]
fn a_slow_channel_delays_neither_another_nor_stdout() {
    let slow = Server::start(|_, _| Reply::Slow(Duration::from_secs(20), Box::new(ok(""))));
    let quick = Server::start(|_, _| ok(""));
    let home = Home::new(&format!(
        "[default]\nhours = \"off\"\n\
         [notify.slow]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n\
         [notify.quick]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n",
        slow.url, quick.url
    ));
    let start = Instant::now();
    let mut child = home.command(&["--drain", "1s"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines(0..100).as_bytes()).unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..100 {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
    }
    let out = start.elapsed();
    while quick.count() < 100 && start.elapsed() < Duration::from_secs(15) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(quick.count(), 100);
    assert!(out < Duration::from_secs(5), "stdout waited {out:?}");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1), "the slow one's are left");
    assert!(start.elapsed() < Duration::from_secs(15), "an attempt under way is not waited for");
}
