//! A configuration's text, parsed once: each owner takes its own section out of it. Knows which sections there are. Knows
//! nothing of what is in them.

use std::path::Path;

use crate::config::error::{ConfigError, Result};
use crate::config::keys::Key;
use crate::config::loader::Source;
use crate::config::toml_table;
use crate::config::toml_table::{Table, TomlValue};

/// Sections that others read: the program's options, the channels of notifications, the WebAssembly module.
pub const SECTIONS_OF_OTHERS: [&str; 5] = ["filter", "listen", "outbox", "notify", "wasm"];

/// A configuration that is TOML. The default is an empty one.
#[derive(Debug)]
pub struct Document<'t> {
    /// What people call the file; empty where there is none.
    pub name: &'t str,
    /// Where the files are that it names.
    pub beside: &'t Path,
    root: Table<'t>,
}

impl<'t> Document<'t> {
    /// Parses a text.
    ///
    /// # Errors
    /// It is not TOML.
    pub fn parse(source: &Source<'t>) -> Result<Self> {
        let text = source.text.strip_prefix('\u{feff}').unwrap_or(source.text);
        Ok(Document { name: source.name, beside: source.beside, root: toml_table::read(source.name, text)? })
    }

    /// One of [`SECTIONS_OF_OTHERS`], once.
    pub fn section(&mut self, name: &'static str) -> Option<TomlValue<'t>> {
        self.root.take(name)
    }

    /// What is left: the sections of the configuration itself.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub(super) fn rest(mut self, own: &'static [Key], errors: &mut Vec<ConfigError>) -> Table<'t> {
        for name in SECTIONS_OF_OTHERS {
            drop(self.root.take(name));
        }
        self.root.expect_with(own, &SECTIONS_OF_OTHERS, errors);
        self.root
    }
}
