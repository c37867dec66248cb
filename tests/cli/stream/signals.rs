//! SIGTERM and SIGINT, and an output that is closed.

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kit::fixtures::api_call;

use super::{ARGS, number_of, numbered};
use crate::harness::{PATIENCE, drain, lines_of, over_files, program, signal, start, wait};

#[test]
fn sigterm_ends_an_idle_program_cleanly() {
    for name in ["TERM", "INT"] {
        let mut live = start(&ARGS);
        live.send(numbered(1).as_bytes());
        live.next();
        let since = Instant::now();
        signal(&live.child, name);
        let outcome = live.finish().exits(0);
        let took = since.elapsed();
        assert_eq!(outcome.stdout, b"", "{name}");
        assert!(took < Duration::from_secs(5), "{name} took {took:?}");
    }
}

#[test]
fn sigterm_before_anything_was_read_is_a_clean_end() {
    for name in ["TERM", "INT"] {
        // The wait catches a program that does not end. A signal before the handler is installed
        // would kill it, so send one line first.
        let mut live = start(&[&ARGS[..], &["--keep", "all"]].concat());
        live.send(b"{}\n");
        live.next();
        signal(&live.child, name);
        live.finish().exits(0);
    }
}

#[test]
fn a_second_signal_does_no_harm() {
    let mut live = start(&ARGS);
    live.send(numbered(1).as_bytes());
    live.next();
    for _ in 0..2 {
        // The program may have ended after the first signal; then there is nothing to signal.
        let _ = std::process::Command::new("kill")
            .args(["-TERM", &live.child.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
    }
    live.finish().exits(0);
}

#[test]
fn half_a_line_at_sigterm_is_not_written_as_a_line() {
    let mut live = start(&ARGS);
    live.send((numbered(1) + &numbered(2)[..200]).as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    signal(&live.child, "TERM");
    for line in live.finish().lines() {
        let value: serde_json::Value = serde_json::from_slice(line).expect("whole JSON lines only");
        assert_eq!(
            value["after_hours"]["verdict"], "undecided",
            "half a line may be reported as unreadable, not as a record"
        );
    }
}

/// A pipe of which the test keeps a reading end, to count what the program left unread.
struct Counted {
    child: Child,
    left: PipeReader,
    written: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    writer: std::thread::JoinHandle<()>,
}

/// Starts the program on a pipe into which numbered sign-ins, with other events between them, are
/// written until it is stopped.
fn endless() -> Counted {
    let (reader, pipe) = std::io::pipe().unwrap();
    let child = program(&ARGS)
        .stdin(reader.try_clone().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (written, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = std::thread::spawn({
        let (written, stop) = (written.clone(), stop.clone());
        move || write_until(&stop, pipe, &written)
    });
    Counted { child, left: reader, written, stop, writer }
}

/// The stream of `endless`, from line `number` on: every third line a sign-in.
fn endless_line(number: u64) -> String {
    if number.is_multiple_of(3) {
        numbered(number)
    } else {
        api_call(usize::try_from(number).unwrap()) + "\n"
    }
}

fn write_until(stop: &AtomicBool, mut pipe: PipeWriter, written: &AtomicU64) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let line = endless_line(number);
        pipe.write_all(line.as_bytes()).unwrap();
        written.fetch_add(line.len() as u64, Ordering::Relaxed);
    }
}

/// The numbers of the sign-ins that are complete within the first `bytes` of the endless stream.
fn whole_sign_ins(bytes: u64) -> Vec<u64> {
    let mut end = 0;
    let lines = (0..).map(|number| {
        end += endless_line(number).len() as u64;
        (number, end)
    });
    lines
        .take_while(|(_, end)| *end <= bytes)
        .map(|(number, _)| number)
        .filter(|number| number % 3 == 0)
        .collect()
}

/// The numbers of the sign-ins written. The half line at a signal may come last, as unreadable.
fn numbers_of(stdout: &[u8]) -> Vec<u64> {
    let mut lines = lines_of(stdout);
    lines.pop_if(|last| last.starts_with(br#"{"after_hours":{"verdict":"undecided","reason":"unreadable","#));
    lines.into_iter().map(number_of).collect()
}

#[test]
fn at_a_signal_in_mid_stream_every_line_that_was_read_is_written_complete() {
    for (name, pause) in [("TERM", 30), ("INT", 60), ("TERM", 150)] {
        let mut counted = endless();
        let stdout = drain(counted.child.stdout.take().unwrap());
        std::thread::sleep(Duration::from_millis(pause));
        signal(&counted.child, name);
        let status = wait(&mut counted.child, PATIENCE);
        assert_eq!(status.code(), Some(0), "{name}: {status}");
        counted.stop.store(true, Ordering::Relaxed);
        // What is left in the pipe was never read by the program.
        let left = drain(counted.left);
        counted.writer.join().unwrap();
        let left = left.join().unwrap().len() as u64;
        let read = counted.written.load(Ordering::Relaxed) - left;
        let stdout = stdout.join().unwrap();
        let numbers = numbers_of(&stdout);
        let wanted = whole_sign_ins(read);
        assert!(!wanted.is_empty(), "{name}: something was read before the signal");
        assert!(numbers == wanted, "{name}: {} lines out, {} were read", numbers.len(), wanted.len());
    }
}

#[test]
fn at_a_signal_a_slow_reader_still_gets_every_line_that_was_read() {
    let mut counted = endless();
    let mut stdout = counted.child.stdout.take().unwrap();
    // Nobody reads: the program fills the pipe and blocks in a write. Then send the signal.
    std::thread::sleep(Duration::from_millis(300));
    signal(&counted.child, "TERM");
    std::thread::sleep(Duration::from_millis(100));
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let status = wait(&mut counted.child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    counted.stop.store(true, Ordering::Relaxed);
    let left = drain(counted.left);
    counted.writer.join().unwrap();
    let read = counted.written.load(Ordering::Relaxed) - left.join().unwrap().len() as u64;
    let bytes = reading.join().unwrap();
    let numbers = numbers_of(&bytes);
    assert!(!numbers.is_empty(), "something was read before the signal");
    assert!(numbers == whole_sign_ins(read), "{} lines out of {read} bytes read", numbers.len());
}

#[test]
fn a_closed_stdout_ends_the_program_quietly() {
    let mut child =
        program(&ARGS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let block: String = (0..500).map(numbered).collect();
        // Ends with a broken pipe when the program ends; 200 MB at most.
        (0..800).all(|_| input.write_all(block.as_bytes()).is_ok())
    });
    let stderr = drain(child.stderr.take().unwrap());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = Vec::new();
    stdout.read_until(b'\n', &mut first).unwrap();
    assert_eq!(number_of(first.trim_ascii_end()), 0);
    drop(stdout);
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), "");
    assert!(!writer.join().unwrap(), "it stopped before the end of its input");
}

#[test]
fn a_closed_stdout_ends_reading_a_file_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.ndjson");
    std::fs::write(&path, (0..60_000).map(numbered).collect::<String>()).unwrap();
    let (mut child, mut stdout, stderr) = over_files(program(&ARGS).arg(&path));
    let mut first = [0; 100];
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), "");
}

#[test]
fn stdout_closed_while_the_input_is_idle_ends_the_program_quietly_at_the_next_sign_in() {
    let mut child =
        program(&ARGS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let stderr = drain(child.stderr.take().unwrap());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    input.write_all(numbered(1).as_bytes()).unwrap();
    let mut first = Vec::new();
    stdout.read_until(b'\n', &mut first).unwrap();
    assert_eq!(number_of(first.trim_ascii_end()), 1);
    drop(stdout);
    let noticed = crate::harness::wait_quietly(&mut child, Duration::from_millis(300));
    println!(
        "the program {} while its input was idle",
        if noticed.is_some() { "noticed" } else { "did not notice" }
    );
    // Fails with a broken pipe if the program has already noticed.
    let _ = input.write_all(numbered(2).as_bytes());
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), "");
}

#[test]
fn stdout_closed_before_the_start_ends_quietly() {
    let (reader, pipe) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = program(&ARGS).stdin(Stdio::piped()).stdout(pipe).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = drain(child.stderr.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    let _ = input.write_all(numbered(1).as_bytes());
    drop(input);
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), "");
}
