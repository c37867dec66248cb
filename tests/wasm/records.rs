//! The records to call the module with: the fixtures, the sample, generated ones, public ones where
//! they are beside the repository, and all of them mutated.

use std::path::{Path, PathBuf};

use afterhours::prefilter::Prefilter;
use kit::corpus::{Corpus, Form, Until};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(path.to_str().unwrap()));
        } else if path.extension().is_some_and(|kind| kind == "json" || kind == "ndjson") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The lines of a file without empty ones and ones with NUL, which a host never passes. A document
/// of several lines is one record too.
fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let usable = |line: &&[u8]| !line.is_empty() && !line.contains(&0);
    let mut lines: Vec<Vec<u8>> = text.split(|&b| b == b'\n').filter(usable).map(<[u8]>::to_vec).collect();
    if lines.first().is_some_and(|first| first.len() <= 2) {
        lines.extend(Some(text).filter(usable).map(<[u8]>::to_vec));
    }
    lines
}

/// The hand-written ones.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut paths = files("tests/fixtures");
    paths.push(root().join("pipeline-configs/sample.ndjson"));
    let mut seeds: Vec<Vec<u8>> =
        paths.iter().flat_map(|path| lines(&std::fs::read(path).unwrap())).collect();
    seeds.push(sign_in("x"));
    for depth in 1..8 {
        seeds.extend(enveloped(depth));
    }
    seeds
}

/// All but the mutated ones, and without those in base64: the module does not look into it.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let mut all = seeds();
    for (corpus, form, count) in [
        (Corpus::mixed(7), Form::Bare, 4000),
        (Corpus::dense(7), Form::Bare, 400),
        (Corpus::dense(8), Form::Wrapped, 100),
        (Corpus::dense(9), Form::S3 { records: 20 }, 60),
    ] {
        all.extend(lines(&corpus.bytes(form, Until::Records(count)).0));
    }
    let public = files("../shared/data");
    if public.is_empty() {
        println!("skipped: no shared data");
    }
    all.extend(public.iter().flat_map(|path| lines(&std::fs::read(path).unwrap())));
    let search = Prefilter::default();
    all.retain(|record| !search.has_payload(record));
    all
}

/// A sign-in at night with this user agent.
pub(crate) fn sign_in(agent: &str) -> Vec<u8> {
    format!(
        r#"{{"userIdentity":{{"type":"IAMUser","userName":"lee"}},"eventTime":"2026-11-22T03:12:44Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userAgent":"{agent}","responseElements":{{"ConsoleLogin":"Success"}}}}"#
    )
    .into_bytes()
}

/// A sign-in inside `depth` envelopes, of each kind.
fn enveloped(depth: usize) -> [Vec<u8>; 4] {
    let record = String::from_utf8(sign_in("x")).unwrap();
    let quoted = |text: String| serde_json::Value::from(text).to_string();
    let nest = |around: &dyn Fn(String) -> String| {
        (0..depth).fold(record.clone(), |text, _| around(text)).into_bytes()
    };
    [
        nest(&|text| format!("{{\"message\":{}}}", quoted(text))),
        nest(&|text| format!("{{\"Records\":[{{}},{text}]}}")),
        nest(&|text| format!("{{\"logEvents\":[{{\"message\":{}}}]}}", quoted(text))),
        nest(&|text| format!("{{\"detail\":{text}}}")),
    ]
}

/// Large and deeply nested records.
pub(crate) fn extreme() -> Vec<Vec<u8>> {
    let mut extreme = vec![
        sign_in(&"x".repeat(200_000)),
        sign_in(&"\\u00e9\\n".repeat(30_000)),
        sign_in(&"x".repeat(4_000_000)),
        format!("{{\"log\":{}}}", serde_json::Value::from("ConsoleLogin \\\"".repeat(20_000))).into_bytes(),
    ];
    for depth in [10, 60, 100, 126, 127, 128, 300, 5000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"log\":", "}"), ("[{\"Records\":", "}]")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = String::from_utf8(sign_in("x")).unwrap();
            extreme.push(text.replacen('{', &format!("{{\"requestParameters\":{nested},"), 1).into_bytes());
            extreme
                .push(format!("{{\"x\":{nested},\"log\":{}}}", serde_json::Value::from(text)).into_bytes());
        }
    }
    extreme
}

/// A seeded generator (xorshift64*).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end.max(1)
    }

    /// One of the seeds, damaged.
    pub(crate) fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        const PUT: [&[u8]; 16] = [
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b"\\",
            b",",
            b":",
            b"\\u00",
            b"\\u0043",
            b"\xff",
            b"\n",
            b"ConsoleLogin",
            b"{\"Records\":[",
            b"{\"log\":\"",
            b"\"eventTime\":",
        ];
        let mut record = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let at = self.below(record.len());
            let end = (at + self.below(12)).min(record.len());
            match self.below(5) {
                0 => drop(record.splice(at..end, PUT[self.below(PUT.len())].iter().copied())),
                1 => drop(record.splice(at..at, PUT[self.below(PUT.len())].iter().copied())),
                2 => drop(record.drain(at..end)),
                3 => record.truncate(at),
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len());
                    drop(record.splice(at..end, other[from..].iter().copied()));
                }
            }
        }
        record.retain(|&b| b != 0);
        record
    }
}
