//! Random hours in the grammar that other evaluators of OpenStreetMap's `opening_hours` share, and
//! random moments. The generator is seeded, so a failure can be reproduced.
//!
//! Left out, because the others read it differently or not at all: blanks after the commas of a
//! list of weekdays, days without times, comments, public and school holidays, the sun's times,
//! open ends (`09:00+`), years before months (`2026 Jun-Aug`), and an nth weekday after a month
//! (`Dec Su[1]`).

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// The first year of the random moments.
const FIRST: i32 = 2024;
/// The year after the last one.
const AFTER: i32 = 2031;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A generator of random numbers (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) % u64::from(limit)) as u32
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    fn of<'a>(&mut self, names: &[&'a str]) -> &'a str {
        names[self.below(names.len() as u32) as usize]
    }
}

/// Rules, each of some days with the windows that begin on them.
pub(crate) struct Expression {
    rules: Vec<Rule>,
}

struct Rule {
    /// After a `, `: its windows are added to those of earlier rules. After a `; ` they replace them.
    adds: bool,
    days: String,
    /// Minutes from midnight. None at all is `off`.
    windows: Vec<(u32, u32)>,
}

const DAY: u32 = 24 * 60;

impl Expression {
    pub(crate) fn random(random: &mut Random) -> Self {
        let count = 1 + random.below(4);
        let mut rules = vec![];
        for number in 0..count {
            let first = number == 0;
            let off = !first && random.one_in(3);
            let adds = !first && !off && random.one_in(2);
            let windows = if off { vec![] } else { windows(random) };
            let days = if first && random.one_in(6) { String::new() } else { days(random) };
            rules.push(Rule { adds, days, windows });
        }
        Self { rules }
    }

    pub(crate) fn text(&self) -> String {
        joined(self.rules.iter().map(|rule| (rule.adds, rule.days.as_str(), rule.windows.clone())))
    }

    /// Whether a window runs past midnight and a rule after a `; ` could cut it there.
    ///
    /// Here afterhours differs from the specification on purpose. By the specification, a later
    /// rule for a day takes all of that day, including the early hours into which the window of the
    /// evening before runs. In afterhours a window belongs to the day on which it begins, and only
    /// rules for that day replace or close it.
    pub(crate) fn replaces_nights(&self) -> bool {
        self.rules.iter().flat_map(|rule| &rule.windows).any(|window| window.1 > DAY)
            && self.rules.iter().skip(1).any(|rule| !rule.adds)
    }

    /// The meaning of afterhours in terms of the specification, as two expressions without a window
    /// past midnight. The first holds the part of each window on the day it begins on. The second
    /// holds the rest, on that day as well: it is evaluated one day earlier.
    pub(crate) fn halves(&self) -> (String, String) {
        let heads = self.rules.iter().map(|rule| {
            let windows = rule.windows.iter().map(|window| (window.0, window.1.min(DAY))).collect();
            (rule.adds, rule.days.as_str(), windows)
        });
        let tails = self.rules.iter().filter_map(|rule| {
            let over = rule.windows.iter().filter(|window| window.1 > DAY);
            let windows: Vec<_> = over.map(|window| (0, window.1 - DAY)).collect();
            let nothing = rule.adds && windows.is_empty(); // adds nothing; without `adds` it closes
            (!nothing).then_some((rule.adds, rule.days.as_str(), windows))
        });
        (joined(heads), joined(tails))
    }

    /// Moments in Unix seconds, on whole minutes: some random, some at the ends of windows.
    pub(crate) fn moments(&self, random: &mut Random, count: usize) -> Vec<i64> {
        let begin = date(FIRST, 1, 1);
        let days = date(AFTER, 1, 1).signed_duration_since(begin).num_days() as u32;
        let midnight = begin.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let edges: Vec<u32> =
            self.rules.iter().flat_map(|rule| &rule.windows).flat_map(|w| [w.0, w.1]).collect();
        let moment = |_| {
            let minute = match edges.as_slice() {
                edges if !edges.is_empty() && random.one_in(2) => {
                    let edge = edges[random.below(edges.len() as u32) as usize];
                    (edge + DAY - random.below(2)) % DAY
                }
                _ => random.below(DAY),
            };
            midnight + i64::from(random.below(days)) * 86_400 + i64::from(minute) * 60
        };
        (0..count).map(moment).collect()
    }
}

/// The wall clock of a moment in UTC.
pub(crate) fn wall(unix_seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(unix_seconds, 0).unwrap().naive_utc()
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn joined<'a>(rules: impl Iterator<Item = (bool, &'a str, Vec<(u32, u32)>)>) -> String {
    let mut text = String::new();
    for (adds, days, windows) in rules {
        if !text.is_empty() {
            text += if adds { ", " } else { "; " };
        }
        if !days.is_empty() {
            text += days;
            text.push(' ');
        }
        if windows.is_empty() {
            text += "off";
        }
        for (i, (start, end)) in windows.iter().enumerate() {
            // 22:00-06:00 is the usual spelling, 22:00-30:00 another.
            let end = if *end > DAY && end - DAY < *start && end % 2 == 0 { end - DAY } else { *end };
            let comma = if i == 0 { "" } else { "," };
            text += &format!("{comma}{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60);
        }
    }
    text
}

fn windows(random: &mut Random) -> Vec<(u32, u32)> {
    if random.one_in(20) {
        return vec![(0, DAY)];
    }
    let mut windows = vec![];
    let mut at = 0;
    for _ in 0..=random.below(3) {
        let start = at + random.below(10 * 60);
        let end = start + 1 + random.below(9 * 60);
        if end >= DAY {
            break;
        }
        windows.push((start, end));
        at = end + random.below(90);
    }
    if at < DAY && (windows.is_empty() || random.one_in(4)) {
        let start = at + random.below(DAY - at);
        // To midnight, or into the next day up to the start of the first window at most.
        let room = windows.first().map_or(start, |first| first.0);
        let over = if random.one_in(3) { 0 } else { random.below(room + 1) };
        windows.push((start, DAY + over));
    }
    windows
}

fn days(random: &mut Random) -> String {
    let wide = match random.below(12) {
        0 | 1 => months(random),
        2 | 3 => dates(random),
        4 => format!("week {}", weeks(random)),
        5 => match random.below(3) {
            0 => format!("{} week {}", months(random), weeks(random)),
            1 => (FIRST + random.below(7) as i32).to_string(),
            _ => easter(random),
        },
        _ => String::new(),
    };
    match wide {
        wide if wide.is_empty() => weekdays(random, true),
        // Others read `Dec Su[1]` as a date whose own month counts if it is shifted; afterhours
        // reads it as December and a Sunday.
        wide if random.one_in(2) => {
            let month = MONTHS.iter().any(|month| wide.ends_with(month));
            format!("{wide} {}", weekdays(random, !month))
        }
        wide => wide,
    }
}

fn weekdays(random: &mut Random, nth: bool) -> String {
    let one = |random: &mut Random| {
        let day = random.of(&DAYS);
        match random.below(if nth { 10 } else { 7 }) {
            0..=3 => day.to_owned(),
            // May go around the week's end.
            4..=6 => {
                format!("{day}-{}", random.of(&DAYS.into_iter().filter(|d| *d != day).collect::<Vec<_>>()))
            }
            _ => {
                let nth = random.of(&["1", "2", "4", "5", "-1", "-2", "1,3", "2,-1", "1-3"]);
                let shift = if nth.len() == 1 && random.one_in(4) {
                    random.of(&[" +1 day", " -1 day", " +2 days", " -3 days"])
                } else {
                    ""
                };
                format!("{day}[{nth}]{shift}")
            }
        }
    };
    let count = 1 + random.below(3);
    (0..count).map(|_| one(random)).collect::<Vec<_>>().join(",")
}

fn months(random: &mut Random) -> String {
    let (from, to) = (random.of(&MONTHS), random.of(&MONTHS));
    match random.below(3) {
        0 => from.to_owned(),
        1 if from != to => format!("{from},{to}"),
        _ if from != to => format!("{from}-{to}"), // may go around the year's end
        _ => from.to_owned(),
    }
}

fn dates(random: &mut Random) -> String {
    let point = |random: &mut Random| {
        let month = random.below(12);
        let last = LENGTHS[month as usize];
        // Errors are most likely around the end of a month.
        let day = match random.below(4) {
            0 => 1,
            1 => last,
            _ => 1 + random.below(last),
        };
        (month, day)
    };
    let named = |(month, day): (u32, u32)| format!("{} {day:02}", MONTHS[month as usize]);
    let leap = |point: (u32, u32)| point == (1, 29);
    let (from, mut to) = (point(random), point(random));
    // Some evaluators read a span of a whole year as no day at all.
    let number = |(month, day): (u32, u32)| LENGTHS[..month as usize].iter().sum::<u32>() + day;
    if (number(from) + 366 - number(to)) % 366 <= 2 {
        to = from;
    }
    let year = FIRST + random.below(7) as i32;
    match random.below(6) {
        0 => named(from),
        1 if from != to => format!("{}-{}", named(from), named(to)), // may go around the year's end
        2 if from.1 < LENGTHS[from.0 as usize] && !leap((from.0, LENGTHS[from.0 as usize])) => {
            format!("{}-{:02}", named(from), LENGTHS[from.0 as usize])
        }
        3 if !leap(from) => format!("{year} {}", named(from)),
        4 if !leap(from) && !leap(to) => format!("{year} {}-{} {}", named(from), year + 1, named(to)),
        _ => format!("{},{}", named(from), named(to)),
    }
}

fn easter(random: &mut Random) -> String {
    random
        .of(&[
            "easter",
            "easter -2 days",
            "easter +1 day",
            "easter +39 days",
            "easter -2 days-easter +1 day",
            "easter -46 days-easter",
            "easter +49 days-easter +50 days",
        ])
        .to_owned()
}

fn weeks(random: &mut Random) -> String {
    let from = 1 + random.below(52);
    let to = from + 1 + random.below(53 - from);
    match random.below(5) {
        0 => format!("{from:02}"),
        1 => "01-53/2".to_owned(),
        2 => "02-52/2".to_owned(),
        3 if to - from > 3 => format!("{from:02}-{to:02}/{}", 2 + random.below(2)),
        _ => format!("{from:02}-{to:02}"),
    }
}
