//! The program in a pipeline: open pipes, signals, readers that go away, disks that are full, lines of a hundred megabytes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::fixtures::{api_call, sign_in, sign_in_at, stream};
use crate::harness::{Live, PATIENCE, drain, lines_of, over_files, program, run, signal, tail, wait};
use crate::tag::{split, untagged};

const ARGS: [&str; 4] = ["--hours", "off", "--tz", "UTC"];

/// A sign-in with a number in it and a newline after it.
fn numbered(number: u64) -> String {
    sign_in(&format!("user-{number:08}"), "2026-11-24T03:12:44Z", "curl/8.17.0") + "\n"
}

/// The number in a line made by `numbered`. Fails when the line is not whole.
#[track_caller]
fn number_of(line: &[u8]) -> u64 {
    let record = String::from_utf8(split(line).0).unwrap();
    let digits = record.split("user-").nth(1).and_then(|rest| rest.get(..8));
    let number = digits.and_then(|digits| digits.parse().ok());
    let number = number.unwrap_or_else(|| panic!("torn: {}", tail(line)));
    assert_eq!(record + "\n", numbered(number));
    number
}

#[test]
fn one_sign_in_comes_out_of_an_open_pipe_without_waiting_for_more() {
    let mut live = Live::start(&ARGS);
    for number in 0..3 {
        live.send(numbered(number).as_bytes());
        assert_eq!(number_of(live.next().trim_ascii_end()), number);
    }
    live.end_input();
    assert_eq!(live.finish().exits(0).stdout, b"");
}

#[test]
fn a_sign_in_comes_out_while_the_next_line_is_half_written() {
    let mut live = Live::start(&ARGS);
    let second = numbered(2);
    live.send((numbered(1) + &second[..100]).as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    live.says_nothing_for(Duration::from_millis(100));
    live.send(&second.as_bytes()[100..]);
    assert_eq!(number_of(live.next().trim_ascii_end()), 2);
}

#[test]
fn a_line_written_in_small_pieces_comes_out_whole() {
    let mut live = Live::start(&ARGS);
    for piece in numbered(7).as_bytes().chunks(41) {
        live.send(piece);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(number_of(live.next().trim_ascii_end()), 7);
}

#[test]
fn records_of_a_container_still_being_written_are_not_lost_when_it_ends() {
    let mut live = Live::start(&ARGS);
    let [first, second] = [1, 2].map(|number| numbered(number).trim_end().to_owned());
    live.send(format!("{{\"Records\":[{first},").as_bytes());
    std::thread::sleep(Duration::from_millis(50));
    live.send(format!("{second}]}}\n").as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    assert_eq!(number_of(live.next().trim_ascii_end()), 2);
}

#[test]
fn a_line_through_an_open_pipe_takes_little_time() {
    let mut live = Live::start(&ARGS);
    let mut times: Vec<Duration> = (0..1000)
        .map(|number| {
            let line = numbered(number);
            let since = Instant::now();
            live.send(line.as_bytes());
            live.next();
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    let (median, p99) = (times[500], times[990]);
    println!("one line through an open pipe: median {median:?}, p99 {p99:?}, worst {:?}", times[999]);
    assert!(p99 < Duration::from_millis(50), "p99 {p99:?}");
}

#[test]
fn other_events_in_between_hold_no_sign_in_up() {
    let mut live = Live::start(&ARGS);
    for number in 0..20 {
        let noise: String = (0..50).map(|n| api_call(n) + "\n").collect();
        live.send((noise + &numbered(number)).as_bytes());
        assert_eq!(number_of(live.next().trim_ascii_end()), number);
    }
}

#[test]
fn keep_all_passes_every_line_at_once() {
    let mut live = Live::start(&[&ARGS[..], &["--keep", "all"]].concat());
    let event = api_call(1) + "\n";
    live.send(event.as_bytes());
    assert_eq!(live.next(), event.as_bytes());
}

#[test]
fn termination_of_an_idle_program_is_a_clean_end() {
    for name in ["TERM", "INT"] {
        let mut live = Live::start(&ARGS);
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
fn termination_before_anything_was_read_is_a_clean_end() {
    for name in ["TERM", "INT"] {
        // A refusal to end is caught by the wait; a signal before the handler stands would kill, so one line goes first.
        let mut live = Live::start(&[&ARGS[..], &["--keep", "all"]].concat());
        live.send(b"{}\n");
        live.next();
        signal(&live.child, name);
        live.finish().exits(0);
    }
}

#[test]
fn a_second_signal_does_no_harm() {
    let mut live = Live::start(&ARGS);
    live.send(numbered(1).as_bytes());
    live.next();
    for _ in 0..2 {
        // The program may have ended after the first: then there is nobody to signal, and that is fine.
        let _ = std::process::Command::new("kill")
            .args(["-TERM", &live.child.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
    }
    live.finish().exits(0);
}

#[test]
fn half_a_line_at_termination_is_not_written_as_a_line() {
    let mut live = Live::start(&ARGS);
    live.send((numbered(1) + &numbered(2)[..200]).as_bytes());
    assert_eq!(number_of(live.next().trim_ascii_end()), 1);
    signal(&live.child, "TERM");
    for line in live.finish().lines() {
        let value: serde_json::Value = serde_json::from_slice(line).expect("whole JSON lines only");
        assert_eq!(
            value["after_hours"]["verdict"], "undecided",
            "half a line may be told as unreadable, not as a record"
        );
    }
}

/// A pipe of which the test keeps a reading end too: what the program left unread can be counted.
struct Counted {
    child: Child,
    left: PipeReader,
    written: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    writer: std::thread::JoinHandle<()>,
}

/// Starts the program on a pipe that numbered sign-ins, with other events between them, are written into without end.
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

/// The numbers of the sign-ins of which every byte is among the first `bytes` of the endless stream.
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

/// The numbers of the sign-ins written. The half line that a signal cut off may stand last, told as unreadable.
fn numbers_of(stdout: &[u8]) -> Vec<u64> {
    let mut lines = lines_of(stdout);
    lines.pop_if(|last| last.starts_with(br#"{"after_hours":{"verdict":"undecided","reason":"unreadable","#));
    lines.into_iter().map(number_of).collect()
}

#[test]
fn at_a_signal_in_mid_stream_every_line_that_was_read_is_out_and_whole() {
    for (name, pause) in [("TERM", 30), ("INT", 60), ("TERM", 150)] {
        let mut counted = endless();
        let stdout = drain(counted.child.stdout.take().unwrap());
        std::thread::sleep(Duration::from_millis(pause));
        signal(&counted.child, name);
        let status = wait(&mut counted.child, PATIENCE);
        assert_eq!(status.code(), Some(0), "{name}: {status}");
        counted.stop.store(true, Ordering::Relaxed);
        // What is still in the pipe was never read by the program.
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
    // Nobody reads: the program fills the pipe and waits in a write. Then the signal comes.
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
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let mut child =
        program(&ARGS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let block: String = (0..500).map(numbered).collect();
        // Ends when the program does, by a broken pipe; 200 MB at most.
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
fn a_reader_that_goes_away_ends_reading_a_file_quietly() {
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
fn a_reader_gone_while_the_input_is_idle_ends_the_program_quietly_at_the_next_sign_in() {
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
    // Fails with a broken pipe when the program has noticed already.
    let _ = input.write_all(numbered(2).as_bytes());
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{status}");
    assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), "");
}

#[test]
fn a_reader_gone_before_the_start_is_quiet_too() {
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

#[test]
fn an_input_that_ends_at_once_is_a_clean_end() {
    for stdin in [Stdio::null(), Stdio::from(tempfile::tempfile().unwrap())] {
        let mut child =
            program(&ARGS).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
        assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
        assert_eq!((stdout.join().unwrap(), stderr.join().unwrap()), (Vec::new(), Vec::new()));
    }
}

#[test]
fn a_regular_file_as_stdin_is_read_to_its_end_from_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.ndjson");
    std::fs::write(&path, (0..3).map(numbered).collect::<String>()).unwrap();
    let mut file = File::open(&path).unwrap();
    // Somebody before us has read the first line.
    file.read_exact(&mut vec![0; numbered(0).len()]).unwrap();
    let mut child = program(&ARGS).stdin(file).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdout = drain(child.stdout.take().unwrap());
    assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
    let stdout = stdout.join().unwrap();
    assert_eq!(lines_of(&stdout).into_iter().map(number_of).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn output_into_a_regular_file_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.ndjson");
    let mut child = program(&ARGS)
        .stdin(Stdio::piped())
        .stdout(File::create(&path).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let input: String = (0..5000).map(numbered).collect();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
    let bytes = std::fs::read(&path).unwrap();
    assert!(lines_of(&bytes).into_iter().map(number_of).eq(0..5000));
}

#[test]
fn a_full_disk_is_an_error_with_a_message() {
    for lines in [1, 20_000] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child =
            program(&ARGS).stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = drain(child.stderr.take().unwrap());
        let mut input = child.stdin.take().unwrap();
        let text: String = (0..lines).map(numbered).collect();
        let writer = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
        let status = wait(&mut child, PATIENCE);
        writer.join().unwrap();
        let stderr = String::from_utf8(stderr.join().unwrap()).unwrap();
        assert_eq!(status.code(), Some(2), "{status}: {stderr}");
        assert!(stderr.contains("afterhours") && stderr.contains("No space left"), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_does_not_crash_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shrinks.ndjson");
    let text: String = (0..100_000).map(numbered).collect();
    std::fs::write(&path, &text).unwrap();
    let mut child = program(&ARGS)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let mut first = Vec::new();
    stdout.read_until(b'\n', &mut first).unwrap();
    assert_eq!(number_of(first.trim_ascii_end()), 0);
    // Nobody reads on: the program stands in a write, in the middle of the file. Now the file loses its end.
    std::thread::sleep(Duration::from_millis(100));
    OpenOptions::new().write(true).open(&path).unwrap().set_len(10_000).unwrap();
    let rest = drain(stdout);
    let status = wait(&mut child, PATIENCE);
    assert_eq!(status.signal(), None, "killed by a signal: {status}");
    let rest = rest.join().unwrap();
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    let mut wanted = 1;
    for line in lines_of(&rest) {
        // Where the file was cut, half a line may be told as unreadable.
        if crate::tag::split_named(line, "after_hours").is_some() {
            let number = number_of(line);
            assert!(number >= wanted, "in order, none twice");
            wanted = number + 1;
        }
    }
    assert!(wanted < 100_000, "the file was cut in time");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_read_in_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grows.ndjson");
    std::fs::write(&path, (0..60_000).map(numbered).collect::<String>()).unwrap();
    let mut child = program(&ARGS)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all((60_000..60_100).map(numbered).collect::<String>().as_bytes()).unwrap();
    let stdout = drain(child.stdout.take().unwrap());
    assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
    let bytes = stdout.join().unwrap();
    let numbers: Vec<u64> = lines_of(&bytes).into_iter().map(number_of).collect();
    assert!(
        numbers.len() >= 60_000 && numbers.into_iter().eq(0..bytes_lines(&bytes)),
        "in order, none twice"
    );
}

fn bytes_lines(bytes: &[u8]) -> u64 {
    lines_of(bytes).len() as u64
}

/// One line of about 100 MB: a container with a sign-in first, in the middle and last.
fn hundred_megabytes(mut out: impl Write) {
    let filler: String = (0..1000).map(|number| format!(",{}", api_call(number))).collect();
    let halves = 50_000_000 / filler.len();
    let record = |number| numbered(number).trim_end().to_owned();
    // The program may refuse and go away: then the missing lines tell.
    let _ = (|| -> std::io::Result<()> {
        write!(out, "{{\"Records\":[{}", record(1))?;
        (0..halves).try_for_each(|_| out.write_all(filler.as_bytes()))?;
        write!(out, ",{}", record(2))?;
        (0..halves).try_for_each(|_| out.write_all(filler.as_bytes()))?;
        writeln!(out, ",{}]}}", record(3))
    })();
}

/// The peak of the program's resident memory so far, in KiB; 0 once it is gone.
fn peak_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Waits for the end while looking at the memory.
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
fn lines_that_lie_across_every_block_boundary_are_whole() {
    // Lines of growing length drift over the blocks of any reader.
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
