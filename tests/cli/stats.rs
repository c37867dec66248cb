//! The counts at the end of a run, `--stats`.

use kit::fixtures::{self, sign_in_at, stream};

use crate::harness::run;
use crate::undecided::{broken_lines, text, with};

#[test]
fn statistics_as_json_are_one_json_object_on_stderr_with_the_counts() {
    let truncated = text(broken_lines("truncated").remove(1));
    let lines: Vec<String> = (0..17)
        .map(fixtures::api_call)
        .chain((0..5).map(|second| sign_in_at(&format!("2026-11-24T03:12:4{second}Z"))))
        .chain((0..3).map(|second| sign_in_at(&format!("2026-11-24T12:00:0{second}Z"))))
        .chain([truncated.clone(), truncated])
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
fn statistics_as_text_hold_the_counts() {
    let lines: Vec<String> =
        (0..41).map(fixtures::api_call).chain([sign_in_at("2026-11-24T03:12:44Z")]).collect();
    let outcome = run(&with(&["--stats"]), &stream(&lines)).exits(0);
    assert!(outcome.stderr.contains("42"), "{}", outcome.stderr);
    assert_eq!(outcome.lines().len(), 1, "stdout holds records only");
}
