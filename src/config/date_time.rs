//! Dates and times as the configuration writes them: `2026-12-31`, `2026-11-20 18:00`. Knows digits. Knows no zones.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date: year, month and day.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.splitn(3, '-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// A date and a time of day, with or without seconds, a blank or a `T` between them.
pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    let (day, clock) = text.split_once(['T', ' '])?;
    let mut parts = clock.trim_start().splitn(3, ':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    Some(date(day)?.and_time(NaiveTime::from_hms_opt(hour, minute, second)?))
}

/// Digits alone; a sign or a blank is no number of a date.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_chrono_reads_and_no_more() {
        let theirs = |text: &str| {
            let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
            forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        };
        for text in [
            "2026-11-20 18:00",
            "2026-11-20T18:00:59",
            "2026-1-2 3:4",
            "2024-02-29 00:00",
            "2026-02-29 00:00",
            "2026-11-20 24:00",
            "2026-11-20 18:60",
            "2026-11-20",
            "18:00",
            "2026-11-20 18",
            "2026-11-20 18:00:00:00",
            "2026-11-20 18:00Z",
            "2026-11-20 18:00 ",
            "2026-+1-20 18:00",
            "2026-11 20 18:00",
            "",
        ] {
            assert_eq!(time(text), theirs(text), "{text:?}");
            let day = text.split(' ').next().unwrap_or_default();
            assert_eq!(date(day), NaiveDate::parse_from_str(day, "%Y-%m-%d").ok(), "{day:?}");
        }
    }
}
