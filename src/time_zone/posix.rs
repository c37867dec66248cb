//! The rule at the end of TZif data, `EST5EDT,M3.2.0,M11.1.0`: offsets for all years past the
//! table. Knows the POSIX `TZ` format with the extensions of RFC 9636 section 3.3.1 (hours from
//! -167 to 167).

use crate::time_zone::civil;
use crate::time_zone::civil::{DAY, Date};

/// Offsets a zone may have: RFC 9636 section 3.2 asks for more than -25 and less than +26 hours.
pub(crate) const OFFSETS: std::ops::RangeInclusive<i32> = -89_999..=93_599;

/// One offset, or two and the days of the year at which they alternate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Seconds east of UTC in standard time.
    pub(crate) standard: i32,
    pub(crate) daylight: Option<Daylight>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Daylight {
    offset: i32,
    start: Change,
    end: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    day: YearDay,
    /// Seconds after local midnight; may be negative or past 24 hours.
    time: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum YearDay {
    /// `Jn`: 1 to 365, 29 February never counted.
    NoLeap(u16),
    /// `n`: 0 to 365.
    Plain(u16),
    /// `Mm.w.d`: the `w`th weekday `d` (0 is Sunday) of a month, 5 is the last.
    Month { month: u8, week: u8, weekday: u8 },
}

impl Rule {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut text = Text(std::str::from_utf8(bytes).ok()?);
        text.name()?;
        let standard = -text.time()?;
        let mut rule = Self { standard, daylight: None };
        if !text.0.is_empty() {
            text.name()?;
            let offset = if text.0.starts_with(',') { standard + 3600 } else { -text.time()? };
            text.eat(',')?;
            let start = text.change()?;
            text.eat(',')?;
            let end = text.change()?;
            rule.daylight = Some(Daylight { offset, start, end });
        }
        let in_range = OFFSETS.contains(&rule.standard)
            && rule.daylight.as_ref().is_none_or(|daylight| OFFSETS.contains(&daylight.offset));
        (text.0.is_empty() && in_range).then_some(rule)
    }

    /// Seconds east of UTC at a moment.
    pub(crate) fn offset_at(&self, unix_seconds: i64) -> i32 {
        let Some(daylight) = &self.daylight else { return self.standard };
        let year = Date::of(unix_seconds.div_euclid(DAY)).year;
        // A change may lie up to a week away from its day, so the latest change may belong to
        // another year: just after New Year even to the year before last, if the rule's last change
        // of a year falls into the next year. If an end and a start coincide, daylight time
        // continues: all-year daylight time is written that way.
        let mut latest = (i64::MIN, false);
        for year in year - 2..=year + 1 {
            for (at, begins) in self.changes(daylight, year) {
                if at <= unix_seconds && (at, begins) > latest {
                    latest = (at, begins);
                }
            }
        }
        if latest.1 { daylight.offset } else { self.standard }
    }

    /// The first change of the rule after a moment, whether or not the offset differs there.
    pub(crate) fn next_after(&self, unix_seconds: i64) -> Option<i64> {
        let daylight = self.daylight.as_ref()?;
        let year = Date::of(unix_seconds.div_euclid(DAY)).year;
        let changes = (year - 2..=year + 2).flat_map(|year| self.changes(daylight, year));
        changes.map(|(at, _)| at).filter(|&at| at > unix_seconds).min()
    }

    /// Every change in these years in order, with the offset from then on, including changes that
    /// keep the offset.
    pub(crate) fn expand(&self, years: std::ops::RangeInclusive<i64>) -> Vec<(i64, i32)> {
        let Some(daylight) = &self.daylight else { return Vec::new() };
        let mut changes: Vec<(i64, bool)> = years.flat_map(|year| self.changes(daylight, year)).collect();
        changes.sort_unstable();
        let offset = |begins| if begins { daylight.offset } else { self.standard };
        // Of two changes at the same moment the later one in order applies, as in `offset_at`.
        let mut out: Vec<(i64, i32)> = Vec::with_capacity(changes.len());
        for (at, begins) in changes {
            out.pop_if(|last| last.0 == at);
            out.push((at, offset(begins)));
        }
        out
    }

    fn changes(&self, daylight: &Daylight, year: i64) -> [(i64, bool); 2] {
        [
            (daylight.start.local(year).saturating_sub(i64::from(self.standard)), true),
            (daylight.end.local(year).saturating_sub(i64::from(daylight.offset)), false),
        ]
    }
}

impl Change {
    /// Seconds since 1970 on the wall clock that the change is written in.
    fn local(self, year: i64) -> i64 {
        let day = match self.day {
            YearDay::NoLeap(n) => {
                civil::day_number(year, 1, 1) + i64::from(n) - 1 + i64::from(n >= 60 && civil::is_leap(year))
            }
            YearDay::Plain(n) => civil::day_number(year, 1, 1) + i64::from(n),
            YearDay::Month { month, week, weekday } => {
                let first = civil::day_number(year, month, 1);
                let first_weekday = i64::from((civil::weekday(first) + 1) % 7); // from Sunday, as POSIX counts
                let dom = 1 + (i64::from(weekday) - first_weekday).rem_euclid(7) + 7 * (i64::from(week) - 1);
                let last = i64::from(civil::days_in_month(Some(year), month));
                first - 1 + if dom > last { dom - 7 } else { dom }
            }
        };
        day.saturating_mul(DAY).saturating_add(i64::from(self.time))
    }
}

/// The part that is not parsed yet.
struct Text<'t>(&'t str);

impl Text<'_> {
    fn eat(&mut self, sign: char) -> Option<()> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(())
    }

    /// `EST`, or `<+03>` for names that are not letters.
    fn name(&mut self) -> Option<()> {
        if self.eat('<').is_some() {
            let (name, rest) = self.0.split_once('>')?;
            self.0 = rest;
            return (!name.is_empty()).then_some(());
        }
        let letters = self.0.bytes().take_while(u8::is_ascii_alphabetic).count();
        self.0 = self.0.get(letters..)?;
        (letters >= 3).then_some(())
    }

    fn number(&mut self, most: i32) -> Option<i32> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.parse().ok().filter(|n| (0..=most).contains(n))
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i32> {
        let sign = if self.eat('-').is_some() {
            -1
        } else {
            let _ = self.eat('+');
            1
        };
        let mut seconds = self.number(167)? * 3600;
        for unit in [60, 1] {
            if self.eat(':').is_none() {
                break;
            }
            seconds += self.number(59)? * unit;
        }
        Some(sign * seconds)
    }

    fn change(&mut self) -> Option<Change> {
        let day = if self.eat('J').is_some() {
            YearDay::NoLeap(self.number(365).filter(|&n| n > 0)? as u16)
        } else if self.eat('M').is_some() {
            let month = self.number(12).filter(|&n| n > 0)? as u8;
            self.eat('.')?;
            let week = self.number(5).filter(|&n| n > 0)? as u8;
            self.eat('.')?;
            YearDay::Month { month, week, weekday: self.number(6)? as u8 }
        } else {
            YearDay::Plain(self.number(365)? as u16)
        };
        let time = if self.eat('/').is_some() { self.time()? } else { 2 * 3600 };
        Some(Change { day, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rule: &str, unix: i64) -> i32 {
        Rule::parse(rule.as_bytes()).unwrap().offset_at(unix)
    }

    /// Fuzzing found it: the end of daylight time lay on 1 January of the next year, and just
    /// before that the rule did not find the end of daylight time a year earlier.
    #[test]
    fn remembers_the_change_of_the_year_before_last() {
        let rule = Rule::parse(b"<-04>4<-03>,J1/0,J365/35").expect("a rule");
        let new_year = 253_402_300_800; // 10000-01-01T00:00:00Z
        assert_eq!(rule.offset_at(new_year - 1), -4 * 3600);
        assert_eq!(rule.offset_at(new_year), -4 * 3600);
        assert_eq!(rule.offset_at(new_year + 4 * 3600), -3 * 3600);
    }

    #[test]
    fn follows_the_rules_of_real_zones() {
        // 2150-07-01 and 2150-01-01, noon UTC
        let (july, january) = (5_695_963_200, 5_680_324_800);
        for (rule, summer, winter) in [
            ("EST5EDT,M3.2.0,M11.1.0", -4, -5),
            ("<+0330>-3:30", 3, 3),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", 1, 0), // Dublin: standard time in summer
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 10, 11),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -1, -2), // Nuuk
            ("XXX3EDT4,0/0,J365/23", -4, -4),            // daylight time all the year
            ("IST-2IDT,M3.4.4/26,M10.5.0", 3, 2),
        ] {
            assert_eq!(at(rule, july) / 3600, summer, "{rule}");
            assert_eq!(at(rule, january) / 3600, winter, "{rule}");
        }
    }

    #[test]
    fn rejects_invalid_rules() {
        for rule in
            ["", "X", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M1.1.0", "EST26", "EST5 ", "<>5"]
        {
            assert_eq!(Rule::parse(rule.as_bytes()), None, "{rule}");
        }
    }

    #[test]
    fn survives_the_ends_of_time() {
        let rule = Rule::parse(b"EST5EDT,M3.2.0,M11.1.0").unwrap();
        for t in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            rule.offset_at(t);
            rule.next_after(t);
        }
    }
}
