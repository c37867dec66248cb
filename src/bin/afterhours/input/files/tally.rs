//! How many inputs were read, how many failed, and what ended the run. Says why an input failed.

use std::io::ErrorKind;

use afterhours::filter::FilterError;
use anyhow::anyhow;

use crate::input::compression::codec;
use crate::input::files::content::InputReport;
use crate::input::source::{Source, describe};
use crate::sys::messages::say;

/// So many inputs without records are named; a bucket may hold thousands of flow logs.
const MOST_FOREIGN: u64 = 8;

/// What became of the inputs.
#[derive(Debug)]
pub(crate) struct Tally {
    /// How many there were.
    pub(crate) inputs: u64,
    /// How many of them could not be read, or not to their end.
    pub(crate) failed: u64,
    /// How many of those could not be read at all.
    pub(crate) unread: u64,
    /// How many were read to their end, and perhaps not as what they are.
    pub(crate) doubtful: u64,
    /// How many hold no record.
    foreign: u64,
    /// Some input holds records.
    with_records: bool,
    /// Members of the tar that is being read could not be read.
    members_failed: bool,
    /// The reader of the output is gone.
    pub(crate) reader_gone: bool,
    /// What ended it early.
    pub(crate) result: anyhow::Result<()>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            inputs: 0,
            failed: 0,
            unread: 0,
            doubtful: 0,
            foreign: 0,
            with_records: false,
            members_failed: false,
            reader_gone: false,
            result: Ok(()),
        }
    }
}

impl Tally {
    /// The tally of one input, and how it ended.
    pub(crate) fn of(name: &str, ended: Result<(), FilterError>) -> Self {
        let mut tally = Tally { inputs: 1, ..Tally::default() };
        tally.ended(name, ended);
        tally
    }

    /// What ended the run early; or an error, if nothing could be read, not even a folder.
    pub(crate) fn result(self, folders: u64) -> anyhow::Result<()> {
        if self.inputs > 0 && self.unread == self.inputs && folders == 0 {
            self.result?;
            return Err(anyhow!("none of the inputs could be read"));
        }
        self.result
    }

    /// Says what was noticed about an input.
    pub(super) fn report(&mut self, source: &dyn Source, report: &InputReport) {
        let InputReport { notes, members, incomplete, search, said, .. } = report;
        let name = source.name();
        for note in notes {
            say(&format!("{name}: {note}"));
        }
        for (member, why) in &members.named {
            say(&format!("{name}!{member}: {why}"));
        }
        if members.more > 0 {
            say(&format!("{name}: {} more members could not be read, or not to their end", members.more));
        }
        self.members_failed |= !members.named.is_empty();
        self.with_records |= search.found();
        let foreign = search.finding(true);
        let is_foreign = foreign.is_some();
        if let Some(what) = foreign.filter(|_| !said) {
            self.foreign += 1;
            if self.foreign <= MOST_FOREIGN {
                say(&format!("{name}: {what}"));
            }
        }
        // A folder may hold the logs of other services too.
        self.doubtful += u64::from(*incomplete || (is_foreign && source.is_named()));
    }

    /// Says how many inputs without records were not named, and counts a run in which no input had some.
    pub(super) fn name_the_rest(&mut self) {
        if let Some(more @ 1..) = self.foreign.checked_sub(MOST_FOREIGN) {
            say(&format!("{more} more inputs hold no CloudTrail record"));
        }
        if self.foreign > 0 && !self.with_records && self.doubtful == 0 {
            self.doubtful = 1;
        }
    }

    /// Counts an input that was read to its end.
    pub(super) fn read(&mut self) {
        self.failed += u64::from(std::mem::take(&mut self.members_failed));
    }

    /// Counts how an input ended, and reports an error.
    pub(super) fn ended(&mut self, name: &str, result: Result<(), FilterError>) {
        self.members_failed = false;
        match result {
            Ok(()) => {}
            Err(FilterError::Read(error) | FilterError::Sink(error))
                if error.kind() == ErrorKind::BrokenPipe =>
            {
                self.reader_gone = true;
            }
            Err(FilterError::Read(error)) => {
                say(&format!("{name}: {}", describe(&error)));
                self.failed += 1;
                self.unread += u64::from(!codec::is_damage(&error));
            }
            Err(FilterError::Sink(error)) => {
                self.result = Err(anyhow!(error).context("stdout: could not write"));
            }
            Err(FilterError::Unreadable { line_number, error }) => {
                let what = format!("{name}:{line_number}: may be a sign-in and cannot be read: {error}");
                self.result = Err(anyhow!(what).context("stopped, as --unreadable stop says"));
            }
        }
    }
}
