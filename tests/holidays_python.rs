//! Every code, date and name in the table, held against the Python package that it was made from, where that is
//! installed in the same version (`pip install holidays==` what [`holidays::SOURCE`] names). Elsewhere it says that
//! it compared nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that cannot go on may say so

use afterhours::holidays;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

type Days = BTreeMap<String, String>;

#[test]
fn as_the_python_package_has_them() {
    let Some(theirs) = package() else { return };
    let mut dates = 0;
    let mut years = BTreeSet::new();
    for (code, days) in &theirs {
        let place = holidays::find(code).unwrap();
        assert_eq!(place.code(), code);
        let ours: Days = place.days().iter().map(|day| (day.date.to_string(), marked(day))).collect();
        assert_eq!(ours.len(), place.days().len(), "{code}: a date twice");
        assert_eq!(&ours, days, "{code}");
        dates += days.len();
        let listed: BTreeSet<i32> = days.keys().map(|day| day[..4].parse().unwrap()).collect();
        assert_eq!(listed, place.years().collect(), "{code}: the years");
        years.extend(listed.iter().map(|year| (code.clone(), *year)));
    }
    assert_eq!(holidays::codes().into_iter().collect::<BTreeSet<_>>(), theirs.keys().cloned().collect());
    println!("compared {} codes, {} code-years, {dates} dates: all equal", theirs.len(), years.len());
}

/// The package's spelling: every name that is estimated says so.
fn marked(day: &holidays::Holiday) -> String {
    if !day.estimated {
        return day.name.clone();
    }
    let mut names: Vec<String> = day
        .name
        .split("; ")
        .map(|name| {
            match ["observed", "in lieu"].iter().find(|label| name.ends_with(&format!(" ({label})"))) {
                Some(_) => format!("{}, estimated)", name.trim_end_matches(')')),
                None => format!("{name} (estimated)"),
            }
        })
        .collect();
    names.sort();
    names.join("; ")
}

/// What `generate.py --dump` prints, by code, or `None` and why not.
fn package() -> Option<BTreeMap<String, Days>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/holidays/generate.py");
    let output =
        match Command::new("python3").args([script, "--dump"]).env("PYTHONIOENCODING", "utf-8").output() {
            Ok(output) if output.status.success() => output,
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(why.contains("ModuleNotFoundError"), "{why}");
                println!("skipped: the Python package `holidays` is not installed");
                return None;
            }
            Err(error) => {
                println!("skipped: no python3: {error}");
                return None;
            }
        };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let version = lines.next().unwrap().trim_start_matches("# ");
    if !holidays::SOURCE.contains(&format!(" {version} ")) {
        println!("skipped: the table is from {}, installed is {version}", holidays::SOURCE);
        return None;
    }
    let mut codes: BTreeMap<String, Days> = BTreeMap::new();
    for line in lines {
        let mut fields = line.split('\t');
        let days = codes.entry(fields.next().unwrap().to_owned()).or_default();
        if let (Some(day), Some(name)) = (fields.next(), fields.next()) {
            days.insert(day.to_owned(), name.to_owned());
        }
    }
    Some(codes)
}
