//! Slack: an incoming webhook, or `chat.postMessage` with a bot's token. The message is made of Block Kit's blocks.
//!
//! A stranger's words stand in `plain_text` objects, in which nothing is markup: <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>.

use std::sync::Arc;

use reqwest::Url;
use serde_json::{Value, json};

use crate::channels::chat;
use crate::channels::chat::IncomingWebhook;
use crate::notify::connection;
use crate::notify::context::Context;
use crate::notify::fact::Fact;
use crate::notify::http_client::{HttpClient, HttpResponse, Request};
use crate::notify::limits::{Rate, RateLimits};
use crate::notify::message::Message;
use crate::notify::notifier::{Attempt, Delivery, Notifier};
use crate::notify::secret::Secret;
use crate::sys::config_file::{Result, Table};

/// <https://docs.slack.dev/apis/web-api/using-the-slack-web-api>
const API: &str = "https://slack.com/api";
/// Lengths and counts: <https://docs.slack.dev/reference/block-kit/blocks>.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;
const FIELDS: usize = 10;
/// Of all blocks as JSON, in bytes. Slack names no limit; messages were refused from about 13 200 characters on:
/// <https://github.com/slackapi/bolt-js/issues/2509>.
const BLOCKS: usize = 12_000;
/// What a telephone shows of a message at most, with much to spare.
const TEXT: usize = 1000;

#[derive(Debug)]
struct Slack {
    route: Route,
}

/// How a message reaches Slack.
#[derive(Debug)]
enum Route {
    Webhook(IncomingWebhook),
    Method { http: HttpClient, url: Url, token: Secret, channel: String },
}

pub(crate) fn build(table: &mut Table<'_>, context: &Context) -> Result<Arc<dyn Notifier>> {
    let hook = context.optional_secret_url(table, "webhook_url", false)?;
    let token = context.optional_secret(table, "token")?;
    let channel = context.optional_text(table, "channel")?;
    let base = context.optional_text(table, "base_url")?;
    let wrong = |what: &str| Err(context.location.error(what));
    let route = match (hook, token, channel) {
        (Some(_), _, Some(channel)) => {
            return Err(channel.location.error(
                "webhook_url posts to the channel it was made for; leave channel out, or use token instead",
            ));
        }
        (Some(_), Some(_), None) => return wrong("webhook_url and token are two ways; keep one of them"),
        (Some(hook), None, None) => {
            if let Some(base) = base {
                return Err(base.location.error("base_url goes with token; webhook_url is a whole address"));
            }
            Route::Webhook(IncomingWebhook::to(hook, context)?)
        }
        (None, Some(token), Some(channel)) => {
            let (address, location) = match &base {
                Some(base) => (&*base.value, &base.location),
                None => (API, &context.location),
            };
            let url =
                connection::url(address, context.connection.insecure).map_err(|why| location.error(why))?;
            let known = ["xoxb-", "xoxp-", "xoxe."];
            let plain = |value: &String| known.iter().any(|kind| value.starts_with(kind));
            if !token.get().is_ok_and(|value| plain(&value)) {
                return wrong("token: a bot token is wanted, which begins with xoxb-; this one does not");
            }
            let http = context.http(vec![token.clone()])?;
            Route::Method { http, url: method(url), token, channel: channel.value }
        }
        (None, Some(_), None) => {
            return wrong("channel is missing; write its ID, such as \"C0123456789\", or \"#its-name\"");
        }
        (None, None, _) => {
            let what = "webhook_url is missing, or token and channel; write \"env:NAME\" or \"file:/path\" for the secret";
            return Err(context.missing(table, "webhook_url", what));
        }
    };
    Ok(Arc::new(Slack { route }))
}

fn method(mut base: Url) -> Url {
    let path = format!("{}/chat.postMessage", base.path().trim_end_matches('/'));
    base.set_path(&path);
    base
}

impl Notifier for Slack {
    fn send<'a>(&'a self, message: &'a Message) -> Attempt<'a> {
        Box::pin(async move {
            let sent = match &self.route {
                Route::Webhook(hook) => {
                    hook.post(&payload(message), |url| url).await.map(|answer| webhook(&answer))
                }
                Route::Method { http, url, token, channel } => {
                    let token = match token.get() {
                        Ok(token) => token,
                        Err(why) => return Delivery::later(http.redact(&format!("token: {why}"))),
                    };
                    let mut body = payload(message);
                    body["channel"] = channel.as_str().into();
                    // Without the charset Slack takes it as well, and warns.
                    let headers = [
                        ("content-type", "application/json; charset=utf-8".to_owned()),
                        ("authorization", format!("Bearer {token}")),
                    ];
                    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
                    let request = Request { headers, ..Request::json(url.clone(), &body) };
                    http.send(request).await.map(|answer| http.redact_result(posted(&answer)))
                }
            };
            sent.unwrap_or_else(|delivery| delivery)
        })
    }

    /// One message a second and channel: <https://docs.slack.dev/apis/web-api/rate-limits>.
    fn limits(&self) -> RateLimits {
        RateLimits::people(Rate::per_second(1))
    }

    fn target(&self) -> String {
        match &self.route {
            Route::Webhook(hook) => hook.host(),
            Route::Method { url, channel, .. } => {
                format!("{channel} at {}", url.host_str().unwrap_or_default())
            }
        }
    }
}

/// The message, for either route.
fn payload(message: &Message) -> Value {
    let blocks = chat::fitting(|most| blocks(message, most), |blocks| blocks.to_string().len() <= BLOCKS);
    json!({
        // For telephones' notifications and for readers of screens; the blocks are what is shown otherwise.
        "text": chat::spelled(&format!("{}\n{}", message.title(), message.why()), TEXT, escape),
        "blocks": blocks,
        // A stranger's address is not to be fetched, and never shown as a picture.
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// The blocks, with no value longer than `most`.
fn blocks(message: &Message, most: usize) -> Value {
    let context = |text: &str| json!({ "type": "context", "elements": [plain(text, FIELD)] });
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&message.title(), HEADER) }),
        context(&format!("Severity: {}", message.severity().as_str())),
        json!({ "type": "section", "text": plain(&message.why(), most.min(SECTION)) }),
    ];
    // Two fields stand side by side: a label of ours, and a value of anybody's.
    let field = |Fact { label, value }: &Fact| {
        [json!({ "type": "mrkdwn", "text": format!("*{label}*") }), plain(value, most.min(FIELD))]
    };
    for facts in chat::facts(message).chunks(FIELDS / 2) {
        blocks.push(json!({ "type": "section", "fields": facts.iter().flat_map(field).collect::<Vec<_>>() }));
    }
    let mut steps = format!("*What to do:* {}", message.next_steps());
    if let Some(link) = message.link() {
        // No button: Slack tells the app of every press, and marks with a warning one that does not answer.
        steps.push_str(&format!("\n<{}|Open the event in CloudTrail>", address(&link)));
    }
    blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": steps } }));
    blocks.push(context(&format!("afterhours, notification {}", message.key())));
    blocks.into()
}

/// Text in which nothing is markup, `:emoji:` neither.
fn plain(text: &str, most: usize) -> Value {
    json!({ "type": "plain_text", "text": chat::spelled(text, most, chat::plain), "emoji": false })
}

/// The three characters that begin a mention or a link, and nothing else:
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
fn escape(c: char, _: Option<char>, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        c => out.push(c),
    }
}

/// An address between `<` and `|`, which it must not hold itself.
fn address(link: &str) -> String {
    link.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('|', "%7C")
}

/// What a webhook's answer means: the text `ok`, or a word for what is wrong.
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors>
fn webhook(answer: &HttpResponse) -> Delivery {
    if answer.is_success() && answer.body.trim() == "ok" {
        return Delivery::done(answer.summary());
    }
    error(answer)
}

/// What the answer of `chat.postMessage` means, whose status is 200 for most refusals too.
fn posted(answer: &HttpResponse) -> Delivery {
    let body = answer.json();
    if answer.is_success() && body["ok"] == true {
        let (channel, ts) = (chat::word(&body["channel"]), chat::word(&body["ts"]));
        return Delivery::done(format!("{}: ok, channel {channel}, message {ts}", answer.status));
    }
    error(answer)
}

fn error(answer: &HttpResponse) -> Delivery {
    let word = match &answer.json()["error"] {
        Value::String(word) => word.clone(),
        _ => answer.body.trim().to_owned(),
    };
    match &*word {
        "ratelimited"
        | "rate_limited"
        | "message_limit_exceeded"
        | "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org" => chat::later(answer),
        // Neither JSON nor one of the words that a webhook answers with.
        _ if answer.is_success() && !is_word(&word) && answer.json().is_null() => {
            answer.foreign("Slack's answer")
        }
        _ if answer.is_success() => chat::refused(answer, fix(&word).or(Some("that is not Slack's ok"))),
        _ => match chat::by_status(answer) {
            Delivery::Never { .. } if answer.status >= 400 => chat::refused(answer, fix(&word)),
            delivery => delivery,
        },
    }
}

/// `invalid_payload`
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// How to fix what the word says: <https://docs.slack.dev/reference/methods/chat.postMessage#errors>.
fn fix(word: &str) -> Option<&'static str> {
    Some(match word {
        "not_in_channel" => "invite the app to the channel (/invite), or give it the scope chat:write.public",
        "channel_not_found" => "use the channel's ID, and invite the app if the channel is private",
        "is_archived" | "channel_is_archived" => "the channel is archived; choose another",
        "missing_scope" => "give the app the scope chat:write, and install it again",
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            "the token is not valid; copy the bot token (xoxb-) of the app again"
        }
        "not_allowed_token_type" => "a bot token (xoxb-) is wanted",
        "no_service" | "no_service_id" | "no_team" | "invalid_token" | "team_disabled" => {
            "the webhook was removed or switched off; make a new one"
        }
        "action_prohibited" | "posting_to_general_channel_denied" | "restricted_action" => {
            "the workspace's administrators do not allow it"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
