//! Reads the dates, times and durations of an .ics file (RFC 5545, 3.3). Knows how they are
//! written. Knows no zones: it never converts one to a moment.

use crate::ics::content_line::{Property, quoted};
use crate::ics::error::IcsError;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// A date or time as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stamp {
    /// A day, in the reader's time zone.
    Date(NaiveDate),
    /// A wall-clock time in the zone of this name (as in the file, which need not be an IANA name),
    /// or in the reader's own zone if there is none.
    Local(NaiveDateTime, Option<String>),
    /// A moment.
    Utc(NaiveDateTime),
}

impl Stamp {
    /// The wall-clock time; midnight for a date.
    pub(super) fn clock(&self) -> NaiveDateTime {
        match self {
            Stamp::Date(date) => date.and_time(NaiveTime::MIN),
            Stamp::Local(clock, _) | Stamp::Utc(clock) => *clock,
        }
    }

    /// A stamp of the same kind and zone at another time.
    pub(super) fn at(&self, clock: NaiveDateTime) -> Stamp {
        match self {
            Stamp::Date(_) => Stamp::Date(clock.date()),
            Stamp::Local(_, zone) => Stamp::Local(clock, zone.clone()),
            Stamp::Utc(_) => Stamp::Utc(clock),
        }
    }

    pub(super) fn later(&self, length: TimeDelta) -> Option<Stamp> {
        Some(self.at(self.clock().checked_add_signed(length)?))
    }
}

/// `20261224`, `20261224T090000`, `20261224T080000Z`, with the zone of the property's TZID.
pub(super) fn stamp(property: &Property, value: &str) -> Result<Stamp, IcsError> {
    let value = value.trim();
    let wrong = || property.error(format!("{} is no date or time", quoted(value)));
    if let Some(date) = date(value) {
        return Ok(Stamp::Date(date));
    }
    if property.parameter("VALUE").is_some_and(|kind| !kind.eq_ignore_ascii_case("DATE-TIME")) {
        return Err(wrong());
    }
    match (value.strip_suffix(['Z', 'z']), property.parameter("TZID")) {
        (Some(utc), _) => Ok(Stamp::Utc(date_time(utc).ok_or_else(wrong)?)),
        (None, Some(zone)) if is_utc(zone) => Ok(Stamp::Utc(date_time(value).ok_or_else(wrong)?)),
        (None, zone) => Ok(Stamp::Local(date_time(value).ok_or_else(wrong)?, zone.map(str::to_owned))),
    }
}

fn is_utc(zone: &str) -> bool {
    ["UTC", "Etc/UTC", "GMT"].iter().any(|utc| utc.eq_ignore_ascii_case(zone))
}

/// `20261224`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    NaiveDate::from_ymd_opt(i32::try_from(number / 10_000).ok()?, number / 100 % 100, number % 100)
}

/// `20261224T090000`; second 60 is read as 59.
pub(super) fn date_time(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = time.parse().ok()?;
    let second = if number % 100 == 60 { 59 } else { number % 100 };
    date(day)?.and_hms_opt(number / 10_000, number / 100 % 100, second)
}

/// `P1D`, `PT8H30M`, `P1W` (RFC 5545, 3.3.6), never negative. A day is 24 hours on the wall clock.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (days, times) = match text.split_once('T') {
        Some((days, times)) => (days, times),
        None => (text, ""),
    };
    if days.is_empty() && times.is_empty() {
        return None;
    }
    let sum = |text: &str, units: &[(char, i64)]| {
        let mut rest = text;
        let mut total = 0i64;
        while !rest.is_empty() {
            let end = rest.find(|character: char| !character.is_ascii_digit())?;
            let number: u32 = rest.get(..end)?.parse().ok()?;
            let unit = rest.get(end..)?.chars().next()?;
            let (_, seconds) = units.iter().find(|(known, _)| *known == unit)?;
            total = total.checked_add(seconds.checked_mul(number.into())?)?;
            rest = rest.get(end + unit.len_utf8()..)?;
        }
        Some(total)
    };
    let days = sum(days, &[('W', 7 * 86_400), ('D', 86_400)])?;
    let times = sum(times, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    TimeDelta::try_seconds(days.checked_add(times)?)
}
