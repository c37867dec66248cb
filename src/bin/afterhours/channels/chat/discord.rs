//! Discord: a channel's webhook, with one embed.

use std::sync::Arc;

use afterhours::rules::Severity;
use reqwest::Url;
use serde_json::{Value, json};

use crate::channels::chat;
use crate::channels::chat::IncomingWebhook;
use crate::notify::context::Context;
use crate::notify::fact::{Fact, rfc3339};
use crate::notify::http_client::HttpResponse;
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::sys::config_file::{Result, Table};

/// Lengths: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.
const CONTENT: usize = 2000;
const DESCRIPTION: usize = 4096;
const VALUE: usize = 1024;
/// Of all the texts of a message's embeds.
const EMBED: usize = 6000;
/// What still looks well with two others beside it.
const NARROW: usize = 32;

#[derive(Debug)]
struct Discord {
    webhook: IncomingWebhook,
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    Ok(Arc::new(Discord { webhook: IncomingWebhook::take(table, context)? }))
}

impl Notifier for Discord {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            match self.webhook.post(&payload(message), address).await {
                Ok(answer) => self.webhook.redact_result(delivery(&answer)),
                Err(delivery) => delivery,
            }
        })
    }

    /// Thirty a minute and channel: <https://github.com/discord/discord-api-docs/issues/367>.
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::new(1, std::time::Duration::from_secs(2)))
    }

    fn target(&self) -> String {
        self.webhook.host()
    }
}

/// The address as it is asked. With `wait` Discord answers when the message is kept, and says if it is not. The address that
/// its window shows names no version, and so the oldest, whose waits are in milliseconds:
/// <https://github.com/discord/discord-api-docs/issues/2360>.
fn address(mut url: Url) -> Url {
    if !url.query_pairs().any(|(name, _)| name == "wait") {
        url.query_pairs_mut().append_pair("wait", "true");
    }
    let discord = url.host_str().is_some_and(|host| {
        ["discord.com", "discordapp.com"]
            .iter()
            .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    });
    if discord
        && let Some(path) =
            url.path().strip_prefix("/api/webhooks/").map(|rest| format!("/api/v10/webhooks/{rest}"))
    {
        url.set_path(&path);
    }
    url
}

fn payload(message: &Message) -> Value {
    let embed = chat::fitting(|most| embed(message, most), |embed| size(embed) <= EMBED);
    json!({
        // What a telephone's notification shows.
        "content": chat::spelled(&message.title(), CONTENT, escape),
        // Nobody is called by what a stranger wrote.
        "allowed_mentions": { "parse": [] },
        "embeds": [embed],
    })
}

/// The embed, with no value longer than `most`.
fn embed(message: &Message, most: usize) -> Value {
    let steps = format!("\n\n**What to do:** {}", message.next_steps());
    let room = (DESCRIPTION - chat::length(&steps)).min(most);
    let field = |Fact { label, value }: &Fact| {
        json!({
            "name": label,
            "value": chat::spelled(value, most.min(VALUE), escape),
            "inline": chat::length(value) <= NARROW,
        })
    };
    let mut embed = json!({
        "description": chat::spelled(&message.why(), room, escape) + &steps,
        "color": color(message),
        "fields": chat::facts(message).iter().map(field).collect::<Vec<_>>(),
        "footer": { "text": format!("afterhours, notification {}", message.key()) },
    });
    if let Some(link) = message.link() {
        embed["title"] = "Open the event in CloudTrail".into();
        embed["url"] = link.into();
    }
    // Shown on the reader's own clock.
    if let Some(time) = message.event_time().and_then(rfc3339) {
        embed["timestamp"] = time.into();
    }
    embed
}

/// What counts for the limit of all texts together.
fn size(embed: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, chat::length);
    let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let fields: usize = fields.iter().map(|field| text(&field["name"]) + text(&field["value"])).sum();
    text(&embed["title"]) + text(&embed["description"]) + text(&embed["footer"]["text"]) + fields
}

fn color(message: &Message) -> u32 {
    if message.is_test() {
        return 0x5c_6b_c0;
    }
    match message.severity() {
        Severity::Critical => 0xb7_1c_1c,
        Severity::High => 0xe6_4a_19,
        Severity::Medium => 0xf9_a8_25,
        Severity::Low => 0x19_76_d2,
        Severity::Info => 0x75_75_75,
    }
}

/// A backslash before whatever begins markup, a mention, a link or an emoji. Colons are among it: the address `2001:db8:100::1`
/// would otherwise show a little picture of the number 100.
fn escape(c: char, next: Option<char>, out: &mut String) {
    let special = match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '[' | ']' | '@' | '#' => true,
        // Before a blank it begins nothing.
        ':' => next.is_some_and(|next| !next.is_whitespace()),
        // A list's.
        '-' | '+' => out.is_empty(),
        _ => false,
    };
    if special {
        out.push('\\');
    }
    out.push(c);
}

/// What an answer means: <https://discord.com/developers/docs/topics/opcodes-and-status-codes>.
fn delivery(answer: &HttpResponse) -> Delivery {
    let body = answer.json();
    match chat::by_status(answer) {
        Delivery::Done { .. } if answer.is_page() => answer.foreign("Discord's answer"),
        Delivery::Done { .. } => match &*chat::word(&body["id"]) {
            "" => Delivery::done(answer.status.to_string()),
            id => Delivery::done(format!("{}: message {id}", answer.status)),
        },
        Delivery::Never { .. } if answer.status >= 400 => {
            let fix = match body["code"].as_u64() {
                Some(10_015 | 50_027) => Some("the webhook was deleted; make a new one"),
                Some(220_001) => Some("a forum's webhook wants ?thread_id=ID at the end of its address"),
                Some(10_003) => Some("the thread or channel was deleted"),
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
            samples::same_as_file(&format!("discord/{name}.json"), &(payload + "\n"));
        }
    }

    #[test]
    fn huge_texts_keep_to_the_limits() {
        for message in huge() {
            let payload = payload(&message);
            assert!(chat::length(payload["content"].as_str().unwrap()) <= CONTENT);
            let embed = &payload["embeds"][0];
            assert!(size(embed) <= EMBED, "{}", size(embed));
            assert!(chat::length(embed["description"].as_str().unwrap()) <= DESCRIPTION);
            let fields = embed["fields"].as_array().unwrap();
            assert!(fields.len() <= 25);
            for field in fields {
                let value = field["value"].as_str().unwrap();
                assert!(!value.trim().is_empty() && chat::length(value) <= VALUE, "{field}");
            }
        }
    }

    #[test]
    fn a_strangers_words_are_no_markup() {
        let escaped = |text: &str| chat::spelled(text, VALUE, escape);
        assert_eq!(escaped("<@&12> @everyone"), "\\<\\@&12\\> \\@everyone");
        assert_eq!(escaped("[ok](https://evil.example)"), "\\[ok\\](https\\://evil.example)");
        assert_eq!(
            escaped("a_b *c* ~~d~~ ||e|| `f` \\"),
            "a\\_b \\*c\\* \\~\\~d\\~\\~ \\|\\|e\\|\\| \\`f\\` \\\\"
        );
        assert_eq!(escaped("- 198-51: x:"), "\\- 198-51: x:");
        assert_eq!(escaped("-# small"), "\\-\\# small");
        assert_eq!(escaped("2001:db8:100::1"), "2001\\:db8\\:100\\:\\:1");
        // A cut never leaves a backslash behind, which would escape what follows.
        assert_eq!(chat::spelled("ab*", 3, escape), "ab…");
        for (_, message) in samples::all() {
            assert_eq!(payload(&message)["allowed_mentions"], json!({ "parse": [] }));
        }
    }

    #[test]
    fn addresses_ask_for_an_answer_and_name_a_version() {
        let asked = |url: &str| address(url.parse().unwrap()).to_string();
        assert_eq!(
            asked("https://discord.com/api/webhooks/1/t"),
            "https://discord.com/api/v10/webhooks/1/t?wait=true"
        );
        assert_eq!(
            asked("https://ptb.discord.com/api/webhooks/1/t?thread_id=2"),
            "https://ptb.discord.com/api/v10/webhooks/1/t?thread_id=2&wait=true"
        );
        for url in [
            "https://discord.com/api/v9/webhooks/1/t?wait=false",
            "https://notdiscord.com/api/webhooks/1/t?wait=true",
        ] {
            assert_eq!(asked(url), url);
        }
    }

    #[test]
    fn what_answers_mean() {
        assert_eq!(delivery(&answer(204, &[], "")), Delivery::done("204"));
        assert_eq!(
            delivery(&answer(200, &[], r#"{"id":"99","content":"x"}"#)),
            Delivery::done("200: message 99")
        );
        let limited = answer(
            429,
            &[("retry-after", "1"), ("x-ratelimit-reset-after", "1.25")],
            r#"{"message":"You are being rate limited.","retry_after":1.2,"global":false}"#,
        );
        assert_eq!(wait(&delivery(&limited)).map(|wait| wait.as_millis()), Some(1250));
        wait(&delivery(&answer(200, &[], "<html>Sign in</html>")));
        for status in [408, 500, 502, 503] {
            wait(&delivery(&answer(status, &[], "")));
        }
        for (status, body, said) in [
            (404, r#"{"message":"Unknown Webhook","code":10015}"#, "make a new one"),
            (401, r#"{"message":"Invalid Webhook Token","code":50027}"#, "make a new one"),
            (400, r#"{"message":"Webhooks posted to forum channels…","code":220001}"#, "thread_id"),
            (400, r#"{"message":"Invalid Form Body","code":50035}"#, "Invalid Form Body"),
            (403, "", "403"),
            (301, "", "redirect"),
        ] {
            let delivery = delivery(&answer(status, &[], body));
            assert!(matches!(&delivery, Delivery::Never { why } if why.contains(said)), "{delivery:?}");
        }
    }
}
