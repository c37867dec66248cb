//! Which schedule and which rule a sign-in is evaluated by.

use serde_json::Value;

use super::{Place, of, sign_in, tag, user};
use crate::harness::run;

#[test]
fn one_schedule_on_the_command_line() {
    let args = [
        "--hours",
        "Mon-Fri 09:00-17:00",
        "--tz",
        "Europe/Berlin",
        "--holidays",
        "DE-BE",
        "--closed",
        "2026-12-24..2026-12-31,Nov 24",
        "--extra",
        "2026-11-28 10:00-16:00",
        "--keep",
        "sign-ins",
    ];
    let at = |time: &str| sign_in("lee", "111122223333", time, "198.51.100.7");
    let input = [
        at("2026-11-23T10:00:00Z"),
        at("2026-11-24T10:00:00Z"),
        at("2026-12-25T10:00:00Z"),
        at("2026-12-29T10:00:00Z"),
        at("2026-11-28T10:00:00Z"),
        at("2027-03-08T10:00:00Z"),
    ];
    let outcome = run(&args, input.concat().as_bytes()).exits(0);
    let tags: Vec<Value> = outcome.lines().into_iter().map(tag).collect();
    let reasons: Vec<&str> = tags.iter().map(|tag| tag["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        ["inside_window", "closed_day", "closed_day", "closed_day", "extra_window", "holiday"]
    );
    assert!(tags[5]["holiday"].as_str().unwrap().contains("Women's Day"), "{}", tags[5]);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn every_matcher_matches_what_it_says_and_the_first_rule_wins() {
    let place = Place::with(
        r#"
[default]
hours = "24/7"
[schedules.never]
hours = []
[groups]
inline = ["gil", "hana-*"]
listed = { file = "people.txt" }
[[rule]]
name = "ignored"
user = ["svc-*", "robot"]
ignore = true
[[rule]]
name = "user"
user = "anay?"
schedule = "never"
severity = "critical"
[[rule]]
name = "arn"
arn = "arn:aws:iam::*:user/team/bil*"
schedule = "never"
[[rule]]
name = "account"
account = "9999*"
schedule = "never"
[[rule]]
name = "inline group"
group = "inline"
schedule = "never"
[[rule]]
name = "listed group"
group = ["listed"]
schedule = "never"
[[rule]]
name = "role"
role = "Admin*"
schedule = "never"
[[rule]]
name = "identity"
identity = ["root", "federated-user"]
schedule = "never"
[[rule]]
name = "v4"
network = ["10.0.0.0/8", "203.0.113.9"]
schedule = "never"
[[rule]]
name = "v6"
network = "2001:db8::/32"
schedule = "never"
[[rule]]
name = "both"
user = "kim"
account = "222233334444"
severity = "info"
[[rule]]
user = "kim"
severity = "high"
[[rule]]
name = "named at all"
user = "*"
severity = "medium"
"#,
    );
    place.write("people.txt", "# the list\ninga\n\n  jo   # new\n");
    let (office, time) = ("198.51.100.7", "2026-11-23T10:00:00Z");
    let kim = |account| sign_in("kim", account, time, office);
    let from = |address| sign_in("zed", "111122223333", time, address);
    let cases = [
        (user("svc-deploy"), "ignored", "ignored", "low"),
        (user("robot"), "ignored", "ignored", "low"),
        (user("robots"), "named at all", "inside_window", "medium"),
        (user("anaya"), "user", "never_open", "critical"),
        (user("anayax"), "named at all", "inside_window", "medium"),
        (user("bilal"), "arn", "never_open", "low"),
        (sign_in("zed", "999900001111", time, office), "account", "never_open", "low"),
        (user("gil"), "inline group", "never_open", "low"),
        (user("hana-2"), "inline group", "never_open", "low"),
        (user("inga"), "listed group", "never_open", "low"),
        (user("jo"), "listed group", "never_open", "low"),
        (
            of(
                r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AdminRole/lee@example.com"}"#,
                time,
                office,
            ),
            "role",
            "never_open",
            "low",
        ),
        (
            of(
                r#"{"type":"AssumedRole","principalId":"AROAX:lee","sessionContext":{"sessionIssuer":{"userName":"Admins"}}}"#,
                time,
                office,
            ),
            "role",
            "never_open",
            "low",
        ),
        (
            of(
                r#"{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Reader/anaya"}"#,
                time,
                office,
            ),
            "user",
            "never_open",
            "critical",
        ),
        (
            of(r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root"}"#, time, office),
            "identity",
            "never_open",
            "low",
        ),
        (from("10.200.0.1"), "v4", "never_open", "low"),
        (from("203.0.113.9"), "v4", "never_open", "low"),
        (from("203.0.113.10"), "named at all", "inside_window", "medium"),
        (from("2001:db8::7"), "v6", "never_open", "low"),
        (from("AWS Internal"), "named at all", "inside_window", "medium"),
        (kim("222233334444"), "both", "inside_window", "info"),
        (kim("111122223333"), "rule 12", "inside_window", "high"),
        (user("HIDDEN_DUE_TO_SECURITY_REASONS"), "", "inside_window", "low"),
    ];
    let input: Vec<String> = cases.iter().map(|case| case.0.clone()).collect();
    let tags = place.tags(&input);
    assert_eq!(tags.len(), cases.len());
    for (tag, (input, rule, reason, severity)) in tags.iter().zip(&cases) {
        assert_eq!(tag["rule"].as_str().unwrap_or(""), *rule, "{input}");
        assert_eq!(
            (tag["reason"].as_str(), tag["severity"].as_str()),
            (Some(*reason), Some(*severity)),
            "{input}"
        );
    }
    // Without --keep, ignored sign-ins are dropped and counted.
    let outcome = run(&["-c", &place.config(), "--stats=json"], input[..2].concat().as_bytes()).exits(0);
    assert!(outcome.stdout.is_empty());
    assert!(outcome.stderr.contains(r#""ignored":2"#), "{}", outcome.stderr);
}

#[test]
fn schedules_lookups_and_on_call_rotations_decide_together() {
    let place = Place::with(
        r#"
[default]
hours = "Mon-Fri 09:00-17:00"
tz = "Europe/Berlin"
[schedules.tokyo]
hours = "Mon-Fri 09:00-18:00"
tz = "Asia/Tokyo"
[schedules.guests]
inherit = "default"
from = 2026-11-01
until = "2026-11-22"
[calendars.company]
ics = "company.ics"
[schedules.shut]
inherit = "default"
closed = "calendar:company"
[oncall.sre]
tz = "Europe/Berlin"
ics = "sre.ics"
rota = [{ user = "anaya", from = "2026-11-23 18:00", until = 2026-11-23T20:00:00 }]
[lookup.offices]
file = "offices.csv"
[[rule]]
user = "guest"
schedule = "guests"
[[rule]]
user = "shut"
schedule = "shut"
[[rule]]
user = "*"
schedule = ["lookup:offices", "oncall:sre"]
"#,
    );
    place.write("offices.csv", "user,schedule\nlee,tokyo\n");
    let calendar = |events: &str| format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    place.write(
        "sre.ics",
        &calendar(
            "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261123T190000Z\r\nDTEND:20261124T070000Z\r\nSUMMARY:On call: Bilal (lee out)\r\nEND:VEVENT\r\n",
        ),
    );
    place.write(
        "company.ics",
        &calendar("BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261123\r\nDTEND;VALUE=DATE:20261124\r\nSUMMARY:Party\r\nEND:VEVENT\r\n"),
    );
    let at = |user: &str, time: &str| sign_in(user, "111122223333", time, "198.51.100.7");
    let cases = [
        (at("lee", "2026-11-23T03:00:00Z"), "tokyo", "inside_window"),
        (at("lee", "2026-11-23T10:00:00Z"), "tokyo", "outside_window"),
        (at("lee", "2026-11-23T20:00:00Z"), "oncall:sre", "on_call"),
        (at("kim", "2026-11-23T10:00:00Z"), "default", "inside_window"),
        (at("kim", "2026-11-23T20:00:00Z"), "default", "outside_window"),
        (at("bilal", "2026-11-23T20:00:00Z"), "oncall:sre", "on_call"),
        (at("bilal", "2026-11-24T07:00:00Z"), "default", "outside_window"),
        (at("anaya", "2026-11-23T17:30:00Z"), "oncall:sre", "on_call"),
        (at("anaya", "2026-11-23T19:30:00Z"), "default", "outside_window"),
        (at("guest", "2026-11-20T10:00:00Z"), "guests", "inside_window"),
        (at("guest", "2026-11-23T10:00:00Z"), "guests", "never_open"),
        (at("guest", "2026-10-30T10:00:00Z"), "guests", "never_open"),
        (at("shut", "2026-11-23T10:00:00Z"), "shut", "closed_day"),
        (at("shut", "2026-11-24T10:00:00Z"), "shut", "inside_window"),
        (at("kim", "never"), "default", "no_event_time"),
    ];
    let input: Vec<String> = cases.iter().map(|case| case.0.clone()).collect();
    let tags = place.tags(&input);
    for (tag, (input, schedule, reason)) in tags.iter().zip(&cases) {
        let messages = (tag["schedule"].as_str(), tag["reason"].as_str());
        assert_eq!(messages, (Some(*schedule), Some(*reason)), "{input}{tag}");
    }
    assert_eq!(tags[12]["closed"], "company");
    assert_eq!(tags[2]["time_zone"], "Europe/Berlin");
}

#[test]
fn holidays_that_end_too_early_are_reported_once_and_fail_check() {
    let place = Place::with("[default]\nhours = \"24/7\"\nholidays = \"DE-BE\"\n");
    let at = |time: &str| sign_in("lee", "111122223333", time, "198.51.100.7");
    let input = [at("2026-12-25T10:00:00Z"), at("2041-12-25T10:00:00Z"), at("2042-12-25T10:00:00Z")].concat();
    let outcome = run(&["-c", &place.config(), "--keep", "sign-ins"], input.as_bytes()).exits(0);
    let reasons: Vec<Value> = outcome.lines().into_iter().map(|line| tag(line)["reason"].clone()).collect();
    assert_eq!(reasons, ["holiday", "inside_window", "inside_window"]);
    assert_eq!(
        outcome.stderr.matches("no public holidays of 2041 are known").count(),
        1,
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    place.check().exits(0);
    // The source lists Ukraine's to 2022.
    let place = Place::with("[default]\nhours = \"24/7\"\nholidays = \"UA\"\n");
    let outcome = place.check().exits(2);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(
        text.contains("rules.toml: 1 error") && text.contains("the public holidays of UA are known to"),
        "{text}"
    );
}
