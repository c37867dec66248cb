//! The real Fluent Bit: the filter as its child, over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::faults::{Damage, Fault, Wiring};
use super::host::{Home, Host, approves, find, free_port};

/// How long Fluent Bit may take to stop.
const STOP: Duration = Duration::from_secs(3);
const FILE: &str = "fluent-bit/http.yaml";

fn fluent_bit() -> Option<PathBuf> {
    find("fluent-bit", "AFTERHOURS_FLUENT_BIT")
}

fn config(home: &Home) -> PathBuf {
    let folder = home.name();
    home.config(
        FILE,
        &[
            ("/usr/local/bin/afterhours", home.filter().to_str().unwrap()),
            ("/etc/afterhours/afterhours.toml", &format!("{folder}/afterhours.toml")),
            ("/var/log/cloudtrail", &format!("{folder}/in")),
            ("/var/log/afterhours", &format!("{folder}/out")),
            ("/var/lib/afterhours", &format!("{folder}/out")),
            ("/var/lib/fluent-bit", &format!("{folder}/state")),
            ("9912", &free_port().to_string()),
        ],
    )
}

fn command(fluent_bit: &Path, config: &Path) -> Command {
    let mut command = Command::new(fluent_bit);
    command.arg("-c").arg(config);
    command
}

fn suffer(fault: Fault) -> Option<Damage> {
    let fluent_bit = fluent_bit()?;
    let home = Home::new();
    let config = config(&home);
    let start = || Host::start(&home, command(&fluent_bit, &config));
    let (midway, output) = ("out/after-hours.ndjson", "out/siem.ndjson");
    let wiring = Wiring { name: FILE, home: &home, start: &start, midway, output, stop_within: STOP };
    Some(wiring.suffer(fault))
}

#[test]
fn fluent_bit_accepts_the_configuration() {
    let Some(fluent_bit) = fluent_bit() else { return };
    let home = Home::new();
    let mut command = command(&fluent_bit, &config(&home));
    command.arg("--dry-run");
    approves(command);
}

#[test]
fn nothing_is_lost_when_the_filter_is_killed() {
    let Some(damage) = suffer(Fault::FilterKilled) else { return };
    damage.tally.nothing_lost_but_pieces(3);
}

#[test]
fn nothing_is_lost_when_fluent_bit_is_killed() {
    let Some(damage) = suffer(Fault::HostKilled) else { return };
    damage.tally.nothing_lost_but_glued(1);
}

#[test]
fn nothing_is_lost_when_fluent_bit_is_stopped() {
    let Some(damage) = suffer(Fault::Stopped) else { return };
    damage.tally.nothing_lost();
}
