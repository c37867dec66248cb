//! A week or a month as a picture: one bar a day. Knows SVG 1.1 and nothing outside of it: no font, script or image is fetched.
//!
//! Colours are classes, so that one media query turns the whole picture dark; the background is drawn too, so that it is
//! legible wherever it is put. Where the query is not understood it stays light.

use std::fmt::Write;

use crate::calendar_view::drawing::{CELLS, Drawing, DrawnDay, Look, NoteKind, Period, hours_and_minutes};
use crate::sanitize::printable;

/// Fills of light and dark pages; contrast of the texts is above 4.5:1 (WCAG 2.2, 1.4.3).
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:13px;fill:#1f2328}
.page{fill:#ffffff}.name{font-size:18px;font-weight:600}.soft{fill:#59636e}.small{font-size:11px}
.track{fill:#eaeef2}.grid{stroke:#d1d9e0;stroke-width:1}.open{fill:#2da44e}.twice{fill:#bf8700}.never{fill:#818b98}
.closed{fill:#8250df}.extra{fill:#0969da}.clock{fill:#8a5a00}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.page{fill:#0d1117}.soft{fill:#9198a1}
.track{fill:#21262d}.grid{stroke:#30363d}.open{fill:#3fb950}.twice{fill:#d29922}.never{fill:#656c76}
.closed{fill:#d2a8ff}.extra{fill:#79c0ff}.clock{fill:#e3b341}}
";

/// Stripes for what happens twice, crosses for what never happens: distinct without colors.
const PATTERNS: &str = "\
<pattern id=\"twice\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"open\" width=\"6\" height=\"6\"/><rect class=\"twice\" width=\"3\" height=\"6\"/></pattern>
<pattern id=\"closed-twice\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"track\" width=\"6\" height=\"6\"/><rect class=\"twice\" width=\"3\" height=\"6\"/></pattern>
<pattern id=\"never\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"page\" width=\"8\" height=\"8\"/>\
<path class=\"never\" d=\"M0 0h1.6l6.4 6.4v1.6h-1.6l-6.4 -6.4zM8 0v1.6l-6.4 6.4h-1.6v-1.6l6.4 -6.4z\"/></pattern>
";

/// A picture in the making.
pub(super) struct Page {
    body: String,
}

impl Page {
    pub(super) fn new() -> Self {
        Page { body: String::new() }
    }

    /// Appends an element.
    pub(super) fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // A String takes whatever is written to it.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    /// Text at a place, escaped. `classes` and `anchor` are ours, never the user's.
    pub(super) fn text(&mut self, (x, y): (usize, usize), classes: &str, anchor: &str, text: &str) {
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{classes}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        ));
    }

    /// The whole document.
    pub(super) fn finish(self, drawing: &Drawing, width: usize, height: usize) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n\
             <style>{STYLE}</style>\n<defs>\n{PATTERNS}</defs>\n\
             <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n{}</svg>\n",
            escaped(&title(drawing)),
            escaped(&description(drawing)),
            self.body
        )
    }
}

/// Characters that mean something in XML are spelled out; those it does not allow are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

fn title(drawing: &Drawing) -> String {
    format!("{}: {}", drawing.name, drawing.hours)
}

/// What a reader who does not see the picture would want to know.
fn description(drawing: &Drawing) -> String {
    let mut text = format!("{}; {}; {}.", drawing.span_in_words(), drawing.sources(), drawing.total());
    for day in drawing.days.iter().filter(|day| !day.notes.is_empty()) {
        let notes: Vec<&str> = day.notes.iter().map(|note| note.text.as_str()).collect();
        text.push_str(&format!(" {}: {}.", day.label(), notes.join(", ")));
    }
    text
}

impl Look {
    /// What a rectangle of this look is filled with; `None` where the track shows.
    pub(super) fn fill(self) -> Option<&'static str> {
        match self {
            Look::Closed => None,
            Look::Open | Look::First | Look::Last | Look::Partly => Some("class=\"open\""),
            Look::Twice => Some("fill=\"url(#twice)\""),
            Look::ClosedTwice => Some("fill=\"url(#closed-twice)\""),
            Look::Never => Some("fill=\"url(#never)\""),
        }
    }
}

/// A filled stretch of a day: from, to (in fives of minutes from midnight) and the fill.
pub(super) type Stretch = (usize, usize, &'static str);

/// Fives of minutes in a cell: what is drawn is as exact as most people write.
pub(super) const FIVES: usize = 6;

/// What is drawn of a day. Never overlapping, and never two of one fill beside each other.
pub(super) fn stretches(day: &DrawnDay) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (i, cell) in day.cells.iter().enumerate() {
        let look = cell.look();
        let Some(fill) = look.fill() else { continue };
        let fives = (cell.open as usize).div_ceil(300).clamp(1, FIVES);
        let (from, to) = match look {
            Look::First => (0, fives),
            Look::Last => (FIVES - fives, FIVES),
            Look::Partly => ((FIVES - fives) / 2, (FIVES + fives) / 2),
            _ => (0, FIVES),
        };
        let (from, to) = (i * FIVES + from, i * FIVES + to);
        match stretches.last_mut() {
            Some(last) if last.1 == from && last.2 == fill => last.1 = to,
            _ => stretches.push((from, to, fill)),
        }
    }
    stretches
}

pub(super) fn note_class(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Closed => "closed",
        NoteKind::Extra => "extra",
        NoteKind::Clock => "clock",
    }
}

/// The title and the line under it.
pub(super) fn heading(drawing: &Drawing, page: &mut Page, left: usize) {
    page.text((left, 34), "name", "start", &title(drawing));
    let under = format!("{}  ·  {}  ·  {}", drawing.span_in_words(), drawing.total(), drawing.sources());
    page.text((left, 56), "soft", "start", &under);
}

/// Pixels that a text of 13 px needs, roughly and rather too many.
pub(super) fn width_of(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 7 } else { 13 }).sum()
}

const LEFT: usize = 24;
const LABEL: usize = 122;
const CELL: usize = 14;
const TOP: usize = 98;
/// To the right edge of the totals.
const TOTALS: usize = LEFT + LABEL + CELLS * CELL + 62;

pub(super) fn rows(drawing: &Drawing) -> String {
    let (pitch, bar) = if drawing.period == Period::Week { (30, 22) } else { (22, 16) };
    let bars = LEFT + LABEL;
    let mut page = Page::new();
    heading(drawing, &mut page, LEFT);
    let mut y = TOP;
    let mut tops = Vec::new();
    for (i, day) in drawing.days.iter().enumerate() {
        if i > 0 && drawing.period == Period::Month && day.label().starts_with("Mon") {
            y += 8;
        }
        tops.push(y);
        y += pitch;
    }
    for (hour, x) in (0..=24).step_by(3).map(|hour| (hour, bars + hour * 2 * CELL)) {
        page.text((x, TOP - 10), "soft small", "middle", &format!("{hour:02}"));
        page.put(format_args!("<path class=\"grid\" d=\"M{x}.5 {}V{}\"/>", TOP - 5, y - (pitch - bar) + 4));
    }
    for (day, &top) in drawing.days.iter().zip(&tops) {
        day_bar(day, &mut page, (bars, top), bar);
        let baseline = top + bar / 2 + 5;
        page.text((LEFT, baseline), if day.is_weekend() { "soft" } else { "" }, "start", &day.label());
        let total = hours_and_minutes(u64::from(day.open_seconds()));
        page.text((TOTALS, baseline), if day.open_seconds() == 0 { "soft" } else { "" }, "end", &total);
        let mut x = TOTALS + 18;
        for note in &day.notes {
            page.text((x, baseline), note_class(note.kind), "start", &note.text);
            x += width_of(&note.text) + 16;
        }
    }
    legend(drawing, &mut page, (bars, y + 12));
    let notes =
        drawing.days.iter().map(|day| day.notes.iter().map(|note| width_of(&note.text) + 18).sum::<usize>());
    let width = (TOTALS + notes.max().unwrap_or(0)).max(LEFT + width_of(&title(drawing)) * 4 / 3) + LEFT;
    page.finish(drawing, width, y + 44)
}

fn day_bar(day: &DrawnDay, page: &mut Page, (left, top): (usize, usize), height: usize) {
    page.put(format_args!(
        "<rect class=\"track\" x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{height}\" rx=\"3\"/>",
        CELLS * CELL
    ));
    for (from, to, fill) in stretches(day) {
        let (x, width) =
            (left + from * CELL / FIVES, (to * CELL / FIVES).saturating_sub(from * CELL / FIVES));
        page.put(format_args!(
            "<rect {fill} x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"2\"/>"
        ));
    }
}

/// The meaning of the fills that are used.
pub(super) fn legend(drawing: &Drawing, page: &mut Page, (mut x, y): (usize, usize)) {
    let used =
        |wanted: Look| drawing.days.iter().flat_map(|day| &day.cells).any(|cell| cell.look() == wanted);
    let entries = [
        (Look::Open, "open"),
        (Look::Closed, "closed"),
        (Look::Twice, "open, happens twice"),
        (Look::ClosedTwice, "closed, happens twice"),
        (Look::Never, "never happens"),
    ];
    for (look, meaning) in entries.into_iter().filter(|(look, _)| used(*look)) {
        let fill = look.fill().unwrap_or("class=\"track\"");
        page.put(format_args!("<rect {fill} x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" rx=\"2\"/>"));
        page.text((x + 20, y + 11), "soft small", "start", meaning);
        x += 20 + width_of(meaning) + 14;
    }
}
