//! `[filter]`, `[listen]` and `[outbox]` in the file: a flag overrides the environment, which overrides the file.

use serde_json::Value;

use super::{GOOD, Place, of, user};
use crate::harness::{Outcome, program, run, run_command};

/// A sign-in of the root user.
fn root() -> String {
    of(r#"{"type":"Root","accountId":"111122223333"}"#, "2026-11-22T03:00:00Z", "198.51.100.7")
}

/// A sign-in of an IAM user on a Sunday night.
fn night() -> String {
    user("lee").replace("2026-11-23T10", "2026-11-22T03")
}

fn filter(place: &Place, variables: &[(&str, &str)], args: &[&str]) -> Outcome {
    let config = place.config();
    let mut command = program(&[&["-c", config.as_str()], args].concat());
    command.envs(variables.iter().copied());
    run_command(command, (root() + &night()).as_bytes())
}

/// The users of the forwarded lines: `Root` and `IAMUser`.
fn kinds(outcome: &Outcome) -> Vec<String> {
    let kind = |line: &[u8]| {
        let value: Value = serde_json::from_slice(line).unwrap();
        value["userIdentity"]["type"].as_str().unwrap().to_owned()
    };
    outcome.lines().into_iter().map(kind).collect()
}

#[test]
fn a_flag_overrides_the_environment_which_overrides_the_file() {
    let place = Place::with(&format!("{GOOD}[filter]\nidentity = [\"root\"]\n"));
    let by_file = filter(&place, &[], &[]).exits(0);
    assert_eq!(kinds(&by_file), ["Root"]);
    let by_variable = filter(&place, &[("AFTERHOURS_IDENTITY", "iam-user")], &[]).exits(0);
    assert_eq!(kinds(&by_variable), ["IAMUser"]);
    let by_flag = filter(&place, &[("AFTERHOURS_IDENTITY", "iam-user")], &["--identity", "all"]).exits(0);
    assert_eq!(kinds(&by_flag), ["Root", "IAMUser"]);
}

#[test]
fn every_key_of_the_filter_is_followed() {
    let place = Place::with(&format!(
        "{GOOD}[filter]\nidentity = \"all\"\ntag = \"when\"\nkeep = \"sign-ins\"\noutcome = \"any\"\nunreadable = \"drop\"\n\
         max_line = \"64K\"\ndedupe = false\noutput = \"out.jsonl\"\n"
    ));
    let outcome = filter(&place, &[], &[]).exits(0);
    assert!(outcome.stdout.is_empty());
    let written = std::fs::read_to_string(place.path().with_file_name("out.jsonl")).unwrap();
    assert_eq!(written.matches("\"when\":{").count(), 2, "{written}");
    // The same for `explain`, which knows the options too.
    let config = place.config();
    let explained = run(&["explain", "-c", &config], root().as_bytes()).exits(0);
    assert!(!String::from_utf8_lossy(&explained.stdout).contains("does not count"));
}

#[test]
fn the_file_and_the_environment_name_paths_to_records() {
    let place =
        Place::with(&format!("{GOOD}[filter]\nidentity = \"all\"\nrecord_paths = [\"blob\", \"a.b\"]\n"));
    let line = format!("{{\"a\":{{\"b\":{}}}}}\n", root().trim_end());
    let config = place.config();
    let by_file = run(&["-c", &config], line.as_bytes()).exits(0);
    assert_eq!(by_file.lines().len(), 1);
    let mut by_variable = program(&["-c", &config]);
    by_variable.env("AFTERHOURS_RECORD_PATH", "x,y.z");
    let outcome = run_command(by_variable, line.as_bytes()).exits(1);
    assert!(outcome.stderr.contains("add --record-path a.b"), "{}", outcome.stderr);
    let wrong = Place::with("[filter]\nrecord_paths = [\"a..b\"]\n");
    let message = wrong.plain(&wrong.check().exits(2).stderr);
    assert!(
        message.contains("rules.toml:2: filter.record_paths: \"a..b\" cannot be used; write keys with"),
        "{message}"
    );
}

#[test]
fn what_the_file_says_wrongly_is_an_error_with_its_line() {
    let place = Place::with(
        "[filter]\nidentity = \"rot\"\nkep = \"all\"\nmax_line = \"17Q\"\ndedupe = 1\n[outbox]\ndrain = \"soon\"\n[listen]\nmode = \"999\"\n",
    );
    let messages = place.plain(&place.check().exits(2).stderr);
    for message in [
        "rules.toml:2: filter.identity: \"rot\" cannot be used; did you mean `root`?",
        "rules.toml:3: filter.kep: unknown key; did you mean `keep`?",
        "rules.toml:4: filter.max_line: \"17Q\" cannot be used",
        "rules.toml:5: filter.dedupe: true or false is wanted",
        "rules.toml:7: outbox.drain: \"soon\" cannot be used",
        "rules.toml:9: listen.mode: \"999\" cannot be used",
        "rules.toml: 6 errors",
    ] {
        assert!(messages.contains(message), "{message} is missing in\n{messages}");
    }
    let refused = place.plain(&filter(&place, &[], &[]).exits(2).stderr);
    assert!(refused.contains("rules.toml:"), "{refused}");
}

#[test]
fn check_prints_what_applies_and_where_it_comes_from() {
    let place = Place::with(&format!(
        "{GOOD}[filter]\nidentity = [\"root\", \"iam-user\"]\n[outbox]\ndrain = \"1m\"\n"
    ));
    let config = place.config();
    let checked = |args: &[&str]| {
        let mut command = program(&[&["check", "--tzdata", "embedded"], args, &[config.as_str()]].concat());
        command.env("AFTERHOURS_OUTCOME", "failure");
        run_command(command, b"").exits(0)
    };
    let text = place.plain(&String::from_utf8(checked(&[]).stdout).unwrap());
    let settings = "\nsettings\n  filter.identity = root, iam-user  (rules.toml:4)\n  \
                    filter.outcome = failure  (AFTERHOURS_OUTCOME)\n  outbox.drain = 1m  (rules.toml:6)\n";
    assert!(text.contains(settings), "{text}");
    let value: Value = serde_json::from_slice(&checked(&["--json"]).stdout).unwrap();
    let setting = |key: &str| value["settings"][key].clone();
    assert_eq!(setting("filter.identity")["from"], "file");
    assert_eq!(setting("filter.outcome")["where"], "AFTERHOURS_OUTCOME");
    assert_eq!(setting("filter.keep")["value"][0], "after-hours");
    assert_eq!(setting("filter.keep")["from"], "default");
}

#[test]
fn a_named_input_is_read_though_the_file_says_listen() {
    let place = Place::with(&format!("{GOOD}[listen]\naddresses = \"unix:afterhours.sock\"\n"));
    place.write("in.jsonl", &night());
    let path = place.path().with_file_name("in.jsonl");
    let outcome = run(&["-c", &place.config(), path.to_str().unwrap()], b"").exits(0);
    assert_eq!(outcome.lines().len(), 1);
}

#[test]
fn an_error_in_the_environment_names_the_variable() {
    let messages = |name: &str, value: &str| {
        let mut command = program(&["check"]);
        command.env(name, value);
        if name == "AFTERHOURS_IDENTITY" {
            command = program(&[] as &[&str]);
            command.env(name, value);
        }
        run_command(command, b"").exits(2).stderr
    };
    let zone = messages("AFTERHOURS_TZ", "Mars/Base");
    assert!(zone.contains("AFTERHOURS_TZ: time zone Mars/Base: unknown"), "{zone}");
    let identity = messages("AFTERHOURS_IDENTITY", "rot");
    assert!(
        identity.contains("AFTERHOURS_IDENTITY: \"rot\" cannot be used; did you mean `root`?"),
        "{identity}"
    );
}

#[test]
fn a_misspelled_key_is_no_missing_one_too() {
    let place = Place::with("[lookup.x]\nfiel = \"x.csv\"\n");
    let messages = place.plain(&place.check().exits(2).stderr);
    assert!(
        messages.contains("rules.toml:2: lookup.x.fiel: unknown key; did you mean `file`? It is required."),
        "{messages}"
    );
    assert!(messages.contains("rules.toml: 1 error\n"), "{messages}");
}

#[test]
fn what_was_meant_is_said() {
    let company = "[calendars.company]\nclosed = \"Dec 24\"\n";
    for (config, message) in [
        (
            format!("[default]\nclosed = [\"company\"]\n{company}"),
            "default.closed: \"company\" is a calendar; write \"calendar:company\"",
        ),
        (
            format!("[default]\nclosed = \"calendars.company\"\n{company}"),
            "is a calendar; write \"calendar:company\"",
        ),
        (
            "[default]\nclosed = \"DE-BE\"\n".to_owned(),
            "is a code of public holidays; write \"holidays:DE-BE\"",
        ),
        ("[default]\nclosed = \"12/24\"\n".to_owned(), "write Dec 24"),
        ("[default]\nclosed = \"24.12.2026\"\n".to_owned(), "write 2026-12-24"),
        ("[default]\nclosed = \"3/4/2026\"\n".to_owned(), "write 2026-03-04 or 2026-04-03"),
        ("[default]\nhours = \"9-5\"\n".to_owned(), "copy 09:00-17:00 or 09:00-05:00"),
        ("[default]\nhours = \"off\"\ntz = \"GMT+2\"\n".to_owned(), "UTC+2 all the year is Etc/GMT-2"),
        ("[default]\nhours = \"off\"\ntz = \"Asia/Mumbai\"\n".to_owned(), "write Asia/Kolkata"),
        (
            "[default]\nhours = \"off\"\ntz = \"India Standard Time\"\n".to_owned(),
            "a name of Windows; write Asia/Kolkata",
        ),
    ] {
        let place = Place::with(&config);
        let messages = place.plain(&place.check().exits(2).stderr);
        assert!(messages.contains(message), "{config}\n{messages}");
    }
    let missing = run(&["check", "nowhere.toml"], b"").exits(2).stderr;
    assert!(missing.contains("nowhere.toml: there is no such file"), "{missing}");
}
