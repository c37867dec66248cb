//! The wall clock at a moment, written as RFC 3339 with its offset: `2026-11-23T03:12:44-05:00`.
//! Knows the format. Knows no zones: the caller passes the offset. Never allocates.

use std::fmt;

use bytes::BufMut;

use crate::time_zone::civil;
use crate::time_zone::civil::{DAY, Date};

/// A wall-clock time with its offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Seconds since 1970-01-01 00:00 on the wall clock.
    wall: i64,
    /// Minutes east of UTC.
    offset: i16,
}

/// Length in bytes of an RFC 3339 time with a numeric offset and no fraction.
pub const RFC3339_LENGTH: usize = 25;

impl LocalTime {
    /// Offsets of odd seconds (local mean times, before 1972) are truncated to minutes, since RFC
    /// 3339 has no seconds there; the time written is still the same moment.
    pub(crate) fn new(unix_seconds: i64, offset: i32) -> Self {
        let offset = offset / 60;
        Self { wall: unix_seconds.saturating_add(i64::from(offset) * 60), offset: offset as i16 }
    }

    /// RFC 3339, always 25 bytes of ASCII. A year that RFC 3339 cannot express (before 0, after
    /// 9999) is written as the nearest moment that it can.
    pub fn to_rfc3339(self) -> [u8; RFC3339_LENGTH] {
        let first = civil::day_number(0, 1, 1) * DAY;
        let last = civil::day_number(10_000, 1, 1) * DAY - 1;
        let wall = self.wall.clamp(first, last);
        let day = wall.div_euclid(DAY);
        let date = Date::of(day);
        let second = (wall - day * DAY) as u32;
        let mut out = *b"0000-00-00T00:00:00+00:00";
        let year = date.year as u32;
        two(&mut out, 0, year / 100);
        two(&mut out, 2, year % 100);
        two(&mut out, 5, u32::from(date.month));
        two(&mut out, 8, u32::from(date.dom));
        two(&mut out, 11, second / 3600);
        two(&mut out, 14, second / 60 % 60);
        two(&mut out, 17, second % 60);
        let offset = u32::from(self.offset.unsigned_abs());
        if self.offset < 0 {
            out[19] = b'-';
        }
        two(&mut out, 20, offset / 60);
        two(&mut out, 23, offset % 60);
        out
    }

    /// Writes the 25 bytes of [`LocalTime::to_rfc3339`].
    pub fn write_rfc3339(self, out: &mut impl BufMut) {
        out.put_slice(&self.to_rfc3339());
    }

    /// Seconds since local midnight, 0 to 86,399.
    pub fn second_of_day(self) -> u32 {
        self.wall.rem_euclid(DAY) as u32
    }

    /// Weekday, 0 is Monday.
    pub fn weekday(self) -> u8 {
        civil::weekday(self.wall.div_euclid(DAY))
    }

    /// Year, month (1 to 12) and day (1 to 31).
    pub fn date(self) -> (i64, u8, u8) {
        let date = Date::of(self.wall.div_euclid(DAY));
        (date.year, date.month, date.dom)
    }
}

const DIGITS: &[u8; 200] =
    b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

fn two(out: &mut [u8; RFC3339_LENGTH], at: usize, value: u32) {
    let digits = 2 * (value % 100) as usize;
    out[at..at + 2].copy_from_slice(&DIGITS[digits..digits + 2]);
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_rfc3339().iter().try_for_each(|&b| fmt::Write::write_char(f, char::from(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, FixedOffset};

    #[test]
    fn writes_what_people_expect() {
        assert_eq!(LocalTime::new(1_795_421_564, -5 * 3600).to_string(), "2026-11-23T03:12:44-05:00");
        assert_eq!(LocalTime::new(0, 20_700).to_string(), "1970-01-01T05:45:00+05:45");
        assert_eq!(LocalTime::new(i64::MAX, 3600).to_string(), "9999-12-31T23:59:59+01:00");
        assert_eq!(LocalTime::new(i64::MIN, -3600).to_string(), "0000-01-01T00:00:00-01:00");
        let mut out = Vec::new();
        LocalTime::new(0, 0).write_rfc3339(&mut out);
        assert_eq!(out, b"1970-01-01T00:00:00+00:00");
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_chrono(unix in -62_000_000_000i64..250_000_000_000, quarters in -48i32..56) {
            let offset = FixedOffset::east_opt(quarters * 900).unwrap();
            let theirs = DateTime::from_timestamp(unix, 0).unwrap().with_timezone(&offset);
            let ours = LocalTime::new(unix, quarters * 900);
            let (d, t) = (theirs.date_naive(), theirs.time());
            let spelled = format!("{d}T{t}{offset}");
            proptest::prop_assert_eq!(ours.to_string(), spelled);
        }
    }
}
