//! --dedupe: of every event only the first record goes out; a record that is not surely a copy goes
//! out too.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::bucket::{ALWAYS, Chance, gzip, records, records_of, run_on, sign_in, stats, write};
use crate::harness::run;

/// Two trails deliver the same events into two buckets, split into files differently, and some of
/// them twice.
fn fill(root: &Path) -> usize {
    let mut chance = Chance(7);
    let events: Vec<(String, String)> = (0..900)
        .map(|n| (format!("user-{n}"), format!("2026-03-10T{:02}:{:02}:00Z", n % 24, n % 60)))
        .collect();
    for (trail, region) in [("a", "us-east-1"), ("b", "eu-west-1")] {
        let (mut at, mut file) = (0, 0);
        while at < events.len() {
            let end = (at + 1 + chance.below(40) as usize).min(events.len());
            let mut all = Vec::new();
            for (number, (user, time)) in events.iter().enumerate().take(end).skip(at) {
                for _ in 0..1 + chance.below(5) / 4 {
                    all.push(sign_in(user, &format!("id-{number}"), region, time));
                }
            }
            write(&root.join(trail).join(format!("{file:04}.json.gz")), &gzip(&records(&all)));
            (at, file) = (end, file + 1);
        }
    }
    events.len()
}

fn ids(found: &[Value]) -> Vec<&str> {
    found.iter().map(|record| record["eventID"].as_str().unwrap()).collect()
}

#[test]
fn only_the_first_record_of_each_event_goes_out_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let events = fill(folder.path());
    let everything = records_of(&run_on(&["-j", "1"], &[folder.path()]).exits(0));
    assert!(everything.len() > 2 * events);
    // The twin: the first record with its event ID.
    let mut seen = HashSet::new();
    let first: Vec<&Value> =
        everything.iter().filter(|record| seen.insert(record["eventID"].as_str().unwrap())).collect();
    for threads in ["1", "2", "4", "7"] {
        let outcome = run_on(&["--dedupe", "--stats=json", "-j", threads], &[folder.path()]).exits(0);
        let found = records_of(&outcome);
        assert_eq!(found.iter().collect::<Vec<_>>(), first, "-j {threads}");
        let stats = stats(&outcome);
        assert_eq!(stats["copies"], everything.len() - events, "{stats}");
        assert_eq!(stats["forwarded"], events, "{stats}");
        assert_eq!(stats["outside"], everything.len(), "{stats}");
    }
    let outcome = run_on(&["--dedupe", "--unordered", "-j", "4"], &[folder.path()]).exits(0);
    let found = records_of(&outcome);
    assert_eq!(ids(&found).into_iter().collect::<HashSet<_>>(), seen);
    assert_eq!(found.len(), events);
}

#[test]
fn copies_in_a_large_file_and_on_stdin_are_dropped() {
    let lines: Vec<String> = (0..60_000)
        .map(|n| {
            sign_in(
                &format!("user-{}", n % 20_011),
                &format!("id-{}", n % 20_011),
                "r",
                "2026-03-10T00:00:00Z",
            )
        })
        .collect();
    let bytes = lines.join("\n") + "\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.ndjson");
    std::fs::write(&path, &bytes).unwrap();
    let args = [&ALWAYS[..], &["--dedupe"]].concat();
    let piped = run(&args, bytes.as_bytes()).exits(0);
    let filed = run_on(&["--dedupe", "-j", "3"], &[&path]).exits(0);
    assert!(piped.stdout == filed.stdout, "by path as on stdin");
    let found = records_of(&piped);
    assert_eq!(found.len(), 20_011);
    assert!(ids(&found).iter().enumerate().all(|(n, id)| *id == format!("id-{n}")));
}

#[test]
fn different_records_with_the_same_event_id_go_out() {
    let record = |user: &str, time: &str| sign_in(user, "forged", "us-east-1", time);
    let first = record("anaya", "2026-03-10T03:00:00Z");
    let others = [
        first.clone(),
        // Another user, time, source or outcome: each is an event of its own.
        record("mallory", "2026-03-10T03:00:00Z"),
        record("anaya", "2026-03-10T03:00:01Z"),
        first.replace("192.0.2.17", "198.51.100.1"),
        first.replace("Mozilla", "curl"),
        first.replace("Success", "Failure"),
        first.replace("\"No\"", "\"Yes\""),
        // Without an event ID it is never a copy.
        first.replace("\"forged\"", "null"),
        first.replace("\"forged\"", "null"),
        first.replace("\"forged\"", "\"\""),
        first.replace("\"forged\"", "\"\""),
    ];
    // In another region, with other escapes, in an envelope: still the same event.
    let copies = [
        first.replace("us-east-1", "eu-west-1"),
        first.replace("anaya", "\\u0061naya"),
        first.replace("2026-03-10T03:00:00Z", "2026-03-10 03:00:00+00:00"),
        format!("{{\"detail\":{first}}}"),
    ];
    let stdin = [&others[..], &copies].concat().join("\n") + "\n";
    let args = [&ALWAYS[..], &["--dedupe", "--stats=text"]].concat();
    let outcome = run(&args, stdin.as_bytes()).exits(0);
    assert_eq!(outcome.lines().len(), others.len(), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("copies 4, forwarded 11"), "{}", outcome.stderr);
    let all = run(&[&args[..], &["--keep", "all"]].concat(), stdin.as_bytes()).exits(0);
    assert_eq!(all.lines().len(), others.len(), "a copy is no other line");
    // Without --dedupe nothing is dropped.
    assert_eq!(run(&ALWAYS, stdin.as_bytes()).exits(0).lines().len(), 15);
}

#[test]
fn unreadable_lines_are_never_deduplicated() {
    let truncated = r#"{"eventName":"ConsoleLogin","eventID":"a""#;
    let stdin = format!("{truncated}\n{truncated}\n");
    let outcome = run(&[&ALWAYS[..], &["--dedupe"]].concat(), stdin.as_bytes()).exits(1);
    assert_eq!(outcome.lines().len(), 2);
}

#[test]
fn dedupe_is_refused_with_listen_and_with_reply() {
    // A batch that is sent again is not dropped as a copy.
    for args in [&["--dedupe", "--listen", "unix:/tmp/none"][..], &["--dedupe", "--reply", "rsyslog"]] {
        assert!(run(args, b"").exits(2).stderr.contains("cannot be used with"));
    }
}
