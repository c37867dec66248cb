//! The program with `--listen`. It is killed when the value is dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::client::Client;

/// How long anything may take before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program, with an empty environment.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_afterhours"));
    command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) struct Listener {
    pub(crate) child: Child,
    /// The addresses that it reported, in the order of its options.
    addresses: Vec<String>,
    out: Arc<Mutex<Vec<u8>>>,
    messages: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Listener {
    /// Listens on these addresses, with hours that are never open.
    pub(crate) fn start(addresses: &[&str], more: &[&str]) -> Self {
        let mut arguments = vec!["--hours", "off", "--tz", "UTC"];
        arguments.extend_from_slice(more);
        Self::of(addresses, program(&arguments))
    }

    pub(crate) fn http(more: &[&str]) -> Self {
        Self::start(&["http:127.0.0.1:0"], more)
    }

    pub(crate) fn of(addresses: &[&str], command: Command) -> Self {
        let mut listener = Self::unheard(addresses, command);
        let stdout = listener.child.stdout.take();
        if let Some(mut stdout) = stdout {
            let out = Arc::clone(&listener.out);
            listener.readers.push(std::thread::spawn(move || {
                let mut block = [0; 1 << 16];
                while let Ok(count @ 1..) = stdout.read(&mut block) {
                    out.lock().unwrap().extend_from_slice(&block[..count]);
                }
            }));
        }
        listener
    }

    /// Its stdout is not read and stays with the child.
    pub(crate) fn unheard(addresses: &[&str], mut command: Command) -> Self {
        for address in addresses {
            command.args(["--listen", address]);
        }
        let mut child = command.spawn().unwrap();
        let (messages, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let write = Arc::clone(&messages);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut messages = write.lock().unwrap();
                messages.push_str(&line);
                messages.push('\n');
            }
        });
        let mut listener =
            Listener { child, addresses: Vec::new(), out: Arc::default(), messages, readers: vec![reader] };
        let found = |messages: &str| {
            let lines = messages.lines().filter_map(|line| line.strip_prefix("afterhours: listening on "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        listener.wait_until("it listens", |listener| found(&listener.messages()).len() == addresses.len());
        listener.addresses = found(&listener.messages());
        listener
    }

    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !is(self) {
            let ended = self.child.try_wait().unwrap();
            // Its last messages may still be on their way.
            if since.elapsed() > PATIENCE || ended.is_some() && !self.comes_late(&is) {
                panic!("waited in vain until {what}; ended: {ended:?}; it said:\n{}", self.messages());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn comes_late(&self, is: impl Fn(&Self) -> bool) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            is(self)
        })
    }

    /// `HOST:PORT`
    pub(crate) fn host(&self, at: usize) -> &str {
        self.addresses[at].split_once(':').unwrap().1
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.host(0)).unwrap()
    }

    pub(crate) fn tcp(&self, at: usize) -> TcpStream {
        TcpStream::connect(self.host(at)).unwrap()
    }

    pub(crate) fn out(&self) -> Vec<u8> {
        self.out.lock().unwrap().clone()
    }

    /// Waits until a condition holds.
    #[track_caller]
    pub(crate) fn wait_for_lines(&mut self, count: usize) {
        let lines =
            |listener: &Self| listener.out.lock().unwrap().iter().filter(|&&byte| byte == b'\n').count();
        self.wait_until(&format!("{count} lines are out"), |listener| lines(listener) >= count);
    }

    pub(crate) fn messages(&self) -> String {
        self.messages.lock().unwrap().clone()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Waits for its end and returns everything that it wrote.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let status = self.wait();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        Ended { status, out: self.out(), messages: self.messages() }
    }

    #[track_caller]
    fn wait(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "still running; it said:\n{}", self.messages());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Ends it with SIGTERM, as a log shipper does.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        self.terminate();
        self.end()
    }

    /// The peak of its resident memory, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How it ended.
pub(crate) struct Ended {
    status: ExitStatus,
    pub(crate) out: Vec<u8>,
    pub(crate) messages: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}; it said:\n{}", self.status, self.messages);
        self
    }
}

/// A directory, and the address of a socket in it.
pub(crate) fn socket() -> (tempfile::TempDir, PathBuf, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let address = format!("unix:{}", path.display());
    (directory, path, address)
}

/// Sends the bytes over a connection of its own, and closes it.
pub(crate) fn send(path: &Path, bytes: &[u8]) {
    UnixStream::connect(path).unwrap().write_all(bytes).unwrap();
}
