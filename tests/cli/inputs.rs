//! Input files that are missing or are folders.

use std::process::Command;

use kit::fixtures::{path, sign_in_at, stream};

use crate::harness::{program, run, run_command};
use crate::undecided::with;

#[test]
fn a_missing_file_is_an_error_and_nothing_starts() {
    let outcome = run(&with(&["no-such-file.ndjson"]), b"").exits(2);
    assert!(outcome.stderr.contains("no-such-file.ndjson"), "{}", outcome.stderr);
    assert!(outcome.stdout.is_empty());
}

#[test]
fn a_missing_file_among_others_is_reported_and_fails_the_run() {
    let mut command = program(&with(&["no-such-file.ndjson"]));
    command.arg(path("envelopes/array.json"));
    let outcome = run_command(command, b"");
    assert!(matches!(outcome.status.code(), Some(1 | 2)), "{}", outcome.status);
    assert!(outcome.stderr.contains("no-such-file.ndjson"), "{}", outcome.stderr);
}

#[test]
fn a_folder_is_read_or_is_an_error_and_is_never_skipped() {
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
