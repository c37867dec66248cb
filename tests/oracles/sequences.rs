//! Values one behind another, containers, values that span lines, and text in front of them, whole and
//! damaged, against the records that they were made of: every sign-in that damage did not hit comes out
//! once, whatever stands beside it and in whatever parts it came.

use std::collections::BTreeMap;
use std::io::{self, Read};

use afterhours::exhaustive;
use afterhours::filter::{Event, Filter, Formatter, Policy, ReadLine, Sink, Stats};
use afterhours::rules::Rules;
use afterhours::schedule::{Hours, Schedule};
use afterhours::time_zone::Zone;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One record of an input.
#[derive(Debug, Clone)]
struct Record {
    number: usize,
    is_sign_in: bool,
    /// Objects inside it, and brackets and quotes in its texts.
    extra: &'static str,
}

impl Record {
    fn json(&self) -> String {
        let (source, name) = match self.is_sign_in {
            true => ("signin.amazonaws.com", "ConsoleLogin"),
            false => ("s3.amazonaws.com", "GetObject"),
        };
        let Record { number, extra, .. } = self;
        format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"anaya"}},"eventTime":"2026-11-24T03:12:44Z","eventSource":"{source}","eventName":"{name}",{extra}"eventID":"record-{number}","resources":[{{"a":1}},{{"b":2}}]}}"#
        )
    }

    fn pretty(&self) -> String {
        let value: serde_json::Value = serde_json::from_str(&self.json()).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    }
}

/// How records stand in an input.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Lines,
    OneBehindAnother,
    Records,
    Array,
    PrettyOneBehindAnother,
    PrettyArray,
    CommaFirst,
    BehindText,
}

/// What happens to one record.
#[derive(Debug, Clone, Copy)]
enum Damage {
    None,
    /// One byte becomes another.
    Flip(u8),
    /// One byte is missing.
    Lost,
    /// The record ends here, and the next one follows.
    Cut,
    /// The comma behind it is missing, where one would be.
    NoComma,
}

#[derive(Debug, Clone)]
struct Input {
    text: Vec<u8>,
    /// The sign-ins that must come out, by number.
    wanted: Vec<usize>,
    /// Whether something was damaged.
    damaged: bool,
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let extra = select(vec!["", r#""x":"}{][\"","#, r#""userAgent":"a\\\\\" {","#, r#""é":{"y":[{},[]]},"#]);
    prop::collection::vec((any::<bool>(), extra), 1..8).prop_map(|made| {
        let each = made.into_iter().enumerate();
        each.map(|(number, (is_sign_in, extra))| Record { number, is_sign_in, extra }).collect()
    })
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        3 => Just(Damage::None),
        2 => select(b"x\"\\{}[],: \x00\xff".as_slice()).prop_map(Damage::Flip),
        1 => Just(Damage::Lost),
        1 => Just(Damage::Cut),
        1 => Just(Damage::NoComma),
    ]
}

fn inputs() -> impl Strategy<Value = Input> {
    use Layout::*;
    let layout = select(vec![
        Lines,
        OneBehindAnother,
        Records,
        Array,
        PrettyOneBehindAnother,
        PrettyArray,
        CommaFirst,
        BehindText,
    ]);
    let separators = select(vec!["", " ", "\t", ",", "\r", "\u{1e}", ", "]);
    (records(), layout, separators, damage(), any::<Index>(), any::<Index>(), any::<bool>()).prop_map(
        |(records, layout, separator, damage, hit, place, newline)| {
            let hit = hit.index(records.len());
            let last = records.len() - 1;
            let mut text = match layout {
                Records => b"{\"Records\":[".to_vec(),
                Array => b"[".to_vec(),
                PrettyArray => b"[\n".to_vec(),
                _ => Vec::new(),
            };
            for record in &records {
                let is_hit = record.number == hit;
                let mut json = match layout {
                    PrettyOneBehindAnother | PrettyArray => record.pretty().into_bytes(),
                    _ => record.json().into_bytes(),
                };
                if is_hit {
                    // Behind the first brace and before the last.
                    let at = 1 + place.index(json.len() - 2);
                    match damage {
                        Damage::Flip(byte) => json[at] = byte,
                        Damage::Lost => drop(json.remove(at)),
                        Damage::Cut => json.truncate(at),
                        Damage::None | Damage::NoComma => {}
                    }
                }
                let comma: &[u8] = match damage {
                    Damage::NoComma if is_hit => b"",
                    _ if record.number == last => b"",
                    _ => b",",
                };
                match layout {
                    BehindText => text.extend_from_slice(b"<134>1 2026-11-24T03:14:00Z host app - - "),
                    CommaFirst => text.push(if record.number == 0 { b'[' } else { b',' }),
                    _ => {}
                }
                text.extend_from_slice(&json);
                match layout {
                    Lines | BehindText | CommaFirst => text.push(b'\n'),
                    OneBehindAnother => text.extend_from_slice(separator.as_bytes()),
                    Records | Array => text.extend_from_slice(comma),
                    PrettyArray => text.extend_from_slice(&[comma, b"\n"].concat()),
                    PrettyOneBehindAnother => text.push(b'\n'),
                }
            }
            text.extend_from_slice(match layout {
                Records => b"]}",
                Array | PrettyArray | CommaFirst => b"]",
                _ => b"",
            });
            if newline {
                text.push(b'\n');
            }
            let damaged = matches!(damage, Damage::Flip(_) | Damage::Lost | Damage::Cut);
            let wanted = records
                .iter()
                .filter(|record| record.is_sign_in && !(damaged && record.number == hit))
                .map(|record| record.number)
                .collect();
            Input { text, wanted, damaged }
        },
    )
}

/// Gives at most so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(out.len());
        out[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[derive(Default)]
struct Lines(Vec<u8>);

impl Sink for Lines {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => Formatter::Json.sign_in(alert, &mut self.0),
            Event::Unreadable { text, forward: true } => Formatter::Json.unreadable(text, "", &mut self.0),
            _ => {}
        }
        Ok(())
    }
}

fn filtered(text: &[u8], block: usize, exhaustive: Option<ReadLine>) -> Lines {
    let rules = Rules::everybody(Schedule::new("default", Hours::never(), Zone::utc()).unwrap());
    let policy = Policy { block, exhaustive, ..Policy::default() };
    let mut sink = Lines::default();
    let mut filter = Filter::new(policy, rules);
    filter.run(Slow(text, block), &mut sink, || false).unwrap();
    add_up(filter.stats(), text);
    sink
}

/// Every line and every sign-in is counted as one thing, and what is counted as written was written.
fn add_up(stats: &Stats, text: &[u8]) {
    let newlines = text.iter().filter(|&&byte| byte == b'\n').count() + usize::from(!text.ends_with(b"\n"));
    assert_eq!(stats.lines, newlines as u64, "lines of {}", String::from_utf8_lossy(text));
    assert_eq!(stats.sign_ins, stats.judged + stats.not_counted, "{stats:?}");
    assert_eq!(stats.judged, stats.inside + stats.outside + stats.ignored + stats.no_event_time, "{stats:?}");
    assert!(stats.forwarded >= stats.outside + stats.no_event_time, "{stats:?}");
    assert!(stats.forwarded <= stats.outside + stats.no_event_time + stats.unreadable, "{stats:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(crate::twin::cases()) })]

    #[test]
    fn damage_costs_the_record_that_it_hits(input in inputs()) {
        let Lines(out) = filtered(&input.text, 1 << 20, None);
        let text = String::from_utf8_lossy(&input.text);
        let (mut found, mut undecided) = (BTreeMap::new(), 0);
        for line in out.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let value: serde_json::Value = serde_json::from_str(&String::from_utf8_lossy(line)).expect("a line is JSON");
            match value["eventID"].as_str().and_then(|id| id.strip_prefix("record-")) {
                Some(number) => *found.entry(number.to_owned()).or_insert(0) += 1,
                None => undecided += 1,
            }
        }
        for number in &input.wanted {
            prop_assert_eq!(found.get(&number.to_string()), Some(&1), "record {} of {}", number, text);
        }
        prop_assert!(found.values().all(|&count| count == 1), "twice: {}", text);
        prop_assert!(undecided <= if input.damaged { 2 } else { 0 }, "{} undecided of {}", undecided, text);
        prop_assert!(found.len() <= input.wanted.len() + usize::from(input.damaged), "{}", text);
        // In parts of every size, and through the exhaustive reader.
        let out = comparable(&out);
        for block in [16, 700, 4096] {
            let parts = comparable(&filtered(&input.text, block, None).0);
            prop_assert_eq!(&parts, &out, "blocks of {}: {}", block, text);
        }
        let slow = comparable(&filtered(&input.text, 1 << 20, Some(exhaustive::read)).0);
        prop_assert_eq!(&slow, &out, "exhaustive: {}", text);
    }
}

/// The output without records that were cut off before they say their name: whether those are looked at
/// depends on whether anything else asks for their line, or it is too long for the buffer.
fn comparable(out: &[u8]) -> String {
    let text = String::from_utf8_lossy(out);
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with("{\"after_hours\"") || line.contains("ConsoleLogin")).collect()
}

/// A container of thousands of records in which a hundred bytes were changed loses those records, and
/// none of the others; so does a sequence.
#[test]
fn a_hundred_changed_bytes_cost_a_hundred_records() {
    let records: Vec<String> =
        (0..6000).map(|number| Record { number, is_sign_in: true, extra: "" }.json()).collect();
    for (begin, separator, end) in
        [("{\"Records\":[", ",", "]}"), ("[", ",", "]"), ("", "", ""), ("", "\n", "\n")]
    {
        let sound = format!("{begin}{}{end}", records.join(separator)).into_bytes();
        let mut random = 1_u64;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % below
        };
        let mut text = sound.clone();
        for _ in 0..100 {
            let at = begin.len() + next(text.len() - begin.len());
            text[at] = next(256) as u8;
        }
        // One of them ends a line.
        let middle = text.len() / 2;
        text[middle] = b'\n';
        for block in [1 << 20, 5000] {
            let Lines(out) = filtered(&text, block, None);
            let out = String::from_utf8_lossy(&out);
            let (undecided, whole): (Vec<&str>, Vec<&str>) =
                out.lines().partition(|line| line.starts_with("{\"after_hours\""));
            assert!(whole.len() >= 5895, "{begin:?} {separator:?}, blocks of {block}: {} whole", whole.len());
            assert!(undecided.len() <= 200, "{begin:?} {separator:?}: {} undecided", undecided.len());
        }
    }
}
