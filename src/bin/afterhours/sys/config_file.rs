//! The configuration's file on the disk. Knows how to open; what is in it is `afterhours::config`'s to say.

use std::fs::File;
use std::path::Path;

pub(crate) use afterhours::config::{
    Config, ConfigError, ConfigErrors, Location, ResolvedSchedule, Result, ScheduleSpec, Spanned, Table,
    TomlValue, read_table, suggest,
};
use afterhours::config::{Loader, Source};
use afterhours::sanitize::printable_path;
use afterhours::time_zone::Zone;
use afterhours::wasm::WasmOptions;

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

/// Reads the file, if there is one; `given` is what the command line says of the default.
pub(crate) fn read(path: Option<&Path>, given: ScheduleSpec, data: &TzData) -> Result<Config, ConfigErrors> {
    let Some(path) = path else { return afterhours::config::read(&Source::default(), given, data) };
    let name = printable_path(path);
    let text = file_text(path).map_err(|why| Location::line_of(&name, 1, "").error(why))?;
    let source = Source { name: &name, text: &text, beside: path.parent().unwrap_or(Path::new("")) };
    let config = afterhours::config::read(&source, given, data);
    // Only the module for Fluent Bit follows these, but the file is right or it is not.
    let Err(ConfigErrors(keys)) = WasmOptions::read(&source) else { return config };
    let ConfigErrors(mut all) = config.err().unwrap_or(ConfigErrors(Vec::new()));
    for error in keys {
        if !all.contains(&error) {
            all.push(error);
        }
    }
    Err(ConfigErrors(all))
}
