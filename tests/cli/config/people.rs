//! Names, tables and calendars as people and programs write them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{GOOD, Place, sign_in, user};

/// Cases by others, where they are beside the repository.
fn cases() -> Option<PathBuf> {
    let folder = kit::shared_data()?.join("cases/hours");
    if !folder.is_dir() {
        println!("skipped: no cases of hours");
        return None;
    }
    Some(folder)
}

fn at(user: &str, time: &str) -> String {
    sign_in(user, "111122223333", time, "198.51.100.7")
}

#[test]
fn names_are_the_same_in_any_case() {
    let never = "[schedules.never]\nhours = []\n[default]\nhours = \"24/7\"\n";
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Anaya on call\nDTSTART:20261101T000000Z\n\
                    DTEND:20261201T000000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    for (rules, user_there, schedule) in [
        ("[[rule]]\nuser = \"Break-Glass-*\"\nschedule = \"never\"\n", "break-glass-1", "never"),
        ("[[rule]]\nuser = \"Anaya\"\nschedule = \"never\"\n", "anaya", "never"),
        (
            "[groups]\ng = { file = \"g.txt\" }\n[[rule]]\ngroup = \"g\"\nschedule = \"never\"\n",
            "anaya",
            "never",
        ),
        ("[lookup.x]\nfile = \"x.csv\"\n[[rule]]\nschedule = \"lookup:x\"\n", "anaya", "never"),
        (
            "[oncall.x]\nweekly = [\"Anaya\"]\nstarts = \"2026-11-02 09:00\"\n[[rule]]\nschedule = \"oncall:x\"\n",
            "anaya",
            "oncall:x",
        ),
        (
            "[oncall.x]\nrota = [{ user = \"Anaya\", from = \"2026-11-02 09:00\", until = \"2026-12-02 09:00\" }]\n\
             [[rule]]\nschedule = \"oncall:x\"\n",
            "anaya",
            "oncall:x",
        ),
        ("[oncall.x]\nics = \"x.ics\"\n[[rule]]\nschedule = \"oncall:x\"\n", "anaya", "oncall:x"),
    ] {
        let place = Place::with(&format!("{never}{rules}"));
        place.write("g.txt", "Anaya\n");
        place.write("x.csv", "user,schedule\nAnaya,never\n");
        place.write("x.ics", calendar);
        for name in [user_there.to_owned(), user_there.to_uppercase()] {
            let tag = place.tags(&[user(&name)]).remove(0);
            assert_eq!(tag["schedule"], schedule, "{name} with {rules}: {tag}");
        }
    }
}

#[test]
fn a_group_file_with_what_no_user_is_called_is_refused_with_its_line() {
    let place = Place::with("[groups]\ng = { file = \"g.txt\" }\n[[rule]]\ngroup = \"g\"\nignore = true\n");
    for name in ["arn:aws:iam::111122223333:user/anaya", "^svc-.*$", "Anaya Rao"] {
        place.write("g.txt", &format!("anaya # on leave\n\n{name}\n"));
        let outcome = place.check().exits(2);
        assert!(outcome.stderr.contains("g.txt:3"), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn tables_of_other_programs_are_read_or_refused() {
    let rules =
        "[schedules.never]\nhours = []\n[lookup.x]\nfile = \"x.csv\"\n[[rule]]\nschedule = \"lookup:x\"\n";
    let place = Place::with(&format!("{GOOD}{rules}"));
    for table in [
        "\u{feff}User;Schedule;Department\r\nanaya;never;IT\r\n",
        "SCHEDULE\tuser\rnever\tanaya\r",
        "user,schedule,account\nanaya,never,1111-2222-3333\n",
    ] {
        place.write("x.csv", table);
        assert_eq!(place.tags(&[user("anaya")])[0]["schedule"], "never", "{table}");
    }
    for (table, message) in [
        (
            "user,schedule\nanaya,never\nkim,never\nAnaya,default\n",
            "x.csv:4: \"Anaya\" has a schedule already, in line 2",
        ),
        ("user,schedule\nbreak-*,never\n", "x.csv:2: \"break-*\": a row is for one user"),
        ("user,schedule,account\nanaya,never,1.11122E+11\n", "x.csv:2: \"1.11122E+11\" is no account"),
        ("user,schedule,acount\nanaya,never,111122223333\n", "did you mean `account`?"),
        ("user,schedule,User\nanaya,never,lee\n", "x.csv:1: two columns \"user\""),
        ("user,schedule\nAnaya Rao,never\n", "x.csv:2: \"Anaya Rao\" can match no user"),
    ] {
        place.write("x.csv", table);
        let outcome = place.check().exits(2);
        let said = place.plain(&format!("{}{}", String::from_utf8_lossy(&outcome.stdout), outcome.stderr));
        assert!(said.contains(message), "{table}: {said}");
    }
}

#[test]
fn tables_by_others_come_out_as_expected() {
    let Some(folder) = cases() else { return };
    let expected = std::fs::read_to_string(folder.join("csv/expected.csv")).unwrap();
    let mut rows = 0;
    for (file, wanted) in expected.lines().skip(1).filter_map(|row| row.split_once(',')) {
        let place = Place::with(&format!(
            "{GOOD}[schedules.never]\nhours = []\n[schedules.berlin]\nhours = []\n[schedules.new-york]\nhours = []\n\
             [lookup.x]\nfile = \"x.csv\"\n[[rule]]\nschedule = \"lookup:x\"\n"
        ));
        place.write("x.csv", &std::fs::read_to_string(folder.join("csv").join(file)).unwrap());
        match wanted.starts_with("refuse:") || file == "glob_user.csv" {
            true => drop(place.check().exits(2)),
            false => assert_eq!(place.tags(&[user("anaya")])[0]["schedule"], "berlin", "{file}"),
        }
        rows += 1;
    }
    assert!(rows >= 8, "{rows} rows");
}

#[test]
fn calendars_by_others_say_who_is_on_call() {
    let Some(folder) = cases() else { return };
    let expected = std::fs::read_to_string(folder.join("ics/oncall_expected.csv")).unwrap();
    let mut wrong = Vec::new();
    for row in expected.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let place = Place::with(
            "[default]\nhours = []\n[oncall.x]\nics = \"x.ics\"\ntz = \"UTC\"\n[[rule]]\nschedule = \"oncall:x\"\n",
        );
        let text = std::fs::read_to_string(folder.join(format!("ics/{}.ics", cells[0]))).unwrap();
        place.write("x.ics", &text);
        let tag = place.tags(&[at(cells[1], cells[2])]).remove(0);
        if (tag["reason"] == "on_call") != cells[3].starts_with("on") {
            wrong.push(format!("{row}: {tag}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn handovers_by_others_happen_once() {
    let Some(folder) = cases() else { return };
    let expected = std::fs::read_to_string(folder.join("rota_handover.csv")).unwrap();
    let place = Place::with(&std::fs::read_to_string(folder.join("rota_handover.toml")).unwrap());
    let rows: Vec<Vec<&str>> = expected.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let sign_ins: Vec<String> = rows.iter().map(|row| at(row[4], row[5])).collect();
    let mut wrong = BTreeMap::new();
    for (tag, row) in place.tags(&sign_ins).into_iter().zip(&rows) {
        if (tag["reason"] == "on_call") != (row[6] == "on") {
            wrong.insert(row.join(","), tag.to_string());
        }
    }
    assert!(rows.len() >= 1000 && wrong.is_empty(), "{wrong:#?}");
}
