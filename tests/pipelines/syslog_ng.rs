//! The real syslog-ng: the filter behind a pipe, and its messages in a file that syslog-ng
//! forwards.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::faults::{Damage, Fault, Wiring};
use super::host::{Home, Host, approves, find};
use super::records::sign_in;

fn config(home: &Home) -> PathBuf {
    let folder = home.name();
    home.config(
        "syslog-ng/program.conf",
        &[
            ("/usr/local/bin/afterhours", home.filter().to_str().unwrap()),
            ("/etc/afterhours/afterhours.toml", &format!("{folder}/afterhours.toml")),
            ("/var/log/cloudtrail", &format!("{folder}/in")),
            ("/var/log/afterhours", &format!("{folder}/out")),
        ],
    )
}

fn command(syslog_ng: &Path, home: &Home, config: &Path) -> Command {
    let mut command = Command::new(syslog_ng);
    command.args(["-F", "--no-caps", "-f"]).arg(config);
    for (option, name) in [("-R", "persist"), ("-c", "control"), ("-p", "pid")] {
        command.arg(option).arg(home.path("state").join(name));
    }
    command
}

fn suffer(fault: Fault) -> Option<Damage> {
    let syslog_ng = find("syslog-ng", "AFTERHOURS_SYSLOG_NG")?;
    let home = Home::new();
    let config = config(&home);
    let start = || Host::start(&home, command(&syslog_ng, &home, &config));
    let name = "syslog-ng/program.conf";
    let stop_within = Duration::from_secs(25);
    let wiring = Wiring {
        name,
        home: &home,
        start: &start,
        midway: "out/after-hours.ndjson",
        output: "out/forwarded.ndjson",
        stop_within,
    };
    Some(wiring.suffer(fault))
}

#[test]
fn syslog_ng_accepts_the_configuration() {
    let Some(syslog_ng) = find("syslog-ng", "AFTERHOURS_SYSLOG_NG") else { return };
    let home = Home::new();
    let mut command = command(&syslog_ng, &home, &config(&home));
    command.arg("--syntax-only");
    approves(command);
}

#[test]
fn syslog_ng_passes_everything_through() {
    let Some(damage) = suffer(Fault::None) else { return };
    assert_eq!(damage.tally.nothing_lost().twice, 0);
}

#[test]
fn syslog_ng_loses_little_when_the_filter_is_killed() {
    let Some(damage) = suffer(Fault::FilterKilled) else { return };
    assert!(damage.tally.lost * sign_in(0).len() < 3 * (2 << 20), "{}", damage.tally);
}

#[test]
fn syslog_ng_stopped() {
    let Some(damage) = suffer(Fault::Stopped) else { return };
    assert!(damage.tally.lost * sign_in(0).len() < 2 << 20, "{}", damage.tally);
}

#[test]
fn syslog_ng_killed() {
    let Some(damage) = suffer(Fault::HostKilled) else { return };
    assert!(damage.tally.lost * sign_in(0).len() < 2 << 20, "{}", damage.tally);
}
