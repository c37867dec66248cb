//! Replays the fuzz targets on a stable compiler: the seeds as they are, and mutated by a seeded
//! generator. `FUZZ_CASES=1000000 cargo test --release --test oracles fuzz_replay::` runs longer.

use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Command, Stdio};

use afterhours_fuzz as targets;

/// Mutated inputs for each target.
const CASES: u64 = 3000;
/// Mutated configurations; each is a run of the program.
const CONFIGURATIONS: u64 = 100;

#[test]
fn lines() {
    replay("line", targets::line);
}

#[test]
fn hours() {
    replay("hours", targets::hours);
}

#[test]
fn zones() {
    replay("zone", targets::zone);
}

#[test]
fn calendar_files() {
    replay("ics", targets::ics);
}

#[test]
fn records() {
    replay("record", targets::record);
}

/// The program, not the library, reads the configuration: it accepts a file or rejects it with a
/// message, and never crashes.
#[test]
fn configurations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fuzzed.toml");
    let seeds = seeds("config");
    let mut dice = Dice(2026);
    let mutated = (0..CONFIGURATIONS).map(|_| dice.mutant(&seeds));
    let (mut accepted, mut rejected) = (0, 0);
    for input in seeds.iter().cloned().chain(mutated.collect::<Vec<_>>()) {
        std::fs::write(&path, &input).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_afterhours"))
            .args(["check", "--tzdata", "embedded"])
            .arg(&path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&out.stderr);
        match out.status.code() {
            Some(0) => accepted += 1,
            Some(2) if !message.trim().is_empty() => rejected += 1,
            _ => panic!("{}, {message}for the file\n{}", out.status, String::from_utf8_lossy(&input)),
        }
    }
    // If every file were rejected at its first byte, nothing would have been tested.
    assert!(accepted >= 10 && rejected >= 10, "{accepted} accepted, {rejected} refused");
}

fn replay(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    let cases = std::env::var("FUZZ_CASES").map_or(CASES, |cases| cases.parse().expect("a number"));
    let mut dice = Dice(cases);
    let mutants = (0..cases).map(|_| dice.mutant(&seeds));
    for input in seeds.iter().cloned().chain(mutants) {
        if catch_unwind(|| run(&input)).is_err() {
            panic!("{target} fails for b\"{}\"", input.escape_ascii());
        }
    }
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no seeds in {}", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Bytes that mean something to one format or another.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud83d",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b";",
    b"=",
    b"-",
    b"0",
    b"9",
    b"24:00",
    b"99999999999999999999",
    b"PH",
    b"off",
    b"easter",
    b"Feb 29",
    b"ConsoleLogin",
    b"{\"eventName\":\"ConsoleLogin\",\"eventSource\":\"signin.amazonaws.com\"}",
    b"\"\"\"",
    b"RRULE:FREQ=DAILY\n",
    b"INTERVAL",
];

/// A generator of random numbers (SplitMix64), and mutations made with it.
struct Dice(u64);

impl Dice {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        (self.number() % (end.max(1) as u64)) as usize
    }

    /// A short range in the bytes.
    fn stretch(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len());
        let end = start + 1 + self.below(32);
        start..end.min(bytes.len())
    }

    /// A seed with a few changes.
    fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let stretch = self.stretch(&bytes);
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.number() as u8,
                2 => drop(bytes.drain(stretch)),
                3 => {
                    let copy = bytes[stretch].to_vec();
                    bytes.splice(at..at, copy);
                }
                4 => bytes.truncate(at),
                5 => {
                    let other = &seeds[self.below(seeds.len())];
                    let stretch = self.stretch(other);
                    bytes.splice(at..at, other[stretch].iter().copied());
                }
                6 => drop(bytes.splice(stretch, WORDS[self.below(WORDS.len())].iter().copied())),
                _ => drop(bytes.splice(at..at, WORDS[self.below(WORDS.len())].iter().copied())),
            }
        }
        bytes
    }
}
