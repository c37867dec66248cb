//! The configuration's file on the disk. Knows how to open; what is in it is `afterhours::config`'s to say.

use std::fs::File;
use std::path::Path;

pub(crate) use afterhours::config::{
    Config, Described, Item, Place, Read, Refusal, Refusals, Table, Text, Written, read_table, shown, suggest,
};
use afterhours::config::{Source, World};
use afterhours::time_zone::Zone;
use afterhours::wasm::Keys;

use crate::sys::tzdata::TzData;

impl World for TzData {
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
pub(crate) fn read(path: Option<&Path>, given: Written, data: &TzData) -> Result<Config, Refusals> {
    let Some(path) = path else { return afterhours::config::read(&Source::default(), given, data) };
    let name = shown(path);
    let text = file_text(path).map_err(|why| Place::line_of(&name, 1, "").refuse(why))?;
    let source = Source { name: &name, text: &text, beside: path.parent().unwrap_or(Path::new("")) };
    let config = afterhours::config::read(&source, given, data);
    // Only the module for Fluent Bit follows these, but the file is right or it is not.
    let Err(Refusals(keys)) = Keys::read(&source) else { return config };
    let Refusals(mut all) = config.err().unwrap_or(Refusals(Vec::new()));
    for refusal in keys {
        if !all.contains(&refusal) {
            all.push(refusal);
        }
    }
    Err(Refusals(all))
}
