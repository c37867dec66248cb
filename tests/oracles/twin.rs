//! The fast reader and the slow, obvious one forward the same bytes for any input.

use std::io;
use std::io::Write as _;

use afterhours::envelope::RecordPaths;
use afterhours::exhaustive;
use afterhours::filter::{Event, Filter, Formatter, Keep, Policy, ReadLine, Sink};
use afterhours::rules::Rules;
use afterhours::schedule::{Hours, Schedule};
use afterhours::time_zone::Zone;
use base64::Engine as _;
use proptest::prelude::*;

/// Everything that comes out, as one text, the way the program writes it.
#[derive(Default)]
struct Collected(Vec<u8>);

impl Sink for Collected {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => Formatter::Json.sign_in(alert, &mut self.0),
            Event::Unreadable { text, forward } => {
                if !forward {
                    self.0.extend_from_slice(b"reported, and dropped: ");
                }
                Formatter::Json.unreadable(text, "", &mut self.0);
            }
            Event::PassedOn(bytes) => self.0.extend_from_slice(bytes),
            Event::Unrecognized { found, .. } => self.0.extend_from_slice(found.message().as_bytes()),
            Event::TooLong { .. } | Event::NotJson { .. } | Event::NoHolidays { .. } => {}
        }
        Ok(())
    }
}

fn filtered(input: &[u8], exhaustive: bool, keep: Keep, block: usize) -> String {
    filtered_with(input, exhaustive, keep, block, &[])
}

fn filtered_with(input: &[u8], exhaustive: bool, keep: Keep, block: usize, paths: &[&str]) -> String {
    let hours = Hours::parse("Mo-Fr 09:00-17:00").unwrap().hours;
    let rules = Rules::everybody(Schedule::new("default", hours, Zone::utc()).unwrap());
    let exhaustive: Option<ReadLine> = exhaustive.then_some(exhaustive::read);
    let record_paths = RecordPaths::parse(paths).unwrap();
    let policy = Policy { exhaustive, keep, block, record_paths, longest_line: 1 << 20, ..Policy::default() };
    let mut sink = Collected::default();
    let mut filter = Filter::new(policy, rules);
    filter.run(input, &mut sink, || false).expect("neither side can fail");
    String::from_utf8_lossy(&sink.0).into_owned()
}

fn assert_same(input: &[u8]) {
    for keep in [Keep::AfterHours, Keep::All] {
        // A block that holds everything, and one so small that lines span blocks.
        for (block, paths) in [(1 << 20, &[][..]), (2048, &[]), (1 << 20, &PATHS)] {
            let fast = filtered_with(input, false, keep, block, paths);
            let slow = filtered_with(input, true, keep, block, paths);
            let input = String::from_utf8_lossy(input);
            assert_eq!(fast, slow, "{keep:?}, blocks of {block}, paths {paths:?}, input {input:?}");
        }
    }
}

/// Values of `--record-path`.
const PATHS: [&str; 3] = ["other", "events[].other.blob", "\"a.b\".c"];

/// One of several texts.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(texts).prop_map(str::to_owned)
}

/// A JSON string with this text, some characters escaped without need.
fn spelled(text: String) -> impl Strategy<Value = String> {
    prop::collection::vec(0..12_u8, text.chars().count()).prop_map(move |dice| {
        let mut out = String::from("\"");
        for (c, die) in text.chars().zip(dice) {
            match (c, die) {
                (c, 0) if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
                (c, 1) if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04X}", c as u32)),
                ('"', _) => out.push_str("\\\""),
                ('\\', _) => out.push_str("\\\\"),
                (c, _) if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
                (c, _) => out.push(c),
            }
        }
        out.push('"');
        out
    })
}

fn rarely_spelled(text: String) -> impl Strategy<Value = String> {
    let plain = serde_json::to_string(&text).unwrap();
    prop_oneof![6 => Just(plain), 1 => spelled(text)]
}

fn member(key: &'static str, value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    (rarely_spelled(key.to_owned()), one_of(&[":", " : ", ":\t"]), value)
        .prop_map(|(key, colon, value)| format!("{key}{colon}{value}"))
        .boxed()
}

fn text_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    one_of(texts).prop_flat_map(rarely_spelled).boxed()
}

fn scalar() -> BoxedStrategy<String> {
    prop_oneof![
        one_of(&[
            "null",
            "true",
            "12",
            "-1.5e3",
            "1e400",
            "[]",
            "{}",
            "[1,{\"a\":[]}]",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\""
        ]),
        text_of(&[
            "",
            "é€😀",
            "a\"b\\c",
            "{\"eventName\":\"ConsoleLogin\"}",
            "ConsoleLogin",
            "signin.amazonaws.com"
        ]),
    ]
    .boxed()
}

fn record() -> impl Strategy<Value = String> {
    let members = prop_oneof![
        4 => member("eventName", prop_oneof![9 => text_of(&["ConsoleLogin"]), 1 => text_of(&["CheckMfa", "consolelogin"]), 1 => scalar()]),
        4 => member("eventSource", prop_oneof![9 => text_of(&["signin.amazonaws.com"]), 1 => text_of(&["iam.amazonaws.com"]), 1 => scalar()]),
        3 => member("eventTime", prop_oneof![
            text_of(&["2026-11-23T12:00:00Z", "2026-11-23T08:59:59Z", "2026-11-22T12:00:00Z", "2026-11-23 12:00:00", "redacted"]),
            scalar()
        ]),
        3 => member("userIdentity", prop_oneof![
            one_of(&[r#"{"type":"IAMUser","userName":"anaya"}"#, r#"{"type":"Root"}"#, r#"{"type":"IAMUser","type":7}"#]),
            scalar()
        ]),
        2 => member("responseElements", prop_oneof![one_of(&[r#"{"ConsoleLogin":"Success"}"#, r#"{"ConsoleLogin":"Failure"}"#]), scalar()]),
        2 => member("additionalEventData", prop_oneof![one_of(&[r#"{"MFAUsed":"YES"}"#, r#"{"MFAUsed":"No"}"#]), scalar()]),
        2 => member("userAgent", scalar()),
        1 => member("after_hours", scalar()),
        1 => member("message", scalar()),
    ];
    // Most records have what a sign-in needs; keys may be repeated.
    (prop::collection::vec(members, 0..8), any::<bool>(), one_of(&["", " ", "\r"])).prop_map(
        |(mut members, whole, space)| {
            if whole {
                members.push(r#""eventName":"ConsoleLogin""#.to_owned());
                members.insert(0, r#""eventSource":"signin.amazonaws.com""#.to_owned());
            }
            format!("{{{}{space}}}", members.join(","))
        },
    )
}

fn base64_of(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn enveloped(inner: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    let keys: &[&str] = &[
        "detail",
        "message",
        "log",
        "_raw",
        "event",
        "event.original",
        "CloudTrailEvent",
        "eventData",
        "Message",
        "Sns",
        "body",
        "Body",
        "original",
        "Records",
        "other",
        "Message",
        "MESSAGE",
        "@message",
        "_source",
        "data",
        "value",
        "payload",
        "events",
        "results",
        "a.b",
        "c",
        "blob",
    ];
    (inner, prop::sample::select(keys), 0..14_u8, 0..4_u8).prop_map(|(inner, key, form, spare)| {
        let text = serde_json::to_string(&inner).unwrap();
        let spare = ["", "\"host\":\"h\",", "\"log\":\"plain text\",", "\"EventName\":\"ConsoleLogin\","]
            [usize::from(spare)];
        match form {
            0 => format!("{{{spare}\"{key}\":{text}}}"),
            1 => format!("{{{spare}\"{key}\":{inner}}}"),
            2 => format!("{{\"Records\":[{inner},{{}},{inner}]}}"),
            3 => format!("{{\"logEvents\":[{{\"id\":\"1\",\"message\":{text}}},{{\"message\":\"x\"}}]}}"),
            4 => format!("[{{}},{inner},{{\"a\":[}}}}]"),
            5 => format!("[{inner},3,{text}]"),
            6 => format!("{{{spare}\"{key}\":[{inner},{text},{{}}]}}"),
            7 => format!("{{{spare}\"{key}\":[[{{\"field\":\"@message\",\"value\":{text}}}],[{text}]]}}"),
            8 => {
                format!("{{{spare}\"{key}\":{}}}", serde_json::Value::from(format!("<13>host app: {inner}")))
            }
            9 => format!(
                "{{{spare}\"{key}\":{}}}",
                serde_json::Value::from(format!("{inner}\n {inner},{{}} x"))
            ),
            10 => format!("{{{spare}\"{key}\":\"{}\"}}", base64_of(inner.as_bytes())),
            11 => format!("{{\"records\":[{{\"data\":\"{}\"}},{inner}]}}", base64_of(inner.as_bytes())),
            12 => format!(
                "{{{spare}\"events\":[{{\"message\":{text}}},{{\"{key}\":{text}}}],\"logEvents\":[{inner}]}}"
            ),
            _ => format!("{{\"records\":[{{\"data\":\"{}\"}}]}}", base64_of(&gzip_of(inner.as_bytes()))),
        }
    })
}

fn line() -> impl Strategy<Value = String> {
    let once = || enveloped(record()).boxed();
    let twice = || enveloped(once()).boxed();
    prop_oneof![
        6 => record(),
        3 => once(),
        2 => twice(),
        1 => enveloped(enveloped(enveloped(twice()))),
        // Concatenated files without a newline at their end.
        1 => (once(), once(), one_of(&["", " ", ","])).prop_map(|(a, b, between)| a + &between + &b),
        1 => one_of(&["", "plain text", "{\"eventName\":", "null", "[[[[", "{}}", "\u{feff}{}"]),
    ]
}

/// Any byte; half of the time one with a meaning in JSON, or one that resembles it.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), prop::sample::select(&b"{}[],:\"\\ \t\r\x0b\x0c\0\x1f\x7f\xa0\xef/"[..])]
}

/// A line with some bytes removed, doubled or replaced, once or a few times.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = || (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, byte());
    let damages =
        prop_oneof![3 => prop::collection::vec(damage(), 1), 1 => prop::collection::vec(damage(), 2..4)];
    (line(), damages).prop_map(|(line, damages)| {
        let mut bytes = line.into_bytes();
        for (a, b, what, byte) in damages {
            if bytes.is_empty() {
                return bytes;
            }
            let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));
            match what {
                0 => bytes.truncate(a),
                1 => drop(bytes.drain(a.min(b)..a.max(b))),
                2 => bytes[a] = byte,
                3 => bytes.insert(a, byte),
                _ => bytes.extend_from_within(a..),
            }
        }
        bytes.retain(|&b| b != b'\n');
        bytes
    })
}

/// Cases for each property; `TWIN_CASES=20000` runs longer.
pub(crate) fn cases() -> u32 {
    std::env::var("TWIN_CASES").map_or(1500, |cases| cases.parse().expect("a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn well_formed_lines_give_the_same_bytes(lines in prop::collection::vec(line(), 1..5), newline in any::<bool>()) {
        let mut input = lines.join("\n");
        if newline {
            input.push('\n');
        }
        assert_same(input.as_bytes());
    }

    #[test]
    fn damaged_lines_give_the_same_bytes(lines in prop::collection::vec(damaged(), 1..4)) {
        assert_same(&lines.join(&b'\n'));
    }
}

/// Inputs for which the properties once failed.
#[test]
fn regressions() {
    const SIGN_IN: &str = r#""eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin""#;
    // A form feed is not white space in JSON: the record around it is damaged, its neighbors are
    // not.
    assert_same(format!(r#"{{"Records":[{{"a":{}{{}},{SIGN_IN}}},{{}},{{{SIGN_IN}}}]}}"#, '\x0c').as_bytes());
    assert_same(format!("\x0c[{{{SIGN_IN}}},\x0c{{{SIGN_IN}}}]").as_bytes());
    // Unbalanced brackets after the last sign-in, where the fast reader only counts them.
    for behind in ["{\"a\":[}}", "{\"a\":{]}", "{\"a\":{}]}[", "[{]}", "7,", "{\"a\"}", "{]}]"] {
        assert_same(format!("[{{{SIGN_IN}}},{behind}]").as_bytes());
        assert_same(format!(r#"{{"Records":[{{}},{{{SIGN_IN}}},{behind},{{}}]}}"#).as_bytes());
        assert_same(format!(r#"{{"Records":[{behind},{{{SIGN_IN}}},{{}}]}}"#).as_bytes());
    }
    // Another key, and a damaged one.
    for space in [' ', '\t'] {
        assert_same(format!(r#"{{"Records{space}":[{{{SIGN_IN}}},{{}}]}}"#).as_bytes());
        assert_same(format!(r#"{{"Records{space}":[{{"eventName":"ConsoleLogin"}},{{}}]}}"#).as_bytes());
    }
}

#[test]
fn the_generator_makes_sign_ins_of_every_kind() {
    // Without sign-ins in the lines, the properties would hold for a filter that forwards nothing.
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut tagged, mut undecided, mut numbered) = (0, 0, 0);
    for _ in 0..2000 {
        let sound = line().new_tree(&mut runner).unwrap().current();
        let broken = damaged().new_tree(&mut runner).unwrap().current();
        let out = filtered(sound.as_bytes(), false, Keep::SignIns, 1 << 20);
        tagged += usize::from(out.contains("\"verdict\":\"outside\""));
        numbered += usize::from(out.contains("\"after_hours_2\""));
        undecided += usize::from(filtered(&broken, false, Keep::SignIns, 1 << 20).contains("\"unreadable\""));
    }
    println!("of 2000: {tagged} tagged outside, {numbered} with a number, {undecided} undecided");
    assert!(tagged > 40 && undecided > 100 && numbered > 5);
}
