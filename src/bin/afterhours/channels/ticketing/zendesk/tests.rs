use crate::channels::ticketing::zendesk::*;
use crate::notify::notification::Notification;
use crate::notify::samples;
use crate::notify::samples::same_as_file;
use crate::sys::config_file::read_table;
use kit::http_server::{self as server, Reply};

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

fn one(notification: Notification) -> Message {
    Message::One(Box::new(notification))
}

fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: reqwest::header::HeaderMap::new(),
        body: body.to_owned(),
        said: "said".to_owned(),
        retry_after: Some(Duration::from_secs(7)),
    }
}

fn kind(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Done { .. } => "done",
        Delivery::Later { .. } => "later",
        Delivery::Never { .. } => "never",
    }
}

#[test]
fn what_is_sent_is_as_in_the_files() {
    for (name, message) in samples::all() {
        same_as_file(&format!("zendesk/{name}.json"), &pretty(&payload(&message, &Map::new(), &[])));
    }
    let extra = json!({
        "group_id": 360_001, "assignee_email": "soc@example.com", "custom_fields": [{"id": 360_002, "value": "aws"}],
    });
    let Value::Object(extra) = extra else { unreachable!() };
    let message = one(Notification { severity: "critical".to_owned(), ..samples::notification() });
    same_as_file("zendesk/routed.json", &pretty(&payload(&message, &extra, &["soc".to_owned()])));
}

#[test]
fn severities_have_their_priorities() {
    let mapped = |word: &str| {
        let message = one(Notification { severity: word.to_owned(), ..samples::notification() });
        payload(&message, &Map::new(), &[])["ticket"]["priority"].as_str().unwrap().to_owned()
    };
    let mapped = ["critical", "high", "medium", "low", "info"].map(mapped);
    assert_eq!(mapped, ["urgent", "high", "normal", "low", "low"]);
}

/// No placeholder is left to be filled in, and no stranger's word stands at the beginning of a line, where Markdown looks.
#[test]
fn hostile_texts_are_only_texts() {
    let user = "{{ticket.requester.email}} {{{x}}} {%if%} ![a](https://evil.example/p.png)".to_owned();
    let agent = Some("{{current_user.email}} # x".to_owned());
    let message = one(Notification { user: Some(user), user_agent: agent, ..samples::notification() });
    let ticket = payload(&message, &Map::new(), &[]);
    let text = ticket["ticket"].to_string();
    assert!(!ticket["ticket"]["subject"].as_str().unwrap().contains("{{"), "{text}");
    let body = ticket["ticket"]["comment"]["body"].as_str().unwrap();
    assert!(!body.contains("{{") && !body.contains("{%"), "{body}");
    for line in body.lines().filter(|line| line.contains("evil") || line.contains("current_user")) {
        assert!(line.starts_with("    "), "{line}");
    }
    assert_eq!(tame("{{{a}}} {%"), "{ { {a}}} { %");
}

/// Zendesk takes comments of 65,535 characters and more.
#[test]
fn the_longest_texts_fit() {
    let some = || Some("\u{1f980}".repeat(1024));
    let notification = Notification {
        user: some(),
        arn: some(),
        user_agent: some(),
        cause: some(),
        ..samples::notification()
    };
    let ticket = payload(&one(notification), &Map::new(), &[]);
    assert!(ticket["ticket"]["subject"].as_str().unwrap().chars().count() <= 150);
    assert!(ticket["ticket"]["comment"]["body"].as_str().unwrap().len() < 65_535);
}

#[test]
fn every_answer_to_a_creation_has_its_meaning() {
    let ticket = r#"{"ticket":{"id":35436}}"#;
    for status in [200, 201] {
        let delivery = created(&answer(status, ticket));
        assert_eq!(delivery, Delivery::done(format!("{status}: ticket 35436")));
    }
    let mut replay = answer(201, ticket);
    replay.headers.insert("x-idempotency-lookup", "hit".parse().unwrap());
    assert_eq!(created(&replay), Delivery::done("201: ticket 35436 is there already"));
    for page in ["", "<html>", "{}", r#"{"ticket":7}"#] {
        assert_eq!(kind(&created(&answer(200, page))), "later", "{page}");
    }
    for status in [408, 409, 423, 425, 429, 500, 502, 503, 504] {
        let after = Some(Duration::from_secs(7));
        let delivery = created(&answer(status, "{}"));
        assert_eq!(delivery, Delivery::Later { why: format!("{status}: said"), after });
    }
    for status in [301, 302, 307, 400, 401, 403, 404, 405, 413, 415, 422] {
        assert_eq!(kind(&created(&answer(status, "{}"))), "never", "{status}");
    }
    let other = r#"{"error":"IdempotentRequestError","description":"…"}"#;
    assert_eq!(kind(&created(&answer(400, other))), "later");
}

#[test]
fn a_look_up_settles_what_it_can() {
    let look = |status, body: &str| found(&answer(status, body), "afterhours:ab").map(|found| kind(&found));
    assert_eq!(look(200, r#"{"tickets":[{"id":7,"external_id":"afterhours:ab"}]}"#), Some("done"));
    // The ticket of another: a service that does not know the filter gives all of them.
    assert_eq!(look(200, r#"{"tickets":[{"id":7,"external_id":"afterhours:cd"},{"id":8}]}"#), None);
    assert_eq!(look(200, r#"{"tickets":[]}"#), None);
    assert_eq!(look(200, "<html>"), None);
    // A token that may only write creates tickets all the same.
    for status in [302, 400, 403, 404, 422] {
        assert_eq!(look(status, "{}"), None, "{status}");
    }
    assert_eq!(look(401, "{}"), Some("never"));
    for status in [408, 429, 500, 503] {
        assert_eq!(look(status, "{}"), Some("later"), "{status}");
    }
}

#[test]
fn the_services_words_are_found() {
    let said = |text: &str| words(&serde_json::from_str(text).unwrap());
    let invalid = r#"{"error":"RecordInvalid","description":"Record validation errors",
        "details":{"group":[{"description":"Group is invalid","error":"BlankValue"}],"x":7,"y":[8]}}"#;
    assert_eq!(said(invalid).as_deref(), Some("RecordInvalid: Record validation errors: Group is invalid"));
    let title = r#"{"error":{"title":"Forbidden","message":"No access"}}"#;
    assert_eq!(said(title).as_deref(), Some("Forbidden: No access"));
    for nothing in ["null", "[]", "{}", r#"{"error":7,"details":{"a":[{"description":"x"}]}}"#] {
        assert_eq!(said(nothing), None, "{nothing}");
    }
}

/// The ticket is created and the answer lost. Whoever comes again finds it: by its external ID, or, where the token may not
/// read, by the idempotency key.
#[test]
fn an_answer_lost_after_the_creation_makes_no_second_ticket() {
    for may_read in [true, false] {
        let keys: std::sync::Mutex<Vec<String>> = std::sync::Mutex::default();
        let server = server::Server::start(move |request, number| {
            let mut keys = keys.lock().unwrap();
            let ticket =
                json!({ "id": 7, "external_id": format!("afterhours:{}", samples::notification().key) });
            if request.method == "GET" {
                let tickets: Vec<&Value> = keys.iter().map(|_| &ticket).collect();
                let found = json!({ "tickets": tickets }).to_string();
                return if may_read { server::ok(&found) } else { server::status(403, "{}") };
            }
            let key = request.header("idempotency-key").to_owned();
            let lookup = if keys.contains(&key) { "hit" } else { "miss" };
            if lookup == "miss" {
                keys.push(key);
            }
            // The first request looks, the second creates.
            if number == 1 {
                return Reply::Close;
            }
            let body = json!({ "ticket": ticket }).to_string().into_bytes();
            Reply::Answer(201, vec![("x-idempotency-lookup", lookup.to_owned())], body)
        });
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("token"), "s3cret").unwrap();
        let text = format!("base_url = \"{}\"\noauth_token = \"file:token\"\n", server.url);
        let connection = crate::notify::connection::Connection { insecure: true, ..Default::default() };
        let context = Context {
            beside: directory.path().to_owned(),
            connection,
            location: Location::option("notify.zd"),
        };
        let channel = build(&mut read_table("test.toml", &text).unwrap(), &context).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let message = one(samples::notification());
        assert_eq!(kind(&runtime.block_on(channel.send(&message))), "later");
        let again = if may_read { "ticket 7 is there already" } else { "201: ticket 7 is there already" };
        assert_eq!(runtime.block_on(channel.send(&message)), Delivery::done(again));
        let methods: Vec<String> = server.requests().iter().map(|request| request.method.clone()).collect();
        let asked: &[&str] = if may_read { &["GET", "POST", "GET"] } else { &["GET", "POST", "GET", "POST"] };
        assert_eq!(methods, asked);
    }
}
