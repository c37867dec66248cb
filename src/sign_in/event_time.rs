//! Reads `eventTime`, also as other tools spell it. Knows no other field and no time zone but offsets.

use crate::json::Str;

/// `eventTime`, understood or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTime {
    /// Seconds since 1970-01-01T00:00:00Z, fractions cut off.
    At(i64),
    /// As `At`, but the text named no zone: CloudTrail's time is UTC by definition, so UTC it is.
    AssumedUtc(i64),
    /// Missing, no string, or no time.
    Unreadable,
}

impl EventTime {
    /// Reads RFC 3339 and the spellings that other tools turn it into: a blank for the `T`, a fraction, an offset with
    /// or without a colon, no zone at all.
    pub fn of(text: Str<'_>) -> Self {
        match text.as_plain() {
            Some(bytes) => Self::parse(bytes),
            None => Self::parse(text.text().as_bytes()),
        }
    }

    fn parse(bytes: &[u8]) -> Self {
        Self::try_parse(bytes).unwrap_or(EventTime::Unreadable)
    }

    fn try_parse(bytes: &[u8]) -> Option<Self> {
        let (stamp, mut rest) = bytes.split_at_checked(19)?;
        let number = |from: usize, to: usize| {
            stamp[from..to]
                .iter()
                .try_fold(0_i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
        };
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if separators.iter().any(|&(at, b)| stamp[at] != b) || !matches!(stamp[10], b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let month_days = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if day < 1 || day > month_days[month as usize - 1] {
            return None;
        }
        // Days since 1970-01-01 in the Gregorian calendar, counting years from March so that leap days come last.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days =
            365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
                - 719_469;
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;

        if let [b'.' | b',', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            rest = (1..=9).contains(&digits).then(|| &fraction[digits..])?;
        }
        if let [b' ', zone @ ..] = rest {
            rest = (!zone.is_empty()).then_some(zone)?;
        }
        let two = |a: u8, b: u8| {
            (a.is_ascii_digit() && b.is_ascii_digit()).then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
        };
        let (sign, h, m) = match *rest {
            [] => return Some(EventTime::AssumedUtc(seconds)),
            [b'Z' | b'z'] | [b'U', b'T', b'C'] => return Some(EventTime::At(seconds)),
            [sign @ (b'+' | b'-'), a, b, b':', c, d] | [sign @ (b'+' | b'-'), a, b, c, d] => {
                (sign, two(a, b)?, two(c, d)?)
            }
            [sign @ (b'+' | b'-'), a, b] => (sign, two(a, b)?, 0),
            _ => return None,
        };
        if h > 23 || m > 59 {
            return None;
        }
        let offset = h * 3600 + m * 60;
        Some(EventTime::At(if sign == b'+' { seconds - offset } else { seconds + offset }))
    }

    /// The seconds since 1970-01-01T00:00:00Z, if they could be read.
    pub fn seconds(self) -> Option<i64> {
        match self {
            EventTime::At(seconds) | EventTime::AssumedUtc(seconds) => Some(seconds),
            EventTime::Unreadable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spellings_of_event_time() {
        let at = |text: &'static str| EventTime::of(Str::plain(text));
        let noon = 1_795_435_200; // 2026-11-23T12:00:00Z
        for text in [
            "2026-11-23T12:00:00Z",
            "2026-11-23T12:00:00.782Z",
            "2026-11-23 12:00:00+0000",
            "2026-11-23t12:00:00z",
            "2026-11-23T17:30:00+05:30",
            "2026-11-23T07:00:00-0500",
            "2026-11-23T13:00:00+01",
            "2026-11-23 12:00:00 UTC",
            "2026-11-23T12:00:00,999999999Z",
        ] {
            assert_eq!(at(text), EventTime::At(noon), "{text}");
        }
        for text in ["2026-11-23 12:00:00", "2026-11-23T12:00:00", "2026-11-23 12:00:00.000000000"] {
            assert_eq!(at(text), EventTime::AssumedUtc(noon), "{text}");
        }
        for text in [
            "",
            "...",
            "redacted",
            "2026-11-23",
            "2026-13-23T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T12:60:00Z",
            "2026-11-23T12:00:60Z",
            "2026-11-23T12:00:00.Z",
            "2026-11-23T12:00:00+24:00",
            "2026-11-23T12:00:00Zulu",
            "20261123T120000Z",
            "2026-11-23T12:00:00 ",
            "1795435200",
            "2026-11-00T12:00:00Z",
            "2026-11-23T12:00:0éZ",
            "+026-11-23T12:00:00Z",
        ] {
            assert_eq!(at(text), EventTime::Unreadable, "{text}");
        }
    }

    #[test]
    fn counts_days_as_chrono_does() {
        for year in [0, 1, 1600, 1900, 1969, 1970, 2000, 2023, 2024, 2100, 9999] {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                let theirs = chrono::NaiveDate::from_ymd_opt(year, month, day)
                    .unwrap()
                    .and_hms_opt(23, 59, 58)
                    .unwrap();
                let text = format!("{year:04}-{month:02}-{day:02}T23:59:58Z");
                assert_eq!(
                    EventTime::parse(text.as_bytes()),
                    EventTime::At(theirs.and_utc().timestamp()),
                    "{text}"
                );
            }
        }
    }
}
