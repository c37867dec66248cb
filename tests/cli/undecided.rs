//! Records that cannot be evaluated are forwarded and reported, never dropped in silence, and the records around them are not
//! affected.

use kit::fixtures::{self, bytes, lines, path, sign_in, sign_in_at, stream, table};
use kit::tag::{member, split, split_named, untagged};

use crate::harness::{Outcome, program, run, run_command};

const NEVER_OPEN: [&str; 2] = ["--hours", "off"];

pub(crate) fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--hours", "off", "--tz", "UTC"], more].concat()
}

#[test]
fn event_times_in_every_known_spelling_are_read_and_others_are_forwarded() {
    let rows = table::<2>("event-times.tsv");
    for exhaustive in [&[][..], &["--exhaustive"][..]] {
        let args =
            [&["--hours", "24/7", "--tz", "America/New_York", "--keep", "sign-ins"], exhaustive].concat();
        for (line, [name, instant]) in lines("event-times.ndjson").iter().zip(&rows) {
            let outcome = run(&args, &stream(&[line])).exits(0);
            let (record, tag) = split(outcome.lines()[0]);
            assert_eq!(&record, line, "{name}");
            if instant == "-" {
                assert_eq!(member(&tag, "verdict"), "undecided", "{name}");
                assert_eq!(member(&tag, "reason"), "no_event_time", "{name}");
                assert!(member(&tag, "local_time").is_null(), "{name}: {tag}");
            } else {
                assert_eq!(instant, "2026-11-24T03:12:44Z");
                assert_eq!(member(&tag, "verdict"), "inside", "{name}");
                let local = member(&tag, "local_time");
                let local = local.as_str().unwrap();
                let at = local.starts_with("2026-11-23T22:12:44") && local.ends_with("-05:00");
                assert!(at, "{name}: {local}");
            }
        }
    }
}

#[test]
fn a_time_that_cannot_be_read_is_forwarded_whatever_the_hours() {
    let rows = table::<2>("event-times.tsv");
    let outcome = run(&["--hours", "24/7"], &bytes("event-times.ndjson")).exits(0);
    let undecided: Vec<String> = lines("event-times.ndjson")
        .into_iter()
        .zip(rows)
        .filter(|(_, [_, instant])| instant == "-")
        .map(|(line, _)| String::from_utf8(line).unwrap())
        .collect();
    assert_eq!(untagged(&outcome.lines()), undecided);
}

#[test]
fn the_tag_of_a_record_without_a_time_has_every_key() {
    let record = sign_in_at("redacted");
    let outcome = run(&["--hours", "24/7", "--tz", "Europe/Berlin"], &stream(&[record])).exits(0);
    let tag = split(outcome.lines()[0]).1;
    assert_eq!(
        tag,
        concat!(
            r#"{"verdict":"undecided","reason":"no_event_time","severity":"low","schedule":"default","rule":null,"#,
            r#""local_time":null,"time_zone":"Europe/Berlin","outcome":"success","mfa":false,"person":"anaya","role":null}"#
        )
    );
}

/// Runs a `broken/` fixture: `before` and `after` must come out unchanged, and between them a line
/// about `middle`.
#[track_caller]
fn broken(name: &str, args: &[&str]) -> Outcome {
    let outcome = run(args, &bytes(&format!("broken/{name}.ndjson")));
    let out = outcome.lines();
    assert_eq!(out.len(), 3, "{name}: {}", String::from_utf8_lossy(&outcome.stdout));
    let whole = broken_lines(name);
    for (at, neighbour) in [(0, "before"), (2, "after")] {
        assert_eq!(split(out[at]).0, whole[at], "{name}: {neighbour} comes out untouched");
    }
    assert!(String::from_utf8_lossy(out[1]).contains("middle"), "{name}");
    outcome
}

/// The three lines of a broken fixture; the middle one contains no newline.
pub(crate) fn broken_lines(name: &str) -> Vec<Vec<u8>> {
    lines(&format!("broken/{name}.ndjson"))
}

/// The `raw` text of a line forwarded as unreadable. Checks every byte before it.
#[track_caller]
pub(crate) fn unreadable(line: &[u8], name: &str, line_number: usize) -> String {
    let text = std::str::from_utf8(line).expect("an unreadable line is wrapped in good UTF-8");
    let opening = format!(r#"{{"{name}":{{"verdict":"undecided","reason":"unreadable","error":""#);
    assert!(text.starts_with(&opening), "opens as documented: {text}");
    let value: serde_json::Value =
        serde_json::from_str(text).expect("an unreadable line is wrapped in good JSON");
    assert!(!value[name]["error"].as_str().unwrap().is_empty(), "names the error: {text}");
    assert_eq!(value[name]["line_number"], line_number, "{text}");
    let raw = value["raw"].as_str().expect("raw is text").to_owned();
    let closing =
        format!(r#","line_number":{line_number}}},"raw":{}}}"#, serde_json::to_string(&raw).unwrap());
    let same =
        text.ends_with(&closing) || text.contains(&format!(r#","line_number":{line_number}}},"raw":""#));
    assert!(same, "closes as documented: {text}");
    raw
}

const UNREADABLE: [&str; 6] =
    ["truncated", "nul-in-text", "control-char", "bad-escape", "single-quotes", "trailing-comma"];

#[test]
fn an_unparsable_line_that_may_be_a_sign_in_is_forwarded_as_text() {
    for name in UNREADABLE {
        for args in [with(&[]), with(&["--exhaustive"])] {
            let outcome = broken(name, &args).exits(1);
            let raw = unreadable(outcome.lines()[1], "after_hours", 2);
            assert_eq!(raw.as_bytes(), broken_lines(name)[1], "{name}: the whole line is there");
        }
    }
}

#[test]
fn an_unreadable_line_is_reported_and_counted_on_stderr() {
    for name in UNREADABLE {
        let outcome = broken(name, &with(&[])).exits(1);
        assert!(outcome.stderr.contains("afterhours"), "{name}: who: {}", outcome.stderr);
        assert!(outcome.stderr.contains('2'), "{name}: where: {}", outcome.stderr);
        assert!(outcome.stderr.contains('1'), "{name}: how many: {}", outcome.stderr);
    }
}

#[test]
fn an_unreadable_line_of_a_file_is_reported_with_the_file_name() {
    let mut command = program(&NEVER_OPEN);
    command.arg(path("broken/truncated.ndjson"));
    let outcome = run_command(command, b"").exits(1);
    assert!(outcome.stderr.contains("truncated.ndjson"), "{}", outcome.stderr);
    unreadable(outcome.lines()[1], "after_hours", 2);
}

#[test]
fn hostile_bytes_of_an_unreadable_line_do_not_reach_the_terminal() {
    let outcome = broken("control-char", &with(&[]));
    assert!(!outcome.stderr.contains(['\x1b', '\x07']), "{:?}", outcome.stderr);
}

#[test]
fn an_unreadable_line_takes_the_tags_name() {
    let outcome = run(&with(&["--tag", "seen"]), &bytes("broken/truncated.ndjson")).exits(1);
    unreadable(outcome.lines()[1], "seen", 2);
}

#[test]
fn a_record_truncated_inside_its_envelope_is_forwarded_undecided() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        broken("truncated-in-envelope", &args).exits(1);
    }
}

#[test]
fn the_tail_of_a_truncated_record_is_forwarded_undecided_bare_or_in_an_envelope() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let tail = &record[record.find("\"eventSource\"").unwrap() + 3..];
    let enveloped = format!("{{\"log\":{}}}", serde_json::to_string(tail).unwrap());
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = run(&args, &stream(&[tail, &enveloped])).exits(1);
        let raws = [1, 2].map(|line| unreadable(outcome.lines()[line - 1], "after_hours", line));
        assert_eq!(raws, [tail, &enveloped]);
    }
}

#[test]
fn an_unreadable_record_of_a_container_is_reported_with_the_line_of_the_container() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let bad = record.replace("\"us-east-1\"", "'us-east-1'");
    let lines = [
        fixtures::api_call(1),
        format!("{{\"Records\":[{record},{bad},{record}]}}"),
        format!("[{record},{record}]"),
        bad.clone(),
    ];
    let outcome = run(&with(&[]), &stream(&lines)).exits(1);
    let (reported, good): (Vec<&[u8]>, Vec<&[u8]>) =
        outcome.lines().into_iter().partition(|line| split_named(line, "after_hours").is_none());
    assert_eq!(untagged(&good), vec![record; 4]);
    let [first, last] = reported[..] else {
        panic!("two undecided lines: {}", String::from_utf8_lossy(&outcome.stdout))
    };
    assert!(unreadable(first, "after_hours", 2).contains(&bad));
    assert_eq!(unreadable(last, "after_hours", 4), bad);
}

#[test]
fn a_damaged_container_gives_its_complete_sign_ins_and_is_reported() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    for (what, line) in [
        ("its last brace is missing", format!("{{\"Records\":[{record}]")),
        ("its last bracket is missing", format!("[{record},{}", fixtures::api_call(1))),
        ("it ends behind a comma", format!("{{\"Records\":[{record},")),
        (
            "it ends inside another event",
            format!("{{\"Records\":[{record},{}", &fixtures::api_call(1)[..300]),
        ),
        ("text follows it", format!("[{record}] trailing")),
    ] {
        for args in [with(&[]), with(&["--exhaustive"])] {
            let outcome = run(&args, &stream(&[&line, &record]));
            let good: Vec<&[u8]> = outcome
                .lines()
                .into_iter()
                .filter(|line| split_named(line, "after_hours").is_some())
                .collect();
            // Complete records may come out one by one, or the whole line as unreadable text; the
            // next line is unchanged.
            let lines = outcome.lines();
            let reported = good.len() == 2 || String::from_utf8_lossy(lines[0]).contains("unreadable");
            assert!(
                reported && good.last().is_some_and(|last| split(last).0 == record.as_bytes()),
                "{what} {args:?}"
            );
            assert_eq!(
                outcome.status.code(),
                Some(1),
                "{what} {args:?}: it is not whole; stderr: {}",
                outcome.stderr
            );
            assert!(outcome.stderr.contains("stdin:1"), "{what} {args:?}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_truncated_first_line_that_looks_like_a_document_hides_nothing_after_it() {
    let call = fixtures::api_call(1);
    let truncated = text(broken_lines("truncated").remove(1));
    let records: Vec<String> =
        (0..500).map(|number| sign_in(&format!("{number}"), "2026-11-24T03:12:44Z", "curl/8.17.0")).collect();
    for first in [
        "[",
        "{",
        "{\"Records\":[",
        "{\"Records\": [",
        &format!("[{call},"),
        &format!("{{\"Records\":[{call},"),
        "[[",
    ] {
        for second in [truncated.as_str(), "\"", "}", "]", "]}", "}}", "hello", call.as_str()] {
            let all: Vec<&str> =
                [first, second].into_iter().chain(records.iter().map(String::as_str)).collect();
            let outcome = run(&with(&[]), &stream(&all));
            let out = outcome.lines().into_iter().filter_map(|line| split_named(line, "after_hours"));
            let out: Vec<String> = out.map(|(record, _)| text(record)).collect();
            let lost = records.iter().filter(|record| !out.contains(record)).count();
            assert_eq!(
                lost, 0,
                "of 500 sign-ins behind {first:.40?} and {second:.40?}; stderr: {}",
                outcome.stderr
            );
            assert!(matches!(outcome.status.code(), Some(0 | 1)), "{}", outcome.status);
        }
    }
}

#[test]
fn zero_bytes_before_a_record_do_not_hide_it() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        broken("nul-bytes-before", &args);
    }
}

#[test]
fn a_lone_surrogate_does_not_hide_a_sign_in() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        broken("lone-surrogate", &args);
    }
}

#[test]
fn invalid_utf8_is_evaluated_and_forwarded_unchanged() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = broken("invalid-utf8", &args).exits(0);
        let (record, tag) = split(outcome.lines()[1]);
        assert_eq!(record, broken_lines("invalid-utf8")[1]);
        assert_eq!(member(&tag, "local_time").as_str().unwrap()[..19], *"2026-11-24T03:30:00");
    }
}

#[test]
fn an_unreadable_line_with_invalid_utf8_is_forwarded_as_valid_utf8() {
    let mut line = broken_lines("invalid-utf8")[1].clone();
    line.pop();
    let outcome = run(&with(&[]), &stream(&[line])).exits(1);
    let raw = unreadable(outcome.lines()[0], "after_hours", 1);
    assert!(raw.contains("middle") && raw.contains('\u{fffd}'), "{raw}");
}

#[test]
fn unreadable_drop_counts_the_line_and_forwards_nothing() {
    for name in UNREADABLE {
        let outcome =
            run(&with(&["--unreadable", "drop"]), &bytes(&format!("broken/{name}.ndjson"))).exits(1);
        let whole =
            broken_lines(name).into_iter().map(|line| String::from_utf8(line).unwrap()).collect::<Vec<_>>();
        assert_eq!(untagged(&outcome.lines()), [whole[0].as_str(), whole[2].as_str()], "{name}");
        assert!(outcome.stderr.contains('1'), "{name}: counted: {}", outcome.stderr);
    }
}

#[test]
fn unreadable_forward_is_the_default() {
    for name in UNREADABLE {
        let default = run(&with(&[]), &bytes(&format!("broken/{name}.ndjson")));
        let asked = run(&with(&["--unreadable", "forward"]), &bytes(&format!("broken/{name}.ndjson")));
        assert_eq!(default.lines().len(), 3, "{name}");
        assert_eq!(asked.stdout, default.stdout, "{name}");
        assert_eq!(asked.status, default.status, "{name}");
    }
}

#[test]
fn unreadable_stop_writes_what_came_before_and_ends() {
    for name in UNREADABLE {
        let outcome =
            run(&with(&["--unreadable", "stop"]), &bytes(&format!("broken/{name}.ndjson"))).exits(2);
        let before = String::from_utf8(broken_lines(name).remove(0)).unwrap();
        let records: Vec<String> = outcome
            .lines()
            .iter()
            .filter_map(|line| split_named(line, "after_hours"))
            .map(|(record, _)| text(record))
            .collect();
        assert_eq!(records, [before], "{name}");
        assert!(outcome.stderr.contains('2'), "{name}: where: {}", outcome.stderr);
    }
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn many_unreadable_lines_are_counted_and_do_not_flood_stderr() {
    let truncated = broken_lines("truncated").remove(1);
    let outcome = run(&with(&[]), &stream(&vec![truncated; 3000])).exits(1);
    assert_eq!(outcome.lines().len(), 3000);
    let messages = outcome.stderr.lines().count();
    assert!(messages <= 100, "{messages} lines on stderr");
    let digits: String = outcome.stderr.chars().filter(|c| !matches!(c, ',' | '_' | '\'')).collect();
    assert!(digits.contains("3000"), "{}", outcome.stderr);
}
