//! Input that is more than lines: values that span lines, lines that are longer than the buffer may
//! grow, and where each of them ends. Whatever it is, memory is bounded by the longest value.

use crate::filter::input::{Input, Reading, behind_value};
use crate::filter::{Event, Filter, FilterError, Keep, Sink};
use crate::framing::{Progress, Skipped, ValueReader, holds_record, without_mark};

/// So much of a part is copied to finish a value that began in the part before, in bytes.
const FRONT: usize = 64 * 1024;

impl Filter {
    /// Evaluates a block of whole lines, of which values that span lines may be a part; says what the input is then, and the next number.
    pub(super) fn lines(
        &mut self,
        mut state: Input,
        mut block: &[u8],
        mut line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(Input, u64), FilterError> {
        loop {
            let Input::Values(mut reading) = state else {
                let (count, spans) = self.block(block, line_number, sink, false)?;
                line_number += count;
                let Some(begin) = spans else { return Ok((Input::Lines, line_number)) };
                block = block.get(begin..).unwrap_or_default();
                let reader = self.value_reader(line_number).one();
                state = Input::Values(Box::new(Reading {
                    reader,
                    pending: Vec::new(),
                    in_line: false,
                    open_line: false,
                }));
                continue;
            };
            let joined = (!reading.pending.is_empty()).then(|| {
                let mut joined = std::mem::take(&mut reading.pending);
                joined.extend_from_slice(block);
                joined
            });
            let text = joined.as_deref().unwrap_or(block);
            reading.open_line = !text.ends_with(b"\n");
            let Progress { done, over } = self.read_values(&mut reading.reader, text, false, sink)?;
            line_number = reading.reader.line();
            let rest = text.get(done..).unwrap_or_default();
            if !over {
                reading.pending = rest.to_vec();
                return Ok((Input::Values(reading), line_number));
            }
            let (rest, newlines) = behind_value(rest);
            // The last line of an input may lack its newline.
            line_number += newlines.max(u64::from(rest.is_empty() && reading.open_line));
            if joined.is_some() {
                // What is left of it was never left over from a block before: this ends here.
                return self.lines(Input::Lines, rest, line_number, sink);
            }
            (state, block) = (Input::Lines, block.get(block.len() - rest.len()..).unwrap_or_default());
        }
    }

    /// Reads what was pending of a long line together with the front of its next part, so that the
    /// rest of the part can be read in place; gives back what is left of the part.
    fn finish_pending<'p>(
        &mut self,
        reading: &mut Reading,
        part: &'p [u8],
        sink: &mut dyn Sink,
    ) -> Result<&'p [u8], FilterError> {
        let pending = reading.pending.len();
        let Some(front) = part.get(..FRONT).filter(|_| pending > 0 && pending < FRONT) else {
            return Ok(part);
        };
        reading.pending.extend_from_slice(front);
        let text = std::mem::take(&mut reading.pending);
        let Progress { done, .. } = self.read_values(&mut reading.reader, &text, false, sink)?;
        if let Some(read) = done.checked_sub(pending) {
            return Ok(part.get(read..).unwrap_or_default());
        }
        reading.pending = text.get(done..).unwrap_or_default().to_vec();
        Ok(part.get(FRONT..).unwrap_or_default())
    }

    /// What a long line is, with the part of it to read.
    pub(super) fn long<'p>(
        &self,
        state: Input,
        part: &'p [u8],
        first: bool,
        line_number: u64,
    ) -> (Input, &'p [u8]) {
        let part = if matches!(state, Input::Start) { without_mark(part) } else { part };
        match state {
            Input::Start | Input::Lines if first => (self.long_line(part, line_number), part),
            state => (state, part),
        }
    }

    fn long_line(&self, part: &[u8], line_number: u64) -> Input {
        match part.trim_ascii_start().first() {
            // Of other text, only what holds a record, as the rest of a container behind a stray newline.
            Some(byte) if !b"{[\",\x1e".contains(byte) && !holds_record(part) => Input::Text(Box::default()),
            _ => Input::Values(Box::new(Reading {
                reader: self.value_reader(line_number),
                pending: Vec::new(),
                in_line: true,
                open_line: true,
            })),
        }
    }

    /// Evaluates a part of a long line; with `last` it ends.
    pub(super) fn long_part(
        &mut self,
        state: Input,
        part: &[u8],
        last: bool,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(Input, u64), FilterError> {
        match state {
            Input::Values(mut reading) => {
                let in_line = reading.in_line;
                let part = match in_line {
                    true => self.finish_pending(&mut reading, part, sink)?,
                    false => part,
                };
                if in_line && reading.pending.is_empty() {
                    // Read in place: only what is unfinished is copied.
                    let Progress { done, .. } = self.read_values(&mut reading.reader, part, last, sink)?;
                    reading.pending = part.get(done..).unwrap_or_default().to_vec();
                    let line = reading.reader.line();
                    return Ok(match last {
                        true => (Input::Lines, line_number + 1),
                        false => (Input::Values(reading), line),
                    });
                }
                let mut text = std::mem::take(&mut reading.pending);
                text.extend_from_slice(part);
                if last && !in_line {
                    text.push(b'\n');
                }
                reading.open_line = !last;
                let Progress { done, over } =
                    self.read_values(&mut reading.reader, &text, last && in_line, sink)?;
                let line = reading.reader.line();
                if last && in_line {
                    return Ok((Input::Lines, line_number + 1));
                }
                if !over {
                    text.drain(..done);
                    reading.pending = text;
                    return Ok((Input::Values(reading), line));
                }
                let rest = text.get(done..).unwrap_or_default();
                if last {
                    let (rest, newlines) = behind_value(rest);
                    return self.lines(Input::Lines, rest, line + newlines, sink);
                }
                // Whole lines may stand before the part of the long one.
                let begin = memchr::memrchr(b'\n', rest).map_or(0, |newline| newline + 1);
                let (lines, part) = rest.split_at_checked(begin).unwrap_or((b"", rest));
                let (lines, newlines) = behind_value(lines);
                let (state, line) = self.lines(Input::Lines, lines, line + newlines, sink)?;
                let state = match state {
                    Input::Values(reading) => Input::Values(reading),
                    _ => self.long_line(part, line),
                };
                self.long_part(state, part, false, line, sink)
            }
            Input::Text(mut skipped) => {
                skipped.feed(part, &self.prefilter);
                if self.evaluator.policy.keep == Keep::All {
                    sink.accept(Event::PassedOn(part))?;
                }
                if !last {
                    return Ok((Input::Text(skipped), line_number));
                }
                self.long_text_ends(&skipped, line_number, sink)?;
                Ok((Input::Lines, line_number + 1))
            }
            state => Ok((state, line_number + u64::from(last))),
        }
    }

    fn long_text_ends(
        &mut self,
        skipped: &Skipped,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        if self.evaluator.policy.keep == Keep::All {
            sink.accept(Event::PassedOn(b"\n"))?;
        }
        self.evaluator.skipped(skipped, line_number, sink)
    }

    /// Evaluates what is at hand of values that are read as they come.
    pub(super) fn read_values(
        &mut self,
        reader: &mut ValueReader,
        text: &[u8],
        last: bool,
        sink: &mut dyn Sink,
    ) -> Result<Progress, FilterError> {
        let prefilter = self.prefilter.clone();
        let mut result = Ok(());
        let progress = reader.read(text, last, &prefilter, &mut |line, piece| {
            if result.is_ok() {
                result = self.piece(piece, line, sink);
            }
        });
        result.map(|()| progress)
    }

    /// Whatever spans lines ends here; says the number of the line behind the input.
    pub(super) fn ended(
        &mut self,
        mut state: Input,
        mut line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<u64, FilterError> {
        loop {
            match state {
                Input::Start | Input::Lines => return Ok(line_number),
                Input::Text(skipped) => {
                    self.long_text_ends(&skipped, line_number, sink)?;
                    return Ok(line_number + 1);
                }
                Input::Values(mut reading) => {
                    let text = std::mem::take(&mut reading.pending);
                    let Progress { done, over } = self.read_values(&mut reading.reader, &text, true, sink)?;
                    line_number = reading.reader.line();
                    let rest = text.get(done..).unwrap_or_default();
                    if !over {
                        // The last line may lack its newline.
                        return Ok(line_number + u64::from(reading.open_line));
                    }
                    let (rest, newlines) = behind_value(rest);
                    if rest.is_empty() && newlines == 0 {
                        return Ok(line_number + u64::from(reading.open_line));
                    }
                    (state, line_number) = self.lines(Input::Lines, rest, line_number + newlines, sink)?;
                }
            }
        }
    }
}
