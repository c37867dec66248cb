//! Verdicts compared with those of the crate `opening-hours`, which reads the same grammar: random
//! hours at random minutes of 2024 to 2030, by the wall clock alone, without a zone.
//!
//! Where a rule after a `;` could cut a window of the evening before, the two differ on purpose
//! ([`Expression::replaces_nights`]). There the crate evaluates each half of the windows by itself,
//! which expresses the meaning of afterhours, and the test counts how often the whole would have
//! differed.

use crate::expression::{Expression, Random, wall};
use afterhours::schedule::{Hours, Schedule};
use afterhours::time_zone::Zone;
use chrono::Days;
use opening_hours::OpeningHours;

const EXPRESSIONS: u64 = 4_000;
const MOMENTS: usize = 60;

fn theirs(text: &str) -> OpeningHours {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn verdicts_match_the_opening_hours_crate() {
    let (mut alike, mut halved, mut open, mut cut) = (0, 0, 0, 0);
    let mut wrong = vec![];
    for seed in 0..EXPRESSIONS {
        let mut random = Random::new(seed);
        let expression = Expression::random(&mut random);
        let text = expression.text();
        let hours = Hours::parse(&text).unwrap_or_else(|e| panic!("{text}:\n{e}")).hours;
        let canonical = hours.to_string();
        let ours = Schedule::new("test", hours, Zone::utc()).unwrap();
        let (whole, printed) = (theirs(&text), theirs(&canonical));
        let halves = expression.replaces_nights().then(|| expression.halves());
        let halves = halves.as_ref().map(|(heads, tails)| (theirs(heads), theirs(tails)));
        for t in expression.moments(&mut random, MOMENTS) {
            let wall = wall(t);
            let inside = ours.at(t).is_inside();
            open += u32::from(inside);
            let messages = whole.is_open(wall);
            if printed.is_open(wall) != messages {
                wrong.push(format!("{text} printed as {canonical} at {wall}: before {messages}"));
                break;
            }
            let expected = match &halves {
                None => messages,
                Some((heads, tails)) => heads.is_open(wall) || tails.is_open(wall - Days::new(1)),
            };
            let counted = if halves.is_some() { &mut halved } else { &mut alike };
            *counted += 1;
            cut += u32::from(messages != expected);
            if inside != expected {
                wrong.push(format!("{text} at {wall}: theirs {expected}"));
                break;
            }
        }
    }
    println!(
        "{EXPRESSIONS} expressions: {alike} verdicts compared as they are, {halved} by halves \
         (of which {cut} differ as a whole); {open} were open"
    );
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    assert!(alike > 100_000 && halved > 20_000 && cut > 0 && open > 20_000);
}
