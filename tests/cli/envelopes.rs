//! Envelopes and containers: what is unwrapped, what comes out, and what is never searched.

use serde_json::value::RawValue;

use crate::harness::{Outcome, program, run, run_command};
use kit::fixtures::{self, bytes, lines, path, sign_in_at, stream};
use kit::tag::{member, minified, split, untagged};

const ENVELOPES: [&str; 15] = [
    "eventbridge-detail",
    "vector-message-text",
    "vector-message-object",
    "fluent-bit-log",
    "cribl-raw",
    "elastic-event-original",
    "splunk-hec-event-text",
    "splunk-hec-event-object",
    "lookup-events",
    "cloudtrail-lake-event-data",
    "sns-message",
    "sqs-body",
    "sqs-receive-message-body",
    "eventbridge-in-sns",
    "eventbridge-in-sqs",
];

#[track_caller]
fn never_open(stdin: &[u8]) -> Outcome {
    run(&["--hours", "off"], stdin).exits(0)
}

#[test]
fn one_record_in_an_envelope_comes_out_in_its_envelope_with_the_tag_outside() {
    for envelope in ENVELOPES {
        let lines = lines(&format!("envelopes/{envelope}.ndjson"));
        for exhaustive in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
            let outcome = run(exhaustive, &stream(&lines)).exits(0);
            let wanted = String::from_utf8(lines[0].clone()).unwrap();
            assert_eq!(untagged(&outcome.lines()), [wanted], "{envelope} {exhaustive:?}");
        }
    }
}

#[test]
fn the_tag_of_an_envelope_describes_the_record_inside() {
    for envelope in ENVELOPES {
        let first = &lines(&format!("envelopes/{envelope}.ndjson"))[0];
        let outcome = run(&["--hours", "off", "--tz", "America/New_York"], &stream(&[first])).exits(0);
        let tag = split(outcome.lines()[0]).1;
        assert_eq!(member(&tag, "local_time"), "2026-11-23T22:12:44-05:00", "{envelope}");
        assert_eq!(member(&tag, "outcome"), "success", "{envelope}");
        assert_eq!(member(&tag, "mfa"), false, "{envelope}");
    }
}

/// An envelope around a record, as the log shippers build it.
type Wrapper = fn(&str) -> String;

#[test]
fn every_envelope_key_takes_its_record_as_text_or_as_an_object() {
    let wrappers: [(&str, Wrapper); 8] = [
        ("message", |inner| format!(r#"{{"host":"h","message":{inner},"offset":7}}"#)),
        ("log", |inner| format!(r#"{{"date":1.5,"log":{inner}}}"#)),
        ("_raw", |inner| format!(r#"{{"_raw":{inner},"_time":1}}"#)),
        ("event.original", |inner| format!(r#"{{"event":{{"kind":"event","original":{inner}}}}}"#)),
        ("event", |inner| format!(r#"{{"time":1,"event":{inner}}}"#)),
        ("CloudTrailEvent", |inner| format!(r#"{{"EventName":"x","CloudTrailEvent":{inner}}}"#)),
        ("eventData", |inner| format!(r#"{{"eventData":{inner}}}"#)),
        ("detail", |inner| format!(r#"{{"version":"0","detail":{inner},"region":"us-east-1"}}"#)),
    ];
    for (name, wrap) in wrappers {
        let record = sign_in_at("2026-11-24T03:12:44Z");
        let as_text = serde_json::to_string(&record).unwrap();
        // EventBridge's `detail` is always an object.
        let spellings = if name == "detail" { vec![record] } else { vec![as_text, record] };
        for inner in spellings {
            let line = wrap(&inner);
            assert_eq!(untagged(&never_open(&stream(&[&line])).lines()), [line], "{name}");
        }
    }
}

#[test]
fn white_space_of_an_envelope_stays_and_inner_white_space_does_not_matter() {
    let pretty = sign_in_at("2026-11-24T03:12:44Z").replace(",\"", ",\n\t\"").replace("\":", "\" : ");
    let line = format!("{{ \"message\" : {} , \"n\":1.50 }}", serde_json::to_string(&pretty).unwrap());
    assert_eq!(untagged(&never_open(&stream(&[&line])).lines()), [line]);
}

#[test]
fn an_enveloped_record_in_hours_is_not_forwarded() {
    for envelope in ENVELOPES {
        let outcome = run(&["--hours", "24/7"], &bytes(&format!("envelopes/{envelope}.ndjson"))).exits(0);
        assert_eq!(outcome.lines().len(), 0, "{envelope}");
    }
}

#[test]
fn enveloped_records_are_evaluated_by_their_own_time_not_the_envelopes() {
    // Arrival at noon and sign-in at night, and the other way round.
    let night = serde_json::to_string(&sign_in_at("2026-11-24T03:12:44Z")).unwrap();
    let noon = serde_json::to_string(&sign_in_at("2026-11-24T12:12:44Z")).unwrap();
    let lines = [
        format!(
            r#"{{"EventTime":"2026-11-24T12:30:00Z","eventTime":"2026-11-24T12:30:00Z","CloudTrailEvent":{night}}}"#
        ),
        format!(
            r#"{{"EventTime":"2026-11-24T03:30:00Z","eventTime":"2026-11-24T03:30:00Z","CloudTrailEvent":{noon}}}"#
        ),
    ];
    let outcome = run(&["--hours", "Mo-Fr 09:00-17:00", "--tz", "UTC"], &stream(&lines)).exits(0);
    assert_eq!(untagged(&outcome.lines()), lines[..1]);
}

#[test]
fn an_envelope_that_has_the_tags_key_keeps_it_and_the_tag_takes_a_second_name() {
    let inner = serde_json::to_string(&sign_in_at("2026-11-24T03:12:44Z")).unwrap();
    let line = format!(r#"{{"after_hours":0,"message":{inner}}}"#);
    let outcome = never_open(&stream(&[&line]));
    let (record, _) = kit::tag::split_named(outcome.lines()[0], "after_hours_2").expect("the second name");
    assert_eq!(String::from_utf8(record).unwrap(), line);
}

/// The records of a container, with their bytes unchanged.
fn records_in(array: &str) -> Vec<String> {
    let records: Vec<&RawValue> = serde_json::from_str(array).unwrap();
    records.iter().map(|record| record.get().to_owned()).collect()
}

/// The second and the fifth of the five records are sign-ins by IAM users.
fn wanted() -> Vec<String> {
    let records = records_in(&String::from_utf8(bytes("envelopes/array.json")).unwrap());
    assert_eq!(records.len(), 5);
    vec![records[1].clone(), records[4].clone()]
}

#[test]
fn each_sign_in_of_a_container_comes_out_on_a_line_of_its_own_bytes_unchanged() {
    let containers =
        ["s3-records", "array", "cloudwatch-logs", "records-in-sns", "records-in-sqs", "array-in-sns"]
            .map(String::from);
    for container in containers {
        let name = format!("envelopes/{container}.json");
        for args in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
            let piped = run(args, &bytes(&name)).exits(0);
            assert_eq!(untagged(&piped.lines()), wanted(), "{container} on stdin {args:?}");
        }
        let mut by_path = program(&["--hours", "off"]);
        by_path.arg(path(&name));
        let outcome = run_command(by_path, b"").exits(0);
        assert_eq!(untagged(&outcome.lines()), wanted(), "{container} by path");
    }
}

#[test]
fn a_container_of_one_record_is_still_a_container() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    for line in [format!(r#"{{"Records":[{record}]}}"#), format!("[{record}]"), format!(" [ {record} ] ")] {
        assert_eq!(untagged(&never_open(&stream(&[&line])).lines()), [record.as_str()], "{line}");
    }
}

#[test]
fn containers_one_a_line_follow_one_another() {
    let records: Vec<String> =
        (0..6).map(|second| sign_in_at(&format!("2026-11-24T03:00:0{second}Z"))).collect();
    let lines = [
        format!("[{},{}]", records[0], records[1]),
        records[2].clone(),
        r#"{"Records":[]}"#.to_owned(),
        "[]".to_owned(),
        format!(r#"{{"Records":[{},{}]}}"#, records[3], fixtures::api_call(1)),
        format!(r#"{{"Records":[{},{}]}}"#, records[4], records[5]),
    ];
    assert_eq!(untagged(&never_open(&stream(&lines)).lines()), records);
}

#[test]
fn a_containers_other_members_do_not_matter_before_or_after() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    for line in [
        format!(r#"{{"Records":[{record}],"eventName":"ConsoleLogin","x":[1]}}"#),
        format!(r#"{{"x":{{"Records":[1]}},"y":"Records","Records":[{record}]}}"#),
    ] {
        assert_eq!(untagged(&never_open(&stream(&[&line])).lines()), [record.as_str()], "{line}");
    }
}

#[test]
fn values_in_a_container_that_are_not_records_are_ignored() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let line = format!(
        r#"{{"Records":[null,"ConsoleLogin",7,[],{{}},[{{"eventName":"ConsoleLogin"}}],{record},true]}}"#
    );
    let outcome = run(&["--hours", "off"], &stream(&[&line])).exits(1);
    assert_eq!(untagged(&outcome.lines()), [record]);
    // The object in the inner array names a sign-in and is no record.
    let said = &outcome.stderr;
    assert!(said.contains("stdin:1: a console sign-in"), "{said}");
}

#[test]
fn pretty_printed_text_inside_a_container_comes_out_on_one_line() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let pretty = record.replace(",\"", ",\r\n\t\"");
    let message = serde_json::to_string(&pretty).unwrap();
    let line = format!(
        r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"1","timestamp":1,"message":{message}}}]}}"#
    );
    let outcome = never_open(&stream(&[&line]));
    let [line] = outcome.lines()[..] else { panic!("{}", String::from_utf8_lossy(&outcome.stdout)) };
    assert_eq!(String::from_utf8(minified(&split(line).0)).unwrap(), record);
}

#[test]
fn pretty_printed_files_given_as_paths_come_out_a_record_a_line() {
    for name in ["records-pretty", "array-pretty"] {
        for args in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
            let mut command = program(args);
            command.arg(path(&format!("envelopes/{name}.json")));
            let outcome = run_command(command, b"").exits(0);
            let records: Vec<String> = outcome
                .lines()
                .into_iter()
                .map(|line| String::from_utf8(minified(&split(line).0)).unwrap())
                .collect();
            assert_eq!(records, wanted(), "{name} {args:?}");
        }
    }
}

#[test]
fn one_pretty_printed_record_given_as_a_path_comes_out_on_one_line() {
    let mut command = program(&["--hours", "off"]);
    command.arg(path("envelopes/record-pretty.json"));
    let outcome = run_command(command, b"").exits(0);
    let [line] = outcome.lines()[..] else { panic!("{}", String::from_utf8_lossy(&outcome.stdout)) };
    assert_eq!(String::from_utf8(minified(&split(line).0)).unwrap(), wanted()[0]);
}

#[test]
fn nothing_an_attacker_writes_into_another_event_comes_out() {
    for (at, line) in lines("decoys.ndjson").iter().enumerate() {
        for args in [
            &["--hours", "off", "--identity", "all"][..],
            &["--hours", "off", "--identity", "all", "--exhaustive"],
        ] {
            let outcome = run(args, &stream(&[line]));
            // What is in no record at all is reported, and never evaluated.
            let named = [&b"\"{"[..], b"{\"note\""].iter().any(|start| line.starts_with(start));
            let outcome = outcome.exits(i32::from(named));
            let out = String::from_utf8_lossy(&outcome.stdout);
            assert_eq!(out, "", "decoy on line {} of decoys.ndjson, {args:?}", at + 1);
        }
    }
}

#[test]
fn decoys_between_sign_ins_change_nothing() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let mut all = Vec::new();
    for decoy in lines("decoys.ndjson") {
        all.push(decoy);
        all.push(record.clone().into_bytes());
    }
    let outcome = run(&["--hours", "off"], &stream(&all)).exits(1);
    assert_eq!(untagged(&outcome.lines()), vec![record; all.len() / 2]);
}

#[test]
fn a_sign_in_that_carries_a_sign_in_in_its_user_agent_comes_out_once() {
    let inner = serde_json::to_string(&sign_in_at("2026-11-24T03:12:44Z")).unwrap();
    let line = fixtures::sign_in("mallory", "2026-11-24T03:13:00Z", &inner[1..inner.len() - 1]);
    assert_eq!(untagged(&never_open(&stream(&[&line])).lines()), [line]);
}

#[test]
fn paths_are_read_in_the_order_given_and_a_dash_is_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let records = ["a", "b", "c"].map(|user| fixtures::sign_in(user, "2026-11-24T03:12:44Z", "curl/8.17.0"));
    let [first, piped, last] = &records;
    std::fs::write(folder.path().join("1.ndjson"), stream(&[first])).unwrap();
    // No final newline: the next input must not be appended to it.
    std::fs::write(folder.path().join("2.ndjson"), last).unwrap();
    for (order, wanted) in [
        (["1.ndjson", "-", "2.ndjson"], [first, piped, last]),
        (["2.ndjson", "-", "1.ndjson"], [last, piped, first]),
        (["2.ndjson", "1.ndjson", "-"], [last, first, piped]),
    ] {
        let mut command = program(&["--hours", "off"]);
        command.current_dir(folder.path()).args(order);
        let outcome = run_command(command, &stream(&[piped])).exits(0);
        assert_eq!(untagged(&outcome.lines()).iter().collect::<Vec<_>>(), wanted, "{order:?}");
    }
}

#[test]
fn stdin_is_not_read_when_paths_are_given_without_a_dash() {
    let mut command = program(&["--hours", "off"]);
    command.arg(path("envelopes/array.json"));
    let outcome = run_command(command, &stream(&[sign_in_at("2026-11-24T03:12:44Z")])).exits(0);
    assert_eq!(untagged(&outcome.lines()), wanted());
}

#[test]
fn the_same_path_twice_is_read_twice() {
    let mut command = program(&["--hours", "off"]);
    command.args([path("envelopes/array.json"), path("envelopes/array.json")]);
    assert_eq!(run_command(command, b"").exits(0).lines().len(), 4);
}

#[test]
fn an_empty_file_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.json"), b"").unwrap();
    std::fs::write(folder.path().join("blank.json"), b" \n\n").unwrap();
    let mut command = program(&["--hours", "off", "empty.json", "blank.json", "/dev/null"]);
    command.current_dir(folder.path());
    assert_eq!(run_command(command, b"").exits(0).stdout, b"");
}
