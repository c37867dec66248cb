//! `afterhours calendar` and `afterhours holidays`, as the program runs them. `tests/schedule/drawing.rs` tests the drawings.

use crate::harness;

#[track_caller]
fn shows(args: &[&str]) -> String {
    String::from_utf8(harness::run(args, b"").exits(0).stdout).expect("text")
}

#[track_caller]
fn rejects(args: &[&str]) -> String {
    let outcome = harness::run(args, b"").exits(2);
    assert!(outcome.stdout.is_empty());
    outcome.stderr
}

const LONDON: [&str; 6] = ["--hours", "Mon-Fri 22:00-06:00", "--tz", "Europe/London", "--tzdata", "embedded"];

fn london<'a>(args: &[&'a str]) -> Vec<&'a str> {
    ["calendar"].into_iter().chain(LONDON).chain(args.iter().copied()).collect()
}

#[test]
fn draws_the_week_that_is_asked_for() {
    let drawn = shows(&london(&["--from", "2026-10-19"]));
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines[0], "default: Mo-Fr 22:00-06:00");
    assert!(lines[1].starts_with("Europe/London, tzdata 20"), "{}", lines[1]);
    assert!(lines[1].ends_with("; week from Monday 2026-10-19, 40h00 in the week"), "{}", lines[1]);
    assert_eq!(lines[3], "                00    03    06    09    12    15    18    21    24");
    assert_eq!(lines[4], "Mon 2026-10-19  ············································████   2h00");
    assert_eq!(
        lines[10],
        "Sun 2026-10-25  ··░░············································   0h00  clock back 60 min at 02:00"
    );
    assert!(!drawn.contains('\u{1b}'), "colours into a pipe");
}

#[test]
fn draws_months_and_years() {
    let month = shows(&london(&["--month", "--from", "2026-02"]));
    assert_eq!(month.lines().filter(|line| line.contains(" 2026-02-")).count(), 28);
    let year = shows(&london(&["--year", "--from", "2026"]));
    assert!(year.contains("January 2026            February 2026           March 2026\n"), "{year}");
    assert!(
        year.lines()
            .take_while(|line| !line.starts_with("··"))
            .skip(2)
            .all(|line| line.chars().count() <= 80)
    );
    // From the middle of a month to the same day of the next.
    let month = shows(&london(&["--month", "--from", "2026-01-15"]));
    assert!(
        month.contains("Thu 2026-01-15") && month.contains("Sat 2026-02-14") && !month.contains("2026-02-15")
    );
}

#[test]
fn begins_with_the_period_that_is_now() {
    let week = shows(&london(&[]));
    let rows: Vec<&str> = week.lines().skip(4).take(7).collect();
    assert!(rows[0].starts_with("Mon ") && rows[6].starts_with("Sun "), "{week}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let today = chrono::DateTime::from_timestamp(now.as_secs() as i64, 0).expect("a date").date_naive();
    let near = |days: i64| (today + chrono::TimeDelta::days(days)).to_string();
    assert!(rows.iter().any(|row| (-1..=1).any(|days| row.contains(&near(days)))), "{week}");
    assert!(shows(&london(&["--year"])).contains("January"));
}

#[test]
fn writes_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("week.svg");
    let name = file.to_str().expect("text");
    assert_eq!(shows(&london(&["--from", "2026-10-19", "--svg", name])), "");
    let svg = std::fs::read_to_string(&file).expect("the picture");
    assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>\n"));
    assert_eq!(shows(&london(&["--from", "2026-10-19", "--svg", "-"])), svg);
    let missing = folder.path().join("no/such/folder/x.svg");
    let messages = rejects(&london(&["--svg", missing.to_str().expect("text")]));
    assert!(messages.starts_with("afterhours: --svg "), "{messages}");
}

#[test]
fn draws_the_schedule_of_a_user_or_of_a_name() {
    let from = ["--from", "2026-10-19"];
    let everybody = shows(&london(&from));
    assert_eq!(
        shows(&london(&["--from", "2026-10-19", "--user", "anaya", "--account", "111122223333"])),
        everybody
    );
    assert_eq!(shows(&london(&["--from", "2026-10-19", "--schedule", "default"])), everybody);
    let messages = rejects(&london(&["--schedule", "berlin"]));
    assert_eq!(messages, "afterhours: --schedule: none is called \"berlin\"; there is default\n");
}

#[test]
fn rejects_what_is_not_a_date() {
    for text in [
        "",
        "tomorrow",
        "2026-02-30",
        "2026-13",
        "26-01-01",
        "20260101",
        "2026-1-1",
        "+026-01-01",
        "0000",
        "9999",
    ] {
        let messages = rejects(&london(&["--from", text]));
        assert!(
            messages.starts_with("afterhours: --from: ") && messages.contains("write 2026-12-24"),
            "{text}: {messages}"
        );
    }
    rejects(&london(&["--week", "--month"]));
    assert!(!rejects(&london(&["--from", "\u{1b}[2J"])).contains('\u{1b}'));
}

#[test]
fn lists_holidays() {
    let berlin = shows(&["holidays", "DE-BE", "2026"]);
    assert!(
        berlin.starts_with(
            "Berlin, Germany (DE-BE): public holidays in 2026\n2026-01-01  Thu  New Year's Day\n"
        )
    );
    assert!(shows(&["holidays", "de-be"]).contains("2035-12-25"));
    let codes = shows(&["holidays"]);
    assert!(codes.lines().count() > 850);
    assert!(codes.contains("\nDE        Germany\n") && codes.contains("\n  DE-BE     Berlin\n"));
    assert!(rejects(&["holidays", "UK"]).contains("did you mean GB"));
}
