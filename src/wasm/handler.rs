//! Judges records one by one. Knows when a record need not be looked at, and what each of the two functions wants; knows
//! nothing of pointers.

use crate::filter::Filter;
use crate::prefilter::Prefilter;
use crate::wasm::host::Surroundings;
use crate::wasm::init;
use crate::wasm::init::Start;
use crate::wasm::output::{Finds, Wanted};

/// What is said of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<'d> {
    /// Nothing goes out.
    Nothing,
    /// The record goes out as it came.
    Unchanged,
    /// A JSON object goes out. It ends with a NUL.
    Json(&'d [u8]),
}

/// A filter that is asked about one record at a time.
pub(super) struct Door<S> {
    prefilter: Prefilter,
    filter: Filter,
    finds: Finds<S>,
    /// The records that came.
    count: u64,
}

impl<S: Surroundings> Door<S> {
    /// Reads the configuration; always opens.
    pub(super) fn open(surroundings: S) -> Self {
        let Start { policy, rules, broken } = init::start(&surroundings);
        Door {
            prefilter: Prefilter::default(),
            finds: Finds::new(surroundings, policy.tag.clone(), broken),
            filter: Filter::new(policy, rules),
            count: 0,
        }
    }

    /// Keeps console sign-ins outside hours, and doubt.
    pub(super) fn filter(&mut self, record: &[u8]) -> Answer<'_> {
        self.judge(record, Wanted::AfterHours)
    }

    /// Keeps everything.
    pub(super) fn tag(&mut self, record: &[u8]) -> Answer<'_> {
        self.judge(record, Wanted::All)
    }

    fn judge(&mut self, record: &[u8], wanted: Wanted) -> Answer<'_> {
        self.count += 1;
        let nothing = || if wanted == Wanted::All { Answer::Unchanged } else { Answer::Nothing };
        if !self.prefilter.may_hold(record) {
            return nothing();
        }
        self.finds.begin(record.len(), wanted, self.count);
        // Neither the sink nor the policy ever stops it.
        let _ = self.filter.judge(record, self.count, &mut self.finds);
        self.finds.answer(record).map_or_else(nothing, Answer::Json)
    }
}
