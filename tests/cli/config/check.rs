//! `afterhours check`, and the example configuration.

use std::path::Path;

use serde_json::Value;

use super::{Place, sign_in, tag, user};
use crate::harness::run;

const CHECKED: &str = r#"
[default]
hours = "Mon-Fri 09:00-17:00"
tz = "Europe/Berlin"
holidays = "DE-BE"
severity = "medium"
[schedules.night]
inherit = "default"
hours = "Mon-Fri 22:00-06:00"
holidays = []
extra = "2026-11-28 10:00-16:00"
until = 2099-12-31
[schedules.spare]
hours = []
[calendars.company]
closed = ["2026-12-24..2027-01-01"]
[groups]
admins = ["anaya", "lee"]
[oncall.sre]
weekly = ["anaya", "lee"]
starts = "2026-11-20 09:00"
[[rule]]
name = "admins"
group = "admins"
schedule = ["night", "oncall:sre"]
severity = "high"
[[rule]]
name = "bots"
user = ["bot-*", "ci"]
network = "10.0.0.0/8"
ignore = true
[[rule]]
name = "late"
user = "lee"
schedule = "night"
"#;

#[test]
fn check_prints_what_the_configuration_means() {
    let place = Place::with(CHECKED);
    let outcome = place.check().exits(0);
    let text = place.plain(&String::from_utf8(outcome.stdout).unwrap());
    let masked: String = text
        .lines()
        .map(|line| {
            if line.starts_with("time zones: tzdata 20") {
                "time zones: masked\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    assert_eq!(masked, include_str!("../../fixtures/check.txt"));
}

#[test]
fn check_prints_the_same_as_json() {
    let place = Place::with(CHECKED);
    let outcome = run(&["check", "--json", "--tzdata", "embedded", &place.config()], b"").exits(0);
    let value: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(value["ok"], true);
    assert_eq!(value["tzdata"]["source"], "embedded");
    assert_eq!(value["schedules"][0]["hours"], "Mo-Fr 09:00-17:00");
    assert_eq!(value["schedules"][0]["holidays"][0]["code"], "DE-BE");
    assert_eq!(value["schedules"][1]["until"], "2099-12-31");
    assert_eq!(value["rules"][0]["schedules"], serde_json::json!(["night", "oncall:sre"]));
    assert_eq!(value["rules"][1]["ignore"], true);
    assert_eq!(value["unreachable"], serde_json::json!([{ "rule": "late", "because_of": "admins" }]));
    assert_eq!(value["unused"], serde_json::json!(["schedule spare"]));
    assert_eq!(value["default"]["severity"], "medium");
}

#[test]
fn check_without_a_file_checks_the_options() {
    let outcome = run(&["check", "--hours", "Mon-Fri 9-17; Fri 9-13", "--tz", "UTC"], b"").exits(0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.contains("default: Mo-Fr 09:00-17:00; Fr 09:00-13:00  UTC"), "{text}");
    assert!(text.contains("takes the place of earlier hours, for the first time on 20"), "{text}");
    let outcome = run(&["check", "--hours", "Mon-Fri 9"], b"").exits(2);
    assert!(outcome.stderr.starts_with("afterhours: --hours: "), "{}", outcome.stderr);
    run(&["check", "nowhere.toml"], b"").exits(2);
}

#[test]
fn the_example_is_valid_and_does_what_its_comments_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs/afterhours.example.toml");
    let path = path.to_str().unwrap();
    run(&["check", path], b"").exits(0);
    let cases = [
        (user("break-glass-1"), "break glass", "never_open", "critical"),
        (
            sign_in("canary-1", "111122223333", "2026-11-22T03:00:00Z", "203.0.113.5"),
            "synthetic monitoring",
            "ignored",
            "medium",
        ),
        (
            sign_in("chen", "777788889999", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "night shift",
            "inside_window",
            "medium",
        ),
        (user("ext-ana"), "contractors", "inside_window", "high"),
        (
            sign_in("ext-ana", "777788889999", "2027-04-01T10:00:00Z", "198.51.100.7"),
            "contractors",
            "never_open",
            "high",
        ),
        (
            sign_in("anaya", "111122223333", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "production: own office, or on call",
            "on_call",
            "high",
        ),
        (
            sign_in("anaya", "777788889999", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "own office",
            "closed_day",
            "medium",
        ),
        (
            sign_in("dora", "777788889999", "2026-11-23T20:00:00Z", "198.51.100.7"),
            "own office",
            "inside_window",
            "medium",
        ),
        (
            sign_in("esi", "777788889999", "2026-11-23T16:00:00Z", "198.51.100.7"),
            "own office",
            "outside_window",
            "medium",
        ),
        (
            sign_in("nobody", "777788889999", "2026-12-28T10:00:00Z", "198.51.100.7"),
            "own office",
            "closed_day",
            "medium",
        ),
    ];
    let input: String = cases.iter().map(|case| case.0.as_str()).collect();
    let outcome = run(&["-c", path, "--keep", "sign-ins"], input.as_bytes()).exits(0);
    for (line, (input, rule, reason, severity)) in outcome.lines().into_iter().zip(&cases) {
        let tag = tag(line);
        let messages = (tag["rule"].as_str(), tag["reason"].as_str(), tag["severity"].as_str());
        assert_eq!(messages, (Some(*rule), Some(*reason), Some(*severity)), "{input}{tag}");
    }
    assert_eq!(outcome.stderr, "");
}
