//! ServiceNow. There is no official simulator; these tests use the kit's, made from the
//! documentation.

use std::sync::Arc;

use crate::program::{Home, Ran};
use kit::http_server::{Reply, Server, status};
use kit::servicenow::{self, Shared};

const PASSWORD: &str = "pa:ss w\"ord";
/// `robot:pa:ss w"ord`
const BASIC: &str = "Basic cm9ib3Q6cGE6c3MgdyJvcmQ=";

/// A simulated instance and its server.
fn instance() -> (Shared, Server) {
    let instance = Shared::default();
    let shared = Arc::clone(&instance);
    (instance, Server::start(move |request, _| servicenow::answer(&shared, request)))
}

fn home(url: &str, keys: &str) -> Home {
    let config =
        format!("[notify.desk]\ntype = \"servicenow\"\ninsecure = true\nbase_url = \"{url}/\"\n{keys}\n");
    let secrets = [("PASSWORD", PASSWORD), ("TOKEN", "bearer-s3cret"), ("CLIENT", "client-s3cret")];
    secrets.into_iter().fold(Home::new(&config), |home, (name, value)| home.env(name, value))
}

fn basic(url: &str, keys: &str) -> Home {
    home(url, &format!("user = \"robot\"\npassword = \"env:PASSWORD\"\n{keys}"))
}

fn never_said(ran: &Ran) {
    ran.hides("s3cret").hides("t0ken").hides(PASSWORD).hides(&BASIC[6..]);
}

#[test]
fn an_incident_is_searched_for_and_created() {
    let (instance, server) = instance();
    instance.lock().unwrap().wants = BASIC.to_owned();
    let fields = "fields = { assignment_group = \"SOC\", caller_id = \"afterhours\", category = \"Security\" }\ndisplay_values = true";
    let ran = basic(&server.url, fields).test("desk");
    never_said(ran.ended(0));
    assert_eq!(ran.out, "desk (servicenow, 127.0.0.1, table incident): delivered: 201: INC0000001\n");

    let requests = server.requests();
    let [look, create] = requests.as_slice() else { panic!("{requests:#?}") };
    let key = create.json()["correlation_id"].as_str().unwrap().to_owned();
    assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    assert_eq!(look.method, "GET");
    let asked = format!("/api/now/table/incident?sysparm_query=correlation_id%3D{key}%5EORDERBYDESCactive&");
    assert!(look.target.starts_with(&asked), "{}", look.target);
    assert_eq!(create.method, "POST");
    let target = "/api/now/table/incident?sysparm_fields=sys_id%2Cnumber%2Ccorrelation_id&sysparm_input_display_value=true";
    assert_eq!(create.target, target);
    for request in &requests {
        assert_eq!(request.header("authorization"), BASIC);
        assert_eq!(request.header("accept"), "application/json");
    }
    assert_eq!(create.header("content-type"), "application/json");

    let instance = instance.lock().unwrap();
    let incident = &instance.incidents[0];
    assert_eq!(incident["short_description"], "TEST: After-hours console sign-in: test-user (111122223333)");
    assert_eq!((incident["impact"].as_str(), incident["urgency"].as_str()), ("3", "2"));
    assert_eq!((incident["category"].as_str(), incident["assignment_group"].as_str()), ("Security", "SOC"));
    assert!(incident["description"].contains("This is a test of the channel."));
}

#[test]
fn an_event_is_sent() {
    let (instance, server) = instance();
    let ran = home(&server.url, "mode = \"event\"\napi_key = \"env:TOKEN\"").test("desk");
    never_said(ran.ended(0));
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/global/em/jsonv2"));
    assert_eq!(request.header("x-sn-apikey"), "bearer-s3cret");
    let instance = instance.lock().unwrap();
    let [event] = instance.events.as_slice() else { panic!("{instance:?}") };
    assert_eq!((&event["source"], &event["severity"]), (&"afterhours".into(), &"4".into()));
    let info: serde_json::Value = serde_json::from_str(event["additional_info"].as_str().unwrap()).unwrap();
    assert_eq!(info["user"], "test-user");
}

#[test]
fn tokens_are_fetched_for_both_grants() {
    let client = "client_id = \"id-1\"\nclient_secret = \"env:CLIENT\"\n";
    let login = "user = \"robot\"\npassword = \"file:password\"\ngrant = \"password\"\n";
    for (keys, grant) in [(client.to_owned(), "client_credentials"), (format!("{client}{login}"), "password")]
    {
        let (_, server) = instance();
        let home = home(&server.url, &keys);
        std::fs::write(home.path("password"), "pass word\n").unwrap();
        let ran = home.test("desk");
        never_said(ran.ended(0));
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("POST", "/oauth_token.do"));
        assert_eq!(requests[0].form()["grant_type"], grant);
        assert_eq!(requests[2].header("authorization"), "Bearer fetched-t0ken-1");
    }
}

/// A client certificate may be the only authentication.
#[test]
fn a_client_certificate_is_enough() {
    let (_, server) = instance();
    let home = home(&server.url, "client_cert = \"client.pem\"");
    let made = rcgen::generate_simple_self_signed(vec!["afterhours".to_owned()]).unwrap();
    let pem = made.cert.pem() + &made.signing_key.serialize_pem();
    std::fs::write(home.path("client.pem"), pem).unwrap();
    home.test("desk").ended(0);
    assert_eq!(server.requests()[0].header("authorization"), "");
}

#[test]
fn error_messages_of_the_instance_are_shown() {
    let acl = r#"{"error":{"message":"Operation Failed","detail":"ACL Exception Insert Failed due to security constraints"},"status":"failure"}"#;
    let server = Server::start(move |request, _| match request.method.as_str() {
        "GET" => status(200, r#"{"result":[]}"#),
        _ => status(403, acl),
    });
    let ran = home(&server.url, "token = \"env:TOKEN\"").test("desk");
    never_said(ran.ended(1));
    assert_eq!(
        ran.out,
        "desk (servicenow, 127.0.0.1, table incident): not delivered, and it would not be tried again: 403: Operation \
         Failed: ACL Exception Insert Failed due to security constraints\n"
    );
}

#[test]
fn an_echoed_request_holds_no_secret() {
    let echo = |request: &kit::http_server::Request, _| {
        let headers = format!("{:?} {}", request.headers, request.text());
        status(400, &serde_json::json!({"error": {"message": headers}}).to_string())
    };
    for keys in
        ["user = \"robot\"\npassword = \"env:PASSWORD\"", "token = \"env:TOKEN\"", "api_key = \"env:TOKEN\""]
    {
        let server = Server::start(echo);
        let ran = home(&server.url, keys).test("desk");
        never_said(ran.ended(1));
        assert!(ran.out.contains("[secret]"), "{}", ran.out);
    }
}

#[test]
fn retry_after_is_reported() {
    let server = Server::start(|_, _| {
        Reply::Answer(429, vec![("retry-after", "17".to_owned())], b"Rate limit exceeded".to_vec())
    });
    let ran = home(&server.url, "token = \"env:TOKEN\"").test("desk");
    ran.ended(1);
    let messages =
        "not delivered; it would be tried again: 429: Rate limit exceeded (it asks to wait 17 s)\n";
    assert!(ran.out.ends_with(messages), "{}", ran.out);
}

/// Developer instances hibernate, and then answer 200 with an HTML page.
#[test]
fn an_html_page_is_not_a_success() {
    let server = Server::start(|_, _| {
        let page = b"<html><title>Instance Hibernating page</title></html>".to_vec();
        Reply::Answer(200, vec![("content-type", "text/html".to_owned())], page)
    });
    for mode in ["incident", "event"] {
        let ran = home(&server.url, &format!("token = \"env:TOKEN\"\nmode = \"{mode}\"")).test("desk");
        ran.ended(1);
        assert!(ran.out.contains("it would be tried again: 200: the answer is not the API's"), "{}", ran.out);
    }
}

/// The timeout is for the attempt, not for each of its requests.
#[test]
fn the_whole_attempt_has_one_timeout() {
    let wait = std::time::Duration::from_millis(700);
    let server = Server::start(move |_, _| Reply::Slow(wait, Box::new(status(200, r#"{"result":[]}"#))));
    let ran = home(&server.url, "token = \"env:TOKEN\"\ntimeout = \"1s\"").test("desk");
    ran.ended(1);
    assert!(ran.out.contains("tried again: no answer in time"), "{}", ran.out);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at - requests[0].at >= wait, "the second only after the first one's answer");
}

#[test]
fn configuration_errors_name_their_line() {
    let login = "user = \"u\"\npassword = \"env:PASSWORD\"\n";
    let cases = [
        ("instance = \"acme\"\n", ":1: notify.desk: nothing says who asks"),
        (login, ":1: notify.desk: instance is missing"),
        (
            "instance = \"acme.service-now.com\"\ntoken = \"env:TOKEN\"\n",
            ":3: notify.desk.instance: only the name before",
        ),
        (
            "instance = \"acme\"\nbase_url = \"https://x.example\"\n",
            ":3: notify.desk.instance: instance and base_url",
        ),
        (
            "instance = \"acme\"\ntoken = \"s3cret-literal\"\n",
            ":4: notify.desk.token: a secret does not stand",
        ),
        ("instance = \"acme\"\nuser = \"u\"\n", "password is missing beside user"),
        ("instance = \"acme\"\nuser = \"a:b\"\npassword = \"env:PASSWORD\"\n", "a user name with a colon"),
        ("instance = \"acme\"\npassword = \"env:PASSWORD\"\n", "user is missing beside password"),
        ("instance = \"acme\"\nclient_id = \"c\"\n", "client_secret is missing"),
        ("instance = \"acme\"\nclient_secret = \"env:CLIENT\"\n", "client_id is missing"),
        (
            "instance = \"acme\"\ntoken = \"env:TOKEN\"\napi_key = \"env:TOKEN\"\n",
            "one way to log in is wanted",
        ),
        (
            "instance = \"acme\"\ntoken = \"env:TOKEN\"\ngrant = \"password\"\n",
            ":5: notify.desk.grant: grant is for OAuth",
        ),
        (
            "instance = \"acme\"\nclient_id = \"c\"\nclient_secret = \"env:CLIENT\"\ngrant = \"password\"\n",
            ":6: notify.desk.grant: user and password are missing",
        ),
        (
            "instance = \"acme\"\nclient_id = \"c\"\nclient_secret = \"env:CLIENT\"\ngrant = \"pasword\"\n",
            "did you mean `password`?",
        ),
        (
            "instance = \"acme\"\nmode = \"incidents\"\n",
            ":4: notify.desk.mode: no mode; did you mean `incident`?",
        ),
        ("instance = \"acme\"\ntable = \"a/../b\"\n", ":4: notify.desk.table: a table's name"),
        (
            "instance = \"acme\"\nfields = { description = \"x\" }\n",
            "notify.desk.fields.description: this field is filled",
        ),
        ("instance = \"acme\"\nfields = { Impact = \"1\" }\n", "a field's name is small letters"),
        (
            "instance = \"acme\"\nfields = { impact = 1 }\n",
            "text is wanted, and this is a number; put it in quotes",
        ),
        (
            "instance = \"acme\"\nmode = \"event\"\ntoken = \"env:TOKEN\"\nfields = { a = \"b\" }\n",
            ":6: notify.desk.fields: unknown key",
        ),
        ("base_url = \"http://h.example\"\ntoken = \"env:TOKEN\"\n", "the address is not encrypted"),
        ("base_url = \"https://169.254.169.254\"\ntoken = \"env:TOKEN\"\n", "link-local or metadata"),
    ];
    for (keys, wanted) in cases {
        let home = Home::new(&format!("[notify.desk]\ntype = \"servicenow\"\n{keys}"))
            .env("PASSWORD", "pass-s3cret")
            .env("TOKEN", "t0ken-s3cret")
            .env("CLIENT", "client-s3cret");
        let ran = home.test("desk");
        ran.ended(2).hides("s3cret");
        assert!(ran.err.contains(wanted), "{keys}\nwanted: {wanted}\nis: {}", ran.err);
    }
}
