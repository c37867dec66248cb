//! Lists the holidays of a place in plain columns. Knows nothing of terminals.

use crate::holidays::{Place, SOURCE};
use chrono::{Datelike, NaiveDate};
use std::fmt::Write;

/// What `afterhours holidays CODE [YEAR]` prints: one line a day (date, weekday, name, and
/// `estimated` if the day may still move), for one year or all, then the source and the years it
/// covers. Ends with a newline.
pub fn listing(place: &Place, year: Option<i32>) -> String {
    let mut out = match place.subdivision() {
        Some(subdivision) => format!("{subdivision}, {} ({})", place.country(), place.code()),
        None => format!("{} ({})", place.country(), place.code()),
    };
    let years = place.years();
    match year {
        Some(year) => line(&mut out, format_args!(": public holidays in {year}")),
        None => line(&mut out, format_args!(": public holidays")),
    }
    let days: Vec<_> =
        place.days().iter().filter(|day| year.is_none_or(|year| day.date.year() == year)).collect();
    let width =
        days.iter().filter(|day| day.estimated).map(|day| day.name.chars().count()).max().unwrap_or(0);
    for day in &days {
        let (date, weekday) = (day.date, weekday(day.date));
        match day.estimated {
            true => line(&mut out, format_args!("{date}  {weekday}  {:width$}  estimated", day.name)),
            false => line(&mut out, format_args!("{date}  {weekday}  {}", day.name)),
        }
    }
    match year {
        _ if years.is_empty() => {
            line(&mut out, format_args!("none known: the source lists none for any year"))
        }
        Some(year) if !years.contains(&year) => {
            line(&mut out, format_args!("none known: the data does not cover {year}"));
        }
        _ => {}
    }
    out.push('\n');
    match years.is_empty() {
        true => line(&mut out, format_args!("source: {SOURCE}")),
        false => {
            line(&mut out, format_args!("source: {SOURCE}, covers {} to {}", years.start(), years.end()))
        }
    }
    if days.iter().any(|day| day.estimated) {
        line(
            &mut out,
            format_args!("estimated: follows the moon or a decree to come, and may move by a day or two"),
        );
    }
    if !place.subdivisions().is_empty() {
        line(&mut out, format_args!("parts of it may have others: {}", place.subdivisions().join(" ")));
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String never fails.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        chrono::Weekday::Mon => "Mon",
        chrono::Weekday::Tue => "Tue",
        chrono::Weekday::Wed => "Wed",
        chrono::Weekday::Thu => "Thu",
        chrono::Weekday::Fri => "Fri",
        chrono::Weekday::Sat => "Sat",
        chrono::Weekday::Sun => "Sun",
    }
}

#[cfg(test)]
mod tests {
    use crate::holidays::{find, listing};

    fn shows(code: &str, year: Option<i32>, golden: &str) {
        assert_eq!(listing(&find(code).unwrap(), year), golden);
    }

    #[test]
    fn a_year() {
        shows(
            "gb-sct",
            Some(2026),
            "\
Scotland, United Kingdom (GB-SCT): public holidays in 2026
2026-01-01  Thu  New Year's Day
2026-01-02  Fri  New Year Holiday
2026-04-03  Fri  Good Friday
2026-05-04  Mon  May Day
2026-05-25  Mon  Spring Bank Holiday
2026-06-15  Mon  Scotland's participation in the FIFA World Cup final
2026-08-03  Mon  Summer Bank Holiday
2026-11-30  Mon  Saint Andrew's Day
2026-12-25  Fri  Christmas Day
2026-12-26  Sat  Boxing Day
2026-12-28  Mon  Boxing Day (observed)

source: PyPI holidays 0.109 (MIT), covers 2020 to 2035
",
        );
    }

    #[test]
    fn estimated_days_are_marked() {
        shows(
            "AE",
            Some(2030),
            "\
United Arab Emirates (AE): public holidays in 2030
2030-01-01  Tue  New Year's Day
2030-02-04  Mon  Eid al-Fitr          estimated
2030-02-05  Tue  Eid al-Fitr Holiday  estimated
2030-02-06  Wed  Eid al-Fitr Holiday  estimated
2030-04-12  Fri  Day of Arafah        estimated
2030-04-13  Sat  Eid al-Adha          estimated
2030-04-14  Sun  Eid al-Adha Holiday  estimated
2030-04-15  Mon  Eid al-Adha Holiday  estimated
2030-05-03  Fri  Islamic New Year     estimated
2030-07-13  Sat  Prophet's Birthday   estimated
2030-12-02  Mon  National Day
2030-12-03  Tue  National Day

source: PyPI holidays 0.109 (MIT), covers 2020 to 2035
estimated: follows the moon or a decree to come, and may move by a day or two
",
        );
    }

    #[test]
    fn a_country_names_its_parts() {
        let text = listing(&find("GB").unwrap(), Some(2026));
        assert!(text.ends_with("\nparts of it may have others: GB-ENG GB-NIR GB-SCT GB-WLS\n"), "{text}");
    }

    #[test]
    fn years_without_data() {
        shows(
            "UA",
            Some(2023),
            "\
Ukraine (UA): public holidays in 2023
none known: the data does not cover 2023

source: PyPI holidays 0.109 (MIT), covers 2020 to 2022
",
        );
        shows(
            "BV",
            None,
            "\
Bouvet Island (BV): public holidays
none known: the source lists none for any year

source: PyPI holidays 0.109 (MIT)
",
        );
    }

    #[test]
    fn all_years() {
        let text = listing(&find("IL").unwrap(), None);
        assert!(text.starts_with("Israel (IL): public holidays\n2020-"));
        assert!(text.contains("\n2035-"));
    }
}
