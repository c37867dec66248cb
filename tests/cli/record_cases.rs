//! Records as people have them: small inputs with what must come of each, where they are beside the
//! repository. Says that it was skipped and passes without them.

use crate::harness::{Outcome, program, run, run_command};
use kit::tag::{member, split};

/// The groups that are read here.
const GROUPS: [&str; 1] = ["B-"];

fn counts(outcome: &Outcome) -> (usize, usize) {
    let verdicts: Vec<String> = outcome
        .lines()
        .into_iter()
        .map(|line| member(&split(line).1, "verdict").as_str().unwrap().to_owned())
        .collect();
    let count = |wanted: &str| verdicts.iter().filter(|verdict| *verdict == wanted).count();
    assert_eq!(count("outside") + count("inside"), verdicts.len(), "{verdicts:?}");
    (count("outside"), count("inside"))
}

#[test]
fn every_envelope_that_people_have_is_read_or_named() {
    let Some(folder) = kit::shared_data() else { return };
    let folder = folder.join("cases/records");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut checked = 0;
    let ours = |row: &&str| GROUPS.iter().any(|group| row.starts_with(group));
    for row in table.lines().skip(1).filter(ours) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [name, _, wanted, outside, inside, ..] = cells[..] else { panic!("{row}") };
        let wanted_counts = (outside.parse().unwrap(), inside.parse().unwrap());
        for exhaustive in [false, true] {
            let mut args = vec!["--identity", "all", "--hours", "Mon-Fri 09:00-17:00", "--tz", "UTC"];
            args.extend(["--keep", "sign-ins"]);
            args.extend(exhaustive.then_some("--exhaustive"));
            let mut by_path = program(&args);
            by_path.arg(folder.join(name));
            let bytes = std::fs::read(folder.join(name)).unwrap();
            for outcome in [run_command(by_path, b""), run(&args, &bytes)] {
                let said = outcome.stderr.clone();
                if wanted == "evaluate" {
                    let outcome = outcome.exits(0);
                    assert_eq!(counts(&outcome), wanted_counts, "{name} {args:?} {said}");
                } else if !outcome.stdout.is_empty() {
                    assert_eq!(wanted, "report or evaluate", "{name}");
                    assert_eq!(counts(&outcome.exits(0)), wanted_counts, "{name} {args:?} {said}");
                } else {
                    outcome.exits(1);
                    assert!(said.contains("a console sign-in"), "{name} {args:?} {said}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 70, "{checked} runs");
}
