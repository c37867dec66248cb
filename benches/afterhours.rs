//! Criterion benchmarks of the library, one group for each module. Knows the public API of the
//! modules; the records come from the kit's `corpus` and are generated before the clock starts.
//! `benches/compare` measures the whole program beside others.
#![allow(clippy::expect_used, reason = "a bench that cannot go on may say so")]

use std::hint::black_box;
use std::io;

use afterhours::envelope::{Found, LineOutcome, Reader, RecordPaths};
use afterhours::exhaustive;
use afterhours::filter::{Event, Filter, Formatter, Policy, ReadLine, Sink};
use afterhours::framing::LineBuffer;
use afterhours::framing::starts_container;
use afterhours::prefilter::{Prefilter, every_line};
use afterhours::rules::{Rules, Severity};
use afterhours::schedule::{Hours, Reason, Schedule};
use afterhours::sign_in::Outcome;
use afterhours::tag::{Tag, TagName};
use afterhours::time_zone::Zone;
use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use kit::corpus::{Corpus, Form, Until};

const SEED: u64 = 1;

/// How much is read in one iteration, in bytes: more than the caches hold, so that the figures
/// include the speed of memory.
fn size() -> u64 {
    std::env::var("BENCH_BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(64 << 20)
}

fn make(corpus: &Corpus, form: Form, bytes: u64) -> Vec<u8> {
    corpus.bytes(form, Until::Bytes(bytes)).0
}

fn mixed() -> Vec<u8> {
    make(&Corpus::mixed(SEED), Form::Bare, size())
}

/// Costs more per byte than the search, so there is less of it.
fn dense() -> Vec<u8> {
    make(&Corpus::dense(SEED), Form::Bare, size() / 8)
}

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.warm_up_time(std::time::Duration::from_millis(500));
    group.measurement_time(std::time::Duration::from_secs(2));
    group
}

fn lines(criterion: &mut Criterion) {
    let mut group = group(criterion, "lines");
    let bytes = mixed();
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("mixed", |b| {
        b.iter(|| {
            let (mut input, mut blocks) = (&bytes[..], 0);
            let mut buffer = LineBuffer::new(Policy::default().block, Policy::default().longest_line);
            while let Ok(Some(chunk)) = buffer.fill(&mut input, starts_container) {
                black_box(chunk);
                blocks += 1;
            }
            blocks
        });
    });
}

fn candidate(criterion: &mut Criterion) {
    let mut group = group(criterion, "candidate");
    let prefilter = Prefilter::default();
    for (name, bytes) in [("mixed", mixed()), ("dense", dense())] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| prefilter.lines(black_box(&bytes)).count()));
    }
}

type Each<'e> = &'e mut dyn FnMut(Found<'_>);

fn envelope(criterion: &mut Criterion) {
    let mut group = group(criterion, "envelope");
    let reader = Reader::default();
    let sign_ins = Corpus::dense(SEED);
    for (name, form) in [("bare", Form::Bare), ("wrapped", Form::Wrapped), ("s3", Form::S3 { records: 500 })]
    {
        let bytes = make(&sign_ins, form, size() / 32);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let count = |read: &dyn Fn(&[u8], Each<'_>) -> LineOutcome| {
            let mut found = 0;
            for line in every_line(&bytes) {
                let held = read(line.bytes, &mut |it| {
                    black_box(it);
                    found += 1;
                });
                black_box(held);
            }
            found
        };
        let fast = |line: &[u8], each: Each<'_>| reader.read(line, each);
        let slow = |line: &[u8], each: Each<'_>| exhaustive::read(line, &RecordPaths::default(), each);
        assert_eq!(count(&fast), count(&slow), "the twins disagree");
        group.bench_function(name, |b| b.iter(|| count(&fast)));
        group.bench_function(format!("{name}, the slow twin"), |b| b.iter(|| count(&slow)));
    }
}

fn tag(criterion: &mut Criterion) {
    let mut group = group(criterion, "tag");
    let bytes = make(&Corpus::dense(SEED), Form::Bare, size() / 64);
    let records: Vec<&[u8]> = every_line(&bytes).map(|line| line.bytes).collect();
    let name = TagName::default();
    let tag = Tag {
        reason: Some(Reason::OutsideWindow),
        cause: None,
        severity: Severity::Low,
        schedule: "default",
        rule: None,
        local_time: None,
        time_zone: "UTC",
        outcome: Outcome::Success,
        mfa: Some(false),
        person: Some("anaya"),
        role: None,
    };
    group.throughput(Throughput::Elements(records.len() as u64));
    let mut out = Vec::with_capacity(bytes.len() * 2);
    group.bench_function("write_tagged", |b| {
        b.iter(|| {
            out.clear();
            for record in &records {
                tag.write_tagged(&name, record, &mut out);
            }
            out.len()
        });
    });
}

/// Collects what is forwarded in memory and clears it at every flush, as the other end of a pipe
/// would.
#[derive(Default)]
struct Memory {
    out: Vec<u8>,
    written: u64,
}

impl Sink for Memory {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => Formatter::Json.sign_in(alert, &mut self.out),
            Event::Unreadable { text, .. } => Formatter::Json.unreadable(text, "", &mut self.out),
            Event::PassedOn(bytes) => self.out.extend_from_slice(bytes),
            Event::Unrecognized { .. }
            | Event::TooLong { .. }
            | Event::NotJson { .. }
            | Event::NoHolidays { .. } => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written += black_box(&self.out).len() as u64;
        self.out.clear();
        Ok(())
    }
}

/// Never open, so that every sign-in is forwarded.
fn never_open() -> Schedule {
    let hours = Hours::parse("off").expect("fixed hours").hours;
    Schedule::new("default", hours, Zone::utc()).expect("hours without public holidays")
}

fn filter(criterion: &mut Criterion) {
    let mut group = group(criterion, "filter");
    let schedule = never_open();
    let s3 = make(&Corpus::mixed(SEED), Form::S3 { records: 500 }, size() / 8);
    let wrapped = make(&Corpus::mixed(SEED), Form::Wrapped, size());
    let little = make(&Corpus::mixed(SEED), Form::Bare, size() / 32);
    for (name, exhaustive, bytes) in [
        ("mixed", false, mixed()),
        ("dense", false, dense()),
        ("s3", false, s3),
        ("wrapped", false, wrapped),
        ("mixed, exhaustive", true, little),
    ] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let exhaustive: Option<ReadLine> = exhaustive.then_some(exhaustive::read);
                let policy = Policy { exhaustive, ..Policy::default() };
                let mut filter = Filter::new(policy, Rules::everybody(schedule.clone()));
                let mut sink = Memory::default();
                assert!(filter.run(&bytes[..], &mut sink, || false).is_ok(), "memory cannot fail");
                sink.written
            });
        });
    }
}

criterion_group!(rooms, lines, candidate, envelope, tag, filter);
criterion_main!(rooms);
