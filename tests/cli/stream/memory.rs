//! Constant memory, whatever the input; start-up time.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use kit::fixtures::{api_call, sign_in, sign_in_at, stream};
use kit::tag::untagged;

use super::{ARGS, number_of, numbered};
use crate::harness::{PATIENCE, drain, lines_of, program, run};

/// One line of about 100 MB: a container with a sign-in first, in the middle and last.
fn hundred_megabytes(mut out: impl Write) {
    let filler: String = (0..1000).map(|number| format!(",{}", api_call(number))).collect();
    let halves = 50_000_000 / filler.len();
    let record = |number| numbered(number).trim_end().to_owned();
    // The program may stop early; then the test fails on the missing lines.
    let _ = (|| -> std::io::Result<()> {
        write!(out, "{{\"Records\":[{}", record(1))?;
        (0..halves).try_for_each(|_| out.write_all(filler.as_bytes()))?;
        write!(out, ",{}", record(2))?;
        (0..halves).try_for_each(|_| out.write_all(filler.as_bytes()))?;
        writeln!(out, ",{}]}}", record(3))
    })();
}

/// The peak of the program's resident memory so far, in KiB; 0 after it has ended.
fn peak_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Waits for the end and measures the memory meanwhile.
#[track_caller]
fn peak_until_the_end(child: &mut Child) -> u64 {
    let (since, mut peak) = (Instant::now(), 0);
    loop {
        peak = peak.max(peak_memory(child));
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0), "{status}");
            return peak;
        }
        if since.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still running");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

const LIMIT_KIB: u64 = 64 * 1024;

#[test]
fn a_line_of_a_hundred_megabytes_streams_through_in_little_memory() {
    let mut child =
        program(&ARGS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || hundred_megabytes(input));
    let stdout = drain(child.stdout.take().unwrap());
    let peak = peak_until_the_end(&mut child);
    writer.join().unwrap();
    let stdout = stdout.join().unwrap();
    println!("100 MB on one line through a pipe: peak {peak} KiB");
    assert_eq!(lines_of(&stdout).into_iter().map(number_of).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(peak > 0 && peak < LIMIT_KIB, "peak memory {peak} KiB");
}

#[test]
fn a_file_of_one_line_of_a_hundred_megabytes_is_read_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one-line.json");
    hundred_megabytes(std::io::BufWriter::new(File::create(&path).unwrap()));
    let mut child = program(&ARGS)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let stdout = drain(child.stdout.take().unwrap());
    let peak = peak_until_the_end(&mut child);
    let stdout = stdout.join().unwrap();
    println!("100 MB on one line of a file: peak {peak} KiB");
    assert_eq!(lines_of(&stdout).into_iter().map(number_of).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(peak < LIMIT_KIB, "peak memory {peak} KiB");
}

#[test]
fn a_long_stream_of_sign_ins_takes_little_memory_and_keeps_its_order() {
    let mut child =
        program(&ARGS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    const LINES: u64 = 150_000;
    let writer = std::thread::spawn(move || {
        for from in (0..LINES).step_by(1000) {
            let block: String = (from..from + 1000).map(numbered).collect();
            input.write_all(block.as_bytes()).unwrap();
        }
    });
    let stdout = drain(child.stdout.take().unwrap());
    let peak = peak_until_the_end(&mut child);
    writer.join().unwrap();
    let stdout = stdout.join().unwrap();
    println!("{LINES} sign-ins through a pipe: peak {peak} KiB");
    assert!(lines_of(&stdout).into_iter().map(number_of).eq(0..LINES), "every one, in order");
    assert!(peak > 0 && peak < LIMIT_KIB, "peak memory {peak} KiB");
}

#[test]
fn lines_across_every_block_boundary_are_complete() {
    // Lines of growing length cross the block boundaries of any reader at every offset.
    let lines: Vec<String> =
        (0..3000).map(|n| sign_in(&format!("{n}"), "2026-11-24T03:12:44Z", &"x".repeat(n))).collect();
    let outcome = run(&ARGS, &stream(&lines)).exits(0);
    assert!(untagged(&outcome.lines()) == lines, "every line, unchanged");
    let outcome = run(&[&ARGS[..], &["--max-line", "16K"]].concat(), &stream(&lines)).exits(0);
    assert!(untagged(&outcome.lines()) == lines, "every line, unchanged, with small buffers");
}

#[test]
fn start_to_exit_on_one_line_is_quick() {
    let input = stream(&[sign_in_at("2026-11-24T03:12:44Z")]);
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let since = Instant::now();
            assert_eq!(run(&ARGS, &input).exits(0).lines().len(), 1);
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("start to exit on one line: best {:?}, median {:?}", times[0], times[10]);
    assert!(times[10] < Duration::from_secs(1), "{times:?}");
}
