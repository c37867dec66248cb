//! One line: the value that it is, or the values that stand on it one behind another, with or without
//! text in front of them; and what is done about a line that is no JSON.

use crate::envelope::LineOutcome;
use crate::filter::held_back::HeldBack;
use crate::filter::input::LineEnd;
use crate::filter::{Event, Filter, FilterError, Keep, Policy, Sink};
use crate::framing::{
    Piece, ValueReader, behind_prefix, breaks_early, holds_record, spans_lines, trim_separators,
};
use crate::json::{Cursor, Error, IN_STRING};
use crate::prefilter::{Line, ends_closed};

/// A last line is looked at for a cut behind a closing bracket only up to this length, in bytes: the
/// files of a bucket are one long line each, and nothing else in them is looked at twice.
const SHORT: usize = 16 * 1024;

impl Filter {
    /// Evaluates a line, which `may_span` the lines behind it.
    pub(super) fn line(
        &mut self,
        line: Line<'_>,
        number: u64,
        may_span: bool,
        sink: &mut dyn Sink,
    ) -> Result<LineEnd, FilterError> {
        let Line { bytes, first, may_hold, .. } = line;
        if !ends_closed(bytes) {
            if bytes.trim_ascii().is_empty() {
                self.evaluator.stats.blank += 1;
                return Ok(LineEnd::Left);
            }
            if may_span && let Some(begin) = spans_lines(bytes) {
                return Ok(LineEnd::Spans(begin));
            }
            if !may_hold {
                return self.open_line(bytes, number, sink);
            }
        }
        if let Some(elements) = self.elements(bytes, first) {
            self.evaluator.stats.candidates += 1;
            for element in elements {
                match self.read_text(element, number, sink)? {
                    LineOutcome::Broken(_) => {
                        // Damage may have joined records: from here on they are read one by one.
                        let begin = element.as_ptr().addr() - bytes.as_ptr().addr();
                        let mut reader = self.value_reader(number).inside(bytes);
                        let rest = bytes.get(begin..).unwrap_or_default();
                        self.read_values(&mut reader, rest, true, sink)?;
                        break;
                    }
                    outcome => self.evaluator.settle(outcome, element, number, sink)?,
                }
            }
            return Ok(LineEnd::Done);
        }
        match self.text(bytes, number, sink)? {
            LineOutcome::Broken(error) => self.broken(bytes, error, number, may_span, sink),
            outcome => self.evaluator.settle(outcome, bytes, number, sink).map(|()| LineEnd::Done),
        }
    }

    /// A line that is not one value.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn broken(
        &mut self,
        line: &[u8],
        error: Error,
        number: u64,
        may_span: bool,
        sink: &mut dyn Sink,
    ) -> Result<LineEnd, FilterError> {
        // Without `--exhaustive` nobody asks for such a line.
        if ends_closed(line) && !self.prefilter.may_hold(line) {
            return Ok(LineEnd::Left);
        }
        let begin = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let opens = trim_separators(line).first().copied();
        if opens != Some(b'{')
            && let Some(json) = behind_prefix(line)
        {
            return self.values_of(line, json, number, sink).map(|()| LineEnd::Done);
        }
        match opens {
            Some(b'{' | b'[')
                if may_span && error.at >= line.len() && error.what != IN_STRING && breaks_early(line) =>
            {
                return Ok(LineEnd::Spans(begin));
            }
            Some(b'{' | b'[' | b'"') => self.values_of(line, line, number, sink)?,
            // The rest of a container or sequence that a stray newline has cut.
            _ if ends_closed(line) && holds_record(line) => self.values_of(line, line, number, sink)?,
            _ if self.prefilter.may_be_sign_in(line) => {
                self.evaluator.unreadable(line, &error.to_string(), number, sink)?;
            }
            _ => {
                self.evaluator.not_json(line, number, sink)?;
                return Ok(LineEnd::Left);
            }
        }
        Ok(LineEnd::Done)
    }

    /// The values of a line, each by itself; with `--keep all`, a line without a sign-in is passed on
    /// whole.
    fn values_of(
        &mut self,
        line: &[u8],
        values: &[u8],
        number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        if self.evaluator.policy.keep != Keep::All {
            return self.values(values, number, sink);
        }
        let mut held = HeldBack::new(sink);
        self.values(values, number, &mut held)?;
        if !held.is_released() {
            self.passed(line, sink)?;
        }
        Ok(())
    }

    /// The values of a text, each by itself.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn values(&mut self, line: &[u8], number: u64, sink: &mut dyn Sink) -> Result<(), FilterError> {
        let mut reader = self.value_reader(number);
        self.read_values(&mut reader, line, true, sink).map(drop)
    }

    /// A reader for values that begin on a line.
    pub(super) fn value_reader(&self, number: u64) -> ValueReader {
        let Policy { longest_line, exhaustive, keep, .. } = &self.evaluator.policy;
        let every = exhaustive.is_some() || *keep == Keep::All;
        ValueReader::new(*longest_line, number).every(every)
    }

    /// Evaluates a piece of text that was taken apart.
    pub(super) fn piece(
        &mut self,
        piece: Piece<'_>,
        number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        match piece {
            // A text in an array may be a record; one that stands by itself is not.
            Piece::Value { text: text @ [b'"', ..], inside: true } if self.prefilter.may_hold(text) => {
                let array = [b"[", text, b"]"].concat();
                match self.text(&array, number, sink)? {
                    LineOutcome::Reported => Ok(()),
                    outcome => self.evaluator.settle(outcome, text, number, sink),
                }
            }
            Piece::Value { text, .. } => {
                let outcome = if self.evaluator.policy.exhaustive.is_some() || self.prefilter.may_hold(text) {
                    self.text(text, number, sink)?
                } else {
                    LineOutcome::Nothing
                };
                self.evaluator.settle(outcome, text, number, sink)
            }
            Piece::Damaged { text, length, error, inside } => {
                self.evaluator.damaged(text, length, error, inside, number, sink)
            }
            Piece::TooLong(skipped) => self.evaluator.skipped(skipped, number, sink),
        }
    }

    /// The last line of an input, without a newline. It may be cut off behind a closing bracket.
    pub(super) fn last_line(
        &mut self,
        block: &[u8],
        number: u64,
        sink: &mut dyn Sink,
    ) -> Result<LineEnd, FilterError> {
        let begin = memchr::memrchr(b'\n', block).map_or(0, |newline| newline + 1);
        let line = block.get(begin..).unwrap_or_default();
        let count = |bracket| memchr::memchr_iter(bracket, line).count();
        let is_cut = line.len() <= SHORT && ends_closed(line) && count(b'{') != count(b'}');
        if is_cut && !self.prefilter.may_hold(line) {
            return self.open_line(line, number, sink);
        }
        Ok(LineEnd::Left)
    }

    /// A line without a closing bracket at its end, in which nothing speaks of a sign-in.
    // Cold: most inputs have no such line.
    #[cold]
    fn open_line(&mut self, line: &[u8], number: u64, sink: &mut dyn Sink) -> Result<LineEnd, FilterError> {
        let json = trim_separators(line);
        let mut cursor = Cursor::new(json);
        if cursor.skip().and_then(|_| cursor.end()).is_ok() {
            return Ok(LineEnd::Left);
        }
        let mut cursor = Cursor::new(line);
        match cursor.skip().and_then(|_| cursor.end()) {
            Ok(()) => Ok(LineEnd::Left),
            Err(error) => self.broken(line, error, number, false, sink),
        }
    }

    /// Passes on a line about which nothing else is done.
    pub(super) fn passed(&self, line: &[u8], sink: &mut dyn Sink) -> Result<(), FilterError> {
        if self.evaluator.policy.keep == Keep::All {
            sink.accept(Event::PassedOn(line))?;
            sink.accept(Event::PassedOn(b"\n"))?;
        }
        Ok(())
    }

    /// The records of a container on one line that may hold a sign-in: the others are not looked at.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn elements<'a>(&self, line: &'a [u8], first: usize) -> Option<Vec<&'a [u8]>> {
        let Policy { exhaustive, keep, .. } = &self.evaluator.policy;
        // With `--keep all`, a container without sign-ins is passed on whole.
        if exhaustive.is_some() || *keep == Keep::All {
            return None;
        }
        crate::framing::elements(line, self.prefilter.places(line, first))
    }
}
