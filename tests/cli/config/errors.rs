//! Errors of a configuration file: the place, the key, the reason and the fix.

use serde_json::Value;

use super::{GOOD, Place, tag, user};
use crate::harness::run;

/// Each error and its message: the file, the line, the key, the reason and the fix.
#[test]
fn errors_name_their_place_and_their_fix() {
    let mistakes: &[(&str, &[&str])] = &[
        (
            "[default]\nhours = \"Mon-Fri 25:00-26:00\"\n",
            &["rules.toml:2: default.hours: hour past 24", "    ^", "00:00"],
        ),
        (
            "[default]\nhuors = \"Mon-Fri 9-17\"\n",
            &["rules.toml:2: default.huors: unknown key; did you mean `hours`?"],
        ),
        (
            "[schedule.berlin]\nhours = []\n",
            &["rules.toml:1: schedule: unknown key; did you mean `schedules`?"],
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
            &["rules.toml:3: schedules.b.until: \"31.12.2026\" is not a date; write it as 2026-12-31"],
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
            &["rules.toml:2: groups.admins.files: unknown key; did you mean `file`?"],
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
        ("[lookup.x]\n", &["rules.toml:1: lookup.x: file is missing"]),
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
        ("[default]\nhours = [\n", &["rules.toml:", "not TOML"]),
        ("hours = \"Mon-Fri 9-17\"\n", &["rules.toml:1: hours: unknown key", "default"]),
        ("[default]\nhours = \"off\"\nhours = \"24/7\"\n", &["rules.toml:3:", "duplicate key"]),
    ];
    for (config, expected) in mistakes {
        let place = Place::with(config);
        place.write("bad.csv", "user,schedule\n\nlee,berlin\n");
        place.write("twice.csv", "user,schedule\nlee,default\nlee,default\n");
        place.write("head.csv", "user,shedule\n");
        let filter = run(&["-c", &place.config()], b"").exits(2);
        let messages = place.plain(&filter.stderr);
        assert!(messages.starts_with("afterhours: "), "{messages}");
        for part in *expected {
            assert!(messages.contains(part), "of\n{config}\nit was said\n{messages}\nwithout {part:?}");
        }
        let check = place.check().exits(2);
        let all = place.plain(&check.stderr);
        assert!(
            all.contains(messages.lines().next().unwrap()),
            "check reports other errors:\n{all}\n{messages}"
        );
        assert!(check.stdout.is_empty());
    }
}

#[test]
fn check_reports_all_errors_at_once_and_as_json() {
    let place = Place::with("[schedules.b]\nhuors = []\nhours = []\ntx = \"UTC\"\n[[rule]]\nusr = \"a\"\n");
    let messages = place.plain(&place.check().exits(2).stderr);
    for line in [
        "rules.toml:2: schedules.b.huors",
        "rules.toml:4: schedules.b.tx",
        "rules.toml:6: rule[1].usr",
        "rules.toml: 3 errors",
    ] {
        assert!(messages.contains(line), "{messages}");
    }
    let outcome = run(&["check", "--json", &place.config()], b"").exits(2);
    let value: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(value["ok"], false);
    assert_eq!(value["errors"][0]["line"], 2);
    assert_eq!(value["errors"][0]["key"], "schedules.b.huors");
}

#[test]
fn options_and_a_default_in_the_file_conflict() {
    let place = Place::with(GOOD);
    for option in [
        ["--hours", "24/7"],
        ["--tz", "UTC"],
        ["--holidays", "DE"],
        ["--closed", "Dec 24"],
        ["--extra", "Dec 24 10:00-11:00"],
    ] {
        let outcome = run(&["-c", &place.config(), option[0], option[1]], b"").exits(2);
        let messages = place.plain(&outcome.stderr);
        assert!(
            messages.contains(&format!("rules.toml:1: default: this and {} are both", option[0])),
            "{messages}"
        );
    }
    let place = Place::with("[[rule]]\nuser = \"lee\"\nseverity = \"high\"\n");
    let outcome = run(&["-c", &place.config(), "--hours", "off UTC"], user("lee").as_bytes()).exits(0);
    assert_eq!(tag(outcome.lines()[0])["severity"], "high");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn the_wasm_section_is_checked_and_has_no_effect_on_the_program() {
    let place = Place::with("[wasm]\nidentity = [\"root\"]\noutcome = \"failure\"\ntag = \"when\"\n");
    place.check().exits(0);
    let tags = place.tags(&[user("anaya")]);
    assert_eq!(tags.len(), 1);
    let place = Place::with("[wasm]\nidentity = [\"rot\"]\n[default]\nhuors = []\n");
    let messages = place.plain(&place.check().exits(2).stderr);
    assert!(messages.contains("rules.toml:4: default.huors: unknown key"), "{messages}");
    assert!(
        messages.contains("rules.toml:2: wasm.identity: no kind of identity \"rot\"; did you mean `root`?"),
        "{messages}"
    );
    let place = Place::with("[wasm\n");
    assert_eq!(place.check().exits(2).stderr.matches("rules.toml:1").count(), 1);
}
