//! Other rules for filters that run. Knows how they get there; never stops a filter for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::rules::Rules;

/// Rules on their way to running filters, from another thread. Each filter takes them between lines.
#[derive(Debug, Clone, Default)]
pub struct RulesHandle {
    /// How many were given. Looked at before every block; the lock is taken only when it has changed.
    given: Arc<AtomicU64>,
    rules: Arc<Mutex<Option<Arc<Rules>>>>,
}

impl RulesHandle {
    /// Hands over rules. Lines that are read after this are evaluated by them.
    pub fn give(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rules));
        self.given.fetch_add(1, Ordering::Release);
    }

    /// The rules of now, if others have been given since `seen`.
    pub(super) fn take(&self, seen: &mut u64) -> Option<Arc<Rules>> {
        let given = self.given.load(Ordering::Acquire);
        if given == *seen {
            return None;
        }
        *seen = given;
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
