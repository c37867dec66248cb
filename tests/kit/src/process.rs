//! Starts the program without a shell. Every wait has a time limit, and a program that is still
//! running then is killed and the test fails. Knows processes and pipes. Knows nothing of sign-ins.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take before it counts as hanging. Far above what is needed, because
/// machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The executable with these arguments, without the variables of the environment that could change its answers.
pub fn command<A: AsRef<OsStr>>(executable: &str, args: &[A]) -> Command {
    let mut command = Command::new(executable);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AFTERHOURS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("TZ").args(args);
    command
}

/// The result of a finished run.
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Outcome {
    /// The lines of standard output. Fails when the last one is truncated.
    #[track_caller]
    pub fn lines(&self) -> Vec<&[u8]> {
        lines_of(&self.stdout)
    }

    /// Fails unless the exit code is `code`; names the signal that killed the program.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.status.code(),
            Some(code),
            "exit status ({}), killed by signal {:?}; stderr:\n{}",
            self.status,
            self.status.signal(),
            self.stderr
        );
        self
    }
}

/// Splits at newlines. Fails when bytes follow the last one.
#[track_caller]
pub fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let whole = bytes
        .strip_suffix(b"\n")
        .unwrap_or_else(|| panic!("stdout ends in the middle of a line: …{}", tail(bytes)));
    whole.split(|&byte| byte == b'\n').collect()
}

/// The end of some output, short enough to print.
pub fn tail(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(300)..]).into_owned()
}

/// Runs the program to its end with `stdin` as its input.
#[track_caller]
pub fn run_command(mut command: Command, stdin: &[u8]) -> Outcome {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    // The program may stop before it has read everything; the test sees that by the exit code.
    let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let status = wait(&mut child, PATIENCE);
    writer.join().unwrap();
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
    Outcome { status, stdout: stdout.join().unwrap(), stderr }
}

/// Starts a program without stdin and reads its stderr in the background.
#[track_caller]
pub fn over_files(command: &mut Command) -> (Child, BufReader<ChildStdout>, JoinHandle<Vec<u8>>) {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    (child, stdout, stderr)
}

/// Reads a stream to its end on a thread of its own.
pub fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the end of the program, at most `patience`.
#[track_caller]
pub fn wait(child: &mut Child, patience: Duration) -> ExitStatus {
    match wait_quietly(child, patience) {
        Some(status) => status,
        None => {
            child.kill().unwrap();
            panic!("still running after {patience:?}");
        }
    }
}

/// Waits for the end of the program; nothing when it is still running after `patience`.
pub fn wait_quietly(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let since = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if since.elapsed() > patience {
            return None;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Sends a signal by its short name, `TERM` or `INT`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success(), "kill -{name} failed");
}

/// A running program: the test writes its stdin and reads its lines one by one.
pub struct Live {
    pub child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Live {
    pub fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::with_capacity(1 << 16, child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                match stdout.read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {
                        if send.send(line).is_err() {
                            break;
                        }
                    }
                }
            }
        });
        let stderr = Some(drain(child.stderr.take().unwrap()));
        Live { stdin: child.stdin.take(), child, lines, stderr }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// The next line, newline included. Fails when none comes.
    #[track_caller]
    pub fn next(&self) -> Vec<u8> {
        let line = self.lines.recv_timeout(PATIENCE).expect("a line comes out");
        assert_eq!(line.last(), Some(&b'\n'), "a whole line: {}", tail(&line));
        line
    }

    /// Fails when a line comes out within `time`.
    #[track_caller]
    pub fn says_nothing_for(&self, time: Duration) {
        match self.lines.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("the program ended"),
            Ok(line) => panic!("came out too early: {}", tail(&line)),
        }
    }

    /// Waits for the end; stdout holds what `next` has not taken. The input stays open or closed as
    /// it is.
    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        let status = wait(&mut self.child, PATIENCE);
        let mut stdout = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            stdout.extend_from_slice(&line);
        }
        let stderr = self.stderr.take().unwrap().join().unwrap();
        Outcome { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }
}

impl Drop for Live {
    /// Kills the program, so that a failed test leaves none behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gives a test binary a module `harness`: this module, and functions that run the executable that Cargo built for the test.
/// Only Cargo's integration tests know its path, so the kit cannot.
#[macro_export]
macro_rules! harness {
    () => {
        /// The program, as its users run it.
        #[allow(dead_code, unused_imports, reason = "each test binary uses a part")]
        pub(crate) mod harness {
            use std::ffi::OsStr;
            use std::process::Command;

            pub(crate) use $crate::process::*;

            /// The path of the program.
            pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_afterhours");

            /// The program, without the variables of the environment that could change its answers.
            pub(crate) fn program<A: AsRef<OsStr>>(args: &[A]) -> Command {
                command(PROGRAM, args)
            }

            /// Runs the program to its end with `stdin` as its input.
            #[track_caller]
            pub(crate) fn run<A: AsRef<OsStr>>(args: &[A], stdin: &[u8]) -> Outcome {
                run_command(program(args), stdin)
            }

            /// Starts the program and keeps its pipes open.
            pub(crate) fn start<A: AsRef<OsStr>>(args: &[A]) -> Live {
                Live::start(program(args))
            }
        }
    };
}
