//! The configuration's world: files on the disk, and time zones. Knows how to open; what is in them is `config`'s to say.

use std::fs::File;
use std::path::Path;

use afterhours::config::{self, Config, Item, Part, Place, Refusals, Source, World, Written};
use afterhours::schedule::Zone;
use afterhours::wasm::Keys;

use super::tzdata::TzData;

impl World for TzData {
    fn text(&self, path: &Path) -> Result<String, String> {
        config::text(File::open(path))
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        TzData::zone(self, name)
    }
}

/// Reads the configuration's file, if there is one; `given` is what the command line says of the default.
pub(crate) fn read(path: Option<&Path>, given: Written, data: &TzData) -> Result<Config, Refusals> {
    let Some(path) = path else { return config::read(&Source::default(), given, data, &mut []) };
    let name = config::shown(path);
    let text = data.text(path).map_err(|why| Place::line_of(&name, 1, "").refuse(why))?;
    let beside = path.parent().unwrap_or(Path::new(""));
    // What only the module for Fluent Bit follows is read all the same: the file is right, or it is not.
    let mut keys = Keys::default();
    let mut take = |item: Item<'_>| keys.take(item);
    let mut parts = [Part { name: Keys::PART, read: &mut take }];
    config::read(&Source { name: &name, text: &text, beside }, given, data, &mut parts)
}
