//! Files that the configuration names: found beside it, read whole, never larger than they can reasonably be.
//! Knows paths and text; opens nothing itself. What cannot be read is refused, never passed over.

use std::io::{self, Read as _};
use std::path::PathBuf;

use crate::ics;
use crate::ics::Event;
use crate::rules::instant;
use crate::sanitize::printable_path;
use chrono::DateTime;

use crate::config::csv;
use crate::config::csv::Row;
use crate::config::error::{ConfigError, Location, Result, Spanned};
use crate::config::loader::Loader;
use crate::config::zones;

/// The largest file read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Where files are looked for.
pub(super) struct Files<'d> {
    /// The configuration's own directory.
    pub(super) beside: PathBuf,
    pub(super) loader: &'d dyn Loader,
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
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned()),
    }
}

/// UTF-16 behind its byte order mark, as Windows programs write text.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|&two| unit(two))).collect();
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| "damaged UTF-16 text".to_owned())
}

impl Files<'_> {
    /// The file's path as it is opened, and its text.
    fn open(&self, named: &Spanned<String>) -> Result<(PathBuf, String)> {
        let path = self.beside.join(&named.value);
        if named.value.is_empty() {
            return Err(named.location.error("an empty path"));
        }
        match self.loader.text(&path) {
            Ok(text) => Ok((path, text)),
            Err(why) => Err(named.location.error(format!("{}: {why}", printable_path(&path)))),
        }
    }

    /// One name a line; blank lines and what follows a `#` are left out.
    pub(super) fn names(
        &self,
        named: &Spanned<String>,
        check: impl Fn(&str) -> std::result::Result<(), String>,
    ) -> Result<Vec<String>> {
        let (path, text) = self.open(named)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut names = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let name = line.split('#').next().unwrap_or_default().trim();
            if !name.is_empty() {
                check(name)
                    .map_err(|what| Location::line_of(&printable_path(&path), number, "").error(what))?;
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Rows of a CSV file, and how to complain about one.
    pub(super) fn rows(
        &self,
        named: &Spanned<String>,
    ) -> Result<(Vec<Row>, impl Fn(usize, String) -> ConfigError + use<>)> {
        let (path, text) = self.open(named)?;
        let error =
            move |line: usize, what: String| Location::line_of(&printable_path(&path), line, "").error(what);
        let rows = csv::rows(&text).map_err(|(line, what)| error(line, what))?;
        Ok((rows, error))
    }

    /// The events of a calendar file.
    pub(super) fn events(&self, named: &Spanned<String>) -> Result<Vec<Event>> {
        let (path, text) = self.open(named)?;
        let to_utc = |name: &str, wall| {
            let zone = zones::of_calendar(self.loader, name).ok()?;
            Some(DateTime::from_timestamp(instant(&zone, wall), 0)?.naive_utc())
        };
        ics::events_in(&text, to_utc).map_err(|error| {
            // The error says `line N: …`; here the line belongs to the file's name.
            let error_line = error.line();
            let what = error.to_string();
            let what = what.strip_prefix(&format!("line {error_line}: ")).unwrap_or(&what).to_owned();
            let mut error = Location::line_of(&printable_path(&path), error_line, "").error(what);
            error.what.push_str(&format!(" (named in {})", named.location));
            error
        })
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn reads_utf_16_with_its_mark() {
        let units: Vec<u16> = "\u{feff}user;schedule\nzo\u{eb};\u{1f600}\n".encode_utf16().collect();
        let read = |bytes: &[u8]| text(Ok(bytes));
        let wanted = Ok("user;schedule\nzo\u{eb};\u{1f600}\n".to_owned());
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(read(&little), wanted);
        assert_eq!(read(&big), wanted);
        assert!(read(&little[..little.len() - 1]).is_err());
        assert!(read(&[0xFF, 0xFE, 0x00, 0xD8]).is_err());
        assert!(read(&[b'a', 0xFF]).is_err());
    }
}
