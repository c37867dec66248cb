//! What people read: one aligned line a sign-in on a terminal, or with `--format text`; and JSON for
//! everything else.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::process::{Command, Stdio};

use kit::fixtures::{sign_in_at, stream};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::{program, run};

const HOURS: [&str; 4] = ["--hours", "Mon-Fri 09:00-17:00", "--tz", "America/New_York"];

fn sample() -> Vec<u8> {
    std::fs::read(kit::root().join("pipeline-configs/sample.ndjson")).unwrap()
}

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&HOURS[..], &["--tzdata", "embedded"], more].concat()
}

/// Runs a command whose stdout is a terminal; what it wrote there, and its exit code.
fn on_a_terminal(mut command: Command) -> (String, Option<i32>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(theirs).stderr(Stdio::null()).spawn().unwrap();
    // The command holds the other end of the terminal too.
    drop(command);
    let (mut ours, mut written, mut room) = (File::from(ours), Vec::new(), [0; 1 << 16]);
    loop {
        match ours.read(&mut room) {
            // Linux returns this when the other end is closed.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) => break,
            count => written.extend_from_slice(&room[..count.unwrap()]),
        }
    }
    (String::from_utf8(written).unwrap().replace("\r\n", "\n"), child.wait().unwrap().code())
}

fn filter(more: &[&'static str]) -> Command {
    let mut command = program(&with(more));
    command.arg(kit::root().join("pipeline-configs/sample.ndjson"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm");
    command
}

/// The sample, as a person reads it.
const TEXT: &str = "\
after-hours  2026-11-20 17:00:00 -05:00  Fri  chen                  111122223333  203.0.113.77     success  no mfa  low       outside business hours
after-hours  2026-11-21 11:30:00 -05:00  Sat  anaya                 111122223333  198.51.100.23    success  mfa     low       closed day
after-hours  2026-11-23 03:12:44 -05:00  Mon  dora                  111122223333  203.0.113.9      failure  no mfa  low       outside business hours
";

#[test]
fn text_is_one_aligned_line_a_sign_in() {
    let outcome = run(&with(&["--format", "text"]), &sample()).exits(0);
    assert_eq!(String::from_utf8(outcome.stdout).unwrap(), TEXT);
    // Through a file and several threads it is the same.
    let outcome = filter(&["--format", "text"]).output().unwrap();
    assert_eq!(String::from_utf8(outcome.stdout).unwrap(), TEXT);
}

#[test]
fn a_terminal_gets_text_and_a_pipe_gets_json() {
    let json = run(&with(&[]), &sample()).exits(0).stdout;
    assert!(json.starts_with(b"{"));
    let (written, code) = on_a_terminal(filter(&["--color", "never"]));
    assert_eq!((written.as_str(), code), (TEXT, Some(0)));
    // Asked for by name, JSON goes to a terminal byte for byte.
    let (written, _) = on_a_terminal(filter(&["--format", "json"]));
    assert_eq!(written.as_bytes(), json);
    let mut command = filter(&[]);
    command.env("AFTERHOURS_FORMAT", "json");
    assert_eq!(on_a_terminal(command).0.as_bytes(), json);
    // A file gets JSON, whatever stdout is.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.ndjson");
    let mut command = filter(&[]);
    command.arg("--output").arg(&file);
    assert_eq!(on_a_terminal(command), (String::new(), Some(0)));
    assert_eq!(std::fs::read(&file).unwrap(), json);
}

#[test]
fn colors_go_only_where_they_are_welcome() {
    let colored = |set: &[(&str, &str)], more: &[&'static str]| {
        let mut command = filter(more);
        command.envs(set.iter().copied());
        let (written, _) = on_a_terminal(command);
        let plain = written.replace("\u{1b}[0m", "").replace("\u{1b}[31m", "").replace("\u{1b}[33m", "");
        assert_eq!(plain, TEXT, "colors change nothing else");
        written != plain
    };
    assert!(colored(&[], &[]));
    assert!(!colored(&[("NO_COLOR", "1")], &[]));
    assert!(!colored(&[("TERM", "dumb")], &[]));
    assert!(!colored(&[], &["--color", "never"]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(colored(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], &[]));
    let piped = filter(&["--format", "text"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8(piped).unwrap(), TEXT);
    let forced = filter(&["--format", "text"]).env("CLICOLOR_FORCE", "1").output().unwrap().stdout;
    assert!(String::from_utf8(forced).unwrap().contains("\u{1b}[31m"));
}

#[test]
fn hostile_text_never_reaches_the_terminal() {
    let hostile =
        sign_in_at("2026-11-24T03:12:44Z").replace("\"userName\":\"", "\"userName\":\"\\u001b[2J\\u202e\\n");
    let broken = "{\"eventName\":\"ConsoleLogin\",\"x\":\"\u{1b}]0;title\u{7}";
    let other = "{\"eventName\":\"Other\",\"userAgent\":\"\u{1b}[31m\"}".to_owned();
    let input = stream(&[hostile, broken.to_owned(), other]);
    let outcome = run(&with(&["--format", "text", "--keep", "all"]), &input).exits(1);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert_eq!(text.lines().count(), 3, "{text}");
    let undecided = text.lines().nth(1).unwrap();
    assert!(undecided.starts_with("undecided    stdin:2: cannot be read: "), "{undecided}");
}
