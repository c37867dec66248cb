//! What a worker does: one file or slice after the other, evaluated away from stdout, and handed over in parts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use afterhours::filter::{Event, Filter, FilterError, InputState, MappedBlock, Sink};
use afterhours::input_kind::{self, RecordSearch};
use afterhours::prefilter::SimdWidth;

use crate::input::compression::format::Format;
use crate::input::compression::small_file::{SMALL, SmallFileReader};
use crate::input::files::chunks::Chunks;
use crate::input::files::content::{self, InputReport, TextSink};
use crate::input::files::progress::ProgressCounters;
use crate::input::files::scheduler::{Scheduler, Task, TaskId, TaskResult};
use crate::input::source::Source;
use crate::output::buffered::BufferingSink;

/// Findings are handed over when they are so large, in bytes.
const PART: usize = 256 * 1024;
/// Or when they hold so many notifications.
const NOTICES: usize = 1000;

/// One thread that evaluates files and slices.
pub(super) struct Worker<'w, 'i> {
    filter: Filter,
    feed: InputState,
    small: SmallFileReader,
    turns: &'w Scheduler<'i>,
    meter: &'w ProgressCounters,
    sink: WorkerSink<'w, 'i>,
}

impl<'w, 'i> Worker<'w, 'i> {
    pub(super) fn new(
        filter: Filter,
        judging: BufferingSink,
        turns: &'w Scheduler<'i>,
        meter: &'w ProgressCounters,
    ) -> Self {
        let sink = WorkerSink { judging, turns, turn: TaskId { file: 0, slice: None } };
        Worker { feed: filter.feed(), filter, small: SmallFileReader::default(), turns, meter, sink }
    }

    /// Works until there is nothing left, or nobody wants it; calls for help with the first work it has.
    pub(super) fn work(mut self, help: impl FnOnce()) {
        let mut help = Some(help);
        while let Some(claim) = self.turns.claim() {
            if let Some(help) = help.take() {
                help();
            }
            let done = match claim {
                Task::File(turn, source) => {
                    self.sink.turn = turn;
                    self.file(turn.file, &*source)
                }
                Task::Slice(turn, slices) => {
                    self.sink.turn = turn;
                    Some(self.slice(&slices, turn.slice.unwrap_or_default()))
                }
            };
            if done.is_some() {
                self.sink.hand_over(done);
            }
        }
    }

    /// Evaluates a file, unless it is one for slices.
    fn file(&mut self, number: u64, source: &dyn Source) -> Option<TaskResult> {
        let looked = match source.open().and_then(|file| self.look(file)) {
            Ok(Opened::Chunked(slices)) => {
                tracing::debug!(input = source.name(), chunks = slices.count(), "mapped in chunks");
                self.turns.looked(number, Some(slices));
                return None;
            }
            looked => looked,
        };
        self.turns.looked(number, None);
        let mut report = InputReport::default();
        let result = match looked {
            Ok(Opened::Whole(format, file)) => {
                tracing::debug!(
                    input = source.name(),
                    format = format.name(),
                    bytes = self.small.packed().len(),
                    "whole"
                );
                self.whole(&source.name(), format, file, &mut report)
            }
            Ok(Opened::Left | Opened::Chunked(_)) => {
                tracing::debug!(input = source.name(), "read as a stream");
                return Some(TaskResult::Left);
            }
            Err(error) => Err(FilterError::Read(error)),
        };
        let stats = self.filter.take_stats();
        report.counted(stats.sign_ins);
        Some(TaskResult::Whole { stats, result, report })
    }

    /// What a file is, and its beginning, or all of it, in memory.
    fn look(&mut self, file: Option<File>) -> io::Result<Opened> {
        let Some(file) = file else { return Ok(Opened::Left) };
        self.small.read(&file)?;
        let format = Format::of(self.small.packed());
        if format == Format::Plain
            && self.small.packed().len() > SMALL
            && let Some(slices) = Chunks::of(&file, self.filter.policy())
        {
            return Ok(Opened::Chunked(slices.beginning_with(self.small.packed())));
        }
        Ok(Opened::Whole(format, file))
    }

    fn whole(
        &mut self,
        name: &str,
        format: Format,
        mut file: File,
        report: &mut InputReport,
    ) -> Result<(), FilterError> {
        // To decompress takes ten times as long as to search, and 512-bit vectors in between slow it down.
        self.filter.set_simd_width(if format == Format::Plain {
            SimdWidth::Longest
        } else {
            SimdWidth::Half
        });
        if let Some(plain) = self.small.plain(format)
            && plain.len() <= self.filter.policy().longest_line
        {
            self.filter.follow();
            report.search.see(plain);
            let result = self.filter.whole(plain, &mut self.sink);
            self.meter.read(self.small.packed().len());
            return result;
        }
        file.seek(SeekFrom::Start(0)).map_err(FilterError::Read)?;
        let file = self.meter.reading(file);
        let result = content::evaluate(file, &mut WorkerText { worker: self, name }, report);
        self.sink.judging.member(None);
        result
    }

    fn slice(&mut self, slices: &Chunks, slice: u64) -> TaskResult {
        let Some(lines) = slices.lines(slice) else { return TaskResult::Left };
        self.filter.follow();
        self.filter.set_simd_width(SimdWidth::Longest);
        if !slices.has_records() && input_kind::holds_records(lines.bytes()) {
            slices.found_records();
        }
        let result = self.filter.mapped(lines.bytes(), 0, &mut self.sink);
        self.meter.read(lines.bytes().len());
        let (block, result) = match result {
            Ok(block) => (block, Ok(())),
            Err(stop) => (MappedBlock { lines: 0, end: lines.bytes().len(), spans: false }, Err(stop)),
        };
        let stats = self.filter.take_stats();
        let left = (lines.bytes().len() - block.end) as u64;
        TaskResult::Slice {
            stats,
            result,
            lines: block.lines,
            end: lines.end - left,
            spans: block.spans,
            shrank: lines.shrank(),
        }
    }
}

/// Evaluates what is packed in the file with this name.
struct WorkerText<'t, 'w, 'i> {
    worker: &'t mut Worker<'w, 'i>,
    name: &'t str,
}

impl TextSink for WorkerText<'_, '_, '_> {
    fn text(&mut self, text: &mut dyn Read) -> Result<(), FilterError> {
        let Worker { filter, feed, sink, turns, .. } = &mut *self.worker;
        filter.run_with(feed, text, &mut Streaming(sink), || turns.stopped())
    }

    fn member(&mut self, name: &str) {
        self.worker.sink.judging.member(Some(format!("{}!{name}", self.name)));
    }

    fn at_once(
        &mut self,
        data: &mut dyn Read,
        search: &mut RecordSearch,
    ) -> Result<Option<Vec<u8>>, FilterError> {
        let Worker { filter, small, sink, .. } = &mut *self.worker;
        small.read(data).map_err(FilterError::Read)?;
        let format = Format::of(small.packed());
        let longest = filter.policy().longest_line;
        let Some(plain) = small.plain(format).filter(|plain| plain.len() <= longest) else {
            return Ok(Some(small.packed().to_vec()));
        };
        filter.follow();
        search.see(plain);
        filter.whole(plain, &mut Streaming(sink)).map(|()| None)
    }

    fn stopped(&self) -> bool {
        self.worker.turns.stopped()
    }
}

/// What a file turned out to be.
enum Opened {
    Whole(Format, File),
    Chunked(Chunks),
    /// Something that may wait for ever.
    Left,
}

/// A sink that keeps what it is given, and hands it over when it is much.
struct WorkerSink<'w, 'i> {
    judging: BufferingSink,
    turns: &'w Scheduler<'i>,
    turn: TaskId,
}

impl WorkerSink<'_, '_> {
    /// Says whether anybody took it.
    fn hand_over(&mut self, done: Option<TaskResult>) -> bool {
        let taken = self.turns.put(self.turn, self.judging.findings_mut(), done);
        if !taken {
            // Of a file that nobody wants any more there may be slices left, which end here too.
            self.judging.take();
        }
        self.judging.make_room(PART + PART / 4);
        taken
    }

    fn if_much(&mut self) -> io::Result<()> {
        if self.judging.findings().is_much(PART, NOTICES) && !self.hand_over(None) {
            return Err(io::Error::other("nobody wants it any more"));
        }
        Ok(())
    }
}

impl Sink for WorkerSink<'_, '_> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        let Event::PassedOn(bytes) = event else {
            self.judging.accept(event)?;
            return self.if_much();
        };
        // Whole lines of a slice may come at once.
        for bytes in bytes.chunks(PART) {
            self.judging.accept(Event::PassedOn(bytes))?;
            self.if_much()?;
        }
        Ok(())
    }
}

/// The same for a file that takes long: what is found goes out at once if it is the file's turn, and does not wait for more.
struct Streaming<'s, 'w, 'i>(&'s mut WorkerSink<'w, 'i>);

impl Sink for Streaming<'_, '_, '_> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        self.0.accept(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        let WorkerSink { judging, turns, turn } = self.0;
        if !judging.findings().is_empty() && turns.is_due(turn.file) && !self.0.hand_over(None) {
            return Err(io::Error::other("nobody wants it any more"));
        }
        Ok(())
    }
}
