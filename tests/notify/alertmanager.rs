//! Alertmanager, API v2: with a loopback server, and with the real one of Debian's package
//! `prometheus-alertmanager`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::Home;
use kit::http_server::{Reply, Server, ok, status};

const PASSWORD: &str = "correct horse battery";
/// The same for Alertmanager, by bcrypt.
const HASHED: &str = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
const ENCODED: &str = "YWZ0ZXJob3Vyczpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=";

fn home(url: &str, more: &str) -> Home {
    let config =
        format!("[notify.am]\ntype = \"alertmanager\"\nbase_url = \"{url}\"\ninsecure = true\n{more}");
    Home::new(&config).env("AM_PASSWORD", PASSWORD).env("AM_TOKEN", "t0ken-of-mine")
}

const BASIC: &str = "username = \"afterhours\"\npassword = \"env:AM_PASSWORD\"\n";

#[test]
fn a_test_alert_is_accepted() {
    let server = Server::start(|_, _| ok(""));
    let ran = home(&server.url, "labels = { team = \"security\" }\n").test("am");
    ran.ended(0);
    assert_eq!(ran.out, "am (alertmanager, 127.0.0.1): delivered: 200\n");
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/v2/alerts"));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("authorization"), "");
    let alerts = request.json();
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    let labels = &alerts[0]["labels"];
    assert_eq!(labels["alertname"], "AfterHoursConsoleSignIn");
    assert_eq!((&labels["team"], &labels["test"]), (&Value::from("security"), &Value::from("true")));
    assert_eq!(labels["event"].as_str().unwrap().len(), 32);
    let annotations = &alerts[0]["annotations"];
    assert!(annotations["summary"].as_str().unwrap().starts_with("TEST: "));
}

#[test]
fn passwords_and_tokens_are_sent_and_never_printed() {
    // The worst case: the server echoes the request.
    let server = Server::start(|request, _| status(401, &format!("no: {}", request.header("authorization"))));
    let ran = home(&server.url, BASIC).test("am");
    ran.ended(1).hides(ENCODED).hides(PASSWORD);
    assert!(ran.out.ends_with("401: no: Basic [secret]\n"), "{}", ran.out);
    let ran = home(&server.url, "token = \"env:AM_TOKEN\"\n").test("am");
    ran.ended(1).hides("t0ken-of-mine");
    let sent: Vec<String> =
        server.requests().iter().map(|request| request.header("authorization").to_owned()).collect();
    assert_eq!(sent, [format!("Basic {ENCODED}"), "Bearer t0ken-of-mine".to_owned()]);
}

#[test]
fn temporary_errors_are_retried_and_permanent_ones_are_not() {
    let server = Server::start(|_, number| match number {
        0 => Reply::Answer(503, vec![("retry-after", "5".to_owned())], b"starting".to_vec()),
        1 => status(400, r#"{"code":400,"message":"start time must be before end time"}"#),
        2 => ok("<html>Sign in</html>"),
        _ => Reply::Close,
    });
    let home = home(&server.url, "");
    let messages = |part: &str| {
        let ran = home.test("am");
        assert!(ran.ended(1).out.contains(part), "{}", ran.out);
    };
    messages("it would be tried again: 503: starting (it asks to wait 5 s)");
    messages("it would not be tried again: 400: ");
    messages("it would be tried again: 200: ");
    messages("it would be tried again: ");
}

#[test]
fn configuration_errors_name_their_line() {
    let rejected = |lines: &str, why: &str| {
        let home = Home::new(&format!("[notify.am]\ntype = \"alertmanager\"\n{lines}"))
            .env("AM_PASSWORD", PASSWORD)
            .env("AM_TOKEN", "t0ken-of-mine");
        let ran = home.test("am");
        ran.ended(2).hides(PASSWORD).hides("t0ken");
        assert!(ran.err.contains("afterhours.toml:") && ran.err.contains(why), "{}", ran.err);
    };
    let base = "base_url = \"https://am.example:9093\"\n";
    rejected("", "base_url is missing");
    rejected("base_url = \"http://am.example:9093\"\n", "insecure = true");
    rejected(&format!("{base}username = \"a\"\n"), "password is missing");
    rejected(&format!("{base}password = \"env:AM_PASSWORD\"\n"), "username is missing");
    rejected(&format!("{base}{BASIC}token = \"env:AM_TOKEN\"\n"), "not both");
    rejected(&format!("{base}token = \"t0ken\"\n"), "env:NAME");
    rejected(&format!("{base}labels = {{ severity = \"page\" }}\n"), "sets this label itself");
    rejected(&format!("{base}resolve_after = \"30s\"\n"), "from 10m to 30d");
}

/// A real Alertmanager on loopback, with its own storage; killed when the value is dropped.
struct Real {
    process: Child,
    url: String,
    /// Its files, as long as it runs.
    _directory: Arc<tempfile::TempDir>,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = |name: &'static str| std::env::split_paths(&path).map(move |directory| directory.join(name));
    let usual = Path::new("/usr/bin/prometheus-alertmanager").to_owned();
    named("prometheus-alertmanager").chain(named("alertmanager")).chain([usual]).find(|path| path.is_file())
}

impl Real {
    /// `receiver` is the URL that it notifies. `None` if Alertmanager is not installed.
    fn start(receiver: &str, access: &str) -> Option<Self> {
        let Some(binary) = binary() else {
            println!("skipped: no prometheus-alertmanager on this machine");
            return None;
        };
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let at = |name: &str| directory.path().join(name).into_os_string().into_string().unwrap();
        let config = format!(
            "route:\n  receiver: nobody\n  group_by: [alertname]\n  group_wait: 0s\n  group_interval: 1s\n  routes:\n  \
             - receiver: people\n    matchers: [ 'alertname=\"AfterHoursConsoleSignIn\"', 'team=\"security\"' ]\n\
             receivers:\n- name: nobody\n- name: people\n  webhook_configs:\n  - url: {receiver}/alerts\n"
        );
        std::fs::write(at("alertmanager.yml"), config).unwrap();
        std::fs::write(at("web.yml"), access).unwrap();
        // Another process may take the free port first; Alertmanager then ends at once.
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            let process = Command::new(&binary)
                .arg(format!("--config.file={}", at("alertmanager.yml")))
                .arg(format!("--storage.path={}", at("data")))
                .arg(format!("--web.config.file={}", at("web.yml")))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .arg("--web.route-prefix=/alerts-of-ours")
                .arg("--cluster.listen-address=")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let url = format!("http://127.0.0.1:{port}/alerts-of-ours");
            let mut real = Real { process, url, _directory: Arc::clone(&directory) };
            let is_ready = until("Alertmanager to be ready or to end", || {
                let ended = real.process.try_wait().unwrap().is_some();
                let (status, messages) = real.ask("GET", "/-/ready", "");
                if ended { Some(false) } else { (status == 200 && messages.contains("OK")).then_some(true) }
            });
            if is_ready {
                return Some(real);
            }
        }
        panic!("Alertmanager does not start");
    }

    /// Sends it a request directly; returns status and body.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let address = self.url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let Ok(mut stream) = TcpStream::connect(&address) else { return (0, String::new()) };
        let request = format!(
            "{method} /alerts-of-ours{path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Basic {ENCODED}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let asked = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        if asked.is_err() {
            return (0, answer);
        }
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
    }

    fn alerts(&self) -> Vec<Value> {
        serde_json::from_str(&self.ask("GET", "/api/v2/alerts", "").1).unwrap()
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_real_alertmanager_accepts_the_alert_and_notifies_its_receiver() {
    let people = Server::start(|_, _| ok(""));
    let Some(real) = Real::start(&people.url, "") else { return };
    let home = home(&real.url, "labels = { team = \"security\" }\nseverity = { low = \"warning\" }\n");
    home.test("am").ended(0);
    let alert = until("the alert", || real.alerts().pop());
    let labels = &alert["labels"];
    for (name, value) in [
        ("alertname", "AfterHoursConsoleSignIn"),
        ("severity", "warning"),
        ("account", "111122223333"),
        ("user", "test-user"),
        ("source_ip", "192.0.2.1"),
        ("outcome", "success"),
        ("kind", "outside"),
        ("team", "security"),
    ] {
        assert_eq!(labels[name], value, "{labels}");
    }
    assert_eq!(alert["status"]["state"], "active");
    assert_eq!(alert["receivers"][0]["name"], "people");
    assert!(alert["generatorURL"].as_str().unwrap().contains("/cloudtrailv2/"));

    // The notification that people get, and that it counts as firing.
    let notification = until("a notification", || people.requests().pop()).json();
    assert_eq!(notification["status"], "firing");
    let annotations = &notification["alerts"][0]["annotations"];
    assert_eq!(annotations["summary"], "TEST: After-hours console sign-in: test-user (111122223333)");
    assert!(annotations["description"].as_str().unwrap().contains("Source IP:  192.0.2.1"));
}

#[test]
fn a_real_alertmanager_accepts_every_kind_of_alert() {
    let people = Server::start(|_, _| ok(""));
    let Some(real) = Real::start(&people.url, "") else { return };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notify/alertmanager");
    let mut alerts = 0;
    for entry in std::fs::read_dir(golden).unwrap() {
        let path = entry.unwrap().path();
        let mut payload: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        // The golden files are of one day in the past.
        payload[0]["endsAt"] = "2999-01-01T00:00:00Z".into();
        payload[0]["startsAt"] = "2020-01-01T00:00:00Z".into();
        // The second time as a retry after a lost answer.
        for _ in 0..2 {
            let (status, messages) = real.ask("POST", "/api/v2/alerts", &payload.to_string());
            assert_eq!(status, 200, "{}: {messages}", path.display());
        }
        alerts += 1;
        until("the alert", || (real.alerts().len() == alerts).then_some(()));
    }
    assert!(alerts >= 6);
    // Nothing is changed on the way.
    let hostile =
        real.alerts().into_iter().find(|alert| alert["labels"]["user"].to_string().contains("channel"));
    assert!(hostile.unwrap()["annotations"]["user_agent"].as_str().unwrap().starts_with("‹!channel›"));
}

#[test]
fn a_real_alertmanager_requires_the_password() {
    let people = Server::start(|_, _| ok(""));
    let access = format!("basic_auth_users:\n  afterhours: '{HASHED}'\n");
    let Some(real) = Real::start(&people.url, &access) else { return };
    let ran = home(&real.url, "").test("am");
    assert!(ran.ended(1).out.contains("it would not be tried again: 401"), "{}", ran.out);
    home(&real.url, BASIC).test("am").ended(0).hides(PASSWORD);
    until("the alert", || (real.alerts().len() == 1).then_some(()));
}
