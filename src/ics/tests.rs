use crate::ics::*;
use chrono::Days;
use proptest::prelude::*;
use std::fmt::Write;

/// A calendar with one event of these lines.
fn file(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// An event in one line: `Inventory 2026-11-28..2026-11-29`.
fn shown(event: &Event) -> String {
    let stamp = |stamp: &Stamp| match stamp {
        Stamp::Date(date) => date.to_string(),
        Stamp::Local(clock, Some(zone)) => format!("{}[{zone}]", clock.format("%FT%R")),
        Stamp::Local(clock, None) => clock.format("%FT%R").to_string(),
        Stamp::Utc(clock) => clock.format("%FT%RZ").to_string(),
    };
    format!("{} {}..{}", event.summary, stamp(&event.start), stamp(&event.end)).trim().to_owned()
}

fn read(lines: &str) -> Vec<String> {
    events(&file(lines)).unwrap().iter().map(shown).collect()
}

/// The days on which the occurrences begin.
fn days(lines: &str) -> Vec<String> {
    events(&file(lines)).unwrap().iter().map(|event| event.start.clock().date().to_string()).collect()
}

fn refused(text: &str) -> String {
    events(text).unwrap_err().to_string()
}

#[test]
fn whole_days_end_before_their_dtend() {
    assert_eq!(
        read("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102\nSUMMARY:Company closed"),
        ["Company closed 2026-12-24..2027-01-02"]
    );
    assert_eq!(read("DTSTART;VALUE=DATE:20261224"), ["2026-12-24..2026-12-25"]);
    assert_eq!(read("DTSTART:20261224\nDTEND:20261224"), ["2026-12-24..2026-12-25"]);
    assert_eq!(read("DTSTART;VALUE=DATE:20261224\nDURATION:P1W"), ["2026-12-24..2026-12-31"]);
}

#[test]
fn times_keep_the_zone_they_are_written_in() {
    assert_eq!(
        read(
            "DTSTART;TZID=Europe/Berlin:20261128T220000\nDTEND;TZID=Europe/Berlin:20261129T060000\nSUMMARY:Night"
        ),
        ["Night 2026-11-28T22:00[Europe/Berlin]..2026-11-29T06:00[Europe/Berlin]"]
    );
    assert_eq!(
        read("dtstart;tzid=\"Custom; Zone: 1\":20261128T220000\nduration:PT8H30M"),
        ["2026-11-28T22:00[Custom; Zone: 1]..2026-11-29T06:30[Custom; Zone: 1]"]
    );
    assert_eq!(
        read("DTSTART:20261128T220000Z\nDTEND:20261128T230000Z"),
        ["2026-11-28T22:00Z..2026-11-28T23:00Z"]
    );
    assert_eq!(
        read("DTSTART:20261128T220000\nDTEND:20261128T235960"),
        ["2026-11-28T22:00..2026-11-28T23:59"]
    );
    assert_eq!(read("DTSTART;TZID=UTC:20261128T220000"), ["2026-11-28T22:00Z..2026-11-28T22:00Z"]);
}

#[test]
fn lines_are_unfolded_and_text_unescaped() {
    assert_eq!(
        read("DTSTART;VALUE=DA\r\n TE:20261224\nSUMMARY:Year's end\\, all off\r\n ices\\; \\\\o\\nbye"),
        ["Year's end, all offices; \\o bye 2026-12-24..2026-12-25"]
    );
    assert_eq!(read("SUMMARY:a\n\tb\n\nDTSTART:20261224"), ["ab 2026-12-24..2026-12-25"]);
    let text = format!("\u{feff}{}", file("DTSTART:20261224"));
    assert_eq!(events(&text).unwrap().len(), 1);
}

#[test]
fn alarms_zones_and_tasks_are_skipped() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
        RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART:20261224\n\
        BEGIN:VALARM\nSUMMARY:no\nDURATION:P9D\nEND:VALARM\nSUMMARY:yes\nEND:VEVENT\nBEGIN:VTODO\nDTSTART:20260101\n\
        END:VTODO\nEND:VCALENDAR\n";
    assert_eq!(events(text).unwrap().iter().map(shown).collect::<Vec<_>>(), ["yes 2026-12-24..2026-12-25"]);
    assert_eq!(events("BEGIN:VCALENDAR\nEND:VCALENDAR").unwrap(), []);
}

#[test]
fn common_rules() {
    let first = |lines: &str, count: usize| days(lines).into_iter().take(count).collect::<Vec<_>>();
    // Every year, from before the first year to the last.
    let christmas = days("DTSTART:19981224\nRRULE:FREQ=YEARLY");
    assert_eq!(christmas.len(), 16);
    assert_eq!((christmas[0].as_str(), christmas[15].as_str()), ("2020-12-24", "2035-12-24"));
    for (lines, expected) in [
        (
            "DTSTART:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            ["2026-11-26", "2027-11-25", "2028-11-23"],
        ),
        (
            "DTSTART:20260109\nRRULE:FREQ=MONTHLY;BYDAY=2FR;INTERVAL=2",
            ["2026-01-09", "2026-03-13", "2026-05-08"],
        ),
        ("DTSTART:20260130\nRRULE:FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30", "2026-02-27", "2026-03-27"]),
        ("DTSTART:20260131\nRRULE:FREQ=MONTHLY", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("DTSTART:20260131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (
            "DTSTART:20260130\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            ["2026-01-30", "2026-02-27", "2026-03-31"],
        ),
        ("DTSTART:20240229\nRRULE:FREQ=YEARLY", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("DTSTART:20261123\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE", ["2026-11-23", "2026-11-25", "2026-11-30"]),
        ("DTSTART:20261123\nRRULE:FREQ=DAILY;INTERVAL=10", ["2026-11-23", "2026-12-03", "2026-12-13"]),
        ("DTSTART:20260102\nRRULE:FREQ=YEARLY;BYDAY=1FR,-1FR", ["2026-01-02", "2026-12-25", "2027-01-01"]),
        // RFC 5545, 3.8.5.3: the first Saturday that follows the first Sunday; Friday the 13th; the
        // week's beginning.
        (
            "DTSTART:19970913\nRRULE:FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            ["2020-01-11", "2020-02-08", "2020-03-07"],
        ),
        (
            "DTSTART:20200313\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            ["2020-03-13", "2020-11-13", "2021-08-13"],
        ),
        (
            "DTSTART:20260805\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            ["2026-08-05", "2026-08-16", "2026-08-18"],
        ),
    ] {
        assert_eq!(first(lines, 3), expected, "{lines}");
    }
}

#[test]
fn rules_end() {
    assert_eq!(
        days("DTSTART:20261123\nRRULE:FREQ=WEEKLY;COUNT=3;"),
        ["2026-11-23", "2026-11-30", "2026-12-07"]
    );
    assert_eq!(
        days("DTSTART:20261123\nRRULE:FREQ=WEEKLY;UNTIL=20261207"),
        ["2026-11-23", "2026-11-30", "2026-12-07"]
    );
    assert_eq!(days("DTSTART:20261123T090000Z\nRRULE:FREQ=WEEKLY;UNTIL=20261130T085959Z"), ["2026-11-23"]);
    // COUNT counts what lies before the first year, too.
    assert_eq!(days("DTSTART:20191224\nRRULE:FREQ=YEARLY;COUNT=2"), ["2020-12-24"]);
    assert_eq!(days("DTSTART:20191224\nRRULE:FREQ=YEARLY;COUNT=1"), [""; 0]);
    assert_eq!(days("DTSTART:20261224\nRRULE:"), ["2026-12-24"]);
    // DTSTART is always the first, though the rule may not say so.
    assert_eq!(days("DTSTART:20261124\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2"), ["2026-11-24", "2026-11-30"]);
}

#[test]
fn until_in_utc_is_exact_for_a_caller_who_knows_the_zone() {
    // The last shift in Auckland begins on the 18th, on the 17th in UTC.
    let text = file("DTSTART;TZID=Pacific/Auckland:20261216T090000\nRRULE:FREQ=DAILY;UNTIL=20261217T200000Z");
    let auckland = |zone: &str, clock: NaiveDateTime| {
        (zone == "Pacific/Auckland").then_some(clock - TimeDelta::hours(13))
    };
    assert_eq!(events_in(&text, auckland).unwrap().len(), 3);
    assert_eq!(events(&text).unwrap().len(), 2);
}

#[test]
fn exceptions_and_changes() {
    let zoned = "DTSTART;TZID=Europe/Berlin:20261123T090000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;COUNT=4\n";
    assert_eq!(
        days(&format!("{zoned}EXDATE;TZID=Europe/Berlin:20261130T090000,20261207T090000")),
        ["2026-11-23", "2026-12-14"]
    );
    assert_eq!(
        days(&format!("{zoned}EXDATE;VALUE=DATE:20261130")),
        ["2026-11-23", "2026-12-07", "2026-12-14"]
    );
    assert_eq!(
        days("DTSTART:20261224\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE:20271224\nRDATE:20270101"),
        ["2026-12-24", "2027-01-01", "2028-12-24"]
    );
    let in_utc = file(&format!("{zoned}EXDATE:20261130T080000Z"));
    assert_eq!(
        refused(&in_utc),
        "line 8: EXDATE: is written in another zone than DTSTART: which occurrence it means is not known here"
    );
    let berlin =
        |zone: &str, clock: NaiveDateTime| (zone == "Europe/Berlin").then_some(clock - TimeDelta::hours(1));
    assert_eq!(events_in(&in_utc, berlin).unwrap().len(), 3);

    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Ann\nDTSTART:20261123\nRRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20261130\nSUMMARY:Bob\nDTSTART:20261201\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20261207\nDTSTART:20261207\nSTATUS:CANCELLED\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(
        events(text).unwrap().iter().map(shown).collect::<Vec<_>>(),
        ["Ann 2026-11-23..2026-11-24", "Ann 2026-12-14..2026-12-15", "Bob 2026-12-01..2026-12-02"]
    );
}

#[test]
fn an_error_has_the_line() {
    for (text, answer) in [
        (String::new(), "line 1: no calendar: BEGIN:VCALENDAR is missing"),
        ("<!DOCTYPE html>\n<p>Sign in".into(), "line 1: no calendar: BEGIN:VCALENDAR is missing"),
        ("SUMMARY:x".into(), "line 1: SUMMARY: no calendar: BEGIN:VCALENDAR is missing"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20".into(),
            "line 2: BEGIN \"VEVENT\" has no END: is the file cut off?",
        ),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n".into(), "line 2: END: no \"VEVENT\" is open here"),
        (
            file("DTSTART:20261224\nSUMMARY:a\n b\ngarbage line"),
            "line 8: no \"NAME:value\": \"garbage line\"",
        ),
        (file("DTSTART;TZID:20261224"), "line 5: a parameter without \"=\": \"DTSTART;TZID:20261224\""),
        (file("SUMMARY:x"), "line 3: no DTSTART"),
        (file("DTSTART:20260230"), "line 5: DTSTART: \"20260230\" is no date or time"),
        (
            file("DTSTART;VALUE=DATE:20260228T000000"),
            "line 5: DTSTART: \"20260228T000000\" is no date or time",
        ),
        (file("DTSTART:20261224\nDTEND:20261223"), "line 6: DTEND: is before DTSTART"),
        (
            file("DTSTART:20261224\nDTEND:20261224T100000Z"),
            "line 6: DTEND: DTSTART and DTEND must both be dates or both times",
        ),
        (file("DTSTART:20261224\nDURATION:-P1D"), "line 6: DURATION: \"-P1D\" is no duration"),
        (file("DTSTART:20261224\nRRULE:FREQ=HOURLY"), "line 6: RRULE: FREQ \"HOURLY\" is not supported here"),
        (file("DTSTART:20261224\nRRULE:COUNT=2"), "line 6: RRULE: no FREQ"),
        (
            file("DTSTART:20261224\nRRULE:FREQ=YEARLY;BYWEEKNO=2"),
            "line 6: RRULE: \"BYWEEKNO\" is not supported here",
        ),
        (
            file("DTSTART:20261224\nRRULE:FREQ=DAILY;INTERVAL=0"),
            "line 6: RRULE: \"0\" is no number from 1 to 10000",
        ),
        (
            file("DTSTART:20261224\nRRULE:FREQ=WEEKLY;BYDAY=2MO"),
            "line 6: RRULE: an ordinal in BYDAY needs FREQ=MONTHLY or YEARLY",
        ),
        (file("DTSTART:20261224\nRRULE:FREQ=WEEKLY;BYDAY=Mo,XX"), "line 6: RRULE: \"XX\" is no weekday"),
        (file("DTSTART:20261224\nRRULE:FREQ=DAILY;UNTIL=x"), "line 6: RRULE: UNTIL \"X\" is no date or time"),
        (file("DTSTART:20261224\nEXRULE:FREQ=DAILY"), "line 6: EXRULE: not supported here"),
    ] {
        assert_eq!(refused(&text), answer, "{text}");
    }
}

#[test]
fn an_error_is_short_and_has_no_control_characters() {
    let hostile = format!("\u{1b}[2J{}", "x".repeat(10_000));
    for text in [
        hostile.clone(),
        format!("BEGIN:{hostile}"),
        format!("BEGIN:VCALENDAR\nBEGIN:{hostile}"),
        format!("BEGIN:VCALENDAR\nEND:{hostile}"),
        format!("BEGIN:VCALENDAR\n{hostile}"),
        file(&format!("DTSTART:{hostile}")),
        file(&format!("DTSTART:20261224\nDURATION:{hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:{hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:{hostile}=1")),
        file(&format!("DTSTART:20261224\nRRULE:FREQ={hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:FREQ=DAILY;COUNT={hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:FREQ=DAILY;UNTIL={hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:FREQ=DAILY;BYDAY={hostile}")),
        file(&format!("DTSTART:20261224\nRRULE:FREQ=DAILY;BYMONTHDAY={hostile}")),
    ] {
        let said = refused(&text);
        assert!(said.len() < 200 && !said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn a_hostile_file_costs_little() {
    // A parser that recurses overflows its stack here.
    let deep = format!(
        "BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n",
        "BEGIN:X\n".repeat(200_000),
        "END:X\n".repeat(200_000)
    );
    assert_eq!(events(&deep).unwrap(), []);
    assert!(refused(&"BEGIN:X\n".repeat(200_000)).starts_with("line 1: "));

    let daily = "BEGIN:VEVENT\nDTSTART:20200101\nRRULE:FREQ=DAILY\nEND:VEVENT\n".repeat(20);
    assert!(
        refused(&format!("BEGIN:VCALENDAR\n{daily}END:VCALENDAR\n"))
            .ends_with("more than 100000 occurrences in the file")
    );
    let ancient =
        "BEGIN:VEVENT\nDTSTART:00010101\nRRULE:FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2\nEND:VEVENT\n".repeat(500);
    assert!(refused(&format!("BEGIN:VCALENDAR\n{ancient}END:VCALENDAR\n")).contains("go on for too long"));
    assert_eq!(days("DTSTART:99991231\nRRULE:FREQ=DAILY;COUNT=4294967295"), [""; 0]);
    assert_eq!(read("DTSTART:99991231"), ["9999-12-31..+10000-01-01"]);
    assert!(refused(&file("DTSTART:99991231\nDURATION:P4294967295W")).contains("beyond all years"));
    let exceptions = "EXDATE:20260101\n".repeat(50_000);
    assert_eq!(days(&format!("DTSTART:20260101\nRRULE:FREQ=DAILY;COUNT=2\n{exceptions}")), ["2026-01-02"]);
}

/// Rules that begin on a day they fall on: what comes before the first day of a rule is read
/// differently elsewhere.
fn a_rule() -> impl Strategy<Value = String> {
    let weekday = proptest::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    let weekdays = proptest::collection::btree_set(weekday.clone(), 1..4)
        .prop_map(|days| days.into_iter().collect::<Vec<_>>().join(","));
    let nth = (proptest::sample::select(vec!["1", "2", "3", "4", "5", "-1", "-2"]), weekday)
        .prop_map(|(nth, day)| format!("{nth}{day}"));
    let month_days = proptest::collection::btree_set(prop_oneof![1..=31i32, -31..=-1i32], 1..4)
        .prop_map(|days| days.iter().map(i32::to_string).collect::<Vec<_>>().join(","));
    let months = proptest::collection::btree_set(1..=12u32, 1..4)
        .prop_map(|months| months.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
    let monthly = prop_oneof![
        Just(String::new()),
        nth.clone().prop_map(|day| format!(";BYDAY={day}")),
        weekdays.clone().prop_map(|days| format!(";BYDAY={days}")),
        (weekdays.clone(), -3..=-1i32).prop_map(|(days, nth)| format!(";BYDAY={days};BYSETPOS={nth}")),
        month_days.clone().prop_map(|days| format!(";BYMONTHDAY={days}")),
        (weekdays.clone(), month_days.clone()).prop_map(|(d, m)| format!(";BYDAY={d};BYMONTHDAY={m}")),
    ];
    let yearly = prop_oneof![
        Just(String::new()),
        months.clone().prop_map(|months| format!(";BYMONTH={months}")),
        nth.prop_map(|day| format!(";BYDAY={day}")),
        (months.clone(), monthly.clone()).prop_map(|(months, rest)| format!(";BYMONTH={months}{rest}")),
        month_days.clone().prop_map(|days| format!(";BYMONTHDAY={days}")),
    ];
    let rule = prop_oneof![
        yearly.prop_map(|rest| format!("FREQ=YEARLY{rest}")),
        monthly.prop_map(|rest| format!("FREQ=MONTHLY{rest}")),
        weekdays.clone().prop_map(|days| format!("FREQ=WEEKLY;BYDAY={days}")),
        weekdays.clone().prop_map(|days| format!("FREQ=WEEKLY;WKST=SU;BYDAY={days}")),
        Just("FREQ=WEEKLY".to_owned()),
        Just("FREQ=DAILY".to_owned()),
        (months, weekdays).prop_map(|(months, days)| format!("FREQ=DAILY;BYMONTH={months};BYDAY={days}")),
    ];
    let end = prop_oneof![
        Just(String::new()),
        (1..40u32).prop_map(|count| format!(";COUNT={count}")),
        (2024..2034i32, 1..=12u32).prop_map(|(year, month)| format!(";UNTIL={year}{month:02}15T235959Z")),
    ];
    (rule, 1..=4u32, end).prop_map(|(rule, interval, end)| format!("{rule};INTERVAL={interval}{end}"))
}

/// By the `rrule` crate.
fn by_rrule(start: NaiveDate, rule: &str) -> Vec<NaiveDate> {
    let text = format!("DTSTART:{}T120000Z\nRRULE:{rule}", start.format("%Y%m%d"));
    let set = match text.parse::<rrule::RRuleSet>() {
        Err(error) if error.to_string().contains("UNTIL") => return Vec::new(), // before DTSTART
        set => set.unwrap(),
    };
    let last = NaiveDate::from_ymd_opt(2035, 12, 31).unwrap();
    set.into_iter().map(|day| day.date_naive()).take_while(|day| *day <= last).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn rules_expand_as_in_the_rrule_crate(rule in a_rule(), offset in 0u64..1_500) {
        let earliest = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap() + Days::new(offset);
        let bare = rule.split(";COUNT").next().unwrap().split(";UNTIL").next().unwrap();
        // Some fall on no day at all, such as 31 February.
        let once = bare.replace("INTERVAL=4", "INTERVAL=1").replace("INTERVAL=3", "INTERVAL=1").replace("INTERVAL=2", "INTERVAL=1");
        let Some(&start) = by_rrule(earliest, &once).first() else { return Ok(()) };
        let text = file(&format!("DTSTART:{}T120000Z\nRRULE:{rule}", start.format("%Y%m%d")));
        let ours: Vec<NaiveDate> = events(&text).unwrap().iter().map(|event| event.start.clock().date()).collect();
        let mut theirs = by_rrule(start, &rule);
        if theirs.is_empty() {
            theirs.push(start); // UNTIL before DTSTART
        }
        prop_assert_eq!(ours, theirs, "{} from {}", rule, start);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = events(&text);
        let _ = events(&file(&text));
        let _ = events(&format!("BEGIN:VCALENDAR\n{text}"));
    }

    #[test]
    fn no_calendar_like_text_panics(
        lines in proptest::collection::vec(prop_oneof![
            Just("BEGIN:VCALENDAR".to_owned()), Just("BEGIN:VEVENT".to_owned()), Just("END:VEVENT".to_owned()),
            Just("END:VCALENDAR".to_owned()), Just("BEGIN:VALARM".to_owned()), Just("END:VALARM".to_owned()),
            "(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(;VALUE=DATE|;TZID=[A-Z]\"?)?:[0-9]{4,9}(T[0-9]{5,7}Z?)?",
            "(DURATION|SUMMARY|UID|STATUS):[PTZ0-9WDHMS\\\\n,é]{0,12}",
            "RRULE:FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;(COUNT|INTERVAL|BYMONTHDAY|BYMONTH|BYSETPOS|UNTIL)=-?[0-9]{1,12})?(;BYDAY=-?[0-9]{0,3}[A-Zé]{1,2})?",
            "[ \\t]?.{0,12}",
        ], 0..30),
        wrapped in any::<bool>(),
    ) {
        let text = lines.join("\n");
        let _ = events(&if wrapped { file(&text) } else { text });
    }

    /// The reader of lines against the `icalendar` crate's.
    #[test]
    fn properties_are_as_in_the_icalendar_crate(
        summary in "[ -~é]{0,40}", zone in "[A-Za-z/_ ]{1,20}", day in 1u32..29, fold in 1usize..60,
    ) {
        let escaped = summary.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
        let line = format!("SUMMARY:{escaped}");
        let at = line.char_indices().map(|(at, _)| at).nth(fold).unwrap_or(line.len());
        let mut folded = line.clone();
        if at > 8 && at < line.len() {
            folded.insert_str(at, "\r\n ");
        }
        let text = file(&format!("DTSTART;TZID={zone}:202611{day:02}T090000\r\n{folded}"));
        let ours = events(&text).unwrap();
        let unfolded = icalendar::parser::unfold(&text);
        let theirs = icalendar::parser::read_calendar(&unfolded).unwrap();
        let event = &theirs.components[0];
        let theirs = event.find_prop("SUMMARY").map(|property| property.val.to_string()).unwrap_or_default();
        prop_assert_eq!(&ours[0].summary, theirs.trim());
        let start = event.find_prop("DTSTART").unwrap();
        let mut ours_start = String::new();
        let Stamp::Local(clock, Some(ours_zone)) = &ours[0].start else { panic!("no zone") };
        write!(ours_start, "{}", clock.format("%Y%m%dT%H%M%S")).unwrap();
        prop_assert_eq!(ours_start, start.val.to_string());
        let theirs_zone = start.params[0].val.clone().unwrap();
        prop_assert_eq!(ours_zone.as_str(), theirs_zone.as_ref());
    }
}

#[test]
fn a_changed_occurrence_is_one_even_with_a_rule_in_it() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:lee\nDTSTART;VALUE=DATE:20261102\n\
                RRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:kim\n\
                DTSTART;VALUE=DATE:20261109\nRRULE:FREQ=WEEKLY\nRECURRENCE-ID;VALUE=DATE:20261109\n\
                END:VEVENT\nEND:VCALENDAR\n";
    let events = crate::ics::events(text).unwrap();
    let shown: Vec<String> =
        events.iter().map(|event| format!("{} {}", event.summary, event.start.clock().date())).collect();
    assert_eq!(shown, ["lee 2026-11-02", "lee 2026-11-16", "kim 2026-11-09"]);
}

#[test]
fn only_a_single_attendee_is_named() {
    let attendee = |lines: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261102T090000Z\n{lines}END:VEVENT\nEND:VCALENDAR\n"
        );
        crate::ics::events(&text).unwrap().remove(0).attendee
    };
    let lee = Some("lee@example.com".to_owned());
    assert_eq!(attendee("ATTENDEE;CN=Lee:MAILTO:lee@example.com\n"), lee);
    assert_eq!(
        attendee("ATTENDEE:mailto:lee@example.com\nATTENDEE;PARTSTAT=declined:mailto:kim@example.com\n"),
        lee
    );
    assert_eq!(attendee("ATTENDEE:mailto:lee@example.com\nATTENDEE:mailto:kim@example.com\n"), None);
    assert_eq!(attendee("ORGANIZER:mailto:lee@example.com\n"), None);
    assert_eq!(attendee("ATTENDEE:urn:uuid:1\n"), None);
}

#[test]
fn of_two_revisions_the_higher_sequence_counts() {
    let event = |uid: &str, sequence: &str, rest: &str| {
        format!("BEGIN:VEVENT\r\nUID:{uid}\r\n{sequence}{rest}\r\nEND:VEVENT\r\n")
    };
    let calendar =
        |events: &[String]| format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.concat());
    let (old, new) = ("DTSTART;VALUE=DATE:20261102", "DTSTART;VALUE=DATE:20261105");
    let dates = |text: &str| events(text).unwrap().iter().map(shown).collect::<Vec<_>>();
    for pair in [
        [event("a", "", old), event("a", "SEQUENCE:1\r\n", new)],
        [event("a", "SEQUENCE:2\r\n", new), event("a", "SEQUENCE:1\r\n", old)],
    ] {
        assert_eq!(dates(&calendar(&pair)), ["2026-11-05..2026-11-06"]);
    }
    // A changed occurrence is another thing than its event, and events of one revision all count.
    let changed = "RECURRENCE-ID;VALUE=DATE:20261109\r\nDTSTART;VALUE=DATE:20261110";
    let weekly = "DTSTART;VALUE=DATE:20261102\r\nRRULE:FREQ=WEEKLY;COUNT=2";
    let both = [event("a", "SEQUENCE:3\r\n", weekly), event("a", "SEQUENCE:1\r\n", changed)];
    assert_eq!(dates(&calendar(&both)), ["2026-11-02..2026-11-03", "2026-11-10..2026-11-11"]);
    assert_eq!(dates(&calendar(&[event("a", "", old), event("a", "", new)])).len(), 2);
}
