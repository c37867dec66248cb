//! The outbox across kills, signals, full disks and second processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kit::http_server::{Reply, Server, ok, status};

use super::{feed, hook, kill, notified, numbers};
use crate::program::Ran;
use crate::records::{Record, lines};

#[test]
fn a_line_is_on_disk_before_it_is_on_stdout() {
    // No server listens there, so every notification stays in the outbox.
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for round in 0..5 {
        let home = hook(&format!("http://{closed}"), "");
        let mut child = home.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut seen = 0;
        for number in 0..=round {
            stdin.write_all(Record::new(number).line().as_bytes()).unwrap();
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            seen += 1;
        }
        kill(&mut child);
        assert_eq!(numbers(&home)["pending"], seen);
    }
}

#[test]
fn a_second_process_is_an_error_that_names_the_first() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let mut first = home.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(Record::new(1).line().as_bytes()).unwrap();
    let mut line = String::new();
    // Kept open: the program ends when its stdout is closed.
    let mut stdout = BufReader::new(first.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ran = feed(&home, &[], &lines(0..1));
    ran.ended(2);
    let spool = home.spool().display().to_string();
    let expected = format!(
        "afterhours: the outbox {spool} is in use by another afterhours (process {}); give this one its own with --outbox\n",
        first.id()
    );
    assert!(ran.err.ends_with(&expected), "{}", ran.err);
    assert_eq!(ran.out, "");
    // Reading the outbox is allowed, and so is `notify retry`.
    home.run(&["notify", "status"]).ended(0);
    assert!(home.run(&["notify", "retry"]).ended(0).out.contains("a filter runs on this outbox"));
    drop(stdin);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    feed(&home, &[], "").ended(0);
}

#[test]
fn the_outbox_is_private_and_in_the_state_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let state = home.path("state");
    let mut command = home.command(&[]);
    command.env_remove("AFTERHOURS_OUTBOX").env("XDG_STATE_HOME", &state);
    Ran::of(command.output().unwrap()).ended(0);
    let directory = state.join("afterhours");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("outbox.sqlite3")), 0o600);
}

#[test]
fn a_signal_keeps_pending_notifications_and_exits_with_0() {
    let server = Server::start(|_, _| Reply::Slow(Duration::from_secs(30), Box::new(ok(""))));
    let home = hook(&server.url, "");
    let mut child = home.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines(0..10).as_bytes()).unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let start = Instant::now();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(0));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert_eq!(numbers(&home)["pending"], 10);
}

#[test]
fn due_times_in_the_far_future_are_corrected() {
    let server = Server::start(|_, _| ok(""));
    let home = hook("http://127.0.0.1:9", "");
    feed(&home, &["--drain", "0s"], &lines(0..5)).ended(1);
    // As if the clock had been a century ahead when they were written.
    let outbox = rusqlite::Connection::open(home.spool().join("outbox.sqlite3")).unwrap();
    outbox.execute("UPDATE deliveries SET due = due + 3155760000000", []).unwrap();
    outbox.execute("UPDATE notices SET made = made + 3155760000000", []).unwrap();
    drop(outbox);
    let text = std::fs::read_to_string(home.config())
        .unwrap()
        .replace("http://127.0.0.1:9/", &format!("{}/", server.url));
    std::fs::write(home.config(), text).unwrap();
    feed(&home, &["--drain", "30s"], "").ended(0);
    assert_eq!(notified(&server).len(), 5);
}

#[test]
fn a_full_disk_stops_no_line_and_is_an_error_message() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    feed(&home, &[], &lines(0..1)).ended(0);
    // A limit on the size of files acts like a full disk and needs no privileges: writes beyond it
    // fail.
    let program = home.command(&[]);
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" --drain 2s"])
        .arg(program.get_program())
        .env_clear();
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines(0..20_000).as_bytes()));
    let ran = Ran::of(child.wait_with_output().unwrap());
    writer.join().unwrap().unwrap();
    ran.ended(1);
    assert_eq!(ran.out.lines().count(), 20_000);
    assert!(ran.err.contains("notifications are not saved"), "{}", ran.err);
    assert!(ran.err.contains(" lost: the outbox "), "{}", ran.err);
}

#[test]
fn killed_at_random_and_restarted_every_notification_arrives() {
    const COUNT: usize = 10_000;
    // The server fails now and then, so that attempts and outcomes of all kinds are interrupted.
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hits);
    let server = Server::start(move |_, _| match counter.fetch_add(1, Ordering::Relaxed) % 97 {
        13 => status(500, ""),
        57 => Reply::Close,
        _ => ok(""),
    });
    let home = hook(&server.url, "");
    let input = lines(0..COUNT);
    let all: Vec<&str> = input.lines().collect();
    // The lines read from stdout are what the next program in the pipe has; the rest is sent again.
    let mut done = 0;
    let mut kills = 0;
    // Runs in a row that were killed before their first line: on a slow machine they get longer.
    let mut too_short = 0;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    // After everything is read, it is killed while it delivers.
    while done < COUNT || kills < 40 {
        let mut child =
            home.command(&["--drain", "60s"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut rest = all[done..].join("\n");
        if !rest.is_empty() {
            rest.push('\n');
        }
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(rest.as_bytes());
        });
        let stdout = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let whole = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|line| line.ends_with('}'));
            BufReader::new(stdout).lines().take_while(whole).count()
        });
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        std::thread::sleep(Duration::from_millis(5 + seed % (80 + 20 * too_short)));
        kill(&mut child);
        kills += 1;
        writer.join().unwrap();
        let lines = reader.join().unwrap();
        too_short = if lines > 0 || done == COUNT { 0 } else { too_short + 1 };
        done += lines;
        assert!(kills < 500, "no progress: {done} of {COUNT}");
    }
    feed(&home, &["--drain", "60s"], "").ended(0);
    let notified = notified(&server);
    assert_eq!(notified.len(), COUNT, "forgotten");
    let twice = notified.values().filter(|count| **count > 1).count();
    println!("{COUNT} notifications, {kills} times killed: none forgotten, {twice} delivered more than once");
}
