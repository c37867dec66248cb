//! Files that the configuration names: found beside it, read whole, never larger than they can reasonably be.
//! Knows paths and text; opens nothing itself. What cannot be read is refused, never passed over.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::ics;
use crate::ics::Event;
use crate::rules::instant;
use chrono::DateTime;

use crate::config::World;
use crate::config::csv;
use crate::config::csv::Row;
use crate::config::toml_table::{Place, Read, Refusal, Text};

/// The largest file read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Where files are looked for.
pub(super) struct Files<'d> {
    /// The configuration's own directory.
    pub(super) beside: PathBuf,
    pub(super) world: &'d dyn World,
}

/// What a path is called in messages.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The text of a file, from what came of opening it.
///
/// # Errors
/// Why there is none, in words.
pub fn text(opened: io::Result<impl io::Read>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = opened.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err("there is no such file".to_owned());
        }
        Err(error) => return Err(format!("cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > LARGEST => return Err("larger than 64 MiB".to_owned()),
        Ok(_) => {}
    }
    String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())
}

impl Files<'_> {
    /// The file's path as it is opened, and its text.
    fn open(&self, named: &Text) -> Read<(PathBuf, String)> {
        let path = self.beside.join(&named.text);
        if named.text.is_empty() {
            return Err(named.place.refuse("an empty path"));
        }
        match self.world.text(&path) {
            Ok(text) => Ok((path, text)),
            Err(why) => Err(named.place.refuse(format!("{}: {why}", shown(&path)))),
        }
    }

    /// One name a line; blank lines and what follows a `#` are left out.
    pub(super) fn names(&self, named: &Text) -> Read<Vec<String>> {
        let (_, text) = self.open(named)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let name = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        Ok(text.lines().map(name).filter(|name| !name.is_empty()).collect())
    }

    /// Rows of a CSV file, and how to complain about one.
    pub(super) fn rows(&self, named: &Text) -> Read<(Vec<Row>, impl Fn(usize, String) -> Refusal + use<>)> {
        let (path, text) = self.open(named)?;
        let refuse = move |line: usize, what: String| Place::line_of(&shown(&path), line, "").refuse(what);
        let rows = csv::rows(&text).map_err(|(line, what)| refuse(line, what))?;
        Ok((rows, refuse))
    }

    /// The events of a calendar file.
    pub(super) fn events(&self, named: &Text) -> Read<Vec<Event>> {
        let (path, text) = self.open(named)?;
        let to_utc = |name: &str, wall| {
            let zone = self.world.zone(name).ok()?;
            Some(DateTime::from_timestamp(instant(&zone, wall), 0)?.naive_utc())
        };
        ics::events_in(&text, to_utc).map_err(|error| {
            // The error says `line N: …`; here the line belongs to the file's name.
            let error_line = error.line();
            let what = error.to_string();
            let what = what.strip_prefix(&format!("line {error_line}: ")).unwrap_or(&what).to_owned();
            let mut refusal = Place::line_of(&shown(&path), error_line, "").refuse(what);
            refusal.what.push_str(&format!(" (named in {})", named.place));
            refusal
        })
    }
}
