//! What ServiceNow is sent of a message: the fields of an incident, or an event of Event Management. Pure.

use std::collections::BTreeMap;

use afterhours::rules::Severity;
use serde_json::{Map, Value, json};

use crate::notify::fact::{Fact, utc};
use crate::notify::message::Message;
use crate::notify::notification::{Kind, cut};

/// The lengths of the columns `short_description` and `description`; what is longer ServiceNow cuts without a word.
const SHORT: usize = 160;
const LONG: usize = 4000;
/// The lengths of `source`, `node`, `type` and `resource` of `em_event`, in characters:
/// <https://docs.servicenow.com/bundle/orlando-it-operations-management/page/product/event-management/concept/c_EMIntegrateRequirementEvent.html>
const NAME: usize = 100;

/// Fields that hold what this program says, and by which it finds its incident again.
pub(super) const OURS: [&str; 4] =
    ["short_description", "description", "correlation_id", "correlation_display"];

/// An incident. `fields` are the configuration's, and go before what the severity says; an empty text leaves a field out.
pub(super) fn incident(message: &Message, fields: &[(String, String)]) -> Value {
    let (impact, urgency) = weight(message.severity());
    let mut all: BTreeMap<&str, &str> =
        [("category", "security"), ("impact", impact), ("urgency", urgency)].into();
    all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    all.retain(|_, value| !value.is_empty());
    let mut incident: Map<String, Value> =
        all.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    incident.insert("short_description".to_owned(), cut(&tame(&message.title()), SHORT).into());
    incident.insert("description".to_owned(), description(message).into());
    incident.insert("correlation_id".to_owned(), message.key().into());
    incident.insert("correlation_display".to_owned(), "afterhours".into());
    incident.into()
}

/// Impact and urgency, from 1 (high) to 3 (low). By the table that ServiceNow comes with they make priority 1 to 5.
fn weight(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Critical => ("1", "1"),
        Severity::High => ("2", "1"),
        Severity::Medium => ("2", "2"),
        Severity::Low => ("3", "2"),
        Severity::Info => ("3", "3"),
    }
}

/// An event, in the envelope of `em/jsonv2`. `message_key` makes one alert of it, however often it comes.
pub(super) fn event(message: &Message) -> Value {
    let (node, metric) = match message {
        Message::One(notification) => {
            let node = notification
                .arn
                .as_deref()
                .or(notification.user.as_deref())
                .or(notification.account.as_deref());
            let metric =
                if notification.kind == Kind::Unreadable { "unreadable_line" } else { "after_hours_sign_in" };
            (node, metric)
        }
        Message::Digest(_) => (message.account(), "after_hours_sign_ins"),
    };
    let name = |text: &str| Value::from(cut(&tame(text), NAME));
    let mut event = json!({
        "source": "afterhours",
        "event_class": name(message.account().unwrap_or("aws")),
        "node": name(node.unwrap_or("aws")),
        "type": "ConsoleLogin",
        "resource": "signin.amazonaws.com",
        "metric_name": metric,
        "message_key": message.key(),
        "severity": severity(message.severity()),
        "description": description(message),
        "additional_info": additional_info(message),
    });
    // A date of the Table API: UTC, without a zone.
    if let Some(time) = message.event_time().and_then(utc) {
        event["time_of_event"] = time.trim_end_matches(" UTC").into();
    }
    json!({ "records": [event] })
}

/// From 1, critical, through 2, major, 3, minor, and 4, warning, to 5, info; 0 would close the alert.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1",
        Severity::High => "2",
        Severity::Medium => "3",
        Severity::Low => "4",
        Severity::Info => "5",
    }
}

/// What is to be kept beside, as the text of a JSON object: events have no columns of one's own.
fn additional_info(message: &Message) -> String {
    let info = |longest: usize| {
        let mut info = Map::new();
        let mut add = |name: &str, value: &str| {
            info.insert(name.to_lowercase().replace(' ', "_"), tame(&cut(value, longest)).into())
        };
        for Fact { label, value } in message.facts() {
            add(label, &value);
        }
        add("why", &message.why());
        add("what to do", message.next_steps());
        if let Some(link) = message.link() {
            // Cut, it would lead nowhere.
            info.insert("link".to_owned(), link.into());
        }
        Value::from(info).to_string()
    };
    fitting(info, LONG)
}

/// The message as text that fits, whatever strangers wrote into it: the last lines are what to do.
fn description(message: &Message) -> String {
    let text = fitting(|longest| message.text_of(longest), LONG);
    cut(tame(&text).trim_end(), LONG).into_owned()
}

/// The text with its parts as long as fits; what is unimportant is long.
fn fitting(text: impl Fn(usize) -> String, most: usize) -> String {
    let tried = [usize::MAX, 512, 256, 128].into_iter().map(&text);
    let mut fits = tried.filter(|text| text.chars().count() <= most);
    fits.next().unwrap_or_else(|| text(64))
}

/// ServiceNow shows what stands between `[code]` and `[/code]` in journals as HTML, scripts and all, unless
/// `glide.ui.security.allow_codetag` is off. These fields are no journals, but rules copy them into some.
/// <https://www.servicenow.com/docs/r/zurich/platform-security/instance-security-hardening-settings/sc-allow-embedded-html-code.html>
fn tame(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, after) = rest.split_at(at + 1);
        tamed.push_str(before);
        let word = after.strip_prefix('/').unwrap_or(after).trim_start();
        if word.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("code")) {
            tamed.push(' ');
        }
        rest = after;
    }
    tamed + rest
}

#[cfg(test)]
mod tests;
