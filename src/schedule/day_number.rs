//! Where chrono's dates become day numbers. Knows nothing of schedules.

use chrono::NaiveDate;

/// Days since 1970-01-01.
pub(super) fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.to_epoch_days())
}
