//! A rate limiter with a sliding window: at most N in any period. Knows no clock: the caller passes the
//! time.

use std::collections::VecDeque;
use std::time::Instant;

use crate::notify::Rate;

/// A rate and the times at which it was used.
#[derive(Debug)]
pub(super) struct RateLimiter {
    rate: Option<Rate>,
    used: VecDeque<Instant>,
}

impl RateLimiter {
    /// `None` for no limit.
    pub(super) fn new(rate: Option<Rate>) -> Self {
        RateLimiter { rate, used: VecDeque::new() }
    }

    /// How many may start now.
    pub(super) fn left(&mut self, now: Instant) -> usize {
        let Some(rate) = self.rate else { return usize::MAX };
        while self.used.front().is_some_and(|used| now.duration_since(*used) >= rate.per) {
            self.used.pop_front();
        }
        (rate.count as usize).saturating_sub(self.used.len())
    }

    pub(super) fn use_one(&mut self, now: Instant) {
        if self.rate.is_some() {
            self.used.push_back(now);
        }
    }

    /// When the next may start; `None` if one may start now.
    pub(super) fn next(&mut self, now: Instant) -> Option<Instant> {
        if self.left(now) > 0 {
            return None;
        }
        let rate = self.rate?;
        self.used.front().map(|used| *used + rate.per)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn never_more_than_the_rate_in_any_period() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut limiter = RateLimiter::new(Some(Rate::new(3, Duration::from_secs(1))));
        let mut sent = Vec::new();
        for ms in (0..10_000).step_by(50) {
            if limiter.left(at(ms)) > 0 {
                limiter.use_one(at(ms));
                sent.push(ms);
            } else {
                assert!(limiter.next(at(ms)).unwrap() > at(ms));
            }
        }
        for (index, first) in sent.iter().enumerate() {
            assert!(sent[index..].iter().filter(|ms| **ms < first + 1000).count() <= 3, "{sent:?}");
        }
        assert_eq!(sent.len(), 30);
        assert_eq!(RateLimiter::new(None).left(start), usize::MAX);
    }
}
