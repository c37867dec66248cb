//! What a reader of values does about damage: where the damaged stretch ends, and where reading goes on.

use super::{Each, KEPT, Level, Piece, Source, State, Step, ValueReader};
use crate::framing::elements::passed_over;
use crate::framing::oversized::Skipped;
use crate::framing::resync::{Next, lines_of_value, next_record, next_value};
use crate::json::Error;

impl ValueReader {
    /// A value that begins at `at` is damaged: an error was found so many bytes further on.
    pub(super) fn damage(&mut self, source: &Source<'_>, at: usize, error: Error, each: Each<'_>) -> Step {
        let Source { text, .. } = *source;
        let last = source.last || source.from(at).len() > self.longest;
        let line = self.line_at(text, at);
        let line_end = source.newline(at);
        // What stands by itself is over with its line, at the latest, unless it was whole so far.
        let limit = if self.level == Level::Top { line_end.unwrap_or(text.len()) } else { text.len() };
        let place = at + error.at;
        // What is passed over by brackets alone where it is not wanted is one value here too, unless a
        // bracket or quote is missing and it takes in its neighbors.
        let whole_line = self.level == Level::Top && line_end.is_some();
        let end = match self.brackets() {
            Some(level) => {
                let text = text.get(..limit).unwrap_or_default();
                match passed_over(text, at, level, last || whole_line) {
                    Ok(end) => end,
                    Err(()) => return Step::More(at),
                }
            }
            None => None,
        };
        if let Some((end, value)) = end.and_then(|end| Some((end, text.get(at..end)?))) {
            let may_hold = source.prefilter.may_hold(value);
            let inside = match may_hold {
                true => next_record(text, at + 1, end, last),
                false => Next::None,
            };
            match inside {
                Next::Unfinished => return Step::More(at),
                Next::None => {
                    let error = Error { at: error.at.min(value.len().saturating_sub(1)), ..error };
                    let damaged = self.damaged;
                    self.report(value, line, error, each);
                    // Where it is not wanted it is passed over without a word.
                    self.damaged &= may_hold || damaged;
                    return self.value_ends(end);
                }
                Next::At(_) => {}
            }
        }
        let until = match next_value(text, at + 1, limit, last) {
            Next::At(next) => next,
            Next::Unfinished => return Step::More(at),
            Next::None if self.level != Level::Top && source.last => text.len(),
            Next::None if self.level != Level::Top => return self.lose(source, at, line, error),
            Next::None => match line_end {
                None if source.last => text.len(),
                None => return self.lose(source, at, line, error),
                Some(end) if place <= end => return self.damaged_line(source, at, end, error, each),
                Some(end) => {
                    let end = match lines_of_value(text, end, last) {
                        Some(end) => end,
                        None if last => text.len(),
                        None => return Step::More(at),
                    };
                    return self.damaged_line(source, at, end, error, each);
                }
            },
        };
        self.report(&text[at..until], line, error, each);
        Step::Next(until)
    }

    /// Reports what stands by itself up to a newline; a reader of one value is over then.
    fn damaged_line(
        &mut self,
        source: &Source<'_>,
        at: usize,
        end: usize,
        error: Error,
        each: Each<'_>,
    ) -> Step {
        let line = self.line_at(source.text, at);
        self.report(source.text.get(at..end).unwrap_or_default(), line, error, each);
        if self.one { Step::Over(end) } else { Step::Next(end) }
    }

    fn report(&mut self, text: &[u8], line: u64, error: Error, each: Each<'_>) {
        let inside = self.level != Level::Top;
        self.damaged |= inside;
        each(line, Piece::Damaged { text, length: text.len() as u64, error, inside });
    }

    /// Where damage ends is not to be seen yet.
    fn lose(&mut self, source: &Source<'_>, at: usize, line: u64, error: Error) -> Step {
        let mut skipped = Box::<Skipped>::default();
        let keep = source.text.len().saturating_sub(KEPT).max(at + 1);
        skipped.feed(source.text.get(at..keep).unwrap_or_default(), source.prefilter);
        self.state = State::Lost(skipped, line, error);
        Step::Next(keep)
    }

    pub(super) fn lost(&mut self, source: &Source<'_>, at: usize, each: Each<'_>) -> Step {
        let Source { text, prefilter, .. } = *source;
        let last = source.last || source.from(at).len() > self.longest;
        let in_line = self.level == Level::Top;
        let line_end = if in_line { source.newline(at) } else { None };
        let limit = line_end.unwrap_or(text.len());
        let (until, over) = match next_value(text, at, limit, last) {
            Next::At(next) => (next, false),
            Next::Unfinished => return Step::More(at),
            Next::None => match line_end {
                Some(end) => (end, self.one),
                None if source.last => (text.len(), false),
                None => {
                    let keep = text.len().saturating_sub(KEPT).max(at);
                    let State::Lost(skipped, ..) = &mut self.state else { return Step::More(at) };
                    skipped.feed(text.get(at..keep).unwrap_or_default(), prefilter);
                    return Step::More(keep);
                }
            },
        };
        if let State::Lost(mut skipped, line, error) = std::mem::replace(&mut self.state, State::Values) {
            skipped.feed(text.get(at..until).unwrap_or_default(), prefilter);
            let (text, length) = (skipped.beginning(), skipped.length());
            self.damaged |= !in_line;
            each(line, Piece::Damaged { text, length, error, inside: !in_line });
        }
        if over { Step::Over(until) } else { Step::Next(until) }
    }
}
