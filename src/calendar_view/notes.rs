//! What is worth saying beside a day: what closes it, what is open besides, when the clock is set.

use chrono::NaiveDate;

use crate::calendar_view::drawing::{DAY, DrawnDay, Note, NoteKind, midnight};
use crate::sanitize::truncated;
use crate::schedule::{Day, Reason};
use crate::time_zone::Zone;

/// No holiday's name is longer than this; one that is has no business beside a picture.
const LONGEST: usize = 100;

pub(super) fn of_plan(day: &Day<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(text) = closed(day) {
        notes.push(Note { kind: NoteKind::Closed, text });
    }
    let extra: Vec<String> =
        day.windows.iter().filter(|w| w.reason == Reason::ExtraWindow).map(|w| w.to_string()).collect();
    if !extra.is_empty() {
        notes.push(Note { kind: NoteKind::Extra, text: format!("extra {}", extra.join(",")) });
    }
    notes
}

fn closed(day: &Day<'_>) -> Option<String> {
    match (day.outside.cause, day.place) {
        (Some(cause), Some(place)) => {
            Some(format!("{} ({})", truncated(cause, LONGEST), truncated(place, LONGEST)))
        }
        (Some(cause), None) => Some(truncated(cause, LONGEST)),
        (None, _) => day.shut.then(|| "closed".to_owned()),
    }
}

/// Adds the changes of the clock to the days on which times are skipped or come twice.
pub(super) fn add_changes(zone: &Zone, first: NaiveDate, days: &mut [DrawnDay]) {
    let origin = midnight(first);
    let end = origin + days.len() as i64 * DAY + 2 * DAY;
    let mut at = origin - 2 * DAY;
    while let Some(change) = zone.next_change(at).filter(|&change| change < end) {
        at = change;
        let (old, new) = (i64::from(zone.offset_at(change - 1)), i64::from(zone.offset_at(change)));
        // From the first day's midnight, on the wall clock.
        let (before, after) = (change + old - origin, change + new - origin);
        let lowest = before.min(after);
        if before == after || lowest < 0 {
            continue;
        }
        let index = lowest / DAY;
        let reading = before - index * DAY;
        let Some(day) = days.get_mut(index as usize) else { continue };
        let (direction, distance) =
            if after > before { ("forward", after - before) } else { ("back", before - after) };
        let mut text = format!("clock {direction} {} at {}", duration(distance), clock(reading));
        if day.cells.iter().all(|cell| cell.shown == 0) {
            text.insert_str(0, "never happens: ");
        }
        day.notes.push(Note { kind: NoteKind::Clock, text });
    }
}

/// The days, those in a row that are closed for the same reason as one run.
pub(super) fn runs(days: &[DrawnDay]) -> impl Iterator<Item = &[DrawnDay]> {
    let closed = |day: &DrawnDay| matches!(day.notes.as_slice(), [note] if note.kind == NoteKind::Closed);
    days.chunk_by(move |a, b| closed(a) && a.notes == b.notes)
}

fn duration(seconds: i64) -> String {
    match seconds {
        DAY => "24 h".to_owned(),
        _ if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn clock(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match seconds % 60 {
        0 => format!("{hours:02}:{minutes:02}"),
        rest => format!("{hours:02}:{minutes:02}:{rest:02}"),
    }
}
