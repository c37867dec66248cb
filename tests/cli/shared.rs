//! Public records by others, where they are beside the repository: every labelled sign-in gets its
//! answer, and of the rest nothing comes out. Says that it was skipped and passes without them: a
//! clone has none.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::harness::{lines_of, program, run, run_command};
use kit::fixtures::{sign_in_at, stream};
use kit::tag::{member, minified, split, untagged};

/// The labelled records and whether each is a console sign-in by an IAM user.
fn labelled(folder: &Path) -> Vec<(Vec<u8>, bool)> {
    let records = std::fs::read(folder.join("real/sign-ins.labelled.ndjson")).unwrap();
    let labels = std::fs::read_to_string(folder.join("real/sign-ins.labelled.tsv")).unwrap();
    let mut rows = labels.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let heading = rows.next().unwrap();
    let answer = heading.iter().position(|name| *name == "iam_user_console_sign_in").unwrap();
    let labelled: Vec<(Vec<u8>, bool)> = lines_of(&records)
        .into_iter()
        .zip(rows)
        .map(|(line, row)| {
            assert!(matches!(row[answer], "yes" | "no"));
            (line.to_vec(), row[answer] == "yes")
        })
        .collect();
    assert!(labelled.len() >= 10);
    labelled
}

#[test]
fn every_labelled_record_gets_its_answer() {
    let Some(folder) = kit::shared_data() else { return };
    let labelled = labelled(&folder);
    for exhaustive in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
        for (record, yes) in &labelled {
            let outcome = run(exhaustive, &stream(&[record])).exits(0);
            let wanted: Vec<String> =
                yes.then(|| String::from_utf8(record.clone()).unwrap()).into_iter().collect();
            assert_eq!(untagged(&outcome.lines()), wanted);
        }
    }
}

#[test]
fn labelled_outcomes_and_mfa_are_in_the_tag() {
    let Some(folder) = kit::shared_data() else { return };
    for (record, _) in labelled(&folder).into_iter().filter(|(_, yes)| *yes) {
        let outcome = run(&["--hours", "off"], &stream(&[&record])).exits(0);
        let tag = split(outcome.lines()[0]).1;
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        let messages = record["responseElements"]["ConsoleLogin"].as_str().unwrap().to_lowercase();
        assert_eq!(member(&tag, "outcome"), messages);
        assert_eq!(member(&tag, "mfa"), record["additionalEventData"]["MFAUsed"] == "Yes");
    }
}

#[test]
fn of_thousands_of_real_records_only_the_labelled_sign_ins_come_out() {
    let Some(folder) = kit::shared_data() else { return };
    let wanted: HashSet<Vec<u8>> =
        labelled(&folder).into_iter().filter(|(_, yes)| *yes).map(|(record, _)| record).collect();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("real")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|ext| ext == "ndjson") && !file.to_string_lossy().contains("labelled")
    });
    files.sort();
    assert!(files.len() >= 7);
    let (mut records, mut found) = (0, HashSet::new());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let all: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
        records += all.len();
        let there: Vec<&[u8]> = all.into_iter().filter(|line| wanted.contains(*line)).collect();
        let there: Vec<String> =
            there.into_iter().map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        for exhaustive in [&["--hours", "off"][..], &["--hours", "off", "--exhaustive"]] {
            let mut command = program(exhaustive);
            command.arg(&file);
            let outcome = run_command(command, b"").exits(0);
            assert_eq!(untagged(&outcome.lines()), there, "{}", file.display());
            assert_eq!(
                run(exhaustive, &bytes).exits(0).stdout,
                outcome.stdout,
                "{} on stdin",
                file.display()
            );
        }
        found.extend(there);
    }
    assert!(records > 3000, "{records} records");
    assert_eq!(found.len(), wanted.len(), "every labelled sign-in is in some file");
}

#[test]
fn real_envelopes_give_the_sign_ins_inside_them() {
    let Some(folder) = kit::shared_data() else { return };
    for (name, sign_ins) in [
        ("array-pretty.stratus.json", 1),
        ("cloudwatch-logs-subscription.datadog.pretty.json", 0),
        // An array of fixtures, each with its event under "data": not an envelope that a pipeline
        // delivers.
        ("eventbridge-fixture.streamalert.json", 0),
        ("lookup-events.plaso.ndjson", 0),
        ("s3-records-one-line.invictus.json", 1),
    ] {
        let mut command = program(&["--hours", "off"]);
        command.arg(folder.join("envelopes").join(name));
        let outcome = run_command(command, b"").exits(0);
        assert_eq!(outcome.lines().len(), sign_ins, "{name}");
        for line in outcome.lines() {
            let record = minified(&split(line).0);
            let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
            let known = labelled(&folder).into_iter().filter(|(_, yes)| *yes);
            let known: Vec<serde_json::Value> =
                known.map(|(record, _)| serde_json::from_slice(&record).unwrap()).collect();
            assert!(known.contains(&record), "{name}: {record}");
        }
    }
}

/// The kinds of rows that only need hours and a zone.
const KINDS: [&str; 5] = ["A-", "B-", "C-", "D-", "E-"];

/// The fields of a CSV line, some of them in quotes.
fn cells(row: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for character in row.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(character),
        }
    }
    cells
}

#[test]
fn every_row_of_the_oracle_decided_by_hours_and_zone_is_evaluated_correctly() {
    let Some(folder) = kit::shared_data() else { return };
    let oracle = std::fs::read_to_string(folder.join("schedule/oracle.csv")).unwrap();
    let mut rows = oracle.lines().map(cells);
    let heading = rows.next().unwrap();
    let column = |name: &str| heading.iter().position(|cell| cell == name).unwrap();
    let (category, zone, hours, holidays, instant, answer) = (
        column("category"),
        column("tz"),
        column("hours"),
        column("holidays"),
        column("instant_utc"),
        column("shift_start_reading"),
    );
    let (mut asked, mut checked) = (BTreeMap::<(String, String), Vec<(String, String)>>::new(), 0);
    for row in rows
        .filter(|row| row[holidays].is_empty() && KINDS.iter().any(|kind| row[category].starts_with(kind)))
    {
        asked
            .entry((row[hours].clone(), row[zone].clone()))
            .or_default()
            .push((row[instant].clone(), row[answer].clone()));
    }
    for ((hours, zone), instants) in asked {
        let records: Vec<String> = instants.iter().map(|(instant, _)| sign_in_at(instant)).collect();
        let args = ["--hours", &hours, "--tz", &zone, "--keep", "sign-ins", "--tzdata", "embedded"];
        let outcome = run(&args, &stream(&records)).exits(0);
        assert_eq!(outcome.lines().len(), instants.len());
        for (line, (instant, answer)) in outcome.lines().into_iter().zip(instants) {
            let wanted = match &*answer {
                "open" => "inside",
                "closed" => "outside",
                other => panic!("{other}"),
            };
            assert_eq!(member(&split(line).1, "verdict"), wanted, "{instant} with {hours:?} in {zone}");
            checked += 1;
        }
    }
    assert!(checked > 90, "{checked} rows");
}
