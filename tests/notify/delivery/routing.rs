//! Which sign-ins each channel is notified of, one by one or in digests.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kit::http_server::{Reply, Server, ok};

use super::{feed, hook, notified, numbers};
use crate::program::{Home, Ran};
use crate::records::{Record, lines};

#[test]
fn every_sign_in_after_hours_is_notified_once() {
    let server = Server::start(|_, _| ok("thanks"));
    let home = hook(&server.url, "");
    let ran = feed(&home, &[], &lines(0..300));
    ran.ended(0);
    assert_eq!(ran.out.lines().count(), 300);
    let notified = notified(&server);
    assert_eq!(notified.len(), 300);
    assert!(notified.values().all(|count| *count == 1));
}

#[test]
fn no_notification_for_a_sign_in_in_hours() {
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
fn copies_of_a_record_are_notified_once_even_by_another_run() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "");
    let twice = format!("{0}{0}", Record::new(7).line());
    assert_eq!(feed(&home, &[], &twice).ended(0).out.lines().count(), 2, "stdout has them all");
    assert_eq!(feed(&home, &[], &twice).ended(0).out.lines().count(), 2);
    assert_eq!(server.count(), 1);
}

#[test]
fn records_without_an_event_id_are_distinguished_by_their_bytes() {
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
fn a_burst_becomes_digests_and_no_sign_in_is_missing() {
    let server = Server::start(|_, _| ok(""));
    let home = hook(&server.url, "flood = \"5 per 10m\"");
    let mut child = home.command(&["--drain", "30s"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Three arrive one by one, as on a normal day; then a burst.
    for number in 0..3 {
        stdin.write_all(Record::new(number).line().as_bytes()).unwrap();
        let start = Instant::now();
        while server.count() <= number && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(server.count(), 3, "notified one by one");
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
fn channels_get_the_sign_ins_that_their_filters_select() {
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
    // An unknown outcome passes every filter on outcomes.
    input.push_str(&Record { outcome: "Perhaps", ..Record::new(12) }.line());
    assert_eq!(feed(&home, &[], &input).ended(0).out.lines().count(), 12);
    let counts: Vec<usize> = servers.iter().map(Server::count).collect();
    assert_eq!(counts, [11, 1, 2, 1, 1, 12]);
}

#[test]
fn an_unreadable_line_is_notified_unless_turned_off() {
    let (server, other) = (Server::start(|_, _| ok("")), Server::start(|_, _| ok("")));
    let home = Home::new(&format!(
        "[notify.a]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\n\
         [notify.b]\ntype = \"webhook\"\nurl = \"{}\"\ninsecure = true\nunreadable = false\n",
        server.url, other.url
    ));
    let truncated = &Record::new(1).line()[..300];
    let ran = feed(&home, &[], &format!("{truncated}\n"));
    ran.ended(1);
    assert_eq!((server.count(), other.count()), (1, 0), "{}", ran.err);
}

#[test]
fn a_large_file_on_all_cores_notifies_all_of_its_sign_ins() {
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
