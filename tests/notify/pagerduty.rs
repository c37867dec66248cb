//! PagerDuty, Events API v2.

use crate::program::Home;
use kit::http_server::{Reply, Server, status};

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

fn home(server: &Server, more: &str) -> Home {
    let config = format!(
        "[notify.duty]\ntype = \"pagerduty\"\nrouting_key = \"env:PAGERDUTY_KEY\"\nbase_url = \"{}\"\ninsecure = true\n{more}",
        server.url
    );
    Home::new(&config).env("PAGERDUTY_KEY", KEY)
}

#[test]
fn a_test_event_is_accepted() {
    let server = Server::start(|_, _| {
        status(202, r#"{"status":"success","message":"Event processed","dedup_key":"d"}"#)
    });
    let ran = home(&server, "").test("duty");
    ran.ended(0).hides(KEY);
    assert_eq!(ran.out, "duty (pagerduty, 127.0.0.1): delivered: 202: Event processed\n");
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v2/enqueue"));
    assert_eq!(request.header("content-type"), "application/json");
    // The key is only in the body.
    assert!(!request.headers.values().any(|value| value.contains(KEY)));
    let event = request.json();
    assert_eq!(event["routing_key"], KEY);
    assert_eq!(event["event_action"], "trigger");
    assert_eq!(event["dedup_key"].as_str().unwrap().len(), 32);
    assert_eq!(event["payload"]["severity"], "info");
    assert!(event["payload"]["summary"].as_str().unwrap().starts_with("TEST: "));
    assert_eq!(event["payload"]["custom_details"]["user"], "test-user");
}

#[test]
fn severities_can_be_mapped() {
    let server = Server::start(|_, _| status(202, "{}"));
    home(&server, "severity = { low = \"critical\" }\n").test("duty").ended(0);
    assert_eq!(server.only().json()["payload"]["severity"], "critical");
}

#[test]
fn an_error_is_shown_with_its_details_and_without_the_key() {
    let body = format!(
        r#"{{"status":"invalid event","message":"Event object is invalid","errors":["routing_key {KEY} is unknown"]}}"#
    );
    let server = Server::start(move |_, _| status(400, &body));
    let ran = home(&server, "").test("duty");
    ran.ended(1).hides(KEY);
    assert!(
        ran.out.ends_with(
            "it would not be tried again: 400: Event object is invalid: routing_key [secret] is unknown\n"
        ),
        "{}",
        ran.out
    );
}

#[test]
fn status_429_is_retried() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Answer(429, vec![("retry-after", "120".to_owned())], b"slow down".to_vec()),
        1 => status(429, ""),
        _ => status(500, "{}"),
    });
    let home = home(&server, "");
    assert!(home.test("duty").ended(1).out.contains("tried again: 429: slow down (it asks to wait 120 s)"));
    assert!(home.test("duty").ended(1).out.contains("(it asks to wait 30 s)"));
    assert!(home.test("duty").ended(1).out.contains("it would be tried again: 500"));
}

#[test]
fn configuration_errors_name_their_line() {
    let rejected = |lines: &str, why: &str| {
        let home = Home::new(&format!("[notify.duty]\ntype = \"pagerduty\"\n{lines}"))
            .env("PAGERDUTY_KEY", KEY)
            .env("REST_KEY", "u+not-a-routing-key");
        let ran = home.test("duty");
        ran.ended(2).hides("u+not-a");
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(why), "{}", ran.err);
    };
    rejected("", "routing_key is missing");
    rejected(
        "integration_key = \"env:KEY\"\n",
        "unknown key `integration_key`; did you mean `routing_key`? It is required.",
    );
    rejected(
        "routing_kye = \"env:KEY\"\n",
        "unknown key `routing_kye`; did you mean `routing_key`? It is required.",
    );
    rejected(&format!("routing_key = \"{KEY}\"\n"), "write \"env:NAME\"");
    rejected("routing_key = \"env:REST_KEY\"\n", "32 letters and digits");
    rejected(
        "routing_key = \"env:PAGERDUTY_KEY\"\nseverity = { low = \"warn\" }\n",
        "did you mean `warning`?",
    );
    rejected("routing_key = \"env:PAGERDUTY_KEY\"\nbase_url = \"http://pd.example\"\n", "use https");
    rejected("routing_key = \"env:PAGERDUTY_KEY\"\nservice_key = \"x\"\n", "unknown key");
}
