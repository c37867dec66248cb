//! Routing: which channels take a sign-in, and for each of the others why not. All of that is decided
//! here. Knows no outbox and no service; a decision is pure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use afterhours::filter::{Alert, Unreadable};
use afterhours::rules::Severity;

use crate::notify::Notification;
use crate::notify::channel::{Channel, ChannelFilter};
use crate::notify::limits;
use crate::notify::notification::Kind;
use crate::outbox::NewNotification;
use crate::sys::clock;

/// What a channel does with a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Send,
    Skip(SkipReason),
}

/// Why a channel does not take a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SkipReason {
    /// The sign-in is in hours.
    InHours,
    /// Its severity is below the channel's `min_severity`.
    Severity { of: Severity, minimum: Severity },
    /// Its outcome is not the channel's `only_outcome`.
    Outcome { only: &'static str },
    /// The channel lists schedules, and not this one.
    Schedule,
    /// The channel lists rules, and not this one.
    Rule,
    /// The event is older than the channel's `max_age`.
    Age { max_age: Duration },
    /// The channel takes no lines that could not be read (`unreadable = false`).
    Unreadable,
    /// The outbox has a notification of a copy of this record.
    Duplicate,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::InHours => f.write_str("the sign-in is in hours"),
            SkipReason::Severity { of, minimum } => {
                write!(f, "severity {} is below min_severity = \"{}\"", of.as_str(), minimum.as_str())
            }
            SkipReason::Outcome { only } => write!(f, "only_outcome = \"{only}\""),
            SkipReason::Schedule => f.write_str("the schedule is not in `schedule`"),
            SkipReason::Rule => f.write_str("the rule is not in `rule`"),
            SkipReason::Age { max_age } => {
                write!(f, "the event is older than max_age = \"{}\"", limits::duration_text(*max_age))
            }
            SkipReason::Unreadable => f.write_str("unreadable = false"),
            SkipReason::Duplicate => f.write_str("a copy of the record was notified before"),
        }
    }
}

/// What one channel does with a notification. `now` is in seconds since 1970. A notification whose age or
/// outcome is not known is sent.
pub(crate) fn route(
    filter: &ChannelFilter,
    notification: &Notification,
    severity: Severity,
    now: i64,
) -> Route {
    let below = severity < filter.min_severity;
    let severity = SkipReason::Severity { of: severity, minimum: filter.min_severity };
    if notification.kind == Kind::Unreadable {
        return match (filter.unreadable, below) {
            (false, _) => Route::Skip(SkipReason::Unreadable),
            (true, true) => Route::Skip(severity),
            (true, false) => Route::Send,
        };
    }
    if let (Some(max_age), Some(time)) = (filter.max_age, notification.event_time)
        && now.saturating_sub(time) > seconds(max_age)
    {
        return Route::Skip(SkipReason::Age { max_age });
    }
    if let Some(only) = filter.only_outcome
        && notification.outcome != only
        && notification.outcome != "unknown"
    {
        return Route::Skip(SkipReason::Outcome { only });
    }
    let listed = |names: &[String], name: Option<&str>| {
        names.is_empty() || name.is_some_and(|name| names.iter().any(|known| known == name))
    };
    if below {
        Route::Skip(severity)
    } else if !listed(&filter.schedules, Some(&notification.schedule)) {
        Route::Skip(SkipReason::Schedule)
    } else if !listed(&filter.rules, notification.rule.as_deref()) {
        Route::Skip(SkipReason::Rule)
    } else {
        Route::Send
    }
}

fn seconds(age: Duration) -> i64 {
    i64::try_from(age.as_secs()).unwrap_or(i64::MAX)
}

/// Makes the drafts of notifications; every thread may have one.
#[derive(Debug, Clone)]
pub(crate) struct NotificationRouter {
    /// Each with the channel's name.
    filters: Arc<[(String, ChannelFilter)]>,
    /// No channel takes an event that is older, in seconds.
    oldest: i64,
}

impl NotificationRouter {
    pub(super) fn new(channels: &[Channel]) -> Self {
        let filters: Arc<[(String, ChannelFilter)]> =
            channels.iter().map(|channel| (channel.name.clone(), channel.filter.clone())).collect();
        let oldest = filters.iter().map(|(_, filter)| filter.max_age.map_or(i64::MAX, seconds)).max();
        NotificationRouter { filters, oldest: oldest.unwrap_or(0) }
    }

    /// The draft of a sign-in, if a channel takes it.
    pub(crate) fn alert(&self, alert: &Alert<'_>) -> Option<NewNotification> {
        if alert.tag.reason.is_some_and(|reason| reason.is_inside()) {
            tracing::trace!(reason = %SkipReason::InHours, "no channel");
            return None;
        }
        let now = clock::now_ms() / 1000;
        // Cheap, and true for nearly all sign-ins of an archive.
        if alert.sign_in.time.seconds().is_some_and(|time| now.saturating_sub(time) > self.oldest) {
            return None;
        }
        self.draft(&Notification::of(alert)?, alert.tag.severity, now)
    }

    /// The draft of a text that may be a sign-in.
    pub(crate) fn unreadable(&self, unreadable: &Unreadable<'_>) -> Option<NewNotification> {
        let severity = Severity::Low;
        self.draft(&Notification::of_unreadable(unreadable, severity), severity, clock::now_ms() / 1000)
    }

    fn draft(&self, notification: &Notification, severity: Severity, now: i64) -> Option<NewNotification> {
        let mut channels = 0;
        for (bit, (channel, filter)) in self.filters.iter().enumerate() {
            match route(filter, notification, severity, now) {
                Route::Send => {
                    tracing::debug!(channel, key = notification.key, "routed");
                    channels |= 1 << bit;
                }
                Route::Skip(reason) => {
                    tracing::debug!(channel, key = notification.key, %reason, "not routed");
                }
            }
        }
        let key = u128::from_str_radix(&notification.key, 16).ok()?;
        let body = serde_json::to_vec(notification).ok()?;
        (channels != 0).then_some(NewNotification { key, body, channels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    /// Monday 2026-11-23, after the sample's event.
    const NOW: i64 = 1_795_421_600;

    fn decide(change: impl FnOnce(&mut ChannelFilter, &mut Notification), severity: Severity) -> Route {
        let (mut filter, mut notification) = (ChannelFilter::default(), samples::notification());
        notification.event_time = Some(NOW - 60);
        change(&mut filter, &mut notification);
        route(&filter, &notification, severity, NOW)
    }

    #[test]
    fn a_channel_without_filters_takes_everything() {
        assert_eq!(decide(|_, _| {}, Severity::Info), Route::Send);
    }

    #[test]
    fn each_filter_has_its_reason() {
        let high = |filter: &mut ChannelFilter, _: &mut Notification| filter.min_severity = Severity::High;
        let skipped = SkipReason::Severity { of: Severity::Low, minimum: Severity::High };
        assert_eq!(decide(high, Severity::Low), Route::Skip(skipped));
        assert_eq!(decide(high, Severity::High), Route::Send);
        let failures = |outcome: &'static str| {
            decide(
                |filter, notification| {
                    filter.only_outcome = Some("failure");
                    notification.outcome = outcome.to_owned();
                },
                Severity::Low,
            )
        };
        assert_eq!(failures("success"), Route::Skip(SkipReason::Outcome { only: "failure" }));
        assert_eq!(failures("failure"), Route::Send);
        assert_eq!(failures("unknown"), Route::Send, "what is not known is sent");
        let schedule =
            |filter: &mut ChannelFilter, _: &mut Notification| filter.schedules = vec!["night".to_owned()];
        assert_eq!(decide(schedule, Severity::Low), Route::Skip(SkipReason::Schedule));
        let rule =
            |filter: &mut ChannelFilter, _: &mut Notification| filter.rules = vec!["break glass".to_owned()];
        assert_eq!(decide(rule, Severity::Low), Route::Skip(SkipReason::Rule));
    }

    #[test]
    fn old_events_are_skipped_and_those_without_a_time_are_sent() {
        let day = Duration::from_secs(24 * 3600);
        let old = |_: &mut ChannelFilter, notification: &mut Notification| {
            notification.event_time = Some(NOW - 24 * 3600 - 1)
        };
        assert_eq!(decide(old, Severity::Critical), Route::Skip(SkipReason::Age { max_age: day }));
        let timeless =
            |_: &mut ChannelFilter, notification: &mut Notification| notification.event_time = None;
        assert_eq!(decide(timeless, Severity::Low), Route::Send);
        let any_age = |filter: &mut ChannelFilter, notification: &mut Notification| {
            filter.max_age = None;
            notification.event_time = Some(0);
        };
        assert_eq!(decide(any_age, Severity::Low), Route::Send);
    }

    #[test]
    fn unreadable_lines_have_a_switch_of_their_own() {
        let off = |filter: &mut ChannelFilter, notification: &mut Notification| {
            notification.kind = Kind::Unreadable;
            filter.unreadable = false;
        };
        assert_eq!(decide(off, Severity::Low), Route::Skip(SkipReason::Unreadable));
        let on = |filter: &mut ChannelFilter, notification: &mut Notification| {
            notification.kind = Kind::Unreadable;
            filter.only_outcome = Some("success");
        };
        assert_eq!(decide(on, Severity::Low), Route::Send);
    }
}
