//! Bad input and doubt: what cannot be read is forwarded and said, never swallowed, and its neighbours never suffer.

use std::process::Command;

use crate::fixtures::{self, bytes, lines, path, sign_in, sign_in_at, stream, table};
use crate::harness::{Outcome, program, run, run_command};
use crate::tag::{member, split, split_named, untagged};

const NEVER_OPEN: [&str; 2] = ["--hours", "off"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--hours", "off", "--tz", "UTC"], more].concat()
}

#[test]
fn event_times_are_read_in_every_spelling_met_and_in_doubt_forwarded() {
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
fn the_tag_of_a_record_without_a_time_has_every_key_in_its_place() {
    let record = sign_in_at("redacted");
    let outcome = run(&["--hours", "24/7", "--tz", "Europe/Berlin"], &stream(&[record])).exits(0);
    let tag = split(outcome.lines()[0]).1;
    assert_eq!(
        tag,
        concat!(
            r#"{"verdict":"undecided","reason":"no_event_time","severity":"low","schedule":"default","rule":null,"#,
            r#""local_time":null,"time_zone":"Europe/Berlin","outcome":"success","mfa":false}"#
        )
    );
}

/// What a `broken/` fixture must become: `before`, something about `middle`, `after`.
#[track_caller]
fn broken(name: &str, args: &[&str]) -> Outcome {
    let outcome = run(args, &bytes(&format!("broken/{name}.ndjson")));
    let out = outcome.lines();
    assert_eq!(out.len(), 3, "{name}: {}", String::from_utf8_lossy(&outcome.stdout));
    let whole = lines_of(name);
    for (at, neighbour) in [(0, "before"), (2, "after")] {
        assert_eq!(split(out[at]).0, whole[at], "{name}: {neighbour} comes out untouched");
    }
    assert!(String::from_utf8_lossy(out[1]).contains("middle"), "{name}");
    outcome
}

/// The three lines of a broken fixture; the middle one holds no newline.
fn lines_of(name: &str) -> Vec<Vec<u8>> {
    lines(&format!("broken/{name}.ndjson"))
}

/// The `raw` text of a line forwarded because it could not be read; everything before it is checked to the byte.
#[track_caller]
fn unreadable(line: &[u8], name: &str, line_number: usize) -> String {
    let text = std::str::from_utf8(line).expect("an unreadable line is wrapped in good UTF-8");
    let opening = format!(r#"{{"{name}":{{"verdict":"undecided","reason":"unreadable","error":""#);
    assert!(text.starts_with(&opening), "opens as the contract says: {text}");
    let value: serde_json::Value =
        serde_json::from_str(text).expect("an unreadable line is wrapped in good JSON");
    assert!(!value[name]["error"].as_str().unwrap().is_empty(), "says what is wrong: {text}");
    assert_eq!(value[name]["line_number"], line_number, "{text}");
    let raw = value["raw"].as_str().expect("raw is text").to_owned();
    let closing =
        format!(r#","line_number":{line_number}}},"raw":{}}}"#, serde_json::to_string(&raw).unwrap());
    let same =
        text.ends_with(&closing) || text.contains(&format!(r#","line_number":{line_number}}},"raw":""#));
    assert!(same, "closes as the contract says: {text}");
    raw
}

const UNREADABLE: [&str; 8] = [
    "torn",
    "two-on-a-line",
    "text-after-record",
    "nul-in-text",
    "control-char",
    "bad-escape",
    "single-quotes",
    "trailing-comma",
];

#[test]
fn a_line_that_cannot_be_parsed_and_may_be_a_sign_in_is_forwarded_as_text() {
    for name in UNREADABLE {
        for args in [with(&[]), with(&["--exhaustive"])] {
            let outcome = broken(name, &args).exits(1);
            let raw = unreadable(outcome.lines()[1], "after_hours", 2);
            assert_eq!(raw.as_bytes(), lines_of(name)[1], "{name}: the whole line is there");
        }
    }
}

#[test]
fn an_unreadable_line_is_said_and_counted_on_stderr() {
    for name in UNREADABLE {
        let outcome = broken(name, &with(&[])).exits(1);
        assert!(outcome.stderr.contains("afterhours"), "{name}: who: {}", outcome.stderr);
        assert!(outcome.stderr.contains('2'), "{name}: where: {}", outcome.stderr);
        assert!(outcome.stderr.contains('1'), "{name}: how many: {}", outcome.stderr);
    }
}

#[test]
fn an_unreadable_line_of_a_file_is_said_with_the_files_name() {
    let mut command = program(&NEVER_OPEN);
    command.arg(path("broken/torn.ndjson"));
    let outcome = run_command(command, b"").exits(1);
    assert!(outcome.stderr.contains("torn.ndjson"), "{}", outcome.stderr);
    unreadable(outcome.lines()[1], "after_hours", 2);
}

#[test]
fn hostile_bytes_of_an_unreadable_line_do_not_reach_the_terminal() {
    let outcome = broken("control-char", &with(&[]));
    assert!(!outcome.stderr.contains(['\x1b', '\x07']), "{:?}", outcome.stderr);
}

#[test]
fn an_unreadable_line_takes_the_tags_name() {
    let outcome = run(&with(&["--tag", "seen"]), &bytes("broken/torn.ndjson")).exits(1);
    unreadable(outcome.lines()[1], "seen", 2);
}

#[test]
fn a_record_torn_inside_its_wrapper_is_forwarded_in_doubt() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        broken("torn-in-wrapper", &args).exits(1);
    }
}

#[test]
fn the_tail_of_a_torn_record_is_forwarded_in_doubt_bare_or_wrapped() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let tail = &record[record.find("\"eventSource\"").unwrap() + 3..];
    let wrapped = format!("{{\"log\":{}}}", serde_json::to_string(tail).unwrap());
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = run(&args, &stream(&[tail, &wrapped])).exits(1);
        let raws = [1, 2].map(|line| unreadable(outcome.lines()[line - 1], "after_hours", line));
        assert_eq!(raws, [tail, &wrapped]);
    }
}

#[test]
fn an_unreadable_record_of_a_container_is_told_by_the_containers_line() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let bad = record.replace("\"us-east-1\"", "'us-east-1'");
    let lines = [
        fixtures::api_call(1),
        format!("{{\"Records\":[{record},{bad},{record}]}}"),
        format!("[{record},{record}]"),
        bad.clone(),
    ];
    let outcome = run(&with(&[]), &stream(&lines)).exits(1);
    let (told, good): (Vec<&[u8]>, Vec<&[u8]>) =
        outcome.lines().into_iter().partition(|line| split_named(line, "after_hours").is_none());
    assert_eq!(untagged(&good), vec![record; 4]);
    let [first, last] = told[..] else {
        panic!("two lines in doubt: {}", String::from_utf8_lossy(&outcome.stdout))
    };
    assert!(unreadable(first, "after_hours", 2).contains(&bad));
    assert_eq!(unreadable(last, "after_hours", 4), bad);
}

#[test]
fn a_damaged_container_gives_its_whole_sign_ins_and_is_told() {
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
            // Whole records may come out one by one, or the whole line as unreadable text; the next line is untouched.
            let lines = outcome.lines();
            let told = good.len() == 2 || String::from_utf8_lossy(lines[0]).contains("unreadable");
            assert!(
                told && good.last().is_some_and(|last| split(last).0 == record.as_bytes()),
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
fn a_torn_first_line_that_looks_like_the_beginning_of_a_document_hides_nothing_behind_it() {
    let call = fixtures::api_call(1);
    let torn = text(lines_of("torn").remove(1));
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
        for second in [torn.as_str(), "\"", "}", "]", "]}", "}}", "hello", call.as_str()] {
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
fn bytes_that_are_no_utf8_are_judged_and_forwarded_as_they_came() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = broken("invalid-utf8", &args).exits(0);
        let (record, tag) = split(outcome.lines()[1]);
        assert_eq!(record, lines_of("invalid-utf8")[1]);
        assert_eq!(member(&tag, "local_time").as_str().unwrap()[..19], *"2026-11-24T03:30:00");
    }
}

#[test]
fn an_unreadable_line_with_bytes_that_are_no_utf8_is_forwarded_as_good_utf8() {
    let mut line = lines_of("invalid-utf8")[1].clone();
    line.pop();
    let outcome = run(&with(&[]), &stream(&[line])).exits(1);
    let raw = unreadable(outcome.lines()[0], "after_hours", 1);
    assert!(raw.contains("middle") && raw.contains('\u{fffd}'), "{raw}");
}

#[test]
fn unreadable_drop_forwards_nothing_of_it_but_counts_it() {
    for name in UNREADABLE {
        let outcome =
            run(&with(&["--unreadable", "drop"]), &bytes(&format!("broken/{name}.ndjson"))).exits(1);
        let whole =
            lines_of(name).into_iter().map(|line| String::from_utf8(line).unwrap()).collect::<Vec<_>>();
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
fn unreadable_stop_ends_there_with_what_came_before_written() {
    for name in UNREADABLE {
        let outcome =
            run(&with(&["--unreadable", "stop"]), &bytes(&format!("broken/{name}.ndjson"))).exits(2);
        let before = String::from_utf8(lines_of(name).remove(0)).unwrap();
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

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_flood_of_unreadable_lines_is_counted_and_does_not_flood_stderr() {
    let torn = lines_of("torn").remove(1);
    let outcome = run(&with(&[]), &stream(&vec![torn; 3000])).exits(1);
    assert_eq!(outcome.lines().len(), 3000);
    let said = outcome.stderr.lines().count();
    assert!(said <= 100, "{said} lines on stderr");
    let digits: String = outcome.stderr.chars().filter(|c| !matches!(c, ',' | '_' | '\'')).collect();
    assert!(digits.contains("3000"), "{}", outcome.stderr);
}

#[test]
fn text_that_is_no_json_and_no_sign_in_is_left_out() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let prose = [
        "hello world",
        "2026-11-24 ConsoleLogin by anaya",
        "<13>Nov 24 03:12:44 host app: signin.amazonaws.com",
    ];
    let lines: Vec<&str> = prose.into_iter().chain([record.as_str()]).collect();
    let outcome = run(&with(&[]), &stream(&lines));
    assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
}

#[test]
fn empty_and_blank_lines_are_nothing() {
    let outcome = run(&with(&[]), &bytes("envelopes/empty-lines.ndjson")).exits(0);
    assert_eq!(outcome.lines().len(), 2);
    assert_eq!(outcome.stderr, "");
    let outcome = run(&with(&["--exhaustive"]), &bytes("envelopes/empty-lines.ndjson")).exits(0);
    assert_eq!(outcome.lines().len(), 2);
    for nothing in ["", "\n", "\n\n\n", "\r\n", " ", "\u{feff}", "\u{feff}\n"] {
        let outcome = run(&with(&[]), nothing.as_bytes()).exits(0);
        assert_eq!((&*outcome.stdout, &*outcome.stderr), (&b""[..], ""), "{nothing:?}");
    }
}

#[test]
fn blank_lines_count_when_a_line_number_is_told() {
    let torn = text(lines_of("torn").remove(1));
    let outcome = run(&with(&[]), format!("\n\r\n{}\n\n{torn}\n", fixtures::api_call(1)).as_bytes()).exits(1);
    unreadable(outcome.lines()[0], "after_hours", 5);
}

#[test]
fn line_numbers_are_right_far_into_a_stream() {
    let torn = lines_of("torn").remove(1);
    let mut lines: Vec<Vec<u8>> = (0..5000).map(|n| fixtures::api_call(n).into_bytes()).collect();
    lines.push(torn.clone());
    lines.extend((0..2000).map(|n| fixtures::api_call(n).into_bytes()));
    lines.push(torn);
    let outcome = run(&with(&[]), &stream(&lines)).exits(1);
    unreadable(outcome.lines()[0], "after_hours", 5001);
    unreadable(outcome.lines()[1], "after_hours", 7002);
}

#[test]
fn carriage_returns_and_a_byte_order_mark_are_no_part_of_a_record() {
    let plain = run(&with(&[]), &stream(&three_lines())).exits(0);
    assert_eq!(plain.lines().len(), 2);
    for name in ["crlf", "bom"] {
        for args in [with(&[]), with(&["--exhaustive"])] {
            let outcome = run(&args, &bytes(&format!("envelopes/{name}.ndjson"))).exits(0);
            let records: Vec<Vec<u8>> = outcome
                .lines()
                .iter()
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
                .collect();
            assert_eq!(records, plain.lines(), "{name} {args:?}");
            assert_eq!(outcome.stderr, "", "{name}");
        }
    }
}

/// The lines of `crlf.ndjson` as they are without carriage returns.
fn three_lines() -> Vec<Vec<u8>> {
    lines("envelopes/crlf.ndjson")
        .into_iter()
        .map(|line| line.strip_suffix(b"\r").unwrap().to_vec())
        .collect()
}

#[test]
fn a_last_line_without_a_newline_is_a_line_and_comes_out_with_one() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = run(&args, &bytes("envelopes/no-final-newline.ndjson")).exits(0);
        let plain = three_lines();
        let wanted = [&plain[2], &plain[0]].map(|line| text(line.clone()));
        assert_eq!(untagged(&outcome.lines()), wanted);
    }
}

#[test]
fn a_file_of_every_form_is_read_the_same_by_path() {
    for name in ["crlf.ndjson", "bom.ndjson", "no-final-newline.ndjson", "empty-lines.ndjson"] {
        let piped = run(&with(&[]), &bytes(&format!("envelopes/{name}"))).exits(0);
        let mut command = program(&with(&[]));
        command.arg(path(&format!("envelopes/{name}")));
        let by_path = run_command(command, b"").exits(0);
        assert_eq!(by_path.lines().len(), 2, "{name}");
        assert_eq!(by_path.stdout, piped.stdout, "{name}");
    }
}

/// A sign-in of exactly `length` bytes.
fn long_sign_in(length: usize) -> String {
    let short = sign_in("long", "2026-11-24T03:12:44Z", "");
    let record = sign_in("long", "2026-11-24T03:12:44Z", &"x".repeat(length - short.len()));
    assert_eq!(record.len(), length);
    record
}

/// Runs `middle` between two good sign-ins with lines of 64 KiB at most; the neighbours must come out untouched and
/// whatever else comes out must say that it is in doubt.
#[track_caller]
fn over_long(middle: &[u8], more: &[&str]) -> Outcome {
    let [before, after] =
        ["before", "after"].map(|user| sign_in(user, "2026-11-24T03:12:44Z", "curl/8.17.0"));
    let input = stream(&[before.as_bytes(), middle, after.as_bytes()]);
    let outcome = run(&[&with(&["--max-line", "64K"]), more].concat(), &input);
    let (doubtful, good): (Vec<&[u8]>, Vec<&[u8]>) =
        outcome.lines().into_iter().partition(|line| split_named(line, "after_hours").is_none());
    assert_eq!(untagged(&good), [before, after]);
    for line in doubtful {
        let value: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(value["after_hours"]["verdict"], "undecided");
    }
    outcome
}

#[test]
fn a_line_over_the_limit_is_skipped_and_reported_when_it_may_hold_a_sign_in() {
    for length in [70_000, 300_000, 3_000_000, 20_000_000] {
        for exhaustive in [&[][..], &["--exhaustive"]] {
            let outcome = over_long(long_sign_in(length).as_bytes(), exhaustive).exits(1);
            assert!(outcome.stderr.contains('2'), "{length}: says which line: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_sign_in_far_behind_the_limit_of_its_line_is_reported_too() {
    for padding in [65_530, 66_000, 262_130, 262_150, 1_000_000, 1_048_570, 5_000_000] {
        let record = sign_in("long", "2026-11-24T03:12:44Z", "curl/8.17.0");
        let line = record.replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(padding)), 1);
        let outcome = over_long(line.as_bytes(), &[]).exits(1);
        assert!(outcome.stderr.contains('2'), "{padding}: {}", outcome.stderr);
    }
}

#[test]
fn an_over_long_line_that_holds_no_sign_in_disturbs_nobody_and_is_counted() {
    let line = fixtures::api_call(1).replace("\"x", &format!("\"{}", "x".repeat(500_000)));
    let outcome = over_long(line.as_bytes(), &["--stats"]);
    assert_eq!(outcome.lines().len(), 2);
    assert!(outcome.stderr.contains('1'), "{}", outcome.stderr);
}

#[test]
fn a_line_of_just_the_limit_is_read() {
    let record = long_sign_in(65_536);
    for args in [with(&["--max-line", "64K"]), with(&["--max-line", "65536"])] {
        let outcome = run(&args, &stream(&[&record])).exits(0);
        assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    }
    run(&with(&["--max-line", "64K"]), &stream(&[long_sign_in(65_538)])).exits(1);
}

#[test]
fn lines_of_megabytes_are_read_by_default() {
    let lines = [long_sign_in(1_000_000), sign_in_at("2026-11-24T03:12:44Z"), long_sign_in(15_000_000)];
    let outcome = run(&with(&[]), &stream(&lines)).exits(0);
    assert!(untagged(&outcome.lines()) == lines, "three records, unchanged");
}

#[test]
fn an_over_long_line_that_never_ends_is_reported() {
    let line = long_sign_in(400_000);
    let outcome = run(&with(&["--max-line", "64K"]), &line.as_bytes()[..399_990]).exits(1);
    assert!(!outcome.stderr.is_empty());
}

#[test]
fn after_an_over_long_line_line_numbers_go_on_right() {
    let torn = text(lines_of("torn").remove(1));
    let lines = [long_sign_in(200_000), fixtures::api_call(1), torn];
    let outcome = run(&with(&["--max-line", "64K"]), &stream(&lines)).exits(1);
    unreadable(outcome.lines().last().unwrap(), "after_hours", 3);
}

#[test]
fn deep_nesting_neither_crashes_nor_hides_a_sign_in() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    for depth in [60, 127, 500, 20_000, 200_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let line = record.replacen('{', &format!("{{\"deep\":{deep},"), 1);
        for more in [&[][..], &["--exhaustive"]] {
            let outcome = run(&with(more), &stream(&[&record, &line, &record]));
            let code = outcome.status.code();
            assert!(
                matches!(code, Some(0 | 1)),
                "{depth} {more:?}: {:?}\n{}",
                outcome.status,
                outcome.stderr
            );
            assert_eq!(outcome.lines().len(), 3, "{depth} {more:?}: forwarded, judged or in doubt");
        }
        let objects = format!("{}0{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let outcome = run(&with(&[]), &stream(&[&record, &objects, &record]));
        assert!(matches!(outcome.status.code(), Some(0 | 1)), "{depth}: {:?}", outcome.status);
        assert_eq!(outcome.lines().len(), 2, "{depth}: nothing of a sign-in in it");
    }
}

#[test]
fn a_missing_file_is_named_and_nothing_starts() {
    let outcome = run(&with(&["no-such-file.ndjson"]), b"").exits(2);
    assert!(outcome.stderr.contains("no-such-file.ndjson"), "{}", outcome.stderr);
    assert!(outcome.stdout.is_empty());
}

#[test]
fn a_missing_file_among_others_is_named_and_never_passes_for_success() {
    let mut command = program(&with(&["no-such-file.ndjson"]));
    command.arg(path("envelopes/array.json"));
    let outcome = run_command(command, b"");
    assert!(matches!(outcome.status.code(), Some(1 | 2)), "{}", outcome.status);
    assert!(outcome.stderr.contains("no-such-file.ndjson"), "{}", outcome.stderr);
}

#[test]
fn a_folder_is_read_or_refused_by_name_and_never_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ndjson"), stream(&[sign_in_at("2026-11-24T03:12:44Z")])).unwrap();
    let mut command: Command = program(&with(&[]));
    command.arg(folder.path());
    let outcome = run_command(command, b"");
    match outcome.status.code() {
        Some(0) => assert_eq!(outcome.lines().len(), 1),
        _ => {
            let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
            let outcome = outcome.exits(2);
            assert!(outcome.stderr.contains(&name), "{}", outcome.stderr);
        }
    }
}

#[test]
fn statistics_as_json_are_one_json_object_on_stderr_with_the_counts() {
    let torn = text(lines_of("torn").remove(1));
    let lines: Vec<String> = (0..17)
        .map(fixtures::api_call)
        .chain((0..5).map(|second| sign_in_at(&format!("2026-11-24T03:12:4{second}Z"))))
        .chain((0..3).map(|second| sign_in_at(&format!("2026-11-24T12:00:0{second}Z"))))
        .chain([torn.clone(), torn])
        .collect();
    let args = ["--hours", "Mo-Fr 09:00-17:00", "--tz", "UTC", "--stats=json"];
    let outcome = run(&args, &stream(&lines)).exits(1);
    let objects: Vec<serde_json::Map<String, serde_json::Value>> =
        outcome.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let [object] = &objects[..] else { panic!("one JSON object on stderr:\n{}", outcome.stderr) };
    let mut numbers = Vec::new();
    numbers_in(&serde_json::Value::Object(object.clone()), &mut numbers);
    for (what, count) in [("lines", 27), ("outside hours", 5), ("unreadable", 2), ("inside hours", 3)] {
        assert!(numbers.contains(&count), "{what}: {count} in {object:?}");
    }
}

/// Every whole number in a value, however deep.
fn numbers_in(value: &serde_json::Value, found: &mut Vec<u64>) {
    match value {
        serde_json::Value::Object(members) => members.values().for_each(|value| numbers_in(value, found)),
        serde_json::Value::Array(items) => items.iter().for_each(|value| numbers_in(value, found)),
        other => found.extend(other.as_u64()),
    }
}

#[test]
fn statistics_for_people_hold_the_counts() {
    let lines: Vec<String> =
        (0..41).map(fixtures::api_call).chain([sign_in_at("2026-11-24T03:12:44Z")]).collect();
    let outcome = run(&with(&["--stats"]), &stream(&lines)).exits(0);
    assert!(outcome.stderr.contains("42"), "{}", outcome.stderr);
    assert_eq!(outcome.lines().len(), 1, "stdout holds records only");
}
