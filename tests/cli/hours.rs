//! Business hours on the command line: which moments are in hours, and which texts are an error
//! before anything is read.

use std::fs::File;
use std::io::{Seek, Write};
use std::process::Stdio;

use crate::harness::{Outcome, PATIENCE, program, run, run_command, start, wait};
use kit::fixtures::{self, sign_in_at, stream};
use kit::tag::{member, split};

/// The verdict and reason for a sign-in at each instant (UTC).
#[track_caller]
fn checked(args: &[&str], instants: &[&str]) -> Vec<(String, String)> {
    let records: Vec<String> = instants.iter().map(|instant| sign_in_at(instant)).collect();
    let outcome = run(&[&["--keep", "sign-ins"], args].concat(), &stream(&records)).exits(0);
    assert_eq!(outcome.lines().len(), instants.len());
    let text = |tag: &str, key| member(tag, key).as_str().unwrap().to_owned();
    let tags = outcome.lines().into_iter().map(|line| split(line).1);
    tags.map(|tag| (text(&tag, "verdict"), text(&tag, "reason"))).collect()
}

/// Fails unless each instant is in hours (`true`) or after hours (`false`) as given.
#[track_caller]
fn expect(hours: &str, zone: &str, wanted: &[(&str, bool)]) {
    let instants: Vec<&str> = wanted.iter().map(|(instant, _)| *instant).collect();
    let verdicts = checked(&["--hours", hours, "--tz", zone], &instants);
    for ((instant, inside), (verdict, reason)) in wanted.iter().zip(verdicts) {
        let name = if *inside { "inside" } else { "outside" };
        assert_eq!(verdict, name, "{instant} with {hours:?} in {zone} ({reason})");
    }
}

#[test]
fn a_window_includes_its_start_and_not_its_end() {
    expect(
        "Mon-Fri 09:00-17:00",
        "UTC",
        &[
            ("2026-11-23T08:59:59Z", false),
            ("2026-11-23T08:59:59.999Z", false),
            ("2026-11-23T09:00:00Z", true),
            ("2026-11-23T16:59:59Z", true),
            ("2026-11-23T16:59:59.999Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-27T16:59:59Z", true),
            ("2026-11-28T12:00:00Z", false),
            ("2026-11-29T12:00:00Z", false),
        ],
    );
}

#[test]
fn only_sign_ins_after_hours_come_out() {
    let inside = ["2026-11-23T09:00:00Z", "2026-11-24T12:00:00Z", "2026-11-27T16:59:59Z"].map(sign_in_at);
    let outside = ["2026-11-23T08:59:59Z", "2026-11-24T17:00:00Z", "2026-11-28T12:00:00Z"].map(sign_in_at);
    let outcome =
        run(&["--hours", "Mon-Fri 09:00-17:00", "--tz", "UTC"], &stream(&[inside, outside.clone()].concat()));
    assert_eq!(kit::tag::untagged(&outcome.exits(0).lines()), outside);
}

#[test]
fn reasons_distinguish_a_closed_hour_from_hours_that_never_open() {
    let night = ["2026-11-24T03:12:44Z"];
    let reason = |hours| checked(&["--hours", hours, "--tz", "UTC"], &night).remove(0);
    assert_eq!(reason("Mo-Fr 09:00-17:00"), ("outside".into(), "outside_window".into()));
    assert_eq!(reason("off"), ("outside".into(), "never_open".into()));
    assert_eq!(reason("Mo-Fr 03:00-04:00"), ("inside".into(), "inside_window".into()));
    assert_eq!(reason("Mo,We-Su 03:00-04:00"), ("outside".into(), "closed_day".into()));
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    expect(
        "Mo-Fr 22:00-06:00",
        "Europe/Berlin",
        &[
            ("2026-11-16T04:59:59Z", false), // Monday 05:59: Sunday has no shift
            ("2026-11-16T20:59:59Z", false),
            ("2026-11-16T21:00:00Z", true),
            ("2026-11-17T04:59:59Z", true),
            ("2026-11-17T05:00:00Z", false),
            ("2026-11-21T04:59:59Z", true), // Saturday 05:59: Friday's shift
            ("2026-11-21T05:00:00Z", false),
            ("2026-11-21T21:30:00Z", false), // Saturday 22:30: no shift begins
        ],
    );
}

#[test]
fn hours_are_wall_clock_hours_of_the_zone_summer_and_winter() {
    expect(
        "Mon-Fri 09:00-17:00",
        "America/New_York",
        &[
            ("2026-07-01T12:59:59Z", false),
            ("2026-07-01T13:00:00Z", true),
            ("2026-12-01T13:00:00Z", false),
            ("2026-12-01T14:00:00Z", true),
            ("2026-12-01T21:59:59Z", true),
            ("2026-12-01T22:00:00Z", false),
        ],
    );
    expect(
        "Mo-Fr 09:00-17:00",
        "Asia/Kathmandu",
        &[("2026-05-06T03:14:59Z", false), ("2026-05-06T03:15:00Z", true)],
    );
}

#[test]
fn the_weekday_is_that_of_the_zone_not_of_utc() {
    expect(
        "Fr 19:00-21:00",
        "America/New_York",
        &[("2026-11-21T01:00:00Z", true), ("2026-11-20T19:30:00Z", false)],
    );
    expect(
        "Mo 06:00-07:00",
        "Asia/Tokyo",
        &[("2026-11-22T21:30:00Z", true), ("2026-11-23T06:30:00Z", false)],
    );
}

#[test]
fn an_offset_in_the_event_time_is_applied() {
    expect(
        "Mo-Fr 09:00-17:00",
        "UTC",
        &[
            ("2026-11-24T20:00:00+11:00", true),
            ("2026-11-24T12:00:00-05:00", false),
            ("2026-11-24T12:00:00Z", true),
        ],
    );
}

#[test]
fn both_passes_of_a_repeated_hour_are_evaluated_by_the_wall_clock() {
    expect(
        "Mo-Su 00:00-01:30",
        "Europe/London",
        &[
            ("2026-10-25T00:29:59Z", true),
            ("2026-10-25T00:45:00Z", false),
            ("2026-10-25T01:00:00Z", true),
            ("2026-10-25T01:29:59Z", true),
            ("2026-10-25T01:30:00Z", false),
        ],
    );
}

#[test]
fn a_window_that_starts_in_a_skipped_hour_opens_after_it() {
    expect(
        "Su 01:15-02:45",
        "Europe/London",
        &[("2026-03-29T00:59:59Z", false), ("2026-03-29T01:00:00Z", true)],
    );
}

#[test]
fn round_the_clock_is_open_in_the_minute_before_clocks_go_back() {
    expect("24/7", "Europe/London", &[("2026-10-25T00:59:30Z", true), ("2026-11-28T03:00:00Z", true)]);
    let outcome = run(&["--hours", "24/7"], &fixtures::bytes("shapes.ndjson")).exits(0);
    assert!(outcome.stdout.is_empty(), "nothing is outside 24/7");
}

#[test]
fn off_means_never_open() {
    expect("off", "Asia/Tokyo", &[("2026-11-16T03:00:00Z", false), ("2026-11-22T03:00:00Z", false)]);
}

#[test]
fn a_window_may_end_at_24_00() {
    expect(
        "Mo-Fr 09:00-24:00",
        "America/Chicago",
        &[("2026-11-17T05:59:59Z", true), ("2026-11-17T06:00:00Z", false), ("2026-11-21T06:00:00Z", false)],
    );
}

#[test]
fn a_day_may_have_several_windows_and_days_may_differ() {
    expect(
        "Mo-Fr 09:00-12:30,13:30-18:00; Sa 10:00-14:00",
        "Europe/Paris",
        &[
            ("2026-11-16T11:29:59Z", true),
            ("2026-11-16T11:30:00Z", false),
            ("2026-11-16T12:30:00Z", true),
            ("2026-11-16T17:00:00Z", false),
            ("2026-11-21T09:00:00Z", true),
            ("2026-11-21T13:00:00Z", false),
            ("2026-11-22T10:00:00Z", false),
        ],
    );
}

#[test]
fn common_spellings_are_understood() {
    let wanted = [
        ("2026-11-23T08:59:59Z", false),
        ("2026-11-23T09:00:00Z", true),
        ("2026-11-27T17:29:59Z", true),
        ("2026-11-27T17:30:00Z", false),
        ("2026-11-28T12:00:00Z", false),
    ];
    for hours in [
        "Mo-Fr 09:00-17:30",
        "Mon-Fri 9:00-17:30",
        "mon-fri 09:00-17:30",
        "Monday-Friday 9:00 - 17:30",
        "weekdays 9am-5:30pm",
        "weekdays 9am - 5:30pm",
        "Mon–Fri 9:00–17:30",
        "  Mo-Fr   09:00-17:30  ",
        "Mo,Tu,We,Th,Fr 09:00-17:30",
    ] {
        expect(hours, "UTC", &wanted);
    }
}

#[test]
fn hours_without_days_mean_every_day() {
    expect("09:00-17:00", "UTC", &[("2026-11-28T12:00:00Z", true), ("2026-11-29T08:59:59Z", false)]);
}

#[test]
fn a_week_may_wrap_round_its_end() {
    expect(
        "Su-Th 08:00-16:00",
        "Asia/Jerusalem",
        &[("2026-11-22T08:00:00Z", true), ("2026-11-20T08:00:00Z", false)],
    );
    expect(
        "Fr-Mo 10:00-12:00",
        "Asia/Dubai",
        &[("2026-11-23T07:59:59Z", true), ("2026-11-24T07:00:00Z", false)],
    );
}

#[test]
fn embedded_zone_data_knows_this_years_rules() {
    // Vancouver stayed on summer time in November 2026: 16:30Z is 09:30 there, 00:30Z is 17:30.
    let args = ["--hours", "Mo-Fr 09:00-17:00", "--tz", "America/Vancouver", "--tzdata", "embedded"];
    let verdicts = checked(&args, &["2026-11-23T16:30:00Z", "2026-11-24T00:30:00Z"]);
    assert_eq!((&*verdicts[0].0, &*verdicts[1].0), ("inside", "outside"));
}

#[test]
fn a_zone_may_follow_the_hours() {
    let records = [sign_in_at("2026-11-24T07:59:59Z"), sign_in_at("2026-11-24T08:00:00Z")];
    let outcome = run(&["--hours", "Mon-Fri 09:00-17:00 Europe/Berlin"], &stream(&records)).exits(0);
    let [line] = outcome.lines()[..] else { panic!("one line: {:?}", outcome.lines().len()) };
    let (record, tag) = split(line);
    assert_eq!(String::from_utf8(record).unwrap(), records[0]);
    assert_eq!(member(&tag, "time_zone"), "Europe/Berlin");
    assert_eq!(member(&tag, "local_time"), "2026-11-24T08:59:59+01:00");
}

#[test]
fn with_no_option_it_is_monday_to_friday_nine_to_five_utc_and_says_so_once() {
    let records: Vec<String> =
        ["2026-11-24T08:59:59Z", "2026-11-24T09:00:00Z", "2026-11-24T16:59:59Z", "2026-11-24T17:00:00Z"]
            .map(sign_in_at)
            .into();
    let outcome = run::<&str>(&[], &stream(&records)).exits(0);
    assert_eq!(kit::tag::untagged(&outcome.lines()), [records[0].as_str(), records[3].as_str()]);
    let messages =
        outcome.stderr.lines().filter(|line| line.contains("Mo-Fr 09:00-17:00") && line.contains("UTC"));
    assert_eq!(messages.count(), 1, "{}", outcome.stderr);
}

#[test]
fn with_hours_and_a_zone_nothing_is_printed() {
    let input = stream(&[sign_in_at("2026-11-24T03:00:00Z")]);
    let outcome = run(&["--hours", "Mo-Fr 09:00-17:00", "--tz", "UTC"], &input).exits(0);
    assert_eq!(outcome.lines().len(), 1);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn the_environment_gives_hours_and_zone() {
    let mut command = program(&["--keep", "sign-ins"]);
    command.env("AFTERHOURS_HOURS", "Tu 12:00-13:00").env("AFTERHOURS_TZ", "Asia/Tokyo");
    let outcome = run_command(command, &stream(&[sign_in_at("2026-11-24T03:30:00Z")])).exits(0);
    let tag = split(outcome.lines()[0]).1;
    assert_eq!((member(&tag, "verdict"), member(&tag, "time_zone")), ("inside".into(), "Asia/Tokyo".into()));
}

#[test]
fn the_command_line_overrides_the_environment() {
    let mut command = program(&["--hours", "off", "--tz", "America/New_York"]);
    command.env("AFTERHOURS_HOURS", "24/7").env("AFTERHOURS_TZ", "Asia/Tokyo");
    let outcome = run_command(command, &stream(&[sign_in_at("2026-11-24T03:30:00Z")])).exits(0);
    let tag = split(outcome.lines()[0]).1;
    assert_eq!(
        (member(&tag, "reason"), member(&tag, "time_zone")),
        ("never_open".into(), "America/New_York".into())
    );
}

#[test]
fn the_zone_of_the_machine_changes_nothing() {
    let mut command = program(&["--hours", "Mo-Fr 09:00-17:00"]);
    command.env("TZ", "Asia/Tokyo");
    let records = [sign_in_at("2026-11-24T00:30:00Z"), sign_in_at("2026-11-24T09:00:00Z")];
    let outcome = run_command(command, &stream(&records)).exits(0);
    assert_eq!(kit::tag::untagged(&outcome.lines()), records[..1]);
}

#[test]
fn invalid_values_in_the_environment_are_errors() {
    let mut command = program::<&str>(&[]);
    command.env("AFTERHOURS_HOURS", "whenever");
    let outcome = run_command(command, b"").exits(2);
    assert!(outcome.stderr.contains("whenever"), "{}", outcome.stderr);
}

/// Runs with a file as standard input. Fails if the program read from it, or did not exit with an
/// error.
#[track_caller]
fn rejected_before_reading(args: &[&str]) -> Outcome {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(&stream(&[sign_in_at("2026-11-24T03:12:44Z")])).unwrap();
    input.rewind().unwrap();
    let mut child = program(args)
        .stdin(Stdio::from(File::try_clone(&input).unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = wait(&mut child, PATIENCE);
    let rest = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(rest.stderr).unwrap();
    let outcome = Outcome { status, stdout: rest.stdout, stderr }.exits(2);
    assert_eq!(input.stream_position().unwrap(), 0, "bytes of the input were read");
    assert_eq!(outcome.stdout, b"");
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    outcome
}

/// Fails unless the message shows `text` with a caret under `culprit` in it.
#[track_caller]
fn caret_under(stderr: &str, text: &str, culprit: &str) {
    let lines: Vec<&str> = stderr.lines().collect();
    let shown = lines.iter().position(|line| line.contains(text));
    let shown = shown.unwrap_or_else(|| panic!("the text is not shown: {stderr}"));
    let columns_before = |line: &str, place| line[..place].chars().count();
    let start = lines[shown].find(text).unwrap();
    let place = start + text.find(culprit).unwrap();
    let wanted = columns_before(lines[shown], place)
        ..columns_before(lines[shown], place) + culprit.chars().count().max(1);
    let below = lines.get(shown + 1).copied().unwrap_or_default();
    let caret = below.find('^').unwrap_or_else(|| panic!("no caret under the text: {stderr}"));
    let caret = columns_before(below, caret);
    assert!(wanted.contains(&caret), "caret in column {caret}, {culprit:?} is in {wanted:?}:\n{stderr}");
}

#[test]
fn invalid_hours_are_an_error_before_a_byte_is_read_with_a_caret_under_the_place() {
    for (hours, culprit) in [
        ("Mon-Fri 25:00-26:00", "25:00"),
        ("Mon-Fri 09:61-17:00", "09:61"),
        ("Mon-Fry 09:00-17:00", "Fry"),
        ("banana", "banana"),
        ("Mon-Fri 09:00-09:00", "09:00-09:00"),
        ("Mon-Fri 09:00-17:00 nonsense", "nonsense"),
        ("Mon-Fri 09:00-17:00, Sat 10:00-nine", "nine"),
        ("Mon-Fri 9am-13pm", "13pm"),
        ("Mon–Fri 09:00–27:99", "27:99"),
    ] {
        let outcome = rejected_before_reading(&["--hours", hours]);
        caret_under(&outcome.stderr, hours, culprit);
    }
}

#[test]
fn incomplete_hours_are_an_error() {
    for hours in
        ["", "   ", "Mon-Fri", "Mon-Fri 09:00", "Mon-Fri 09:00-", "09:00+", "Mon-Fri 09:00-17:00 off on"]
    {
        let outcome = rejected_before_reading(&["--hours", hours]);
        assert!(outcome.stderr.len() > 20, "{hours:?}: gives the reason: {}", outcome.stderr);
    }
}

#[test]
fn equal_start_and_end_are_an_error_with_the_fix() {
    let outcome = rejected_before_reading(&["--hours", "Mo-Fr 09:00-09:00"]);
    assert!(outcome.stderr.contains("24/7") || outcome.stderr.contains("24:00"), "{}", outcome.stderr);
}

#[test]
fn an_error_does_not_wait_for_the_input_to_end() {
    let live = start(&["--hours", "banana"]);
    live.finish().exits(2);
}

#[test]
fn an_unknown_zone_is_an_error_with_the_nearest_name() {
    for (zone, near) in [
        ("Europe/berlin", "Europe/Berlin"),
        ("America/NewYork", "America/New_York"),
        ("Europe/Lodnon", "Europe/London"),
        ("america/los angeles", "America/Los_Angeles"),
    ] {
        let outcome = rejected_before_reading(&["--tz", zone]);
        assert!(outcome.stderr.contains(zone), "{zone}: named: {}", outcome.stderr);
        assert!(outcome.stderr.contains(near), "{zone}: suggests {near}: {}", outcome.stderr);
    }
}

#[test]
fn an_unknown_zone_after_the_hours_is_an_error_with_the_nearest_name() {
    let outcome = rejected_before_reading(&["--hours", "Mon-Fri 09:00-17:00 Europe/Berlim"]);
    assert!(outcome.stderr.contains("Europe/Berlin"), "{}", outcome.stderr);
}

#[test]
fn zones_that_are_paths_or_empty_are_errors() {
    for zone in ["", "../../../etc/passwd", "/etc/localtime", "Mars/Olympus_Mons"] {
        rejected_before_reading(&["--tz", zone]);
        rejected_before_reading(&["--tz", zone, "--tzdata", "system"]);
    }
}

#[test]
fn unknown_options_and_values_are_errors_before_a_byte_is_read() {
    for args in [
        &["--houres", "off"][..],
        &["--keep", "some"],
        &["--unreadable", "ignore"],
        &["--max-line", "lots"],
        &["--max-line", "-1"],
        &["--max-line", "0"],
        &["--tag", ""],
        &["--tzdata", "/nowhere/at/all"],
        &["--stats=xml"],
        &["--identity", ""],
    ] {
        let outcome = rejected_before_reading(args);
        assert!(!outcome.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_tag_name_that_needs_escaping_cannot_break_the_line() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let outcome = run(&["--hours", "off", "--tag", "a\"b\\c"], &stream(&[&record]));
    if outcome.status.code() == Some(2) {
        return assert!(outcome.stdout.is_empty());
    }
    let line: serde_json::Value = serde_json::from_slice(outcome.exits(0).lines()[0]).expect("still JSON");
    assert_eq!(line["a\"b\\c"]["verdict"], "outside");
}

#[test]
fn the_version_names_the_zone_data() {
    let outcome = run(&["--version"], b"").exits(0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.starts_with("afterhours "), "{text}");
    let release = |word: &str| {
        let word = word.trim_matches(|sign: char| !sign.is_ascii_alphanumeric());
        word.len() == 5
            && word.starts_with("20")
            && word[..4].parse::<u16>().is_ok()
            && word.ends_with(char::is_alphabetic)
    };
    assert!(text.split_whitespace().any(release), "a release such as 2026f: {text}");
}

#[test]
fn help_names_every_option_of_the_filter() {
    let outcome = run(&["--help"], b"").exits(0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    for option in [
        "--hours",
        "--tz",
        "--identity",
        "--outcome",
        "--keep",
        "--tag",
        "--unreadable",
        "--max-line",
        "--exhaustive",
        "--stats",
        "--tzdata",
        "AFTERHOURS_HOURS",
        "AFTERHOURS_TZ",
    ] {
        assert!(text.contains(option), "{option} in:\n{text}");
    }
}
