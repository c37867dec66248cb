//! The terminal's one lock: lines on stderr and a progress bar there do not overwrite each other.
//! Knows nothing of what is drawn.

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
