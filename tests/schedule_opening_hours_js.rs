//! Our verdicts held against those of the npm package `opening_hours`, the evaluator that OpenStreetMap's own sites use:
//! the same random hours as `schedule_opening_hours.rs`, and the same reading of nights.
//!
//! Needs node and the package (in `AFTERHOURS_NODE_MODULES`, or `target/ci-node/node_modules`); elsewhere it says that it
//! compared nothing. The package is LGPL: it is only run, and what it says only read.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot go on may say so

mod expression;

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use afterhours::schedule::{Hours, Schedule};
use afterhours::time_zone::Zone;
use expression::{Expression, Random, wall};

const EXPRESSIONS: u64 = 1_000;
const MOMENTS: usize = 60;

struct Case {
    expression: Expression,
    moments: Vec<i64>,
    /// Where in the answers the expression stands, and the halves of it if it must be asked by halves.
    whole: usize,
    halves: Option<(usize, usize)>,
}

#[test]
fn verdicts_are_those_of_the_npm_package() {
    let (mut cases, mut questions, mut left_out) = (vec![], vec![], 0);
    for seed in 0..EXPRESSIONS {
        let mut random = Random::new(seed);
        let expression = Expression::random(&mut random);
        if misread(&expression.text()) {
            left_out += 1;
            continue;
        }
        let moments = expression.moments(&mut random, MOMENTS);
        let mut question = |text: String, shift: i64| {
            let moments: Vec<String> = moments.iter().map(|t| (t - shift).to_string()).collect();
            questions.push(format!("{text}\t{}\n", moments.join(",")));
            questions.len() - 1
        };
        let whole = question(expression.text(), 0);
        let halves = expression.replaces_nights().then(|| {
            let (heads, tails) = expression.halves();
            (question(heads, 0), question(tails, 86_400))
        });
        cases.push(Case { expression, moments, whole, halves });
    }
    let Some(answers) = ask(&questions.concat()) else { return };
    let mut answers = answers.lines();
    let version = answers.next().unwrap();
    let answers: Vec<&[u8]> = answers.map(str::as_bytes).collect();
    assert_eq!(answers.len(), questions.len());

    let (mut alike, mut halved, mut cut) = (0, 0, 0);
    let mut wrong = vec![];
    for Case { expression, moments, whole, halves } in &cases {
        let text = expression.text();
        let ours = Schedule::new("test", Hours::parse(&text).unwrap().hours, Zone::utc()).unwrap();
        for (i, &t) in moments.iter().enumerate() {
            let open = |answer: usize| match answers[answer] {
                [b'!', ..] => panic!("{text}: {}", String::from_utf8_lossy(answers[answer])),
                answer => answer[i] == b'1',
            };
            let said = open(*whole);
            let expected = halves.map_or(said, |(heads, tails)| open(heads) || open(tails));
            let counted = if halves.is_some() { &mut halved } else { &mut alike };
            *counted += 1;
            cut += u32::from(said != expected);
            if ours.at(t).is_inside() != expected {
                wrong.push(format!("{text} at {}: theirs {expected}", wall(t)));
                break;
            }
        }
    }
    println!(
        "opening_hours {version}, {EXPRESSIONS} expressions, {left_out} left out: {alike} verdicts compared as they are, \
         {halved} by halves (of which {cut} differ as a whole)"
    );
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
}

/// What version 3.15.0 gets wrong, by the specification and by the other evaluator:
/// - the last day of a span that ends at Easter is not in it;
/// - an nth weekday that its shift moves into the neighbouring month is lost.
fn misread(text: &str) -> bool {
    ["-easter", "[1] -", "[4] +2", "[5] +"].iter().any(|part| text.contains(part))
}

/// What the script answers, or `None` and why not.
fn ask(questions: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = std::env::var_os("AFTERHOURS_NODE_MODULES")
        .map_or_else(|| root.join("target/ci-node/node_modules"), PathBuf::from);
    if !modules.join("opening_hours/package.json").exists() {
        println!("skipped: the npm package `opening_hours` is not installed");
        return None;
    }
    // Through a file, so that neither side waits for the other.
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(questions.as_bytes()).unwrap();
    input.rewind().unwrap();
    let script = root.join("tests/node/opening_hours.mjs");
    let run =
        Command::new("node").arg(script).arg(modules).env("TZ", "UTC").stdin(Stdio::from(input)).output();
    match run {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            println!("skipped: no node: {error}");
            None
        }
    }
}
