//! The configuration's file on the disk, read once. Knows how to open; what is in it is `afterhours::config`'s to say.

use std::fs::File;
use std::path::{Path, PathBuf};

#[cfg(test)]
pub(crate) use afterhours::config::read_table;
pub(crate) use afterhours::config::{
    Config, ConfigError, ConfigErrors, Document, Location, ResolvedSchedule, Result, ScheduleSpec, Spanned,
    Table, TomlValue, suggest,
};
use afterhours::config::{Loader, Source};
use afterhours::sanitize::printable_path;
use afterhours::time_zone::Zone;

use crate::sys::tzdata::TzData;

impl Loader for TzData {
    fn text(&self, path: &Path) -> Result<String, String> {
        file_text(path)
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        TzData::zone(self, name)
    }
}

/// The text of a file, or why there is none.
pub(crate) fn file_text(path: &Path) -> Result<String, String> {
    afterhours::config::text(File::open(path))
}

/// A configuration's file, read; empty where none is named.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    name: String,
    text: String,
}

impl ConfigFile {
    /// Reads the file, if one is named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(ConfigFile::default()) };
        let name = printable_path(path);
        let text = file_text(path).map_err(|why| Location::file_of(&name).error(why))?;
        Ok(ConfigFile { path: path.to_owned(), name, text })
    }

    /// Its sections, for each owner to take.
    pub(crate) fn parse(&self) -> Result<Document<'_>> {
        let beside = self.path.parent().unwrap_or(Path::new(""));
        Document::parse(&Source { name: &self.name, text: &self.text, beside })
    }
}
