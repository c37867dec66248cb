//! Opsgenie, Alert API v2.

use crate::program::Home;
use crate::schema_check;
use kit::http_server::{Reply, Server, status};

const KEY: &str = "11111111-2222-3333-4444-555555555555";

fn home(server: &Server, more: &str) -> Home {
    let config = format!(
        "[notify.genie]\ntype = \"opsgenie\"\napi_key = \"env:OPSGENIE_KEY\"\nbase_url = \"{}/jsm/ops/integration\"\ninsecure = true\n{more}",
        server.url
    );
    Home::new(&config).env("OPSGENIE_KEY", KEY)
}

#[test]
fn a_test_alert_is_accepted() {
    let server = Server::start(|_, _| {
        status(202, r#"{"result":"Request will be processed","took":0.3,"requestId":"43a29c5c"}"#)
    });
    let more = "responders = [\"team:Cloud Security\"]\ntags = [\"aws\"]\npriority = { low = \"P5\" }\n";
    let ran = home(&server, more).test("genie");
    ran.ended(0).hides(KEY);
    let messages =
        "genie (opsgenie, 127.0.0.1): delivered: 202: Request will be processed; request 43a29c5c\n";
    assert_eq!(ran.out, messages);
    let request = server.only();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/jsm/ops/integration/v2/alerts")
    );
    assert_eq!(request.header("authorization"), format!("GenieKey {KEY}"));
    assert_eq!(request.header("content-type"), "application/json");
    let alert = request.json();
    assert_eq!(alert["alias"].as_str().unwrap().len(), 32);
    assert_eq!(alert["priority"], "P5");
    assert_eq!(alert["responders"][0]["name"], "Cloud Security");
    assert_eq!(
        alert["tags"],
        serde_json::json!(["afterhours", "test", "outcome:success", "schedule:default", "aws"])
    );
    assert!(!request.text().contains(KEY));
}

#[test]
fn an_error_is_shown_without_the_key() {
    let body = format!(r#"{{"message":"Key format is not valid: {KEY}","took":0.0,"requestId":"7"}}"#);
    let server = Server::start(move |_, _| status(422, &body));
    let ran = home(&server, "").test("genie");
    ran.ended(1).hides(KEY);
    let messages = "it would not be tried again: 422: Key format is not valid: [secret]; request 7\n";
    assert!(ran.out.ends_with(messages), "{}", ran.out);
}

#[test]
fn status_429_is_retried() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Answer(429, vec![("x-ratelimit-period-in-sec", "17".to_owned())], Vec::new()),
        _ => status(503, r#"{"message":"Service Unavailable"}"#),
    });
    let home = home(&server, "");
    assert!(home.test("genie").ended(1).out.contains("tried again: 429 (it asks to wait 17 s)"));
    assert!(home.test("genie").ended(1).out.contains("it would be tried again: 503"));
}

#[test]
fn configuration_errors_name_their_line() {
    let rejected = |lines: &str, why: &str| {
        let home = Home::new(&format!("[notify.genie]\ntype = \"opsgenie\"\n{lines}")).env("KEY", KEY);
        let ran = home.test("genie");
        ran.ended(2).hides(KEY);
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(why), "{}", ran.err);
    };
    rejected("", "api_key is missing");
    rejected("api_key = \"env:KEY\"\nresponders = \"Security\"\n", "write \"team:NAME\"");
    rejected("api_key = \"env:KEY\"\npriority = { low = \"P6\" }\n", "no word of this service");
    rejected("api_key = \"env:KEY\"\ntags = [\"a,b\"]\n", "without commas");
}

#[test]
fn alerts_are_valid_by_the_services_schema() {
    schema_check::keeps_to_schema("opsgenie", "opsgenie/opsgenie-create-alert.schema.json", "");
}
