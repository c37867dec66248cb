//! --since and --until: the output is what a twin finds that reads every file, and files that
//! cannot hold the span are not opened.

use std::path::Path;

use serde_json::Value;

use crate::bucket::{ALWAYS, day, files, fill, records, records_of, run_on, sign_in, sign_ins, stats, write};
use crate::harness::run;

/// Whether the twin takes a sign-in: by the text of its time, which sorts like the time.
fn between(record: &Value, from: &str, to: &str) -> bool {
    let time = record["eventTime"].as_str().unwrap();
    !time.starts_with("20") || (from <= time && (to.is_empty() || time < to))
}

/// `2026/03/01/../10` is the tenth; for a link before `..`, its target counts.
#[test]
fn the_path_above_the_named_folder_does_not_set_the_date() {
    let folder = tempfile::tempdir().unwrap();
    let region = folder.path().join("AWSLogs/111122223333/CloudTrail/us-east-1");
    let record = sign_in("anaya", "1", "r", "2026-03-10T03:00:00Z");
    write(&region.join("2026/03/10/x.json"), record.as_bytes());
    write(&region.join("2026/03/01/x.json"), b"");
    std::os::unix::fs::symlink(region.join("2026/03/01"), folder.path().join("link")).unwrap();
    for path in ["2026/03/01/../10", "2026/03/01/../../../2026/03", "2026/03/01/.."] {
        assert_eq!(
            run_on(&["--since", "2026-03-10"], &[&region.join(path)]).exits(0).lines().len(),
            1,
            "{path}"
        );
    }
    let through = folder.path().join("link/../10");
    assert_eq!(run_on(&["--since", "2026-03-10"], &[&through]).exits(0).lines().len(), 1);
}

#[test]
fn since_and_until_give_what_the_twin_finds_in_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = fill(folder.path(), 120, 1);
    let all = sign_ins(&files(&root));
    assert!(all.len() > 400, "{}", all.len());
    // As options, and as the twin compares them.
    for (since, until, from, to) in [
        ("2026-03-10", "2026-03-10", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"),
        ("2026-03-31", "2026-04-30", "2026-03-31T00:00:00Z", "2026-05-01T00:00:00Z"),
        ("2026-05-05", "", "2026-05-05T00:00:00Z", ""),
        ("", "2026-04-15", "", "2026-04-16T00:00:00Z"),
        ("2026-04-01T12:00:00Z", "2026-04-02T03:30:00Z", "2026-04-01T12:00:00Z", "2026-04-02T03:30:00Z"),
        ("2026-04-01T12:00:00+02:00", "2026-04-02 03:30", "2026-04-01T10:00:00Z", "2026-04-02T03:30:00Z"),
        ("2020-01-01", "2036-01-01", "", ""),
        ("", "", "", ""),
    ] {
        let mut args = Vec::new();
        for (option, value) in [("--since", since), ("--until", until)] {
            if !value.is_empty() {
                args.extend([option, value]);
            }
        }
        for more in [&[][..], &["-j", "1"], &["--exhaustive"]] {
            let outcome = run_on(&[&args[..], more].concat(), &[&root]).exits(0);
            let found = records_of(&outcome);
            // A sign-in without a readable time is kept in every file that is read.
            let dated = |record: &&Value| record["eventTime"] != "redacted";
            let expected: Vec<&Value> =
                all.iter().filter(|record| between(record, from, to)).filter(dated).collect();
            assert_eq!(found.iter().filter(dated).collect::<Vec<_>>(), expected, "{args:?} {more:?}");
            assert!(since.is_empty() || !expected.is_empty(), "{args:?}");
        }
    }
}

#[test]
fn a_sign_in_without_a_time_is_kept_and_one_outside_the_span_passes_untagged_with_keep_all() {
    let lines = [
        sign_in("before", "1", "us-east-1", "2026-03-09T23:59:59Z"),
        sign_in("first", "2", "us-east-1", "2026-03-10T00:00:00Z"),
        sign_in("last", "3", "us-east-1", "2026-03-10T23:59:59.999Z"),
        sign_in("after", "4", "us-east-1", "2026-03-11T00:00:00Z"),
        sign_in("none", "5", "us-east-1", "the tenth"),
    ];
    let stdin = lines.join("\n") + "\n";
    let args = [&ALWAYS[..], &["--since", "2026-03-10", "--until", "2026-03-10"]].concat();
    let found = records_of(&run(&args, stdin.as_bytes()).exits(0));
    let users: Vec<_> =
        found.iter().map(|record| record["userIdentity"]["userName"].as_str().unwrap()).collect();
    assert_eq!(users, ["first", "last", "none"]);
    let all = run(&[&args[..], &["--keep", "all", "--stats=json"]].concat(), stdin.as_bytes()).exits(0);
    let kept = all.lines();
    assert_eq!((kept.len(), kept[0], kept[3]), (5, lines[0].as_bytes(), lines[3].as_bytes()));
    let stats = stats(&all);
    assert_eq!((&stats["sign_ins"], &stats["judged"]), (&5.into(), &3.into()));
}

#[test]
fn files_that_cannot_hold_the_span_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let path =
        |day: &str| root.join(format!("b/AWSLogs/o-a1b2c3/111122223333/CloudTrail/us-east-1/{day}/x.json"));
    // This would fail if it were opened.
    for day in ["2025/12/31", "2026/02/28", "2026/03/08", "2026/04/11", "2027/01/01"] {
        let path = path(day);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("nowhere", path).unwrap();
    }
    // At the ends of the margins: 31 days late, and early by a clock skew.
    for day in ["2026/03/09", "2026/03/10", "2026/04/10"] {
        write(&path(day), &records(&[sign_in(day, day, "us-east-1", "2026-03-10T12:00:00Z")]));
    }
    let span = ["--since", "2026-03-10", "--until", "2026-03-10", "--stats=json"];
    let b = root.join("b");
    let outcome = run_on(&span, &[&b]).exits(0);
    assert_eq!(records_of(&outcome).len(), 3);
    let inputs = &stats(&outcome)["inputs"];
    assert_eq!(inputs.to_string(), r#"{"complete":true,"doubtful":0,"failed":0,"passed_over":5,"read":3}"#);
    // They are skipped too when they are named, and from inside the tree as well.
    let names: Vec<_> = ["2026/02/28", "2026/03/10", "2026/04/11"].map(path).to_vec();
    let outcome = run_on(&span, &names.iter().map(|path| path.as_path()).collect::<Vec<_>>()).exits(0);
    assert_eq!(records_of(&outcome).len(), 1);
    let inside = b.join("AWSLogs/o-a1b2c3/111122223333/CloudTrail");
    let mut command = crate::bucket::program_in(&inside, &span);
    command.arg("us-east-1/2026");
    assert_eq!(records_of(&crate::harness::run_command(command, b"").exits(0)).len(), 3);
    // Without a span, all of them are missing files.
    assert_eq!(stats(&run_on(&["--stats=json"], &[&b]).exits(1))["inputs"]["failed"], 5);
    let nothing = run_on(&["--since", "2028-01-01"], &[&b]).exits(0);
    assert!(
        nothing.stderr.contains("there was nothing to read: what there is, 3 files and folders"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn digest_and_insight_folders_are_skipped_in_a_walk() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("AWSLogs/111122223333");
    let record = sign_in("anaya", "1", "us-east-1", "2026-03-10T12:00:00Z");
    write(&account.join("CloudTrail/us-east-1/2026/03/10/x.json"), &records(&[record]));
    for aside in ["CloudTrail-Digest", "CloudTrail-Insight"] {
        let path = account.join(aside).join("us-east-1/2026/03/10/x.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("nowhere", path).unwrap();
    }
    let outcome = run_on(&["--stats=json"], &[folder.path()]).exits(0);
    assert_eq!(records_of(&outcome).len(), 1);
    assert_eq!(stats(&outcome)["inputs"]["passed_over"], 2);
    // A file that is named is opened.
    let named = account.join("CloudTrail-Digest");
    assert!(run_on(&[], &[&named]).exits(1).stderr.contains("there is no such file"));
}

#[test]
fn invalid_since_and_until_are_rejected_before_anything_is_read() {
    for (args, message) in [
        (&["--since", "yesterday"][..], "2026-03-31T18:00:00Z"),
        (&["--until", "2026-02-30"], "2026-03-31"),
        (&["--since", "2026-03-10", "--until", "2026-03-09"], "--until: it is not later than --since"),
        (&["--since", "2026-03-10T12:00:00Z", "--until", "2026-03-10T12:00:00Z"], "not later than --since"),
    ] {
        let outcome = run_on(args, &[Path::new("none")]).exits(2);
        assert!(outcome.stderr.contains(message), "{args:?}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty());
    }
    let mut command = crate::harness::program(&ALWAYS);
    command.env("AFTERHOURS_SINCE", day(5).to_string());
    let lines =
        [sign_in("a", "1", "r", "2026-03-05T00:00:00Z"), sign_in("b", "2", "r", "2026-03-06T00:00:00Z")];
    let outcome = crate::harness::run_command(command, lines.join("\n").as_bytes()).exits(0);
    assert_eq!(records_of(&outcome)[0]["eventID"], "2");
}
