//! What was evaluated away from stdout, on another thread: lines to be written, notifications to be kept and things to be said, in
//! order, until their turn comes. Knows the sink it will end in; writes nothing before.

use std::io;
use std::sync::Arc;

use afterhours::envelope::Unrecognized;
use afterhours::filter::{Alert, Event, Formatter, Sink, Unreadable};
use afterhours::tag::TagName;
use bytes::BytesMut;

use crate::dispatch::router::NotificationRouter;
use crate::outbox::NewNotification;
use crate::output::dedupe::Print;
use crate::output::stdout::OutputSink;

/// So much of a line that is not JSON is kept to show, in bytes.
const SHOWN: usize = 256;

/// Findings whose turn has not come.
#[derive(Debug, Default)]
pub(crate) struct BufferedFindings {
    out: BytesMut,
    doubts: Vec<Deferred>,
    drafts: Vec<NewNotification>,
    /// The bytes of texts in doubt.
    raw: usize,
    /// The member of an archive that was named last.
    member: Option<Arc<str>>,
}

/// Something to say or to decide, once its turn comes.
#[derive(Debug)]
struct Deferred {
    /// How much of the output comes before it.
    at: usize,
    line: u64,
    what: DeferredKind,
}

#[derive(Debug)]
enum DeferredKind {
    Unreadable {
        error: String,
        raw: Vec<u8>,
        forward: bool,
    },
    TooLong(u64),
    Unrecognized(Unrecognized),
    NotJson(Vec<u8>),
    NoHolidays {
        schedule: String,
        year: i64,
    },
    /// What follows is of this member of an archive.
    Member(Arc<str>),
    /// A sign-in that may be a copy of another: the next `length` bytes of the output.
    Copy {
        print: Print,
        length: usize,
    },
}

impl BufferedFindings {
    /// How much memory waits with it, in bytes.
    pub(crate) fn size(&self) -> usize {
        let drafts = self.drafts.iter().map(|draft| draft.body.len());
        self.out.len() + self.raw + drafts.sum::<usize>()
    }

    /// Whether it holds so many bytes, or so many notifications or doubts.
    pub(crate) fn is_much(&self, bytes: usize, count: usize) -> bool {
        self.out.len() + self.raw >= bytes || self.drafts.len() >= count || self.doubts.len() >= count
    }

    /// How much memory its output has taken, used or not, in bytes.
    pub(crate) fn room(&self) -> usize {
        self.out.capacity()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.doubts.is_empty() && self.drafts.is_empty()
    }

    /// Hands it all to the sink and is empty then; the lines it was evaluated from began at number `first_line`.
    pub(crate) fn write(&mut self, tag: &TagName, first_line: u64, sink: &mut OutputSink) -> io::Result<()> {
        sink.notices(self.drafts.drain(..));
        let mut written = 0;
        for Deferred { at, line, what } in self.doubts.drain(..) {
            // Its notification stays: the outbox knows copies by itself.
            if let DeferredKind::Copy { print, .. } = what
                && !sink.is_copy(Some(print))
            {
                continue;
            }
            sink.write_lines(&self.out[written..at])?;
            written = at;
            let line_number = first_line + line;
            match what {
                DeferredKind::Copy { length, .. } => written += length,
                DeferredKind::NoHolidays { schedule, year } => {
                    sink.accept(Event::NoHolidays { schedule: &schedule, year })?;
                }
                DeferredKind::Member(name) => sink.renamed(name.to_string()),
                DeferredKind::NotJson(text) => sink.accept(Event::NotJson { line_number, text: &text })?,
                DeferredKind::TooLong(length) => sink.accept(Event::TooLong { line_number, length })?,
                DeferredKind::Unrecognized(found) => {
                    sink.accept(Event::Unrecognized { found: &found, line_number })?;
                }
                DeferredKind::Unreadable { error, raw, forward } => {
                    let text = &Unreadable { error: &error, line_number, raw: &raw, tag };
                    sink.accept(Event::Unreadable { text, forward })?;
                }
            }
        }
        let result = sink.write_lines(&self.out[written..]);
        self.out.clear();
        (self.raw, self.member) = (0, None);
        result
    }
}

/// A sink that keeps what it is given.
#[derive(Debug)]
pub(crate) struct BufferingSink {
    findings: BufferedFindings,
    /// Makes notifications, where anybody takes them.
    router: Option<NotificationRouter>,
    formatter: Formatter,
    /// Copies may have to be left out, when their turn comes.
    deduping: bool,
    /// The member of an archive that is being evaluated, with the name of the archive.
    member: Option<Arc<str>>,
}

impl BufferingSink {
    pub(crate) fn new(router: Option<NotificationRouter>, formatter: Formatter) -> Self {
        BufferingSink {
            findings: BufferedFindings::default(),
            router,
            formatter,
            deduping: false,
            member: None,
        }
    }

    /// The same for a sink that may leave out copies.
    pub(crate) fn deduping(self, deduping: bool) -> Self {
        BufferingSink { deduping, ..self }
    }

    pub(crate) fn findings(&self) -> &BufferedFindings {
        &self.findings
    }

    /// Hands over what was kept, and begins anew.
    pub(crate) fn take(&mut self) -> BufferedFindings {
        std::mem::take(&mut self.findings)
    }

    pub(crate) fn findings_mut(&mut self) -> &mut BufferedFindings {
        &mut self.findings
    }

    /// Makes room for so many bytes.
    pub(crate) fn make_room(&mut self, room: usize) {
        // At once, for growing copies; what is not used of it takes no memory.
        self.findings.out.reserve(room);
    }

    /// Forgets the last bytes of the output.
    pub(crate) fn drop_end(&mut self, count: usize) {
        let BufferedFindings { out, doubts, .. } = &mut self.findings;
        out.truncate(out.len().saturating_sub(count));
        doubts.iter_mut().for_each(|doubt| doubt.at = doubt.at.min(out.len()));
    }

    /// A member of an archive comes next, by its name in messages; or something else than a member.
    pub(crate) fn member(&mut self, name: Option<String>) {
        self.member = name.map(Arc::from);
    }

    fn doubt(&mut self, line: u64, what: DeferredKind) {
        // Once for all that is said of it; most members have nothing to be said.
        if let Some(name) = &self.member
            && self.findings.member.as_ref() != Some(name)
        {
            self.findings.member = Some(Arc::clone(name));
            let what = DeferredKind::Member(Arc::clone(name));
            self.findings.doubts.push(Deferred { at: self.findings.out.len(), line: 0, what });
        }
        self.findings.doubts.push(Deferred { at: self.findings.out.len(), line, what });
    }
}

impl BufferingSink {
    fn sign_in(&mut self, alert: &Alert<'_>) {
        self.findings.drafts.extend(self.router.as_ref().and_then(|router| router.alert(alert)));
        let at = self.findings.out.len();
        self.formatter.sign_in(alert, &mut self.findings.out);
        if let Some(print) = self.deduping.then(|| Print::of(alert.sign_in)).flatten() {
            let length = self.findings.out.len() - at;
            self.findings.doubts.push(Deferred { at, line: 0, what: DeferredKind::Copy { print, length } });
        }
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) {
        self.findings.raw += unreadable.raw.len();
        let what = DeferredKind::Unreadable {
            error: unreadable.error.to_owned(),
            raw: unreadable.raw.to_owned(),
            forward,
        };
        self.doubt(unreadable.line_number, what);
    }

    /// Kept once a place: it is reported once an input.
    fn unrecognized(&mut self, found: &Unrecognized, line: u64) {
        let known = |deferred: &Deferred| matches!(&deferred.what, DeferredKind::Unrecognized(known) if known == found);
        if !self.findings.doubts.iter().rev().take(64).any(known) {
            self.doubt(line, DeferredKind::Unrecognized(found.clone()));
        }
    }

    /// Of each input only the first is reported; the others are counted.
    fn not_json(&mut self, line: u64, text: &[u8]) {
        let same = |doubt: &Deferred| matches!(doubt.what, DeferredKind::NotJson(_));
        if !self.findings.doubts.iter().any(same) {
            let shown = text.get(..SHOWN).unwrap_or(text);
            self.doubt(line, DeferredKind::NotJson(shown.to_owned()));
        }
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) {
        // Once is enough: it may be true of every sign-in.
        let same = |doubt: &Deferred| matches!(&doubt.what, DeferredKind::NoHolidays { schedule: s, .. } if s == schedule);
        if !self.findings.doubts.iter().any(same) {
            self.doubt(0, DeferredKind::NoHolidays { schedule: schedule.to_owned(), year });
        }
    }
}

impl Sink for BufferingSink {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => self.sign_in(alert),
            Event::Unreadable { text, forward } => self.unreadable(text, forward),
            Event::Unrecognized { found, line_number } => self.unrecognized(found, line_number),
            Event::TooLong { line_number, length } => self.doubt(line_number, DeferredKind::TooLong(length)),
            Event::NotJson { line_number, text } => self.not_json(line_number, text),
            Event::NoHolidays { schedule, year } => self.no_holidays(schedule, year),
            Event::PassedOn(bytes) => self.formatter.passed_on(bytes, &mut self.findings.out),
        }
        Ok(())
    }
}
