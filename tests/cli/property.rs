//! Streams made at random: whatever is in them, looking only at candidates gives what parsing every line gives.
//!
//! A line is made from one number, so that a failing stream shrinks to the few lines that matter.

use std::collections::HashSet;
use std::io::Write;
use std::process::Stdio;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;

use crate::fixtures::{shapes, sign_in, stream};
use crate::harness::{Outcome, PATIENCE, drain, lines_of, program, run, tail, wait};

/// A small generator of numbers (SplitMix64): the same seed gives the same line on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// JSON as it is written: members in an order, keys that may come twice, numbers in their spelling.
#[derive(Clone)]
enum Json {
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(&'static str),
    List(Vec<Json>),
    Members(Vec<(String, Json)>),
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn members<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Members(members.map(|(key, value)| (key.to_owned(), value)).into())
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Json::Bare("null"),
            Value::Bool(true) => Json::Bare("true"),
            Value::Bool(false) => Json::Bare("false"),
            Value::Number(_) => Json::Bare("17"),
            Value::String(string) => Json::Text(string.clone()),
            Value::Array(list) => Json::List(list.iter().map(Json::from).collect()),
            Value::Object(map) => {
                Json::Members(map.iter().map(|(key, value)| (key.clone(), value.into())).collect())
            }
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy)]
struct Style {
    /// One character in so many is written as an escape; 0 for none.
    escapes: usize,
    /// White space stands at one place in so many; 0 for nowhere.
    spaces: usize,
}

impl Style {
    fn random(dice: &mut Dice) -> Self {
        Style { escapes: dice.pick(&[0, 0, 0, 400, 40, 3]), spaces: dice.pick(&[0, 0, 0, 20, 2]) }
    }

    fn write(self, dice: &mut Dice, json: &Json) -> String {
        let mut out = String::new();
        self.write_into(dice, json, &mut out);
        out
    }

    fn write_into(self, dice: &mut Dice, json: &Json, out: &mut String) {
        self.space(dice, out);
        match json {
            Json::Bare(word) => out.push_str(word),
            Json::Text(string) => self.quote(dice, string, out),
            Json::List(list) => {
                out.push('[');
                for (at, item) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    self.write_into(dice, item, out);
                }
                out.push(']');
            }
            Json::Members(list) => {
                out.push('{');
                for (at, (key, value)) in list.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    self.space(dice, out);
                    self.quote(dice, key, out);
                    self.space(dice, out);
                    out.push(':');
                    self.write_into(dice, value, out);
                }
                out.push('}');
            }
        }
        self.space(dice, out);
    }

    fn space(self, dice: &mut Dice, out: &mut String) {
        if self.spaces > 0 && dice.one_in(self.spaces) {
            out.push_str(dice.pick(&[" ", "\t", "  ", " \t "]));
        }
    }

    fn quote(self, dice: &mut Dice, string: &str, out: &mut String) {
        out.push('"');
        // The marks by which a line is known again stay readable.
        let marks: Vec<usize> = string.match_indices(MARK).map(|(at, _)| at).collect();
        let in_mark = |at| marks.iter().any(|&mark| (mark..mark + MARK.len() + 6).contains(&at));
        for (at, character) in string.char_indices() {
            let must = matches!(character, '"' | '\\' | '\0'..='\x1f');
            if !must && (self.escapes == 0 || in_mark(at) || !dice.one_in(self.escapes)) {
                out.push(character);
                continue;
            }
            let short = match character {
                '"' => Some("\\\""),
                '\\' => Some("\\\\"),
                '/' => Some("\\/"),
                '\n' => Some("\\n"),
                '\t' => Some("\\t"),
                _ => None,
            };
            match short {
                Some(short) if dice.one_in(2) => out.push_str(short),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let hex = format!("\\u{unit:04x}");
                        out.push_str(&if dice.one_in(2) {
                            hex.to_uppercase().replace("\\U", "\\u")
                        } else {
                            hex
                        });
                    }
                }
            }
        }
        out.push('"');
    }
}

/// Begins the event ID by which an output line is traced to its input line.
const MARK: &str = "line-";

/// One line of a stream, and what is known of it.
struct Line {
    bytes: Vec<u8>,
    /// How many sign-ins by IAM users are in it; nothing where a key comes twice and the answer is a matter of taste.
    sign_ins: Option<usize>,
}

/// The family to draw records from.
struct Maker {
    shapes: Vec<(Json, bool)>,
    doubled_keys: bool,
}

impl Maker {
    fn new(doubled_keys: bool) -> Self {
        let shapes = shapes().into_iter().map(|shape| {
            let value: Value = serde_json::from_slice(&shape.line).unwrap();
            (Json::from(&value), shape.by_iam_user)
        });
        Maker { shapes: shapes.collect(), doubled_keys }
    }

    /// A record, whether a sign-in by an IAM user is told in it, and whether a key comes twice.
    fn record(&self, dice: &mut Dice, line: usize) -> (Json, bool, bool) {
        let (json, mut yes) = dice.pick(&self.shapes);
        let Json::Members(mut list) = json else { unreachable!("records are objects") };
        list.retain(|(key, _)| key != "eventID");
        list.push(("eventID".to_owned(), text(&format!("{MARK}{line:06}"))));
        if dice.one_in(3) {
            dice.shuffle(&mut list);
        }
        if dice.one_in(3) {
            let at = dice.below(list.len());
            list.insert(
                at,
                (
                    dice.pick(&["x", "after_hours", "message", "Records", "ConsoleLogin", "é"]).to_string(),
                    junk(dice, 3),
                ),
            );
        }
        if dice.one_in(5) {
            // Text an attacker writes.
            let planted = Style { escapes: 0, spaces: 0 }.write(dice, &self.shapes[0].0);
            for (key, value) in &mut list {
                if key == "userAgent" {
                    *value = Json::Text(planted.clone());
                }
            }
        }
        if dice.one_in(6) {
            // Near misses: never a sign-in any more.
            let (key, value) = dice.pick(&[
                ("eventName", "ConsoleLogin "),
                ("eventName", "consoleLogin"),
                ("eventName", "\\u0043onsoleLogin"),
                ("eventSource", "signin.amazonaws.com."),
                ("eventSource", "iam.amazonaws.com"),
            ]);
            list.retain(|(known, _)| known != key);
            list.insert(dice.below(list.len() + 1), (key.to_owned(), text(value)));
            yes = false;
        }
        let doubled = self.doubled_keys && dice.one_in(4);
        if doubled {
            let key = dice.pick(&[
                "eventName",
                "eventSource",
                "eventTime",
                "userIdentity",
                "responseElements",
                "eventID",
            ]);
            let value = dice.pick(&[
                text("ConsoleLogin"),
                text("signin.amazonaws.com"),
                text("GetObject"),
                text("2026-11-24T12:00:00Z"),
                Json::Bare("null"),
                members([
                    ("type", text("IAMUser")),
                    ("type", text("Root")),
                    ("ConsoleLogin", text("Failure")),
                ]),
            ]);
            list.insert(dice.below(list.len() + 1), (key.to_owned(), value));
        }
        (Json::Members(list), yes, doubled)
    }

    /// A well-formed line: a bare record, one in a wrapper, a container of several, or JSON that is nothing of the kind.
    fn line(&self, number: usize, seed: u64) -> Line {
        let dice = &mut Dice(seed);
        let (inner, outer) = (Style::random(dice), Style::random(dice));
        let (json, sign_ins) = match dice.below(10) {
            0..=2 => {
                let (record, yes, doubled) = self.record(dice, number);
                (record, (!doubled).then_some(usize::from(yes)))
            }
            3..=5 => {
                let (record, yes, doubled) = self.record(dice, number);
                (wrapped(dice, inner, record), (!doubled).then_some(usize::from(yes)))
            }
            6..=8 => self.container(dice, inner, number),
            _ => (junk(dice, 4), Some(0)),
        };
        Line { bytes: outer.write(dice, &json).into_bytes(), sign_ins }
    }

    fn container(&self, dice: &mut Dice, style: Style, number: usize) -> (Json, Option<usize>) {
        let mut count = Some(0);
        let mut records = Vec::new();
        for _ in 0..dice.below(6) {
            let (record, yes, doubled) = self.record(dice, number);
            count = if doubled { None } else { count.map(|count| count + usize::from(yes)) };
            records.push(record);
        }
        let json = match dice.below(5) {
            0 => Json::List(records),
            1 => members([("Records", Json::List(records))]),
            2 => members([("Records", Json::List(records)), ("extra", junk(dice, 2))]),
            3 => {
                let events = records.iter().map(|record| {
                    let message = Json::Text(style.write(dice, record));
                    members([
                        ("id", text("1")),
                        ("timestamp", Json::Bare("1795576364000")),
                        ("message", message),
                    ])
                });
                let events = Json::List(events.collect());
                members([
                    ("messageType", text("DATA_MESSAGE")),
                    ("owner", text("111122223333")),
                    ("logEvents", events),
                ])
            }
            _ => {
                let inner = style.write(dice, &members([("Records", Json::List(records))]));
                members([("Type", text("Notification")), ("Message", Json::Text(inner))])
            }
        };
        (json, count)
    }

    /// A line that is no JSON, or looks as if it were none of ours: cut, glued, overwritten or noise.
    fn broken(&self, number: usize, seed: u64) -> Vec<u8> {
        let dice = &mut Dice(seed);
        let mut bytes = self.line(number, seed.rotate_left(17)).bytes;
        match dice.below(8) {
            0 | 1 => bytes.truncate(dice.below(bytes.len() + 1)),
            2 => {
                bytes.drain(..dice.below(bytes.len() + 1));
            }
            3 => {
                let second = self.line(number, seed.rotate_left(29)).bytes;
                bytes.extend_from_slice(&second);
            }
            4 => {
                let at = dice.below(bytes.len());
                bytes[at] = dice.pick(b"\0\x01\x1f\"\\{}[]:,\x80\xc3\xff 7nx");
            }
            5 => {
                let at = dice.below(bytes.len() + 1);
                bytes.splice(
                    at..at,
                    dice.pick(&[&b"\0\0"[..], b"\\ud800", b"\xed\xa0\x80", b"\"", b"\r", b"//"]).to_vec(),
                );
            }
            6 => {
                let (from, to) = (dice.below(bytes.len()), dice.below(bytes.len()));
                bytes.drain(from.min(to)..from.max(to));
            }
            _ => bytes = (0..dice.below(300)).map(|_| dice.next() as u8).collect(),
        }
        bytes.retain(|&byte| byte != b'\n');
        bytes
    }
}

/// The record in one of the wrappers of the contract.
fn wrapped(dice: &mut Dice, style: Style, record: Json) -> Json {
    let key = dice.pick(&[
        "message",
        "log",
        "_raw",
        "event",
        "original",
        "CloudTrailEvent",
        "eventData",
        "detail",
        "Message",
    ]);
    let as_text = key == "Message" || key != "detail" && dice.one_in(2);
    let inner = if as_text { Json::Text(style.write(dice, &record)) } else { record };
    let mut outer = match key {
        "original" => vec![("event".to_owned(), members([("dataset", text("aws")), ("original", inner)]))],
        "Message" => vec![("Type".to_owned(), text("Notification")), ("Message".to_owned(), inner)],
        _ => vec![(key.to_owned(), inner)],
    };
    for _ in 0..dice.below(3) {
        let name = dice.pick(&["host", "@timestamp", "time", "tags", "after_hours"]).to_string();
        let at = dice.below(outer.len() + 1);
        outer.insert(at, (name, junk(dice, 2)));
    }
    Json::Members(outer)
}

/// JSON without a meaning, at most `depth` deep.
fn junk(dice: &mut Dice, depth: usize) -> Json {
    match dice.below(if depth == 0 { 4 } else { 6 }) {
        0 => Json::Bare(dice.pick(&[
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.10",
            "1.0E+300",
            "-1E-400",
            "18446744073709551616",
        ])),
        1 => text(dice.pick(&[
            "",
            "ConsoleLogin",
            "signin.amazonaws.com",
            "\"ConsoleLogin\"",
            "\\",
            "é \u{1f600} \0",
            "}",
            "{\"",
        ])),
        2 => text("plain"),
        3 => Json::Bare("42"),
        4 => Json::List((0..dice.below(4)).map(|_| junk(dice, depth - 1)).collect()),
        _ => {
            // No event source: junk must never be a sign-in by chance.
            let keys = ["a", "detail", "logEvents", "Records", "eventName", "é"];
            Json::Members(
                (0..dice.below(4)).map(|_| (dice.pick(&keys).to_string(), junk(dice, depth - 1))).collect(),
            )
        }
    }
}

/// The stream of these lines and, last, a sign-in that comes out whatever `ARGS` are used: silence is never the right
/// answer.
fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    let last = sign_in(LAST, "2026-11-24T12:00:00Z", "curl/8.17.0").replace("Success", "Failure");
    stream(&[lines, &[last.into_bytes()]].concat())
}

/// The user of the sign-in that ends every stream.
const LAST: &str = "last-of-all";

/// The lines of an output without the one that ends every stream, which must be there.
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

/// The input line that an output line tells of: by its number where it is unreadable, else by its mark.
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
    fn well_formed_streams_give_the_sign_ins_that_are_in_them_line_by_line(seeds in vec(any::<u64>(), 1..150)) {
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
    fn of_broken_lines_the_prefilter_withholds_none_that_full_parsing_forwards(
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
    fn broken_lines_never_disturb_their_neighbours(seeds in vec((any::<bool>(), any::<u64>()), 1..150)) {
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
        let mixed = run(ARGS[0], &joined(&mixed));
        let alone = run(ARGS[0], &joined(&alone)).exits(0);
        let (mixed, alone) = (body(&mixed), body(&alone));
        let mut rest = mixed.iter();
        for line in alone {
            prop_assert!(rest.any(|other| other.trim_ascii_end() == line.trim_ascii_end()), "gone: {}", String::from_utf8_lossy(line));
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
