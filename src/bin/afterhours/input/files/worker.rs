//! What a worker does: one file or slice after the other, judged away from stdout, and handed over in parts.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::Path;

use afterhours::filter::{Alert, Feed, Filter, Sink, Stop, Unreadable};
use afterhours::prefilter::Vectors;

use crate::input::compression::decoder;
use crate::input::compression::decoder::Unpacked;
use crate::input::compression::format::Form;
use crate::input::compression::small_file::{SMALL, Small};
use crate::input::files::chunks::Slices;
use crate::input::files::progress::Meter;
use crate::input::files::scheduler::{Claim, Done, Turn, Turns};
use crate::input::files::{Listed, is_stdin};
use crate::output::buffered::Judging;

/// Findings are handed over when they are so large, in bytes.
const PART: usize = 256 * 1024;
/// Or when they hold so many notices.
const NOTICES: usize = 1000;
/// How much of a large packed file is read at once, in bytes.
const BLOCK: usize = 128 * 1024;

/// One who judges.
pub(super) struct Worker<'w, 'i> {
    filter: Filter,
    feed: Feed,
    small: Small,
    turns: &'w Turns<'i>,
    meter: &'w Meter,
    sink: Handing<'w, 'i>,
}

impl<'w, 'i> Worker<'w, 'i> {
    pub(super) fn new(filter: Filter, judging: Judging, turns: &'w Turns<'i>, meter: &'w Meter) -> Self {
        let sink = Handing { judging, turns, turn: Turn { file: 0, slice: None } };
        Worker { feed: filter.feed(), filter, small: Small::default(), turns, meter, sink }
    }

    /// Works until there is nothing left, or nobody wants it; calls for help with the first work it has.
    pub(super) fn work(mut self, help: impl FnOnce()) {
        let mut help = Some(help);
        while let Some(claim) = self.turns.claim() {
            if let Some(help) = help.take() {
                help();
            }
            let done = match claim {
                Claim::File(turn, listed) => {
                    self.sink.turn = turn;
                    self.file(turn.file, &listed)
                }
                Claim::Slice(turn, slices) => {
                    self.sink.turn = turn;
                    Some(self.slice(&slices, turn.slice.unwrap_or_default()))
                }
            };
            if done.is_some() {
                self.sink.hand_over(done);
            }
        }
    }

    /// Judges a file, unless it is one for slices.
    fn file(&mut self, number: u64, listed: &Listed) -> Option<Done> {
        let opened = match listed {
            Listed::Path(path) => open(path),
            Listed::Trouble { what, .. } => Err(io::Error::other(what.clone())),
        };
        let looked = match opened.and_then(|file| self.look(file)) {
            Ok(Look::Sliced(slices)) => {
                self.turns.looked(number, Some(slices));
                return None;
            }
            looked => looked,
        };
        self.turns.looked(number, None);
        let result = match looked {
            Ok(Look::Whole(form, file)) => self.whole(form, file),
            Ok(Look::Left | Look::Sliced(_)) => return Some(Done::Left),
            Err(error) => Err(Stop::Read(error)),
        };
        Some(Done::Whole { stats: self.filter.take_stats(), result })
    }

    /// What a file is, and its beginning, or all of it, in memory.
    fn look(&mut self, file: Option<File>) -> io::Result<Look> {
        let Some(file) = file else { return Ok(Look::Left) };
        self.small.read(&file)?;
        let form = Form::of(self.small.packed());
        if form == Form::Plain
            && self.small.packed().len() > SMALL
            && let Some(slices) = Slices::of(&file, self.filter.policy())
        {
            return Ok(Look::Sliced(slices));
        }
        Ok(Look::Whole(form, file))
    }

    fn whole(&mut self, form: Form, mut file: File) -> Result<(), Stop> {
        // To unpack takes ten times as long as to search, and is not to be slowed down by it.
        self.filter.set_vectors(if form == Form::Plain { Vectors::Longest } else { Vectors::Half });
        if let Form::Foreign(name, tool) = form {
            return Err(Stop::Read(decoder::foreign(name, tool)));
        }
        if let Some(plain) = self.small.plain(form)
            && plain.len() <= self.filter.policy().longest_line
        {
            self.filter.follow();
            let result = self.filter.whole(plain, &mut self.sink);
            self.meter.read(self.small.packed().len());
            return result;
        }
        file.seek(SeekFrom::Start(0)).map_err(Stop::Read)?;
        let file = self.meter.reading(file);
        let stopped = || self.turns.stopped();
        let Worker { filter, feed, sink, .. } = self;
        let mut unpacked = match form {
            Form::Gzip => Unpacked::gzip(BufReader::with_capacity(BLOCK, file)),
            Form::Zstd => Unpacked::zstd(BufReader::with_capacity(BLOCK, file)).map_err(Stop::Read)?,
            Form::Plain | Form::Foreign(..) => {
                return filter.run_with(feed, file, &mut Streaming(sink), stopped);
            }
        };
        let result = filter.run_with(feed, &mut unpacked, &mut Streaming(sink), stopped);
        match unpacked.trouble() {
            Some(error) if result.is_ok() => Err(Stop::Read(error)),
            _ => result,
        }
    }

    fn slice(&mut self, slices: &Slices, slice: u64) -> Done {
        let Some(lines) = slices.lines(slice) else { return Done::Left };
        self.filter.follow();
        self.filter.set_vectors(Vectors::Longest);
        let result = self.filter.mapped(lines.bytes(), 0, &mut self.sink);
        self.meter.read(lines.bytes().len());
        let (lines_read, result) = match result {
            Ok(count) => (count, Ok(())),
            Err(stop) => (0, Err(stop)),
        };
        let stats = self.filter.take_stats();
        Done::Slice { stats, result, lines: lines_read, end: lines.end, shrank: lines.shrank() }
    }
}

/// What a file turned out to be.
enum Look {
    Whole(Form, File),
    Sliced(Slices),
    /// Something that may wait for ever.
    Left,
}

/// Opens what is a regular file; nothing else, for already the opening of a pipe may wait for ever.
fn open(path: &Path) -> io::Result<Option<File>> {
    if is_stdin(path) {
        let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let unread = file.metadata()?.is_file() && file.stream_position()? == 0;
        return Ok(unread.then_some(file));
    }
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    metadata.is_file().then(|| File::open(path)).transpose()
}

/// A sink that keeps what it is given, and hands it over when it is much.
struct Handing<'w, 'i> {
    judging: Judging,
    turns: &'w Turns<'i>,
    turn: Turn,
}

impl Handing<'_, '_> {
    /// Says whether anybody took it.
    fn hand_over(&mut self, done: Option<Done>) -> bool {
        let taken = self.turns.put(self.turn, self.judging.judged_mut(), done);
        if !taken {
            // Of a file that nobody wants any more there may be slices left, which end here too.
            self.judging.take();
        }
        self.judging.make_room(PART + PART / 4);
        taken
    }

    fn if_much(&mut self) -> io::Result<()> {
        if self.judging.judged().is_much(PART, NOTICES) && !self.hand_over(None) {
            return Err(io::Error::other("nobody wants it any more"));
        }
        Ok(())
    }
}

impl Sink for Handing<'_, '_> {
    fn alert(&mut self, alert: &Alert<'_>) -> io::Result<()> {
        self.judging.alert(alert)?;
        self.if_much()
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) -> io::Result<()> {
        self.judging.unreadable(unreadable, forward)?;
        self.if_much()
    }

    fn too_long(&mut self, line_number: u64, length: u64) -> io::Result<()> {
        self.judging.too_long(line_number, length)?;
        self.if_much()
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) -> io::Result<()> {
        self.judging.no_holidays(schedule, year)
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Whole lines of a slice may come at once.
        for bytes in bytes.chunks(PART) {
            self.judging.pass(bytes)?;
            self.if_much()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same for a file that takes long: what is found goes out at once if it is the file's turn, and does not wait for more.
struct Streaming<'s, 'w, 'i>(&'s mut Handing<'w, 'i>);

impl Sink for Streaming<'_, '_, '_> {
    fn alert(&mut self, alert: &Alert<'_>) -> io::Result<()> {
        self.0.alert(alert)
    }

    fn unreadable(&mut self, unreadable: &Unreadable<'_>, forward: bool) -> io::Result<()> {
        self.0.unreadable(unreadable, forward)
    }

    fn too_long(&mut self, line_number: u64, length: u64) -> io::Result<()> {
        self.0.too_long(line_number, length)
    }

    fn no_holidays(&mut self, schedule: &str, year: i64) -> io::Result<()> {
        self.0.no_holidays(schedule, year)
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.pass(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let Handing { judging, turns, turn } = self.0;
        if !judging.judged().is_empty() && turns.is_due(turn.file) && !self.0.hand_over(None) {
            return Err(io::Error::other("nobody wants it any more"));
        }
        Ok(())
    }
}
