//! Compiles a schedule to sorted UTC edges, a stretch of about a year at a time, and looks moments up in them.
//! Knows offsets as pieces of UTC time: gaps of the clock vanish and both passes of a fold count, by construction.
//! Knows nothing of what hours mean: that is `plan`'s.

use std::sync::OnceLock;

use crate::schedule::day_plan::{Code, Layers, Plan};
use crate::time_zone::Zone;
use crate::time_zone::civil::DAY;

/// A stretch is 2^25 seconds, 388 days: its number is a shift away from the moment.
const SHIFT: u32 = 25;
/// Seconds in a stretch.
pub(super) const STRETCH: i64 = 1 << SHIFT;
/// Stretches kept, from 1970 to October 2100.
const KEPT: usize = 123;
/// Moments further from 1970 than this (some 30,000 years) have no compiled stretch at all.
const COMPILABLE: i64 = 1 << 40;

/// The codes of one stretch: `codes[i]` holds from `starts[i]` to `starts[i + 1]`, the first from 0.
#[derive(Debug)]
pub(super) struct Edges {
    /// Seconds after the stretch's beginning, ascending, the first one 0.
    starts: Box<[u32]>,
    codes: Box<[Code]>,
}

impl Edges {
    /// The piece a moment lies in: begin, end and code, counted from the stretch's beginning.
    #[inline]
    fn piece(&self, at: u32) -> (u32, u32, Code) {
        let next = self.starts.partition_point(|&start| start <= at);
        let index = next.saturating_sub(1);
        let from = self.starts.get(index).copied().unwrap_or(0);
        let until = self.starts.get(next).copied().unwrap_or(STRETCH as u32);
        let code = self
            .codes
            .get(index)
            .copied()
            .unwrap_or(Code::plain(crate::schedule::verdict::Reason::NeverOpen));
        (from, until, code)
    }
}

/// All stretches of a schedule, each compiled when it is first asked for.
pub(super) struct Stretches {
    kept: Box<[OnceLock<Edges>]>,
}

impl Stretches {
    pub(super) fn new() -> Self {
        Self { kept: (0..KEPT).map(|_| OnceLock::new()).collect() }
    }

    /// The piece around a moment, in Unix seconds; `None` outside of the kept stretches.
    #[inline]
    pub(super) fn piece(&self, layers: &Layers, zone: &Zone, t: i64) -> Option<(i64, i64, Code)> {
        let number = t >> SHIFT;
        let slot = self.kept.get(usize::try_from(number).ok()?)?;
        let base = number << SHIFT;
        let edges = match slot.get() {
            Some(edges) => edges,
            None => slot.get_or_init(|| compile(layers, zone, base)),
        };
        Some(absolute(base, edges.piece((t - base) as u32)))
    }

    /// As [`Stretches::piece`], compiling a stretch for the occasion where none is kept. `None` only so far away that no
    /// calendar means anything.
    pub(super) fn piece_anywhere(&self, layers: &Layers, zone: &Zone, t: i64) -> Option<(i64, i64, Code)> {
        if let Some(piece) = self.piece(layers, zone, t) {
            return Some(piece);
        }
        if !(-COMPILABLE..COMPILABLE).contains(&t) {
            return None;
        }
        let base = (t >> SHIFT) << SHIFT;
        Some(absolute(base, compile(layers, zone, base).piece((t - base) as u32)))
    }
}

#[inline]
fn absolute(base: i64, (from, until, code): (u32, u32, Code)) -> (i64, i64, Code) {
    (base + i64::from(from), base + i64::from(until), code)
}

/// Compiles the stretch that begins at `base`.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
pub(super) fn compile(layers: &Layers, zone: &Zone, base: i64) -> Edges {
    let mut out = Writer { base, starts: Vec::with_capacity(1024), codes: Vec::with_capacity(1024) };
    let (mut yesterday, mut today) = (Plan::default(), Plan::default());
    let mut cuts = Vec::new();
    for (from, until, offset) in zone.segments(base, base + STRETCH) {
        let offset = i64::from(offset);
        // The wall clock shows every second of `lows..highs` once in this piece.
        let (low, high) = (from + offset, until + offset);
        let mut day = low.div_euclid(DAY);
        layers.plan(day - 1, &mut yesterday);
        while day * DAY < high {
            layers.plan(day, &mut today);
            let midnight = day * DAY;
            let shown = (low.max(midnight) - midnight) as u32..(high.min(midnight + DAY) - midnight) as u32;
            paint(&yesterday, &today, shown, &mut cuts, |second, code| {
                out.edge(midnight + i64::from(second) - offset, code);
            });
            std::mem::swap(&mut yesterday, &mut today);
            day += 1;
        }
    }
    Edges { starts: out.starts.into(), codes: out.codes.into() }
}

/// Tells the codes of the seconds `shown` of one local day, each with the second it begins at.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn paint(
    yesterday: &Plan,
    today: &Plan,
    shown: std::ops::Range<u32>,
    cuts: &mut Vec<u32>,
    mut edge: impl FnMut(u32, Code),
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
    codes: Vec<Code>,
}

impl Writer {
    fn edge(&mut self, at: i64, code: Code) {
        if self.codes.last() != Some(&code) {
            self.starts.push((at - self.base) as u32);
            self.codes.push(code);
        }
    }
}
