//! What stands around a configuration: the text itself, and the files and zones that it names. Knows who brings them; brings
//! nothing.

use std::path::Path;

use crate::time_zone::Zone;

/// What a configuration needs of the world.
pub trait Loader {
    /// The text of a file, else why there is none; [`text`](crate::config::text) reads what was opened.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn text(&self, path: &Path) -> Result<String, String>;

    /// The time zone of a name; [`zones::zone`](crate::config::zones::zone) looks it up.
    ///
    /// # Errors
    /// What is wrong with the name, or with the zone's data.
    fn zone(&self, name: &str) -> Result<Zone, String>;
}

/// A configuration's text, as it was brought. The default is none.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// What people call the file; empty where there is none.
    pub name: &'s str,
    /// All of it.
    pub text: &'s str,
    /// Where the files are that it names.
    pub beside: &'s Path,
}

impl Default for Source<'_> {
    fn default() -> Self {
        Source { name: "", text: "", beside: Path::new("") }
    }
}
