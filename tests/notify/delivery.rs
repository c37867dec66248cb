//! From a line on stdin to a request at a server, with all that can go wrong between.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::program::{Home, Ran};
use crate::records::{Record, lines};
use crate::server::{Reply, Server, ok, status};

/// A webhook at the server's address, and what else its table says.
pub(crate) fn hook(url: &str, more: &str) -> Home {
    Home::new(&format!(
        "[default]\nhours = \"off\"\n[notify.hook]\ntype = \"webhook\"\nurl = \"{url}/in\"\ninsecure = true\n{more}\n"
    ))
}

pub(crate) fn feed(home: &Home, arguments: &[&str], input: &str) -> Ran {
    let mut child = home.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = input.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(text.as_bytes());
    });
    let ran = Ran::of(child.wait_with_output().unwrap());
    writer.join().unwrap();
    ran
}

/// How often each event was told, by a server that takes JSON alerts.
pub(crate) fn told(server: &Server) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for request in server.requests() {
        *told.entry(event_id(&request.json())).or_default() += 1;
    }
    told
}

fn event_id(body: &serde_json::Value) -> String {
    fn find(value: &serde_json::Value) -> Option<&str> {
        match value {
            serde_json::Value::Object(map) => {
                map.get("event_id").and_then(|id| id.as_str()).or_else(|| map.values().find_map(find))
            }
            _ => None,
        }
    }
    find(body).unwrap_or_else(|| panic!("no event_id in {body}")).to_owned()
}

fn numbers(home: &Home) -> serde_json::Value {
    let ran = home.run(&["notify", "status", "--json"]);
    ran.ended(0);
    let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    status["channels"][0].clone()
}

/// Ends the child at once, as kill -9 does.
fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn every_sign_in_outside_hours_is_told_once() {
    let server = Server::start(|_, _| ok("thanks"));
    let home = hook(&server.url, "");
    let ran = feed(&home, &[], &lines(0..300));
    ran.ended(0);
    assert_eq!(ran.out.lines().count(), 300);
    let told = told(&server);
    assert_eq!(told.len(), 300);
    assert!(told.values().all(|count| *count == 1));
}

#[test]
fn nobody_is_told_of_a_sign_in_inside_hours() {
    let server = Server::start(|_, _| ok(""));
    let home = Home::new(&format!(
        "[default]\nhours = \"24/7\"\n[notify.hook]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n",
        server.url
    ));
    let ran = feed(&home, &["--keep", "sign-ins"], &lines(0..5));
    ran.ended(0);
    assert_eq!(ran.out.lines().count(), 5);
    assert_eq!(server.count(), 0);
}

#[test]
fn copies_of_a_record_are_told_once_even_by_another_run() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let twice = format!("{0}{0}", Record::new(7).line());
    assert_eq!(feed(&home, &[], &twice).ended(0).out.lines().count(), 2, "stdout has them all");
    assert_eq!(feed(&home, &[], &twice).ended(0).out.lines().count(), 2);
    assert_eq!(server.count(), 1);
}

#[test]
fn records_without_an_event_id_are_told_apart_by_their_bytes() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let without = |number: usize| {
        let mut record: serde_json::Value = serde_json::from_str(&Record::new(number).line()).unwrap();
        record.as_object_mut().unwrap().remove("eventID");
        format!("{record}\n")
    };
    feed(&home, &[], &format!("{}{}{}", without(1), without(2), without(1))).ended(0);
    assert_eq!(server.count(), 2);
}

#[test]
fn a_line_is_on_disk_before_it_is_on_stdout() {
    // Nobody listens there, so whatever was told is in the outbox alone.
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
fn what_could_not_be_delivered_waits_for_the_next_run() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let home = hook(&format!("http://{address}"), "");
    let ran = feed(&home, &["--drain", "1s"], &lines(0..20));
    ran.ended(1);
    assert_eq!(ran.out.lines().count(), 20);
    assert!(ran.err.contains("20 notices are not delivered yet"), "{}", ran.err);
    assert_eq!(ran.err.matches("will be tried again").count(), 1, "an outage is told once: {}", ran.err);
    let listener = TcpListener::bind(address).unwrap();
    let server = Server::on(listener, |_, _| ok(""));
    // Nothing new comes; what waits is delivered all the same, for as long as --drain allows.
    feed(&home, &["--drain", "30s"], "").ended(0);
    assert_eq!(told(&server).len(), 20);
    assert_eq!(numbers(&home)["pending"], 0);
}

#[test]
fn a_service_is_left_alone_for_as_long_as_it_asks() {
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
fn server_errors_are_tried_again_with_growing_waits() {
    let server = Server::start(|_, number| if number < 4 { status(503, "busy") } else { ok("") });
    let home = hook(&server.url, "");
    let ran = feed(&home, &["--drain", "60s"], &lines(0..1));
    ran.ended(0);
    assert_eq!(server.count(), 5);
    assert!(ran.err.contains("channel hook: not delivered, will be tried again: 503: busy"), "{}", ran.err);
    assert!(ran.err.contains("channel hook: delivers again"), "{}", ran.err);
}

#[test]
fn a_refusal_is_dead_until_it_is_retried() {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let server =
        Server::start(
            move |_, _| if gate.load(Ordering::Relaxed) { ok("") } else { status(401, "no such key") },
        );
    let home = hook(&server.url, "");
    let ran = feed(&home, &[], &lines(0..3));
    ran.ended(1);
    assert!(ran.err.contains("3 notices were refused for good"), "{}", ran.err);
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
    assert_eq!(ran.out, "3 notices are pending again\n3 delivered, 0 refused for good, 0 waiting\n");
    assert_eq!(told(&server).len(), 3);
}

#[test]
fn what_is_dead_can_be_thrown_away() {
    let server = Server::start(|_, _| status(400, "never"));
    let home = hook(&server.url, "");
    feed(&home, &[], &lines(0..3)).ended(1);
    assert_eq!(home.run(&["notify", "purge", "--older", "1h"]).ended(0).out, "0 notices thrown away\n");
    assert_eq!(home.run(&["notify", "purge", "hook"]).ended(0).out, "3 notices thrown away\n");
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

#[test]
fn a_flood_becomes_digests_and_nothing_is_left_out() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "flood = \"5 per 10m\"");
    let mut child = home.command(&["--drain", "30s"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Three come one by one, as on any day; then a flood.
    for number in 0..3 {
        stdin.write_all(Record::new(number).line().as_bytes()).unwrap();
        let start = Instant::now();
        while server.count() <= number && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(server.count(), 3, "told one by one");
    stdin.write_all(lines(3..1000).as_bytes()).unwrap();
    drop(stdin);
    let ran = Ran::of(child.wait_with_output().unwrap());
    ran.ended(0);
    assert_eq!(ran.out.lines().count(), 1000);
    let requests = server.requests();
    assert!(requests.len() <= 6, "{} messages for a flood", requests.len());
    let count = |body: &serde_json::Value| body["count"].as_u64().unwrap_or(1);
    assert_eq!(requests.iter().map(|request| count(&request.json())).sum::<u64>(), 1000);
    assert_eq!(numbers(&home)["delivered"], 1000);
}

#[test]
fn a_digest_is_the_same_on_every_attempt() {
    let server = Server::start(|_, number| if number == 0 { Reply::Close } else { ok("") });
    let home = hook(&server.url, "flood = \"1 per 10m\"");
    feed(&home, &["--drain", "30s"], &lines(0..50)).ended(0);
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "one attempt whose answer was lost, and one more");
    assert_eq!(requests[0].json(), requests[1].json());
}

#[test]
fn channels_are_told_what_they_ask_for() {
    let servers: Vec<Server> = (0..6).map(|_| Server::start(|_, _| ok(""))).collect();
    let urls: Vec<&str> = servers.iter().map(|server| server.url.as_str()).collect();
    let channel = |name: &str, url: &str, more: &str| {
        format!("[notify.{name}]\ntype = \"webhook\"\nurl = \"{url}\"\ninsecure = true\n{more}\n")
    };
    let home = Home::new(&format!(
        "[default]\nhours = \"off\"\n[schedules.never]\nhours = \"off\"\n\
         [[rule]]\nname = \"admins\"\nuser = [\"user-1\"]\nschedule = \"never\"\nseverity = \"critical\"\n{}{}{}{}{}{}",
        channel("all", urls[0], ""),
        channel("grave", urls[1], "min_severity = \"high\""),
        channel("failed", urls[2], "only_outcome = \"failure\""),
        channel("admins", urls[3], "rule = \"admins\""),
        channel("never", urls[4], "schedule = [\"never\"]"),
        channel("any-age", urls[5], "max_age = \"off\""),
    ));
    let mut input = String::new();
    for number in 0..10 {
        let outcome = if number == 2 { "Failure" } else { "Success" };
        input.push_str(&Record { outcome, ..Record::new(number) }.line());
    }
    // A backfill: two days old.
    input.push_str(&Record { ago: 2 * 86_400, ..Record::new(10) }.line());
    // In doubt everybody is told who did not say otherwise: the outcome is unknown.
    input.push_str(&Record { outcome: "Perhaps", ..Record::new(12) }.line());
    assert_eq!(feed(&home, &[], &input).ended(0).out.lines().count(), 12);
    let counts: Vec<usize> = servers.iter().map(Server::count).collect();
    assert_eq!(counts, [11, 1, 2, 1, 1, 12]);
}

#[test]
fn a_line_that_cannot_be_read_is_told_unless_that_is_turned_off() {
    let (server, other) = (Server::start(|_, _| ok("")), Server::start(|_, _| ok("")));
    let home = Home::new(&format!(
        "[notify.a]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n\
         [notify.b]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\nunreadable = false\n",
        server.url, other.url
    ));
    let torn = &Record::new(1).line()[..300];
    let ran = feed(&home, &[], &format!("{torn}\n"));
    ran.ended(1);
    assert_eq!((server.count(), other.count()), (1, 0), "{}", ran.err);
}

#[test]
fn a_second_process_is_refused_and_told_which_is_the_first() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let mut first = home.command(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(Record::new(1).line().as_bytes()).unwrap();
    let mut line = String::new();
    // Held on to: a program whose reader goes away ends.
    let mut stdout = BufReader::new(first.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ran = feed(&home, &[], &lines(0..1));
    ran.ended(2);
    let spool = home.spool().display().to_string();
    let expected = format!(
        "afterhours: the outbox {spool} is in use by another afterhours (process {}); give this one its own with --spool\n",
        first.id()
    );
    assert!(ran.err.ends_with(&expected), "{}", ran.err);
    assert_eq!(ran.out, "");
    // Looking into it is allowed, and so is asking for another try.
    home.run(&["notify", "status"]).ended(0);
    assert!(home.run(&["notify", "retry"]).ended(0).out.contains("a filter runs on this outbox"));
    drop(stdin);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    feed(&home, &[], "").ended(0);
}

#[test]
fn the_outbox_is_for_its_owner_only_and_lies_where_states_lie() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let state = home.path("state");
    let mut command = home.command(&[]);
    command.env_remove("AFTERHOURS_SPOOL").env("XDG_STATE_HOME", &state);
    Ran::of(command.output().unwrap()).ended(0);
    let directory = state.join("afterhours");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join("outbox.sqlite3")), 0o600);
}

#[test]
fn a_signal_keeps_the_rest_and_is_no_failure() {
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
fn due_times_that_no_clock_meant_are_mended() {
    let server = Server::start(|_, _| ok(""));
    let home = hook("http://127.0.0.1:9", "");
    feed(&home, &["--drain", "0s"], &lines(0..5)).ended(1);
    // As if the clock had stood a century ahead when they were written, and was set back.
    let outbox = rusqlite::Connection::open(home.spool().join("outbox.sqlite3")).unwrap();
    outbox.execute("UPDATE deliveries SET due = due + 3155760000000", []).unwrap();
    outbox.execute("UPDATE notices SET made = made + 3155760000000", []).unwrap();
    drop(outbox);
    let text = std::fs::read_to_string(home.config())
        .unwrap()
        .replace("http://127.0.0.1:9/", &format!("{}/", server.url));
    std::fs::write(home.config(), text).unwrap();
    feed(&home, &["--drain", "30s"], "").ended(0);
    assert_eq!(told(&server).len(), 5);
}

#[test]
fn a_full_disk_stops_no_line_and_is_shouted() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    feed(&home, &[], &lines(0..1)).ended(0);
    // A limit on the size of files is the full disk that needs no privileges: writes beyond it fail.
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
    assert!(ran.err.contains("NOTICES ARE NOT KEPT"), "{}", ran.err);
    assert!(ran.err.contains("NOTICES ARE LOST"), "{}", ran.err);
}

#[test]
fn a_large_file_on_all_cores_tells_of_all_of_its_sign_ins() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "flood = \"1 per 10m\"");
    let path = home.path("large.ndjson");
    let noise = format!("{}\n", serde_json::json!({ "eventName": "x".repeat(2000) }));
    let mut text = String::new();
    for number in 0..6000 {
        text.push_str(&Record::new(number).line());
        text.push_str(&noise);
    }
    std::fs::write(&path, &text).unwrap();
    assert!(text.len() > 9 << 20, "large enough to be cut into slices");
    let path = path.display().to_string();
    let ran = home.run(&["--drain", "60s", &path]);
    ran.ended(0);
    assert_eq!(ran.out.lines().count(), 6000);
    assert_eq!(numbers(&home)["delivered"], 6000);
}

#[test]
fn killed_at_random_and_started_again_every_notice_arrives() {
    const COUNT: usize = 10_000;
    // The server refuses now and then, so that attempts and outcomes of all kinds are cut off.
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
    // What was read from stdout is what the next program in the pipe has; the rest is fed again.
    let mut done = 0;
    let mut kills = 0;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    // And when all is read, it is killed while it delivers.
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
        std::thread::sleep(Duration::from_millis(5 + seed % 80));
        kill(&mut child);
        kills += 1;
        writer.join().unwrap();
        done += reader.join().unwrap();
        assert!(kills < 500, "no progress: {done} of {COUNT}");
    }
    feed(&home, &["--drain", "60s"], "").ended(0);
    let told = told(&server);
    assert_eq!(told.len(), COUNT, "forgotten");
    let twice = told.values().filter(|count| **count > 1).count();
    println!("{COUNT} notices, {kills} times killed: none forgotten, {twice} delivered more than once");
}
