//! Regular files as input and output; files that change while they are read; a full disk.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use super::{ARGS, number_of, numbered};
use crate::harness::{PATIENCE, drain, lines_of, program, wait};

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
fn a_regular_file_as_stdin_is_read_from_its_current_offset_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.ndjson");
    std::fs::write(&path, (0..3).map(numbered).collect::<String>()).unwrap();
    let mut file = File::open(&path).unwrap();
    // The first line has been read by someone else.
    file.read_exact(&mut vec![0; numbered(0).len()]).unwrap();
    let mut child = program(&ARGS).stdin(file).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdout = drain(child.stdout.take().unwrap());
    assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
    let stdout = stdout.join().unwrap();
    assert_eq!(lines_of(&stdout).into_iter().map(number_of).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn output_into_a_regular_file_is_complete() {
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
    // Nobody reads stdout, so the program blocks in a write in the middle of the file. Now the file
    // is truncated.
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
        // At the point of truncation, half a line may be reported as unreadable.
        if kit::tag::split_named(line, "after_hours").is_some() {
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
