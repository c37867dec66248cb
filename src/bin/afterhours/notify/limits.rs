//! How fast a channel sends: its rate limit, its flood control, and how many attempts run at a time.

use std::fmt;
use std::time::Duration;

/// At most `count` in any period `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: u32,
    pub(crate) per: Duration,
}

impl Rate {
    pub(crate) const fn new(count: u32, per: Duration) -> Self {
        Rate { count, per }
    }

    pub(crate) const fn per_second(count: u32) -> Self {
        Rate { count, per: Duration::from_secs(1) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.count, duration_text(self.per))
    }
}

/// The limits of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimits {
    /// Requests to the service; `None` for no limit.
    pub(crate) rate: Option<Rate>,
    /// Flood control: single notifications; what exceeds it comes as a digest. `None` for no digests.
    pub(crate) flood: Option<Rate>,
    /// Attempts at the same time, at least 1.
    pub(crate) at_once: usize,
}

impl RateLimits {
    /// For people: one at a time, at most 20 in 10 minutes.
    pub(crate) const fn people(rate: Rate) -> Self {
        RateLimits { rate: Some(rate), flood: Some(Rate::new(20, Duration::from_secs(600))), at_once: 1 }
    }

    /// For programs, which need no digests.
    pub(crate) const fn programs() -> Self {
        RateLimits { rate: None, flood: None, at_once: 16 }
    }
}

/// `90s`, `10m`, `24h`, `3d`; a bare number is seconds. Up to ten years.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let scale = match text[digits.len()..].trim() {
        "" | "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    let seconds = digits.parse::<u64>().ok()?.checked_mul(scale)?;
    (seconds <= 3650 * 86_400).then(|| Duration::from_secs(seconds))
}

/// `20 per 10m`, `1/s`, `120 per minute`.
pub(crate) fn rate(text: &str) -> Option<Rate> {
    let (count, per) = text.split_once(" per ").or_else(|| text.split_once('/'))?;
    let count = count.trim().parse().ok().filter(|count| (1..=100_000).contains(count))?;
    let per = per.trim();
    let per = if per.starts_with(|c: char| c.is_ascii_digit()) {
        duration(per)?
    } else {
        duration(&format!("1{per}"))?
    };
    (!per.is_zero()).then_some(Rate { count, per })
}

/// The shortest spelling that [`duration`] reads as the same.
pub(crate) fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "0s".to_owned(),
        s if s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let seconds = |text: &str| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("10 minutes"), Some(600));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("3d"), Some(259_200));
        for wrong in ["", "h", "-1s", "1.5h", "1y", "99999999999999999999s", "9999d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(rate("20 per 10m"), Some(Rate::new(20, Duration::from_secs(600))));
        assert_eq!(rate("1/s"), Some(Rate::per_second(1)));
        assert_eq!(rate("120 per minute").map(|rate| rate.to_string()).as_deref(), Some("120 per 1m"));
        for wrong in ["", "0/s", "20", "x per 1m", "1 per 0s", "5 per week"] {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
