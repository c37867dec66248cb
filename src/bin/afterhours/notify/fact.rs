//! A labeled fact of a message, and how moments are written in one. Pure.

use chrono::DateTime;

/// One thing to know, with its label: `Source IP`, `198.51.100.23`. Values are single lines without control characters; their
/// text is a stranger's and may hold any markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

/// `2026-11-21 16:30:00 UTC`
pub(crate) fn utc(seconds: i64) -> Option<String> {
    Some(DateTime::from_timestamp(seconds, 0)?.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// `2026-11-21T16:30:00Z`
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    Some(DateTime::from_timestamp(seconds, 0)?.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}
