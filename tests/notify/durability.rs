//! What the outbox guarantees with disks and clocks, observed by other programs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Home, Ran};
use crate::records::lines;
use kit::http_server::{Server, ok};

fn home(url: &str) -> Home {
    Home::new(&format!(
        "[default]\nhours = \"off\"\n[notify.hook]\ntype = \"webhook\"\nurl = \"{url}/\"\ninsecure = true\nmax_age = \"off\"\n"
    ))
}

fn feed(mut command: Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

/// The order of the system calls: the outbox's log is synced before the line goes to stdout, so
/// that a loss of power between the two loses no notification.
#[test]
fn the_outbox_is_synced_before_stdout_is_written() {
    let home = home("http://127.0.0.1:9");
    let program = home.command(&[]);
    let mut traced = Command::new("strace");
    let calls = home.path("calls");
    traced.args(["-f", "-y", "-e", "trace=fsync,fdatasync,write,pwrite64,writev", "-o"]).arg(&calls);
    traced.arg(program.get_program()).args(["--drain", "0s"]);
    traced.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    traced.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = traced.spawn() else { return println!("skipped: no strace") };
    child.stdin.take().unwrap().write_all(lines(0..3).as_bytes()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    if ran.err.contains("ptrace") || ran.out.is_empty() {
        return println!("not watched: tracing is not allowed here");
    }
    assert_eq!(ran.out.lines().count(), 3);
    let calls = std::fs::read_to_string(calls).unwrap();
    let calls: Vec<&str> = calls.lines().collect();
    let line_out = calls.iter().position(|call| call.contains("\"{\\\"additional")).expect("a line went out");
    let log_written = calls[..line_out]
        .iter()
        .rposition(|call| call.contains("pwrite64") && call.contains("-wal>"))
        .unwrap();
    let synced =
        calls[log_written..line_out].iter().any(|call| call.contains("sync(") && call.contains("-wal>"));
    assert!(synced, "{:#?}", &calls[log_written..=line_out]);
}

/// The real program with a wrong clock: days ahead, then correct, then days behind.
#[test]
fn a_clock_jump_loses_nothing() {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    if !Path::new(library).exists() {
        return println!("skipped: no libfaketime");
    }
    let server = Server::start(|_, _| ok(""));
    let home = home("http://127.0.0.1:9");
    let at = |clock: &str, arguments: &[&str]| {
        let mut command = home.command(arguments);
        // Timeouts use the monotonic clock, which stays correct.
        command.env("LD_PRELOAD", library).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command
    };
    let parts = [lines(0..10), lines(10..20), lines(20..30)];
    feed(at("+40d", &["--drain", "1s"]), &parts[0]).ended(1);
    feed(at("-40d", &["--drain", "1s"]), &parts[1]).ended(1);
    feed(home.command(&["--drain", "1s"]), &parts[2]).ended(1);
    let text = std::fs::read_to_string(home.config()).unwrap().replace("http://127.0.0.1:9", &server.url);
    std::fs::write(home.config(), text).unwrap();
    feed(at("-1d", &["--drain", "30s"]), "").ended(0);
    assert_eq!(server.count(), 30);
    // Nothing is delivered again, whatever the clock says.
    for clock in ["+5d", "-5d"] {
        feed(at(clock, &["--drain", "5s"]), &parts.concat()).ended(0);
    }
    assert_eq!(server.count(), 30);
}
