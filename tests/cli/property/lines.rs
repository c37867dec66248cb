//! Random lines: sign-ins, containers, damage. Knows what the filter must answer for each.

use kit::fixtures::shapes;
use serde_json::Value;

use super::json::{Dice, Json, Style, junk, members, text};

/// Begins the event ID by which an output line is traced to its input line.
pub(super) const MARK: &str = "line-";

/// One line of a stream, and what it holds.
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    /// How many sign-ins by IAM users are in it; `None` where a key is repeated, because either
    /// value may count.
    pub(super) sign_ins: Option<usize>,
}

/// Makes lines from the shapes of the fixtures.
pub(super) struct Maker {
    shapes: Vec<(Json, bool)>,
    doubled_keys: bool,
}

impl Maker {
    pub(super) fn new(doubled_keys: bool) -> Self {
        let shapes = shapes().into_iter().map(|shape| {
            let value: Value = serde_json::from_slice(&shape.line).unwrap();
            (Json::from(&value), shape.by_iam_user)
        });
        Maker { shapes: shapes.collect(), doubled_keys }
    }

    /// A record, whether it is a sign-in by an IAM user, and whether a key is repeated.
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
            // Near misses are not sign-ins.
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

    /// A well-formed line: a bare record, one in an envelope, a container of several, or other
    /// JSON.
    pub(super) fn line(&self, number: usize, seed: u64) -> Line {
        let dice = &mut Dice(seed);
        let (inner, outer) = (Style::random(dice), Style::random(dice));
        let (json, sign_ins) = match dice.below(10) {
            0..=2 => {
                let (record, yes, doubled) = self.record(dice, number);
                (record, (!doubled).then_some(usize::from(yes)))
            }
            3..=5 => {
                let (record, yes, doubled) = self.record(dice, number);
                (enveloped(dice, inner, record), (!doubled).then_some(usize::from(yes)))
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

    /// A broken line: truncated, joined, overwritten or noise.
    pub(super) fn broken(&self, number: usize, seed: u64) -> Vec<u8> {
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

/// The record in one of the documented envelopes.
fn enveloped(dice: &mut Dice, style: Style, record: Json) -> Json {
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
