//! Expands a recurrence rule to days (RFC 5545, 3.3.10). Knows only days: the time of day is the
//! event's, and a rule part that would change it is an error.

use crate::ics::content_line::quoted;
use crate::ics::date_time::{date, date_time};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Weekday};

/// A rule that `expand` supports exactly; any other is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    frequency: Frequency,
    interval: u32,
    count: Option<u32>,
    /// The last moment, and whether it is written in UTC.
    pub(super) until: Option<(NaiveDateTime, bool)>,
    /// With the ordinal, -1 in `-1FR`, or 0 for every one.
    by_day: Vec<(i32, Weekday)>,
    by_month_day: Vec<i32>,
    by_month: Vec<u32>,
    by_set_position: Vec<i32>,
    week_start: Weekday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
}

/// The number of day tests that are left for all rules of a file.
pub(super) struct Budget(pub(super) usize);

impl Rule {
    /// Reads `FREQ=MONTHLY;BYDAY=2TU`. What `expand` does not support is an error with the reason.
    pub(super) fn parse(text: &str) -> Result<Rule, String> {
        let mut rule = Rule {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            by_set_position: Vec::new(),
            week_start: Weekday::Mon,
        };
        let mut frequency = None;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("{} is no NAME=VALUE", quoted(part)))?;
            let value = value.trim().to_ascii_uppercase();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => frequency = Some(Frequency::parse(&value)?),
                "INTERVAL" => rule.interval = within(&value, 1, 10_000)?,
                "COUNT" => rule.count = Some(within(&value, 1, u32::MAX)?),
                "UNTIL" => rule.until = Some(until(&value)?),
                "BYDAY" => rule.by_day = list(&value, by_day)?,
                "BYMONTHDAY" => rule.by_month_day = list(&value, |text| signed(text, 31))?,
                "BYMONTH" => rule.by_month = list(&value, |text| within(text, 1, 12))?,
                "BYSETPOS" => rule.by_set_position = list(&value, |text| signed(text, 366))?,
                "WKST" => rule.week_start = weekday(&value)?,
                other => return Err(format!("{} is not supported here", quoted(other))),
            }
        }
        rule.frequency = frequency.ok_or("no FREQ")?;
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), String> {
        use Frequency::{Daily, Weekly};
        if self.count.is_some() && self.until.is_some() {
            return Err("COUNT and UNTIL exclude one another".into());
        }
        if matches!(self.frequency, Daily | Weekly) && self.by_day.iter().any(|&(nth, _)| nth != 0) {
            return Err("an ordinal in BYDAY needs FREQ=MONTHLY or YEARLY".into());
        }
        if self.frequency == Weekly && !self.by_month_day.is_empty() {
            return Err("BYMONTHDAY does not go with FREQ=WEEKLY".into());
        }
        if !self.by_set_position.is_empty() && self.by_day.is_empty() && self.by_month_day.is_empty() {
            return Err("BYSETPOS needs another BY part to choose from".into());
        }
        Ok(())
    }

    /// The days from `start` to `last`, in order; `start` is always the first and counts. `over`
    /// tells whether UNTIL is before the occurrence on a day. `None` if the budget is used up.
    pub(super) fn expand(
        &self,
        start: NaiveDate,
        last: NaiveDate,
        over: impl Fn(NaiveDate) -> bool,
        budget: &mut Budget,
    ) -> Option<Vec<NaiveDate>> {
        let mut days = vec![start];
        let mut left = self.count.map_or(u32::MAX, |count| count - 1);
        for turn in 0u32.. {
            let Some(period) = turn.checked_mul(self.interval).and_then(|turn| self.period(start, turn))
            else {
                break;
            };
            if period > last || left == 0 {
                break;
            }
            budget.0 = budget.0.checked_sub(self.length() * self.effort())?;
            let found = self.days_of(period, start);
            for day in found.into_iter().filter(|&day| day > start) {
                if left == 0 || day > last || over(day) {
                    return Some(days);
                }
                days.push(day);
                left -= 1;
            }
        }
        Some(days)
    }

    /// The first day of the year, month or week (or the day) that is `turn` periods after the one
    /// of `start`.
    fn period(&self, start: NaiveDate, turn: u32) -> Option<NaiveDate> {
        match self.frequency {
            Frequency::Yearly => {
                NaiveDate::from_ymd_opt(start.year().checked_add(i32::try_from(turn).ok()?)?, 1, 1)
            }
            Frequency::Monthly => start.with_day(1)?.checked_add_months(Months::new(turn)),
            Frequency::Weekly => start
                .week(self.week_start)
                .checked_first_day()?
                .checked_add_days(Days::new(7 * u64::from(turn))),
            Frequency::Daily => start.checked_add_days(Days::new(turn.into())),
        }
    }

    /// The rule's days in one period, in order.
    fn days_of(&self, period: NaiveDate, start: NaiveDate) -> Vec<NaiveDate> {
        let mut days: Vec<NaiveDate> = period
            .iter_days()
            .take(self.length())
            .filter(|day| self.same_period(*day, period) && self.falls_on(*day, start))
            .collect();
        if !self.by_set_position.is_empty() {
            let count = days.len();
            let mut at = 0;
            days.retain(|_| {
                at += 1;
                self.by_set_position.iter().any(|&position| is_nth(position, at, count))
            });
        }
        days
    }

    /// The greatest length of a period, in days.
    fn length(&self) -> usize {
        match self.frequency {
            Frequency::Yearly => 366,
            Frequency::Monthly => 31,
            Frequency::Weekly => 7,
            Frequency::Daily => 1,
        }
    }

    /// Tests that one day may take.
    fn effort(&self) -> usize {
        1 + self.by_day.len() + self.by_month_day.len() + self.by_month.len() + self.by_set_position.len()
    }

    fn same_period(&self, day: NaiveDate, period: NaiveDate) -> bool {
        match self.frequency {
            Frequency::Yearly => day.year() == period.year(),
            Frequency::Monthly => day.month() == period.month(),
            Frequency::Weekly | Frequency::Daily => true,
        }
    }

    /// Every part that is present must match; what no part specifies is as in the first occurrence.
    fn falls_on(&self, day: NaiveDate, start: NaiveDate) -> bool {
        use Frequency::{Monthly, Weekly, Yearly};
        let no_day = self.by_day.is_empty() && self.by_month_day.is_empty();
        let month = match self.by_month.is_empty() {
            true => self.frequency != Yearly || !no_day || day.month() == start.month(),
            false => self.by_month.contains(&day.month()),
        };
        let month_day = match self.by_month_day.is_empty() {
            true => !matches!(self.frequency, Yearly | Monthly) || !no_day || day.day() == start.day(),
            false => {
                let length = days_in_month(day);
                self.by_month_day.iter().any(|&nth| is_nth(nth, day.day() as usize, length))
            }
        };
        let weekday = match self.by_day.is_empty() {
            true => self.frequency != Weekly || day.weekday() == start.weekday(),
            false => self.by_day.iter().any(|&by_day| self.is_nth_weekday(by_day, day)),
        };
        month && month_day && weekday
    }

    /// An ordinal counts within the month, or within the year where a yearly rule names no month.
    fn is_nth_weekday(&self, (nth, weekday): (i32, Weekday), day: NaiveDate) -> bool {
        let in_year = self.frequency == Frequency::Yearly && self.by_month.is_empty();
        let (at, length) = match in_year {
            true => (day.ordinal0() as usize, if day.leap_year() { 366 } else { 365 }),
            false => (day.day0() as usize, days_in_month(day)),
        };
        let nth_of_its_kind = at / 7 + 1;
        let of_its_kind = nth_of_its_kind + (length - 1 - at) / 7;
        day.weekday() == weekday && (nth == 0 || is_nth(nth, nth_of_its_kind, of_its_kind))
    }
}

impl Frequency {
    fn parse(text: &str) -> Result<Frequency, String> {
        match text {
            "YEARLY" => Ok(Frequency::Yearly),
            "MONTHLY" => Ok(Frequency::Monthly),
            "WEEKLY" => Ok(Frequency::Weekly),
            "DAILY" => Ok(Frequency::Daily),
            other => Err(format!("FREQ {} is not supported here", quoted(other))),
        }
    }
}

/// Is the `at`-th (from 1) of `count` the `nth`, which counts from the end where it is negative?
fn is_nth(nth: i32, at: usize, count: usize) -> bool {
    match nth.is_negative() {
        false => nth.unsigned_abs() as usize == at,
        true => nth.unsigned_abs() as usize == count + 1 - at,
    }
}

fn days_in_month(day: NaiveDate) -> usize {
    usize::from(day.num_days_in_month())
}

fn list<T>(text: &str, each: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(|text| each(text.trim())).collect()
}

fn within(text: &str, least: u32, most: u32) -> Result<u32, String> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("{} is no number from {least} to {most}", quoted(text))),
    }
}

/// From -most to most, not 0.
fn signed(text: &str, most: i32) -> Result<i32, String> {
    match text.parse::<i32>() {
        Ok(number) if number != 0 && (-most..=most).contains(&number) => Ok(number),
        _ => Err(format!("{} is no number from 1 to {most} or -1 to -{most}", quoted(text))),
    }
}

fn by_day(text: &str) -> Result<(i32, Weekday), String> {
    let at = text.len().saturating_sub(2);
    let (ordinal, day) =
        text.split_at_checked(at).ok_or_else(|| format!("{} is no weekday", quoted(text)))?;
    let ordinal = if ordinal.is_empty() { 0 } else { signed(ordinal, 53)? };
    Ok((ordinal, weekday(day)?))
}

fn weekday(text: &str) -> Result<Weekday, String> {
    match text {
        "MO" => Ok(Weekday::Mon),
        "TU" => Ok(Weekday::Tue),
        "WE" => Ok(Weekday::Wed),
        "TH" => Ok(Weekday::Thu),
        "FR" => Ok(Weekday::Fri),
        "SA" => Ok(Weekday::Sat),
        "SU" => Ok(Weekday::Sun),
        _ => Err(format!("{} is no weekday", quoted(text))),
    }
}

/// A date means its whole day.
fn until(text: &str) -> Result<(NaiveDateTime, bool), String> {
    let wrong = || format!("UNTIL {} is no date or time", quoted(text));
    match text.len() {
        8 => Ok((date(text).and_then(|date| date.and_hms_opt(23, 59, 59)).ok_or_else(wrong)?, false)),
        _ => match text.strip_suffix('Z') {
            Some(utc) => Ok((date_time(utc).ok_or_else(wrong)?, true)),
            None => Ok((date_time(text).ok_or_else(wrong)?, false)),
        },
    }
}
