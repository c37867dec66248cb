use crate::channels::ticketing::servicenow::*;
use crate::notify::connection::Connection;
use crate::notify::notification::Notification;
use crate::notify::samples;
use crate::sys::config_file::{Location, read_table};
use kit::http_server as server;
use kit::servicenow::{self as simulator, Instance, Shared};
const KEY: &str = "0123456789abcdef0123456789abcdef";

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

/// A server with an instance in it, and the channel that tells it.
struct Dispatcher {
    instance: Shared,
    server: server::Server,
    channel: ServiceNow,
    runtime: tokio::runtime::Runtime,
}

fn dispatcher(keys: &str) -> Dispatcher {
    let instance = Shared::default();
    let shared = Arc::clone(&instance);
    let server = server::Server::start(move |request, _| simulator::answer(&shared, request));
    let text = format!("base_url = \"{}\"\n{keys}", server.url);
    let mut table = read_table("test.toml", &text).unwrap();
    let connection = Connection { insecure: true, timeout: Duration::from_secs(5), ..Connection::default() };
    let context = Context {
        beside: std::path::PathBuf::new(),
        connection,
        location: Location::option("notify.incidents"),
    };
    let channel = service_now(&mut table, &context).unwrap();
    assert!(table.finish().is_empty());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Dispatcher { instance, server, channel, runtime }
}

/// A bearer token in a file: a test cannot set its own environment.
fn token() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, "bearer-s3cret").unwrap();
    let keys = format!("token = \"file:{}\"\n", path.display());
    (directory, keys)
}

impl Dispatcher {
    fn tell(&self, message: &Message) -> Delivery {
        self.runtime.block_on(self.channel.send(message))
    }

    fn requests(&self) -> Vec<String> {
        let requests = self.server.requests();
        requests.iter().map(|request| request.method.clone()).collect()
    }

    fn see<T>(&self, look: impl FnOnce(&mut Instance) -> T) -> T {
        look(&mut self.instance.lock().unwrap())
    }
}

fn one(notification: Notification) -> Message {
    Message::One(Box::new(notification))
}

/// The instance creates the incident, and the connection breaks before the answer is out. The next attempt, by the same run
/// of the program or another, must find it.
#[test]
fn an_answer_lost_after_the_creation_makes_no_second_incident() {
    let (_directory, keys) = token();
    let dispatcher = dispatcher(&keys);
    dispatcher.see(|instance| instance.lose = 1);
    let message = one(samples::notification());
    assert_eq!(kind(&dispatcher.tell(&message)), "later");
    assert_eq!(dispatcher.see(|instance| instance.incidents.len()), 1, "it was created");
    assert_eq!(dispatcher.tell(&message), Delivery::done("INC0000001 is there already"));
    assert_eq!(dispatcher.tell(&message), Delivery::done("INC0000001 is there already"));
    // One POST, and for the repetitions look-ups only: no note, no update that notifies somebody.
    assert_eq!(dispatcher.requests(), ["GET", "POST", "GET", "GET"]);
    dispatcher.see(|instance| {
        assert_eq!(instance.incidents.len(), 1);
        assert_eq!(instance.incidents[0]["sys_mod_count"], "0");
        assert_eq!(instance.incidents[0]["priority"], "2");
        assert!(instance.work_notes.is_empty());
    });
}

/// Somebody closes the incident while the answer's loss keeps the notification in the outbox.
#[test]
fn a_closed_incident_is_not_opened_anew() {
    let (_directory, keys) = token();
    let dispatcher = dispatcher(&keys);
    let message = one(samples::notification());
    assert_eq!(kind(&dispatcher.tell(&message)), "done");
    dispatcher.see(|instance| instance.incidents[0].insert("active".to_owned(), "false".to_owned()));
    let other = one(Notification { user_agent: Some("other words".to_owned()), ..samples::notification() });
    assert_eq!(dispatcher.tell(&other), Delivery::done("INC0000001 is there already"));
    assert_eq!(dispatcher.requests(), ["GET", "POST", "GET"]);
}

#[test]
fn other_messages_make_other_incidents() {
    let (_directory, keys) = token();
    let dispatcher = dispatcher(&keys);
    for (name, message) in samples::all() {
        // Two of the samples are the same sign-in with other texts.
        let expected = if name == "hostile" { "INC0000001 is there already" } else { "201: INC" };
        match dispatcher.tell(&message) {
            Delivery::Done { answer } => assert!(answer.starts_with(expected), "{name}: {answer}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    dispatcher.see(|instance| assert_eq!(instance.incidents.len(), samples::all().len() - 1));
}

/// New words for an incident that nobody has touched, once; what people did is left alone.
#[test]
fn only_an_untouched_incident_gets_new_words() {
    let (_directory, keys) = token();
    let dispatcher = dispatcher(&keys);
    assert_eq!(dispatcher.tell(&one(samples::notification())), Delivery::done("201: INC0000001"));
    let said =
        |text: &str| one(Notification { user_agent: Some(text.to_owned()), ..samples::notification() });
    let new = Delivery::done("INC0000001 is there already; its text is new");
    assert_eq!(dispatcher.tell(&said("second")), new);
    assert_eq!(dispatcher.tell(&said("third")), Delivery::done("INC0000001 is there already"));
    dispatcher.see(|instance| {
        let incident = &instance.incidents[0];
        assert!(incident["description"].contains("second"));
        assert_eq!((incident["urgency"].as_str(), incident["state"].as_str()), ("1", "1"));
        assert!(instance.work_notes.is_empty());
    });
    let patch = &dispatcher.server.requests()[3];
    assert_eq!(patch.method, "PATCH");
    assert_eq!(patch.json().as_object().unwrap().len(), 2, "{}", patch.text());
}

/// An account that may not read `correlation_id` is given any incident at all: it must never be changed, nor taken for ours.
#[test]
fn a_strangers_incident_is_never_taken_for_ours() {
    let (_directory, keys) = token();
    let dispatcher = dispatcher(&keys);
    dispatcher.see(|instance| {
        instance.unreadable = vec!["correlation_id"];
        let stranger = [("sys_id", "aa"), ("number", "INC9"), ("active", "true"), ("sys_mod_count", "0")];
        instance.incidents.push(stranger.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    });
    let blind =
        "201: INC0000002 (this account may not read correlation_id: a repeated delivery would make another)";
    assert_eq!(dispatcher.tell(&one(samples::notification())), Delivery::done(blind));
    assert_eq!(dispatcher.requests(), ["GET", "POST"]);
}

fn oauth(login: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).unwrap();
        format!("\"file:{}\"", directory.path().join(name).display())
    };
    let secret = file("client", "client-s3cret");
    let password = file("password", "pass word");
    let keys = format!("client_id = \"id-1\"\nclient_secret = {secret}\n");
    (
        directory,
        if login.is_empty() { keys } else { format!("{keys}user = \"{login}\"\npassword = {password}\n") },
    )
}

#[test]
fn a_token_is_fetched_kept_and_renewed_once_when_it_is_refused() {
    for (login, grant) in [("", "client_credentials"), ("robot", "password")] {
        let (_directory, keys) = oauth(login);
        let dispatcher = dispatcher(&keys);
        let message = one(samples::notification());
        assert_eq!(dispatcher.tell(&message), Delivery::done("201: INC0000001"));
        assert_eq!(dispatcher.server.requests()[0].form()["grant_type"], grant);
        assert_eq!(kind(&dispatcher.tell(&message)), "done");
        assert_eq!(dispatcher.see(|instance| instance.tokens), 1, "kept");
        // Revoked before its time.
        dispatcher.see(|instance| instance.wants = "Bearer another".to_owned());
        assert_eq!(kind(&dispatcher.tell(&message)), "done");
        assert_eq!(dispatcher.see(|instance| instance.tokens), 2, "renewed");
        let asked: Vec<String> = dispatcher
            .server
            .requests()
            .iter()
            .map(|request| request.target.chars().take(9).collect())
            .collect();
        let (token, api) = ("/oauth_to", "/api/now/");
        assert_eq!(asked, [token, api, api, api, api, token, api]);
    }
}

#[test]
fn a_client_that_is_refused_is_refused_for_good() {
    let (_directory, keys) = oauth("somebody");
    let dispatcher = dispatcher(&keys);
    let why = "no token: 401: server_error: access_denied".to_owned();
    assert_eq!(dispatcher.tell(&one(samples::notification())), Delivery::Never { why });
}

/// A server that says everything back to whoever asks.
#[test]
fn a_fetched_token_is_not_said() {
    let (_directory, keys) = oauth("robot");
    let server = server::Server::start(|request, _| match request.target.as_str() {
        "/oauth_token.do" => server::ok(r#"{"access_token":"fetched-t0ken","expires_in":"60"}"#),
        _ => server::status(403, &format!("{:?}", request.headers)),
    });
    let mut table = read_table("test.toml", &keys).unwrap();
    let connection = Connection { insecure: true, ..Connection::default() };
    let context = Context {
        beside: std::path::PathBuf::new(),
        connection,
        location: Location::option("notify.incidents"),
    };
    let base = server.url.parse().unwrap();
    let (access, secrets) = Access::take(&mut table, &context, &base).unwrap();
    let http = context.http(secrets).unwrap();
    let channel = ServiceNow { http, base, access, kind: Kind::Event, timeout: Duration::from_secs(5) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let message = one(samples::notification());
    for _ in 0..2 {
        let Delivery::Never { why } = runtime.block_on(channel.send(&message)) else { panic!() };
        assert!(why.contains("Bearer [secret]"), "{why}");
        assert!(!format!("{why} {channel:?}").contains("t0ken"), "{why}");
    }
    // It lasts a minute, which is as good as over: it is fetched each time.
    assert_eq!(server.count(), 4);
}

#[test]
fn every_answer_to_a_creation_has_its_meaning() {
    let record =
        json!({"result": {"sys_id": "aa", "number": "INC0000007", "correlation_id": KEY}}).to_string();
    let created = |answer: &HttpResponse| created(answer, KEY);
    for status in [200, 201] {
        let delivery = created(&answer(status, &record));
        assert_eq!(delivery, Delivery::done(format!("{status}: INC0000007")));
    }
    for page in ["", "<html>Your instance is hibernating", "{}", r#"{"result":[]}"#] {
        assert_eq!(kind(&created(&answer(200, page))), "later", "{page}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let after = Some(Duration::from_secs(7));
        let delivery = created(&answer(status, "{}"));
        assert_eq!(delivery, Delivery::Later { why: format!("{status}: said"), after });
    }
    for status in [301, 302, 307, 400, 401, 403, 404, 405, 409, 413, 415, 422] {
        assert_eq!(kind(&created(&answer(status, &record))), "never", "{status}");
    }
}

#[test]
fn every_answer_to_a_look_up_has_its_meaning() {
    let look = |status, body: &str| found(&answer(status, body), KEY);
    let ours = format!(
        r#"{{"result":[{{"correlation_id":"{KEY}","sys_id":"aa","number":"INC1","active":"true"}}]}}"#
    );
    let record = look(200, &ours).unwrap().unwrap();
    assert_eq!((record.number.as_str(), record.active, record.untouched), ("INC1", true, false));
    assert_eq!(look(200, r#"{"result":[]}"#), Ok(None));
    assert_eq!(look(200, r#"{"result":[{"correlation_id":"other","sys_id":"bb"}, 7]}"#), Ok(None));
    // What stands in an address is looked at first.
    assert_eq!(look(200, &ours.replace("\"aa\"", "\"../x\"")), Ok(None));
    let none = r#"{"error":{"message":"No Record found","detail":"Records matching query not found."}}"#;
    assert_eq!(look(404, none), Ok(None), "version 1 of the API");
    let outcome = |status, body: &str| kind(&look(status, body).unwrap_err());
    assert_eq!(outcome(404, "<html>"), "never");
    assert_eq!(outcome(200, "<html>"), "later");
    for status in [302, 400, 401, 403] {
        assert_eq!(outcome(status, "{}"), "never", "{status}");
    }
    for status in [408, 429, 500, 503] {
        assert_eq!(outcome(status, "{}"), "later", "{status}");
    }
}

#[test]
fn an_incident_that_is_there_is_delivered_whatever_becomes_of_its_update() {
    let outcome = |status| kind(&updated(&answer(status, "{}"), "INC1 is there already"));
    assert_eq!([200, 400, 401, 403].map(outcome), ["done"; 4]);
    assert_eq!([404, 429, 500, 503].map(outcome), ["later"; 4]);
}

#[test]
fn the_query_is_the_key_and_nothing_else() {
    let url = look_up(&"https://acme.service-now.com/api/now/table/incident".parse().unwrap(), KEY);
    assert_eq!(
        url.as_str(),
        "https://acme.service-now.com/api/now/table/incident\
         ?sysparm_query=correlation_id%3D0123456789abcdef0123456789abcdef%5EORDERBYDESCactive\
         &sysparm_fields=sys_id%2Cnumber%2Cactive%2Ccorrelation_id%2Cshort_description%2Cdescription%2Csys_mod_count\
         &sysparm_limit=1"
    );
}
