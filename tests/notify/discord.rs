//! Discord, by the webhook of a channel.

use crate::program::Home;
use kit::http_server::{Reply, Server, ok, status};

fn home(server: &Server) -> Home {
    Home::new("[notify.chat]\ntype = \"discord\"\nwebhook_url = \"file:hook\"\ninsecure = true\n")
        .file("hook", &format!("{}/api/webhooks/111122223333444455/s3cretTokenOfTheHook\n", server.url))
}

#[test]
fn an_embed_arrives() {
    let server = Server::start(|_, _| ok(r#"{"id":"1234567890","content":"…"}"#));
    let ran = home(&server).test("chat");
    ran.ended(0).hides("s3cret");
    assert_eq!(ran.out, "chat (discord, 127.0.0.1): delivered: 200: message 1234567890\n");
    let request = server.only();
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, "/api/webhooks/111122223333444455/s3cretTokenOfTheHook?wait=true");
    let body = request.json();
    assert_eq!(body["content"], "TEST: After-hours console sign-in: test-user (111122223333)");
    assert_eq!(body["allowed_mentions"]["parse"], serde_json::json!([]));
    assert_eq!(body["embeds"][0]["fields"][0]["value"], "test-user");
}

#[test]
fn errors_are_shown_without_the_url() {
    let server = Server::start(|_, _| {
        status(404, r#"{"message":"Unknown Webhook s3cretTokenOfTheHook","code":10015}"#)
    });
    let ran = home(&server).test("chat");
    ran.ended(1).hides("s3cret");
    assert!(
        ran.out.contains("would not be tried again: 404") && ran.out.contains("make a new one"),
        "{}",
        ran.out
    );
}

#[test]
fn a_rate_limit_is_respected() {
    let server = Server::start(|_, _| {
        let headers = vec![("retry-after", "2".to_owned()), ("x-ratelimit-reset-after", "5.000".to_owned())];
        Reply::Answer(
            429,
            headers,
            br#"{"message":"You are being rate limited.","retry_after":1.5}"#.to_vec(),
        )
    });
    let ran = home(&server).test("chat");
    assert!(ran.ended(1).out.ends_with("(it asks to wait 5 s)\n"), "{}", ran.out);
}

#[test]
fn configuration_errors_name_their_place() {
    let rejected = |lines: &str, messages: &str| {
        let ran = Home::new(&format!("[notify.chat]\ntype = \"discord\"\n{lines}")).test("chat");
        ran.ended(2).hides("s3cret");
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(messages), "{}", ran.err);
    };
    rejected("", "webhook_url is missing");
    rejected("webhook_url = \"https://discord.example/s3cret\"\n", "env:NAME");
    rejected("webhook_url = \"file:gone\"\n", "gone");
}
