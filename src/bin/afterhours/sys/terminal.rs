//! The terminal's one lock: lines on stderr and a progress bar there do not overwrite each other.
//! Knows nothing of what is drawn.

use std::env;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;

/// The progress bar, while one is drawn.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn bar() -> MutexGuard<'static, Option<ProgressBar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `write` while the progress bar is hidden, and draws it again afterwards. Without a bar, just runs it.
pub(crate) fn beside<T>(write: impl FnOnce() -> T) -> T {
    // The lock is held until `write` returns, so that the bar is not drawn in between.
    match &*bar() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// From now on `bar` is what [`beside`] hides.
pub(crate) fn register(shown: ProgressBar) {
    *bar() = Some(shown);
}

/// Clears the progress bar, and forgets it.
pub(crate) fn clear(shown: &ProgressBar) {
    let mut bar = bar();
    shown.finish_and_clear();
    *bar = None;
}

/// Whether colors are welcome on stdout: a terminal that is not dumb, and nobody refuses (<https://no-color.org>) or insists
/// (<https://bixense.com/clicolors>).
pub(crate) fn stdout_takes_colors() -> bool {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    std::io::stdout().is_terminal() && set("TERM").is_some_and(|term| term != "dumb")
}
