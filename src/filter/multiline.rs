//! Blocks of which documents may be a part: where they begin, what comes out of them, and where they end.

use crate::envelope::LineOutcome;
use crate::filter::context::Context;
use crate::filter::oversized::LongLine;
use crate::filter::{Filter, FilterError, Input, Sink};
use crate::framing;
use crate::framing::{Piece, Splitter};

impl Filter {
    /// Evaluates a block of whole lines, of which documents may be a part; says what the input is then, and the next number.
    pub(super) fn lines(
        &mut self,
        mut state: Input,
        mut block: &[u8],
        mut line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(Input, u64), FilterError> {
        loop {
            match &mut state {
                Input::Document(splitter) => {
                    let (count, over) = self.pieces(splitter, block, Context::document(line_number), sink)?;
                    line_number += count;
                    let Some(end) = over else { return Ok((state, line_number)) };
                    block = &block[end..];
                    state = Input::Between;
                }
                Input::Start | Input::Between => {
                    if matches!(state, Input::Between) {
                        block = block.trim_ascii_start();
                    }
                    if block.is_empty() {
                        return Ok((state, line_number));
                    }
                    state = if framing::begins_spanning(block) {
                        Input::Document(Splitter::new(self.evaluator.policy.longest_line))
                    } else {
                        Input::Lines
                    };
                }
                Input::Lines | Input::Long(_) => {
                    line_number += self.block(block, line_number, sink, false)?;
                    return Ok((Input::Lines, line_number));
                }
            }
        }
    }

    /// Feeds a document and evaluates what comes out of it; says how much that was, and where in the part it is over.
    pub(super) fn pieces(
        &mut self,
        splitter: &mut Splitter,
        part: &[u8],
        context: Context,
        sink: &mut dyn Sink,
    ) -> Result<(u64, Option<usize>), FilterError> {
        let mut result = Ok(());
        let mut count = 0;
        let over = splitter.feed(part, &mut |piece| {
            if result.is_ok() {
                let line_number = context.line_number + context.step * count;
                result = self.piece(piece, Context { line_number, ..context }, sink);
                count += 1;
            }
        });
        result.map(|()| (count, over))
    }

    pub(super) fn pieces_end(
        &mut self,
        splitter: Splitter,
        context: Context,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        let mut result = Ok(());
        splitter.end(&mut |piece| result = self.piece(piece, context, sink));
        result
    }

    fn piece(&mut self, piece: Piece<'_>, context: Context, sink: &mut dyn Sink) -> Result<(), FilterError> {
        match piece {
            Piece::Element(element) => {
                let held = if self.evaluator.policy.exhaustive.is_some() || self.prefilter.may_hold(element) {
                    self.text(element, context.line_number, sink)?
                } else {
                    LineOutcome::Nothing
                };
                self.evaluator.settle(held, element, context.line_number, sink)
            }
            Piece::Damaged(text, why) => {
                self.evaluator.damaged(text, why, context.line_number, context.damage, sink)
            }
        }
    }

    /// Whatever spans lines ends here.
    pub(super) fn ended(
        &mut self,
        state: Input,
        line_number: u64,
        sink: &mut dyn Sink,
    ) -> Result<(), FilterError> {
        match state {
            Input::Start | Input::Between | Input::Lines => Ok(()),
            Input::Document(splitter) | Input::Long(LongLine::Container(splitter)) => {
                self.pieces_end(splitter, Context::line(line_number), sink)
            }
            Input::Long(LongLine::Skipped(skipped)) => self.evaluator.skipped(&skipped, line_number, sink),
        }
    }
}
