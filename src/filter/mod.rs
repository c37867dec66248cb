//! The one loop: blocks of lines in, alerts out. Knows the order of the rooms and what to do in doubt; opens, prints and
//! waits for nothing itself.

use std::io::Read;

use crate::envelope::{Found, LineOutcome, Reader};
pub use crate::filter::error::FilterError;
use crate::filter::evaluate::Evaluator;
pub use crate::filter::format::{Color, Formatter};
use crate::filter::input::{Input, LineEnd};
pub use crate::filter::policy::{Keep, OnUnreadable, Policy, ReadLine, Span};
pub use crate::filter::rule_swap::RulesHandle;
pub use crate::filter::sink::{Alert, Event, Sink, Unreadable};
pub use crate::filter::stats::{Figure, FigureValue, Stats};
use crate::framing::{Chunk, LineBuffer, without_mark};
use crate::prefilter;
use crate::prefilter::{Line, Prefilter, SimdWidth};
use crate::rules::Rules;

mod error;
mod evaluate;
mod format;
mod held_back;
mod input;
mod line;
mod policy;
mod rule_swap;
mod sink;
mod stats;
mod text;

/// The filter: a policy, rules, and what it has seen.
#[derive(Debug)]
pub struct Filter {
    reader: Reader,
    prefilter: Prefilter,
    evaluator: Evaluator,
    replacement: RulesHandle,
    /// How many replacements this filter has seen.
    replaced: u64,
}

/// An input on its way through a filter that comes in pieces, each when it comes: see [`Filter::advance`].
#[derive(Debug)]
pub struct InputState {
    buffer: LineBuffer,
    state: Input,
    line_number: u64,
    first_number: u64,
}

impl Filter {
    /// A filter that has seen nothing yet.
    pub fn new(policy: Policy, rules: Rules) -> Self {
        let reader = Reader::new(policy.record_paths.clone(), policy.keep == Keep::All);
        let (prefilter, replacement) = (reader.prefilter().clone(), RulesHandle::default());
        let evaluator = Evaluator::new(policy, rules, prefilter.clone());
        Filter { reader, prefilter, evaluator, replacement, replaced: 0 }
    }

    /// A filter with the same policy and rules that has seen nothing, for another thread. What replaces the rules of one
    /// replaces those of both.
    pub fn fresh(&self) -> Self {
        let (reader, prefilter) = (self.reader.clone(), self.prefilter.clone());
        let (replacement, replaced) = (self.replacement.clone(), self.replaced);
        Filter { reader, prefilter, evaluator: self.evaluator.fresh(), replacement, replaced }
    }

    /// The means to give this filter, and those made from it by [`Filter::fresh`], other rules while they run.
    pub fn replacement(&self) -> RulesHandle {
        self.replacement.clone()
    }

    /// Goes on with other rules, if any were handed over since. A filter that reads does so by itself; a caller that evaluates line by line
    /// calls this between lines.
    pub fn follow(&mut self) {
        if let Some(rules) = self.replacement.take(&mut self.replaced) {
            self.evaluator.follow(rules);
        }
    }

    /// Has the next searches use other vectors: it depends on what else is done between them.
    pub fn set_simd_width(&mut self, vectors: SimdWidth) {
        self.prefilter.set_simd_width(vectors);
    }

    /// What happened so far.
    pub fn stats(&self) -> &Stats {
        &self.evaluator.stats
    }

    /// What happened so far, to be counted by another; this filter begins at nothing again.
    pub fn take_stats(&mut self) -> Stats {
        std::mem::take(&mut self.evaluator.stats)
    }

    /// Counts what happened elsewhere.
    pub fn absorb(&mut self, stats: &Stats) {
        self.evaluator.stats.add(stats);
    }

    /// The policy it was made with.
    pub fn policy(&self) -> &Policy {
        &self.evaluator.policy
    }

    /// Reads an input to its end. `interrupted` is asked before every read; true ends the run as the end of input does.
    pub fn run(
        &mut self,
        input: impl Read,
        sink: &mut dyn Sink,
        interrupted: impl Fn() -> bool,
    ) -> Result<(), FilterError> {
        self.run_with(&mut self.feed(), input, sink, interrupted)
    }

    /// Reads on, from the beginning of line `line_number`, where others have evaluated what came before.
    pub fn resume(
        &mut self,
        input: impl Read,
        line_number: u64,
        sink: &mut dyn Sink,
        interrupted: impl Fn() -> bool,
    ) -> Result<(), FilterError> {
        self.run_with(&mut self.feed_from(Input::Lines, line_number), input, sink, interrupted)
    }

    /// Reads an input to its end in a place that serves for one after the other. See [`Filter::run`].
    pub fn run_with(
        &mut self,
        feed: &mut InputState,
        mut input: impl Read,
        sink: &mut dyn Sink,
        interrupted: impl Fn() -> bool,
    ) -> Result<(), FilterError> {
        while !interrupted() {
            match self.advance(feed, &mut input, sink) {
                Ok(true) => {}
                Ok(false) => break,
                Err(stop) => {
                    *feed = self.feed();
                    return Err(stop);
                }
            }
        }
        self.end(feed, sink)
    }

    /// Evaluates an input that is whole in memory and no longer than the longest line.
    pub fn whole(&mut self, input: &[u8], sink: &mut dyn Sink) -> Result<(), FilterError> {
        self.evaluator.stats.bytes += input.len() as u64;
        let text = without_mark(input);
        let (state, line_number) = self.lines(Input::Start, text, 1, sink)?;
        let line_number = self.ended(state, line_number, sink)?;
        self.evaluator.stats.lines += line_number - 1;
        Ok(())
    }

    /// Evaluates a block of whole lines that another program may change meanwhile, as in a mapped file: it is searched in place,
    /// and what is parsed is copied first. Values that span lines are left to a reader that goes on
    /// from there.
    pub fn mapped(
        &mut self,
        block: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<MappedBlock, FilterError> {
        let (lines, spans) = self.block(block, line_number, sink, true)?;
        let end = spans.unwrap_or(block.len());
        self.evaluator.stats.bytes += end as u64;
        self.evaluator.stats.lines += lines;
        Ok(MappedBlock { lines, end, spans: spans.is_some() })
    }

    /// A place for an input of which nothing was read yet, and for those that come after it.
    pub fn feed(&self) -> InputState {
        self.feed_from(Input::Start, 1)
    }

    fn feed_from(&self, state: Input, line_number: u64) -> InputState {
        let Policy { longest_line, block, .. } = self.evaluator.policy;
        // One byte more than the longest line, for its newline.
        let buffer = LineBuffer::new(block.min(longest_line + 1), longest_line + 1);
        InputState { buffer, state, line_number, first_number: line_number }
    }

    /// Evaluates what can be read now; false at the end of the input. After an error of kind `WouldBlock` it goes on with the next
    /// call, where it was.
    pub fn advance(
        &mut self,
        feed: &mut InputState,
        input: &mut impl Read,
        sink: &mut dyn Sink,
    ) -> Result<bool, FilterError> {
        let InputState { buffer, state, line_number, .. } = feed;
        let Some(chunk) = buffer.fill(input, input::comes_in_parts).map_err(FilterError::Read)? else {
            return Ok(false);
        };
        self.follow();
        let taken = std::mem::replace(state, Input::Lines);
        (*state, *line_number) = match chunk {
            Chunk::Lines(block) => {
                self.evaluator.stats.bytes += block.len() as u64;
                let block = if matches!(taken, Input::Start) { without_mark(block) } else { block };
                self.lines(taken, block, *line_number, sink)?
            }
            Chunk::Long { part, first, last } => {
                self.evaluator.stats.bytes += part.len() as u64;
                let (taken, part) = self.long(taken, part, first, *line_number);
                self.long_part(taken, part, last, *line_number, sink)?
            }
        };
        sink.flush()?;
        Ok(true)
    }

    /// Evaluates what the end of the input makes whole. The feed then begins anew, with another input.
    pub fn end(&mut self, feed: &mut InputState, sink: &mut dyn Sink) -> Result<(), FilterError> {
        let state = std::mem::replace(&mut feed.state, Input::Start);
        let result = self.ended(state, feed.line_number, sink);
        if let Ok(line_number) = result {
            feed.line_number = line_number;
        }
        self.cut(feed);
        result?;
        sink.flush()?;
        Ok(())
    }

    /// Forgets what is unfinished of an input that was cut off. The feed then begins anew, with another input.
    pub fn cut(&mut self, feed: &mut InputState) {
        self.evaluator.stats.lines += feed.line_number - feed.first_number;
        feed.buffer.clear();
        (feed.state, feed.line_number, feed.first_number) = (Input::Start, 1, 1);
    }

    /// Evaluates one line, without its newline.
    pub fn evaluate(
        &mut self,
        line: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        let line = Line { bytes: line, start: 0, number: 0, first: 0, may_hold: true };
        match self.line(line, line_number, false, sink)? {
            LineEnd::Left => self.passed(line.bytes, sink),
            _ => Ok(()),
        }
    }

    /// Evaluates the lines of a block of whole lines that need it, in order, each `copied` first if another program may change
    /// it; says how many lines they were, and where a value begins that spans lines: there it stops.
    fn block(
        &mut self,
        block: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
        copied: bool,
    ) -> Result<(u64, Option<usize>), FilterError> {
        let mut copy = Vec::new();
        let mut evaluate = |filter: &mut Self, line: Line<'_>, sink: &mut dyn Sink| {
            let number = line_number + line.number;
            if !copied {
                return filter.line(line, number, true, sink);
            }
            copy.clear();
            copy.extend_from_slice(line.bytes);
            filter.line(Line { bytes: &copy, ..line }, number, true, sink)
        };
        let keep_all = self.evaluator.policy.keep == Keep::All;
        if self.evaluator.policy.exhaustive.is_some() {
            let (mut count, mut last) = (0, None);
            for line in prefilter::every_line(block) {
                match evaluate(self, line, sink)? {
                    LineEnd::Spans(begin) => return Ok((count, Some(line.start + begin))),
                    LineEnd::Left if line.start + line.bytes.len() == block.len() => last = Some(line),
                    LineEnd::Left => self.passed(line.bytes, sink)?,
                    LineEnd::Done => {}
                }
                count += 1;
            }
            if let Some(last) = last
                && self.last_line(block, line_number + last.number, sink)? == LineEnd::Left
            {
                self.passed(last.bytes, sink)?;
            }
            return Ok((count, None));
        }
        let prefilter = self.prefilter.clone();
        let mut lines = prefilter.lines(block);
        let mut done = 0;
        for line in lines.by_ref() {
            let Line { bytes, start, .. } = line;
            if keep_all && start > done {
                sink.accept(Event::PassedOn(&block[done..start]))?;
                done = start;
            }
            match evaluate(self, line, sink)? {
                LineEnd::Spans(begin) => return Ok((line.number, Some(start + begin))),
                LineEnd::Left => {}
                LineEnd::Done => done = (start + bytes.len() + 1).min(block.len()),
            }
        }
        let number = line_number + lines.newlines();
        if self.last_line(block, number, sink)? == LineEnd::Done {
            done = block.len();
        }
        let rest = &block[done..];
        if keep_all && !rest.is_empty() {
            sink.accept(Event::PassedOn(rest))?;
            if !rest.ends_with(b"\n") {
                sink.accept(Event::PassedOn(b"\n"))?;
            }
        }
        // The last line may lack its newline.
        let count = lines.newlines() + u64::from(block.last().is_some_and(|&last| last != b'\n'));
        Ok((count, None))
    }

    /// Reads a text that should be one JSON value.
    fn text(
        &mut self,
        text: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<LineOutcome, FilterError> {
        self.evaluator.stats.candidates += 1;
        self.read_text(text, line_number, sink)
    }

    fn read_text(
        &mut self,
        text: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<LineOutcome, FilterError> {
        let Filter { reader, evaluator, .. } = self;
        let exhaustive = evaluator.policy.exhaustive;
        let mut result = Ok(());
        let mut each = |found: Found<'_>| {
            if result.is_ok() {
                result = evaluator.found(found, line_number, sink);
            }
        };
        let held = match exhaustive {
            Some(read) => read(text, reader.paths(), &mut each),
            None => reader.read(text, &mut each),
        };
        result.map(|()| held)
    }
}

/// What became of a block of a mapped file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MappedBlock {
    /// How many lines were evaluated.
    pub lines: u64,
    /// Where they end in the block.
    pub end: usize,
    /// Whether a value begins there that spans lines: what comes behind it cannot be evaluated by
    /// itself.
    pub spans: bool,
}
