//! What a filter has counted. Knows each figure's name, meaning and value, in one list that the end-of-run summary, its JSON
//! and metrics are printed from. Knows nothing of how they are printed.

use serde::Serialize;

/// One figure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its key in JSON, in snake case.
    pub name: &'static str,
    /// What it means, in one clause.
    pub help: &'static str,
    /// Its value.
    pub value: FigureValue,
}

/// The value of a figure. In JSON a number, or `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FigureValue {
    /// How many there were.
    Count(u64),
    /// Whether it is so.
    Flag(bool),
}

/// Declares a struct of counters, and with it the list of its figures.
macro_rules! counters {
    ($(#[$about:meta])* pub struct $counters:ident { $($name:ident: $help:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $counters {
            $(#[doc = $help] pub $name: u64,)+
        }

        impl $counters {
            /// Adds the numbers of another input.
            pub fn add(&mut self, other: &$counters) {
                $(self.$name += other.$name;)+
            }

            /// All figures, in the order in which they are printed.
            pub fn figures(&self) -> Vec<Figure> {
                vec![$(Figure {
                    name: stringify!($name),
                    help: $help,
                    value: FigureValue::Count(self.$name),
                },)+]
            }
        }
    };
}

counters! {
    /// What happened, in numbers.
    pub struct Stats {
        bytes: "bytes read",
        lines: "lines read",
        blank: "blank lines",
        not_json: "lines, or parts of lines, that are not JSON",
        candidates: "lines that were parsed",
        sign_ins: "console sign-ins found, of every kind of identity",
        not_counted: "sign-ins left out by --identity, --outcome, --since or --until",
        judged: "sign-ins evaluated: they match --identity, --outcome, --since and --until",
        inside: "sign-ins in hours",
        outside: "sign-ins after hours",
        ignored: "sign-ins that a rule ignores",
        no_event_time: "sign-ins without a readable time, forwarded as undecided",
        assumed_utc: "sign-ins whose time names no zone, taken as UTC",
        unreadable: "lines that may hold a sign-in and cannot be read",
        unrecognized: "console sign-ins that are in no record, and are not evaluated",
        too_long: "lines longer than --max-line, skipped",
        copies: "copies of sign-ins left out by --dedupe",
        forwarded: "lines written for sign-ins and for unreadable lines",
    }
}

impl Stats {
    /// How much was read and not evaluated: with any of it, a run is incomplete.
    pub fn not_evaluated(&self) -> u64 {
        self.unreadable + self.unrecognized + self.too_long + self.not_json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_added_and_listed_under_its_name() {
        let one = Stats { bytes: 1, forwarded: 2, ..Stats::default() };
        let mut sum = one.clone();
        sum.add(&one);
        let figures = sum.figures();
        let named = |name: &str| figures.iter().find(|figure| figure.name == name).unwrap().value;
        assert_eq!(named("bytes"), FigureValue::Count(2));
        assert_eq!(named("forwarded"), FigureValue::Count(4));
        assert_eq!(named("lines"), FigureValue::Count(0));
        assert_eq!(figures.len(), 18);
    }
}
