//! `--reply rsyslog` without rsyslog: one answer for each line, whatever the line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::records::{other, sign_in};

const PATIENCE: Duration = Duration::from_secs(60);

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_afterhours"));
    command.env_clear().args(["--reply", "rsyslog", "--hours", "Mon-Fri 09:00-17:00"]).args(arguments);
    command
}

/// A filter that gets one message at a time, as from rsyslog, with stderr in the same pipe as
/// stdout.
struct Responder {
    child: Child,
    stdin: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
}

impl Responder {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 2>&1", "sh"]);
        let filter = program(arguments);
        command.arg(filter.get_program()).args(filter.get_args()).env_clear();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (send, answers) = channel();
        let stdout: ChildStdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Responder { stdin: child.stdin.take(), child, answers }
    }

    fn ask(&mut self, message: &[u8]) -> Value {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(message).unwrap();
        stdin.write_all(b"\n").unwrap();
        self.answer()
    }

    fn answer(&self) -> Value {
        let line = self.answers.recv_timeout(PATIENCE).expect("an answer");
        serde_json::from_slice(&line).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&line)))
    }

    /// Closes its input; it must exit with `code` and write nothing more.
    fn end(mut self, code: i32) {
        self.stdin = None;
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
        assert_eq!(self.answers.recv_timeout(PATIENCE), Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn each_message_is_answered_before_the_next() {
    let mut filter = Responder::start(&[]);
    for number in 0..50 {
        let tag = &filter.ask(sign_in(number).as_bytes())["$!"]["after_hours"];
        assert_eq!((&tag["verdict"], &tag["reason"]), (&json!("outside"), &json!("closed_day")));
        assert_eq!(filter.ask(other(number).as_bytes()), json!({}));
    }
    // By RFC 5424, UTF-8 text begins with a byte order mark.
    let marked = format!("\u{feff}{}", sign_in(50));
    assert_eq!(filter.ask(marked.as_bytes())["$!"]["after_hours"]["verdict"], "outside");
    let inside = sign_in(0).replace("2026-11-21T16", "2026-11-20T16");
    assert_eq!(filter.ask(inside.as_bytes()), json!({}));
    filter.end(0);
}

#[test]
fn every_message_gets_exactly_one_answer() {
    let mut filter = Responder::start(&[]);
    // In a file this would open a document that spans lines.
    for message in ["", " ", "{", "[", "}", "null", "\u{feff}", "\0", "<134>1 - - - - - -", "{\"Records\":["]
    {
        assert_eq!(filter.ask(message.as_bytes()), json!({}), "{message:?}");
    }
    assert_eq!(filter.ask(b"\xff\xfe"), json!({}));
    assert_eq!(filter.ask(sign_in(0).as_bytes())["$!"]["after_hours"]["verdict"], "outside");
    filter.end(0);
}

#[test]
fn unreadable_messages_that_may_be_sign_ins_are_undecided() {
    let mut filter = Responder::start(&[]);
    let record = sign_in(0);
    let tag = &filter.ask(&record.as_bytes()[..300])["$!"]["after_hours"];
    assert_eq!((&tag["verdict"], &tag["reason"]), (&json!("undecided"), &json!("unreadable")));
    assert!(tag["error"].is_string());
    let long = record.replace("Mozilla", &"M".repeat(17 << 20));
    assert_eq!(filter.ask(long.as_bytes())["$!"]["after_hours"]["verdict"], "undecided");
    let untimed = record.replace("2026-11-21T16:30:00Z", "");
    assert_eq!(filter.ask(untimed.as_bytes())["$!"]["after_hours"]["reason"], "no_event_time");
    // It goes on; a message of megabytes is read completely.
    let large = record.replace("Mozilla", &"M".repeat(5 << 20));
    assert_eq!(filter.ask(large.as_bytes())["$!"]["after_hours"]["verdict"], "outside");
    filter.end(1);
}

#[test]
fn the_answer_is_for_the_most_severe_sign_in_of_a_message() {
    let mut filter = Responder::start(&["--keep", "sign-ins"]);
    let inside = sign_in(1).replace("2026-11-21T16", "2026-11-20T16");
    let records = format!("{{\"Records\":[{inside},{},{},{inside}]}}", other(0), sign_in(2));
    assert_eq!(filter.ask(records.as_bytes())["$!"]["after_hours"]["verdict"], "outside");
    let records = format!("{{\"Records\":[{inside},{inside}]}}");
    assert_eq!(filter.ask(records.as_bytes())["$!"]["after_hours"]["verdict"], "inside");
    filter.end(0);
}

#[test]
fn with_keep_all_no_answer_is_empty() {
    let mut filter = Responder::start(&["--keep", "all", "--tag", "hours"]);
    let inside = sign_in(1).replace("2026-11-21T16", "2026-11-20T16");
    assert_eq!(filter.ask(other(0).as_bytes()), json!({"$!": {"hours": {}}}));
    assert_eq!(filter.ask(b""), json!({"$!": {"hours": {}}}));
    assert_eq!(filter.ask(inside.as_bytes())["$!"]["hours"]["verdict"], "inside");
    filter.end(0);
}

#[test]
fn many_messages_at_once_are_answered_in_order() {
    let mut filter = Responder::start(&[]);
    let mut stdin = filter.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for number in 0..20_000 {
            let message = if number % 7 == 0 { sign_in(number) } else { other(number) };
            stdin.write_all((message + "\n").as_bytes()).unwrap();
        }
    });
    for number in 0..20_000 {
        assert_eq!(filter.answer() == json!({}), number % 7 != 0, "message {number}");
    }
    writer.join().unwrap();
    filter.end(0);
}

#[test]
fn after_sigterm_it_answers_until_the_input_is_quiet() {
    let mut filter = Responder::start(&[]);
    assert_eq!(filter.ask(other(0).as_bytes()), json!({}));
    kill_process(Pid::from_child(&filter.child), Signal::TERM).unwrap();
    for number in 0..5 {
        assert_eq!(filter.ask(sign_in(number).as_bytes())["$!"]["after_hours"]["verdict"], "outside");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Its input stays open: it ends when the input is quiet.
    assert_eq!(filter.child.wait().unwrap().code(), Some(0));
}

/// Where stdout and stderr are different, messages are written to stderr.
#[test]
fn stderr_is_silent_only_when_it_shares_the_pipe_of_stdout() {
    let child = |command: &mut Command| {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&sign_in(0).as_bytes()[..300]).unwrap();
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (answers, words) = child(&mut program(&[]));
    assert_eq!(answers.lines().count(), 1);
    assert!(
        words.contains("stdin:1: may be a sign-in and cannot be read, forwarded as undecided"),
        "{words}"
    );
}

#[test]
fn startup_errors_are_always_printed() {
    let mut command = Command::new("sh");
    let output = command
        .args(["-c", "exec \"$0\" --reply rsyslog --hours nonsense 2>&1", env!("CARGO_BIN_EXE_afterhours")])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("afterhours: --hours"), "{output:?}");
}
