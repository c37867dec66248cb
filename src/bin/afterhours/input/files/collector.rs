//! Writes what the workers found when its turn comes, and reads what is left to it: pipes, and lines too long for slices. Says
//! which input failed and why.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use afterhours::filter::{Filter, FilterError};

use crate::input::compression::codec::is_damage;
use crate::input::files::chunks::Chunks;
use crate::input::files::content::{self, InputReport, TextSink};
use crate::input::files::progress::ProgressCounters;
use crate::input::files::scheduler::{Completed, Scheduler, TaskId, TaskResult};
use crate::input::files::tally::Tally;
use crate::input::source::Source;
use crate::input::stream::Input;
use crate::output::buffered::BufferedFindings;
use crate::output::stdout::OutputSink;
use crate::sys::signals::Signals;

/// How long to wait before it is looked whether a signal came.
const TICK: Duration = Duration::from_millis(50);

pub(super) struct Collector<'w, 'i> {
    turns: &'w Scheduler<'i>,
    filter: &'w mut Filter,
    stdout: &'w mut OutputSink,
    signals: &'w Signals,
    meter: &'w ProgressCounters,
    watched: OwnedFd,
    tally: Tally,
    /// The file whose name was given to stdout last.
    named: Option<u64>,
    /// How far files are that are evaluated in slices.
    sliced: BTreeMap<u64, Progress>,
}

/// Where in a file the first line begins that was not evaluated, and its number.
#[derive(Debug, Clone, Copy)]
struct Progress {
    offset: u64,
    line_number: u64,
    shrank: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { offset: 0, line_number: 1, shrank: false }
    }
}

impl<'w, 'i> Collector<'w, 'i> {
    pub(super) fn new(
        turns: &'w Scheduler<'i>,
        filter: &'w mut Filter,
        stdout: &'w mut OutputSink,
        signals: &'w Signals,
        meter: &'w ProgressCounters,
    ) -> io::Result<Self> {
        let (watched, sliced) = (stdout.watch()?, BTreeMap::new());
        let tally = Tally::default();
        Ok(Collector { turns, filter, stdout, signals, meter, watched, tally, named: None, sliced })
    }

    pub(super) fn write_all(mut self) -> Tally {
        while !self.is_over() {
            match self.turns.take(Duration::ZERO) {
                Completed::Over => break,
                Completed::Handed { turn, findings, done } => self.handed(turn, findings, done),
                Completed::Nothing => self.idle(),
            }
        }
        self.tally.name_the_rest();
        if self.tally.result.is_ok() && !self.tally.reader_gone {
            let finished = self.stdout.finish().map_err(FilterError::Sink);
            self.tally.ended("stdout", finished);
        }
        self.tally
    }

    fn is_over(&self) -> bool {
        self.signals.came() || self.tally.reader_gone || self.tally.result.is_err()
    }

    /// Nothing is there to be written: what was written must be out before the wait for more.
    fn idle(&mut self) {
        if let Err(error) = self.stdout.finish() {
            self.tally.ended("stdout", Err(FilterError::Sink(error)));
            return;
        }
        if let Completed::Handed { turn, findings, done } = self.turns.take(TICK) {
            self.handed(turn, findings, done);
        }
    }

    fn handed(&mut self, turn: TaskId, mut findings: BufferedFindings, done: Option<TaskResult>) {
        if done.is_none() || !findings.is_empty() {
            self.name(turn.file);
        }
        let first_line = turn.slice.map_or(0, |_| self.sliced.entry(turn.file).or_default().line_number);
        let tag = self.filter.policy().tag.clone();
        let written = findings.write(&tag, first_line, self.stdout).map_err(FilterError::Sink);
        self.turns.give_back(findings);
        if written.is_err() {
            self.tally.ended("stdout", written);
            return;
        }
        if let Some(done) = done {
            self.done(turn, done);
        }
    }

    fn done(&mut self, turn: TaskId, done: TaskResult) {
        let mut place = self.sliced.get(&turn.file).copied().unwrap_or_default();
        match done {
            TaskResult::Whole { stats, result, report } => {
                self.filter.absorb(&stats);
                self.report(turn.file, &report);
                self.close(turn.file, result);
            }
            TaskResult::Slice { stats, result, lines, end, spans, shrank } => {
                self.filter.absorb(&stats);
                if let Err(FilterError::Unreadable { line_number, error }) = result {
                    let line_number = place.line_number + line_number;
                    return self.close(turn.file, Err(FilterError::Unreadable { line_number, error }));
                }
                if result.is_err() {
                    return self.close(turn.file, result);
                }
                place = Progress {
                    offset: end,
                    line_number: place.line_number + lines,
                    shrank: place.shrank | shrank,
                };
                self.sliced.insert(turn.file, place);
                self.found();
                if spans {
                    return self.rest(turn.file, place);
                }
                let slices = self.turns.about(turn.file).and_then(|(_, slices)| slices);
                if slices.is_some_and(|slices| turn.slice.is_some_and(|slice| slice + 1 == slices.count())) {
                    self.rest(turn.file, place);
                }
            }
            TaskResult::Left => self.rest(turn.file, place),
        }
    }

    /// Reads what no worker does, to its end.
    fn rest(&mut self, file: u64, place: Progress) {
        let Some((source, slices)) = self.turns.about(file) else { return };
        if place.shrank {
            let error =
                format!("it was cut short while it was read; {} lines had been read", place.line_number - 1);
            return self.close(file, Err(FilterError::Read(io::Error::other(error))));
        }
        self.name(file);
        // It may wait for ever: what came before it must be out.
        let before = self.stdout.finish().map_err(FilterError::Sink);
        let result = before.and_then(|()| self.read(&*source, slices, place));
        self.close(file, result);
    }

    fn read(
        &mut self,
        source: &dyn Source,
        slices: Option<Arc<Chunks>>,
        place: Progress,
    ) -> Result<(), FilterError> {
        let output = self.watched.as_fd();
        let sliced = slices.is_some();
        let search = slices.as_ref().map(|slices| slices.search()).unwrap_or_default();
        let input = match slices {
            Some(slices) => {
                slices.file().try_clone().and_then(|file| Input::opened(file, self.signals, output))
            }
            None => source.stream(self.signals, output),
        };
        let mut input = input.map_err(FilterError::Read)?;
        let interrupted = input.interruption();
        self.stdout.watching(input.watch());
        if sliced {
            // The offset is that of who looked at the file. The last line may lack its newline, and the file may have grown.
            input.skip(place.offset).map_err(FilterError::Read)?;
        }
        if place.offset > 0 {
            let mut report = InputReport { search, ..InputReport::default() };
            let mut input = self.meter.reading(input);
            let input = content::watched(&mut input, &mut report);
            let result = self.filter.resume(input, place.line_number, self.stdout, interrupted);
            self.tally.report(source, &report);
            return result;
        }
        let (input, name) = (self.meter.reading(input), source.name());
        let mut report = InputReport { live: Some(name.clone()), ..InputReport::default() };
        let (signals, sign_ins) = (self.signals, self.filter.stats().sign_ins);
        let mut text = StreamText {
            filter: &mut *self.filter,
            stdout: &mut *self.stdout,
            name: &name,
            interrupted: &interrupted,
            signals,
        };
        let result = content::evaluate(input, &mut text, &mut report);
        report.counted(self.filter.stats().sign_ins - sign_ins);
        self.stdout.renamed(name);
        self.tally.report(source, &report);
        match result {
            // Where a signal ended it, it was not over.
            Err(FilterError::Read(error)) if is_damage(&error) && signals.came() => Ok(()),
            result => result,
        }
    }

    /// Says what there is to say about an input.
    fn report(&mut self, file: u64, report: &InputReport) {
        if let Some((source, _)) = self.turns.about(file) {
            self.tally.report(&*source, report);
        }
    }

    fn close(&mut self, file: u64, result: Result<(), FilterError>) {
        self.tally.inputs += 1;
        if result.is_ok() {
            self.tally.read();
        } else if let Some((source, _)) = self.turns.about(file) {
            // What was decided is owed, whatever came after it.
            let finished = self.stdout.finish().map_err(FilterError::Sink);
            self.tally.ended(&source.name(), finished.and(result));
        }
        self.sliced.remove(&file);
        self.turns.close(file);
        self.meter.file();
        self.found();
    }

    fn found(&self) {
        self.meter.found(self.filter.stats().forwarded.saturating_sub(self.stdout.copies()));
    }

    /// Names the file whose findings follow to the output, for its warnings.
    fn name(&mut self, file: u64) {
        if self.named != Some(file)
            && let Some((source, _)) = self.turns.about(file)
        {
            self.stdout.reading(source.name());
            self.named = Some(file);
        }
    }
}

/// Evaluates a stream, and writes what it finds at once.
struct StreamText<'t> {
    filter: &'t mut Filter,
    stdout: &'t mut OutputSink,
    name: &'t str,
    interrupted: &'t dyn Fn() -> bool,
    signals: &'t Signals,
}

impl TextSink for StreamText<'_> {
    fn text(&mut self, text: &mut dyn Read) -> Result<(), FilterError> {
        self.filter.run(text, self.stdout, self.interrupted)
    }

    fn member(&mut self, name: &str) {
        self.stdout.renamed(format!("{}!{name}", self.name));
    }

    fn stopped(&self) -> bool {
        self.signals.came()
    }
}
