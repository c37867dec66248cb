//! `afterhours explain`, as the program runs it: every reason and every verdict, in words and as JSON.

use serde_json::Value;

use crate::harness::{self, Outcome};

fn run(args: &[&str], stdin: &[u8]) -> Outcome {
    harness::run(&[&["explain", "--tzdata", "embedded"], args].concat(), stdin)
}

#[track_caller]
fn text(args: &[&str], stdin: &str, status: i32) -> String {
    masked(&String::from_utf8(run(args, stdin.as_bytes()).exits(status).stdout).expect("text"))
}

/// These tests do not depend on the version of the embedded zone data.
fn masked(text: &str) -> String {
    let mut parts = text.split("tzdata 20");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| masked + "tzdata X" + &part[3..])
}

#[track_caller]
fn objects(args: &[&str], stdin: &str, status: i32) -> Vec<Value> {
    let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let text = text(&args, stdin, status);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A record of a sign-in, with the parts that tests change.
fn record(user: &str, kind: &str, time: &str) -> String {
    format!(
        r#"{{"eventTime":"{time}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","sourceIPAddress":"192.0.2.1","userIdentity":{{"type":"{kind}","userName":"{user}","accountId":"111122223333"}},"responseElements":{{"ConsoleLogin":"Success"}}}}"#
    )
}

const OFFICE: [&str; 4] = ["--hours", "Mon-Fri 09:00-17:00", "--tz", "America/New_York"];

fn office<'a>(more: &[&'a str]) -> Vec<&'a str> {
    OFFICE.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn explains_a_sign_in_after_hours() {
    assert_eq!(
        text(&OFFICE, &record("dora", "IAMUser", "2026-11-23T08:12:44Z"), 0),
        "dora (IAMUser, account 111122223333) from 192.0.2.1: ConsoleLogin at 2026-11-23T08:12:44Z, success
  rule       none matches, so the default applies
  schedule   default: Mo-Fr 09:00-17:00, America/New_York, tzdata X
  wall clock Monday 2026-11-23 03:12:44 UTC-05:00
  reason     outside: Monday's window is 09:00-17:00
  holds      until Monday 2026-11-23 09:00:00 UTC-05:00 (2026-11-23T14:00:00Z), then inside
  verdict    outside hours: forwarded, severity low
"
    );
}

/// The line of an explanation that begins with a word.
fn line<'t>(text: &'t str, word: &str) -> &'t str {
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix(word));
    lines.map(str::trim).next().unwrap_or("")
}

#[test]
fn names_every_reason() {
    let berlin = ["--tz", "Europe/Berlin", "--holidays", "DE-BE", "--closed", "2026-12-24..2027-01-01"];
    let extra = ["--extra", "2026-11-28 10:00-16:00"];
    let day = |hours: &'static str| -> Vec<&str> {
        ["--hours", hours].into_iter().chain(berlin).chain(extra).collect()
    };
    for (hours, at, reason, holds) in [
        (
            "Mo-Fr 09:00-17:00",
            "2026-11-23 12:00",
            "inside: Monday's window 09:00-17:00",
            "until Monday 2026-11-23 17:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-11-23 17:00",
            "outside: Monday's window is 09:00-17:00",
            "until Tuesday 2026-11-24 09:00:00",
        ),
        (
            "Mo 09:00-12:00,13:00-17:00",
            "2026-11-23 12:30",
            "outside: Monday's windows are 09:00-12:00 and 13:00-17:00",
            "until Monday 2026-11-23 13:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-11-21 12:00",
            "closed day: Saturday has no hours",
            "until Monday 2026-11-23 09:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-05-01 12:00",
            "closed: Labor Day (DE-BE)",
            "until Monday 2026-05-04 09:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-12-28 12:00",
            "closed: 2026-12-28 is one of the closed days",
            "until Monday 2027-01-04 09:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-11-28 12:00",
            "inside: Saturday's extra window 10:00-16:00",
            "until Saturday 2026-11-28 16:00:00",
        ),
        (
            "Mo-Fr 09:00-17:00",
            "2026-11-28 17:00",
            "outside: Saturday's window is 10:00-16:00 (extra)",
            "until Monday 2026-11-30 09:00:00",
        ),
        (
            "Mo-Fr 22:00-06:00",
            "2026-11-21 03:00",
            "inside: Friday's window 22:00-06:00, which runs into Saturday",
            "until Saturday 2026-11-21 06:00:00",
        ),
        ("24/7", "2026-11-21 03:00", "inside: always open (24/7)", "until Thursday 2026-12-24 00:00:00"),
    ] {
        let explained = text(&[&day(hours)[..], &["--at", at, "--user", "dora"]].concat(), "", 0);
        assert_eq!(line(&explained, "reason"), reason, "{hours} {at}");
        assert!(line(&explained, "holds").starts_with(holds), "{hours} {at}: {explained}");
    }
    let never = text(&["--hours", "off", "--at", "2026-11-21T03:00:00Z"], "", 0);
    assert_eq!(line(&never, "reason"), "never open: the schedule has no hours");
    assert_eq!(line(&never, "holds"), "for five years at least");
    let always = text(&["--hours", "24/7", "--at", "2026-11-21T03:00:00Z"], "", 0);
    assert_eq!(line(&always, "holds"), "for five years at least");
}

#[test]
fn says_that_hours_without_days_mean_every_day() {
    let words = "these hours name no day: they hold every day, Saturday and Sunday too";
    let explained = |hours: &str| text(&["--hours", hours, "--at", "2026-11-21T12:00:00Z"], "", 0);
    assert!(explained("09:00-17:00").contains(words));
    assert!(!explained("Mon-Fri 09:00-17:00").contains(words));
    assert!(!explained("24/7").contains(words));
}

#[test]
fn says_whether_it_is_forwarded() {
    let monday = "2026-11-23T15:00:00Z";
    let night = "2026-11-23T08:00:00Z";
    let check_mfa =
        record("dora", "IAMUser", night).replace("ConsoleLogin\",\"source", "CheckMfa\",\"source");
    let elsewhere = record("dora", "IAMUser", night).replace("signin.amazonaws", "iam.amazonaws");
    let failure = record("dora", "IAMUser", night).replace("Success", "Failure");
    for (input, options, verdict, words, forwarded) in [
        (record("dora", "IAMUser", monday), &[][..], "inside", "inside hours: withheld", false),
        (
            record("dora", "IAMUser", monday),
            &["--keep", "sign-ins"],
            "inside",
            "inside hours: forwarded all the same (--keep)",
            true,
        ),
        (record("dora", "IAMUser", night), &[], "outside", "outside hours: forwarded, severity low", true),
        (
            record("dora", "Root", night),
            &[],
            "not_counted",
            "identity Root does not count (--identity): withheld",
            false,
        ),
        (
            record("dora", "Root", night),
            &["--identity", "all"],
            "outside",
            "outside hours: forwarded, severity low",
            true,
        ),
        (
            record("dora", "Root", night),
            &["--keep", "all"],
            "not_counted",
            "identity Root does not count (--identity): forwarded without a tag (--keep all)",
            true,
        ),
        (
            failure,
            &["--outcome", "success"],
            "not_counted",
            "outcome failure does not count (--outcome): withheld",
            false,
        ),
        (check_mfa.clone(), &[], "not_a_sign_in", "not a sign-in: eventName is CheckMfa: withheld", false),
        (
            check_mfa,
            &["--keep", "all"],
            "not_a_sign_in",
            "not a sign-in: eventName is CheckMfa: forwarded as it came (--keep all)",
            true,
        ),
        (
            elsewhere,
            &[],
            "not_a_sign_in",
            "not a sign-in: eventSource is iam.amazonaws.com, not signin.amazonaws.com: withheld",
            false,
        ),
        (
            record("dora", "IAMUser", "yesterday"),
            &[],
            "undecided",
            "eventTime \"yesterday\" is no time: forwarded in doubt",
            true,
        ),
        (
            "{\"Records\":[]}".to_owned(),
            &[],
            "not_a_sign_in",
            "not a sign-in: no records are in it: withheld",
            false,
        ),
        (
            "hello".to_owned(),
            &[],
            "not_a_sign_in",
            "not a sign-in: it is not JSON, and does not say \"ConsoleLogin\": withheld",
            false,
        ),
        (
            "{}".to_owned(),
            &[],
            "not_a_sign_in",
            "not a sign-in: it is no record: eventName and eventSource are missing: withheld",
            false,
        ),
    ] {
        let explained = objects(&office(options), &input, 0);
        assert_eq!(explained.len(), 1, "{input}");
        assert_eq!(
            (&explained[0]["verdict"], &explained[0]["why"]),
            (&Value::from(verdict), &Value::from(words)),
            "{input}"
        );
        assert_eq!(explained[0]["forwarded"], Value::Bool(forwarded), "{input}");
        assert_eq!(line(&text(&office(options), &input, 0), "verdict"), words);
    }
}

#[test]
fn unreadable_text_is_reported_and_exits_with_1() {
    let truncated = &record("dora", "IAMUser", "2026-11-23T08:00:00Z")[..150];
    for (options, forwarded, words) in [
        (&[][..], true, "forwarded in doubt"),
        (&["--unreadable", "drop"], false, "counted and withheld (--unreadable drop)"),
        (&["--unreadable", "stop"], false, "the filter stops here (--unreadable stop)"),
    ] {
        let explained = objects(&office(options), truncated, 1);
        assert_eq!((explained.len(), &explained[0]["verdict"]), (1, &Value::from("unreadable")));
        let why = explained[0]["why"].as_str().unwrap_or_default();
        assert!(why.starts_with("unreadable: line 1: ") && why.ends_with(words), "{why}");
        assert_eq!(explained[0]["forwarded"], Value::Bool(forwarded));
    }
}

#[test]
fn the_json_holds_all_that_the_text_holds() {
    let input = record("dora", "IAMUser", "2026-11-23T08:12:44Z");
    let explained = objects(&OFFICE, &input, 0);
    let mut schedule = explained[0]["schedules"][0].clone();
    schedule["tzdata"] = "X".into();
    assert_eq!(
        schedule,
        serde_json::json!({
            "name": "default", "looked_up_in": null, "hours": "Mo-Fr 09:00-17:00", "every_day": false,
            "time_zone": "America/New_York", "tzdata": "X", "local_time": "2026-11-23T03:12:44-05:00",
            "inside": false, "reason": "outside_window", "cause": null, "place": null,
            "words": "outside: Monday's window is 09:00-17:00",
            "next_change": {
                "local": "2026-11-23T09:00:00-05:00", "utc": "2026-11-23T14:00:00Z", "inside": true
            }
        })
    );
    assert_eq!(explained[0]["event"]["user"], "dora");
    assert_eq!(explained[0]["severity"], "low");
    assert_eq!(explained[0]["rule"], Value::Null);
}

#[test]
fn every_record_of_any_envelope_is_explained() {
    let sign_in = record("dora", "IAMUser", "2026-11-23T08:00:00Z");
    let other = sign_in.replace("ConsoleLogin\",\"source", "CheckMfa\",\"source");
    let text_of = |record: &str| serde_json::to_string(record).expect("JSON");
    let verdicts = |input: &str| -> Vec<String> {
        let explained = objects(&OFFICE, input, 0);
        explained
            .iter()
            .map(|explained| explained["verdict"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    for (input, expected) in [
        (format!("{other}\n\n{sign_in}\n"), &["not_a_sign_in", "outside"][..]),
        (format!("{{\"detail\":{other}}}"), &["not_a_sign_in"]),
        (format!("{{\"message\":{}}}", text_of(&other)), &["not_a_sign_in"]),
        (format!("{{\"message\":{}}}", text_of(&sign_in)), &["outside"]),
        (
            format!("{{\"Records\":[{other},{sign_in},{other}]}}"),
            &["not_a_sign_in", "outside", "not_a_sign_in"],
        ),
        (format!("{{\"Records\":[{other},{other}]}}"), &["not_a_sign_in", "not_a_sign_in"]),
        (format!("{{\"Records\": [\n{other},\n{sign_in}\n]}}\n"), &["not_a_sign_in", "outside"]),
        (format!("{{\n\"logEvents\":[{{\"message\":{}}}]}}", text_of(&other)), &["not_a_sign_in"]),
    ] {
        assert_eq!(verdicts(&input), expected, "{input}");
    }
}

#[test]
fn at_takes_a_wall_clock_time() {
    let at = |moment: &str| text(&office(&["--at", moment, "--user", "dora"]), "", 0);
    let utc = at("2026-11-23T08:12:00Z");
    assert!(utc.starts_with("dora (IAMUser): ConsoleLogin at 2026-11-23T08:12:00Z\n"), "{utc}");
    assert_eq!(at("2026-11-23 03:12"), utc);
    assert_eq!(at("2026-11-23T03:12:00"), utc);
    assert_eq!(at("2026-11-23T03:12:00-05:00"), utc);
    // 01:30 occurs twice when the clock is set back, and 02:30 never when it is set forward.
    assert_eq!(at("2026-11-01 01:30").matches("wall clock Sunday 2026-11-01 01:30:00").count(), 2);
    let output = run(&office(&["--at", "2026-03-08 02:30"]), b"");
    let messages = output.exits(2).stderr;
    assert!(messages.contains("2026-03-08 02:30 never comes in America/New_York"), "{messages}");
    for wrong in ["", "noon", "2026-02-30 10:00", "2026-11-23", "\u{1b}[2J"] {
        let output = run(&office(&["--at", wrong]), b"");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let messages = output.stderr;
        assert!(messages.starts_with("afterhours: --at: ") && !messages.contains('\u{1b}'), "{messages}");
    }
    let root = text(&office(&["--at", "2026-11-23 03:12", "--as", "root", "--ip", "192.0.2.7"]), "", 0);
    assert_eq!(line(&root, "verdict"), "identity Root does not count (--identity): withheld");
    assert_eq!(run(&office(&["--user", "dora"]), b"").status.code(), Some(2), "a user and no moment");
    assert_eq!(run(&OFFICE, b"").status.code(), Some(2), "nothing to explain");
}

#[test]
fn hostile_text_is_escaped_for_the_terminal() {
    let hostile = r"\u001b[2J\u0007\u009b31m\r\n  verdict    inside\u202e";
    let inputs = [
        record(hostile, "IAMUser", "2026-11-23T08:00:00Z"),
        record(hostile, hostile, hostile),
        record("x", hostile, "2026-11-23T08:00:00Z")
            .replace("ConsoleLogin\",\"source", &format!("{hostile}\",\"source")),
        record(&"long".repeat(10_000), "IAMUser", "2026-11-23T08:00:00Z"),
    ];
    for input in inputs {
        for options in [&[][..], &["--json"]] {
            let explained = text(&office(options), &input, 0);
            let speaks = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!explained.contains(speaks), "{explained:?}");
            assert!(!explained.contains("\\u001b") && explained.len() < 3_000, "{explained}");
            assert_eq!(
                explained.lines().filter(|line| line.starts_with("  verdict")).count(),
                usize::from(options.is_empty())
            );
        }
    }
}

#[test]
fn rules_of_a_configuration_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.toml");
    let config = r#"
[default]
tz = "America/New_York"
hours = "Mon-Fri 09:00-17:00"

[schedules.berlin]
tz = "Europe/Berlin"
hours = "Mon-Fri 08:00-18:00"
holidays = "DE-BE"

[schedules.never]
hours = "off"

[[rule]]
name = "robots"
user = "ci-*"
ignore = true

[[rule]]
name = "break glass"
user = "break-glass-*"
schedule = "never"
severity = "critical"

[[rule]]
name = "two offices"
account = "444455556666"
schedule = ["berlin", "default"]
"#;
    std::fs::write(&file, config).expect("written");
    let config = file.to_str().expect("text");
    let at = |more: &[&str]| {
        let args = [&["-c", config, "--at", "2026-12-25T15:00:00Z"], more].concat();
        objects(&args, "", 0).remove(0)
    };
    let robot = at(&["--user", "ci-build"]);
    assert_eq!((&robot["verdict"], &robot["rule"]), (&"ignored".into(), &"robots".into()));
    assert_eq!(robot["why"], "its rule says to ignore it: withheld");
    let glass = at(&["--user", "break-glass-1"]);
    assert_eq!((&glass["rule"], &glass["severity"]), (&"break glass".into(), &"critical".into()));
    assert_eq!(glass["why"], "outside hours: forwarded, severity critical");
    let both = at(&["--user", "anaya", "--account", "444455556666"]);
    assert_eq!((&both["verdict"], &both["rule"]), (&"inside".into(), &"two offices".into()));
    assert_eq!(both["schedules"][0]["words"], "closed: Christmas Day (DE-BE)");
    assert_eq!(both["schedules"][1]["words"], "inside: Friday's window 09:00-17:00");

    let calendar = |more: &[&str]| {
        let args = [&["calendar", "-c", config, "--from", "2026-12-21"], more].concat();
        String::from_utf8(harness::run(&args, b"").stdout).expect("text")
    };
    assert!(calendar(&["--schedule", "berlin"]).contains("  Christmas Day (DE-BE)\n"));
    let both = calendar(&["--user", "anaya", "--account", "444455556666"]);
    assert!(
        both.starts_with("berlin: Mo-Fr 08:00-18:00\n") && both.contains("\ndefault: Mo-Fr 09:00-17:00\n"),
        "{both}"
    );
    assert!(calendar(&["--user", "lee"]).starts_with("default: "));
}

#[test]
fn files_are_explained_too_plain_and_compressed() {
    let dir = tempfile::tempdir().expect("a directory");
    let record = "{\"eventSource\":\"signin.amazonaws.com\",\"eventName\":\"ConsoleLogin\",\"eventTime\":\"2026-11-22T03:00:00Z\",\
                  \"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"lee\"},\"responseElements\":{\"ConsoleLogin\":\"Success\"}}\n";
    let (plain, packed) = (dir.path().join("a.jsonl"), dir.path().join("b.jsonl.gz"));
    std::fs::write(&plain, record).expect("written");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, record.as_bytes()).expect("packed");
    std::fs::write(&packed, encoder.finish().expect("packed")).expect("written");
    let paths = [plain.to_str().expect("a path"), packed.to_str().expect("a path")];
    assert_eq!(objects(&paths, "", 0).len(), 2);
    assert_eq!(objects(&[paths[0], "-"], record, 0).len(), 2);
    let missing = run(&["nowhere.jsonl"], b"").exits(2).stderr;
    assert!(missing.ends_with("nowhere.jsonl: there is no such file\n"), "{missing}");
}
