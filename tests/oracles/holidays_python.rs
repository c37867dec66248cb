//! Every code, date and name in the table, compared with the Python package that it was made from,
//! where that is installed in the same version (`pip install holidays==` the version in
//! [`holidays::SOURCE`]). Says that it was skipped without it.

use std::collections::{BTreeMap, BTreeSet};

use afterhours::holidays;
use kit::second_opinion;

type Days = BTreeMap<String, String>;

#[test]
fn every_holiday_is_that_of_the_python_package() {
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

/// The package's spelling: every estimated name says so.
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

/// What `generate.py --dump` prints, by code. `None`, and a line that says so, where it cannot run.
fn package() -> Option<BTreeMap<String, Days>> {
    let script = kit::root().join("src/holidays/generate.py");
    let text = second_opinion::python_answers(second_opinion::interpreter().arg(script).arg("--dump"), "")?;
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
