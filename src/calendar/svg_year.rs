//! A year as a picture: a column a day, time of day downwards. Weekends and holidays stand out as gaps, and a change of the
//! clock as a notch.

use chrono::Datelike;

use super::svg::{Page, heading, legend, note_class, width_of};
use super::{CELLS, Drawing, DrawnDay, Look, month, weekday};

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
            let mut y = TOP;
            for run in day.cells.chunk_by(|a, b| a.look() == b.look()) {
                let look = run.first().map_or(Look::Closed, |cell| cell.look());
                if look.fill() == wanted.fill() {
                    let (from, part) = look.part();
                    let height = if part == 6 { run.len() * CELL } else { part };
                    path.push_str(&format!("M{} {}h{DAY}v{height}h-{DAY}z", left + i * DAY, y + from));
                }
                y += run.len() * CELL;
            }
        }
        if let Some(fill) = wanted.fill().filter(|_| !path.is_empty()) {
            page.put(format_args!("<path {fill} shape-rendering=\"crispEdges\" d=\"{path}\"/>"));
        }
    }
}

/// The days with remarks, in columns read downwards. Says how wide they are, and how many lines.
fn specials(drawing: &Drawing, page: &mut Page, (left, top): (usize, usize), room: usize) -> (usize, usize) {
    let days: Vec<&DrawnDay> = drawing.days.iter().filter(|day| !day.notes.is_empty()).collect();
    let texts = |day: &DrawnDay| day.notes.iter().map(|note| width_of(&note.text) + 12).sum::<usize>();
    let pitch = 96 + days.iter().map(|day| texts(day)).max().unwrap_or(0);
    let columns = (room / pitch).clamp(1, 4);
    let lines = days.len().div_ceil(columns).max(1);
    for (i, day) in days.iter().enumerate() {
        let (x, y) = (left + i / lines * pitch, top + i % lines * LINE);
        page.text(
            (x, y),
            "soft",
            "start",
            &format!("{} {:02}-{:02}", weekday(day.date), day.date.month(), day.date.day()),
        );
        let mut x = x + 80;
        for note in &day.notes {
            page.text((x, y), note_class(note.kind), "start", &note.text);
            x += width_of(&note.text) + 12;
        }
    }
    (pitch * columns.min(days.len()), lines)
}
