//! Explains a stream: the filter itself reads it, with a policy that leaves nothing out, so that what is explained is what
//! the filter finds.

use std::io::{self, Read};

use crate::exhaustive;
use crate::explain::{Explainer, Explanation, non_sign_in};
use crate::filter::{Event, Filter, FilterError, Keep, OnUnreadable, Policy, Sink};
use crate::rules::Rules;
use crate::schedule::{Hours, Schedule};
use crate::time_zone::Zone;

impl Explainer<'_> {
    /// Explains every record of an input, to its end, in order.
    ///
    /// # Errors
    /// An input that cannot be read, and whatever `each` fails with.
    pub fn stream(
        &self,
        input: impl Read,
        each: &mut dyn FnMut(Explanation) -> io::Result<()>,
    ) -> Result<(), FilterError> {
        let policy = Policy {
            identities: Vec::new(),
            outcome: None,
            keep: Keep::All,
            unreadable: OnUnreadable::Forward,
            exhaustive: Some(exhaustive::read),
            ..self.policy.clone()
        };
        let most = policy.longest_line;
        let mut printer = RecordPrinter {
            explainer: self,
            each,
            line: Vec::new(),
            unrecognized: false,
            too_much: false,
            most,
        };
        // This filter only finds: who is judged by which hours is asked for each record here.
        Filter::new(policy, anybody()).run(input, &mut printer, || false)
    }
}

/// Rules that judge nobody: every sign-in is handed over, inside hours or not.
fn anybody() -> Rules {
    let schedule = Schedule::new("none", Hours::never(), Zone::utc());
    // `off` speaks of no holidays, which is all that could be refused.
    #[expect(clippy::expect_used)]
    Rules::everybody(schedule.expect("no hours are hours"))
}

struct RecordPrinter<'t> {
    explainer: &'t Explainer<'t>,
    each: &'t mut dyn FnMut(Explanation) -> io::Result<()>,
    /// What was passed of a line so far.
    line: Vec<u8>,
    /// What stands in the line was explained already, as a sign-in that is in no record.
    unrecognized: bool,
    /// The line is longer than one may be; it is reported when it ends.
    too_much: bool,
    most: usize,
}

impl RecordPrinter<'_> {
    fn passed_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.split_inclusive(|&b| b == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            if self.line.len() + text.len() > self.most {
                self.too_much = true;
            } else {
                self.line.extend_from_slice(text);
            }
            if text.len() < part.len() {
                self.line_ended()?;
            }
        }
        Ok(())
    }

    fn line_ended(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.unrecognized) | std::mem::take(&mut self.too_much)
            || line.trim_ascii().is_empty()
        {
            return Ok(());
        }
        let mut result = Ok(());
        non_sign_in::explain(self.explainer, &line, &mut |explanation| {
            if result.is_ok() {
                result = (self.each)(explanation);
            }
        });
        result
    }
}

impl Sink for RecordPrinter<'_> {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::SignIn(alert) => (self.each)(self.explainer.sign_in(alert.sign_in)),
            Event::Unreadable { text, .. } => {
                let error = format!("line {}: {}", text.line_number, text.error);
                (self.each)(self.explainer.unreadable(&error))
            }
            Event::TooLong { line_number, length } => {
                let reason = format!(
                    "line {line_number} has {length} bytes, too many, and does not say \"ConsoleLogin\""
                );
                (self.each)(self.explainer.other(None, &reason))
            }
            Event::Unrecognized { found, line_number } => {
                self.unrecognized = true;
                (self.each)(self.explainer.unrecognized(line_number, found))
            }
            Event::PassedOn(bytes) => self.passed_on(bytes),
            Event::NotJson { .. } | Event::NoHolidays { .. } => Ok(()),
        }
    }
}
