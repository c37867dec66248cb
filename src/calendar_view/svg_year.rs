//! A year as a picture: a column a day, time of day downwards. Weekends and holidays stand out as gaps, and a change of the
//! clock as a notch.

use chrono::Datelike;

use crate::calendar_view::drawing::Note;
use crate::calendar_view::drawing::{CELLS, Drawing, Look, month, weekday};
use crate::calendar_view::notes::runs;
use crate::calendar_view::svg::{FIVES, Page, heading, legend, note_class, stretches, width_of};

const LEFT: usize = 24;
const AXIS: usize = 34;
const TOP: usize = 104;
/// Pixels of a day, and of a half hour.
const DAY: usize = 3;
const CELL: usize = 6;
const LINE: usize = 20;

pub(super) fn carpet(drawing: &Drawing) -> String {
    let mut page = Page::new();
    heading(drawing, &mut page, LEFT);
    let left = LEFT + AXIS;
    let (right, bottom) = (left + drawing.days.len() * DAY, TOP + CELLS * CELL);
    page.put(format_args!(
        "<rect class=\"track\" x=\"{left}\" y=\"{TOP}\" width=\"{}\" height=\"{}\"/>",
        right - left,
        bottom - TOP
    ));
    cells(drawing, &mut page, left);
    for hour in (0..=24).step_by(3) {
        let y = TOP + hour * 2 * CELL;
        page.text((left - 8, y + 4), "soft small", "end", &format!("{hour:02}"));
        page.put(format_args!("<path class=\"grid\" opacity=\".5\" d=\"M{left} {y}.5H{right}\"/>"));
    }
    for (i, day) in drawing.days.iter().enumerate() {
        let x = left + i * DAY;
        if day.date.day() == 1 {
            page.put(format_args!("<path class=\"grid\" d=\"M{x}.5 {}V{}\"/>", TOP - 18, bottom + 8));
            page.text((x + 5, TOP - 8), "small", "start", &month(day.date)[..3]);
        }
        for (row, note) in day.notes.iter().enumerate() {
            // A tick below the day, to find it by.
            page.put(format_args!(
                "<rect class=\"{}\" x=\"{x}\" y=\"{}\" width=\"{DAY}\" height=\"6\"/>",
                note_class(note.kind),
                bottom + 3 + row * 7
            ));
        }
    }
    legend(drawing, &mut page, (left, bottom + 26));
    let (width, lines) = specials(drawing, &mut page, (left, bottom + 72), right - left);
    page.finish(drawing, (left + width).max(right) + LEFT, bottom + 72 + lines * LINE)
}

/// One path for every fill: a rectangle for each run of half hours of a day.
fn cells(drawing: &Drawing, page: &mut Page, left: usize) {
    for wanted in [Look::Open, Look::Twice, Look::ClosedTwice, Look::Never] {
        let mut path = String::new();
        for (i, day) in drawing.days.iter().enumerate() {
            for (from, to, _) in stretches(day).into_iter().filter(|stretch| wanted.fill() == Some(stretch.2))
            {
                let (x, y) = (left + i * DAY, TOP + from * CELL / FIVES);
                path.push_str(&format!("M{x} {y}h{DAY}v{}h-{DAY}z", (to - from) * CELL / FIVES));
            }
        }
        if let Some(fill) = wanted.fill().filter(|_| !path.is_empty()) {
            page.put(format_args!("<path {fill} shape-rendering=\"crispEdges\" d=\"{path}\"/>"));
        }
    }
}

/// The days with remarks, in columns read downwards. Says how wide they are, and how many lines.
fn specials(drawing: &Drawing, page: &mut Page, (left, top): (usize, usize), room: usize) -> (usize, usize) {
    let mut entries: Vec<(String, Vec<Note>)> = Vec::new();
    for run in runs(&drawing.days) {
        let [first, rest @ ..] = run else { continue };
        if first.notes.is_empty() {
            continue;
        }
        let mut notes = first.notes.clone();
        if let (Some(last), Some(note)) = (rest.last(), notes.last_mut()) {
            note.text.push_str(&format!(", to {:02}-{:02}", last.date.month(), last.date.day()));
        }
        let date = first.date;
        entries.push((format!("{} {:02}-{:02}", weekday(date), date.month(), date.day()), notes));
    }
    let texts = |notes: &[Note]| notes.iter().map(|note| width_of(&note.text) + 12).sum::<usize>();
    let pitch = 96 + entries.iter().map(|(_, notes)| texts(notes)).max().unwrap_or(0);
    let columns = (room / pitch).clamp(1, 4);
    let lines = entries.len().div_ceil(columns).max(1);
    for (i, (label, notes)) in entries.iter().enumerate() {
        let (mut x, y) = (left + i / lines * pitch, top + i % lines * LINE);
        page.text((x, y), "soft", "start", label);
        x += 80;
        for note in notes {
            page.text((x, y), note_class(note.kind), "start", &note.text);
            x += width_of(&note.text) + 12;
        }
    }
    (pitch * columns.min(entries.len()), lines)
}
