//! Many files on many threads: the output keeps the order of the list, however long a file takes;
//! with `--unordered`, every line comes once.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::time::Duration;

use crate::harness::{PATIENCE, drain, over_files, program, signal, wait};
use crate::packing::{ARGS, Folder, container, gzip, records, zstd};
use kit::fixtures::{api_call, stream};
use kit::tag::untagged;

/// Files of very different sizes and formats, and all their sign-ins in order.
fn mixture(folder: &Folder) -> (Vec<String>, Vec<String>) {
    let (mut names, mut all) = (Vec::new(), Vec::new());
    for number in 0..60 {
        let name = format!("{number:02}");
        // One in ten is read in chunks; one in seven has more output than may be buffered.
        let count = if number % 7 == 3 { 25_000 } else { number * 3 };
        let found = records(&name, count);
        let filler = (0..if number % 10 == 0 { 14_000 } else { number }).map(api_call);
        let lines: Vec<String> = found.iter().cloned().chain(filler).collect();
        let bytes = match number % 5 {
            0 => stream(&lines),
            1 => gzip(&stream(&lines)),
            2 => gzip(&container(&lines)),
            3 => zstd(&stream(&lines)),
            _ => container(&lines),
        };
        folder.write(&name, &bytes);
        names.push(name);
        all.extend(found);
    }
    (names, all)
}

#[test]
fn output_is_in_the_order_of_the_files_with_any_number_of_threads() {
    let folder = Folder::new();
    let (names, all) = mixture(&folder);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut messages = BTreeSet::new();
    for threads in ["-j1", "-j2", "-j8"] {
        let outcome = folder.run(&[&[threads, "--stats=json"][..], &names].concat(), b"").exits(0);
        assert!(untagged(&outcome.lines()) == all, "{threads}");
        messages.insert(outcome.stderr);
    }
    assert_eq!(messages.len(), 1, "the numbers are the same");
    for threads in ["-j2", "-j8"] {
        let outcome = folder.run(&[&[threads, "--unordered"][..], &names].concat(), b"").exits(0);
        let lines = untagged(&outcome.lines());
        let (found, wanted): (BTreeSet<&String>, BTreeSet<&String>) =
            (lines.iter().collect(), all.iter().collect());
        assert!(lines.len() == all.len() && found == wanted, "{threads}, unordered");
        // Within a file the order is kept.
        let of = |lines: &[String]| {
            lines.iter().filter(|line| line.contains("\"03-")).cloned().collect::<Vec<_>>()
        };
        assert!(of(&lines) == of(&all), "{threads}, unordered");
    }
}

#[test]
fn stdin_and_a_pipe_keep_their_place_in_the_order() {
    let folder = Folder::new();
    let all = ["first", "second", "third", "fourth"].map(|name| records(name, 2000));
    folder.write("first", &gzip(&stream(&all[0])));
    folder.write("third", &zstd(&container(&all[2])));
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let bytes = gzip(&stream(&all[3]));
    let writer = std::thread::spawn(move || std::fs::write(pipe, bytes).unwrap());
    let outcome = folder.run(&["-j2", "first", "-", "third", "pipe"], &stream(&all[1])).exits(0);
    writer.join().unwrap();
    assert!(untagged(&outcome.lines()) == all.concat());
}

#[test]
fn a_closed_stdout_and_a_signal_end_it() {
    let folder = Folder::new();
    let (names, all) = mixture(&folder);
    for name in [None, Some("TERM"), Some("INT")] {
        let mut command = program(&ARGS);
        command.arg("-j3").args(&names).current_dir(folder.path());
        let (mut child, mut stdout, stderr) = over_files(&mut command);
        let mut first = Vec::new();
        stdout.read_until(b'\n', &mut first).unwrap();
        let rest = match name {
            None => {
                drop(stdout);
                Vec::new()
            }
            Some(name) => {
                std::thread::sleep(Duration::from_millis(50));
                signal(&child, name);
                let rest = drain(stdout);
                assert_eq!(wait(&mut child, PATIENCE).code(), Some(0), "{name}");
                rest.join().unwrap()
            }
        };
        assert_eq!(wait(&mut child, PATIENCE).code(), Some(0), "{name:?}");
        let out = [first, rest].concat();
        let lines = untagged(&crate::harness::lines_of(&out));
        assert!(
            lines.len() < all.len() && lines[..] == all[..lines.len()],
            "{name:?}: {} lines",
            lines.len()
        );
        let messages = if name.is_some() {
            "afterhours: ended by a signal; not all of the input was read\n"
        } else {
            ""
        };
        assert_eq!(String::from_utf8(stderr.join().unwrap()).unwrap(), messages, "{name:?}");
    }
}

/// Scripts mark or remove what was read, and a closed stdout is not an error: so the counts must
/// say that the run ended early.
#[test]
fn the_counts_say_that_a_run_ended_early() {
    let folder = Folder::new();
    let (names, _) = mixture(&folder);
    for whole in [true, false] {
        let mut command = program(&ARGS);
        command.args(["--stats=json", "-j3"]).args(&names).current_dir(folder.path());
        let (mut child, mut stdout, stderr) = over_files(&mut command);
        stdout.read_until(b'\n', &mut Vec::new()).unwrap();
        if whole {
            drain(stdout).join().unwrap();
        } else {
            drop(stdout);
        }
        assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
        let messages = String::from_utf8(stderr.join().unwrap()).unwrap();
        assert_eq!(messages.contains("\"complete\":true"), whole, "{messages}");
        assert_eq!(messages.contains("\"complete\":false"), !whole, "{messages}");
    }
}

/// In a file of a gigabyte a sign-in would otherwise wait for the rest, and a signal would drop it.
#[test]
fn sign_ins_of_a_long_compressed_file_are_written_before_its_end() {
    let folder = Folder::new();
    let first = records("first", 1);
    let mut rest = stream(&first);
    let filler = stream(&(0..1000).map(api_call).collect::<Vec<_>>());
    // Small on disk, and some seconds to read.
    while rest.len() < 250_000_000 {
        rest.extend_from_slice(&filler);
    }
    folder.write("long", &gzip(&rest));
    let mut command = program(&ARGS);
    command.args(["-j2", "long"]).current_dir(folder.path());
    let (mut child, mut stdout, _stderr) = over_files(&mut command);
    let mut line = Vec::new();
    stdout.read_until(b'\n', &mut line).unwrap();
    assert_eq!(child.try_wait().unwrap(), None, "it is at work still");
    assert_eq!(untagged(&crate::harness::lines_of(&line)), first);
    signal(&child, "TERM");
    assert_eq!(wait(&mut child, PATIENCE).code(), Some(0));
}

/// A line as long as a chunk is left to the stream, and so is everything before it in the file.
#[test]
fn a_line_of_many_megabytes_does_not_delay_the_lines_before_it() {
    let long = |name: &str, count: usize| {
        let calls: Vec<_> = (0..count).map(api_call).chain(records(name, 1)).collect();
        container(&calls)
    };
    let size = api_call(0).len();
    for (before, megabytes, behind) in [(100, 9, 3), (6000, 9, 0), (1, 5, 20_000), (20_000, 9, 20_000)] {
        let folder = Folder::new();
        let mut bytes = container(&records("before", before));
        bytes.push(b'\n');
        bytes.extend(long("long", (megabytes << 20) / size));
        bytes.push(b'\n');
        bytes.extend(stream(&records("behind", behind)));
        folder.write("joined", &bytes);
        let wanted = folder.run(&["-"], &bytes).exits(0).stdout;
        assert!(wanted.split(|&byte| byte == b'\n').count() > before + 1 + behind);
        for threads in ["-j1", "-j2", "-j5"] {
            let outcome = folder.run(&[threads, "joined"], b"").exits(0);
            assert!(
                outcome.stdout == wanted,
                "{threads} {before} {megabytes} MB {behind}: {} bytes for {}",
                outcome.stdout.len(),
                wanted.len()
            );
        }
    }
}
