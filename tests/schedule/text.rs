//! Hours as people write them: every spelling and its canonical form, every error and its message.

use afterhours::schedule::{Closed, Hours};
use proptest::prelude::*;

fn canonical(text: &str) -> String {
    match Hours::parse(text) {
        Ok(parsed) => match parsed.zone {
            Some(zone) => format!("{} @ {zone}", parsed.hours),
            None => parsed.hours.to_string(),
        },
        Err(error) => panic!("{text:?} refused:\n{error}"),
    }
}

#[test]
fn office_hours_in_every_spelling() {
    let spellings = [
        "Mo-Fr 09:00-17:00",
        "Mon-Fri 09:00-17:00",
        "Mon-Fri 9:00-17:00",
        "mon-fri 9:00-17:00",
        "MON-FRI 09:00-17:00",
        "Mo - Fr 09:00 - 17:00",
        "Mon–Fri 9:00–17:00",
        "Mon—Fri 9:00 — 17:00",
        "Monday to Friday 9:00 to 17:00",
        "Monday through Friday, 09:00-17:00",
        "Monday-Friday: 9am to 5pm",
        "Mon.-Fri. 9.00-17.00",
        "Mo..Fr 09:00..17:00",
        "weekdays 9am-5pm",
        "Weekdays 9 a.m. - 5 p.m.",
        "weekdays from 9am until 5pm",
        "M-F 9am-5pm",
        "M-F 9a-5p",
        "M-F 9-5pm",
        "Mon-Fri 9-17",
        "Mon-Fri 0900-1700",
        "Mon-Fri 900-1700",
        "Mon-Fri 09.00-17.00",
        "Mon-Fri 9h-17h",
        "Mon-Fri 9h00-17h00",
        "Mo-Fr: 09:00-17:00",
        "Mo-Fr 09:00-17:00;",
        " Mo-Fr 09:00-17:00 \n",
        "Mo,Tu,We,Th,Fr 09:00-17:00",
        "Mo, Tu, We, Th and Fr 09:00-17:00",
        "09:00-17:00 Mo-Fr",
        "9am-5pm weekdays",
        "Mo-Fr 09:00-17:00 open",
        "Mondays to Fridays 09:00-17:00",
    ];
    for text in spellings {
        assert_eq!(canonical(text), "Mo-Fr 09:00-17:00", "{text:?}");
    }
}

/// A spelling and its canonical form, with a trailing zone after `@`.
const SPELLINGS: &[(&str, &str)] = &[
    ("09:00-17:00", "Mo-Su 09:00-17:00"),
    ("daily 9:00-17:00", "Mo-Su 09:00-17:00"),
    ("every day 9:00-17:00", "Mo-Su 09:00-17:00"),
    ("Mo-Su 00:00-01:30", "Mo-Su 00:00-01:30"),
    ("24/7", "24/7"),
    ("00:00-24:00", "24/7"),
    ("off", "off"),
    ("closed", "off"),
    ("never", "off"),
    ("weekdays 9am - 5:30pm", "Mo-Fr 09:00-17:30"),
    ("weekends noon-midnight", "Sa-Su 12:00-24:00"),
    ("Mo-Fr 12am-12pm", "Mo-Fr 00:00-12:00"),
    ("Mo, We, Fr 09:00-17:00", "Mo,We,Fr 09:00-17:00"),
    ("Mo,Tu,Th-Fr 09:00-17:00", "Mo-Tu,Th-Fr 09:00-17:00"),
    ("Fr-Mo 10:00-12:00", "Fr-Mo 10:00-12:00"),
    ("Su-Th 08:00-16:00", "Su-Th 08:00-16:00"),
    ("Mo-Fr 22:00-06:00", "Mo-Fr 22:00-06:00"),
    ("Mo-Fr 22:00-30:00", "Mo-Fr 22:00-06:00"),
    ("Mo-Fr 22-6", "Mo-Fr 22:00-06:00"),
    ("Mo-Fr 10pm-6am", "Mo-Fr 22:00-06:00"),
    ("Mo-Fr 22:00-00:00", "Mo-Fr 22:00-24:00"),
    ("Mo-Fr 09:00-24:00", "Mo-Fr 09:00-24:00"),
    ("Mo 09:00-33:00", "Mo 09:00-33:00"),
    ("Mo-Fr 24/7", "Mo-Fr 00:00-24:00"),
    ("Mo-Fr 09:00-12:30, 13:30-18:00; Sa 10:00-14:00", "Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00"),
    ("Mo-Fr 9am-12pm and 1pm-5pm", "Mo-Fr 09:00-12:00,13:00-17:00"),
    ("Mo-Fr 13-17,9-12", "Mo-Fr 09:00-12:00,13:00-17:00"),
    ("Mo-Fr 09:00-17:00, Sa 10:00-12:00", "Mo-Fr 09:00-17:00, Sa 10:00-12:00"),
    ("Mon-Fri 9-17 and Sat 10-12", "Mo-Fr 09:00-17:00, Sa 10:00-12:00"),
    ("Mo-Fr 09:00-17:00, Sa, Su 10:00-12:00", "Mo-Fr 09:00-17:00, Sa-Su 10:00-12:00"),
    ("Mo-Fr 08:00-17:00;Sat-Sun 09:00-14:00", "Mo-Fr 08:00-17:00; Sa-Su 09:00-14:00"),
    ("Mon-Fri: 8:00AM to 6:00PM", "Mo-Fr 08:00-18:00"),
    ("9-17 Mo-Fr, 10-12 Sa", "Mo-Fr 09:00-17:00, Sa 10:00-12:00"),
    ("Mo - 09:00-17:00", "Mo 09:00-17:00"),
    ("Mo-Fr 09:00-17:00; We off", "Mo-Fr 09:00-17:00; We off"),
    ("Mon-Fri 9-17, PH off", "Mo-Fr 09:00-17:00; PH off"),
    ("1900-2100", "Mo-Su 19:00-21:00"),
    // zones
    ("Mon-Fri 09:00-17:00 Europe/Berlin", "Mo-Fr 09:00-17:00 @ Europe/Berlin"),
    (
        "Mon-Fri 9:00-17:00 America/Argentina/Buenos_Aires;",
        "Mo-Fr 09:00-17:00 @ America/Argentina/Buenos_Aires",
    ),
    ("Mon-Fri 09:00-17:00 UTC", "Mo-Fr 09:00-17:00 @ UTC"),
    ("Mon-Fri 09:00-17:00 utc", "Mo-Fr 09:00-17:00 @ utc"),
    ("Mon-Fri 09:00-17:00 CET", "Mo-Fr 09:00-17:00 @ CET"),
    ("Mon-Fri 09:00-17:00 Etc/GMT+2", "Mo-Fr 09:00-17:00 @ Etc/GMT+2"),
    ("24/7 EST5EDT", "24/7 @ EST5EDT"),
    ("MO-FR 09:00-17:00; SA OFF", "Mo-Fr 09:00-17:00; Sa off"),
    ("9AM-5PM DAILY", "Mo-Su 09:00-17:00"),
    ("off UTC", "off @ UTC"),
    // nth weekdays, seasons, weeks
    ("Tu[2] 18:00-23:00", "Tu[2] 18:00-23:00"),
    ("Mo-Fr 09:00-17:00; Fr[-1] 09:00-13:00", "Mo-Fr 09:00-17:00; Fr[-1] 09:00-13:00"),
    ("Fr[1,3] 9-17", "Fr[1],Fr[3] 09:00-17:00"),
    ("Fr[1-2] 9-17", "Fr[1],Fr[2] 09:00-17:00"),
    ("Th[4] +1 day off", "Th[4] +1 day off"),
    ("Jun-Aug Mo-Fr 8-15; Sep-May Mo-Fr 9-17", "Jun-Aug Mo-Fr 08:00-15:00; Sep-May Mo-Fr 09:00-17:00"),
    ("June to August weekdays 8-15", "Jun-Aug Mo-Fr 08:00-15:00"),
    ("Jun-Aug 9:00-17:00", "Jun-Aug 09:00-17:00"),
    ("Jun-Aug 0900-1700", "Jun-Aug 09:00-17:00"),
    ("Jun 10am-5pm", "Jun 10:00-17:00"),
    (
        "week 1-53/2 Mo-Fr 8-16; week 2-52/2 Mo 7-17",
        "week 1-53/2 Mo-Fr 08:00-16:00; week 2-52/2 Mo 07:00-17:00",
    ),
    ("week 1, 3, 5-7 Mo 9:00-17:00", "week 1,3,5-7 Mo 09:00-17:00"),
    // dates
    ("Mo-Fr 08:00-18:00; Dec 24-Jan 2 off", "Mo-Fr 08:00-18:00; Dec 24-Jan 02 off"),
    ("Mo-Fr 08:00-18:00; Dec 24-26 off", "Mo-Fr 08:00-18:00; Dec 24-26 off"),
    ("Mar 8-Mar 1 9-17", "Mar 08-Mar 01 09:00-17:00"), // all but 2 to 7 March
    ("24/7; Dec 24,26,28-30 off", "Mo-Su 00:00-24:00; Dec 24,Dec 26,Dec 28-30 off"),
    ("24/7; Dec 25, Jan 1 off", "Mo-Su 00:00-24:00; Dec 25,Jan 01 off"),
    ("Dec 24: 09:00-12:00", "Dec 24 09:00-12:00"),
    ("Dec 24th 9-12", "Dec 24 09:00-12:00"),
    ("24 Dec 9-12", "Dec 24 09:00-12:00"),
    ("24 Dec 2026 off", "2026 Dec 24 off"),
    ("Dec 24 2026 9:00-12:00", "2026 Dec 24 09:00-12:00"),
    ("Dec 24 2000-2200", "Dec 24 20:00-22:00"),
    ("2026 Dec 24-2027 Jan 1 off", "2026 Dec 24-2027 Jan 01 off"),
    ("2026 Dec 24-Jan 1 off", "2026 Dec 24-2027 Jan 01 off"),
    ("2026-12-24..2027-01-01 off", "2026 Dec 24-2027 Jan 01 off"),
    ("2026-12-24 - 2027-01-01 off", "2026 Dec 24-2027 Jan 01 off"),
    ("2026-12-24 to 2026-12-26 closed", "2026 Dec 24-26 off"),
    ("2026-11-28 10:00-16:00", "2026 Nov 28 10:00-16:00"),
    ("2026 Mo-Fr 09:00-17:00", "2026 Jan-Dec Mo-Fr 09:00-17:00"),
    ("2026 10:00-14:00", "2026 Jan-Dec 10:00-14:00"),
    ("2026 closed", "2026 Jan-Dec off"),
    ("1000-2000 Mo-Fr", "Mo-Fr 10:00-20:00"),
    ("2000-2200 weekends", "Sa-Su 20:00-22:00"),
    ("2026 Dec-Feb Mo 9:00-17:00", "2026 Dec-Feb Mo 09:00-17:00"),
    (
        "24/7; easter -2 days off; easter +1 day off",
        "Mo-Su 00:00-24:00; easter -2 days off; easter +1 day off",
    ),
    ("easter -2 days-easter +1 day off", "easter -2 days-easter +1 day off"),
    ("PH,Sa 10:00-12:00", "PH,Sa 10:00-12:00"),
    ("public holidays off", "PH off"),
    ("PH -1 day 09:00-12:00", "PH -1 day 09:00-12:00"),
];

#[test]
fn spellings() {
    for &(text, expected) in SPELLINGS {
        assert_eq!(canonical(text), expected, "{text:?}");
        if !expected.contains('@') {
            assert_eq!(canonical(expected), expected, "canonical form of {text:?} is not stable");
        }
    }
}

/// Text, the part under the caret, the reason, and a part of the fix.
const ERRORS: &[(&str, &str, &str, &str)] = &[
    ("", "", "no hours", "Mon-Fri 09:00-17:00"),
    ("   ", "", "no hours", "Mon-Fri 09:00-17:00"),
    ("Mon-Fri 25:00-26:00", "25:00", "hour past 24", "between 00:00 and 23:59"),
    ("Mon-Fri 25:00", "25:00", "a time alone is no window", "from when to when"),
    ("Mon-Fri 9:00-49:00", "49:00", "hour past 24", "00:00 to 24:00"),
    ("Mon-Fri 9:00-48:30", "48:30", "hour past 48", "next day"),
    ("Mon-Fri 24:00-06:00", "24:00", "a window cannot begin at 24:00", "00:00"),
    ("Mon-Fri 09:60-17:00", "09:60", "minute past 59", "00 to 59"),
    ("Mon-Fri 09:00-17:5", "5", "minutes have two digits", "09:00"),
    ("Mon-Fri 09:00:30-17:00", "30", "seconds", "whole minutes"),
    ("09:00-09:00", "09:00-09:00", "start and end are equal", "00:00-24:00"),
    ("00:00-00:00", "00:00-00:00", "start and end are equal", "00:00-24:00"),
    ("09:00-34:00", "09:00-34:00", "longer than a day", "24 hours"),
    ("Mo-Fr", "Mo-Fr", "days without times", "Mo-Fr 00:00-24:00"),
    ("Mo-Fr; Sa 10:00-12:00", "Mo-Fr", "days without times", "Mo-Fr 09:00-17:00"),
    ("Mo-Fr open", "open", "open without times", "24/7"),
    ("Mo-Fr 09:00-17:00 \"by appointment\"", "\"", "a comment", "leave it out"),
    ("Mo-Fr 09:00-17:00 unknown", "unknown", "unknown hours", "off"),
    ("SH 09:00-17:00", "SH", "school holidays are not known", "2026 Jul 1"),
    ("Mo-Fr sunrise-sunset", "sunrise", "the sun's times are not known", "06:30"),
    ("Mo-Fr 08:00-dusk", "dusk", "the sun's times are not known", "06:30"),
    ("Mo-Fr 09:00+", "+", "no end", "09:00-17:00"),
    ("Mo-Fr 09:00-17:00+", "+", "an end with a +", "09:00-17:00"),
    ("Mo-Fr 09:00-", "", "the window has no end", "09:00-17:00"),
    ("Mo-Fr 09:00", "09:00", "a time alone is no window", "09:00-17:00"),
    ("Mo-Fr 9-5", "9-5", "this is ambiguous", "am or pm"),
    ("Mo-Fr 9:00-5:00", "9:00-5:00", "this is ambiguous", "am or pm"),
    ("Mo-Fr 9am-5", "9am-5", "this is ambiguous", "am or pm"),
    ("Mo-Fr 1-5pm", "1-5pm", "this is ambiguous", "am or pm"),
    ("Mo-Fr 13pm-5pm", "13pm", "am and pm go with hours from 1 to 12", "9am"),
    ("Mo-Fr 9-17 10-12", "10", "times after times", ","),
    ("Mo-Fr 9-17 Sa 10-12", "Sa", "a new rule begins here and nothing parts it from the last", ";"),
    ("Mo-Fr 9-17 off", "off", "times and off together", "09:00-12:00,14:00-17:00"),
    ("We off 12:00-13:00", "12", "off and times together", "09:00-12:00,14:00-17:00"),
    ("9-17 Dec 24", "17", "a date after the times", "before"),
    ("9-17; 09:00-17:00 Dec 24", "Dec", "a date after the times", "before"),
    ("Mo-Fr 09:00-17:00,", "", "a rule is missing here", "Mon-Fri"),
    ("Mo-Fr 09:00-17:00 || off", "|", "alternatives (||)", ";"),
    ("T-F 9-17", "T", "T may be Tuesday or Thursday", "Tu"),
    ("S 9-17", "S", "S may be Saturday or Sunday", "Sa"),
    ("Mi-Do 09:00-17:00", "Mi", "unknown word", "Mo Tu We"),
    ("Mo-Xy 09:00-17:00", "Xy", "unknown word", "Mo Tu We"),
    ("Mo We 09:00-17:00", "We", "a second list of the same kind of days", "Mo,We,Fr"),
    (
        "Mon-Fri 9:00-17:00 IST",
        "IST",
        "IST is not the name of one time zone",
        "Asia/Kolkata or Asia/Jerusalem or",
    ),
    ("Mon-Fri 9:00-17:00 pst", "pst", "pst is not the name of one time zone", "America/Los_Angeles"),
    ("Mon-Fri 9:00-17:00 Berlin", "Berlin", "unknown word", "Europe/Berlin"),
    ("Feb 30 off", "30", "no such date", "Feb has 29 days"),
    ("2027 Feb 29 off", "29", "no such date", "Feb 2027 has 28 days"),
    ("2026-02-30 off", "30", "no such date", "Feb 2026 has 28 days"),
    ("2026-13-01 off", "2026-13-01", "no such month", "2026-12-24"),
    ("Apr 31 off", "31", "no such date", "Apr has 30 days"),
    ("Dec 24-2027 Jan 1 off", "Dec 24-2027 Jan 1", "a year at the end and none at the start", "both years"),
    ("2027-01-01..2026-12-24 off", "2027-01-01..2026-12-24", "these dates end before they begin", "earlier"),
    ("Dec 24-02 off", "Dec 24-02", "these dates end before they begin", "earlier"),
    ("Dec 1,28-26 off", "28-26", "these dates end before they begin", "earlier"),
    ("2026 Dec 24+ off", "+", "no end", "last day"),
    ("24.12.2026 off", "2026", "a date with dots may be read in two ways", "2026-12-24"),
    ("12/24/2026 off", "12", "a date with slashes may be read in two ways", "2026-12-24"),
    ("Jun-Aug 9-17", "Jun-Aug 9", "a month and a date do not make a span", "Jun 1-Aug 9"),
    ("Dec 24-Feb off", "Dec 24-Feb", "a date and a month do not make a span", "Jan 2"),
    ("Tu[6] 9-17", "6", "no such weekday of a month", "1 to 5"),
    ("Tu[2 9-17", "9", "the [ is not closed", "Tu[2]"),
    ("week 54 9-17", "54", "no such week", "53"),
    ("week 50-2 Mo 09:00-17:00", "50-2", "these weeks end before they begin", "50-53,1-2"),
];

#[test]
fn errors() {
    for &(text, place, reason, fix) in ERRORS {
        match Hours::parse(text) {
            Ok(parsed) => panic!("{text:?} was taken for {}", parsed.hours),
            Err(error) => {
                assert_eq!(error.reason(), reason, "{text:?}\n{error}");
                assert_eq!(&text[error.position()], place, "{text:?}\n{error}");
                assert!(error.fix().contains(fix), "{text:?}\n{error}");
                assert_eq!(error.to_string().lines().count(), 4, "{text:?}\n{error}");
            }
        }
    }
}

#[test]
fn an_error_reads_well() {
    let error = Hours::parse("Mon–Fri 25:00-26:00").unwrap_err();
    let expected =
        "hour past 24\n    Mon–Fri 25:00-26:00\n            ^^^^^\n  a window begins between 00:00 and 23:59";
    assert_eq!(error.to_string(), expected);
}

/// Pieces that occur in hours, and some that do not.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "Mo",
        "Tu",
        "Mon",
        "fri",
        "Sunday",
        "weekdays",
        "weekends",
        "daily",
        "M",
        "T",
        "PH",
        "SH",
        "bank holidays",
        "Jan",
        "Feb",
        "December",
        "may",
        "week",
        "easter",
        "off",
        "closed",
        "open",
        "unknown",
        "24/7",
        "2026",
        "2027",
        "1999",
        "0",
        "1",
        "2",
        "5",
        "9",
        "09",
        "12",
        "17",
        "24",
        "29",
        "30",
        "31",
        "53",
        "00:00",
        "09:00",
        "9:30",
        "17:00",
        "22:00",
        "24:00",
        "30:00",
        "48:00",
        "900",
        "0900",
        "1700",
        "2000",
        "9am",
        "5pm",
        "12am",
        "noon",
        "midnight",
        "9h",
        "17h30",
        "-",
        "-",
        "–",
        "to",
        "..",
        ",",
        ",",
        ";",
        ";",
        ":",
        "+",
        "[",
        "]",
        "[1]",
        "[-1]",
        "[2,4]",
        "/",
        "/2",
        "+1 day",
        "-2 days",
        "day",
        "2026-12-24",
        "2027-02-29",
        "24.12.2026",
        "\"x\"",
        "||",
        "Europe/Berlin",
        "UTC",
        "IST",
        "CET",
        "ı",
        "ß",
        "\u{202e}",
        "é",
        "99999999999",
        ".",
        "st",
        "th",
        "every",
        "from",
        "and",
        "a.m.",
        "p.m",
    ];
    let piece = (prop::sample::select(pieces.to_vec()), prop::sample::select(vec!["", " ", " ", "  "]));
    prop::collection::vec(piece, 1..14)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| format!("{piece}{gap}")).collect())
}

/// Text that is mostly valid hours: complete rules, joined.
fn rules() -> impl Strategy<Value = String> {
    let selectors = vec![
        "",
        "Mo-Fr",
        "Sa",
        "Fr-Mo",
        "Mo,We",
        "Mo-Su",
        "PH",
        "PH,Mo",
        "PH -1 day",
        "Tu[2]",
        "Fr[-1]",
        "Th[4] +1 day",
        "Mo,Fr[1]",
        "Jun-Aug",
        "Nov-Feb",
        "Jun-Aug Mo-Fr",
        "2026",
        "2026 Jun",
        "2026 Dec-Feb",
        "Dec 24",
        "Dec 24-26",
        "Dec 24-Jan 2",
        "Dec 24,25,31",
        "Dec 24,Jan 1",
        "2026 Dec 24-2027 Jan 1",
        "2026-12-24",
        "2026-12-24..2027-01-01",
        "easter",
        "easter -2 days",
        "easter -2 days-easter +1 day",
        "2027 easter +39 days",
        "Dec 24-easter",
        "week 1-53/2",
        "week 2,4 Mo",
        "week 1-53/2 Mo-Fr",
        "Feb 29",
        "Dec week 52 Mo",
    ];
    let times = vec![
        "off",
        "24/7",
        "09:00-17:00",
        "9-17",
        "9am-5pm",
        "22:00-06:00",
        "22:00-30:00",
        "09:00-12:00,13:00-17:00",
        "00:00-24:00",
        "09:00-33:00",
        "13:00-17:00,09:00-12:00",
        "22:00-00:00",
    ];
    let rule = (
        prop::sample::select(selectors),
        prop::sample::select(times),
        prop::sample::select(vec!["; ", ", ", ";", ","]),
    );
    prop::collection::vec(rule, 1..5).prop_map(|rules| {
        rules
            .into_iter()
            .map(|(selector, times, joint)| format!("{selector} {times}{joint}"))
            .collect::<String>()
    })
}

fn check(text: &str) {
    match Hours::parse(text) {
        Ok(parsed) => {
            let canonical = parsed.hours.to_string();
            let again =
                Hours::parse(&canonical).unwrap_or_else(|e| panic!("{text:?} -> {canonical:?}:\n{e}"));
            assert_eq!(again.hours, parsed.hours, "{text:?} -> {canonical:?}");
            assert_eq!(again.hours.to_string(), canonical);
        }
        Err(error) => {
            assert!(text.get(error.position()).is_some(), "{text:?} {:?}", error.position());
            assert_eq!(error.to_string().lines().count(), 4, "{error}");
            assert!(!error.reason().is_empty() && !error.fix().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        check(&text);
        let _ = Closed::days(&text);
    }

    #[test]
    fn no_fragments_panic_and_canonical_forms_are_stable(text in fragments()) {
        check(&text);
        let _ = Closed::days(&text);
    }

    #[test]
    fn canonical_forms_of_rules_are_stable(text in rules()) {
        check(text.trim_end_matches(','));
    }
}

#[test]
fn long_texts_are_an_error() {
    assert_eq!(Hours::parse(&"Mo 9-17;".repeat(1000)).unwrap_err().reason(), "text too long");
    check(&"Mo 9-17;".repeat(200)); // the canonical form is longer, and must be short enough to be read again
    check(&"[".repeat(4000));
}
