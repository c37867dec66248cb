//! Progress: on a terminal, beside other output there, and nowhere else.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::bucket::{program_in, sign_in, write};
use crate::harness::{PATIENCE, run_command, wait};
use kit::fixtures::api_call;

/// A pseudo-terminal: the end that the test reads, and the one that the program writes to.
fn terminal(columns: u16) -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs =
        rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    tcsetwinsize(&theirs, Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (File::from(ours), theirs)
}

/// Everything that was written to the terminal.
fn watch(mut ours: File) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut room = [0; 1 << 16];
        loop {
            match ours.read(&mut room) {
                // Linux returns this when the other end is closed.
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                    return bytes;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) => return bytes,
                count => bytes.extend_from_slice(&room[..count.unwrap()]),
            }
        }
    })
}

/// What is on the screen in the end. Knows the few control sequences that a progress bar uses.
fn screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0_usize, 0_usize);
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        match char {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                lines.resize(lines.len().max(row + 1), Vec::new());
            }
            '\x1b' => {
                assert_eq!(rest.next(), Some('['));
                let mut number = String::new();
                let end = rest.by_ref().find(|char| match char.is_ascii_alphabetic() {
                    true => true,
                    false => {
                        number.push(*char);
                        false
                    }
                });
                let count = number.parse().unwrap_or(1);
                match end {
                    Some('A') => row = row.saturating_sub(count),
                    Some('K') if number == "2" => lines[row].clear(),
                    Some('K') => lines[row].truncate(column),
                    Some('h' | 'l' | 'm') => {}
                    other => panic!("{number} {other:?} is new"),
                }
            }
            char => {
                let line: &mut Vec<char> = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = char;
                column += 1;
            }
        }
    }
    let lines = lines.into_iter().map(|line| line.into_iter().collect::<String>());
    lines.map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Runs with stderr on a terminal, and stdout too if `both`; names arrive on stdin one at a time,
/// with pauses. Returns what was written to the terminal, and what else to stdout.
fn slowly(mut command: Command, names: &[&str], both: bool, columns: u16) -> (Vec<u8>, Vec<u8>) {
    let (ours, theirs) = terminal(columns);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    if both {
        command.stdout(theirs.try_clone().unwrap());
    }
    command.stderr(theirs);
    let mut child = command.spawn().unwrap();
    // The test's copies of the terminal would keep it open.
    drop(command);
    let seen = watch(ours);
    let out = child.stdout.take().map(crate::harness::drain);
    let mut stdin = child.stdin.take().unwrap();
    for name in names {
        std::thread::sleep(Duration::from_millis(350));
        stdin.write_all(format!("{name}\n").as_bytes()).unwrap();
    }
    std::thread::sleep(Duration::from_millis(350));
    drop(stdin);
    assert!(wait(&mut child, PATIENCE).code().is_some_and(|code| code < 2));
    (seen.join().unwrap(), out.map(|out| out.join().unwrap()).unwrap_or_default())
}

fn put(root: &Path, name: &str) {
    let lines: Vec<String> =
        (0..20).map(|n| sign_in(name, &n.to_string(), "r", "2026-03-10T00:00:00Z")).collect();
    write(&root.join(name), (lines.join("\n") + "\n").as_bytes());
}

const NAMES: [&str; 6] = ["a", "b", "none", "a", "nothing", "b"];

#[test]
fn a_terminal_shows_progress_and_keeps_only_the_messages() {
    let folder = tempfile::tempdir().unwrap();
    ["a", "b"].iter().for_each(|name| put(folder.path(), name));
    let args = ["--files-from", "-", "--stats=text"];
    let plain = run_command(program_in(folder.path(), &args), (NAMES.join("\n") + "\n").as_bytes()).exits(1);
    let messages: Vec<&str> = plain.stderr.lines().collect();
    assert!(messages.len() >= 3, "{messages:?}");
    assert!(!plain.stderr.contains('\x1b') && !plain.stderr.contains('\r'));
    // Wide, and as narrow as a window can be: messages are not truncated.
    for columns in [300, 60] {
        let (seen, out) = slowly(program_in(folder.path(), &args), &NAMES, false, columns);
        let text = String::from_utf8_lossy(&seen).into_owned();
        assert!(text.contains("files, ") && text.contains(" found, "), "{text:?}");
        assert!(columns < 300 || text.contains("80 found, "), "{text:?}");
        assert_eq!(screen(&seen), messages, "{text:?}");
        assert!(out == plain.stdout);
    }
}

#[test]
fn lines_on_the_same_terminal_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    ["a", "b"].iter().for_each(|name| put(folder.path(), name));
    let args = ["--files-from", "-", "--format", "json"];
    let plain = run_command(program_in(folder.path(), &args), (NAMES.join("\n") + "\n").as_bytes()).exits(1);
    let (seen, _) = slowly(program_in(folder.path(), &args), &NAMES, true, 9000);
    assert!(String::from_utf8_lossy(&seen).contains(" found, "));
    let mut expected: Vec<String> = plain.stderr.lines().map(str::to_owned).collect();
    expected.extend(plain.lines().into_iter().map(|line| String::from_utf8(line.to_vec()).unwrap()));
    let mut shown = screen(&seen);
    expected.sort();
    shown.sort();
    assert_eq!(shown, expected);
}

#[test]
fn a_dumb_terminal_and_a_stream_show_no_progress() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a");
    let mut dumb = program_in(folder.path(), &["--files-from", "-"]);
    dumb.env("TERM", "dumb");
    let record = sign_in("anaya", "1", "r", "2026-03-10T00:00:00Z");
    for (command, names) in [(dumb, ["a", "a"]), (program_in(folder.path(), &[]), [&*record, &*record])] {
        let (seen, out) = slowly(command, &names, false, 100);
        assert!(seen.is_empty(), "{}", String::from_utf8_lossy(&seen));
        assert!(!out.is_empty());
    }
}

#[test]
fn known_sizes_show_how_much_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let megabyte: String = (0..1000).map(|n| api_call(n) + "\n").collect();
    let mut count = 60;
    loop {
        for file in 0..count {
            write(&folder.path().join(format!("{}/{file}", file % 7)), megabyte.as_bytes());
        }
        let since = Instant::now();
        // Slow on purpose, so that progress is drawn.
        let (seen, _) = slowly(program_in(folder.path(), &["--exhaustive", "-j", "1", "."]), &[], false, 200);
        let text = String::from_utf8_lossy(&seen).into_owned();
        if since.elapsed() < Duration::from_millis(1500) && count < 500 {
            // On a fast machine nothing is drawn.
            count *= 2;
            continue;
        }
        assert!(text.contains(&format!(" of {count} files, 0 found, ")), "{text:?}");
        assert!(text.contains("MiB read, ") && text.contains(" left"), "{text:?}");
        assert!(text.contains("=>"), "{text:?}");
        assert_eq!(screen(&seen), Vec::<String>::new());
        return;
    }
}
