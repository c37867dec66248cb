//! Random streams: whatever they hold, evaluating only the candidates of the prefilter gives what parsing every line gives.
//!
//! Each line is made from one number, so that a failing stream shrinks to the few lines that matter.

mod json;
mod lines;

use std::collections::HashSet;
use std::io::Write;
use std::process::Stdio;

use kit::fixtures::{sign_in, stream};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;

use crate::harness::{Outcome, PATIENCE, drain, lines_of, program, run, tail, wait};
use lines::{Line, MARK, Maker};

/// The stream of these lines and, last, a sign-in that comes out with any of the `ARGS`, so that no
/// output is never correct.
fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    let last = sign_in(LAST, "2026-11-24T12:00:00Z", "curl/8.17.0").replace("Success", "Failure");
    stream(&[lines, &[last.into_bytes()]].concat())
}

/// The user of the sign-in that ends every stream.
const LAST: &str = "last-of-all";

/// The lines of an output without the one that ends every stream. Fails when that one is missing.
#[track_caller]
fn body(outcome: &Outcome) -> Vec<&[u8]> {
    let mut lines = outcome.lines();
    let last = lines.pop().unwrap_or_default();
    assert!(
        last.windows(LAST.len()).any(|window| window == LAST.as_bytes()),
        "the last one is missing: {}",
        tail(last)
    );
    lines
}

const ARGS: [&[&str]; 4] = [
    &["--hours", "off", "--tz", "UTC"],
    &["--hours", "Mo-Fr 03:00-05:00", "--tz", "Europe/Berlin"],
    &["--hours", "24/7", "--identity", "all", "--keep", "sign-ins"],
    &["--hours", "off", "--outcome", "failure", "--tag", "off-hours"],
];

/// The input line of an output line: by its number where it is unreadable, else by its mark.
fn origin(line: &[u8]) -> Option<usize> {
    if let Ok(value) = serde_json::from_slice::<Value>(line)
        && let Some(number) =
            value.as_object().and_then(|object| object.values().next()?.get("line_number")?.as_u64())
    {
        return Some(number as usize);
    }
    let at = line.windows(MARK.len()).position(|window| window == MARK.as_bytes())? + MARK.len();
    std::str::from_utf8(line.get(at..at + 6)?).ok()?.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn well_formed_streams_give_the_same_bytes_with_and_without_the_prefilter(
        seeds in vec(any::<u64>(), 1..150), args in 0..ARGS.len(),
    ) {
        let maker = Maker::new(true);
        let lines: Vec<Vec<u8>> = seeds.iter().zip(1..).map(|(&seed, number)| maker.line(number, seed).bytes).collect();
        let fast = run(ARGS[args], &joined(&lines));
        let slow = run(&[ARGS[args], &["--exhaustive"]].concat(), &joined(&lines));
        let (fast_out, slow_out) = (body(&fast), body(&slow));
        for (fast, slow) in fast_out.iter().zip(&slow_out) {
            prop_assert_eq!(String::from_utf8_lossy(fast), String::from_utf8_lossy(slow));
        }
        prop_assert_eq!(fast_out.len(), slow_out.len());
        prop_assert_eq!(fast.status.code(), slow.status.code(), "{}\n{}", fast.stderr, slow.stderr);
    }

    #[test]
    fn well_formed_streams_give_their_sign_ins_line_by_line(seeds in vec(any::<u64>(), 1..150)) {
        let maker = Maker::new(false);
        let lines: Vec<Line> = seeds.iter().zip(1..).map(|(&seed, number)| maker.line(number, seed)).collect();
        let bytes: Vec<Vec<u8>> = lines.iter().map(|line| line.bytes.clone()).collect();
        let outcome = run(ARGS[0], &joined(&bytes)).exits(0);
        let mut found = vec![0; lines.len() + 1];
        for line in body(&outcome) {
            let number = origin(line).unwrap_or_else(|| panic!("no mark: {}", tail(line)));
            found[number] += 1;
        }
        for (line, found) in lines.iter().zip(&found[1..]) {
            prop_assert_eq!(Some(*found), line.sign_ins, "{}", String::from_utf8_lossy(&line.bytes));
        }
    }

    #[test]
    fn the_prefilter_drops_no_broken_line_that_full_parsing_forwards(
        seeds in vec((any::<bool>(), any::<u64>()), 1..150),
    ) {
        let maker = Maker::new(false);
        let line = |(&(broken, seed), number): (&(bool, u64), usize)| {
            if broken { maker.broken(number, seed) } else { maker.line(number, seed).bytes }
        };
        let lines: Vec<Vec<u8>> = seeds.iter().zip(1..).map(line).collect();
        let fast = run(ARGS[0], &joined(&lines));
        let slow = run(&[ARGS[0], &["--exhaustive"]].concat(), &joined(&lines));
        prop_assert!(matches!(fast.status.code(), Some(0 | 1)), "{}\n{}", fast.status, fast.stderr);
        prop_assert!(matches!(slow.status.code(), Some(0 | 1)), "{}\n{}", slow.status, slow.stderr);
        let fast_out = body(&fast);
        let exact: HashSet<&[u8]> = fast_out.iter().copied().collect();
        let origins: HashSet<usize> = fast_out.iter().filter_map(|line| origin(line)).collect();
        for line in body(&slow) {
            let forwarded = exact.contains(line) || origin(line).is_some_and(|number| origins.contains(&number));
            prop_assert!(forwarded, "withheld: {}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn broken_lines_never_affect_the_lines_around_them(seeds in vec((any::<bool>(), any::<u64>()), 1..150)) {
        let maker = Maker::new(false);
        let good = |number: usize, seed| maker.line(number, seed).bytes;
        let (mut mixed, mut alone) = (Vec::new(), Vec::new());
        for (&(broken, seed), number) in seeds.iter().zip(1..) {
            if broken {
                mixed.push(maker.broken(number, seed));
            } else {
                mixed.push(good(number, seed));
                alone.push(good(number, seed));
            }
        }
        let given = joined(&mixed);
        let mixed = run(ARGS[0], &given);
        let shown = String::from_utf8_lossy(&given).into_owned();
        prop_assert!(holds_the_last(&mixed.stdout), "gone: the last of\n{}", shown);
        let alone = run(ARGS[0], &joined(&alone)).exits(0);
        let (mixed, alone) = (body(&mixed), body(&alone));
        let mut rest = mixed.iter();
        for line in alone {
            prop_assert!(rest.any(|other| other.trim_ascii() == line.trim_ascii()), "gone: {} of\n{}", String::from_utf8_lossy(line), shown);
        }
    }

    #[test]
    fn how_the_input_is_cut_into_writes_changes_nothing(
        seeds in vec(any::<u64>(), 1..60), pieces in vec(1..5000_usize, 1..40),
    ) {
        let maker = Maker::new(true);
        let lines: Vec<Vec<u8>> = seeds.iter().zip(1..).map(|(&seed, number)| maker.line(number, seed).bytes).collect();
        let mut input = joined(&lines);
        input.pop();
        let whole = run(ARGS[0], &input);
        let mut child = program(ARGS[0]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdout = drain(child.stdout.take().unwrap());
        let mut pipe = child.stdin.take().unwrap();
        let (mut rest, mut sizes) = (&input[..], pieces.iter().cycle());
        while !rest.is_empty() {
            let (piece, more) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            pipe.write_all(piece).unwrap();
            rest = more;
        }
        drop(pipe);
        prop_assert_eq!(wait(&mut child, PATIENCE).code(), whole.status.code());
        let stdout = stdout.join().unwrap();
        prop_assert!(!stdout.is_empty() && lines_of(&stdout) == whole.lines());
    }
}

fn holds_the_last(out: &[u8]) -> bool {
    out.windows(11).any(|window| window == b"last-of-all")
}
