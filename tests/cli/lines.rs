//! What a line is: blank lines, line endings, byte order marks, a last line without its newline, lines over the limit, deep
//! nesting.

use kit::fixtures::{self, bytes, lines, path, sign_in, sign_in_at, stream};
use kit::tag::{split_named, untagged};

use crate::harness::{Outcome, program, run, run_command};
use crate::undecided::{broken_lines, text, unreadable, with};

#[test]
fn text_that_is_neither_json_nor_a_sign_in_is_dropped() {
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
fn empty_and_blank_lines_are_ignored() {
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
fn blank_lines_count_for_line_numbers() {
    let truncated = text(broken_lines("truncated").remove(1));
    let outcome =
        run(&with(&[]), format!("\n\r\n{}\n\n{truncated}\n", fixtures::api_call(1)).as_bytes()).exits(1);
    unreadable(outcome.lines()[0], "after_hours", 5);
}

#[test]
fn line_numbers_are_correct_far_into_a_stream() {
    let truncated = broken_lines("truncated").remove(1);
    let mut lines: Vec<Vec<u8>> = (0..5000).map(|n| fixtures::api_call(n).into_bytes()).collect();
    lines.push(truncated.clone());
    lines.extend((0..2000).map(|n| fixtures::api_call(n).into_bytes()));
    lines.push(truncated);
    let outcome = run(&with(&[]), &stream(&lines)).exits(1);
    unreadable(outcome.lines()[0], "after_hours", 5001);
    unreadable(outcome.lines()[1], "after_hours", 7002);
}

#[test]
fn carriage_returns_and_a_byte_order_mark_are_not_part_of_a_record() {
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
fn a_last_line_without_a_newline_is_read_and_written_with_one() {
    for args in [with(&[]), with(&["--exhaustive"])] {
        let outcome = run(&args, &bytes("envelopes/no-final-newline.ndjson")).exits(0);
        let plain = three_lines();
        let wanted = [&plain[2], &plain[0]].map(|line| text(line.clone()));
        assert_eq!(untagged(&outcome.lines()), wanted);
    }
}

#[test]
fn every_line_format_is_read_the_same_from_a_path() {
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

/// Runs `middle` between two good sign-ins with lines of 64 KiB at most. The neighbors must come
/// out unchanged, and anything else that comes out must be undecided.
#[track_caller]
fn over_long(middle: &[u8], more: &[&str]) -> Outcome {
    let [before, after] =
        ["before", "after"].map(|user| sign_in(user, "2026-11-24T03:12:44Z", "curl/8.17.0"));
    let input = stream(&[before.as_bytes(), middle, after.as_bytes()]);
    let outcome = run(&[&with(&["--max-line", "64K"]), more].concat(), &input);
    let (undecided, good): (Vec<&[u8]>, Vec<&[u8]>) =
        outcome.lines().into_iter().partition(|line| split_named(line, "after_hours").is_none());
    assert_eq!(untagged(&good), [before, after]);
    for line in undecided {
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
            assert!(outcome.stderr.contains('2'), "{length}: names the line: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_sign_in_far_past_the_line_limit_is_reported() {
    for padding in [65_530, 66_000, 262_130, 262_150, 1_000_000, 1_048_570, 5_000_000] {
        let record = sign_in("long", "2026-11-24T03:12:44Z", "curl/8.17.0");
        let line = record.replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(padding)), 1);
        let outcome = over_long(line.as_bytes(), &[]).exits(1);
        assert!(outcome.stderr.contains('2'), "{padding}: {}", outcome.stderr);
    }
}

#[test]
fn an_over_long_line_without_a_sign_in_is_skipped_and_counted() {
    let line = fixtures::api_call(1).replace("\"x", &format!("\"{}", "x".repeat(500_000)));
    let outcome = over_long(line.as_bytes(), &["--stats"]);
    assert_eq!(outcome.lines().len(), 2);
    assert!(outcome.stderr.contains('1'), "{}", outcome.stderr);
}

#[test]
fn a_line_of_exactly_the_limit_is_read() {
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
fn line_numbers_are_correct_after_an_over_long_line() {
    let truncated = text(broken_lines("truncated").remove(1));
    let lines = [long_sign_in(200_000), fixtures::api_call(1), truncated];
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
            assert_eq!(outcome.lines().len(), 3, "{depth} {more:?}: forwarded, evaluated or undecided");
        }
        let objects = format!("{}0{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let outcome = run(&with(&[]), &stream(&[&record, &objects, &record]));
        assert!(matches!(outcome.status.code(), Some(0 | 1)), "{depth}: {:?}", outcome.status);
        assert_eq!(outcome.lines().len(), 2, "{depth}: nothing of a sign-in in it");
    }
}
