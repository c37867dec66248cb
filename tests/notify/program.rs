//! The real program with its own configuration and outbox.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory with a configuration, and the environment of the program.
pub(crate) struct Home {
    directory: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Home {
    /// `config` is the text of the configuration.
    pub(crate) fn new(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("afterhours.toml"), config).unwrap();
        Home { directory, environment: Vec::new() }
    }

    /// Adds a variable to the program's environment, which is otherwise empty.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Writes a file beside the configuration.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("afterhours.toml")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.path("spool")
    }

    /// The program with these arguments; the environment names the configuration and the outbox.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_afterhours")));
        command.args(arguments).env_clear();
        command.env("AFTERHOURS_CONFIG", self.config()).env("AFTERHOURS_OUTBOX", self.spool());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Sends a test notification to the channel.
    pub(crate) fn test(&self, channel: &str) -> Ran {
        self.run(&["notify", "test", channel])
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless the exit code is `code`; prints the output.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Fails if the output contains the text.
    #[track_caller]
    pub(crate) fn hides(&self, secret: &str) -> &Self {
        assert!(!self.out.contains(secret) && !self.err.contains(secret), "{secret} in {self:?}");
        self
    }
}
