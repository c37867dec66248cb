//! Which records are sign-ins, of which identity, and what their tag holds.

use crate::harness::{Outcome, run};
use kit::fixtures::{self, Shape, shapes, sign_in_at, stream};
use kit::tag::{Tag, member, split, split_named, tagged, untagged};

/// Runs all shapes at once, with hours that are never open.
#[track_caller]
fn run_shapes(args: &[&str]) -> Outcome {
    run(&[&["--hours", "off"], args].concat(), &fixtures::bytes("shapes.ndjson")).exits(0)
}

/// Fails unless exactly the expected shapes come out, in order, their bytes unchanged.
#[track_caller]
fn expect_shapes(args: &[&str], wanted: impl Fn(&Shape) -> bool) {
    let shapes = shapes();
    let outcome = run_shapes(args);
    let names = |records: Vec<String>| -> Vec<String> {
        let name = |record: &String| {
            let known = shapes.iter().find(|shape| shape.line == record.as_bytes());
            known.map_or_else(|| format!("changed or unknown: {record}"), |shape| shape.name.clone())
        };
        records.iter().map(name).collect()
    };
    let wanted: Vec<String> =
        shapes.iter().filter(|shape| wanted(shape)).map(|shape| shape.name.clone()).collect();
    assert!(!wanted.is_empty(), "the fixtures hold none of these");
    assert_eq!(names(untagged(&outcome.lines())), wanted);
}

#[test]
fn console_sign_ins_by_iam_users_come_out_and_nothing_else() {
    expect_shapes(&[], |shape| shape.by_iam_user);
}

#[test]
fn every_shape_gets_the_same_answer_when_it_is_alone() {
    for shape in shapes() {
        let outcome = run(&["--hours", "off"], &stream(&[&shape.line])).exits(0);
        assert_eq!(outcome.lines().len(), usize::from(shape.by_iam_user), "{}", shape.name);
    }
}

#[test]
fn every_shape_gets_the_same_answer_when_every_line_is_parsed() {
    expect_shapes(&["--exhaustive"], |shape| shape.by_iam_user);
}

#[test]
fn identity_iam_user_is_the_default() {
    expect_shapes(&["--identity", "iam-user"], |shape| shape.by_iam_user);
}

#[test]
fn identity_root_forwards_roots_sign_ins_only() {
    expect_shapes(&["--identity", "root"], |shape| shape.identity == "root");
}

#[test]
fn identity_federated_user_forwards_federation_token_sign_ins_only() {
    expect_shapes(&["--identity", "federated-user"], |shape| shape.identity == "federated-user");
}

#[test]
fn identity_center_forwards_its_reserved_roles_only() {
    expect_shapes(&["--identity", "identity-center"], |shape| shape.identity == "identity-center");
}

#[test]
fn identity_center_forwards_sign_ins_of_its_own_type_too() {
    let record = sign_in_at("2026-11-24T03:12:44Z").replace("\"IAMUser\"", "\"IdentityCenterUser\"");
    let outcome = run(&["--hours", "off", "--identity", "identity-center"], &stream(&[&record])).exits(0);
    assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    assert!(run(&["--hours", "off"], &stream(&[&record])).exits(0).stdout.is_empty());
}

#[test]
fn identity_assumed_role_forwards_saml_and_role_sessions() {
    let outcome = run_shapes(&["--identity", "assumed-role"]);
    let records = untagged(&outcome.lines());
    for shape in shapes().iter().filter(|shape| shape.identity != "identity-center") {
        let out = records.iter().any(|record| record.as_bytes() == shape.line);
        assert_eq!(out, shape.identity == "assumed-role", "{}", shape.name);
    }
}

#[test]
fn identity_kinds_can_be_listed() {
    let kinds = ["iam-user", "root", "assumed-role", "identity-center"];
    expect_shapes(&["--identity", "iam-user,root"], |shape| kinds[..2].contains(&&*shape.identity));
    expect_shapes(&["--identity", &kinds.join(",")], |shape| kinds.contains(&&*shape.identity));
}

#[test]
fn identity_all_forwards_every_sign_in_and_no_other_event() {
    expect_shapes(&["--identity", "all"], |shape| shape.identity != "-");
}

#[test]
fn an_unknown_identity_is_an_error() {
    let outcome = run(&["--identity", "iam-user,rooot"], b"").exits(2);
    assert!(outcome.stderr.contains("rooot"), "{}", outcome.stderr);
    assert!(outcome.stdout.is_empty());
}

#[test]
fn outcome_success_drops_failures() {
    expect_shapes(&["--outcome", "success"], |shape| shape.by_iam_user && shape.outcome == "success");
}

#[test]
fn outcome_failure_drops_successes() {
    expect_shapes(&["--outcome", "failure"], |shape| shape.by_iam_user && shape.outcome == "failure");
}

#[test]
fn outcome_any_is_the_default() {
    expect_shapes(&["--outcome", "any"], |shape| shape.by_iam_user);
}

#[test]
fn an_unknown_outcome_option_is_an_error() {
    let outcome = run(&["--outcome", "maybe"], b"").exits(2);
    assert!(outcome.stderr.contains("maybe"), "{}", outcome.stderr);
}

/// New York is five hours behind UTC on every day of the fixtures (late November).
fn in_new_york(event_time: &str) -> String {
    let utc: chrono::NaiveDateTime = event_time.strip_suffix('Z').unwrap().parse().unwrap();
    let local = utc - chrono::TimeDelta::hours(5);
    format!("{local}-05:00").replace(' ', "T")
}

#[test]
fn the_tag_is_exact_to_the_byte_for_every_shape() {
    let outcome = run_shapes(&["--tz", "America/New_York", "--identity", "all"]);
    let signed_in: Vec<Shape> = shapes().into_iter().filter(|shape| shape.identity != "-").collect();
    let lines = outcome.lines();
    assert_eq!(lines.len(), signed_in.len());
    for (line, shape) in lines.into_iter().zip(&signed_in) {
        let tag = Tag {
            verdict: "outside",
            reason: "never_open",
            local_time: &in_new_york(&shape.event_time),
            time_zone: "America/New_York",
            outcome: &shape.outcome,
            mfa: &shape.mfa,
            person: &shape.person,
            role: &shape.role,
        };
        let wanted = tagged(&shape.line, "after_hours", &tag.text());
        assert_eq!(String::from_utf8_lossy(line), String::from_utf8_lossy(&wanted), "{}", shape.name);
    }
}

#[test]
fn the_tag_of_the_contracts_example_is_exact_to_the_byte() {
    let record = sign_in_at("2026-11-23T08:12:44Z");
    let outcome =
        run(&["--hours", "Mon-Fri 09:00-17:00", "--tz", "America/New_York"], &stream(&[&record])).exits(0);
    let tag = concat!(
        r#"{"verdict":"outside","reason":"outside_window","severity":"low","schedule":"default","rule":null,"#,
        r#""local_time":"2026-11-23T03:12:44-05:00","time_zone":"America/New_York","outcome":"success","mfa":false,"person":"anaya","role":null}"#
    );
    assert_eq!(outcome.stdout, [tagged(record.as_bytes(), "after_hours", tag), b"\n".to_vec()].concat());
}

#[test]
fn white_space_odd_numbers_and_escapes_of_a_record_stay_as_they_are() {
    let record = sign_in_at("2026-11-24T03:12:44Z").replacen(
        '{',
        "{ \t\"n\": [1.10, 1.0E+300, -0, 18446744073709551616, 1E+2] , \"s\":\"\\/ \\u00e9 é \\ud83d\\ude00\",",
        1,
    );
    let record = format!("{} \t}}", record.strip_suffix('}').unwrap());
    let outcome = run(&["--hours", "off"], &stream(&[&record])).exits(0);
    assert_eq!(untagged(&outcome.lines()), [record]);
}

#[test]
fn a_number_larger_than_any_float_is_forwarded_unchanged() {
    let record = sign_in_at("2026-11-24T03:12:44Z").replacen('{', "{\"n\":1e400,", 1);
    for args in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
        let outcome = run(args, &stream(&[&record])).exits(0);
        assert_eq!(untagged(&outcome.lines()), [record.as_str()]);
    }
}

#[test]
fn an_option_renames_the_tag() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let outcome = run(&["--hours", "off", "--tag", "off_hours"], &stream(&[&record])).exits(0);
    let (bytes, tag) = split_named(outcome.lines()[0], "off_hours").expect("the tag has the name asked for");
    assert_eq!(String::from_utf8(bytes).unwrap(), record);
    assert_eq!(member(&tag, "verdict"), "outside");
}

#[test]
fn a_record_that_has_the_key_keeps_it_and_the_tag_takes_a_second_name() {
    for (option, name) in [(&[][..], "after_hours"), (&["--tag", "seen"][..], "seen")] {
        let record = sign_in_at("2026-11-24T03:12:44Z").replacen('{', &format!("{{\"{name}\":\"mine\","), 1);
        let outcome = run(&[&["--hours", "off"], option].concat(), &stream(&[&record])).exits(0);
        let (bytes, tag) =
            split_named(outcome.lines()[0], &format!("{name}_2")).expect("a tag of the second name");
        assert_eq!(String::from_utf8(bytes).unwrap(), record);
        assert_eq!(member(&tag, "verdict"), "outside");
    }
}

#[test]
fn a_tagged_record_that_passes_again_keeps_its_first_tag() {
    let record = sign_in_at("2026-11-24T03:12:44Z");
    let once = run(&["--hours", "off", "--tz", "Asia/Tokyo"], &stream(&[&record])).exits(0);
    let twice = run(&["--hours", "off", "--tz", "Europe/Paris"], &once.stdout).exits(0);
    let (first, tag) = split_named(twice.lines()[0], "after_hours_2").expect("a tag of the second name");
    assert_eq!([first, b"\n".to_vec()].concat(), once.stdout);
    assert_eq!(member(&tag, "time_zone"), "Europe/Paris");
}

#[test]
fn the_key_further_in_or_as_text_does_not_change_the_tags_name() {
    let deeper = r#"{"x":{"after_hours":1},"y":"\"after_hours\":","z":["after_hours"],"#;
    let record = sign_in_at("2026-11-24T03:12:44Z").replacen('{', deeper, 1);
    let outcome = run(&["--hours", "off"], &stream(&[&record])).exits(0);
    assert_eq!(untagged(&outcome.lines()), [record]);
}

#[test]
fn keep_after_hours_is_the_default() {
    let lines = [sign_in_at("2026-11-24T03:12:44Z"), sign_in_at("2026-11-24T11:00:00Z")];
    for keep in [&[][..], &["--keep", "after-hours"][..]] {
        let args = [&["--hours", "Mon-Fri 09:00-17:00", "--tz", "UTC"], keep].concat();
        let outcome = run(&args, &stream(&lines)).exits(0);
        assert_eq!(untagged(&outcome.lines()), lines[..1]);
    }
}

#[test]
fn keep_sign_ins_forwards_those_in_hours_tagged_inside() {
    let lines =
        [sign_in_at("2026-11-24T03:12:44Z"), fixtures::api_call(1), sign_in_at("2026-11-24T17:00:00Z")];
    let args = ["--hours", "Mon-Fri 09:00-17:00", "--tz", "America/New_York", "--keep", "sign-ins"];
    let outcome = run(&args, &stream(&lines)).exits(0);
    assert_eq!(outcome.lines().len(), 2);
    assert_eq!(member(&split(outcome.lines()[0]).1, "verdict"), "outside");
    let tag = Tag {
        verdict: "inside",
        reason: "inside_window",
        local_time: "2026-11-24T12:00:00-05:00",
        time_zone: "America/New_York",
        outcome: "success",
        mfa: "false",
        person: "anaya",
        role: "-",
    };
    assert_eq!(outcome.lines()[1], tagged(lines[2].as_bytes(), "after_hours", &tag.text()));
}

#[test]
fn keep_sign_ins_still_drops_other_identities() {
    let shapes = shapes();
    let args = ["--hours", "24/7", "--keep", "sign-ins"];
    let outcome = run(&args, &fixtures::bytes("shapes.ndjson")).exits(0);
    let wanted: Vec<&Shape> = shapes.iter().filter(|shape| shape.by_iam_user).collect();
    assert_eq!(outcome.lines().len(), wanted.len());
    for (line, shape) in outcome.lines().into_iter().zip(wanted) {
        let (record, tag) = split(line);
        assert_eq!(record, shape.line, "{}", shape.name);
        assert_eq!(member(&tag, "verdict"), "inside", "{}", shape.name);
    }
}

#[test]
fn keep_all_forwards_every_line_as_it_came_and_tags_the_sign_ins() {
    let shapes = shapes();
    let outcome = run_shapes(&["--keep", "all"]);
    let lines = outcome.lines();
    assert_eq!(lines.len(), shapes.len());
    for (line, shape) in lines.into_iter().zip(&shapes) {
        if shape.by_iam_user {
            let (record, tag) = split(line);
            assert_eq!(record, shape.line, "{}", shape.name);
            assert_eq!(member(&tag, "verdict"), "outside", "{}", shape.name);
        } else if shape.identity == "-" {
            assert_eq!(line, shape.line, "{}", shape.name);
        } else {
            let record = split_named(line, "after_hours").map_or_else(|| line.to_vec(), |(record, _)| record);
            assert_eq!(record, shape.line, "{}", shape.name);
        }
    }
}

#[test]
fn an_unclear_identity_passes_the_identity_filter() {
    let lines = fixtures::lines("unclear.ndjson");
    let rows = fixtures::table::<4>("unclear.tsv");
    for kinds in ["iam-user", "root", "all"] {
        for (line, [name, by_default, ..]) in lines.iter().zip(&rows).take(6) {
            assert_eq!(by_default, "yes");
            let outcome = run(&["--hours", "off", "--identity", kinds], &stream(&[line])).exits(0);
            assert_eq!(outcome.lines().len(), 1, "{name} with --identity {kinds}");
        }
    }
}

#[test]
fn sign_ins_with_unreadable_fields_are_forwarded_and_reported() {
    let lines = fixtures::lines("unclear.ndjson");
    for (line, [name, by_default, outcome, mfa]) in lines.iter().zip(fixtures::table::<4>("unclear.tsv")) {
        let ran = run(&["--hours", "off"], &stream(&[line])).exits(0);
        assert_eq!(ran.lines().len(), usize::from(by_default == "yes"), "{name}");
        if by_default == "yes" {
            let (record, tag) = split(ran.lines()[0]);
            assert_eq!(&record, line, "{name}");
            assert_eq!(member(&tag, "outcome"), outcome, "{name}");
            assert_eq!(member(&tag, "mfa").to_string(), mfa, "{name}");
        }
    }
}

#[test]
fn an_unknown_identity_type_comes_out_with_all() {
    let lines = fixtures::lines("unclear.ndjson");
    let outcome = run(&["--hours", "off", "--identity", "all"], &stream(&lines)).exits(0);
    assert_eq!(untagged(&outcome.lines()).len(), lines.len());
}

#[test]
fn an_unknown_outcome_is_forwarded_whatever_outcome_is_asked_for() {
    let lines = fixtures::lines("unclear.ndjson");
    let rows = fixtures::table::<4>("unclear.tsv");
    let unknown: Vec<&Vec<u8>> = lines
        .iter()
        .zip(&rows)
        .filter(|(_, [_, _, outcome, _])| outcome == "unknown")
        .map(|(line, _)| line)
        .collect();
    assert!(unknown.len() > 3);
    for asked in ["success", "failure", "any"] {
        let outcome = run(&["--hours", "off", "--outcome", asked], &stream(&unknown)).exits(0);
        assert_eq!(outcome.lines().len(), unknown.len(), "--outcome {asked}");
    }
}

#[test]
fn escaped_spellings_are_the_same_record_and_lookalikes_are_not() {
    let lines = fixtures::lines("escaped.ndjson");
    for exhaustive in [&[][..], &["--exhaustive"][..]] {
        for (line, [name, yes]) in lines.iter().zip(fixtures::table::<2>("escaped.tsv")) {
            let args = [&["--hours", "off"], exhaustive].concat();
            // A lookalike may be all of an input without records, which is exit status 1.
            let outcome = run(&args, &stream(&[line]));
            assert!(outcome.status.success() || yes != "yes", "{}", outcome.stderr);
            let wanted: Vec<String> =
                (yes == "yes").then(|| String::from_utf8_lossy(line).into_owned()).into_iter().collect();
            assert_eq!(untagged(&outcome.lines()), wanted, "{name} {exhaustive:?}");
        }
    }
}

/// The names of the events that go out.
fn events_of(args: &[&str], input: &[u8]) -> Vec<String> {
    let args = [&["--hours", "off", "--identity", "iam-user"], args].concat();
    let outcome = run(&args, input).exits(0);
    let event = |line: &&[u8]| {
        let record: serde_json::Value = serde_json::from_slice(line).unwrap();
        record["eventName"].as_str().unwrap().to_owned()
    };
    outcome.lines().iter().map(event).collect()
}

/// A record at the sign-in service, with other members.
fn at_sign_in(name: &str, members: &str) -> String {
    format!(
        r#"{{"eventTime":"2026-11-24T03:12:44Z","eventSource":"signin.amazonaws.com","eventName":"{name}","userAgent":"x"{members}}}"#
    )
}

#[test]
fn other_ways_to_sign_in_are_one_finding_each_and_only_by_their_switch() {
    let portal = |name: &str, outcome: &str| {
        at_sign_in(name, &format!(r#","serviceEventDetails":{{"{name}":"{outcome}"}}"#))
    };
    let lines = [
        at_sign_in("AuthorizeOAuth2Access", ""),
        at_sign_in("CreateOAuth2Token", ""),
        at_sign_in("CreateOAuth2Token", ""),
        portal("CredentialChallenge", "Success"),
        portal("CredentialVerification", "Failure"),
        portal("CredentialVerification", "Success"),
        portal("UserAuthentication", "Success"),
        at_sign_in("ConsoleLogin", ""),
        r#"{"eventTime":"2026-11-24T03:12:44Z","eventSource":"other.amazonaws.com","eventName":"UserAuthentication"}"#
            .to_owned(),
        format!(r#"{{"message":{}}}"#, serde_json::json!(portal("Other", "UserAuthentication"))),
    ];
    let (cli, portal) = (["AuthorizeOAuth2Access"], ["CredentialVerification", "UserAuthentication"]);
    for exhaustive in [&[][..], &["--exhaustive"][..]] {
        let events = |ways: &[&str]| events_of(&[ways, exhaustive].concat(), &stream(&lines));
        assert_eq!(events(&[]), ["ConsoleLogin"]);
        assert_eq!(events(&["--sign-in", "console"]), ["ConsoleLogin"]);
        assert_eq!(events(&["--sign-in", "cli"]), cli);
        assert_eq!(events(&["--sign-in", "portal"]), portal);
        let all = [&cli[..], &portal, &["ConsoleLogin"]].concat();
        assert_eq!(events(&["--sign-in", "portal,cli,console"]), all);
        assert_eq!(events(&["--sign-in", "portal", "--outcome", "failure"]), portal[..1]);
    }
    let container = format!(r#"{{"Records":[{}]}}"#, lines[..9].join(","));
    assert_eq!(events_of(&["--sign-in", "cli,portal"], container.as_bytes()), [&cli[..], &portal].concat());
    let cut = at_sign_in("UserAuthentication", "");
    let outcome = run(&["--hours", "off", "--sign-in", "portal"], &cut.as_bytes()[..cut.len() - 1]).exits(1);
    assert!(String::from_utf8_lossy(&outcome.stdout).contains("unreadable"));
}

#[test]
fn the_records_of_the_portal_that_aws_documents_are_one_finding() {
    let lines = fixtures::lines("shapes.ndjson");
    assert_eq!(events_of(&["--sign-in", "portal"], &stream(&lines[26..29])), ["UserAuthentication"]);
}
