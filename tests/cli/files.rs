//! Large files given as paths: however they are read (mapped, in chunks, on several cores), the
//! output is that of the same bytes on stdin.

use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use crate::harness::{
    Outcome, PATIENCE, drain, lines_of, over_files, program, run, run_command, signal, tail, wait,
};
use kit::fixtures::{api_call, bytes, lines, sign_in, sign_in_at, stream};
use kit::tag::{minified, split, split_named, untagged};

const ARGS: [&str; 4] = ["--hours", "off", "--tz", "UTC"];

#[track_caller]
fn by_path(args: &[&str], path: &Path) -> Outcome {
    let mut command = program(args);
    command.arg(path);
    run_command(command, b"")
}

/// Fails unless a file of these bytes gives what they give on stdin: lines, messages and exit code.
#[track_caller]
fn same_by_path_and_on_stdin(args: &[&str], bytes: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stdin");
    std::fs::write(&path, bytes).unwrap();
    let piped = run(args, bytes);
    let mut command = program(args);
    // In messages the file's name stands in place of stdin's.
    command.current_dir(folder.path()).arg("stdin");
    let filed = run_command(command, b"");
    let (by_path, by_pipe) = (filed.lines(), piped.lines());
    for (at, (left, right)) in by_path.iter().zip(&by_pipe).enumerate() {
        assert!(
            left == right,
            "{args:?}: output line {} by path: {}\non stdin: {}",
            at + 1,
            tail(left),
            tail(right)
        );
    }
    assert_eq!(by_path.len(), by_pipe.len(), "{args:?}");
    assert_eq!(filed.stderr, piped.stderr, "{args:?}");
    assert_eq!(filed.status, piped.status, "{args:?}");
    filed
}

/// Megabytes of lines of every kind, valid and broken, with `between` other events from one to the
/// next.
fn medley(size: usize, between: usize) -> Vec<u8> {
    let mut odd: Vec<Vec<u8>> = Vec::new();
    for name in ["shapes", "unclear", "event-times", "escaped", "decoys"] {
        odd.extend(lines(&format!("{name}.ndjson")));
    }
    for name in
        ["s3-records.json", "array.json", "cloudwatch-logs.json", "records-in-sns.json", "crlf.ndjson"]
    {
        odd.extend(lines(&format!("envelopes/{name}")));
    }
    for name in
        ["truncated", "nul-in-text", "invalid-utf8", "control-char", "nul-bytes-before", "two-on-a-line"]
    {
        odd.extend(lines(&format!("broken/{name}.ndjson")));
    }
    odd.extend([Vec::new(), b"  ".to_vec(), b"\r".to_vec(), b"no JSON".to_vec()]);
    let (mut medley, mut count) = (Vec::new(), 0);
    while medley.len() < size {
        medley.extend_from_slice(&odd[count % odd.len()]);
        medley.push(b'\n');
        for number in 0..between {
            medley.extend_from_slice(api_call(count + number).as_bytes());
            medley.push(b'\n');
        }
        // Uneven lengths, so that boundaries fall on different kinds of lines.
        medley.extend_from_slice(
            sign_in("uneven", "2026-11-24T03:12:44Z", &"u".repeat(count % 977)).as_bytes(),
        );
        medley.push(b'\n');
        count += 1;
    }
    medley
}

#[test]
fn a_large_file_of_everything_gives_what_stdin_gives() {
    for (size, between) in [(9_000_000, 0), (30_000_000, 40)] {
        let bytes = medley(size, between);
        let outcome = same_by_path_and_on_stdin(&ARGS, &bytes).exits(1);
        assert!(outcome.lines().len() > 300);
        // Without its final newline, and truncated in the middle of a line.
        same_by_path_and_on_stdin(&ARGS, bytes.strip_suffix(b"\n").unwrap());
        same_by_path_and_on_stdin(&ARGS, &bytes[..bytes.len() - 100]);
    }
}

#[test]
fn a_large_file_gives_what_stdin_gives_with_every_option() {
    let bytes = medley(9_000_000, 3);
    for more in [
        &["--exhaustive"][..],
        &["--stats", "json"],
        &["--keep", "all"],
        &["--identity", "all", "--keep", "sign-ins"],
        &["--unreadable", "drop"],
        &["--unreadable", "stop"],
        &["--max-line", "1K"],
        &["--tag", "seen", "--outcome", "failure"],
    ] {
        same_by_path_and_on_stdin(&[&ARGS[..], more].concat(), &bytes);
    }
}

#[test]
fn line_numbers_of_a_large_file_count_from_its_beginning() {
    let truncated = lines("broken/truncated.ndjson").remove(1);
    let mut all: Vec<Vec<u8>> = (0..25_000).map(|number| api_call(number).into_bytes()).collect();
    for line_number in [1, 5_000, 12_345, 24_999] {
        all[line_number - 1] = truncated.clone();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.ndjson");
    std::fs::write(&path, stream(&all)).unwrap();
    let outcome = by_path(&ARGS, &path).exits(1);
    let numbers: Vec<u64> = outcome
        .lines()
        .into_iter()
        .map(|line| serde_json::from_slice::<serde_json::Value>(line).unwrap())
        .map(|line| line["after_hours"]["line_number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 5_000, 12_345, 24_999]);
}

#[test]
fn very_long_lines_of_a_large_file_are_complete() {
    let long = |user: &str, length: usize| sign_in(user, "2026-11-24T03:12:44Z", &"x".repeat(length));
    let short = |number: usize| sign_in(&format!("short-{number}"), "2026-11-24T03:12:44Z", "curl/8.17.0");
    for long_at in [0, 5, 9_999] {
        let mut all: Vec<String> = (0..10_000).map(short).collect();
        all[long_at] = long("long", 5_000_000);
        let outcome = same_by_path_and_on_stdin(&ARGS, &stream(&all)).exits(0);
        assert!(untagged(&outcome.lines()) == all, "every line, in order, unchanged");
    }
}

#[test]
fn over_long_lines_of_a_large_file_are_reported_as_on_stdin() {
    let mut all: Vec<String> = (0..9_000).map(api_call).collect();
    for (at, length) in [(0, 400_000), (3_000, 2_500_000), (6_000, 300_000), (8_999, 4_300_000)] {
        all[at] = sign_in("long", "2026-11-24T03:12:44Z", &"x".repeat(length));
        let neighbour = if at == 8_999 { at - 1 } else { at + 1 };
        all[neighbour] = sign_in_at("2026-11-24T03:12:44Z");
    }
    let outcome =
        same_by_path_and_on_stdin(&[&ARGS[..], &["--max-line", "64K"]].concat(), &stream(&all)).exits(1);
    let tagged = outcome.lines().into_iter().filter(|line| split_named(line, "after_hours").is_some());
    assert_eq!(tagged.count(), 4, "the neighbours of the long lines");
}

#[test]
fn a_large_file_that_begins_with_a_byte_order_mark_is_read() {
    let records: Vec<String> = (0..10_000)
        .map(|number| sign_in(&format!("{number}"), "2026-11-24T03:12:44Z", "curl/8.17.0"))
        .collect();
    let bytes = [b"\xEF\xBB\xBF".to_vec(), stream(&records)].concat();
    let outcome = same_by_path_and_on_stdin(&ARGS, &bytes).exits(0);
    assert!(untagged(&outcome.lines()) == records);
}

#[test]
fn a_large_container_followed_by_lines_is_read() {
    let many: Vec<String> = (0..6_000).map(api_call).collect();
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let container = format!("{{\"Records\":[{record},{},{record}]}}", many.join(","));
    let array = format!("[{record},{},{record}]", many.join(","));
    for large in [container, array] {
        let bytes = stream(&[record.as_str(), &large, &record, &large, &record]);
        let outcome = same_by_path_and_on_stdin(&ARGS, &bytes).exits(0);
        assert_eq!(untagged(&outcome.lines()), vec![record.clone(); 7]);
    }
}

#[test]
fn a_large_pretty_printed_file_comes_out_a_record_a_line() {
    let one = String::from_utf8(bytes("envelopes/record-pretty.json")).unwrap();
    let call = api_call(1).replace(",\"", ",\n  \"");
    let mut all = Vec::new();
    for _ in 0..300 {
        all.push(one.trim_end().to_owned());
        all.extend(std::iter::repeat_n(call.clone(), 30));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pretty.json");
    for (open, close) in [("{\n  \"Records\": [\n", "\n  ]\n}\n"), ("[\n", "\n]\n")] {
        std::fs::write(&path, format!("{open}{}{close}", all.join(",\n"))).unwrap();
        let outcome = by_path(&ARGS, &path).exits(0);
        assert_eq!(outcome.lines().len(), 300);
        for line in outcome.lines() {
            assert!(minified(&split(line).0) == minified(one.as_bytes()), "{}", tail(line));
        }
    }
}

#[test]
fn several_large_files_and_stdin_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let records = |name: &str| -> Vec<String> {
        let user = |number| sign_in(&format!("{name}-{number}"), "2026-11-24T03:12:44Z", "curl/8.17.0");
        (0..15_000).map(user).collect()
    };
    let all = ["first", "second", "third"].map(records);
    std::fs::write(folder.path().join("first"), stream(&all[0])).unwrap();
    std::fs::write(folder.path().join("third"), stream(&all[2])).unwrap();
    let mut command = program(&ARGS);
    command.current_dir(folder.path()).args(["first", "-", "third"]);
    let outcome = run_command(command, &stream(&all[1])).exits(0);
    assert!(untagged(&outcome.lines()) == all.concat(), "in the order of the arguments");
}

#[test]
fn a_signal_while_a_large_file_is_read_leaves_complete_lines_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.ndjson");
    let record = |number: usize| sign_in(&format!("user-{number:08}"), "2026-11-24T03:12:44Z", "curl/8.17.0");
    std::fs::write(&path, stream(&(0..120_000).map(record).collect::<Vec<_>>())).unwrap();
    for name in ["TERM", "INT"] {
        let (mut child, mut stdout, stderr) = over_files(program(&ARGS).arg(&path));
        let mut out = Vec::new();
        stdout.read_until(b'\n', &mut out).unwrap();
        // The program blocks in a write, because nobody reads on.
        std::thread::sleep(Duration::from_millis(50));
        signal(&child, name);
        let rest = drain(stdout);
        let status = wait(&mut child, PATIENCE);
        assert_eq!(status.code(), Some(0), "{name}: {status}");
        out.extend(rest.join().unwrap());
        let records: Vec<Vec<u8>> = lines_of(&out).into_iter().map(|line| split(line).0).collect();
        assert!(
            records.iter().enumerate().all(|(number, found)| found == record(number).as_bytes()),
            "{name}"
        );
        assert!(records.len() < 120_000, "{name}: it ended early");
        let messages = "afterhours: ended by a signal; not all of the input was read\n";
        assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), messages, "{name}");
    }
}

#[test]
fn a_large_file_truncated_while_it_is_read_is_reported_and_what_was_read_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.ndjson");
    let record = |number: usize| sign_in(&format!("user-{number:08}"), "2026-11-24T03:12:44Z", "curl/8.17.0");
    let text = stream(&(0..120_000).map(record).collect::<Vec<_>>());
    // Truncated to nothing, inside the first page, on a page boundary, and far into the file.
    for left in [0, 1_000, 4_096, 30_000_000] {
        std::fs::write(&path, &text).unwrap();
        let (mut child, mut stdout, stderr) = over_files(program(&ARGS).arg(&path));
        let mut first = Vec::new();
        stdout.read_until(b'\n', &mut first).unwrap();
        assert_eq!(split(first.trim_ascii_end()).0, record(0).as_bytes());
        std::thread::sleep(Duration::from_millis(50));
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(left).unwrap();
        let rest = drain(stdout);
        let status = wait(&mut child, PATIENCE);
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
        assert!(matches!(status.code(), Some(0..=2)), "{left}: {status}\n{stderr}");
        assert!(!stderr.contains("panicked"), "{left}: {stderr}");
        let rest = rest.join().unwrap();
        let good = lines_of(&rest).into_iter().filter_map(|line| split_named(line, "after_hours"));
        let mut next = 1;
        let mut gap = false;
        for (found, _) in good {
            let found = String::from_utf8(found).unwrap();
            let number = found.split("user-").nth(1).unwrap()[..8].parse().unwrap();
            assert_eq!(found, record(number), "{left}: whole records only");
            assert!(number >= next, "{left}: in order, none twice");
            gap |= number > next;
            next = number + 1;
        }
        assert!(next < 120_000, "{left}: the file was cut in time");
        // Several cores may read at several places when the file is truncated: what lies between is
        // lost, and reported.
        let reported = status.code() != Some(0) && stderr.contains("large.ndjson");
        assert!(reported || !gap, "{left}: {status}\n{stderr}");
    }
}

#[test]
fn a_large_file_of_nul_bytes_or_newlines_is_not_an_error() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    for byte in [b'\n', b' '] {
        let bytes = [vec![byte; 6_000_000], b"\n".to_vec(), stream(&[&record])].concat();
        let outcome = same_by_path_and_on_stdin(&ARGS, &bytes).exits(0);
        assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    }
    let holes = [vec![0; 6_000_000], b"\n".to_vec(), stream(&[&record])].concat();
    let outcome = same_by_path_and_on_stdin(&ARGS, &holes);
    assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
}

/// CloudTrail's files end without a newline, so `xargs zcat` makes one line of all of them. The
/// filter once read only the first.
#[test]
fn files_concatenated_without_newlines_are_all_read() {
    let number = 60;
    let mut line = String::new();
    for n in 0..number {
        // The boundaries of the first ones fall on every offset of a small buffer.
        let space = " ".repeat(n % 7 * 150);
        let user = format!("user{n}");
        let record = sign_in(&user, "2026-11-24T03:12:44Z", "agent");
        line += &format!("{{\"Records\":[{},{record}]}}{space}", api_call(n));
    }
    // On a short line, on one over the limit, and with the last file truncated.
    for more in [&[][..], &["--exhaustive"], &["--max-line", "4K"], &["--max-line", "4K", "--exhaustive"]] {
        let args = [&ARGS[..], more].concat();
        let outcome = same_by_path_and_on_stdin(&args, line.as_bytes());
        assert_eq!(outcome.lines().len(), number, "{more:?}: {}", outcome.stderr);
        outcome.exits(0);
        let truncated = line.trim_end().strip_suffix("]}").unwrap();
        let outcome = same_by_path_and_on_stdin(&args, truncated.as_bytes());
        let whole = outcome.lines().iter().filter(|line| split_named(line, "after_hours").is_some()).count();
        assert!(whole >= number - 1, "{more:?}: {whole}, {}", outcome.stderr);
        outcome.exits(1);
    }
}

/// The rest of the line is not scanned again for each container: 200,000 would take minutes.
#[test]
fn many_containers_on_a_line_are_as_fast_as_one() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let line = format!("{}{record}", "{\"Records\":[]}".repeat(200_000));
    let since = std::time::Instant::now();
    let outcome = same_by_path_and_on_stdin(&ARGS, line.as_bytes()).exits(0);
    assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    let line = format!("{}{{\"Records\":[{record}]}}", "{\"Records\":[]}".repeat(200_000));
    let outcome = same_by_path_and_on_stdin(&ARGS, line.as_bytes()).exits(0);
    assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    assert!(since.elapsed() < std::time::Duration::from_secs(20), "{:?}", since.elapsed());
}
