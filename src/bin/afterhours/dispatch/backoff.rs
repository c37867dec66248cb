//! How long to wait after a failure: exponential backoff with full jitter, so that attempts that failed
//! together are not retried together.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The most after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The most after many.
const LAST: Duration = Duration::from_secs(300);

/// The wait after so many failures in a row, from 1: evenly distributed between zero and a maximum that
/// doubles up to five minutes. At least 100 ms, so that no service is called in a tight loop.
pub(super) fn wait(failures: u32) -> Duration {
    let most = ceiling(failures);
    // The standard library seeds its hashers at random: enough to spread, and no more is needed.
    let random = RandomState::new().hash_one(failures) >> 11;
    let fraction = random as f64 / (1_u64 << 53) as f64;
    most.mul_f64(fraction).max(Duration::from_millis(100))
}

fn ceiling(failures: u32) -> Duration {
    FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_spread_and_end() {
        assert_eq!(ceiling(1), Duration::from_secs(1));
        assert_eq!(ceiling(4), Duration::from_secs(8));
        assert_eq!(ceiling(u32::MAX), LAST);
        let waits: Vec<Duration> = (0..1000).map(|_| wait(6)).collect();
        assert!(
            waits.iter().all(|wait| *wait >= Duration::from_millis(100) && *wait <= Duration::from_secs(32))
        );
        let below = waits.iter().filter(|wait| **wait < Duration::from_secs(16)).count();
        assert!((400..600).contains(&below), "{below} of 1000 in the lower half");
    }
}
