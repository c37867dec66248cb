//! The sink on stdout, and what is said on stderr about lines in doubt.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use afterhours::envelope::Unrecognized;
use afterhours::filter::{Alert, Event, Formatter, Sink, Unreadable};
use afterhours::sanitize;
use bytes::BytesMut;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::dispatch::dispatcher::Dispatcher;
use crate::dispatch::router::NotificationRouter;
use crate::outbox::NewNotification;
use crate::output::append_file::AppendFile;
use crate::output::dedupe::{Print, Seen};
use crate::sys::messages::say;

/// Written at once when so many bytes have gathered.
const ENOUGH: usize = 256 * 1024;
/// The same where notifications are put on disk first: a flood should not wait for the disk too often.
const ENOUGH_WITH_NOTICES: usize = 4 * 1024 * 1024;
/// How long lines with notifications may wait for more of their kind, while input is there that can be read at once: they go to disk
/// together, for a disk takes hundreds of them in the time of one.
const GATHER: Duration = Duration::from_millis(50);

/// Whole lines on stdout, in order, as few writes as the flush rule allows.
#[derive(Debug)]
pub(crate) struct OutputSink {
    out: Out,
    /// Stdout itself, also where lines go elsewhere: whoever started us holds the other end.
    reader: File,
    buffer: BytesMut,
    formatter: Formatter,
    doubts: LineWarnings,
    /// Schedules without holidays of which it was said.
    without_holidays: BTreeSet<String>,
    /// Puts notifications on disk before their lines go out.
    dispatcher: Option<Dispatcher>,
    /// The sign-ins that went out, where copies are to be left out.
    seen: Option<Seen>,
    enough: usize,
    /// The input, to see whether more is there.
    input: Option<OwnedFd>,
    /// When the first line came that is not written yet.
    since: Option<Instant>,
    /// Whether the outbox took every notification, since somebody asked.
    kept: bool,
}

impl OutputSink {
    /// `appended` takes the lines in place of stdout.
    pub(crate) fn new(
        dispatcher: Option<Dispatcher>,
        appended: Option<AppendFile>,
        formatter: Formatter,
    ) -> io::Result<Self> {
        // The standard handle writes at every newline; a pipe wants blocks.
        let reader = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let out = match appended {
            Some(file) => Out::File(file),
            None if reader.is_terminal() => Out::Terminal(reader.try_clone()?),
            None => Out::Stdout(reader.try_clone()?),
        };
        let enough = if dispatcher.is_some() { ENOUGH_WITH_NOTICES } else { ENOUGH };
        let buffer = BytesMut::with_capacity(2 * ENOUGH);
        let (doubts, without_holidays) = (LineWarnings::default(), BTreeSet::new());
        Ok(OutputSink {
            out,
            reader,
            buffer,
            formatter,
            doubts,
            without_holidays,
            dispatcher,
            seen: None,
            enough,
            input: None,
            since: None,
            kept: true,
        })
    }

    /// From now on, copies of sign-ins that went out are left out.
    pub(crate) fn dedupe(&mut self) {
        self.seen.get_or_insert_default();
    }

    /// Whether copies are left out.
    pub(crate) fn dedupes(&self) -> bool {
        self.seen.is_some()
    }

    /// Whether a sign-in went out before, and is to be left out. If not, it is remembered.
    pub(crate) fn is_copy(&mut self, print: Option<Print>) -> bool {
        self.seen.as_mut().zip(print).is_some_and(|(seen, print)| seen.is_copy(print))
    }

    /// How many copies were left out.
    pub(crate) fn copies(&self) -> u64 {
        self.seen.as_ref().map_or(0, Seen::copies)
    }

    /// A second handle to where lines go, to see whether their reader goes away. A file has none.
    pub(crate) fn watch(&self) -> io::Result<OwnedFd> {
        match &self.out {
            Out::Stdout(file) | Out::Terminal(file) => Ok(file.try_clone()?.into()),
            Out::File(file) => Ok(file.handle()?.into()),
        }
    }

    /// A second handle to stdout, wherever lines go: whoever started us holds its other end, and is gone when that is.
    pub(crate) fn leash(&self) -> io::Result<OwnedFd> {
        Ok(self.reader.try_clone()?.into())
    }

    /// The name of the input that comes next, for messages.
    pub(crate) fn reading(&mut self, name: String) {
        self.doubts.input = name;
        self.doubts.said_not_json = false;
        self.input = None;
    }

    /// Another name for what is being read, for messages: that of a member of an archive.
    pub(crate) fn renamed(&mut self, name: String) {
        self.doubts.input = name;
    }

    /// The input that comes next, to be looked at while it is read.
    pub(crate) fn watching(&mut self, input: Option<OwnedFd>) {
        self.input = input;
    }

    /// Writes all that is left, on disk and out, whatever else may come.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.write_out()
    }

    /// Writes all that is left; says whether the notifications of all that was written since the last call are on disk.
    pub(crate) fn settle(&mut self) -> io::Result<bool> {
        self.write_out().map(|()| std::mem::replace(&mut self.kept, true))
    }

    /// Whether lines with notifications may wait for more.
    fn may_gather(&mut self) -> bool {
        let (Some(dispatcher), Some(input)) = (&self.dispatcher, &self.input) else { return false };
        if dispatcher.is_idle() || self.buffer.len() >= self.enough {
            return false;
        }
        if self.since.get_or_insert_with(Instant::now).elapsed() >= GATHER {
            return false;
        }
        let mut waiting = [PollFd::new(input, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut waiting, Some(&now)).is_ok_and(|count| count > 0)
    }

    /// Reports the warnings left unsaid, and returns the dispatcher to be closed.
    pub(crate) fn close(mut self) -> Option<Dispatcher> {
        self.doubts.close();
        self.dispatcher
    }

    pub(crate) fn dispatcher(&self) -> Option<&Dispatcher> {
        self.dispatcher.as_ref()
    }

    /// Takes the notifications of lines that follow.
    pub(crate) fn notices(&mut self, drafts: impl IntoIterator<Item = NewNotification>) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.take(drafts);
        }
    }

    /// Takes the notification that the router makes, if a channel takes it.
    pub(crate) fn tell(&mut self, draft: impl FnOnce(&NotificationRouter) -> Option<NewNotification>) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.take(draft(dispatcher.router()));
        }
    }

    /// Says that a text cannot be read.
    pub(crate) fn doubt(&mut self, unreadable: &Unreadable<'_>, forward: bool) {
        self.doubts.unreadable(unreadable, forward);
    }

    /// Says something about a single line.
    pub(crate) fn remark(&mut self, message: String) {
        self.doubts.say(|_| message.clone());
    }

    fn write_out(&mut self) -> io::Result<()> {
        // On disk first: a line that is out is a promise.
        if let Some(dispatcher) = &mut self.dispatcher {
            self.kept &= dispatcher.commit();
            self.since = None;
        }
        let result = self.out.write_all(&self.buffer);
        // After a failed write it is unknown what went out, and nobody asks again.
        self.buffer.clear();
        result
    }
}

/// Where lines go.
#[derive(Debug)]
enum Out {
    Stdout(File),
    /// The same, where people read it, and what is said to them.
    Terminal(File),
    File(AppendFile),
}

impl Out {
    fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Out::Terminal(file) => crate::sys::terminal::beside(|| file.write_all(lines)),
            Out::Stdout(file) => file.write_all(lines),
            Out::File(file) => file.write_all(lines),
        }
    }
}

impl AsFd for OutputSink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl OutputSink {
    fn sign_in(&mut self, alert: &Alert<'_>) -> io::Result<()> {
        if self.dedupes() && self.is_copy(Print::of(alert.sign_in)) {
            return Ok(());
        }
        self.tell(|router| router.alert(alert));
        self.formatter.sign_in(alert, &mut self.buffer);
        self.write_out_if_enough()
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) -> io::Result<()> {
        self.doubts.unreadable(unreadable, forward);
        if forward {
            self.tell(|router| router.unreadable(unreadable));
            self.formatter.unreadable(unreadable, &self.doubts.input, &mut self.buffer);
        }
        self.write_out_if_enough()
    }

    fn write_out_if_enough(&mut self) -> io::Result<()> {
        if self.buffer.len() >= self.enough { self.write_out() } else { Ok(()) }
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) {
        if !self.without_holidays.contains(schedule) {
            self.without_holidays.insert(schedule.to_owned());
            say(&format!(
                "schedule {schedule}: no public holidays of {year} are known; sign-ins of that year are judged by the hours alone"
            ));
        }
    }

    fn passed_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.formatter != Formatter::Json {
            self.formatter.passed_on(bytes, &mut self.buffer);
            return self.write_out_if_enough();
        }
        self.write_lines(bytes)
    }

    /// Writes lines that were made elsewhere.
    pub(crate) fn write_lines(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() >= self.enough {
            self.write_out()?;
            if bytes.len() >= self.enough / 2 {
                return self.out.write_all(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }
}

impl Sink for OutputSink {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => self.sign_in(alert),
            Event::Unreadable { text, forward } => self.unreadable(text, forward),
            Event::Unrecognized { found, line_number } => {
                self.doubts.unrecognized(found, line_number);
                Ok(())
            }
            Event::TooLong { line_number, length } => {
                self.doubts.too_long(line_number, length);
                Ok(())
            }
            Event::NotJson { line_number, text } => {
                self.doubts.not_json(line_number, text);
                Ok(())
            }
            Event::NoHolidays { schedule, year } => {
                self.no_holidays(schedule, year);
                Ok(())
            }
            Event::PassedOn(bytes) => self.passed_on(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // Notifications may wait without a line of theirs: what is passed on whole goes out by itself.
        if (self.buffer.is_empty() && self.dispatcher.is_none()) || self.may_gather() {
            return Ok(());
        }
        self.write_out()
    }
}

/// So much of a line that is not JSON is shown, in characters.
const SHOWN: usize = 60;

/// Messages about single lines: the first few, then ever fewer, and at the end how many were left out.
#[derive(Debug, Default)]
struct LineWarnings {
    input: String,
    seen: u64,
    said: u64,
    /// The inputs and places in which sign-ins were seen that are in no record.
    places: BTreeSet<(String, Unrecognized)>,
    /// A line of the input that is not JSON was reported.
    said_not_json: bool,
}

/// So many of these are reported: somebody else may choose the names of keys.
const MOST_PLACES: usize = 256;

impl LineWarnings {
    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) {
        let done = if forward { "forwarded as undecided" } else { "left out" };
        let Unreadable { error, line_number, .. } = unreadable;
        self.say(|input| {
            format!("{input}:{line_number}: may be a sign-in and cannot be read, {done}: {error}")
        });
    }

    /// Once an input and place.
    fn unrecognized(&mut self, found: &Unrecognized, line_number: u64) {
        if self.places.len() < MOST_PLACES && self.places.insert((self.input.clone(), found.clone())) {
            say(&format!("{}:{line_number}: {}", self.input, found.message()));
        }
    }

    fn too_long(&mut self, line_number: u64, length: u64) {
        self.say(|input| {
            format!("{input}:{line_number}: a line of {length} bytes was skipped; --max-line allows more")
        });
    }

    /// Only the first of an input is reported, the others are counted.
    fn not_json(&mut self, line_number: u64, text: &[u8]) {
        if !std::mem::replace(&mut self.said_not_json, true) {
            let input = &self.input;
            let text = sanitize::truncated(&String::from_utf8_lossy(text), SHOWN);
            say(&format!(
                "{input}:{line_number}: not JSON, and not evaluated: {text}; more such lines are only counted"
            ));
        }
    }

    fn say(&mut self, message: impl Fn(&str) -> String) {
        self.seen += 1;
        if self.seen <= 8 || self.seen.is_power_of_two() {
            self.said += 1;
            say(&message(&self.input));
        }
    }

    fn close(&mut self) {
        if self.seen > self.said {
            say(&format!("{} more lines like these were not shown", self.seen - self.said));
        }
    }
}
