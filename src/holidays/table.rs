//! Reads table.bin, which generate.py writes. Knows its bytes; knows nothing of what a user may
//! have meant by a code.
//!
//! Read in place and only as far as one code needs: there is nothing to unpack. All numbers are
//! LEB128 varints unless said otherwise, signed ones zigzag; a text ends at byte 0.
//!
//! ```text
//! table    = "AHOL" 1 version:text* letters pairs names masks anchors shared country...
//! letters  = count byte...                  text byte b, 1 <= b <= count, is letter b-1 (a byte of UTF-8)
//! pairs    = count (byte byte)...           any higher b is two text bytes, each below b        (* version is plain)
//! names    = count text...                  names of holidays, the most used first
//! masks    = count u16...                   sets of years, bit 0 is FIRST_YEAR
//! anchors  = count days...                  calendars that no rule below can say
//! days     = count delta...                 dates, from FIRST_YEAR-01-01
//! shared   = count item...                  what more than one code has
//! item     = name rule...                   a name and its dates
//! rule     = head:byte [since:byte] (FIXED | NTH_WEEKDAY | EASTER | ORTHODOX) [mask:byte [u16 if 255]]
//!          | head:byte [since:byte] ANCHOR anchor shift [bits]
//!          | head:byte [since:byte] LIST days
//! country  = length alpha2 alpha3 name:text first:byte end:byte items count subdivision...
//! items    = count delta... count item...   shared ones by number, then its own
//! subdivision = code:text count alias:text... length (count dropped... items)
//! ```
//!
//! Head: bits 0-2 the kind, 3 another rule follows, 4 every year (or every date of the anchor; no
//! mask), 5-6 label, 7 dates are estimated from year `since` on. Label and `since` stand in an
//! item's first rule. A subdivision has its country's items but the dropped (by position), and
//! those of its own.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use std::ops::RangeInclusive;

/// The first year the table can speak of; a country may begin later.
const FIRST_YEAR: i32 = 2020;
/// How many years a mask has.
const YEARS: i32 = 16;
const LABELS: [&str; 3] = ["", "observed", "in lieu"];

/// The table with its small indices; its parts are read where they lie.
pub(super) struct Table<'t> {
    letters: &'t [u8],
    pairs: &'t [u8],
    names: Vec<Cursor<'t>>,
    masks: &'t [u8],
    anchors: Vec<Vec<NaiveDate>>,
    shared: Vec<Cursor<'t>>,
    countries: Cursor<'t>,
    /// Of the Python package.
    #[cfg_attr(not(test), expect(dead_code, reason = "held against SOURCE by a test"))]
    pub(super) version: &'t [u8],
}

/// A country as the table has it, its holidays still unread.
pub(super) struct Country<'t> {
    pub(super) alpha2: &'t str,
    pub(super) alpha3: &'t str,
    pub(super) name: String,
    /// Years with data, empty where the package knows of no public holiday at all.
    pub(super) years: RangeInclusive<i32>,
    items: Cursor<'t>,
    pub(super) subdivisions: Vec<Subdivision<'t>>,
}

/// A subdivision, its holidays still unread.
pub(super) struct Subdivision<'t> {
    pub(super) code: String,
    /// Other names for it, the readable one first.
    pub(super) names: Vec<String>,
    difference: Cursor<'t>,
}

/// A name and the dates it falls on.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) label: &'static str,
    /// Dates in and after this year are estimated.
    pub(super) estimated_since: Option<i32>,
    pub(super) days: Vec<NaiveDate>,
}

impl<'t> Table<'t> {
    /// `None` where the bytes are not a table.
    pub(super) fn open(bytes: &'t [u8]) -> Option<Table<'t>> {
        let mut at = Cursor(bytes.strip_prefix(b"AHOL\x01")?);
        let version = at.until_zero()?;
        let letters = at.counted(1)?;
        let pairs = at.counted(2)?;
        let mut names = Vec::new();
        for _ in 0..at.number()? {
            names.push(at);
            at.until_zero()?;
        }
        let masks = at.counted(2)?;
        let anchors = (0..at.number()?).map(|_| at.days()).collect::<Option<_>>()?;
        let mut table =
            Table { letters, pairs, names, masks, anchors, shared: Vec::new(), countries: at, version };
        for _ in 0..at.number()? {
            table.shared.push(at);
            table.item(&mut at)?;
        }
        table.countries = at;
        Some(table)
    }

    /// All countries by code.
    pub(super) fn countries(&self) -> impl Iterator<Item = Option<Country<'t>>> + '_ {
        let mut at = self.countries;
        std::iter::from_fn(move || {
            if at.0.is_empty() {
                return None;
            }
            let record = at.record();
            if record.is_none() {
                at = Cursor(&[]);
            }
            Some(record.and_then(|record| self.country(record)))
        })
    }

    /// The country with this alpha-2 code, in any case. The others are stepped over unread.
    pub(super) fn find(&self, alpha2: &str) -> Option<Country<'t>> {
        let mut at = self.countries;
        loop {
            let record = at.record()?;
            if record.0.get(..2)?.eq_ignore_ascii_case(alpha2.as_bytes()) {
                return self.country(record);
            }
        }
    }

    fn country(&self, mut at: Cursor<'t>) -> Option<Country<'t>> {
        let alpha2 = std::str::from_utf8(at.take(2)?).ok()?;
        let alpha3 = std::str::from_utf8(at.take(3)?).ok()?;
        let name = self.text(&mut at)?;
        let first = FIRST_YEAR + i32::from(at.byte()?);
        let end = FIRST_YEAR + i32::from(at.byte()?);
        let items = at;
        self.items(&mut at)?;
        let mut subdivisions = Vec::new();
        for _ in 0..at.number()? {
            let code = self.text(&mut at)?;
            let names = (0..at.number()?).map(|_| self.text(&mut at)).collect::<Option<_>>()?;
            subdivisions.push(Subdivision { code, names, difference: at.record()? });
        }
        Some(Country { alpha2, alpha3, name, years: first..=end - 1, items, subdivisions })
    }

    /// What a country has, or one of its subdivisions.
    pub(super) fn holidays(
        &self,
        country: &Country<'t>,
        subdivision: Option<&Subdivision<'t>>,
    ) -> Option<Vec<Item>> {
        let mut items = self.items(&mut country.items.clone())?;
        if let Some(subdivision) = subdivision {
            let mut at = subdivision.difference;
            let dropped = (0..at.number()?).map(|_| at.number()).collect::<Option<Vec<_>>>()?;
            let mut position = 0..;
            items.retain(|_| position.next().is_none_or(|position| !dropped.contains(&position)));
            items.extend(self.items(&mut at)?);
        }
        Some(items)
    }

    fn items(&self, at: &mut Cursor<'t>) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        let mut number = 0usize;
        for _ in 0..at.number()? {
            number = number.checked_add(at.number()?)?;
            items.push(self.item(&mut self.shared.get(number)?.clone())?);
        }
        for _ in 0..at.number()? {
            items.push(self.item(at)?);
        }
        Some(items)
    }

    fn item(&self, at: &mut Cursor<'t>) -> Option<Item> {
        let name = self.text(&mut self.names.get(at.number()?)?.clone())?;
        let mut item = Item { name, label: "", estimated_since: None, days: Vec::new() };
        loop {
            let head = at.byte()?;
            if item.days.is_empty() {
                item.label = LABELS.get(usize::from(head >> 5 & 3))?;
            }
            if head & 0x80 != 0 {
                item.estimated_since = Some(FIRST_YEAR + i32::from(at.byte()?));
            }
            self.rule(head & 7, head & 0x10 != 0, at, &mut item.days)?;
            if head & 8 == 0 {
                return Some(item);
            }
        }
    }

    fn rule(&self, kind: u8, all: bool, at: &mut Cursor<'t>, days: &mut Vec<NaiveDate>) -> Option<()> {
        match kind {
            0 => {
                let in_leap_year = NaiveDate::from_yo_opt(2000, u32::try_from(at.number()?).ok()? + 1)?;
                self.yearly(all, at, days, |year| in_leap_year.with_year(year))
            }
            1 => {
                let number = u16::try_from(at.number()?).ok()?;
                let weekday = Weekday::try_from(u8::try_from(number % 7).ok()?).ok()?;
                let nth = u8::try_from(number % 35 / 7 + 1).ok()?;
                let month = u32::from(number / 35 + 1);
                self.yearly(all, at, days, |year| {
                    NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth)
                })
            }
            2 => {
                let shift = TimeDelta::try_days(at.signed()?)?;
                self.yearly(all, at, days, |year| easter(year)?.checked_add_signed(shift))
            }
            3 => {
                let shift = TimeDelta::try_days(at.signed()?)?;
                self.yearly(all, at, days, |year| orthodox_easter(year)?.checked_add_signed(shift))
            }
            4 => {
                let anchor = self.anchors.get(at.number()?)?;
                let shift = TimeDelta::try_days(at.signed()?)?;
                let bits = if all { usize::MAX } else { at.number()? };
                for (index, day) in anchor.iter().enumerate() {
                    if bits.checked_shr(u32::try_from(index).ok()?)? & 1 != 0 {
                        days.push(day.checked_add_signed(shift)?);
                    }
                }
                Some(())
            }
            5 => {
                days.extend(at.days()?);
                Some(())
            }
            _ => None,
        }
    }

    /// One day in each year of the mask that follows.
    fn yearly(
        &self,
        all: bool,
        at: &mut Cursor<'t>,
        days: &mut Vec<NaiveDate>,
        day: impl Fn(i32) -> Option<NaiveDate>,
    ) -> Option<()> {
        let mask = match all {
            true => u16::MAX,
            false => match at.byte()? {
                255 => at.u16()?,
                number => Cursor(self.masks.get(2 * usize::from(number)..)?).u16()?,
            },
        };
        for bit in (0..YEARS).filter(|bit| mask >> bit & 1 != 0) {
            days.push(day(FIRST_YEAR + bit)?);
        }
        Some(())
    }

    /// Reads a text and steps behind it.
    fn text(&self, at: &mut Cursor<'t>) -> Option<String> {
        let mut out = Vec::new();
        let mut todo: Vec<u8> = at.until_zero()?.iter().rev().copied().collect();
        while let Some(symbol) = todo.pop() {
            let index = usize::from(symbol).checked_sub(1)?;
            if let Some(&letter) = self.letters.get(index) {
                out.push(letter);
                continue;
            }
            let pair = 2 * (index - self.letters.len());
            let &[left, right] = self.pairs.get(pair..pair + 2)? else { return None };
            // Each below the pair itself: this ends, whatever the bytes.
            if left.max(right) >= symbol {
                return None;
            }
            todo.extend([right, left]);
        }
        String::from_utf8(out).ok()
    }
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Cursor<'t>(&'t [u8]);

impl<'t> Cursor<'t> {
    fn take(&mut self, count: usize) -> Option<&'t [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            number |= usize::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = i64::try_from(self.number()?).ok()?;
        Some(if number & 1 == 0 { number / 2 } else { -number / 2 - 1 })
    }

    /// Bytes up to the next 0, which is stepped over.
    fn until_zero(&mut self) -> Option<&'t [u8]> {
        let text = self.take(memchr::memchr(0, self.0)?)?;
        self.byte()?;
        Some(text)
    }

    /// A count and so many pieces of `size` bytes.
    fn counted(&mut self, size: usize) -> Option<&'t [u8]> {
        let count = self.number()?;
        self.take(count.checked_mul(size)?)
    }

    /// A length and so many bytes.
    fn record(&mut self) -> Option<Cursor<'t>> {
        self.counted(1).map(Cursor)
    }

    fn days(&mut self) -> Option<Vec<NaiveDate>> {
        let mut day = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1)?;
        let mut days = Vec::new();
        for _ in 0..self.number()? {
            day = day.checked_add_days(Days::new(u64::try_from(self.number()?).ok()?))?;
            days.push(day);
        }
        Some(days)
    }
}

/// Gregorian Easter Sunday, by the Meeus/Jones/Butcher computus.
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    march(year, h + l - 7 * m + 21)
}

/// Orthodox Easter Sunday in the Gregorian calendar, by the Meeus computus; the 13 days hold from
/// 1900 to 2099.
fn orthodox_easter(year: i32) -> Option<NaiveDate> {
    let d = (19 * (year % 19) + 15) % 30;
    let e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
    march(year, d + e + 21 + 13)
}

/// The day so many days after 1 March.
fn march(year: i32, days: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 3, 1)?.checked_add_days(Days::new(u64::try_from(days).ok()?))
}

impl Subdivision<'_> {
    /// For people: the first of its names, or the code where it has none.
    pub(super) fn name(&self) -> &str {
        self.names.first().unwrap_or(&self.code)
    }
}

impl Item {
    /// `Christmas Day (observed)`, `Eid al-Fitr (observed, estimated)`.
    pub(super) fn spelled(&self, mark_estimated: bool) -> String {
        match (self.label, mark_estimated) {
            ("", false) => self.name.clone(),
            ("", true) => format!("{} (estimated)", self.name),
            (label, false) => format!("{} ({label})", self.name),
            (label, true) => format!("{} ({label}, estimated)", self.name),
        }
    }
}
