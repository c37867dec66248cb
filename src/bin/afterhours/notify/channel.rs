//! A channel that is ready to deliver, and the filter that says which notifications it takes. Knows no
//! service.

use std::sync::Arc;
use std::time::Duration;

use afterhours::rules::Severity;

use crate::notify::limits;
use crate::notify::limits::RateLimits;
use crate::notify::notifier::Notifier;

/// Older events are not notified, unless the configuration says otherwise.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// A channel, ready to deliver.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) name: String,
    /// `slack`, `email` and so on.
    pub(crate) kind: &'static str,
    pub(crate) filter: ChannelFilter,
    pub(crate) limits: RateLimits,
    /// How long a notification is tried before it is given up.
    pub(crate) give_up: Duration,
    pub(crate) notifier: Arc<dyn Notifier>,
}

/// Which notifications a channel takes.
#[derive(Debug, Clone)]
pub(crate) struct ChannelFilter {
    pub(crate) min_severity: Severity,
    /// `success`, `failure`; an unknown outcome is always taken.
    pub(crate) only_outcome: Option<&'static str>,
    /// Schedules' names; all, if there are none.
    pub(crate) schedules: Vec<String>,
    pub(crate) rules: Vec<String>,
    /// `None` for events of any age.
    pub(crate) max_age: Option<Duration>,
    /// Lines that may be sign-ins and cannot be read.
    pub(crate) unreadable: bool,
}

impl Default for ChannelFilter {
    fn default() -> Self {
        ChannelFilter {
            min_severity: Severity::Info,
            only_outcome: None,
            schedules: Vec::new(),
            rules: Vec::new(),
            max_age: Some(MAX_AGE),
            unreadable: true,
        }
    }
}

impl Channel {
    /// In words what it takes and how fast: `high and above, only failure; at most 20 per 10m, then digests`.
    pub(crate) fn says(&self) -> String {
        let filter = &self.filter;
        let mut words = match filter.min_severity {
            Severity::Info => vec!["all severities".to_owned()],
            Severity::Critical => vec!["critical".to_owned()],
            severity => vec![format!("{} and above", severity.as_str())],
        };
        words.extend(filter.only_outcome.map(|outcome| format!("only {outcome}")));
        for (what, names) in [("schedule", &filter.schedules), ("rule", &filter.rules)] {
            if !names.is_empty() {
                words.push(format!("{what} {}", names.join(" or ")));
            }
        }
        words.push(match filter.max_age {
            Some(age) => format!("events up to {} old", limits::duration_text(age)),
            None => "events of any age".to_owned(),
        });
        if !filter.unreadable {
            words.push("no unreadable lines".to_owned());
        }
        let flood = match self.limits.flood {
            Some(rate) => format!("at most {rate}, then digests"),
            None => "no digests".to_owned(),
        };
        format!("{}; {flood}", words.join(", "))
    }
}
