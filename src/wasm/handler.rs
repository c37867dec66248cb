//! Evaluates records one by one. Knows when a record need not be looked at, and what each of the two functions wants; knows
//! nothing of pointers.

use crate::filter::Filter;
use crate::prefilter::{Prefilter, ends_closed};
use crate::wasm::host::HostEnv;
use crate::wasm::init;
use crate::wasm::init::Start;
use crate::wasm::output::{Collected, Mode};

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
pub(super) struct Handler<S> {
    prefilter: Prefilter,
    filter: Filter,
    collected: Collected<S>,
    /// The records that came.
    count: u64,
}

impl<S: HostEnv> Handler<S> {
    /// Reads the configuration; always opens.
    pub(super) fn open(host: S) -> Self {
        let Start { policy, rules, broken } = init::start(&host);
        Handler {
            prefilter: policy.prefilter(),
            collected: Collected::new(host, policy.tag.clone(), broken),
            filter: Filter::new(policy, rules),
            count: 0,
        }
    }

    /// Keeps console sign-ins outside hours, and doubt.
    pub(super) fn filter(&mut self, record: &[u8]) -> Answer<'_> {
        self.evaluate(record, Mode::AfterHours)
    }

    /// Keeps everything.
    pub(super) fn tag(&mut self, record: &[u8]) -> Answer<'_> {
        self.evaluate(record, Mode::All)
    }

    fn evaluate(&mut self, record: &[u8], mode: Mode) -> Answer<'_> {
        self.count += 1;
        let nothing = || if mode == Mode::All { Answer::Unchanged } else { Answer::Nothing };
        // A record that is cut off may not say its name yet.
        if !self.prefilter.may_hold(record) && ends_closed(record) {
            return nothing();
        }
        self.collected.begin(record.len(), mode, self.count);
        // Neither the sink nor the policy ever stops it.
        let _ = self.filter.evaluate(record, self.count, &mut self.collected);
        self.collected.answer(record).map_or_else(nothing, Answer::Json)
    }
}
