//! A year in characters: twelve small months, three beside each other, and below them the days that are special.
//! Fits into 80 columns but for long names.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::calendar_view::drawing::{CELLS, Drawing, DrawnDay, NoteKind, hours_and_minutes, month};
use crate::calendar_view::notes::runs;
use crate::calendar_view::text::{BOLD, DIM, Ink, header, note_colour};
use crate::schedule::DayWindow;

/// Columns of a month: seven days of three.
const MONTH: usize = 21;
const GAP: &str = "   ";

pub(super) fn months(drawing: &Drawing, colour: bool) -> String {
    let ink = Ink { colour };
    let mut out = String::new();
    header(drawing, ink, &mut out);
    let usual = usual(drawing);
    let same_month = |a: &DrawnDay, b: &DrawnDay| a.date.month() == b.date.month();
    let months: Vec<&[DrawnDay]> = drawing.days.chunk_by(same_month).collect();
    for three in months.chunks(3) {
        for (i, days) in three.iter().enumerate() {
            let title =
                days.first().map_or(String::new(), |day| format!("{} {}", month(day.date), day.date.year()));
            out.push_str(if i == 0 { "" } else { GAP });
            ink.put(&mut out, BOLD, &format!("{title:<MONTH$}"));
        }
        end_line(&mut out);
        let names = "Mo Tu We Th Fr Sa Su ";
        ink.put(&mut out, DIM, &vec![names; three.len()].join(GAP));
        end_line(&mut out);
        let weeks: Vec<Vec<&[DrawnDay]>> = three.iter().map(|days| weeks(days)).collect();
        for line in 0..weeks.iter().map(Vec::len).max().unwrap_or(0) {
            for (i, weeks) in weeks.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { GAP });
                week(weeks.get(line).copied().unwrap_or_default(), &usual, ink, &mut out);
            }
            end_line(&mut out);
        }
        out.push('\n');
    }
    ink.put(&mut out, DIM, &legend(drawing, &usual));
    out.push('\n');
    specials(drawing, &usual, ink, &mut out);
    out
}

/// Never leaves blanks at the end of a line, where nobody sees them and every tool complains.
fn end_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

fn weeks(days: &[DrawnDay]) -> Vec<&[DrawnDay]> {
    days.chunk_by(|_, next| next.date.weekday() != Weekday::Mon).collect()
}

/// The days of one week, each under its name.
fn week(days: &[DrawnDay], usual: &Usual, ink: Ink, out: &mut String) {
    let first = days.first().map_or(7, |day| day.date.weekday().num_days_from_monday() as usize);
    out.push_str(&"   ".repeat(first));
    for day in days {
        let mark = mark(day, usual);
        let open = day.open_seconds() > 0;
        let colour = match mark {
            Some((_, Some(kind))) => note_colour(kind),
            Some((_, None)) => note_colour(NoteKind::Extra),
            None if open => "",
            None => DIM,
        };
        let sign = mark.map_or(' ', |(sign, _)| sign);
        let text =
            if open || mark.is_some() { format!("{:>2}{sign}", day.date.day()) } else { "·· ".to_owned() };
        ink.put(out, colour, &text);
    }
    out.push_str(&"   ".repeat(7 - (first + days.len()).min(7)));
}

/// The open seconds of every half hour, as most days of a weekday have them.
type Usual = HashMap<Weekday, [u32; CELLS]>;

fn pattern(day: &DrawnDay) -> [u32; CELLS] {
    day.cells.map(|cell| cell.open)
}

fn usual(drawing: &Drawing) -> Usual {
    let mut counts: HashMap<(Weekday, [u32; CELLS]), (usize, NaiveDate)> = HashMap::new();
    for day in &drawing.days {
        counts.entry((day.date.weekday(), pattern(day))).or_insert((0, day.date)).0 += 1;
    }
    // The most frequent, and of equals the one that came first: the same drawing every time.
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|&(_, (count, first))| (count, std::cmp::Reverse(first)));
    sorted.into_iter().map(|(key, _)| key).collect()
}

/// The sign of a special day, and what it is about.
fn mark(day: &DrawnDay, usual: &Usual) -> Option<(char, Option<NoteKind>)> {
    for (kind, sign) in [(NoteKind::Closed, '*'), (NoteKind::Extra, '+'), (NoteKind::Clock, '^')] {
        if day.notes.iter().any(|note| note.kind == kind) {
            return Some((sign, Some(kind)));
        }
    }
    (usual.get(&day.date.weekday()) != Some(&pattern(day))).then_some(('~', None))
}

fn legend(drawing: &Drawing, usual: &Usual) -> String {
    let meanings = [
        ('*', "* holiday or closed day"),
        ('+', "+ extra"),
        ('~', "~ other hours than usual"),
        ('^', "^ clock change"),
    ];
    let used = |sign| drawing.days.iter().any(|day| mark(day, usual).is_some_and(|(s, _)| s == sign));
    let signs = meanings.iter().filter(|(sign, _)| used(*sign)).map(|(_, meaning)| *meaning);
    std::iter::once("·· closed").chain(signs).collect::<Vec<_>>().join("   ")
}

/// The special days, one a line; of days in a row for the same reason the first one. Seasons make many days unusual: of a
/// weekday's same hours the first is named.
fn specials(drawing: &Drawing, usual: &Usual, ink: Ink, out: &mut String) {
    let mut before: HashMap<Weekday, [u32; CELLS]> = usual.clone();
    for run in runs(&drawing.days) {
        let [day, rest @ ..] = run else { continue };
        let as_before = before.insert(day.date.weekday(), pattern(day)) == Some(pattern(day));
        let (sign, kind) = match mark(day, usual) {
            None => continue,
            Some((_, None)) if as_before => continue,
            Some(mark) => mark,
        };
        let total = hours_and_minutes(u64::from(day.open_seconds()));
        out.push_str(&format!("{}{sign}{total:>7}", day.label()));
        if kind.is_none() {
            let windows: Vec<String> = day.windows.iter().map(DayWindow::to_string).collect();
            out.push_str("  ");
            out.push_str(&if windows.is_empty() { "closed".to_owned() } else { windows.join(",") });
        }
        for note in &day.notes {
            out.push_str("  ");
            ink.put(out, note_colour(note.kind), &note.text);
        }
        if let Some(last) = rest.last() {
            out.push_str(&format!(", to {}", last.label()));
        }
        out.push('\n');
    }
}
