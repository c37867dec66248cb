use crate::channels::chat::slack::*;
use crate::channels::chat::{answer, huge, length, wait};
use crate::notify::samples;

#[test]
fn payloads_are_as_in_the_files() {
    for (name, message) in samples::all().into_iter().chain([("huge", huge().remove(0))]) {
        let payload = serde_json::to_string_pretty(&payload(&message)).unwrap();
        samples::same_as_file(&format!("slack/{name}.json"), &(payload + "\n"));
    }
}

/// Every text object of a value.
fn texts(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => {
            if matches!(value["type"].as_str(), Some("plain_text" | "mrkdwn")) {
                found.push(value.clone());
            }
            object.values().for_each(|value| texts(value, found));
        }
        _ => {}
    }
}

#[test]
fn huge_texts_keep_to_the_limits() {
    for message in huge() {
        let payload = payload(&message);
        let blocks = payload["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50 && payload["blocks"].to_string().len() <= BLOCKS);
        assert!(length(payload["text"].as_str().unwrap()) <= TEXT);
        for block in blocks {
            let text = block["text"]["text"].as_str().map_or(1, length);
            assert!(text >= 1 && text <= if block["type"] == "header" { 150 } else { 3000 }, "{block}");
            let fields = block["fields"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(fields.len() <= 10);
            for field in fields {
                let text = field["text"].as_str().unwrap();
                assert!(!text.trim().is_empty() && length(text) <= 2000, "{field}");
            }
        }
    }
}

#[test]
fn a_strangers_words_are_no_markup() {
    let hostile = samples::all().into_iter().find(|(name, _)| *name == "hostile").unwrap().1;
    let payload = payload(&hostile);
    let text = payload["text"].as_str().unwrap();
    assert!(!text.contains(['<', '>']), "{text}");
    assert!(
        text.contains("&lt;!channel&gt; &lt;https://evil.example|ok&gt;") && text.contains("&amp;amp;"),
        "{text}"
    );
    let mut found = Vec::new();
    texts(&payload["blocks"], &mut found);
    for object in found {
        let text = object["text"].as_str().unwrap();
        assert!(object["type"] == "plain_text" || !text.contains("evil"), "{object}");
        assert!(object["type"] == "mrkdwn" || object["emoji"] == false, "{object}");
    }
}

#[test]
fn an_address_stays_inside_its_link() {
    assert_eq!(address("https://a.example/?b=1&c=<|>"), "https://a.example/?b=1&amp;c=%3C%7C%3E");
}

#[test]
fn the_method_stands_behind_any_base() {
    for base in ["https://slack.com/api", "https://slack.com/api/"] {
        assert_eq!(method(base.parse().unwrap()).as_str(), "https://slack.com/api/chat.postMessage");
    }
}

#[test]
fn what_a_webhooks_answers_mean() {
    assert_eq!(webhook(&answer(200, &[], "ok")), Delivery::done("200: ok"));
    let limited = answer(429, &[], r#"{"retry_after":1,"ok":false,"error":"rate_limited"}"#);
    assert_eq!(wait(&webhook(&limited)).map(|wait| wait.as_secs()), Some(1));
    assert_eq!(
        wait(&webhook(&answer(429, &[("retry-after", "30")], ""))).map(|wait| wait.as_secs()),
        Some(30)
    );
    for (status, body) in [
        (500, "rollup_error"),
        (503, "service_unavailable"),
        (502, "<html>"),
        (408, ""),
        (400, "rate_limited"),
        (200, "<html>Sign in to the proxy</html>"),
        (200, ""),
        (204, ""),
        (200, "{\"ok\":fal"),
    ] {
        wait(&webhook(&answer(status, &[], body)));
    }
    for (status, body, said) in [
        (400, "invalid_payload", "400: invalid_payload"),
        (400, "user_not_found", "400: user_not_found"),
        (403, "action_prohibited", "administrators"),
        (404, "channel_not_found", "ID"),
        (404, "no_service", "make a new one"),
        (410, "channel_is_archived", "choose another"),
        (302, "", "redirect"),
        (200, "some_new_word", "not Slack's ok"),
        (200, r#"{"success":true}"#, "not Slack's ok"),
    ] {
        let delivery = webhook(&answer(status, &[], body));
        assert!(matches!(&delivery, Delivery::Never { why } if why.contains(said)), "{delivery:?}");
    }
}

#[test]
fn what_the_methods_answers_mean() {
    let body = r#"{"ok":true,"channel":"C01","ts":"1795278600.000100","message":{"text":"…"}}"#;
    assert_eq!(
        posted(&answer(200, &[], body)),
        Delivery::done("200: ok, channel C01, message 1795278600.000100")
    );
    for word in [
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
    ] {
        wait(&posted(&answer(200, &[], &format!(r#"{{"ok":false,"error":"{word}"}}"#))));
    }
    wait(&posted(&answer(503, &[], "upstream")));
    wait(&posted(&answer(200, &[], r#"{"ok":fal"#)));
    let limited = answer(429, &[("retry-after", "7")], r#"{"ok":false,"error":"ratelimited"}"#);
    assert_eq!(wait(&posted(&limited)).map(|wait| wait.as_secs()), Some(7));
    for (word, said) in [
        ("not_in_channel", "/invite"),
        ("invalid_auth", "xoxb-"),
        ("missing_scope", "chat:write"),
        ("msg_blocks_too_long", "msg_blocks_too_long"),
        ("some_new_word", "some_new_word"),
    ] {
        let delivery = posted(&answer(200, &[], &format!(r#"{{"ok":false,"error":"{word}"}}"#)));
        assert!(matches!(&delivery, Delivery::Never { why } if why.contains(said)), "{delivery:?}");
    }
    // A webhook's `ok` is none of this method's.
    assert!(matches!(posted(&answer(200, &[], "ok")), Delivery::Never { .. }));
}
