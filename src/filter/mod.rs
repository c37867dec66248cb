//! The one loop: blocks of lines in, alerts out. Knows the order of the rooms and what to do in doubt; opens, prints and
//! waits for nothing itself.

use std::io::Read;

use crate::envelope::{Found, LineOutcome, Reader};
use crate::filter::context::{Context, Damage};
pub use crate::filter::error::FilterError;
use crate::filter::evaluate::Evaluator;
pub use crate::filter::format::{Color, Formatter};
use crate::filter::oversized::LongLine;
pub use crate::filter::policy::{Keep, OnUnreadable, Policy, ReadLine, Span};
pub use crate::filter::rule_swap::RulesHandle;
pub use crate::filter::sink::{Alert, Event, Sink, Unreadable};
pub use crate::filter::stats::{Figure, FigureValue, Stats};
use crate::framing;
use crate::framing::{Chunk, LineBuffer};
use crate::framing::{Splitter, without_mark};
use crate::prefilter;
use crate::prefilter::{Line, Prefilter, SimdWidth};
use crate::rules::Rules;

mod context;
mod error;
mod evaluate;
mod format;
mod multiline;
mod oversized;
mod policy;
mod rule_swap;
mod sink;
mod stats;

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
        let evaluator = Evaluator::new(policy, rules);
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
        self.evaluator.stats.lines += line_number - 1;
        self.ended(state, line_number, sink)
    }

    /// Evaluates a block of whole lines that another program may change meanwhile, as in a mapped file: it is searched in place,
    /// and what is parsed is copied first. Says how many lines they were.
    pub fn mapped(
        &mut self,
        block: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<u64, FilterError> {
        let lines = self.block(block, line_number, sink, true)?;
        self.evaluator.stats.bytes += block.len() as u64;
        self.evaluator.stats.lines += lines;
        Ok(lines)
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
        let longest = self.evaluator.policy.longest_line;
        let Some(chunk) = buffer.fill(input, framing::starts_container).map_err(FilterError::Read)? else {
            return Ok(false);
        };
        self.follow();
        match chunk {
            Chunk::Lines(mut block) => {
                self.evaluator.stats.bytes += block.len() as u64;
                if matches!(state, Input::Start) {
                    block = without_mark(block);
                }
                let taken = std::mem::replace(state, Input::Lines);
                (*state, *line_number) = self.lines(taken, block, *line_number, sink)?;
            }
            Chunk::Long { mut part, first, last } => {
                self.evaluator.stats.bytes += part.len() as u64;
                if first && !matches!(state, Input::Document(_)) {
                    *state = Input::Long(LongLine::new(part, longest));
                }
                loop {
                    let context = match state {
                        Input::Document(_) => Context::document(*line_number),
                        _ => Context::line(*line_number),
                    };
                    match state {
                        Input::Document(splitter) | Input::Long(LongLine::Container(splitter)) => {
                            let (count, over) = self.pieces(splitter, part, context, sink)?;
                            *line_number += context.step * count;
                            let Some(end) = over else { break };
                            part = part.get(end..).unwrap_or_default();
                            let mut behind = LongLine::behind(part, longest);
                            if let LongLine::Skipped(skipped) = &mut behind {
                                skipped.feed(part, &self.prefilter);
                                part = &[];
                            }
                            *state = Input::Long(behind);
                            if part.is_empty() {
                                break;
                            }
                        }
                        Input::Long(LongLine::Skipped(skipped)) => {
                            skipped.feed(part, &self.prefilter);
                            if self.evaluator.policy.keep == Keep::All {
                                sink.accept(Event::PassedOn(part))?;
                            }
                            break;
                        }
                        Input::Start | Input::Between | Input::Lines => break,
                    }
                }
                if last && !matches!(state, Input::Document(_)) {
                    self.ended(std::mem::replace(state, Input::Lines), *line_number, sink)?;
                    *line_number += 1;
                }
            }
        }
        sink.flush()?;
        Ok(true)
    }

    /// Evaluates what the end of the input makes whole. The feed then begins anew, with another input.
    pub fn end(&mut self, feed: &mut InputState, sink: &mut dyn Sink) -> Result<(), FilterError> {
        let (state, line_number) = (std::mem::replace(&mut feed.state, Input::Start), feed.line_number);
        let result = self.ended(state, line_number, sink);
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
        self.evaluate_from(line, 0, line_number, sink)
    }

    /// The same for a line in which no sign-in is before `first`.
    fn evaluate_from(
        &mut self,
        line: &[u8],
        first: usize,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        // CloudTrail's files end without a newline: `zcat` makes one line of many.
        let mut next = self.value(line, first, line_number, sink)?;
        while let Some(line) = next {
            // By itself: who reads a value looks as far as the text goes, and would do so for each of them.
            let (first, behind) = framing::first_container(line);
            let left = self.value(first, 0, line_number, sink)?;
            next = behind.or(left);
        }
        Ok(())
    }

    /// Evaluates the value that a line is; or the container that it begins with, if another stands behind it, which is given back.
    fn value<'l>(
        &mut self,
        line: &'l [u8],
        first: usize,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<Option<&'l [u8]>, FilterError> {
        if let Some(elements) = self.elements(line, first) {
            self.evaluator.stats.candidates += 1;
            for element in elements {
                let held = self.read_text(element, line_number, sink)?;
                self.evaluator.settle(held, element, line_number, sink)?;
            }
            return Ok(None);
        }
        match self.text(line, line_number, sink)? {
            // The complete records of a truncated container are evaluated, instead of one undecided line for all of it.
            LineOutcome::Unreadable(error) if framing::starts_container(line) => {
                // Then each record is read by itself, and a broken one that may be a sign-in is reported.
                let apart = crate::framing::elements(line, self.prefilter.places(line, first)).is_some();
                let reported = self.evaluator.stats.unreadable;
                let mut splitter = Splitter::new(self.evaluator.policy.longest_line);
                // Who reads only the wanted ones sees no damage among the others, so nobody tells it.
                let damage = if apart { Damage::Unseen } else { Damage::InDoubt };
                let context = Context { damage, ..Context::line(line_number) };
                let rest = match self.pieces(&mut splitter, line, context, sink)? {
                    (_, Some(end)) => line.get(end..).unwrap_or_default(),
                    (_, None) => {
                        self.pieces_end(splitter, context, sink)?;
                        &[]
                    }
                };
                if framing::starts_container(rest) {
                    return Ok(Some(rest));
                }
                // Nothing in it was reported yet, so the line itself is.
                if !apart && (!rest.trim_ascii().is_empty() || self.evaluator.stats.unreadable == reported) {
                    self.evaluator.unreadable(rest, &error.to_string(), line_number, sink)?;
                }
            }
            held => self.evaluator.settle(held, line, line_number, sink)?,
        }
        Ok(None)
    }

    /// The records of a container on one line that may hold a sign-in: nobody asks for the others.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn elements<'a>(&self, line: &'a [u8], first: usize) -> Option<Vec<&'a [u8]>> {
        let Policy { exhaustive, keep, .. } = &self.evaluator.policy;
        // Who wants all of it wants a container without sign-ins whole.
        if exhaustive.is_some() || *keep == Keep::All {
            return None;
        }
        crate::framing::elements(line, self.prefilter.places(line, first))
    }

    /// Evaluates the lines of a block of whole lines that need it, in order, each `copied` first if another program may change
    /// it; says how many lines they all were.
    fn block(
        &mut self,
        block: &[u8],
        line_number: u64,
        sink: &mut dyn Sink,
        copied: bool,
    ) -> Result<u64, FilterError> {
        let mut copy = Vec::new();
        let mut evaluate = |filter: &mut Self, line: Line<'_>, sink: &mut dyn Sink| {
            let Line { bytes: line, number, first, .. } = line;
            let number = line_number + number;
            if !copied {
                return filter.evaluate_from(line, first, number, sink);
            }
            copy.clear();
            copy.extend_from_slice(line);
            filter.evaluate_from(&copy, first, number, sink)
        };
        if self.evaluator.policy.exhaustive.is_some() {
            let mut count = 0;
            for line in prefilter::every_line(block) {
                evaluate(self, line, sink)?;
                count += 1;
            }
            return Ok(count);
        }
        let keep_all = self.evaluator.policy.keep == Keep::All;
        let prefilter = self.prefilter.clone();
        let mut lines = prefilter.lines(block);
        let mut done = 0;
        for line in lines.by_ref().filter(|line| line.may_hold) {
            let Line { bytes, start, .. } = line;
            if keep_all && start > done {
                sink.accept(Event::PassedOn(&block[done..start]))?;
            }
            evaluate(self, line, sink)?;
            done = (start + bytes.len() + 1).min(block.len());
        }
        let rest = &block[done..];
        if keep_all && !rest.is_empty() {
            sink.accept(Event::PassedOn(rest))?;
            if !rest.ends_with(b"\n") {
                sink.accept(Event::PassedOn(b"\n"))?;
            }
        }
        // The last line may lack its newline.
        Ok(lines.newlines() + u64::from(block.last().is_some_and(|&last| last != b'\n')))
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

/// What the input turned out to be, and where in it the run is.
#[derive(Debug)]
enum Input {
    Start,
    /// Behind a document: another may follow, or lines.
    Between,
    Lines,
    Document(Splitter),
    Long(LongLine),
}
