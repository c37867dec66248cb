//! The `webhook` channel.

use serde_json::Value;

use crate::program::Home;
use crate::proxy::Proxy;
use kit::http_server::{Server, ok, status};

/// A configuration of one webhook, with further keys.
fn hook(url: &str, more: &str) -> String {
    format!("[notify.hook]\ntype = \"webhook\"\nurl = \"{url}\"\ninsecure = true\n{more}")
}

/// The message for an invalid configuration.
#[track_caller]
fn rejected(more: &str) -> String {
    let home = Home::new(&hook("http://127.0.0.1:9/in", more))
        .env("SECRET", "not-a-signing-s3cret")
        .env("BROKEN", "one\ntwo")
        .file("broken.json.j2", "{\n  \"text\": {{ title }\n}\n");
    let ran = home.test("hook");
    ran.ended(2).hides("not-a-signing-s3cret");
    ran.err.trim_end().replace(&format!("{}/", home.path("").display()).replace("//", "/"), "")
}

#[test]
fn a_test_notification_arrives_and_the_answer_is_shown() {
    let server = Server::start(|_, _| ok("thanks"));
    let ran = Home::new(&hook(&format!("{}/in?a=1", server.url), "")).test("hook");
    ran.ended(0);
    assert_eq!(ran.out, "hook (webhook, 127.0.0.1): delivered: 200: thanks\n");
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/in?a=1"));
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("afterhours/"), "{request:?}");
    assert_eq!(request.header("webhook-id"), "");
    let alert = request.json();
    assert_eq!(
        (&alert["version"], &alert["kind"], &alert["test"]),
        (&1.into(), &"sign_in".into(), &true.into())
    );
    assert_eq!(alert["user"], "test-user");
}

#[test]
fn an_error_is_shown_without_the_url() {
    let server = Server::start(|request, _| status(403, &format!("no: {}", request.target)));
    let home = Home::new(&hook("env:HOOK", "")).env("HOOK", format!("{}/s3cret-path", server.url));
    let ran = home.test("hook");
    ran.ended(1).hides("s3cret-path");
    assert_eq!(
        ran.out,
        "hook (webhook, 127.0.0.1): not delivered, and it would not be tried again: 403: no: /[secret]\n"
    );
}

#[test]
fn status_410_is_reported_as_gone() {
    let server = Server::start(|_, _| status(410, "bye"));
    let ran = Home::new(&hook(&server.url, "")).test("hook");
    assert!(ran.ended(1).out.contains("would not be tried again: the endpoint is gone for good"), "{ran:?}");
    assert!(ran.out.contains("(410: bye)"), "{ran:?}");
}

#[test]
fn headers_and_credentials_are_sent_as_configured() {
    let server = Server::start(|_, _| ok(""));
    let more = "method = \"PUT\"\nheaders = { \"X-Team\" = \"secops\", x-key = \"env:KEY\", Authorization = \"Splunk ${KEY}\" }\n";
    Home::new(&hook(&server.url, more)).env("KEY", "s3cret-key").test("hook").ended(0);
    let request = server.only();
    assert_eq!(request.method, "PUT");
    assert_eq!(request.header("x-team"), "secops");
    assert_eq!(request.header("x-key"), "s3cret-key");
    assert_eq!(request.header("authorization"), "Splunk s3cret-key");

    let server = Server::start(|_, _| ok(""));
    Home::new(&hook(&server.url, "bearer = \"file:token\"\n")).file("token", "t0ken\n").test("hook").ended(0);
    assert_eq!(server.only().header("authorization"), "Bearer t0ken");

    // The example of RFC 7617.
    let server = Server::start(|_, _| ok(""));
    let more = "user = \"Aladdin\"\npassword = \"env:PASSWORD\"\n";
    Home::new(&hook(&server.url, more)).env("PASSWORD", "open sesame").test("hook").ended(0);
    assert_eq!(server.only().header("authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

#[test]
fn a_cloud_event_is_sent_in_structured_mode() {
    let server = Server::start(|_, _| status(202, ""));
    Home::new(&hook(&server.url, "format = \"cloudevents\"\n")).test("hook").ended(0);
    let request = server.only();
    assert_eq!(request.header("content-type"), "application/cloudevents+json; charset=utf-8");
    let event = request.json();
    assert_eq!(event["source"], "/afterhours");
    assert_eq!(event["type"], "afterhours.sign_in");
    assert_eq!(event["subject"], "arn:aws:iam::111122223333:user/test-user");
    assert_eq!((&event["id"], &event["time"]), (&event["data"]["key"], &event["data"]["time"]));
}

#[test]
fn templates_replace_the_body() {
    let server = Server::start(|_, _| ok(""));
    let more = "template_file = \"body.json.j2\"\nvariables = { token = \"env:TOKEN\", room = \"soc\" }\n";
    let template = "{\n{% if kind == \"sign_in\" %}\n  \"who\": {{ user }},\n{% endif %}\n  \"token\": {{ variables.token }},\n  \
                    \"room\": {{ variables.room }}\n}\n";
    let home = Home::new(&hook(&server.url, more)).env("TOKEN", "t0k\"en").file("body.json.j2", template);
    home.test("hook").ended(0);
    let request = server.only();
    assert_eq!(request.json(), serde_json::json!({ "who": "test-user", "token": "t0k\"en", "room": "soc" }));
    assert_eq!(request.header("content-type"), "application/json");

    let server = Server::start(|_, _| ok(""));
    let more = "content_type = \"application/x-www-form-urlencoded\"\ntemplate = \"title={{ title }}&link={{ link }}\"\n";
    Home::new(&hook(&server.url, more)).test("hook").ended(0);
    let request = server.only();
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(request.form()["title"], "TEST: After-hours console sign-in: test-user (111122223333)");
    assert!(request.form()["link"].contains("#/events/00000000-"), "{request:?}");
}

#[test]
fn signatures_are_made_for_each_attempt_with_the_key_as_their_name() {
    let server = Server::start(|_, _| ok(""));
    let home = Home::new(&hook(&server.url, "signing_secrets = [\"env:NEW\", \"file:old\"]\n"))
        .env("NEW", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .file("old", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n");
    home.test("hook").ended(0);
    let request = server.only();
    assert_eq!(request.header("webhook-id"), request.json()["key"].as_str().unwrap());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let stamp: u64 = request.header("webhook-timestamp").parse().unwrap();
    assert!(now.abs_diff(stamp) < 60, "{stamp}");
    let signatures: Vec<&str> = request.header("webhook-signature").split(' ').collect();
    assert!(signatures.len() == 2 && signatures.iter().all(|one| one.starts_with("v1,") && one.len() == 47));
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn configuration_errors_name_their_line_and_fix() {
    let starts = |more: &str, what: &str| {
        let messages = rejected(more);
        assert!(messages.contains(what), "{more}: {messages}");
    };
    starts("format = \"jsno\"\n", "afterhours.toml:5: notify.hook.format: no format; did you mean `json`?");
    starts("method = \"GET\"\n", "afterhours.toml:5: notify.hook.method: the methods are POST and PUT");
    starts("source = \"/x\"\n", "only format = \"cloudevents\" has a source");
    starts(
        "format = \"cloudevents\"\nsource = \"a b\"\n",
        "afterhours.toml:6: notify.hook.source: no URI; write it as",
    );
    starts("content_type = \"text/plain\"\n", "content_type goes with a template");
    starts(
        "template = \"{{ title }}\"\ncontent_type = \"json\"\n",
        "afterhours.toml:6: notify.hook.content_type: no content type",
    );
    starts("template = \"x\"\ntemplate_file = \"y\"\n", "one of the two is enough");
    starts("template = \"x\"\nformat = \"json\"\n", "the template is the format");
    starts("template_file = \"gone.j2\"\n", "gone.j2: there is no such file");
    starts(
        "template = '''\n{\n\"a\": {{ titel }}\n}'''\n",
        "an alert has no field \"titel\"; did you mean `title`?",
    );
    starts(
        "template = '''\n{\n\"a\": {{ title }\n}'''\n",
        "notify.hook.template: line 2 of the template: syntax error",
    );
    starts(
        "template = '{\"a\": \"{{ title }}\"}'\n",
        "a value brings its own quotes: write {{ title }}, not \"{{ title }}\"",
    );
    starts(
        "template_file = \"broken.json.j2\"\n",
        "broken.json.j2:2: notify.hook.template_file: syntax error",
    );
    starts("variables = { a = \"b\" }\n", "variables go with a template");
    starts("headers = { \"X Team\" = \"a\" }\n", "no name of a header");
    starts("headers = { \"X-Team\\r\\nX\" = \"a\" }\n", "no name of a header");
    starts("headers = { X-Team = \"a\\r\\nb\" }\n", "a line break");
    starts("headers = { X-Team = \"env:BROKEN\" }\n", "a line break");
    starts("headers = { X-A = \"a\", x-a = \"b\" }\n", "this header is there twice");
    starts("headers = { Content-Type = \"a\" }\n", "write content_type = instead");
    starts("headers = { Host = \"a\" }\n", "set by HTTP itself");
    starts("headers = { content-length = \"1\" }\n", "set by HTTP itself");
    starts("headers = { Webhook-Id = \"1\" }\n", "write signing_secrets =");
    starts("headers = { Authorization = \"Bearer abc\" }\n", "write \"env:NAME\", \"file:/path\"");
    starts(
        "headers = { Authorization = \"env:SECRET\" }\nbearer = \"env:SECRET\"\n",
        "leave out one of the two",
    );
    starts(
        "bearer = \"abc\"\n",
        "afterhours.toml:5: notify.hook.bearer: a secret does not stand in the configuration",
    );
    starts("user = \"a\"\n", "password is missing beside it");
    starts("password = \"env:SECRET\"\n", "password goes with user");
    starts("user = \"a:b\"\npassword = \"env:SECRET\"\n", "a user's name holds no colon");
    starts(
        "user = \"a\"\npassword = \"env:SECRET\"\nbearer = \"env:SECRET\"\n",
        "bearer goes without user and password",
    );
    starts(
        "signing_secrets = \"env:SECRET\"\n",
        "afterhours.toml:5: notify.hook.signing_secrets: a signing secret is `whsec_`",
    );
    starts(
        "signing_secrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]\n",
        "a secret does not stand in the configuration",
    );
    starts("singing_secrets = \"env:SECRET\"\n", "unknown key; did you mean `signing_secrets`?");
}

#[test]
fn credentials_in_the_url_are_an_error() {
    let ran = Home::new(&hook("https://user:${PASSWORD}@hooks.example/", ""))
        .env("PASSWORD", "s3cret-word")
        .test("hook");
    assert!(ran.ended(2).err.contains("write user = and password ="), "{ran:?}");
    ran.hides("s3cret-word");
}

#[test]
fn insecure_alone_allows_a_webhook_on_loopback() {
    let server = Server::start(|_, _| ok("thanks"));
    let ran = Home::new("").run(&["notify", "test", "--webhook", &format!("{}/in", server.url)]);
    assert_eq!(ran.ended(0).out, "webhook (webhook, 127.0.0.1): delivered: 200: thanks\n");
    assert_eq!(server.only().json()["kind"], Value::from("sign_in"));
    for (url, words) in [
        ("http://hooks.example/s3cret-path", "use https"),
        ("http://localhost:s3cret-path@hooks.example/", "use https"),
        ("http://127.0.0.1.hooks.example/s3cret-path", "use https"),
        ("https://169.254.169.254/s3cret-path", "metadata"),
        ("s3cret-path", "no address"),
    ] {
        let ran = Home::new("").run(&["notify", "test", "--webhook", url]);
        assert!(ran.ended(2).hides("s3cret-path").err.contains(words), "{url}: {ran:?}");
    }
}

/// Unencrypted requests to loopback stay on this machine and never go through a proxy.
#[test]
fn a_webhook_on_loopback_uses_no_proxy() {
    let proxy = Proxy::start(None);
    let server = Server::start(|_, _| ok("thanks"));
    let home = Home::new(&hook(&server.url, "")).env("HTTP_PROXY", format!("http://{}", proxy.address));
    home.run(&["notify", "test", "webhook", "--webhook", &server.url]).ended(0);
    assert_eq!((server.count(), proxy.heads().len()), (1, 0));
    // Elsewhere `insecure = true` allows it, and the proxy of the environment is used.
    assert!(home.test("hook").ended(0).out.contains("by proxy"));
    assert_eq!((server.count(), proxy.heads().len()), (1, 1));
}
