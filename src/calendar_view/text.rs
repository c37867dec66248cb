//! A week or a month in characters: one row a day, one character a half hour.

use chrono::Datelike;

use crate::calendar_view::drawing::{Cell, Drawing, DrawnDay, Look, NoteKind, Period, hours_and_minutes};
use crate::sanitize::printable;

/// Terminal colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) colour: bool,
}

pub(super) const BOLD: &str = "1";
pub(super) const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const MAGENTA: &str = "35";
const CYAN: &str = "36";

impl Ink {
    /// Appends text in a colour (the parameter of SGR, ECMA-48 8.3.117).
    pub(super) fn put(self, out: &mut String, colour: &str, text: &str) {
        if !self.colour || colour.is_empty() || text.trim().is_empty() {
            return out.push_str(text);
        }
        out.extend(["\u{1b}[", colour, "m", text, "\u{1b}[0m"]);
    }
}

impl Look {
    fn glyph(self) -> char {
        match self {
            Look::Closed => '·',
            Look::Open => '█',
            Look::First => '▌',
            Look::Last => '▐',
            Look::Partly => '▪',
            Look::Twice => '▓',
            Look::ClosedTwice => '░',
            Look::Never => '╳',
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Look::Closed => DIM,
            Look::Open | Look::First | Look::Last | Look::Partly => GREEN,
            Look::Twice | Look::ClosedTwice | Look::Never => YELLOW,
        }
    }
}

pub(super) fn note_colour(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Closed => MAGENTA,
        NoteKind::Extra => CYAN,
        NoteKind::Clock => YELLOW,
    }
}

/// Columns before the cells.
const LABEL: usize = 16;

pub(super) fn rows(drawing: &Drawing, colour: bool) -> String {
    let ink = Ink { colour };
    let mut out = String::new();
    header(drawing, ink, &mut out);
    out.push_str(&" ".repeat(LABEL));
    let ruler: Vec<String> = (0..=24).step_by(3).map(|hour| format!("{hour:02}")).collect();
    ink.put(&mut out, DIM, &ruler.join("    "));
    out.push('\n');
    for (i, day) in drawing.days.iter().enumerate() {
        if drawing.period == Period::Month && i > 0 && day.date.weekday().num_days_from_monday() == 0 {
            out.push('\n');
        }
        row(day, ink, &mut out);
    }
    out.push('\n');
    ink.put(&mut out, DIM, &legend(drawing));
    out.push('\n');
    out
}

/// Two lines: what is drawn, and from which data.
pub(super) fn header(drawing: &Drawing, ink: Ink, out: &mut String) {
    ink.put(out, BOLD, &format!("{}: {}", printable(&drawing.name), printable(&drawing.hours)));
    out.push('\n');
    let what = format!("{}; {}, {}", printable(&drawing.sources()), drawing.span_in_words(), drawing.total());
    ink.put(out, DIM, &what);
    out.push_str("\n\n");
}

fn row(day: &DrawnDay, ink: Ink, out: &mut String) {
    ink.put(out, if day.is_weekend() { DIM } else { "" }, &day.label());
    out.push_str("  ");
    for run in day.cells.chunk_by(|a, b| a.look().colour() == b.look().colour()) {
        let glyphs: String = run.iter().map(|cell| cell.look().glyph()).collect();
        ink.put(out, run.first().map_or("", |cell| cell.look().colour()), &glyphs);
    }
    let total = hours_and_minutes(u64::from(day.open_seconds()));
    ink.put(out, if day.open_seconds() == 0 { DIM } else { "" }, &format!("{total:>7}"));
    for note in &day.notes {
        out.push_str("  ");
        ink.put(out, note_colour(note.kind), &note.text);
    }
    out.push('\n');
}

/// The signs that the drawing uses, with their meaning.
fn legend(drawing: &Drawing) -> String {
    let looks = |wanted: &[Look]| {
        let cells = || drawing.days.iter().flat_map(|day| &day.cells).map(|cell: &Cell| cell.look());
        wanted
            .iter()
            .filter(|wanted| cells().any(|look| look == **wanted))
            .map(|look| look.glyph())
            .collect::<String>()
    };
    let entries = [
        (&[Look::Open][..], "open"),
        (&[Look::First, Look::Last, Look::Partly], "open for a part of the half hour"),
        (&[Look::Closed], "closed"),
        (&[Look::Twice], "open, happens twice"),
        (&[Look::ClosedTwice], "closed, happens twice"),
        (&[Look::Never], "never happens"),
    ];
    let used = entries.iter().map(|(wanted, meaning)| (looks(wanted), meaning));
    used.filter(|(glyphs, _)| !glyphs.is_empty())
        .map(|(glyphs, meaning)| format!("{glyphs} {meaning}"))
        .collect::<Vec<_>>()
        .join("   ")
}
