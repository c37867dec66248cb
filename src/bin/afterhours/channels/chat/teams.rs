//! Microsoft Teams: a workflow's webhook, with an Adaptive Card.
//!
//! What a stranger wrote stands in text runs, in which nothing is markup
//! (<https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features>). The clients of Teams do not agree on how
//! to escape in the other elements: <https://github.com/MicrosoftDocs/msteams-docs/issues/5793>.

use std::sync::Arc;

use afterhours::rules::Severity;
use serde_json::{Value, json};

use crate::channels::chat;
use crate::channels::chat::IncomingWebhook;
use crate::notify::context::Context;
use crate::notify::fact::Fact;
use crate::notify::http_client::HttpResponse;
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::sys::config_file::{Result, Table};

/// Of the whole message, in bytes. Teams takes 28 KB, and not every page says whether a character is one byte or two:
/// <https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams>.
const MESSAGE: usize = 14_000;

#[derive(Debug)]
struct Teams {
    webhook: IncomingWebhook,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    Ok(Arc::new(Teams { webhook: IncomingWebhook::take(table, context)? }))
}

impl Notifier for Teams {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            match self.webhook.post(&payload(message), |url| url).await {
                Ok(answer) => delivery(&answer),
                Err(delivery) => delivery,
            }
        })
    }

    /// A flow's bot writes once a second into a conversation:
    /// <https://learn.microsoft.com/en-us/microsoftteams/platform/bots/how-to/rate-limit>.
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::per_second(1))
    }

    fn target(&self) -> String {
        self.webhook.host()
    }
}

fn payload(message: &Message) -> Value {
    chat::fitting(|most| with_card(message, most), |text| text.to_string().len() <= MESSAGE)
}

/// The message with its card, no value longer than `most`.
fn with_card(message: &Message, most: usize) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(message, most),
        }],
    })
}

fn card(message: &Message, most: usize) -> Value {
    let mut title = run(&message.title(), most);
    title["weight"] = "Bolder".into();
    title["size"] = "Large".into();
    let mut body = vec![
        json!({ "type": "Container", "style": style(message), "bleed": true, "items": [lines(vec![title])] }),
        lines(vec![run(&message.why(), most)]),
    ];
    body.extend(chat::facts(message).iter().map(|fact| row(fact, most)));
    let mut what = run("What to do: ", most);
    what["weight"] = "Bolder".into();
    body.push(lines(vec![what, run(message.next_steps(), usize::MAX)]));
    let mut origin = run(&format!("afterhours, notification {}", message.key()), most);
    origin["isSubtle"] = true.into();
    origin["size"] = "Small".into();
    body.push(lines(vec![origin]));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "msteams": { "width": "Full" },
        "body": body,
    });
    if let Some(link) = message.link() {
        let title = "Open the event in CloudTrail";
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": title, "url": link }]);
    }
    card
}

/// A label and its value, side by side.
fn row(Fact { label, value }: &Fact, most: usize) -> Value {
    let mut name = run(label, most);
    name["weight"] = "Bolder".into();
    json!({
        "type": "ColumnSet",
        "spacing": "Small",
        "columns": [
            { "type": "Column", "width": "120px", "items": [lines(vec![name])] },
            { "type": "Column", "width": "stretch", "items": [lines(vec![run(value, most)])] },
        ],
    })
}

fn lines(runs: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str, most: usize) -> Value {
    json!({ "type": "TextRun", "text": chat::spelled(text, most, chat::plain) })
}

fn style(message: &Message) -> &'static str {
    if message.is_test() {
        return "emphasis";
    }
    match message.severity() {
        Severity::Critical | Severity::High => "attention",
        Severity::Medium => "warning",
        Severity::Low => "accent",
        Severity::Info => "emphasis",
    }
}

/// What an answer means. A workflow answers 202 before it runs. The connectors of old, where one still lives, answer 200 with
/// the failure in the text: <https://github.com/prometheus/alertmanager/issues/3189>.
fn delivery(answer: &HttpResponse) -> Delivery {
    let failed = answer.body.contains("Webhook message delivery failed");
    if answer.is_success() && failed {
        let status = answer.body.split_once("HTTP error ").and_then(|(_, rest)| rest.get(..3));
        return match status.and_then(|status| status.parse::<u16>().ok()) {
            Some(status) if (400..500).contains(&status) && status != 408 && status != 429 => {
                chat::refused(answer, None)
            }
            _ => chat::later(answer),
        };
    }
    match chat::by_status(answer) {
        Delivery::Done { .. } if answer.is_page() => answer.foreign("a workflow's answer"),
        Delivery::Never { .. } if answer.status >= 400 => {
            let fix = match answer.json()["error"]["code"].as_str() {
                Some("WorkflowTriggerIsNotEnabled") => Some("the workflow is switched off; switch it on"),
                Some("WorkflowNotFound" | "ResourceNotFound" | "FlowNotFound") => {
                    Some("the workflow was deleted; make a new one")
                }
                Some("DirectApiAuthorizationRequired" | "AuthorizationFailed") => {
                    Some("copy the whole address of the workflow's trigger, and let anyone trigger it")
                }
                _ => None,
            };
            chat::refused(answer, fix)
        }
        delivery => delivery,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::chat::{answer, huge, wait};
    use crate::notify::samples;

    #[test]
    fn payloads_are_as_in_the_files() {
        for (name, message) in samples::all().into_iter().chain([("huge", huge().remove(0))]) {
            let payload = serde_json::to_string_pretty(&payload(&message)).unwrap();
            samples::same_as_file(&format!("teams/{name}.json"), &(payload + "\n"));
        }
    }

    #[test]
    fn huge_texts_keep_to_the_limit() {
        for message in huge() {
            let payload = payload(&message).to_string();
            assert!(payload.len() <= MESSAGE && payload.len() > 4000, "{}", payload.len());
        }
    }

    /// Every string of a value, with its key.
    fn strings<'a>(key: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a str, bool)>, in_run: bool) {
        match value {
            Value::String(text) => found.push((key, text, in_run)),
            Value::Array(values) => values.iter().for_each(|value| strings(key, value, found, in_run)),
            Value::Object(object) => {
                let in_run = value["type"] == "TextRun";
                object.iter().for_each(|(key, value)| strings(key, value, found, in_run));
            }
            _ => {}
        }
    }

    #[test]
    fn a_strangers_words_stand_in_text_runs_only() {
        let hostile = samples::all().into_iter().find(|(name, _)| *name == "hostile").unwrap().1;
        let payload = payload(&hostile);
        let mut found = Vec::new();
        strings("", &payload, &mut found, false);
        assert!(found.iter().filter(|(_, text, _)| text.contains("evil")).count() > 5);
        for (key, text, in_run) in found {
            assert!(!text.contains("evil") || (in_run && key == "text"), "{key}: {text}");
        }
    }

    #[test]
    fn what_answers_mean() {
        assert_eq!(delivery(&answer(202, &[], "")), Delivery::done("202"));
        assert_eq!(delivery(&answer(200, &[], "1")), Delivery::done("200: 1"));
        let limited = answer(429, &[("retry-after", "12")], "");
        assert_eq!(wait(&delivery(&limited)).map(|wait| wait.as_secs()), Some(12));
        let failed = |status: u16| {
            let body =
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error";
            delivery(&answer(200, &[], &format!("{body} {status} with ContextId tcid=0")))
        };
        wait(&delivery(&answer(200, &[], "\n<!doctype html><title>Sign in</title>")));
        wait(&failed(429));
        wait(&failed(500));
        assert!(matches!(failed(413), Delivery::Never { .. }));
        for status in [408, 500, 502, 503, 504] {
            wait(&delivery(&answer(status, &[], "")));
        }
        for (status, body, said) in [
            (400, r#"{"error":{"code":"TriggerInputSchemaMismatch"}}"#, "TriggerInputSchemaMismatch"),
            (400, r#"{"error":{"code":"WorkflowTriggerIsNotEnabled"}}"#, "switch it on"),
            (401, r#"{"error":{"code":"DirectApiAuthorizationRequired"}}"#, "whole address"),
            (404, r#"{"error":{"code":"WorkflowNotFound"}}"#, "make a new one"),
            (413, "", "413"),
            (302, "", "redirect"),
        ] {
            let delivery = delivery(&answer(status, &[], body));
            assert!(matches!(&delivery, Delivery::Never { why } if why.contains(said)), "{delivery:?}");
        }
    }
}
