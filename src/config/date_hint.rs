//! What somebody means who writes a date as `12/24`, `24.12.2026` or `12/24/2026`: for messages, nothing else. Knows digits and
//! signs.

use chrono::NaiveDate;

/// The first such date in a text, and how to write it: one way, or both where both are possible.
pub(super) fn rewritten(text: &str) -> Option<(String, String)> {
    text.split([',', ' ']).find_map(|word| {
        let sign = word.chars().find(|c| matches!(c, '/' | '.'))?;
        let parts: Vec<&str> = word.split(sign).filter(|part| !part.is_empty()).collect();
        let digits = |part: &&&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if !(2..=3).contains(&parts.len()) || parts.iter().filter(digits).count() != parts.len() {
            return None;
        }
        let numbers: Vec<u32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        let ways: Vec<String> = match numbers.as_slice() {
            [first, second] => both(*first, *second, 2024, |date| date.format("%b %-d").to_string()),
            [year, month, day] if parts.first().is_some_and(|part| part.len() == 4) => {
                date(*year, *month, *day).into_iter().map(|date| date.to_string()).collect()
            }
            [first, second, year] => both(*first, *second, full(*year), |date| date.to_string()),
            _ => Vec::new(),
        };
        (!ways.is_empty()).then(|| (word.to_owned(), ways.join(" or ")))
    })
}

fn full(year: u32) -> u32 {
    if year < 100 { 2000 + year } else { year }
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Month and day, and day and month, where each is a date and they are not the same.
fn both(first: u32, second: u32, year: u32, written: impl Fn(NaiveDate) -> String) -> Vec<String> {
    let mut ways: Vec<String> =
        [date(year, first, second), date(year, second, first)].into_iter().flatten().map(written).collect();
    ways.dedup();
    ways
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn says_what_is_meant() {
        let way = |text: &str| rewritten(text).map(|(_, way)| way);
        assert_eq!(way("12/24").as_deref(), Some("Dec 24"));
        assert_eq!(way("24.12.2026").as_deref(), Some("2026-12-24"));
        assert_eq!(way("24.12.").as_deref(), Some("Dec 24"));
        assert_eq!(way("2026/12/24").as_deref(), Some("2026-12-24"));
        assert_eq!(way("03/04/2026").as_deref(), Some("2026-03-04 or 2026-04-03"));
        assert_eq!(way("05/05").as_deref(), Some("May 5"));
        assert_eq!(way("Dec 24, 1/2/26").as_deref(), Some("2026-01-02 or 2026-02-01"));
        for text in ["2026-12-24", "Dec 24", "13/32", "1.2.3.4", "", "a/b", "31.31.2026"] {
            assert_eq!(rewritten(text), None, "{text}");
        }
    }
}
