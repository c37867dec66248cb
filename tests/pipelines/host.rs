//! A log shipper (rsyslog, syslog-ng, Vector or Fluent Bit) with one of the configurations, in a
//! folder of its own, and the filter that it starts. Knows processes and folders. Whatever a test
//! started ends with the test.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The program `name`, or the one that the variable names. `None`, and a line that says so, where
/// there is none.
pub(crate) fn find(name: &str, variable: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        let path = PathBuf::from(path);
        assert!(path.exists(), "{variable} names {}, which does not exist", path.display());
        return Some(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: there is no {name} on this machine, and {variable} names none");
    }
    found
}

/// The folder of a test: the filter, its configuration, what goes in and what comes out.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { folder };
        for name in ["in", "out", "state"] {
            fs::create_dir(home.path(name)).unwrap();
        }
        // A copy, so that its processes can be distinguished from all others.
        fs::copy(env!("CARGO_BIN_EXE_afterhours"), home.filter()).unwrap();
        home.write(
            "afterhours.toml",
            "[default]\nhours = \"Mon-Fri 09:00-17:00\"\ntz = \"America/New_York\"\n",
        );
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn filter(&self) -> PathBuf {
        self.path("afterhours")
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The content of a file; empty where it does not exist yet.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_default()
    }

    /// Copies a file of `pipeline-configs/` into the folder and replaces texts in it. Fails where a
    /// text is not found.
    #[track_caller]
    pub(crate) fn config(&self, file: &str, replaced: &[(&str, &str)]) -> PathBuf {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs").join(file);
        let mut text = fs::read_to_string(&from).unwrap();
        for (old, new) in replaced {
            assert!(text.contains(old), "{file} does not say {old:?} any more");
            text = text.replace(old, new);
        }
        let to = self.path(&file.replace('/', "-"));
        fs::write(&to, text).unwrap();
        fs::set_permissions(&to, fs::metadata(&from).unwrap().permissions()).unwrap();
        to
    }

    /// The folder's name, for configurations.
    pub(crate) fn name(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// The processes of the filter.
    pub(crate) fn filters(&self) -> Vec<Pid> {
        let filter = self.filter();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter(|process| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == filter))
            .filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?))
            .collect()
    }

    /// Waits until the filters are gone.
    #[track_caller]
    pub(crate) fn no_filter_within(&self, time: Duration) {
        assert!(until(time, || self.filters().is_empty()), "a filter still runs after {time:?}");
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for filter in self.filters() {
            let _ = kill_process(filter, Signal::KILL);
        }
    }
}

/// A running log shipper.
pub(crate) struct Host(Child);

impl Host {
    /// Its messages go to a file in the folder.
    pub(crate) fn start(home: &Home, mut command: Command) -> Self {
        let words = fs::File::options().create(true).append(true).open(home.path("words")).unwrap();
        command.stdin(Stdio::null()).stdout(words.try_clone().unwrap()).stderr(words);
        Host(command.spawn().unwrap())
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Stops it with SIGTERM and returns how long that took. Fails where it takes longer than
    /// `time`.
    #[track_caller]
    pub(crate) fn stop(&mut self, time: Duration) -> Duration {
        let since = Instant::now();
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::TERM).unwrap();
        let ended = until(time, || self.0.try_wait().unwrap().is_some());
        assert!(ended, "the host still runs {time:?} after SIGTERM");
        since.elapsed()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a condition holds; returns whether it did within the time.
pub(crate) fn until(time: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let since = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if since.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A free port.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a command that must succeed.
#[track_caller]
pub(crate) fn approves(mut command: Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
