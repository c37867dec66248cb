//! Zendesk. There is no official simulator; the servers here answer as documented.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::program::Home;
use kit::http_server::{Reply, Request, Server, ok, status};

/// `soc@example.com/token:api-s3cret`
const BASIC: &str = "Basic c29jQGV4YW1wbGUuY29tL3Rva2VuOmFwaS1zM2NyZXQ=";

fn home(url: &str, keys: &str) -> Home {
    let keys = if keys.contains("token") {
        keys.to_owned()
    } else {
        format!("email = \"soc@example.com\"\ntoken = \"env:TOKEN\"\n{keys}")
    };
    let config = format!("[notify.zd]\ntype = \"zendesk\"\ninsecure = true\nbase_url = \"{url}\"\n{keys}\n");
    Home::new(&config).env("TOKEN", "api-s3cret")
}

/// Creates tickets, one for each idempotency key, and finds them by their external IDs.
fn account() -> impl Fn(&Request, usize) -> Reply + Send + Sync {
    let tickets: Mutex<BTreeMap<String, serde_json::Value>> = Mutex::default();
    move |request, _| {
        let mut tickets = tickets.lock().unwrap();
        if request.method == "GET" {
            let asked =
                request.target.split_once("external_id=").map_or("", |(_, id)| id).replace("%3A", ":");
            let found: Vec<_> = tickets.values().filter(|ticket| ticket["external_id"] == asked).collect();
            return ok(&serde_json::json!({ "tickets": found, "count": found.len() }).to_string());
        }
        let (id, mut ticket) = (tickets.len() + 35_436, request.json()["ticket"].clone());
        ticket["id"] = id.into();
        let replay = tickets.contains_key(request.header("idempotency-key"));
        let ticket = tickets.entry(request.header("idempotency-key").to_owned()).or_insert(ticket);
        let lookup = if replay { "hit" } else { "miss" };
        let body = serde_json::json!({ "ticket": ticket, "audit": {} }).to_string();
        Reply::Answer(201, vec![("x-idempotency-lookup", lookup.to_owned())], body.into_bytes())
    }
}

#[test]
fn a_ticket_is_searched_for_and_created() {
    let server = Server::start(account());
    let keys = "group_id = 360001\nassignee = \"lee@example.com\"\ntags = [\"soc\"]\n\
                custom_fields = { \"360002\" = \"aws\" }";
    let ran = home(&server.url, keys).test("zd");
    ran.ended(0).hides("s3cret").hides(&BASIC[6..]);
    assert_eq!(ran.out, "zd (zendesk, 127.0.0.1): delivered: 201: ticket 35436\n");

    let requests = server.requests();
    let [look, create] = requests.as_slice() else { panic!("{requests:#?}") };
    let key = create.header("idempotency-key");
    assert_eq!(key.len(), 32);
    assert_eq!(look.method, "GET");
    assert_eq!(look.target, format!("/api/v2/tickets.json?external_id=afterhours%3A{key}"));
    assert_eq!((create.method.as_str(), create.target.as_str()), ("POST", "/api/v2/tickets.json"));
    for request in &requests {
        assert_eq!(request.header("authorization"), BASIC);
        assert_eq!(request.header("accept"), "application/json");
    }
    assert_eq!(create.header("content-type"), "application/json");
    let ticket = &create.json()["ticket"];
    assert_eq!(ticket["external_id"], format!("afterhours:{key}"));
    assert_eq!(ticket["comment"]["public"], false);
    assert_eq!(ticket["group_id"], 360_001);
    assert_eq!(ticket["assignee_email"], "lee@example.com");
    assert_eq!(ticket["custom_fields"], serde_json::json!([{ "id": 360_002, "value": "aws" }]));
    assert_eq!(ticket["tags"], serde_json::json!(["afterhours", "severity-low", "afterhours-test", "soc"]));
}

#[test]
fn an_oauth_token_is_sent_as_bearer() {
    let server = Server::start(account());
    home(&server.url, "oauth_token = \"env:TOKEN\"").test("zd").ended(0).hides("s3cret");
    assert_eq!(server.requests()[1].header("authorization"), "Bearer api-s3cret");
}

/// A token that may write and not read: the search is rejected, the ticket is created.
#[test]
fn a_token_without_the_right_to_read_creates_tickets() {
    let account = account();
    let server = Server::start(move |request, number| match request.method.as_str() {
        "GET" => status(403, r#"{"error":"Forbidden"}"#),
        _ => account(request, number),
    });
    let ran = home(&server.url, "").test("zd");
    ran.ended(0);
    assert!(ran.out.ends_with("delivered: 201: ticket 35436\n"), "{}", ran.out);
}

#[test]
fn zendesk_error_messages_are_shown() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "GET" => ok(r#"{"tickets":[]}"#),
        _ => status(
            422,
            r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"group":[{"description":"Group is invalid"}]}}"#,
        ),
    });
    let ran = home(&server.url, "").test("zd");
    ran.ended(1);
    assert_eq!(
        ran.out,
        "zd (zendesk, 127.0.0.1): not delivered, and it would not be tried again: 422: RecordInvalid: Record validation \
         errors: Group is invalid\n"
    );
}

#[test]
fn retry_after_is_reported() {
    for code in [429, 503] {
        let server = Server::start(move |_, _| {
            Reply::Answer(code, vec![("retry-after", "93".to_owned())], b"Slow down".to_vec())
        });
        let ran = home(&server.url, "").test("zd");
        ran.ended(1);
        let messages = format!("it would be tried again: {code}: Slow down (it asks to wait 93 s)\n");
        assert!(ran.out.ends_with(&messages), "{}", ran.out);
        assert_eq!(server.count(), 1, "the second request would be one too many");
    }
}

#[test]
fn a_stalled_server_times_out() {
    let server = Server::start(|_, _| Reply::Stall(std::time::Duration::from_secs(3)));
    let ran = home(&server.url, "timeout = \"1s\"").test("zd");
    ran.ended(1);
    assert!(ran.out.ends_with("it would be tried again: no answer in time\n"), "{}", ran.out);
}

#[test]
fn an_echoed_request_holds_no_secret() {
    let server = Server::start(|request, _| status(401, &format!("{:?}", request.headers)));
    for keys in ["", "oauth_token = \"env:TOKEN\""] {
        let ran = home(&server.url, keys).test("zd");
        ran.ended(1).hides("s3cret").hides(&BASIC[6..]);
        assert!(ran.out.contains("[secret]"), "{}", ran.out);
    }
}

#[test]
fn configuration_errors_name_their_line() {
    let login = "email = \"a@example.com\"\ntoken = \"env:TOKEN\"\n";
    let cases = [
        (login.to_owned(), ":1: notify.zd: subdomain is missing"),
        ("subdomain = \"acme\"\n".to_owned(), ":1: notify.zd: token is missing"),
        ("subdomain = \"acme\"\ntoken = \"env:TOKEN\"\n".to_owned(), "email is missing"),
        (
            "subdomain = \"acme\"\ntoken = \"s3cret-literal\"\n".to_owned(),
            ":4: notify.zd.token: a secret does not stand",
        ),
        (format!("subdomain = \"acme\"\noauth_token = \"env:TOKEN\"\n{login}"), "leave one of them out"),
        (
            format!("subdomain = \"acme.zendesk.com\"\n{login}"),
            ":3: notify.zd.subdomain: only the name before",
        ),
        (format!("subdomain = \"acme\"\nbase_url = \"https://x.example\"\n{login}"), "both say where"),
        (
            format!("subdomain = \"acme\"\n{login}group_id = \"7\"\n"),
            ":6: notify.zd.group_id: a whole number is wanted",
        ),
        (format!("subdomain = \"acme\"\n{login}group_id = -7\n"), "greater than 0"),
        (format!("subdomain = \"acme\"\n{login}assignee = \"lee\"\n"), "e-mail address or number"),
        (
            format!("subdomain = \"acme\"\n{login}tags = [\"two words\"]\n"),
            ":6: notify.zd.tags: a tag is letters",
        ),
        (
            format!("subdomain = \"acme\"\n{login}custom_fields = {{ region = \"x\" }}\n"),
            "named by its number",
        ),
        (format!("subdomain = \"acme\"\n{login}groupid = 7\n"), "did you mean `group_id`?"),
    ];
    for (keys, wanted) in cases {
        let home =
            Home::new(&format!("[notify.zd]\ntype = \"zendesk\"\n{keys}")).env("TOKEN", "t0ken-s3cret");
        let ran = home.test("zd");
        ran.ended(2).hides("s3cret");
        assert!(ran.err.contains(wanted), "{keys}\nwanted: {wanted}\nis: {}", ran.err);
    }
}
