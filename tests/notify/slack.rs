//! Slack: webhooks and bots.

use crate::program::Home;
use kit::http_server::{Reply, Server, ok, status};

const TOKEN: &str = "xoxb-111122223333-s3cretTokenOfTheBot";

/// `rest` are further lines of the channel.
fn by_token(server: &Server, rest: &str) -> Home {
    Home::new(&format!(
        "[notify.chat]\ntype = \"slack\"\ntoken = \"env:TOKEN\"\nbase_url = \"{}/api/\"\ninsecure = true\n{rest}",
        server.url
    ))
    .env("TOKEN", TOKEN)
}

fn by_webhook(server: &Server) -> Home {
    Home::new("[notify.chat]\ntype = \"slack\"\nwebhook_url = \"env:HOOK\"\ninsecure = true\n")
        .env("HOOK", format!("{}/services/T00/B00/s3cretTokenOfTheHook1", server.url))
}

#[test]
fn a_webhook_gets_a_post() {
    let server = Server::start(|_, _| ok("ok"));
    let ran = by_webhook(&server).test("chat");
    ran.ended(0).hides("s3cret");
    assert_eq!(ran.out, "chat (slack, 127.0.0.1): delivered: 200: ok\n");
    let request = server.only();
    assert_eq!((&*request.method, &*request.target), ("POST", "/services/T00/B00/s3cretTokenOfTheHook1"));
    assert_eq!(request.header("content-type"), "application/json");
    let body = request.json();
    assert_eq!(
        body["blocks"][0]["text"]["text"],
        "TEST: After-hours console sign-in: test-user (111122223333)"
    );
    assert_eq!((&body["unfurl_links"], &body["unfurl_media"]), (&false.into(), &false.into()));
    assert!(body.get("channel").is_none());
}

#[test]
fn a_webhooks_errors_are_shown_without_its_url() {
    let server = Server::start(|request, _| status(404, &format!("no_service {}", request.target)));
    let ran = by_webhook(&server).test("chat");
    ran.ended(1).hides("s3cret").hides("/T00/");
    assert!(ran.out.contains("it would not be tried again: 404: no_service /[secret]"), "{}", ran.out);

    let server = Server::start(|_, _| status(404, "no_service"));
    let ran = by_webhook(&server).test("chat");
    assert!(ran.ended(1).out.contains("404: no_service; the webhook was removed"), "{}", ran.out);

    let server = Server::start(|_, _| status(429, r#"{"retry_after":9,"ok":false,"error":"rate_limited"}"#));
    let ran = by_webhook(&server).test("chat");
    assert!(ran.ended(1).out.contains("it would be tried again: 429"), "{}", ran.out);
    assert!(ran.out.ends_with("(it asks to wait 9 s)\n"), "{}", ran.out);
}

#[test]
fn a_bot_posts_into_its_channel() {
    let server = Server::start(|_, _| ok(r#"{"ok":true,"channel":"C0123456789","ts":"1795278600.000100"}"#));
    let ran = by_token(&server, "channel = \"#security\"\n").test("chat");
    ran.ended(0).hides(TOKEN);
    assert_eq!(
        ran.out,
        "chat (slack, #security at 127.0.0.1): delivered: 200: ok, channel C0123456789, message 1795278600.000100\n"
    );
    let request = server.only();
    assert_eq!((&*request.method, &*request.target), ("POST", "/api/chat.postMessage"));
    assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
    let body = request.json();
    assert_eq!(body["channel"], "#security");
    assert_eq!(
        body["text"],
        "TEST: After-hours console sign-in: test-user (111122223333)\nThis is a test of the channel."
    );
}

#[test]
fn a_bots_errors_come_with_status_200() {
    let rejected = |body: &'static str| {
        let server = Server::start(move |_, _| ok(body));
        let ran = by_token(&server, "channel = \"C01\"\n").test("chat");
        ran.ended(1).hides(TOKEN);
        ran.out
    };
    let out = rejected(r#"{"ok":false,"error":"not_in_channel"}"#);
    assert!(out.contains("would not be tried again") && out.contains("/invite"), "{out}");
    let out = rejected(r#"{"ok":false,"error":"internal_error"}"#);
    assert!(out.contains("it would be tried again"), "{out}");
    let out =
        rejected(r#"{"ok":false,"error":"invalid_auth","got":"xoxb-111122223333-s3cretTokenOfTheBot"}"#);
    assert!(out.contains("[secret]") && out.contains("the token is not valid"), "{out}");
}

#[test]
fn a_rate_limit_reports_its_wait() {
    let server = Server::start(|_, _| {
        let body = br#"{"ok":false,"error":"ratelimited"}"#.to_vec();
        Reply::Answer(429, vec![("retry-after", "30".to_owned())], body)
    });
    let ran = by_token(&server, "channel = \"C01\"\n").test("chat");
    assert!(ran.ended(1).out.ends_with("(it asks to wait 30 s)\n"), "{}", ran.out);
}

#[test]
fn configuration_errors_name_their_place() {
    let rejected = |lines: &str, messages: &str| {
        let home = Home::new(&format!("[notify.chat]\ntype = \"slack\"\n{lines}"))
            .env("TOKEN", TOKEN)
            .env("OTHER", "xapp-1-s3cret")
            .env("HOOK", "https://hooks.example/services/s3cret");
        let ran = home.test("chat");
        ran.ended(2).hides("s3cret");
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(messages), "{}", ran.err);
    };
    rejected("", "webhook_url is missing, or token and channel");
    rejected("token = \"env:TOKEN\"\n", "channel is missing");
    rejected("token = \"env:OTHER\"\nchannel = \"C01\"\n", "begins with xoxb-");
    rejected("token = \"xoxb-s3cret\"\nchannel = \"C01\"\n", "chat.token: a secret does not stand in");
    rejected("webhook_url = \"env:HOOK\"\nchannel = \"C01\"\n", "afterhours.toml:4: notify.chat.channel: ");
    rejected("webhook_url = \"env:HOOK\"\ntoken = \"env:TOKEN\"\n", "keep one of them");
    rejected("webhook_url = \"env:HOOK\"\nbase_url = \"https://a.example\"\n", "base_url goes with token");
    rejected("webhook_url = \"https://hooks.example/s3cret\"\n", "env:NAME");
    rejected("webhook_url = \"env:HOOK\"\nchanel = \"C01\"\n", "did you mean `channel`?");
    rejected("token = \"env:TOKEN\"\nchannel = \"C01\"\nbase_url = \"http://a.example\"\n", "not encrypted");
}
