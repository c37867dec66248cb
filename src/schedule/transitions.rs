//! Compiles a schedule to sorted transitions in UTC, a period of about a year at a time, and looks
//! up moments in them. Knows offsets as intervals of UTC: skipped local times vanish and repeated
//! ones count twice by construction. Knows nothing of the meaning of hours: that is in `day_plan`.

use std::sync::OnceLock;

use crate::schedule::day_plan::{DayPlan, DayRules, ReasonCode};
use crate::schedule::verdict::Reason;
use crate::time_zone::Zone;
use crate::time_zone::civil::DAY;

/// A period is 2^25 seconds, 388 days: a shift of the moment gives its number.
const SHIFT: u32 = 25;
/// Seconds in a period.
pub(super) const PERIOD: i64 = 1 << SHIFT;
/// Periods kept, from 1970 to October 2100.
const KEPT: usize = 123;
/// Moments further from 1970 than this (some 30,000 years) are never compiled.
const COMPILABLE: i64 = 1 << 40;

/// The transitions of one period: `codes[i]` applies from `starts[i]` to `starts[i + 1]`, the first
/// from 0.
#[derive(Debug)]
pub(super) struct Transitions {
    /// Seconds after the beginning of the period, ascending, the first one 0.
    starts: Box<[u32]>,
    codes: Box<[ReasonCode]>,
}

impl Transitions {
    /// The interval that contains a moment: begin, end and code, in seconds after the beginning of
    /// the period.
    #[inline]
    fn interval(&self, at: u32) -> (u32, u32, ReasonCode) {
        let next = self.starts.partition_point(|&start| start <= at);
        let index = next.saturating_sub(1);
        let from = self.starts.get(index).copied().unwrap_or(0);
        let until = self.starts.get(next).copied().unwrap_or(PERIOD as u32);
        let code = self.codes.get(index).copied().unwrap_or(ReasonCode::plain(Reason::NeverOpen));
        (from, until, code)
    }
}

/// The transitions of a schedule; each period is compiled when it is first needed.
pub(super) struct TransitionCache {
    kept: Box<[OnceLock<Transitions>]>,
}

impl TransitionCache {
    pub(super) fn new() -> Self {
        Self { kept: (0..KEPT).map(|_| OnceLock::new()).collect() }
    }

    /// The interval around a moment, in Unix seconds; `None` outside of the kept periods.
    #[inline]
    pub(super) fn interval(
        &self,
        day_rules: &DayRules,
        zone: &Zone,
        t: i64,
    ) -> Option<(i64, i64, ReasonCode)> {
        let number = t >> SHIFT;
        let slot = self.kept.get(usize::try_from(number).ok()?)?;
        let base = number << SHIFT;
        let transitions = match slot.get() {
            Some(transitions) => transitions,
            None => slot.get_or_init(|| compile(day_rules, zone, base)),
        };
        Some(absolute(base, transitions.interval((t - base) as u32)))
    }

    /// As [`TransitionCache::interval`], but compiles a period for this one call if it is not kept.
    /// `None` only more than 30,000 years away.
    pub(super) fn interval_anywhere(
        &self,
        day_rules: &DayRules,
        zone: &Zone,
        t: i64,
    ) -> Option<(i64, i64, ReasonCode)> {
        if let Some(piece) = self.interval(day_rules, zone, t) {
            return Some(piece);
        }
        if !(-COMPILABLE..COMPILABLE).contains(&t) {
            return None;
        }
        let base = (t >> SHIFT) << SHIFT;
        Some(absolute(base, compile(day_rules, zone, base).interval((t - base) as u32)))
    }
}

#[inline]
fn absolute(base: i64, (from, until, code): (u32, u32, ReasonCode)) -> (i64, i64, ReasonCode) {
    (base + i64::from(from), base + i64::from(until), code)
}

/// Compiles the period that begins at `base`.
// Never inlined, to keep stack frames small: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn compile(day_rules: &DayRules, zone: &Zone, base: i64) -> Transitions {
    let mut out = Writer { base, starts: Vec::with_capacity(1024), codes: Vec::with_capacity(1024) };
    let (mut yesterday, mut today) = (DayPlan::default(), DayPlan::default());
    let mut cuts = Vec::new();
    for (from, until, offset) in zone.segments(base, base + PERIOD) {
        let offset = i64::from(offset);
        // The wall clock shows every second of `low..high` once in this interval.
        let (low, high) = (from + offset, until + offset);
        let mut day = low.div_euclid(DAY);
        day_rules.plan(day - 1, &mut yesterday);
        while day * DAY < high {
            day_rules.plan(day, &mut today);
            let midnight = day * DAY;
            let shown = (low.max(midnight) - midnight) as u32..(high.min(midnight + DAY) - midnight) as u32;
            write_day(&yesterday, &today, shown, &mut cuts, |second, code| {
                out.edge(midnight + i64::from(second) - offset, code);
            });
            std::mem::swap(&mut yesterday, &mut today);
            day += 1;
        }
    }
    Transitions { starts: out.starts.into(), codes: out.codes.into() }
}

/// Calls `edge` with each code of the seconds `shown` of one local day and the second at which it
/// begins.
// Never inlined, to keep stack frames small: see "Stack" in `wasm`.
#[inline(never)]
fn write_day(
    yesterday: &DayPlan,
    today: &DayPlan,
    shown: std::ops::Range<u32>,
    cuts: &mut Vec<u32>,
    mut edge: impl FnMut(u32, ReasonCode),
) {
    const FULL: u32 = DAY as u32;
    let tails = yesterday.windows.iter().filter(|w| w.1 > FULL).map(|w| (0, w.1 - FULL, w.2));
    let windows = || tails.clone().chain(today.windows.iter().copied());
    cuts.clear();
    cuts.push(shown.start);
    for (start, end, _) in windows() {
        cuts.extend([start, end].into_iter().filter(|cut| shown.contains(cut)));
    }
    cuts.sort_unstable();
    for &at in cuts.iter() {
        let held = windows().filter(|w| w.0 <= at && at < w.1).map(|w| w.2);
        edge(at, held.min_by_key(|code| code.reason).unwrap_or(today.outside));
    }
}

struct Writer {
    base: i64,
    starts: Vec<u32>,
    codes: Vec<ReasonCode>,
}

impl Writer {
    fn edge(&mut self, at: i64, code: ReasonCode) {
        if self.codes.last() != Some(&code) {
            self.starts.push((at - self.base) as u32);
            self.codes.push(code);
        }
    }
}
