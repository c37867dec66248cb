//! The real rsyslog: the filter in the middle (mmexternal) and at the end (omprog).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::faults::{Fault, Wiring};
use super::host::{Home, Host, approves, find, until};
use super::records::{Tally, other, sign_in};

fn config(home: &Home, file: &str) -> std::path::PathBuf {
    let folder = home.name();
    let filter = home.filter();
    home.config(
        file,
        &[
            ("/usr/local/bin/afterhours", filter.to_str().unwrap()),
            ("/etc/afterhours/afterhours.toml", &format!("{folder}/afterhours.toml")),
            ("/var/spool/rsyslog", &format!("{folder}/state")),
            ("/var/log/cloudtrail", &format!("{folder}/in")),
            ("/var/log/afterhours", &format!("{folder}/out")),
        ],
    )
}

fn command(rsyslogd: &Path, home: &Home, config: &Path) -> Command {
    let mut command = Command::new(rsyslogd);
    command.arg("-n").arg("-f").arg(config).arg("-i").arg(home.path("pid"));
    command
}

fn suffer(file: &str, fault: Fault) -> Option<super::faults::Damage> {
    let rsyslogd = find("rsyslogd", "AFTERHOURS_RSYSLOGD")?;
    let home = Home::new();
    let config = config(&home, file);
    let start = || {
        // Left by a killed process.
        let _ = std::fs::remove_file(home.path("pid"));
        Host::start(&home, command(&rsyslogd, &home, &config))
    };
    let stop_within = Duration::from_secs(25);
    let wiring = Wiring {
        name: file,
        home: &home,
        start: &start,
        midway: "out/after-hours.ndjson",
        output: "out/after-hours.ndjson",
        stop_within,
    };
    Some(wiring.suffer(fault))
}

#[test]
fn rsyslog_accepts_the_configurations() {
    let Some(rsyslogd) = find("rsyslogd", "AFTERHOURS_RSYSLOGD") else { return };
    for file in ["rsyslog/mmexternal.conf", "rsyslog/omprog.conf"] {
        let home = Home::new();
        let mut command = Command::new(&rsyslogd);
        command.arg("-N1").arg("-f").arg(config(&home, file));
        approves(command);
    }
}

#[test]
fn mmexternal_tags_after_hours_sign_ins_and_unreadable_lines() {
    let Some(rsyslogd) = find("rsyslogd", "AFTERHOURS_RSYSLOGD") else { return };
    let home = Home::new();
    let config = config(&home, "rsyslog/mmexternal.conf");
    let inside = sign_in(1).replace("2026-11-21T16", "2026-11-20T16");
    let long = sign_in(2).replace("Mozilla", &"M".repeat(300_000));
    let truncated = &sign_in(3)[..300];
    let untimed = sign_in(4).replace("2026-11-21T16:30:00Z", "yesterday");
    let lines =
        [sign_in(0), inside, other(0), long, truncated.to_owned(), String::new(), untimed, sign_in(5)];
    home.write("in/trail.ndjson", lines.join("\n") + "\n");
    let mut host = Host::start(&home, command(&rsyslogd, &home, &config));
    let done = || home.read("out/after-hours.ndjson").windows(12).any(|twelve| twelve == b"seq-00000005");
    assert!(
        until(Duration::from_secs(30), done),
        "{}",
        String::from_utf8_lossy(&home.read("out/rsyslog.log"))
    );
    host.stop(Duration::from_secs(25));
    let output = home.read("out/after-hours.ndjson");
    let tagged: Vec<serde_json::Value> =
        output.split_inclusive(|&b| b == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    let reasons: Vec<_> = tagged.iter().map(|line| line["after_hours"]["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["closed_day", "closed_day", "unreadable", "no_event_time", "closed_day"]);
    assert_eq!(tagged[1]["userAgent"].as_str().unwrap().len(), 300_000 + 24);
    assert_eq!(tagged[2]["raw"], truncated);
}

/// To rsyslog, a filter that cannot start would look like one that finds nothing.
#[test]
fn mmexternal_forwards_sign_ins_when_the_filter_cannot_start_and_reports_why() {
    let Some(rsyslogd) = find("rsyslogd", "AFTERHOURS_RSYSLOGD") else { return };
    let home = Home::new();
    let config = config(&home, "rsyslog/mmexternal.conf");
    home.write("afterhours.toml", "[default]\nhours = \"Mon-Fri 25:00-26:00\"\n");
    home.write("in/trail.ndjson", [sign_in(0), other(0), sign_in(1)].join("\n") + "\n");
    let mut host = Host::start(&home, command(&rsyslogd, &home, &config));
    let done = || Tally::of(2, &home.read("out/after-hours.ndjson")).lost == 0;
    assert!(until(Duration::from_secs(30), done));
    host.stop(Duration::from_secs(25));
    let tally = Tally::of(2, &home.read("out/after-hours.ndjson")).nothing_lost();
    assert_eq!((tally.undecided, tally.twice), (2, 0), "{tally}");
    let words = home.read("out/rsyslog.log");
    let words = String::from_utf8_lossy(&words);
    assert!(words.contains("afterhours.toml:2"), "{words}");
}

#[test]
fn mmexternal_loses_nothing_when_the_filter_is_killed() {
    let Some(damage) = suffer("rsyslog/mmexternal.conf", Fault::FilterKilled) else { return };
    damage.tally.nothing_lost();
}

#[test]
fn mmexternal_loses_nothing_when_rsyslog_is_killed() {
    let Some(damage) = suffer("rsyslog/mmexternal.conf", Fault::HostKilled) else { return };
    damage.tally.nothing_lost_but_glued(1);
}

#[test]
fn mmexternal_loses_nothing_when_rsyslog_is_stopped() {
    let Some(damage) = suffer("rsyslog/mmexternal.conf", Fault::Stopped) else { return };
    // rsyslog interrupts its own wait for the answer (SIGTTIN) and processes the message without
    // it.
    assert!(damage.tally.nothing_lost().undecided <= 1);
}

#[test]
fn omprog_loses_no_more_than_its_pipe_when_the_filter_is_killed() {
    let Some(damage) = suffer("rsyslog/omprog.conf", Fault::FilterKilled) else { return };
    let Tally { lost, changed, .. } = damage.tally;
    // Three pipes of 1 MiB, and what was read from them.
    assert!(lost * sign_in(0).len() < 3 * (2 << 20), "{}", damage.tally);
    assert_eq!(changed, 0);
}

#[test]
fn omprog_loses_nothing_when_rsyslog_is_stopped() {
    let Some(damage) = suffer("rsyslog/omprog.conf", Fault::Stopped) else { return };
    damage.tally.nothing_lost();
}

#[test]
fn omprog_loses_nothing_when_rsyslog_is_killed() {
    let Some(damage) = suffer("rsyslog/omprog.conf", Fault::HostKilled) else { return };
    damage.tally.nothing_lost_but_pieces(1);
}
