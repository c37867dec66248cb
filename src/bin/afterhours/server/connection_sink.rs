//! What one connection's filter hands its findings to. Knows when they are to go out; waits for nothing but that.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use afterhours::filter::{Event, Policy, Sink};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::dispatch::router::NotificationRouter;
use crate::output::buffered::BufferingSink;
use crate::server::listener::Stream;
use crate::server::output_queue::{Durability, OutputQueue, SequenceNo};

/// So many bytes are handed in at once.
const ENOUGH: usize = 256 << 10;
/// How long findings may wait while more input is there to be read at once.
const GATHER: Duration = Duration::from_millis(50);

pub(super) struct ConnectionSink {
    judging: BufferingSink,
    output: Arc<OutputQueue>,
    from: Arc<str>,
    /// The connection, where findings go out as soon as it has no more to give. Without one they wait to be settled.
    input: Option<Arc<Stream>>,
    /// When the first came that is not handed in.
    since: Option<Instant>,
    /// The tickets since the last settling.
    tickets: Option<(SequenceNo, SequenceNo)>,
    line: PassedLine,
}

/// The end of what is passed on whole (`--keep all`): only lines that are whole are handed in, lest another connection's get
/// inside.
struct PassedLine {
    /// How many bytes stand behind the last newline.
    unfinished: usize,
    /// A line of so many is given up: it was reported as too long, and cannot be held.
    longest: usize,
    given_up: bool,
}

impl ConnectionSink {
    pub(super) fn new(
        output: Arc<OutputQueue>,
        router: Option<NotificationRouter>,
        from: Arc<str>,
        input: Option<Arc<Stream>>,
        policy: &Policy,
    ) -> Self {
        let judging = BufferingSink::new(router, policy.formatter);
        let line = PassedLine { unfinished: 0, longest: policy.longest_line, given_up: false };
        ConnectionSink { judging, output, from, input, since: None, tickets: None, line }
    }

    /// Waits until everything is out that was found since the last time; says what became of it, if there was anything.
    pub(super) fn settle(&mut self) -> io::Result<Option<Durability>> {
        let unfinished = std::mem::take(&mut self.line.unfinished);
        self.judging.drop_end(unfinished);
        self.line.given_up = false;
        self.hand_in()?;
        match self.tickets.take() {
            Some((first, last)) => self.output.wait(first, last).map(Some),
            None => Ok(None),
        }
    }

    fn hand_in(&mut self) -> io::Result<()> {
        self.since = None;
        if !self.judging.findings().is_empty() {
            let ticket = self.output.hand_in(&self.from, self.judging.take())?;
            let first = self.tickets.map_or(ticket, |(first, _)| first);
            self.tickets = Some((first, ticket));
        }
        Ok(())
    }

    fn hand_in_if_enough(&mut self) -> io::Result<()> {
        if self.judging.findings().size() >= ENOUGH && self.line.unfinished == 0 {
            self.hand_in()
        } else {
            Ok(())
        }
    }

    /// Whether it is better to read on first.
    fn may_gather(&mut self, input: &Stream) -> bool {
        if self.since.get_or_insert_with(Instant::now).elapsed() >= GATHER {
            return false;
        }
        let mut waiting = [PollFd::new(input, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut waiting, Some(&now)).is_ok_and(|count| count > 0)
    }

    fn passed_on(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.line.given_up {
            let Some(end) = memchr::memchr(b'\n', bytes) else { return Ok(()) };
            self.line.given_up = false;
            bytes = &bytes[end + 1..];
        }
        self.judging.accept(Event::PassedOn(bytes))?;
        let PassedLine { unfinished, longest, given_up } = &mut self.line;
        *unfinished = match memchr::memrchr(b'\n', bytes) {
            Some(newline) => bytes.len() - newline - 1,
            None => *unfinished + bytes.len(),
        };
        if *unfinished > *longest {
            self.judging.drop_end(std::mem::take(unfinished));
            *given_up = true;
        }
        self.hand_in_if_enough()
    }
}

impl Sink for ConnectionSink {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::PassedOn(bytes) => self.passed_on(bytes),
            Event::SignIn(_) | Event::Unreadable { .. } => {
                self.judging.accept(event)?;
                self.hand_in_if_enough()
            }
            Event::Unrecognized { .. }
            | Event::TooLong { .. }
            | Event::NotJson { .. }
            | Event::NoHolidays { .. } => self.judging.accept(event),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(input) = self.input.clone() else { return Ok(()) };
        if (self.judging.findings().is_empty() && self.tickets.is_none()) || self.line.unfinished > 0 {
            return Ok(());
        }
        if self.may_gather(&input) {
            return Ok(());
        }
        self.settle().map(drop)
    }
}
