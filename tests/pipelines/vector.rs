//! The real Vector: one process with the filter over HTTP or a unix socket, and two processes with
//! the filter in a shell pipe.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::faults::{Damage, Fault, Wiring};
use super::host::{Home, Host, approves, find, free_port};
use super::records::sign_in;

/// How long Vector may take to stop.
const STOP: Duration = Duration::from_secs(3);

fn vector() -> Option<PathBuf> {
    find("vector", "AFTERHOURS_VECTOR")
}

fn config(home: &Home, file: &str) -> PathBuf {
    let folder = home.name();
    let port = free_port().to_string();
    let filter = home.filter().to_str().unwrap().to_owned();
    let all = [
        ("/usr/local/bin/afterhours", filter),
        ("/etc/afterhours/afterhours.toml", format!("{folder}/afterhours.toml")),
        ("/var/log/cloudtrail", format!("{folder}/in")),
        ("/var/log/afterhours", format!("{folder}/out")),
        ("/var/lib/afterhours", format!("{folder}/out")),
        ("/var/lib/vector", format!("{folder}/state")),
        ("/run/afterhours.sock", format!("{folder}/socket")),
        ("9902", port),
    ];
    let text = std::fs::read_to_string(Path::new("pipeline-configs").join(file)).unwrap();
    let messages: Vec<_> =
        all.iter().filter(|(old, _)| text.contains(old)).map(|(old, new)| (*old, new.as_str())).collect();
    home.config(file, &messages)
}

fn command(vector: &Path, config: &Path) -> Command {
    let mut command = Command::new(vector);
    command.env_remove("VECTOR_CONFIG").arg("--quiet").arg("--config").arg(config);
    command
}

fn suffer(file: &str, midway: &str, fault: Fault) -> Option<Damage> {
    let vector = vector()?;
    let home = Home::new();
    let config = config(&home, file);
    let start = || Host::start(&home, command(&vector, &config));
    let wiring = Wiring {
        name: file,
        home: &home,
        start: &start,
        midway,
        output: "out/siem.ndjson",
        stop_within: STOP,
    };
    Some(wiring.suffer(fault))
}

#[test]
fn vector_accepts_the_configurations() {
    let Some(vector) = vector() else { return };
    for file in ["one-process-http.yaml", "one-process-unix.yaml", "pipe-read.yaml", "pipe-write.yaml"] {
        let home = Home::new();
        for folder in ["state/read", "state/write"] {
            std::fs::create_dir(home.path(folder)).unwrap();
        }
        let mut command = Command::new(&vector);
        command.args(["validate", "--no-environment"]).arg(config(&home, &format!("vector/{file}")));
        approves(command);
    }
}

const HTTP: (&str, &str) = ("vector/one-process-http.yaml", "out/after-hours.ndjson");
const UNIX: (&str, &str) = ("vector/one-process-unix.yaml", "out/siem.ndjson");

#[test]
fn over_http_nothing_is_lost_when_the_filter_is_killed() {
    let Some(damage) = suffer(HTTP.0, HTTP.1, Fault::FilterKilled) else { return };
    damage.tally.nothing_lost_but_pieces(3);
}

#[test]
fn over_http_nothing_is_lost_when_vector_is_killed() {
    let Some(damage) = suffer(HTTP.0, HTTP.1, Fault::HostKilled) else { return };
    damage.tally.nothing_lost_but_glued(1);
}

#[test]
fn over_http_nothing_is_lost_when_vector_is_stopped() {
    let Some(damage) = suffer(HTTP.0, HTTP.1, Fault::Stopped) else { return };
    damage.tally.nothing_lost();
}

#[test]
fn over_a_unix_socket_nothing_is_lost_when_vector_is_stopped() {
    let Some(damage) = suffer(UNIX.0, UNIX.1, Fault::Stopped) else { return };
    damage.tally.nothing_lost();
}

/// The comment of the file says what a kill loses: no more than the buffers between the two.
#[test]
fn over_a_unix_socket_little_is_lost_when_something_is_killed() {
    for fault in [Fault::FilterKilled, Fault::HostKilled] {
        let Some(damage) = suffer(UNIX.0, UNIX.1, fault) else { return };
        assert!(damage.tally.lost * sign_in(0).len() < 3 * (4 << 20), "{}", damage.tally);
        assert_eq!(damage.tally.changed, 0);
    }
}

fn pipe(fault: Fault) -> Option<Damage> {
    let vector = vector()?;
    let home = Home::new();
    for folder in ["state/read", "state/write"] {
        std::fs::create_dir(home.path(folder)).unwrap();
    }
    for file in ["pipe-read.yaml", "pipe-write.yaml"] {
        std::fs::rename(config(&home, &format!("vector/{file}")), home.path(file)).unwrap();
    }
    let script = config(&home, "vector/pipe.sh");
    let folder = vector.parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let start = || {
        let mut command = Command::new(&script);
        command.env("PATH", &path).env("VECTOR_GRACEFUL_SHUTDOWN_LIMIT_SECS", "10");
        Host::start(&home, command)
    };
    let (name, midway) = ("vector/pipe.sh", "out/siem.ndjson");
    let wiring = Wiring {
        name,
        home: &home,
        start: &start,
        midway,
        output: midway,
        stop_within: Duration::from_secs(10),
    };
    Some(wiring.suffer(fault))
}

#[test]
fn a_pipe_that_is_stopped_loses_nothing() {
    let Some(damage) = pipe(Fault::Stopped) else { return };
    damage.tally.nothing_lost();
}
