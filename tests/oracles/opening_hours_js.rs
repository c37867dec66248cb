//! Verdicts compared with those of the npm package `opening_hours`, the evaluator of
//! OpenStreetMap's own sites: the same random hours as in `opening_hours.rs`, and the same reading
//! of nights.
//!
//! Needs Node and the package (in `AFTERHOURS_NODE_MODULES`, or `target/ci-node/node_modules`);
//! says that it was skipped without them. The package is LGPL: the test runs it and reads its
//! output.

use crate::expression::{Expression, Random, wall};
use afterhours::schedule::{Hours, Schedule};
use afterhours::time_zone::Zone;
use kit::second_opinion;

const EXPRESSIONS: u64 = 1_000;
const MOMENTS: usize = 60;

struct Case {
    expression: Expression,
    moments: Vec<i64>,
    /// The index of the expression in the answers, and of its halves if each half is evaluated by
    /// itself.
    whole: usize,
    halves: Option<(usize, usize)>,
}

#[test]
fn verdicts_match_the_npm_package() {
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
            let messages = open(*whole);
            let expected = halves.map_or(messages, |(heads, tails)| open(heads) || open(tails));
            let counted = if halves.is_some() { &mut halved } else { &mut alike };
            *counted += 1;
            cut += u32::from(messages != expected);
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

/// Where version 3.15.0 differs from the specification and from the other evaluator:
/// - the last day of a span that ends at Easter is not in it;
/// - an nth weekday that its shift moves into the neighboring month is lost.
fn misread(text: &str) -> bool {
    ["-easter", "[1] -", "[4] +2", "[5] +"].iter().any(|part| text.contains(part))
}

/// What the script answers; `None` where Node or its package is not installed.
fn ask(questions: &str) -> Option<String> {
    if !second_opinion::node_modules().join("opening_hours/package.json").exists() {
        println!("skipped: the npm package `opening_hours` is not installed");
        return None;
    }
    second_opinion::node_answers("opening_hours.mjs", questions)
}
