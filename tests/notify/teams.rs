//! Microsoft Teams, by the webhook of a workflow.

use crate::program::Home;
use kit::http_server::{Reply, Server, status};

fn home(server: &Server) -> Home {
    let path =
        "/workflows/s3cret1c0de3fa1c0de/triggers/manual/paths/invoke?sp=%2Ftriggers&sig=s3cretB1c2D3e4F5g6";
    Home::new("[notify.team]\ntype = \"teams\"\nwebhook_url = \"env:FLOW\"\ninsecure = true\n")
        .env("FLOW", format!("{}{path}", server.url))
}

#[test]
fn a_card_arrives() {
    let server = Server::start(|_, _| status(202, ""));
    let ran = home(&server).test("team");
    ran.ended(0).hides("s3cret");
    assert_eq!(ran.out, "team (teams, 127.0.0.1): delivered: 202\n");
    let request = server.only();
    assert_eq!(request.method, "POST");
    assert!(request.target.ends_with("/invoke?sp=%2Ftriggers&sig=s3cretB1c2D3e4F5g6"), "{}", request.target);
    assert_eq!(request.header("content-type"), "application/json");
    let body = request.json();
    assert_eq!(body["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let title = &body["attachments"][0]["content"]["body"][0]["items"][0]["inlines"][0]["text"];
    assert_eq!(title, "TEST: After-hours console sign-in: test-user (111122223333)");
}

#[test]
fn errors_are_shown_without_the_url() {
    let server = Server::start(|_, _| {
        let messages = "the signature s3cretB1c2D3e4F5g6 of s3cret1c0de3fa1c0de is wrong";
        status(401, &format!(r#"{{"error":{{"code":"AuthorizationFailed","message":"{messages}"}}}}"#))
    });
    let ran = home(&server).test("team");
    ran.ended(1).hides("s3cret");
    assert!(
        ran.out.contains("would not be tried again: 401") && ran.out.contains("whole address"),
        "{}",
        ran.out
    );
}

#[test]
fn a_rate_limit_is_respected() {
    let server = Server::start(|_, _| Reply::Answer(429, vec![("retry-after", "12".to_owned())], Vec::new()));
    let ran = home(&server).test("team");
    assert!(ran.ended(1).out.contains("it would be tried again: 429 (it asks to wait 12 s)"), "{}", ran.out);
}

#[test]
fn configuration_errors_name_their_place() {
    let rejected = |lines: &str, messages: &str| {
        let home = Home::new(&format!("[notify.team]\ntype = \"teams\"\n{lines}"))
            .env("PLAIN", "http://flow.example/s3cret");
        let ran = home.test("team");
        ran.ended(2).hides("s3cret");
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(messages), "{}", ran.err);
    };
    rejected("", "webhook_url is missing");
    rejected("webhook_url = \"https://flow.example/s3cret\"\n", "env:NAME");
    rejected("webhook_url = \"env:PLAIN\"\n", "not encrypted");
    rejected("webhook_url = \"env:NONE\"\n", "NONE is not set");
    rejected(
        "url = \"env:PLAIN\"\n",
        ":3: notify.team.url: unknown key `url`; did you mean `webhook_url`? It is required.",
    );
}
