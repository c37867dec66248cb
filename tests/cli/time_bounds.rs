//! Input and configurations that grow, and time that grows no faster: who can write into a trail, or into a list of users, must
//! not be able to stop the filter. Each case took from 18 seconds to many minutes when it was found.

use std::time::{Duration, Instant};

use crate::harness::run;
use kit::fixtures::{sign_in_at, stream};

/// Far above what is needed, far below what a quadratic search takes.
const BOUND: Duration = Duration::from_secs(5);
const MANY: usize = 50_000;

/// What a run took, and its answer to a configuration.
fn check(config: &str) -> (Duration, i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, config).unwrap();
    let since = Instant::now();
    let outcome = run(&["check".as_ref(), path.as_os_str()], b"");
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr;
    (since.elapsed(), outcome.status.code().unwrap(), text)
}

fn each(count: usize, table: impl Fn(usize) -> String) -> String {
    (0..count).map(table).collect()
}

#[test]
fn a_record_with_very_many_keys_that_begin_like_the_tag() {
    let record = sign_in_at("2026-11-23T03:00:00Z");
    let keys = each(200_000, |number| format!("\"after_hours_{}\":1,", number + 2));
    let record = format!("{{\"after_hours\":1,{keys}{}", &record[1..]);
    let since = Instant::now();
    let outcome = run::<&str>(&[], &stream(&[record])).exits(0);
    assert!(since.elapsed() < BOUND, "{:?}", since.elapsed());
    assert!(outcome.stdout.windows(22).any(|text| text == b"\"after_hours_200002\":{"));
}

#[test]
fn a_chain_of_very_many_schedules_is_refused() {
    for chain in [
        each(MANY, |n| format!("[schedules.s{n}]\ninherit = \"s{}\"\n", n + 1)),
        each(MANY, |n| format!("[schedules.s{n}]\ninherit = \"s{}\"\n", (n + 1) % MANY)),
        each(MANY, |n| format!("[schedules.s{n}]\ninherit = \"t{n}\"\n")),
    ] {
        let (took, status, text) = check(&chain);
        assert!(took < BOUND, "{took:?}");
        assert_eq!(status, 2);
        assert!(text.len() < 200_000, "{} bytes of errors", text.len());
        assert!(text.contains("100 errors came before"), "{}", &text[..2000]);
    }
    let hundred = each(100, |n| format!("[schedules.s{n}]\ninherit = \"s{}\"\n", n + 1));
    let (_, status, text) = check(&format!("{hundred}[schedules.s100]\nhours = []\n"));
    assert_eq!(status, 0, "{text}");
    let (_, status, text) =
        check(&format!("[schedules.top]\ninherit = \"s0\"\n{hundred}[schedules.s100]\nhours = []\n"));
    assert_eq!(status, 2);
    assert!(
        text.contains("rules.toml:202: schedules.s99.inherit: top inherits through more than 100 schedules"),
        "{text}"
    );
}

#[test]
fn very_many_rules() {
    for rule in [
        |n| format!("[[rule]]\nname = \"r{n}\"\nuser = \"u{n}\"\nschedule = \"default\"\n"),
        |n| {
            format!(
                "[[rule]]\nname = \"r{n}\"\nnetwork = \"10.{}.{}.0/24\"\nschedule = \"default\"\n",
                n / 256 % 256,
                n % 256
            )
        },
        |n| {
            format!(
                "[[rule]]\nname = \"r{n}\"\nuser = \"u\"\nnetwork = \"10.{}.{}.0/24\"\nschedule = \"default\"\n",
                n / 256 % 256,
                n % 256
            )
        },
    ] {
        let (took, status, text) = check(&each(MANY, rule));
        assert!(took < BOUND, "{took:?}");
        assert_eq!(status, 0, "{}", &text[..text.len().min(2000)]);
    }
    // Wrong ones are listed up to a limit, each with what may have been meant.
    let (took, status, text) =
        check(&each(MANY, |n| format!("[[rule]]\nuser = \"u{n}\"\nschedule = \"s{n}\"\n")));
    assert!(took < BOUND, "{took:?}");
    assert_eq!(status, 2);
    assert_eq!(text.matches("no schedule").count(), 100);
    assert!(text.contains("rules.toml:301: rule[101]: not read, because 100 errors came before"), "{text}");
}

/// Nested, unclosed and repeated values of a few megabytes: each is read in one pass, and the sign-in behind it comes out.
#[test]
fn values_of_every_shape() {
    const MANY: usize = 100_000;
    let record = sign_in_at("2026-11-23T03:00:00Z");
    let shapes = [
        ("Records in Records", "{\"Records\":[".repeat(MANY)),
        ("arrays in arrays", "[".repeat(MANY)),
        ("closed Records", "{\"Records\":[]}".repeat(MANY)),
        ("objects", "{}".repeat(MANY)),
        ("envelopes in envelopes", format!("{}1{}", "{\"message\":".repeat(MANY), "}".repeat(MANY))),
        ("equal keys", format!("{{{}\"a\":1}}", "\"detail\":{\"b\":\"ConsoleLogin\"},".repeat(MANY))),
        ("broken records", format!("{{\"Records\":[{}1]}}", "{\"eventName\":\"ConsoleLogin\",".repeat(MANY))),
        ("messages", format!("{{\"Records\":[{}1]}}", "{\"message\":\"ConsoleLogin\"},".repeat(MANY))),
        ("quotes", "\"".repeat(MANY)),
        ("backslashes", format!("{{\"eventName\":\"ConsoleLogin{}\"}}", "\\".repeat(2 * MANY))),
        ("open lines", "{\n".repeat(MANY)),
    ];
    for (name, text) in shapes {
        let since = Instant::now();
        let outcome = run::<&str>(&[], &stream(&[text.as_str(), record.as_str()]));
        assert!(since.elapsed() < BOUND, "{name}: {:?}", since.elapsed());
        assert!(outcome.status.code().is_some_and(|code| code < 2), "{name}: {}", outcome.stderr);
        // Lines that only open brackets begin a document, which the record is then a part of.
        let found = outcome.stdout.windows(14).any(|part| part == b"\"sourceIPAddre");
        assert!(found || name == "open lines", "{name}: {}", outcome.stderr);
    }
}
