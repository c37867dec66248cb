//! The layouts in which tools keep records, the paths that a user names, and what is said of
//! sign-ins that are in neither.

use std::io::Write as _;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::harness::{Outcome, run};
use kit::fixtures::{sign_in_at, stream};
use kit::tag::{member, split, untagged};

const TIME: &str = "2026-11-24T03:12:44Z";

fn both(args: &[&str], line: &str) -> Vec<Outcome> {
    let exhaustive = [args, &["--exhaustive"]].concat();
    let lines = stream(&[line]);
    vec![
        run(&[&["--hours", "off UTC"], args].concat(), &lines),
        run(&[&["--hours", "off UTC"], &exhaustive[..]].concat(), &lines),
    ]
}

fn base64_of(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn subscription(record: &str) -> String {
    let events = json!([{ "id": "1", "timestamp": 1, "message": "START" }, { "id": "2", "timestamp": 1, "message": record }]);
    json!({ "messageType": "DATA_MESSAGE", "owner": "111122223333", "logEvents": events }).to_string()
}

/// A value as OpenTelemetry writes it.
fn any_value(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| json!({ "key": key, "value": any_value(value) });
            json!({ "kvlistValue": { "values": map.iter().map(pair).collect::<Vec<_>>() } })
        }
        text => json!({ "stringValue": text }),
    }
}

/// What goes out for the record.
enum Out {
    /// The whole line.
    Line,
    /// The record.
    Record,
    /// The innermost object that holds the record, and is an element of an array.
    Element(fn(&Value) -> &Value),
}

type Layout = (&'static str, fn(&Value, &str) -> Value, Out);

const LAYOUTS: [Layout; 43] = [
    ("syslog-ng", |_, text| json!({ "HOST": "h", "MESSAGE": text }), Out::Line),
    ("rsyslog", |_, text| json!({ "msg": format!(" {text}") , "host": "h" }), Out::Line),
    ("journald", |_, text| json!({ "_PID": "1", "MESSAGE": text }), Out::Line),
    ("elastic hit", |_, text| json!({ "_index": "i", "_source": { "message": text } }), Out::Line),
    ("elastic hit, ECS", |_, text| json!({ "_source": { "event": { "original": text } } }), Out::Line),
    ("elastic hit, the record", |record, _| json!({ "_id": "1", "_source": record }), Out::Line),
    (
        "elastic search",
        |record, _| json!({ "took": 1, "hits": { "total": 1, "hits": [{ "_id": "1", "_source": record }] } }),
        Out::Element(|line| &line["hits"]["hits"][0]),
    ),
    ("splunk export", |_, text| json!({ "preview": false, "result": { "_raw": text } }), Out::Line),
    ("splunk search", |_, text| json!({ "results": [{ "_raw": text }] }), Out::Record),
    ("loki", |_, text| json!({ "labels": {}, "line": text, "timestamp": "t" }), Out::Line),
    ("loki push", |_, text| json!({ "streams": [{ "stream": {}, "values": [["1", text]] }] }), Out::Record),
    (
        "loki query",
        |_, text| json!({ "status": "success", "data": { "result": [{ "stream": {}, "values": [["1", text]] }] } }),
        Out::Record,
    ),
    (
        "OpenTelemetry",
        |_, text| json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": text } }] }] }] }),
        Out::Element(|line| &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]),
    ),
    (
        "OpenTelemetry, parsed",
        |record, _| {
            let body = any_value(record);
            json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": body }] }] }] })
        },
        Out::Element(|line| &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]),
    ),
    (
        "GELF",
        |_, text| json!({ "version": "1.1", "short_message": "ConsoleLogin", "full_message": text }),
        Out::Line,
    ),
    ("GELF, short", |_, text| json!({ "version": "1.1", "short_message": text }), Out::Line),
    ("OCSF", |_, text| json!({ "class_uid": 3002, "raw_data": text }), Out::Line),
    ("Datadog", |record, _| json!({ "service": "cloudtrail", "attributes": record }), Out::Line),
    ("Wazuh", |record, _| json!({ "integration": "aws", "aws": record }), Out::Line),
    (
        "Wazuh alert",
        |record, _| json!({ "rule": {}, "data": { "integration": "aws", "aws": record } }),
        Out::Line,
    ),
    ("Steampipe", |_, text| json!({ "event_name": "ConsoleLogin", "cloud_trail_event": text }), Out::Line),
    (
        "Steampipe rows",
        |record, _| json!({ "rows": [{ "event_name": "ConsoleLogin", "cloud_trail_event": record }] }),
        Out::Element(|line| &line["rows"][0]),
    ),
    ("payload", |record, _| json!({ "ts": 1, "payload": record }), Out::Line),
    ("value", |_, text| json!({ "key": null, "value": text }), Out::Line),
    ("data", |record, _| json!({ "data": record }), Out::Line),
    ("Google Cloud", |record, _| json!({ "insertId": "1", "jsonPayload": record }), Out::Line),
    (
        "filter-log-events",
        |_, text| json!({ "events": [{ "message": "x" }, { "message": text }] }),
        Out::Record,
    ),
    (
        "get-log-events",
        |_, text| json!({ "events": [{ "timestamp": 1, "message": text }], "nextForwardToken": "f" }),
        Out::Record,
    ),
    ("events of records", |record, _| json!({ "events": [record] }), Out::Record),
    (
        "Logs Insights",
        |_, text| json!({ "results": [[{ "field": "@timestamp", "value": "t" }, { "field": "@message", "value": text }]] }),
        Out::Record,
    ),
    ("Logs Insights, a row", |_, text| json!({ "@timestamp": "t", "@message": text }), Out::Line),
    ("CloudTrail Lake", |_, text| json!({ "QueryResultRows": [[{ "eventJson": text }]] }), Out::Record),
    ("lookup-events --query", |_, text| json!([text, text.replace("ConsoleLogin", "CheckMfa")]), Out::Record),
    (
        "SQS",
        |_, text| json!({ "Messages": [{ "MessageId": "m", "Body": text }] }),
        Out::Element(|line| &line["Messages"][0]),
    ),
    (
        "EventBridge in SNS in SQS",
        |record, _| {
            let event = json!({ "detail-type": "x", "detail": record }).to_string();
            json!({ "Messages": [{ "Body": json!({ "Type": "Notification", "Message": event }).to_string() }] })
        },
        Out::Element(|line| &line["Messages"][0]),
    ),
    (
        "a Lambda's log event",
        |_, text| json!({ "awslogs": { "data": base64_of(&gzip_of(subscription(text).as_bytes())) } }),
        Out::Record,
    ),
    (
        "a Lambda's Kinesis",
        |_, text| json!({ "Records": [{ "kinesis": { "data": base64_of(text.as_bytes()) } }] }),
        Out::Record,
    ),
    (
        "a Lambda's Kinesis of log events",
        |_, text| {
            let data = base64_of(&gzip_of(subscription(text).as_bytes()));
            json!({ "Records": [{ "eventSource": "aws:kinesis", "kinesis": { "data": data } }] })
        },
        Out::Record,
    ),
    (
        "Firehose",
        |_, text| json!({ "invocationId": "i", "records": [{ "recordId": "1", "data": base64_of(text.as_bytes()) }] }),
        Out::Record,
    ),
    (
        "Firehose, several in one",
        |_, text| {
            let data = format!("{{\"a\":1}}\n{text}\n{{}}");
            json!({ "records": [{ "data": base64_of(data.as_bytes()).trim_end_matches('=') }] })
        },
        Out::Record,
    ),
    ("CRI", |_, text| json!({ "log": format!("2026-11-24T03:12:44.1Z stdout F {text}\n") }), Out::Line),
    (
        "syslog",
        |_, text| json!({ "message": format!("<134>1 2026-11-24T03:12:44Z h app - - - {text}") }),
        Out::Line,
    ),
    ("text of text", |_, text| json!({ "message": Value::from(text).to_string() }), Out::Line),
];

#[test]
fn the_record_of_every_layout_is_evaluated() {
    let text = sign_in_at(TIME);
    let record: Value = serde_json::from_str(&text).unwrap();
    for (name, layout, out) in LAYOUTS {
        let value = layout(&record, &text);
        let wanted = match out {
            Out::Line => value.clone(),
            Out::Record => record.clone(),
            Out::Element(element) => element(&value).clone(),
        };
        for outcome in both(&[], &value.to_string()) {
            let outcome = outcome.exits(0);
            let found: Vec<Value> =
                untagged(&outcome.lines()).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(found, std::slice::from_ref(&wanted), "{name}");
            assert_eq!(member(&split(outcome.lines()[0]).1, "verdict"), "outside", "{name}");
        }
    }
}

#[test]
fn keys_in_lower_case_are_read() {
    let athena = json!({
        "eventname": "ConsoleLogin", "eventsource": "signin.amazonaws.com", "eventtime": TIME,
        "useridentity": { "type": "IAMUser", "username": "anna" },
        "responseelements": { "consolelogin": "Success" },
    });
    let steampipe = json!({
        "event_name": "ConsoleLogin", "event_source": "signin.amazonaws.com", "event_time": TIME,
        "user_identity": { "type": "IAMUser", "user_name": "anna" },
    });
    for record in [&athena, &steampipe] {
        for outcome in both(&[], &json!({ "rows": [record] }).to_string()) {
            let outcome = outcome.exits(0);
            let tag = split(outcome.lines()[0]).1;
            assert_eq!(member(&tag, "local_time"), "2026-11-24T03:12:44+00:00");
            assert_eq!(untagged(&outcome.lines()), [record.to_string()]);
        }
        let root = record.to_string().replace("IAMUser", "Root");
        both(&[], &root).into_iter().for_each(|outcome| assert!(outcome.exits(0).stdout.is_empty()));
    }
}

#[test]
fn a_path_that_the_user_names_is_read() {
    let text = sign_in_at(TIME);
    let record: Value = serde_json::from_str(&text).unwrap();
    let packed = base64_of(&gzip_of(text.as_bytes()));
    for (path, value) in [
        ("blob", json!({ "blob": record })),
        ("blob", json!({ "blob": text })),
        ("blob", json!({ "blob": base64_of(text.as_bytes()) })),
        ("blob", json!({ "blob": packed })),
        ("blob", json!({ "blob": [record] })),
        ("blob[]", json!({ "blob": [packed] })),
        ("a.blob", json!({ "a": { "blob": text } })),
        ("a.blob", json!({ "a": json!({ "blob": text }).to_string() })),
        ("a[].b[].c", json!({ "a": [{ "b": [{ "c": text }] }] })),
        (r#""k8s.io"."a b""#, json!({ "k8s.io": { "a b": text } })),
        ("Records[].blob", json!({ "Records": [{ "blob": text }] })),
        ("[].blob", json!([{ "blob": text }])),
        ("blob,other", json!({ "other": text })),
    ] {
        for outcome in both(&["--record-path", path], &value.to_string()) {
            let outcome = outcome.exits(0);
            assert_eq!(outcome.lines().len(), 1, "{path} {value}");
            assert_eq!(member(&split(outcome.lines()[0]).1, "verdict"), "outside");
        }
        both(&["--record-path", "elsewhere"], &value.to_string())
            .into_iter()
            .for_each(|outcome| assert!(outcome.stdout.is_empty()));
    }
    // Never inside a record.
    let forged = json!({ "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "blob": text });
    both(&["--record-path", "blob"], &forged.to_string())
        .into_iter()
        .for_each(|outcome| assert!(outcome.exits(0).stdout.is_empty()));
}

#[test]
fn a_text_that_is_not_a_path_is_refused_with_what_to_write() {
    for (path, message) in [
        ("a..b", "keys with one dot between them, such as payload.raw"),
        ("a[0]", "[] for every element of an array, such as batch[].entry"),
        ("\"a", "a key with a dot in it between quotes"),
        ("Records[]", "Records and arrays are always read"),
    ] {
        let outcome = run(&["--record-path", path], b"").exits(2);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
}

#[test]
fn a_sign_in_in_no_record_is_reported_once_an_input_and_place() {
    let text = sign_in_at(TIME);
    let record: Value = serde_json::from_str(&text).unwrap();
    for (value, message) in [
        (
            json!({ "blob": { "raw": text } }),
            "stdin:1: a console sign-in under \"blob.raw\", which is not a known envelope; add --record-path blob.raw",
        ),
        (json!({ "message": { "blob": record } }), "add --record-path message.blob"),
        (json!({ "message": json!({ "blob": text }).to_string() }), "add --record-path message.blob"),
        (json!({ "events": [{ "blob": record }] }), "add --record-path 'events[].blob'"),
        (json!({ "Records": [{ "blob": record }] }), "add --record-path blob"),
        (json!([{ "a.b": [text] }]), "add --record-path '\"a.b\"[]'"),
        (
            json!({ "EventName": "ConsoleLogin", "EventSource": "signin.amazonaws.com" }),
            "(\"EventName\" for \"eventName\")",
        ),
        (json!({ "Events": [{ "EventName": "ConsoleLogin" }] }), "under 'Events[]'"),
        (json!({ "a": { "data": base64_of(text.as_bytes()) } }), "add --record-path a.data"),
        (json!({ "a\u{1b}[2Jb": record }), "add --record-path"),
    ] {
        let lines = format!("{value}\n{{}}\n{value}\n");
        for args in [&["--hours", "off UTC"][..], &["--hours", "off UTC", "--exhaustive"]] {
            let outcome = run(args, lines.as_bytes()).exits(1);
            assert!(outcome.stdout.is_empty());
            assert!(outcome.stderr.contains(message), "{value}: {}", outcome.stderr);
            assert_eq!(outcome.stderr.matches("a console sign-in").count(), 1, "{}", outcome.stderr);
            assert!(!outcome.stderr.contains('\u{1b}'));
            let stats = run(&[args, &["--stats"]].concat(), lines.as_bytes());
            assert!(stats.stderr.contains("unrecognized 2,"), "{}", stats.stderr);
        }
    }
}

#[test]
fn other_findings_and_other_mentions_of_the_name_are_not_reported() {
    let guard_duty = json!({ "detail-type": "GuardDuty Finding", "detail": { "service": { "action": { "awsApiCallAction": {
        "api": "ConsoleLogin", "serviceName": "signin.amazonaws.com" } } } } });
    let ocsf = json!({ "class_uid": 3002, "api": { "operation": "ConsoleLogin" } });
    let agent = json!({ "message": "GET / ConsoleLogin eventName", "userAgent": "{\"eventName\":\"x\"} ConsoleLogin" });
    let record = json!({ "eventSource": "cloudtrail.amazonaws.com", "eventName": "LookupEvents", "requestParameters": {
        "lookupAttributes": [{ "attributeKey": "EventName", "attributeValue": "ConsoleLogin" }], "eventName": "ConsoleLogin" } });
    let enveloped = json!({ "eventName": "ConsoleLogin", "detail": record });
    for value in [guard_duty, ocsf, agent, record, enveloped] {
        for outcome in both(&[], &value.to_string()) {
            assert!(outcome.stdout.is_empty());
            // What kind of input it is may be said.
            assert!(!outcome.stderr.contains("a console sign-in"), "{value}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_damaged_or_huge_payload_is_undecided() {
    let gzip = gzip_of(sign_in_at(TIME).as_bytes());
    let bomb = gzip_of(&vec![b' '; 3 << 20]);
    for (payload, message) in
        [(&gzip[..gzip.len() - 9], "damaged or incomplete"), (&bomb[..], "64 MiB, or 200 times its size")]
    {
        for outcome in both(&[], &json!({ "records": [{ "data": base64_of(payload) }] }).to_string()) {
            let outcome = outcome.exits(1);
            let line = String::from_utf8_lossy(outcome.lines()[0]);
            assert!(
                line.starts_with(r#"{"after_hours":{"verdict":"undecided","reason":"unreadable""#),
                "{line}"
            );
            assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        }
    }
}

#[test]
fn explain_names_the_place() {
    let value = json!({ "blob": serde_json::from_str::<Value>(&sign_in_at(TIME)).unwrap() });
    let outcome = run(&["explain", "--hours", "off UTC"], &stream(&[value.to_string()])).exits(1);
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(text.contains("add --record-path blob"), "{text}");
    assert_eq!(text.matches("verdict").count(), 1, "{text}");
    let found =
        run(&["explain", "--hours", "off UTC", "--record-path", "blob"], &stream(&[value.to_string()]));
    assert!(String::from_utf8_lossy(&found.exits(0).stdout).contains("outside hours"));
}
