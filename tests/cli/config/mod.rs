//! Configuration files through the program itself: errors and their places, which schedule applies to whom, reloading while the
//! program runs, and what `check` prints.

mod check;
mod errors;
mod evaluation;
mod people;
mod reload;
mod schema;
mod settings;

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Outcome, run};

/// A directory with a configuration and the files beside it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn with(config: &str) -> Self {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        place.write("rules.toml", config);
        place
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("rules.toml")
    }

    fn config(&self) -> String {
        self.path().display().to_string()
    }

    /// The text without the name of the directory.
    fn plain(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }

    fn check(&self) -> Outcome {
        run(&["check", "--tzdata", "embedded", &self.config()], b"")
    }

    /// The tags of sign-ins, all of them forwarded.
    fn tags(&self, sign_ins: &[String]) -> Vec<Value> {
        let args = ["-c", &self.config(), "--keep", "sign-ins", "--identity", "all", "--tzdata", "embedded"];
        let outcome = run(&args, sign_ins.concat().as_bytes()).exits(0);
        outcome.lines().into_iter().map(tag).collect()
    }
}

fn tag(line: &[u8]) -> Value {
    serde_json::from_slice::<Value>(line).unwrap()["after_hours"].take()
}

/// A sign-in of an IAM user from an IP address.
fn sign_in(user: &str, account: &str, time: &str, address: &str) -> String {
    let identity = format!(
        r#"{{"type":"IAMUser","userName":"{user}","accountId":"{account}","arn":"arn:aws:iam::{account}:user/team/{user}"}}"#
    );
    of(&identity, time, address)
}

fn of(identity: &str, time: &str, address: &str) -> String {
    format!(
        r#"{{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventTime":"{time}","sourceIPAddress":"{address}","userIdentity":{identity},"responseElements":{{"ConsoleLogin":"Success"}}}}"#
    ) + "\n"
}

/// On a Monday, in Berlin's morning.
fn user(user: &str) -> String {
    sign_in(user, "111122223333", "2026-11-23T10:00:00Z", "198.51.100.7")
}

const GOOD: &str = "[default]\nhours = \"Mon-Fri 09:00-17:00\"\n";
