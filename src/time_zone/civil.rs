//! Dates of the proleptic Gregorian calendar as plain integers: days since 1970-01-01, years, ISO
//! weeks, Easter. Knows nothing of hours, zones or holidays. Never overflows for a day number that
//! an `i64` of seconds can reach.
//!
//! Own arithmetic instead of chrono's: compiling a schedule asks for a few hundred dates at a time,
//! moments may lie outside the years that chrono supports, and the WASM module pays for every byte.
//! Dates that people write (configuration, .ics files, holidays) are chrono's `NaiveDate`;
//! `NaiveDate` becomes a day number where it enters a schedule.

/// Seconds in a civil day.
pub(crate) const DAY: i64 = 86_400;

/// Day names in the canonical spelling, Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Month names in the canonical spelling.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A calendar date and its day number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    /// Days since 1970-01-01.
    pub(crate) day: i64,
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31.
    pub(crate) dom: u8,
}

impl Date {
    /// The date of a day number. The algorithm is Howard Hinnant's `civil_from_days`.
    pub(crate) fn of(day: i64) -> Self {
        let z = day + 719_468;
        // A 32-bit division is several times faster, and 32 bits hold all dates from the year 0 to
        // the year 11 million.
        let (era, doe) = match u32::try_from(z) {
            Ok(z) => (i64::from(z / 146_097), z % 146_097),
            Err(_) => (z.div_euclid(146_097), z.rem_euclid(146_097) as u32),
        };
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let dom = (doy - (153 * mp + 2) / 5 + 1) as u8;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
        Self { day, year: i64::from(yoe) + era * 400 + i64::from(month <= 2), month, dom }
    }

    /// 0 is Monday.
    pub(crate) fn weekday(self) -> u8 {
        weekday(self.day)
    }
}

/// 0 is Monday: 1970-01-01 was a Thursday.
pub(crate) fn weekday(day: i64) -> u8 {
    (day + 3).rem_euclid(7) as u8
}

/// The day number of a date. `dom` may run past the end of the month: the days are counted on into
/// the next.
pub(crate) fn day_number(year: i64, month: u8, dom: u8) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(dom) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

pub(crate) fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// Days in a month; without a year February has 29.
pub(crate) fn days_in_month(year: Option<i64>, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_none_or(is_leap) => 29,
        2 => 28,
        _ => 31,
    }
}

/// ISO 8601 week number, 1 to 53: the week belongs to the year that has its Thursday.
pub(crate) fn iso_week(day: i64) -> u8 {
    let thursday = day - i64::from(weekday(day)) + 3;
    let year = Date::of(thursday).year;
    ((thursday - day_number(year, 1, 1)) / 7 + 1) as u8
}

/// Western Easter Sunday of a year as a day number (the "anonymous Gregorian" computus).
pub(crate) fn easter(year: i64) -> i64 {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
    let f = (b + 8).div_euclid(25);
    let g = (b - f + 1).div_euclid(3);
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    day_number(year, (n / 31) as u8, (n % 31 + 1) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    #[test]
    fn agrees_with_chrono_on_every_day_of_two_centuries() {
        let mut date = chrono::NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
        let mut day = day_number(1900, 1, 1);
        while date.year() < 2101 {
            let ours = Date::of(day);
            assert_eq!(
                (ours.year as i32, ours.month as u32, ours.dom as u32),
                (date.year(), date.month(), date.day())
            );
            assert_eq!(day_number(ours.year, ours.month, ours.dom), day);
            assert_eq!(u32::from(ours.weekday()), date.weekday().num_days_from_monday());
            assert_eq!(u32::from(iso_week(day)), date.iso_week().week());
            day += 1;
            date = date.succ_opt().unwrap();
        }
    }

    #[test]
    fn knows_easter() {
        for (y, m, d) in
            [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25), (2285, 3, 22)]
        {
            assert_eq!(easter(y), day_number(y, m, d), "{y}");
        }
    }

    #[test]
    fn survives_the_ends_of_time() {
        for t in [i64::MIN, i64::MAX] {
            let date = Date::of(t.div_euclid(DAY));
            assert_eq!(day_number(date.year, date.month, date.dom), date.day);
            easter(date.year);
            iso_week(date.day);
        }
    }
}
