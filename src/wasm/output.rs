//! Makes one JSON object of what was found in a record. Knows nothing of hours. Whatever was found, what comes out is JSON.

use std::borrow::Cow;
use std::io;

use crate::envelope::Unrecognized;
use crate::filter::{Alert, Event, Formatter, Sink, Unreadable};
use crate::json::Cursor;
use crate::rules::Severity;
use crate::schedule::Reason;
use crate::tag;
use crate::tag::{TagName, put_string};
use crate::wasm::host::HostEnv;

/// What goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Sign-ins outside hours, and doubt.
    AfterHours,
    /// Everything; sign-ins tagged.
    All,
}

/// How grave a tag is: outside before undecided before inside, then by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Inside,
    Undecided,
    Outside(Severity),
}

/// So many places of sign-ins that are in no record are reported.
const MOST_PLACES: usize = 16;
/// A buffer that is larger is given back after use.
const KEPT: usize = 1 << 20;

/// What was found in a record, as the lines that the program would write. The buffers are used again for the next record.
pub(super) struct Collected<S> {
    host: S,
    name: TagName,
    /// Why nothing can be evaluated.
    broken: Option<String>,
    mode: Mode,
    record_length: usize,
    record_number: u64,
    lines: Vec<u8>,
    count: usize,
    /// A line stands for the whole record, and not for a part of it.
    whole: bool,
    gravest: Option<Rank>,
    /// The tag of the gravest line.
    tag: Vec<u8>,
    answer: Vec<u8>,
    /// Schedules that were reported to lack holidays.
    without_holidays: Vec<String>,
    /// Where sign-ins that are in no record were seen.
    unrecognized: Vec<Unrecognized>,
}

impl<S: HostEnv> Collected<S> {
    pub(super) fn new(host: S, name: TagName, broken: Option<String>) -> Self {
        Collected {
            host,
            name,
            broken,
            mode: Mode::All,
            record_length: 0,
            record_number: 0,
            lines: Vec::new(),
            count: 0,
            whole: false,
            gravest: None,
            tag: Vec::new(),
            answer: Vec::new(),
            without_holidays: Vec::new(),
            unrecognized: Vec::new(),
        }
    }

    /// Forgets the record before.
    pub(super) fn begin(&mut self, record_length: usize, mode: Mode, record_number: u64) {
        for buffer in [&mut self.lines, &mut self.tag, &mut self.answer] {
            buffer.clear();
            buffer.shrink_to(KEPT);
        }
        (self.record_length, self.mode, self.record_number) = (record_length, mode, record_number);
        (self.count, self.whole, self.gravest) = (0, false, None);
    }

    /// Counts a line that was written, and keeps its tag if none was graver.
    fn found(&mut self, length: usize, rank: Rank, write: impl FnOnce(&mut Vec<u8>)) {
        self.count += 1;
        // A part of a record is shorter than the record.
        self.whole |= length == self.record_length;
        if self.gravest.is_none_or(|gravest| gravest < rank) {
            self.gravest = Some(rank);
            self.tag.clear();
            write(&mut self.tag);
        }
    }

    /// The object that answers the record, ending with a NUL; nothing if nothing was found.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn answer(&mut self, record: &[u8]) -> Option<&[u8]> {
        let one = match (self.count, self.mode) {
            (0, _) => return None,
            (1, Mode::AfterHours) => true,
            (_, Mode::AfterHours) => false,
            (_, Mode::All) => self.whole,
        };
        let Collected { name, lines, tag, answer, .. } = self;
        let on_top = |object: &[u8], answer: &mut Vec<u8>| {
            answer.clear();
            tag::splice(name, object, |out| out.extend_from_slice(tag), answer);
        };
        let in_text = |text: &[u8], answer: &mut Vec<u8>| {
            // As Fluent Bit carries text that it does not understand.
            let mut object = b"{\"log\":".to_vec();
            put_string(&String::from_utf8_lossy(text), &mut object);
            object.push(b'}');
            on_top(&object, answer);
        };
        if one {
            std::mem::swap(lines, answer);
        } else if self.mode == Mode::AfterHours {
            let mut object = b"{\"Records\":[".to_vec();
            // Inside a line there are no line breaks.
            let each = lines.strip_suffix(b"\n").unwrap_or(lines).iter();
            object.extend(each.map(|&b| if b == b'\n' { b',' } else { b }));
            object.extend_from_slice(b"]}");
            on_top(&object, answer);
        } else if is_object(record) {
            on_top(record, answer);
        } else {
            in_text(record, answer);
        }
        if let Cow::Owned(replaced) = String::from_utf8_lossy(answer) {
            *answer = replaced.into_bytes();
        }
        if !is_object(answer) {
            // Never so, as far as is known, and the host would lose the record.
            in_text(&std::mem::take(answer), answer);
        }
        if answer.last() == Some(&b'\n') {
            answer.pop();
        }
        answer.push(0);
        Some(answer)
    }
}

/// Whether a text is a JSON object, as far as bytes go: what is no UTF-8 may stand in it.
fn is_object(text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.peek() == Some(b'{') && cursor.skip().and_then(|_| cursor.end()).is_ok()
}

impl<S: HostEnv> Collected<S> {
    fn sign_in(&mut self, alert: &Alert<'_>) {
        if let Some(why) = self.broken.take() {
            let number = self.record_number;
            let doubt = |out: &mut Vec<u8>| tag::write_doubt(&why, number, out);
            tag::splice(&self.name, alert.record(), doubt, &mut self.lines);
            self.found(alert.record().len(), Rank::Undecided, doubt);
            self.broken = Some(why);
            return;
        }
        let rank = match alert.tag.reason {
            Some(reason) if Reason::is_inside(reason) => Rank::Inside,
            Some(_) => Rank::Outside(alert.tag.severity),
            None => Rank::Undecided,
        };
        if rank == Rank::Inside && self.mode == Mode::AfterHours {
            return;
        }
        Formatter::Json.sign_in(alert, &mut self.lines);
        self.found(alert.record().len(), rank, |out| alert.tag.write(out));
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>) {
        Formatter::Json.unreadable(unreadable, "", &mut self.lines);
        let doubt = |out: &mut Vec<u8>| tag::write_doubt(unreadable.error, unreadable.line_number, out);
        self.found(unreadable.raw.len(), Rank::Undecided, doubt);
    }

    fn unrecognized(&mut self, found: &Unrecognized) {
        if self.unrecognized.len() < MOST_PLACES && !self.unrecognized.contains(found) {
            self.unrecognized.push(found.clone());
            self.host.say(&found.message());
        }
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) {
        if !self.without_holidays.iter().any(|known| known == schedule) {
            self.without_holidays.push(schedule.to_owned());
            self.host.say(&format!(
                "schedule {schedule}: no public holidays of {year} are known; sign-ins of that year are judged by the hours alone"
            ));
        }
    }
}

impl<S: HostEnv> Sink for Collected<S> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => self.sign_in(alert),
            Event::Unreadable { text, forward: true } => self.unreadable(text),
            Event::NoHolidays { schedule, year } => self.no_holidays(schedule, year),
            Event::Unrecognized { found, .. } => self.unrecognized(found),
            Event::Unreadable { forward: false, .. }
            | Event::TooLong { .. }
            | Event::NotJson { .. }
            | Event::PassedOn(_) => {}
        }
        Ok(())
    }
}
