//! A digest: what many notifications have in common, in counts by user, account and source address. Bounded, whatever it is fed.

use std::collections::BTreeMap;

use afterhours::rules::Severity;

use crate::notify::fact::{Fact, utc};
use crate::notify::notification::{Kind, Notification, cut};

/// How many names a count keeps apart. What comes after is counted together.
const NAMES: usize = 10_000;
/// How many names are shown.
const SHOWN: usize = 10;

/// Many notifications, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) key: String,
    pub(crate) count: u64,
    pub(crate) failures: u64,
    pub(crate) unreadable: u64,
    /// The highest among them.
    pub(crate) severity: String,
    /// Seconds since 1970.
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) users: Counts,
    pub(crate) accounts: Counts,
    pub(crate) addresses: Counts,
}

/// How often each name came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    names: BTreeMap<String, u64>,
    /// Those beyond what is kept apart.
    others: u64,
}

impl Counts {
    fn add(&mut self, name: Option<&str>) {
        let name = cut(name.unwrap_or("not said"), 128);
        if let Some(count) = self.names.get_mut(&*name) {
            *count += 1;
        } else if self.names.len() < NAMES {
            self.names.insert(name.into_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// How many different names there are, at least.
    pub(crate) fn len(&self) -> usize {
        self.names.len() + usize::from(self.others > 0)
    }

    /// The name, if it is the only one.
    pub(crate) fn only(&self) -> Option<&str> {
        if self.len() == 1 { self.names.keys().next().map(String::as_str) } else { None }
    }

    /// The most frequent names, with their counts; equal ones by name.
    pub(crate) fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> =
            self.names.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        all.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        all.truncate(most);
        all
    }

    /// `anaya 41, bilal 7, and 12 more`
    fn shown(&self) -> String {
        let top = self.top(SHOWN);
        let mut words: Vec<String> = top.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let rest = self.names.len() - top.len();
        if self.others > 0 {
            words.push(format!("and more than {rest} others"));
        } else if rest > 0 {
            words.push(format!("and {rest} more"));
        }
        words.join(", ")
    }
}

/// The key of a digest: `first` is the key of its first notification, `made` when it was made.
pub(crate) fn key(first: u128, made: i64) -> String {
    crate::notify::notification::key_of([b"digest".as_slice(), &first.to_be_bytes(), &made.to_be_bytes()])
}

impl Digest {
    /// An empty digest. `key` must be the same whenever the same notifications are counted.
    pub(crate) fn new(key: String) -> Self {
        Digest { key, severity: Severity::Info.as_str().to_owned(), ..Digest::default() }
    }

    pub(crate) fn add(&mut self, notification: &Notification) {
        self.count += 1;
        self.failures += u64::from(notification.outcome == "failure");
        let higher = |word: &str| word.parse::<Severity>().ok();
        if higher(&notification.severity) > higher(&self.severity) {
            self.severity.clone_from(&notification.severity);
        }
        if let Some(time) = notification.event_time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        if notification.kind == Kind::Unreadable {
            self.unreadable += 1;
            return;
        }
        self.users.add(notification.user.as_deref().or(notification.arn.as_deref()));
        self.accounts.add(notification.account.as_deref());
        self.addresses.add(notification.source_ip.as_deref());
    }

    /// `3 users, 2 accounts, 14 addresses`
    pub(crate) fn spread(&self) -> String {
        let count = |counts: &Counts, one: &str, many: &str| {
            let more = if counts.others > 0 { "over " } else { "" };
            match counts.names.len() {
                1 => format!("1 {one}"),
                len => format!("{more}{len} {many}"),
            }
        };
        format!(
            "{}, {}, {}",
            count(&self.users, "user", "users"),
            count(&self.accounts, "account", "accounts"),
            count(&self.addresses, "address", "addresses")
        )
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![Fact { label: "Sign-ins", value: self.count.to_string() }];
        let mut fact = |label, value: String| facts.push(Fact { label, value });
        fact("Failed", self.failures.to_string());
        if self.unreadable > 0 {
            fact("Unreadable", self.unreadable.to_string());
        }
        fact("By user", self.users.shown());
        fact("By account", self.accounts.shown());
        fact("By address", self.addresses.shown());
        let time = |time: Option<i64>| time.and_then(utc).unwrap_or_else(|| "not said".to_owned());
        fact("First", time(self.first));
        fact("Last", time(self.last));
        fact("Highest severity", self.severity.clone());
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A long name was counted under its shortened form and looked for under its own: its count was 1 for ever.
    #[test]
    fn long_names_are_counted_like_short_ones() {
        let long = "a".repeat(500);
        let mut counts = Counts::default();
        for name in [Some(&*long), Some("lee"), Some(&*long), None, Some(&*long)] {
            counts.add(name);
        }
        let top = counts.top(9);
        assert_eq!(top.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3, 1, 1]);
        assert_eq!(top[0].0.chars().count(), 128);
    }
}
