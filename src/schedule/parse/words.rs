//! The words of the grammar: names of weekdays, months and times. Knows single words only.

const FULL_NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTH_NAMES: &str =
    "january february march april may june july august september october november december";

/// `mo`, `Mon`, `mondays`; single letters only if they are unambiguous.
pub(super) fn weekday(word: &str) -> Option<u8> {
    match word {
        "m" => return Some(0),
        "w" => return Some(2),
        "f" => return Some(4),
        _ if word.len() < 2 => return None,
        _ => {}
    }
    let singular = word.strip_suffix('s').unwrap_or(word);
    let found = FULL_NAMES.iter().position(|name| {
        name.starts_with(word) || *name == singular || (*name == "wednesday" && word == "weds")
    });
    found.map(|index| index as u8)
}

/// Sets of weekdays with a name of their own, as bits from Monday.
pub(super) fn weekday_group(word: &str) -> Option<u8> {
    match word {
        "weekdays" | "weekday" | "workdays" | "workday" => Some(0b001_1111),
        "weekends" | "weekend" => Some(0b110_0000),
        "daily" | "everyday" | "days" | "day" => Some(0b111_1111),
        _ => None,
    }
}

/// 1 to 12.
pub(super) fn month(word: &str) -> Option<u8> {
    if word.len() < 3 {
        return None;
    }
    let mut names = MONTH_NAMES.split(' ');
    let found = names.position(|name| name.starts_with(word) || (name == "september" && word == "sept"));
    found.map(|index| index as u8 + 1)
}

/// Whether a word names days and so is not a zone.
pub(super) fn names_days(word: &str) -> bool {
    weekday(word).is_some()
        || weekday_group(word).is_some()
        || month(word).is_some()
        || matches!(word, "ph" | "week" | "weeks" | "easter" | "holiday" | "holidays")
}

/// Whether a word may begin a time, if only to give a better error.
pub(super) fn names_time(word: &str) -> bool {
    matches!(word, "noon" | "midday" | "midnight" | "sunrise" | "sunset" | "dawn" | "dusk")
}

/// Whether a word closes days.
pub(super) fn is_off(word: &str) -> bool {
    matches!(word, "off" | "closed" | "never" | "none")
}
