//! Configuration files through the program itself: what is refused and in which words, who gets which schedule, reading
//! again while running, and what `check` says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]

#[path = "cli/harness.rs"]
#[allow(dead_code, reason = "the other end-to-end tests use the rest of it")]
mod harness;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::{Live, Outcome, PATIENCE, run, signal};
use serde_json::Value;
use tempfile::TempDir;

/// A directory with a configuration and the files beside it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn with(config: &str) -> Self {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        place.write("rules.toml", config);
        place
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("rules.toml")
    }

    fn config(&self) -> String {
        self.path().display().to_string()
    }

    /// Without the directory's own name.
    fn plain(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }

    fn check(&self) -> Outcome {
        run(&["check", "--tzdata", "embedded", &self.config()], b"")
    }

    /// The tags of sign-ins, all of them forwarded.
    fn tags(&self, sign_ins: &[String]) -> Vec<Value> {
        let args = ["-c", &self.config(), "--keep", "sign-ins", "--identity", "all", "--tzdata", "embedded"];
        let outcome = run(&args, sign_ins.concat().as_bytes()).exits(0);
        outcome.lines().into_iter().map(tag).collect()
    }
}

fn tag(line: &[u8]) -> Value {
    serde_json::from_slice::<Value>(line).unwrap()["after_hours"].take()
}

/// A sign-in of an IAM user, with an address.
fn sign_in(user: &str, account: &str, time: &str, address: &str) -> String {
    let identity = format!(
        r#"{{"type":"IAMUser","userName":"{user}","accountId":"{account}","arn":"arn:aws:iam::{account}:user/team/{user}"}}"#
    );
    of(&identity, time, address)
}

fn of(identity: &str, time: &str, address: &str) -> String {
    format!(
        r#"{{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventTime":"{time}","sourceIPAddress":"{address}","userIdentity":{identity},"responseElements":{{"ConsoleLogin":"Success"}}}}"#
    ) + "\n"
}

/// On a Monday, in Berlin's morning.
fn user(user: &str) -> String {
    sign_in(user, "111122223333", "2026-11-23T10:00:00Z", "198.51.100.7")
}

const GOOD: &str = "[default]\nhours = \"Mon-Fri 09:00-17:00\"\n";

/// Each mistake, and what is said of it: the file, the line, the key, the reason and the mend.
#[test]
fn mistakes_are_refused_with_their_place_and_their_mend() {
    let mistakes: &[(&str, &[&str])] = &[
        (
            "[default]\nhours = \"Mon-Fri 25:00-26:00\"\n",
            &["rules.toml:2: default.hours: hour past 24", "    ^", "00:00"],
        ),
        (
            "[default]\nhuors = \"Mon-Fri 9-17\"\n",
            &["rules.toml:2: default.huors: no such key; did you mean `hours`?"],
        ),
        (
            "[schedule.berlin]\nhours = []\n",
            &["rules.toml:1: schedule: no such key; did you mean `schedules`?"],
        ),
        (
            "[schedules.berlin]\ntz = \"Europe/Berlin\"\n",
            &["rules.toml:1: schedules.berlin: has no hours; write hours ="],
        ),
        (
            "[schedules.b]\nhours = []\ntz = \"Europe/Belrin\"\n",
            &["rules.toml:3: schedules.b.tz:", "did you mean Europe/Berlin"],
        ),
        ("[schedules.b]\nhours = []\ntz = \"IST\"\n", &["rules.toml:3: schedules.b.tz:", "Asia/Kolkata or"]),
        (
            "[schedules.b]\nhours = 9\n",
            &[
                "rules.toml:2: schedules.b.hours: text, or a list of texts is wanted, and this is a number; put it in quotes",
            ],
        ),
        (
            "[schedules.b]\nhours = [\n  \"Mon 9-17\",\n  \"Tue 9-9\",\n]\n",
            &["rules.toml:4: schedules.b.hours:"],
        ),
        (
            "[schedules.b]\nhours = \"Mon 9-17 Europe/Berlin\"\ntz = \"Asia/Tokyo\"\n",
            &[
                "rules.toml:2: schedules.b.hours: ends in the zone Europe/Berlin, and rules.toml:3: schedules.b.tz says Asia/Tokyo: name one of them",
            ],
        ),
        ("[schedules.b]\nhours = []\nholidays = \"UK\"\n", &["rules.toml:3: schedules.b.holidays:", "GB"]),
        (
            "[schedules.b]\nhours = \"Mon-Fri 9-17; PH off\"\n",
            &["rules.toml:2: schedules.b.hours: PH without public holidays", "holidays = \"DE-BE\""],
        ),
        ("[schedules.b]\nhours = []\nclosed = [\"2026-02-30\"]\n", &["rules.toml:3: schedules.b.closed:"]),
        (
            "[schedules.b]\nhours = []\nclosed = [\"Dec 24\",\n\"calendar:compny\"]\n[calendars.company]\nclosed = \"Dec 24\"\n",
            &["rules.toml:4: schedules.b.closed: no calendar \"compny\"; did you mean `company`?"],
        ),
        (
            "[schedules.b]\nhours = []\nclosed = \"calendar:x\"\n",
            &["rules.toml:3: schedules.b.closed: no calendar \"x\"; write its days under [calendars.x]"],
        ),
        (
            "[schedules.b]\nhours = []\nextra = \"2026-11-28 10:00-16:00 Europe/Berlin\"\n",
            &["rules.toml:3: schedules.b.extra:", "the zone belongs in tz"],
        ),
        (
            "[schedules.b]\ninherit = \"berln\"\n[schedules.berlin]\nhours = []\n",
            &["rules.toml:2: schedules.b.inherit: no schedule \"berln\"; did you mean `berlin`?"],
        ),
        (
            "[schedules.a]\ninherit = \"b\"\n[schedules.b]\ninherit = \"a\"\n",
            &["rules.toml:4: schedules.b.inherit: a inherits from b inherits from itself in the end"],
        ),
        (
            "[schedules.b]\nhours = []\nuntil = \"31.12.2026\"\n",
            &["rules.toml:3: schedules.b.until: \"31.12.2026\" is no date; write it as 2026-12-31"],
        ),
        (
            "[schedules.b]\nhours = []\nfrom = 2026-12-31\nuntil = 2026-01-01\n",
            &["rules.toml:4: schedules.b.until: 2026-01-01 is before from, 2026-12-31"],
        ),
        ("[schedules.default]\nhours = []\n", &["rules.toml:1: schedules.default:", "write [default]"]),
        ("[calendars.company]\n", &["rules.toml:1: calendars.company: has no days; write closed ="]),
        (
            "[calendars.company]\nics = \"company.ics\"\n",
            &["rules.toml:2: calendars.company.ics: company.ics: there is no such file"],
        ),
        (
            "[groups]\nadmins = { files = \"x\" }\n",
            &["rules.toml:2: groups.admins.files: no such key; did you mean `file`?"],
        ),
        (
            "[groups]\nadmins = { file = \"admins.txt\" }\n",
            &["rules.toml:2: groups.admins.file: admins.txt: there is no such file"],
        ),
        (
            "[oncall.sre]\ntz = \"UTC\"\n",
            &["rules.toml:1: oncall.sre: nobody is on call; write ics = \"FILE\", or rota"],
        ),
        (
            "[oncall.sre]\nweekly = [\"a\"]\n",
            &["rules.toml:1: oncall.sre: weekly needs the first hand-over: starts ="],
        ),
        (
            "[oncall.sre]\nrota = [\n  { user = \"a\", from = \"2026-11-27 18:00\", until = \"2026-11-20 09:00\" },\n]\n",
            &["rules.toml:3: oncall.sre.rota[1].until: 2026-11-20 09:00 is not after from"],
        ),
        (
            "[oncall.sre]\nrota = [{ user = \"a\", from = \"6pm\", until = \"2026-11-20 09:00\" }]\n",
            &[
                "rules.toml:2: oncall.sre.rota[1].from: \"6pm\" is no local time; write it as 2026-11-20 18:00",
            ],
        ),
        (
            "[oncall.sre]\nrota = [{ user = \"a\" }]\n",
            &["rules.toml:2: oncall.sre.rota[1]: a shift has user, from and until"],
        ),
        ("[lookup.x]\nfile = \"x.csv\"\n", &["rules.toml:2: lookup.x.file: x.csv: there is no such file"]),
        ("[lookup.x]\n", &["rules.toml:1: lookup.x: has no file; write file ="]),
        ("[lookup.x]\nfile = \"bad.csv\"\n", &["bad.csv:3: no schedule \"berlin\"; known here: default"]),
        ("[lookup.x]\nfile = \"twice.csv\"\n", &["twice.csv:3: \"lee\" has a schedule already"]),
        (
            "[lookup.x]\nfile = \"head.csv\"\n",
            &["head.csv:1: no column \"shedule\" is known; did you mean `schedule`?"],
        ),
        ("[rule]\nuser = \"a\"\n", &["rules.toml:1: rule: a list is wanted: write [[rule]], not [rule]"]),
        (
            "[[rule]]\nuser = \"a\"\n",
            &["rules.toml:1: rule[1]: says nothing; write a schedule, a severity, or ignore = true"],
        ),
        (
            "[[rule]]\nuser = \"a\"\nseverity = \"hgih\"\n",
            &["rules.toml:3: rule[1].severity: no severity \"hgih\"; did you mean `high`?"],
        ),
        (
            "[[rule]]\nuser = \"a\"\nschedule = \"defualt\"\n",
            &["rules.toml:3: rule[1].schedule: no schedule \"defualt\"; did you mean `default`?"],
        ),
        (
            "[oncall.sre]\nweekly = \"a\"\nstarts = \"2026-01-01 00:00\"\n[[rule]]\nuser = \"a\"\nschedule = \"sre\"\n",
            &["rules.toml:6: rule[1].schedule: \"sre\" is a rota; write \"oncall:sre\""],
        ),
        (
            "[[rule]]\nuser = \"a\"\nschedule = \"oncall:sre\"\n",
            &["rules.toml:3: rule[1].schedule: no rota \"sre\""],
        ),
        (
            "[[rule]]\nuser = []\nseverity = \"low\"\n",
            &["rules.toml:2: rule[1].user: an empty list matches nobody"],
        ),
        (
            "[[rule]]\naccount = 111122223333\nseverity = \"low\"\n",
            &["rules.toml:2: rule[1].account:", "put it in quotes"],
        ),
        (
            "[[rule]]\naccount = \"1234\"\nseverity = \"low\"\n",
            &["rules.toml:2: rule[1].account: \"1234\" is no account: those have 12 digits"],
        ),
        (
            "[[rule]]\nnetwork = \"203.0.113.7/24\"\nseverity = \"low\"\n",
            &["rules.toml:2: rule[1].network:", "write 203.0.113.0/24 for the network"],
        ),
        (
            "[[rule]]\nidentity = \"saml\"\nseverity = \"low\"\n",
            &["rules.toml:2: rule[1].identity: no kind of identity \"saml\"", "assumed-role"],
        ),
        (
            "[[rule]]\ngroup = \"admin\"\nseverity = \"low\"\n[groups]\nadmins = [\"a\"]\n",
            &["rules.toml:2: rule[1].group: no group \"admin\"; did you mean `admins`?"],
        ),
        ("[[rule]]\nignore = true\n", &["rules.toml:2: rule[1].ignore: would ignore everybody; say whom"]),
        (
            "[[rule]]\nuser = \"a\"\nignore = true\nseverity = \"low\"\n",
            &["rules.toml:3: rule[1].ignore: what is ignored needs no schedule and no severity"],
        ),
        (
            "[[rule]]\nuser = \"a\"\nignore = \"true\"\n",
            &["rules.toml:3: rule[1].ignore: true or false is wanted", "leave the quotes out"],
        ),
        (
            "[default]\nschedule = \"x\"\nhours = \"off\"\n",
            &["rules.toml:3: default.hours: schedule names the hours already"],
        ),
        ("[default]\nhours = [\n", &["rules.toml:", "no TOML"]),
        ("hours = \"Mon-Fri 9-17\"\n", &["rules.toml:1: hours: no such key", "default"]),
        ("[default]\nhours = \"off\"\nhours = \"24/7\"\n", &["rules.toml:3:", "duplicate key"]),
    ];
    for (config, expected) in mistakes {
        let place = Place::with(config);
        place.write("bad.csv", "user,schedule\n\nlee,berlin\n");
        place.write("twice.csv", "user,schedule\nlee,default\nlee,default\n");
        place.write("head.csv", "user,shedule\n");
        let filter = run(&["-c", &place.config()], b"").exits(2);
        let said = place.plain(&filter.stderr);
        assert!(said.starts_with("afterhours: "), "{said}");
        for part in *expected {
            assert!(said.contains(part), "of\n{config}\nit was said\n{said}\nwithout {part:?}");
        }
        let check = place.check().exits(2);
        let all = place.plain(&check.stderr);
        assert!(all.contains(said.lines().next().unwrap()), "check says other things:\n{all}\n{said}");
        assert!(check.stdout.is_empty());
    }
}

#[test]
fn check_tells_all_mistakes_at_once_and_as_json() {
    let place = Place::with("[schedules.b]\nhuors = []\nhours = []\ntx = \"UTC\"\n[[rule]]\nusr = \"a\"\n");
    let said = place.plain(&place.check().exits(2).stderr);
    for line in [
        "rules.toml:2: schedules.b.huors",
        "rules.toml:4: schedules.b.tx",
        "rules.toml:6: rule[1].usr",
        "3 things to mend",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let outcome = run(&["check", "--json", &place.config()], b"").exits(2);
    let value: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(value["ok"], false);
    assert_eq!(value["errors"][0]["line"], 2);
    assert_eq!(value["errors"][0]["key"], "schedules.b.huors");
}

#[test]
fn options_and_a_default_in_the_file_are_not_both_taken() {
    let place = Place::with(GOOD);
    for option in [
        ["--hours", "24/7"],
        ["--tz", "UTC"],
        ["--holidays", "DE"],
        ["--closed", "Dec 24"],
        ["--extra", "Dec 24 10:00-11:00"],
    ] {
        let outcome = run(&["-c", &place.config(), option[0], option[1]], b"").exits(2);
        let said = place.plain(&outcome.stderr);
        assert!(said.contains(&format!("rules.toml:1: default: this and {} are both", option[0])), "{said}");
    }
    let place = Place::with("[[rule]]\nuser = \"lee\"\nseverity = \"high\"\n");
    let outcome = run(&["-c", &place.config(), "--hours", "off UTC"], user("lee").as_bytes()).exits(0);
    assert_eq!(tag(outcome.lines()[0])["severity"], "high");
    assert_eq!(outcome.stderr, "");
}

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
    // Without --keep, what is ignored is withheld and counted.
    let outcome = run(&["-c", &place.config(), "--stats=json"], input[..2].concat().as_bytes()).exits(0);
    assert!(outcome.stdout.is_empty());
    assert!(outcome.stderr.contains(r#""ignored":2"#), "{}", outcome.stderr);
}

#[test]
fn schedules_tables_and_rotas_decide_together() {
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
        let said = (tag["schedule"].as_str(), tag["reason"].as_str());
        assert_eq!(said, (Some(*schedule), Some(*reason)), "{input}{tag}");
    }
    assert_eq!(tags[12]["closed"], "company");
    assert_eq!(tags[2]["time_zone"], "Europe/Berlin");
}

#[test]
fn holidays_that_end_too_early_are_said_once_and_fail_the_check() {
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
        text.contains("is NOT right") && text.contains("the public holidays of UA are known to"),
        "{text}"
    );
}

/// The configuration is taken over between lines; a bad one is refused and changes nothing.
#[test]
fn hangup_has_the_configuration_read_again() {
    let named = |name: &str| format!("[schedules.{name}]\nhours = []\n[default]\nschedule = \"{name}\"\n");
    let place = Place::with(&named("first"));
    let mut live = Live::start(&["-c", &place.config(), "--keep", "sign-ins"]);
    let ask = |live: &mut Live| {
        live.send(user("lee").as_bytes());
        tag(&live.next())["schedule"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&mut live), "first");
    let until = |live: &mut Live, before: &str, wanted: &str| {
        let since = Instant::now();
        loop {
            let now = ask(live);
            if now == wanted {
                return;
            }
            assert_eq!(now, before);
            assert!(since.elapsed() < PATIENCE, "it stays with {before}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    place.write("rules.toml", &named("second"));
    signal(&live.child, "HUP");
    until(&mut live, "first", "second");
    place.write("rules.toml", "[default]\nhours = \"Mon-Fri 25:00-26:00\"\n");
    signal(&live.child, "HUP");
    std::thread::sleep(Duration::from_millis(300));
    place.write("rules.toml", &named("third"));
    signal(&live.child, "HUP");
    until(&mut live, "second", "third");
    live.end_input();
    let outcome = live.finish().exits(0);
    let said = place.plain(&outcome.stderr);
    assert!(said.contains("rules.toml:2: default.hours: hour past 24"), "{said}");
    assert!(said.contains("the configuration stays as it was"), "{said}");
    assert_eq!(said.matches("the configuration was read again").count(), 2, "{said}");
}

const CHECKED: &str = r#"
[default]
hours = "Mon-Fri 09:00-17:00"
tz = "Europe/Berlin"
holidays = "DE-BE"
severity = "medium"
[schedules.night]
inherit = "default"
hours = "Mon-Fri 22:00-06:00"
holidays = []
extra = "2026-11-28 10:00-16:00"
until = 2099-12-31
[schedules.spare]
hours = []
[calendars.company]
closed = ["2026-12-24..2027-01-01"]
[groups]
admins = ["anaya", "lee"]
[oncall.sre]
weekly = ["anaya", "lee"]
starts = "2026-11-20 09:00"
[[rule]]
name = "admins"
group = "admins"
schedule = ["night", "oncall:sre"]
severity = "high"
[[rule]]
name = "bots"
user = ["bot-*", "ci"]
network = "10.0.0.0/8"
ignore = true
[[rule]]
name = "late"
user = "lee"
schedule = "night"
"#;

#[test]
fn check_says_what_it_means() {
    let place = Place::with(CHECKED);
    let outcome = place.check().exits(0);
    let text = place.plain(&String::from_utf8(outcome.stdout).unwrap());
    let masked: String = text
        .lines()
        .map(|line| {
            if line.starts_with("time zones: tzdata 20") {
                "time zones: masked\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    assert_eq!(masked, include_str!("fixtures/check.txt"));
}

#[test]
fn check_says_the_same_as_json() {
    let place = Place::with(CHECKED);
    let outcome = run(&["check", "--json", "--tzdata", "embedded", &place.config()], b"").exits(0);
    let value: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(value["ok"], true);
    assert_eq!(value["tzdata"]["source"], "embedded");
    assert_eq!(value["schedules"][0]["hours"], "Mo-Fr 09:00-17:00");
    assert_eq!(value["schedules"][0]["holidays"][0]["code"], "DE-BE");
    assert_eq!(value["schedules"][1]["until"], "2099-12-31");
    assert_eq!(value["rules"][0]["schedules"], serde_json::json!(["night", "oncall:sre"]));
    assert_eq!(value["rules"][1]["ignore"], true);
    assert_eq!(value["unreachable"], serde_json::json!([{ "rule": "late", "because_of": "admins" }]));
    assert_eq!(value["unused"], serde_json::json!(["schedule spare"]));
    assert_eq!(value["default"]["severity"], "medium");
}

#[test]
fn check_without_a_file_checks_the_options() {
    let outcome = run(&["check", "--hours", "Mon-Fri 9-17; Fri 9-13", "--tz", "UTC"], b"").exits(0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.contains("default: Mo-Fr 09:00-17:00; Fr 09:00-13:00  UTC"), "{text}");
    assert!(text.contains("takes the place of earlier hours, for the first time on 20"), "{text}");
    let outcome = run(&["check", "--hours", "Mon-Fri 9"], b"").exits(2);
    assert!(outcome.stderr.starts_with("afterhours: --hours: "), "{}", outcome.stderr);
    run(&["check", "nowhere.toml"], b"").exits(2);
}

#[test]
fn the_example_is_right_and_does_what_its_comments_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs/afterhours.example.toml");
    let path = path.to_str().unwrap();
    run(&["check", path], b"").exits(0);
    let cases = [
        (user("break-glass-1"), "break glass", "never_open", "critical"),
        (
            sign_in("canary-1", "111122223333", "2026-11-22T03:00:00Z", "203.0.113.5"),
            "synthetic monitoring",
            "ignored",
            "medium",
        ),
        (
            sign_in("chen", "777788889999", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "night shift",
            "inside_window",
            "medium",
        ),
        (user("ext-ana"), "contractors", "inside_window", "high"),
        (
            sign_in("ext-ana", "777788889999", "2027-04-01T10:00:00Z", "198.51.100.7"),
            "contractors",
            "never_open",
            "high",
        ),
        (
            sign_in("anaya", "111122223333", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "production: own office, or on call",
            "on_call",
            "high",
        ),
        (
            sign_in("anaya", "777788889999", "2026-11-21T03:00:00Z", "198.51.100.7"),
            "own office",
            "closed_day",
            "medium",
        ),
        (
            sign_in("dora", "777788889999", "2026-11-23T20:00:00Z", "198.51.100.7"),
            "own office",
            "inside_window",
            "medium",
        ),
        (
            sign_in("esi", "777788889999", "2026-11-23T16:00:00Z", "198.51.100.7"),
            "own office",
            "outside_window",
            "medium",
        ),
        (
            sign_in("nobody", "777788889999", "2026-12-28T10:00:00Z", "198.51.100.7"),
            "own office",
            "closed_day",
            "medium",
        ),
    ];
    let input: String = cases.iter().map(|case| case.0.as_str()).collect();
    let outcome = run(&["-c", path, "--keep", "sign-ins"], input.as_bytes()).exits(0);
    for (line, (input, rule, reason, severity)) in outcome.lines().into_iter().zip(&cases) {
        let tag = tag(line);
        let said = (tag["rule"].as_str(), tag["reason"].as_str(), tag["severity"].as_str());
        assert_eq!(said, (Some(*rule), Some(*reason), Some(*severity)), "{input}{tag}");
    }
    assert_eq!(outcome.stderr, "");
}

#[test]
fn what_the_module_is_told_is_checked_and_not_followed() {
    let place = Place::with("[wasm]\nidentity = [\"root\"]\noutcome = \"failure\"\ntag = \"when\"\n");
    place.check().exits(0);
    let tags = place.tags(&[user("anaya")]);
    assert_eq!(tags.len(), 1);
    let place = Place::with("[wasm]\nidentity = [\"rot\"]\n[default]\nhuors = []\n");
    let said = place.plain(&place.check().exits(2).stderr);
    assert!(said.contains("rules.toml:4: default.huors: no such key"), "{said}");
    assert!(
        said.contains("rules.toml:2: wasm.identity: no kind of identity \"rot\"; did you mean `root`?"),
        "{said}"
    );
    let place = Place::with("[wasm\n");
    assert_eq!(place.check().exits(2).stderr.matches("rules.toml:1").count(), 1);
}
