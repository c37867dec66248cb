//! How much of a quota is left: so many in any stretch of so long a time. Knows no clock: the caller brings the moment.

use std::collections::VecDeque;
use std::time::Instant;

use crate::notify::Rate;

/// A quota and the moments at which it was used.
#[derive(Debug)]
pub(super) struct RateLimiter {
    quota: Option<Rate>,
    used: VecDeque<Instant>,
}

impl RateLimiter {
    /// `None` for one without end.
    pub(super) fn new(quota: Option<Rate>) -> Self {
        RateLimiter { quota, used: VecDeque::new() }
    }

    /// How many are left now.
    pub(super) fn left(&mut self, now: Instant) -> usize {
        let Some(quota) = self.quota else { return usize::MAX };
        while self.used.front().is_some_and(|used| now.duration_since(*used) >= quota.per) {
            self.used.pop_front();
        }
        (quota.count as usize).saturating_sub(self.used.len())
    }

    pub(super) fn use_one(&mut self, now: Instant) {
        if self.quota.is_some() {
            self.used.push_back(now);
        }
    }

    /// When there is one more again; `None` if there is one now.
    pub(super) fn next(&mut self, now: Instant) -> Option<Instant> {
        if self.left(now) > 0 {
            return None;
        }
        let quota = self.quota?;
        self.used.front().map(|used| *used + quota.per)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn never_more_than_the_quota_in_any_stretch() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut allowance = RateLimiter::new(Some(Rate::new(3, Duration::from_secs(1))));
        let mut sent = Vec::new();
        for ms in (0..10_000).step_by(50) {
            if allowance.left(at(ms)) > 0 {
                allowance.use_one(at(ms));
                sent.push(ms);
            } else {
                assert!(allowance.next(at(ms)).unwrap() > at(ms));
            }
        }
        for (index, first) in sent.iter().enumerate() {
            assert!(sent[index..].iter().filter(|ms| **ms < first + 1000).count() <= 3, "{sent:?}");
        }
        assert_eq!(sent.len(), 30);
        assert_eq!(RateLimiter::new(None).left(start), usize::MAX);
    }
}
