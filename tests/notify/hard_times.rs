//! Regression tests: each describes one failure.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::delivery::{feed, hook, notified};
use crate::program::{Home, Ran};
use crate::records::{Record, lines};
use kit::http_server::{Reply, Server, ok, status};

/// A running program that gets one line at a time.
fn start(home: &Home, arguments: &[&str]) -> (Child, ChildStdin) {
    let mut child = home.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

fn wait_for(what: &str, patience: Duration, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < patience, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn busy(seconds: &str) -> Reply {
    Reply::Answer(429, vec![("retry-after", seconds.to_owned())], Vec::new())
}

/// At the end of input a burst becomes a digest at once, but not while single notifications are in
/// flight. The worker once polled for them, and every channel stalled until the drain time was
/// over.
#[test]
fn a_digest_at_the_end_of_input_waits_for_attempts_in_flight() {
    let slow = Server::start(|_, number| match number {
        0 => Reply::Slow(Duration::from_secs(2), Box::new(ok(""))),
        _ => ok(""),
    });
    let other = Server::start(|_, _| ok(""));
    let home = Home::new(&format!(
        "[default]\nhours = \"off\"\n\
         [notify.hook]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\nflood = \"2 per 10m\"\n\
         [notify.other]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n",
        slow.url, other.url
    ));
    let (child, mut stdin) = start(&home, &["--drain", "20s"]);
    stdin.write_all(lines(0..1).as_bytes()).unwrap();
    wait_for("the first notification", Duration::from_secs(10), || slow.count() == 1);
    stdin.write_all(lines(1..8).as_bytes()).unwrap();
    drop(stdin);
    let since = Instant::now();
    Ran::of(child.wait_with_output().unwrap()).ended(0);
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    assert_eq!(slow.count(), 2, "one alone, and the digest of the others");
    assert_eq!(other.count(), 8);
}

/// Sixteen attempts run in parallel. A success that started before the service asked for a pause
/// does not cancel that pause.
#[test]
fn a_success_started_earlier_does_not_shorten_a_wait() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Slow(Duration::from_secs(1), Box::new(ok(""))),
        1 => busy("4"),
        _ => ok(""),
    });
    let home = hook(&server.url, "");
    let (child, mut stdin) = start(&home, &["--drain", "20s"]);
    stdin.write_all(lines(0..2).as_bytes()).unwrap();
    wait_for("two requests", Duration::from_secs(10), || server.count() == 2);
    std::thread::sleep(Duration::from_millis(1500));
    stdin.write_all(lines(2..3).as_bytes()).unwrap();
    drop(stdin);
    Ran::of(child.wait_with_output().unwrap()).ended(0);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    let gap = requests[2].at.duration_since(requests[1].at);
    assert!(gap >= Duration::from_millis(3900), "{gap:?}");
}

/// The same where the other attempt failed first: its short backoff must not replace the longer
/// pause.
#[test]
fn the_longest_retry_after_applies() {
    let server = Server::start(|_, number| match number {
        0 => status(500, ""),
        1 => Reply::Slow(Duration::from_millis(50), Box::new(busy("4"))),
        _ => ok(""),
    });
    let home = hook(&server.url, "");
    feed(&home, &["--drain", "20s"], &lines(0..2)).ended(0);
    let requests = server.requests();
    let gap = requests[2].at.duration_since(requests[1].at);
    assert!(gap >= Duration::from_millis(3900), "{gap:?}");
}

/// A machine that was off for a week, a corrected clock, a manual retry: the first failed attempt
/// afterwards is no reason to give up.
#[test]
fn a_notification_is_not_dropped_for_its_age_alone() {
    let home = hook("http://127.0.0.1:9", "");
    feed(&home, &["--drain", "0s"], &lines(0..1)).ended(1);
    let outbox = rusqlite::Connection::open(home.spool().join("outbox.sqlite3")).unwrap();
    outbox.execute("UPDATE notices SET made = made - 7 * 86400000", []).unwrap();
    drop(outbox);
    let server = Server::start(|_, number| if number < 2 { status(503, "starting") } else { ok("") });
    let text = std::fs::read_to_string(home.config()).unwrap();
    std::fs::write(home.config(), text.replace("http://127.0.0.1:9/", &format!("{}/", server.url))).unwrap();
    feed(&home, &["--drain", "30s"], "").ended(0);
    assert_eq!(server.count(), 3);
}

/// Another process locks the outbox for a while. Lines go out without delay, and the notifications
/// buffered in memory are delivered as soon as the lock is released, not only with the next line.
#[test]
fn notifications_buffered_in_memory_need_no_further_line() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let (mut child, mut stdin) = start(&home, &[]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdin.write_all(lines(0..1).as_bytes()).unwrap();
    stdout.read_line(&mut line).unwrap();
    wait_for("the first notification", Duration::from_secs(10), || server.count() == 1);
    std::thread::sleep(Duration::from_millis(100));
    let outbox = rusqlite::Connection::open(home.spool().join("outbox.sqlite3")).unwrap();
    outbox.busy_timeout(Duration::from_secs(10)).unwrap();
    outbox.execute_batch("BEGIN IMMEDIATE").unwrap();
    for (number, longest) in [(1, 8000), (2, 1000), (3, 1000)] {
        let since = Instant::now();
        stdin.write_all(lines(number..number + 1).as_bytes()).unwrap();
        stdout.read_line(&mut line).unwrap();
        assert!(since.elapsed() < Duration::from_millis(longest), "{:?}", since.elapsed());
    }
    assert_eq!(server.count(), 1);
    drop(outbox);
    wait_for("the others", Duration::from_secs(10), || server.count() == 4);
    drop(stdin);
    let ran = Ran::of(child.wait_with_output().unwrap());
    ran.ended(0);
    assert!(
        ran.err.contains("notifications are not saved") && ran.err.contains("can be written again"),
        "{}",
        ran.err
    );
    assert_eq!(notified(&server).len(), 4);
}

/// Channels are read at the start only. After a reload that renames a schedule, a channel that
/// selects it would silently get nothing any more.
#[test]
fn a_reload_that_removes_a_channels_schedule_is_rejected() {
    let server = Server::start(|_, _| ok(""));
    let config = |schedule: &str, rule: &str| {
        format!(
            "[schedules.{schedule}]\nhours = \"off\"\n[default]\nschedule = \"{schedule}\"\n\
             [[rule]]\nname = \"{rule}\"\nuser = \"user-1\"\nschedule = \"{schedule}\"\n\
             [notify.hook]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\nschedule = \"{schedule}\"\n\
             [notify.other]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\nrule = \"{rule}\"\n",
            server.url, server.url
        )
    };
    let home = Home::new(&config("night", "admins"));
    let (mut child, mut stdin) = start(&home, &[]);
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |number: usize| {
        stdin.write_all(lines(number..number + 1).as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
    };
    ask(0);
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    for (number, text) in [(2, config("late", "admins")), (3, config("night", "bosses"))] {
        std::fs::write(home.config(), text).unwrap();
        kill_process(id, Signal::HUP).unwrap();
        std::thread::sleep(Duration::from_millis(500));
        ask(number);
        wait_for("the notification", Duration::from_secs(10), || server.count() == number);
    }
    drop(stdin);
    let ran = Ran::of(child.wait_with_output().unwrap());
    ran.ended(0);
    assert!(ran.err.contains("channel hook") && ran.err.contains("night"), "{}", ran.err);
    assert!(ran.err.contains("channel other") && ran.err.contains("admins"), "{}", ran.err);
    assert_eq!(ran.err.matches("the old one stays active").count(), 2, "{}", ran.err);
}

/// Thousands of dead letters are retried and purged in batches, each of them once.
#[test]
fn many_are_retried_and_purged_in_batches() {
    let home = hook("http://127.0.0.1:9", "flood = \"1 per 10m\"");
    feed(&home, &["--drain", "0s"], &lines(0..12_000)).ended(1);
    let outbox = rusqlite::Connection::open(home.spool().join("outbox.sqlite3")).unwrap();
    outbox.execute("UPDATE deliveries SET state = 2, error = 'no'", []).unwrap();
    let counts = || -> (i64, i64, i64) {
        let sql = "SELECT count(*), sum(state = 0), (SELECT count(*) FROM notices) FROM deliveries";
        outbox
            .query_row(sql, [], |row| {
                Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0), row.get(2)?))
            })
            .unwrap()
    };
    let retried = home.run(&["notify", "retry", "--drain", "0s"]);
    assert!(retried.ended(1).out.contains("12000 notifications pending again"), "{}", retried.out);
    assert_eq!(counts(), (12_000, 12_000, 12_000));
    outbox.execute("UPDATE deliveries SET state = 1 WHERE id % 2 = 0", []).unwrap();
    let purged = home.run(&["notify", "purge", "--delivered"]);
    assert!(purged.ended(0).out.contains("6000 notifications deleted"), "{}", purged.out);
    assert_eq!(counts(), (6000, 6000, 6000));
    let purged = home.run(&["notify", "purge", "--pending", "--older", "1h"]);
    assert!(purged.ended(0).out.contains("0 notifications deleted"), "{}", purged.out);
    let purged = home.run(&["notify", "purge", "--pending"]);
    assert!(purged.ended(0).out.contains("6000 notifications deleted"), "{}", purged.out);
    assert_eq!(counts(), (0, 0, 0));
}

/// The service's answer is shown on terminals by the filter, `status` and `dead`: it must be
/// escaped.
#[test]
fn an_answer_is_escaped_for_the_terminal() {
    let server = Server::start(|_, _| status(400, "no\u{1b}[2J\u{9b}31m\u{202e}\r\nfine"));
    let home = hook(&server.url, "");
    let line = Record { user: "\u{1b}]0;x\u{7}\u{202e}evil".to_owned(), ..Record::new(0) }.line();
    let ran = feed(&home, &[], &line);
    ran.ended(1);
    let hostile = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!ran.err.contains(hostile), "{:?}", ran.err);
    for command in ["status", "dead"] {
        for json in [&[][..], &["--json"]] {
            let ran = home.run(&[&["notify", command], json].concat());
            assert!(!ran.ended(0).out.contains(hostile), "{:?}", ran.out);
        }
    }
}
