//! Everything that the program says on stderr, and text for stdout. Knows nothing of what it is about.

use std::io::Write as _;
use std::path::Path;

use crate::sys::terminal;

/// One message on stderr, under the program's name.
pub(crate) fn say(message: &str) {
    // If stderr is closed there is no other place to report it.
    let _ = terminal::beside(|| writeln!(std::io::stderr(), "afterhours: {message}"));
}

/// `1 notification`, `2 notifications`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Text on stdout. A reader that has gone is not an error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A path for people. Somebody else may have chosen the name, so control characters are escaped.
pub(crate) fn printable(path: &Path) -> String {
    afterhours::sanitize::printable_path(path)
}
