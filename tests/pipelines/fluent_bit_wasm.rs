//! The real Fluent Bit: the filter as a module inside it, with the heap and the stack that Fluent
//! Bit gives a module by default. The module is `AFTERHOURS_WASM`, or
//! `target/wasm/afterhours.wasm`, where `.ci/wasm` puts it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::faults::{Damage, Fault, Wiring};
use super::host::{Home, Host, approves, find, until};
use super::records;

/// How long Fluent Bit may take to stop. It checks once a second whether everything is delivered.
const STOP: Duration = Duration::from_secs(3);
const FILE: &str = "fluent-bit/wasm.yaml";
const OUTPUT: &str = "out/after-hours.ndjson";

/// The program and the module. `None`, and a line that says so, where one is missing.
fn found() -> Option<(PathBuf, PathBuf)> {
    let fluent_bit = find("fluent-bit", "AFTERHOURS_FLUENT_BIT")?;
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wasm/afterhours.wasm");
    let module = std::env::var_os("AFTERHOURS_WASM").map_or(built, PathBuf::from);
    if !module.is_file() {
        println!("skipped, no module: {}", module.display());
        return None;
    }
    Some((fluent_bit, module))
}

fn command(home: &Home, fluent_bit: &Path, module: &Path) -> Command {
    let folder = home.name();
    let config = home.config(
        FILE,
        &[
            ("/usr/local/lib/afterhours/afterhours.wasm", module.to_str().unwrap()),
            ("/etc/afterhours", folder),
            ("/var/log/cloudtrail", &format!("{folder}/in")),
            ("/var/log/afterhours", &format!("{folder}/out")),
            ("/var/lib/fluent-bit", &format!("{folder}/state")),
        ],
    );
    let mut command = Command::new(fluent_bit);
    command.arg("-c").arg(config);
    command
}

fn suffer(fault: Fault) -> Option<Damage> {
    let (fluent_bit, module) = found()?;
    let home = Home::new();
    let start = || Host::start(&home, command(&home, &fluent_bit, &module));
    let wiring =
        Wiring { name: FILE, home: &home, start: &start, midway: OUTPUT, output: OUTPUT, stop_within: STOP };
    Some(wiring.suffer(fault))
}

#[test]
fn fluent_bit_accepts_the_configuration() {
    let Some((fluent_bit, module)) = found() else { return };
    let home = Home::new();
    let mut command = command(&home, &fluent_bit, &module);
    command.arg("--dry-run");
    approves(command);
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

#[test]
fn large_and_deep_records_pass() {
    let Some((fluent_bit, module)) = found() else { return };
    let home = Home::new();
    let with = |number: usize, more: &str| {
        records::sign_in(number).replacen('{', &format!("{{\"requestParameters\":{more},"), 1)
    };
    // Fluent Bit itself reads JSON to about 60 levels.
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let records = [
        with(0, "null"),
        with(1, &format!("\"{}\"", "x".repeat(200_000))),
        with(2, &format!("\"{}\"", "x".repeat(2_000_000))),
        with(3, &nested(30)),
        with(4, &nested(60)),
        with(5, "null"),
        // Fluent Bit passes what it cannot read as JSON to the module as text.
        with(6, &nested(70)),
        with(7, "1e400"),
        with(8, "null")
            .replace("ConsoleLogin", "\\u0043onsoleLogin")
            .replace("{\"type\":", "{\"deep\":1e400,\"type\":"),
        // Longer than buffer_max_size: its beginning is evaluated, and so are the lines after it.
        format!("{},\"x\":\"{}\"}}", records::sign_in(9).trim_end_matches('}'), "x".repeat(9_000_000)),
        with(10, "null"),
        // Truncated in the middle.
        with(11, "null").replace(",\"eventType\":\"AwsConsoleSignIn\"}", ""),
        with(12, "null"),
    ];
    home.write("in/trail.ndjson", records.join("\n") + "\n");
    let mut host = Host::start(&home, command(&home, &fluent_bit, &module));
    let seen = || {
        let output = String::from_utf8(home.read(OUTPUT)).unwrap();
        // Undecided lines hold the text as it came; of the longest only its beginning.
        let numbered = |number: usize| {
            let id = format!("seq-{number:08}");
            let (verdict, alone) =
                if [9, 11].contains(&number) { ("undecided", number == 9) } else { ("outside", false) };
            let says = format!("{{\"verdict\":\"{verdict}\"");
            output
                .lines()
                .any(|line| line.contains(&says) && (line.contains(&id) || alone && line.len() > 8_000_000))
        };
        (0..records.len()).filter(|&number| numbered(number)).collect::<Vec<_>>()
    };
    until(Duration::from_secs(20), || seen().len() == records.len());
    host.stop(STOP);
    let words = String::from_utf8_lossy(&home.read("words")).into_owned();
    assert_eq!(seen(), (0..records.len()).collect::<Vec<_>>(), "{words}");
    assert!(!words.contains("wasm code") && !words.contains("allocate"), "{words}");
}
