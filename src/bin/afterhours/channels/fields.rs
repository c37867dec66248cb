//! A message as names and texts, for services that keep an alert's facts one by one. Pure.

use std::collections::BTreeMap;

use afterhours::rules::Severity;

use crate::notify::fact::rfc3339;
use crate::notify::message::Message;
use crate::notify::notification::{Kind, cut};
use crate::sys::config_file::{Result, Table, TomlValue, suggest};

/// The last second of the year 9999: later ones have no RFC 3339 form, and a record may claim them.
const LAST_SECOND: i64 = 253_402_300_799;

/// All facts by name, `source_ip` and so on, with `why`, `what_to_do` and `cloudtrail`, the link. No text is longer than
/// `longest` characters; there are never more than twenty.
pub(super) fn fields(message: &Message, longest: usize) -> BTreeMap<String, String> {
    let facts = message.facts().into_iter().map(|fact| (name(fact.label), fact.value));
    let words = [("why", message.why()), ("what_to_do", message.next_steps().to_owned())];
    let words = words.into_iter().map(|(name, text)| (name.to_owned(), text));
    let link = message.link().map(|link| ("cloudtrail".to_owned(), link));
    // People read one line about the schedule, programs ask for one thing at a time.
    let parts = match message {
        Message::One(notification) if notification.kind != Kind::Unreadable => vec![
            ("schedule".to_owned(), notification.schedule.clone()),
            ("reason".to_owned(), notification.reason.clone()),
            ("rule".to_owned(), notification.rule.clone().unwrap_or_else(|| "none".to_owned())),
        ],
        _ => Vec::new(),
    };
    let all = facts.chain(words).chain(link).chain(parts);
    all.map(|(name, text)| (name, cut(&text, longest).into_owned())).collect()
}

/// `Source IP` is `source_ip`.
fn name(label: &str) -> String {
    label.to_ascii_lowercase().replace([' ', '-'], "_")
}

/// Text for a service that may read `<` and `>` as markup, or hand the text on to one that does: these two become ‹ and ›,
/// which look the same to people, wherever they are shown. Entities would be shown as they are by what knows no HTML, a
/// telephone for one.
pub(super) fn without_tags(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}

/// When it happened, if services can read it: `2026-11-21T16:30:00Z`.
pub(super) fn timestamp(message: &Message) -> Option<String> {
    message.event_time().filter(|time| (0..=LAST_SECOND).contains(time)).and_then(rfc3339)
}

/// A service's own word for each severity, the least first.
#[derive(Debug, Clone)]
pub(super) struct SeverityMap([String; 5]);

impl SeverityMap {
    /// Takes a table such as `severity = { low = "warning" }`. A severity that it does not name keeps its `usual` word.
    /// `allowed` are the words that the service knows; any, if there are none.
    pub(super) fn take(
        table: &mut Table<'_>,
        key: &'static str,
        usual: [&str; 5],
        allowed: &[&str],
    ) -> Result<Self> {
        let mut levels = usual.map(str::to_owned);
        let Some(item) = table.take(key) else { return Ok(SeverityMap(levels)) };
        for (severity, word) in item.table()?.named() {
            let slot = Severity::ALL.iter().zip(&mut levels).find(|(known, _)| known.as_str() == severity);
            let Some((_, level)) = slot else {
                let hint = suggest(&severity, &Severity::ALL.map(Severity::as_str));
                return Err(word.error(format!("no severity{hint}")));
            };
            *level = Self::word(word, allowed)?;
        }
        Ok(SeverityMap(levels))
    }

    fn word(item: TomlValue<'_>, allowed: &[&str]) -> Result<String> {
        let text = item.text()?;
        if text.value.trim().is_empty() {
            return Err(text.location.error("an empty text"));
        }
        if !allowed.is_empty() && !allowed.contains(&text.value.as_str()) {
            let hint = suggest(&text.value, allowed);
            return Err(text.location.error(format!("{:?} is no word of this service{hint}", text.value)));
        }
        Ok(text.value)
    }

    pub(super) fn of(&self, message: &Message) -> &str {
        let severity = message.severity();
        let slot = Severity::ALL.iter().zip(&self.0).find(|(known, _)| **known == severity);
        slot.map_or("", |(_, word)| word)
    }
}

#[cfg(test)]
impl SeverityMap {
    pub(super) fn usual(words: [&str; 5]) -> Self {
        SeverityMap(words.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;
    use crate::sys::config_file;

    fn levels(toml: &str) -> Result<[String; 5]> {
        let mut table = config_file::read_table("a.toml", toml)?;
        let usual = ["info", "info", "warning", "error", "critical"];
        SeverityMap::take(&mut table, "severity", usual, &["info", "warning", "error", "critical"])
            .map(|levels| levels.0)
    }

    #[test]
    fn levels_keep_the_usual_words_unless_told_otherwise() {
        assert_eq!(levels("").unwrap(), ["info", "info", "warning", "error", "critical"]);
        let mapped = levels("severity = { low = \"warning\", high = \"critical\" }").unwrap();
        assert_eq!(mapped, ["info", "warning", "warning", "critical", "critical"]);
        let refused = |toml: &str| levels(toml).unwrap_err().to_string();
        assert!(refused("severity = { hihg = \"error\" }").contains("did you mean `high`?"));
        let wrong = refused("\nseverity = { low = \"P4\" }");
        assert!(wrong.starts_with("a.toml:2: severity.low: \"P4\" is no word of this service"), "{wrong}");
        assert!(refused("severity = \"error\"").contains("a table is wanted"));
    }

    #[test]
    fn every_fact_has_a_name_and_a_bounded_text() {
        for (name, message) in samples::all() {
            let fields = fields(&message, 100);
            assert!(fields.len() >= message.facts().len() + 2 && fields.len() <= 20, "{name}");
            assert_eq!(fields.contains_key("cloudtrail"), message.link().is_some());
            assert!(fields.values().all(|text| text.chars().count() <= 100), "{name}");
            assert!(fields.keys().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
        }
    }

    #[test]
    fn times_that_services_cannot_read_are_left_out() {
        let at = |event_time| {
            let notification =
                crate::notify::notification::Notification { event_time, ..samples::notification() };
            timestamp(&Message::One(Box::new(notification)))
        };
        assert_eq!(at(Some(1_795_278_600)).as_deref(), Some("2026-11-21T16:30:00Z"));
        assert_eq!(at(Some(LAST_SECOND)).as_deref(), Some("9999-12-31T23:59:59Z"));
        for unreadable in [None, Some(-1), Some(LAST_SECOND + 1), Some(i64::MAX), Some(i64::MIN)] {
            assert_eq!(at(unreadable), None);
        }
    }
}
