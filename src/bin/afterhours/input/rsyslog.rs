//! Answers a host that asks about one message at a time: one line of JSON for each line read, in order, flushed before the
//! next is waited for. Never more answers than messages, never fewer, and nothing else where answers go.
//!
//! rsyslog's `mmexternal` is such a host. It writes a message, waits for one line, and sets what the line says on the message
//! (rsyslog: `plugins/external/INTERFACE.md`, "External Message Modification Modules"). It gives its child one pipe for stdout
//! and stderr together, so that a word on stderr would be taken for an answer; and where the child dies, it takes `{}` for the
//! answer. Both are met here: see [`hush`], and `--keep all`, which never answers `{}`.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use afterhours::filter::{Event, Filter, FilterError, Keep, Sink, Stats};
use afterhours::framing::without_mark;
use afterhours::framing::{Chunk, LineBuffer};
use afterhours::prefilter;
use afterhours::rules::Severity;
use bytes::{BufMut, BytesMut};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::output::stdout::OutputSink;
use crate::sys::signals::Signals;

/// After a signal, how long without a message counts as the end.
const QUIET: Duration = Duration::from_millis(500);
/// After a signal, when it ends in any case.
const AT_MOST: Duration = Duration::from_secs(10);

/// Sends stderr nowhere if it is the pipe that answers go to.
pub(crate) fn hush() -> io::Result<()> {
    if !shares_a_pipe()? {
        return Ok(());
    }
    let nowhere = File::options().write(true).open("/dev/null")?;
    Ok(rustix::stdio::dup2_stderr(&nowhere)?)
}

/// Whether what is said on stderr would be read as an answer.
pub(crate) fn shares_a_pipe() -> io::Result<bool> {
    let answers = rustix::fs::fstat(io::stdout())?;
    let words = rustix::fs::fstat(io::stderr())?;
    let kind = rustix::fs::FileType::from_raw_mode(answers.st_mode);
    let one_reader = matches!(kind, rustix::fs::FileType::Fifo | rustix::fs::FileType::Socket);
    Ok(one_reader && (answers.st_dev, answers.st_ino) == (words.st_dev, words.st_ino))
}

/// Answers until stdin ends, or a signal came and no message follows.
pub(crate) fn run(
    filter: &mut Filter,
    signals: &Signals,
    stdout: &mut OutputSink,
) -> Result<(), FilterError> {
    let policy = filter.policy().clone();
    let longest = policy.longest_line;
    let mut asked = RequestReader::new(signals, stdout).map_err(FilterError::Read)?;
    // One byte more than the longest line, for its newline.
    let mut buffer = LineBuffer::new(policy.block.min(longest + 1), longest + 1);
    let prefilter = policy.prefilter();
    let mut read = Stats::default();
    let mut answer = ReplySink { stdout, key: policy.tag.as_str(), text: BytesMut::new(), rank: None };
    while let Some(chunk) = buffer.fill(&mut asked, |_| false).map_err(FilterError::Read)? {
        filter.follow();
        match chunk {
            Chunk::Lines(block) => {
                read.bytes += block.len() as u64;
                for line in prefilter::every_line(block) {
                    read.lines += 1;
                    if policy.exhaustive.is_some() || needs_a_look(&prefilter, line.bytes) {
                        // Every message that is UTF-8 may begin with the mark (RFC 5424, 6.4), not only the first.
                        filter.evaluate(without_mark(line.bytes), read.lines, &mut answer)?;
                    }
                    answer.send(policy.keep)?;
                }
            }
            Chunk::Long { part, last, .. } => {
                read.bytes += part.len() as u64;
                if last {
                    read.lines += 1;
                    read.too_long += 1;
                    answer.too_long(read.lines, longest);
                    answer.send(policy.keep)?;
                }
            }
        }
        answer.stdout.flush().map_err(FilterError::Sink)?;
    }
    filter.absorb(&read);
    Ok(())
}

/// Whether a message may hold a sign-in, or may be cut off.
fn needs_a_look(prefilter: &prefilter::Prefilter, message: &[u8]) -> bool {
    // Messages that are not JSON are rsyslog's business.
    prefilter.may_hold(message) || !prefilter::ends_closed(message) && prefilter::may_be_sign_in(message)
}

/// What is said about one message: of several sign-ins in it, the gravest.
struct ReplySink<'a> {
    stdout: &'a mut OutputSink,
    key: &'a str,
    /// The tag; nothing where there is none.
    text: BytesMut,
    /// Whether the tag is outside or in doubt, and how much it matters.
    rank: Option<(bool, Severity)>,
}

impl ReplySink<'_> {
    /// Begins another tag, if it is graver than the one that is there.
    fn is_graver(&mut self, rank: (bool, Severity)) -> bool {
        let graver = self.rank.is_none_or(|so_far| rank > so_far);
        if graver {
            self.rank = Some(rank);
            self.text.clear();
        }
        graver
    }

    fn undecided(&mut self, error: &str) {
        if self.is_graver((true, Severity::Low)) {
            let tag = serde_json::json!({ "verdict": "undecided", "reason": "unreadable", "error": error });
            self.text.put_slice(tag.to_string().as_bytes());
        }
    }

    fn too_long(&mut self, number: u64, longest: usize) {
        let error = format!("a message longer than the {longest} bytes allowed was not looked at");
        self.stdout.remark(format!("message {number}: {error}; --max-line allows more"));
        self.undecided(&error);
    }

    /// Ends the answer to a message, and begins the next.
    fn send(&mut self, keep: Keep) -> Result<(), FilterError> {
        let tag: &[u8] = match (&*self.text, keep) {
            // An empty tag says that the message was looked at. Nobody else says that.
            ([], Keep::All) => b"{}",
            (tag, _) => tag,
        };
        let mut line = BytesMut::with_capacity(tag.len() + 32);
        if tag.is_empty() {
            line.put_slice(b"{}\n");
        } else {
            line.put_slice(b"{\"$!\":{\"");
            line.put_slice(self.key.as_bytes());
            line.put_slice(b"\":");
            line.put_slice(tag);
            line.put_slice(b"}}\n");
        }
        (self.rank, _) = (None, self.text.clear());
        self.stdout.write_lines(&line).map_err(FilterError::Sink)
    }
}

impl Sink for ReplySink<'_> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => {
                self.stdout.tell(|router| router.alert(alert));
                let outside = !alert.tag.reason.is_some_and(|reason| reason.is_inside());
                if self.is_graver((outside, alert.tag.severity)) {
                    alert.tag.write(&mut self.text);
                }
                Ok(())
            }
            Event::Unreadable { text, forward } => {
                self.stdout.doubt(text, forward);
                if forward {
                    self.stdout.tell(|router| router.unreadable(text));
                    self.undecided(text.error);
                }
                Ok(())
            }
            Event::NotJson { .. } | Event::NoHolidays { .. } | Event::Unrecognized { .. } => {
                self.stdout.accept(event)
            }
            // The message itself stays with rsyslog.
            Event::TooLong { .. } | Event::PassedOn(_) => Ok(()),
        }
    }
}

/// Stdin, waited for together with the signals and with the reader of the answers. A signal does not end it at once: who stops a
/// whole group of processes stops the host too, which may still be asking.
struct RequestReader<'s> {
    stdin: File,
    answers: std::os::fd::OwnedFd,
    signals: &'s Signals,
    stopped: Option<Instant>,
}

impl<'s> RequestReader<'s> {
    fn new(signals: &'s Signals, stdout: &OutputSink) -> io::Result<Self> {
        let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok(RequestReader { stdin, answers: stdout.watch()?, signals, stopped: None })
    }
}

impl Read for RequestReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.signals.came() {
                let stopped = *self.stopped.get_or_insert_with(Instant::now);
                if stopped.elapsed() > AT_MOST {
                    return Ok(0);
                }
            }
            let mut waiting = [
                PollFd::new(&self.stdin, PollFlags::IN),
                // No event is requested: poll(2) reports errors and hang-ups anyway.
                PollFd::new(&self.answers, PollFlags::empty()),
                // Last, for it stays readable after a signal.
                PollFd::from_borrowed_fd(self.signals.wake(), PollFlags::IN),
            ];
            let quiet = Timespec { tv_sec: 0, tv_nsec: QUIET.subsec_nanos().into() };
            let counted = match self.stopped {
                Some(_) => poll(&mut waiting[..2], Some(&quiet)),
                None => poll(&mut waiting, None),
            };
            match counted {
                Ok(0) => return Ok(0),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let [asked, answers, _] = waiting.map(|fd| fd.revents());
            if answers.intersects(PollFlags::ERR | PollFlags::HUP) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            if !asked.is_empty() {
                return self.stdin.read(buffer);
            }
        }
    }
}
