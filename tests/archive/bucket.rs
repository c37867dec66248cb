//! Makes folders as CloudTrail stores them in a bucket, the same for the same seed, and finds the
//! sign-ins in them in the slow, obvious way.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::harness::{Outcome, program, run_command};
use kit::fixtures::api_call;

/// Hours that are never open, so that every sign-in goes out.
pub(crate) const ALWAYS: [&str; 4] = ["--hours", "off", "--tz", "UTC"];

/// A small random generator.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // Steele, Lea and Flood's splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// A console sign-in by an IAM user.
pub(crate) fn sign_in(user: &str, id: &str, region: &str, event_time: &str) -> String {
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"{}"}},"#,
            r#""eventTime":"{}","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"{}","#,
            r#""sourceIPAddress":"192.0.2.17","userAgent":"Mozilla/5.0","responseElements":{{"ConsoleLogin":"Success"}},"#,
            r#""additionalEventData":{{"MFAUsed":"No"}},"eventID":"{}"}}"#
        ),
        user, event_time, region, id
    )
}

/// `2026-03-01` and so many days.
pub(crate) fn day(number: u64) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::Days::new(number)
}

/// Writes a file, and creates the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A log file as CloudTrail makes it.
pub(crate) fn records(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// A bucket of `days` days from 2026-03-01 on: two regions, a few files a day, most delivered in
/// time, some a little late, few by weeks. Returns its root.
pub(crate) fn fill(root: &Path, days: u64, seed: u64) -> PathBuf {
    let mut chance = Chance(seed);
    let mut number = 0;
    for delivered in 0..days {
        for region in ["eu-west-1", "us-east-1"] {
            let folder =
                format!("AWSLogs/111122223333/CloudTrail/{region}/{}", day(delivered).format("%Y/%m/%d"));
            for file in 0..1 + chance.below(3) {
                let mut all: Vec<String> = (0..chance.below(20) as usize).map(api_call).collect();
                for _ in 0..chance.below(4) {
                    let late = match chance.below(20) {
                        0 => chance.below(30),
                        1..=4 => 1,
                        _ => 0,
                    };
                    number += 1;
                    let time = format!(
                        "{}T{:02}:{:02}:{:02}Z",
                        day(delivered.saturating_sub(late)),
                        chance.below(24),
                        chance.below(60),
                        chance.below(60)
                    );
                    let time = if chance.below(40) == 0 { "redacted".to_owned() } else { time };
                    let at = chance.below(all.len() as u64 + 1) as usize;
                    all.insert(
                        at,
                        sign_in(&format!("user-{number}"), &format!("id-{number}"), region, &time),
                    );
                }
                let name = format!(
                    "111122223333_CloudTrail_{region}_{}T{:02}00Z_{file}.json.gz",
                    day(delivered).format("%Y%m%d"),
                    chance.below(24)
                );
                write(&root.join(&folder).join(name), &gzip(&records(&all)));
            }
        }
    }
    root.join("AWSLogs")
}

/// All files below a folder, in the byte order of their paths, without links.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    found
}

/// The content of a file, decompressed.
pub(crate) fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
    plain
}

/// The twin: parses every file with serde_json and selects the sign-ins by IAM users.
pub(crate) fn sign_ins(files: &[PathBuf]) -> Vec<Value> {
    let mut found = Vec::new();
    for file in files {
        let mut parsed: Value = serde_json::from_slice(&content(file)).unwrap();
        let records = parsed["Records"].as_array_mut().unwrap();
        found.extend(records.drain(..).filter(|record| {
            record["eventName"] == "ConsoleLogin"
                && record["eventSource"] == "signin.amazonaws.com"
                && record["userIdentity"]["type"] == "IAMUser"
        }));
    }
    found
}

/// The records that went out, without their tags.
#[track_caller]
pub(crate) fn records_of(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.lines().into_iter();
    lines
        .map(|line| {
            let mut record: Value = serde_json::from_slice(line).unwrap();
            assert!(record.as_object_mut().unwrap().remove("after_hours").is_some());
            record
        })
        .collect()
}

/// Runs the program with options, on paths.
#[track_caller]
pub(crate) fn run_on(args: &[&str], paths: &[&Path]) -> Outcome {
    let mut command = program(&ALWAYS);
    command.args(args).args(paths);
    run_command(command, b"")
}

/// The counts at the end.
#[track_caller]
pub(crate) fn stats(outcome: &Outcome) -> Value {
    let line = outcome.stderr.lines().find(|line| line.starts_with('{')).expect("statistics on stderr");
    serde_json::from_str::<Value>(line).unwrap()["afterhours"].take()
}

/// The program, run in a folder.
pub(crate) fn program_in(folder: &Path, args: &[&str]) -> Command {
    let mut command = program(&ALWAYS);
    command.args(args).current_dir(folder);
    command
}
