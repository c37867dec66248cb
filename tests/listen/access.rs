//! Access to the listeners.

use crate::client::Client;
use crate::listener::{Listener, program};
use crate::records::{line, numbers};

const TOKEN: &str = "s3cret-token-of-the-pipeline";

fn post(listener: &Listener, headers: &str) -> u16 {
    listener.client().post(headers, line(1).as_bytes()).unwrap().status
}

#[test]
fn with_a_token_requests_without_it_are_rejected() {
    let mut command = program(&["--hours", "off"]);
    command.env("AFTERHOURS_TOKEN", TOKEN);
    let listener = Listener::of(&["http:127.0.0.1:0"], command);
    assert_eq!(post(&listener, &format!("Authorization: Bearer {TOKEN}\r\n")), 200);
    for headers in [
        String::new(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: Bearer {TOKEN}x\r\n"),
        format!("Authorization: Basic {TOKEN}\r\n"),
        format!("X-Token: {TOKEN}\r\n"),
    ] {
        let answer = listener.client().post(&headers, line(1).as_bytes()).unwrap();
        assert_eq!((answer.status, &*answer.headers["www-authenticate"]), (401, "Bearer"), "{headers}");
    }
    // The health check needs no token.
    let mut client = listener.client();
    client.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(client.answer().unwrap().status, 200);
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [1]);
    assert!(!ended.messages.contains("s3cret"), "{}", ended.messages);
}

#[test]
fn a_token_file_can_be_changed_while_the_program_runs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let listener = Listener::http(&["--token-file", path.to_str().unwrap()]);
    let old = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(post(&listener, &old), 200);
    std::fs::write(&path, "another").unwrap();
    assert_eq!(post(&listener, &old), 401);
    assert_eq!(post(&listener, "Authorization: Bearer another\r\n"), 200);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(post(&listener, &old), 503, "the token cannot be checked: to be sent again");
    let ended = listener.stop().with(0);
    assert_eq!(numbers(&ended.out), [1, 1]);
}

#[test]
fn non_loopback_addresses_need_a_token() {
    let rejected = |arguments: &[&str], token: Option<&str>, says: &str| {
        let mut command = program(arguments);
        command.envs(token.map(|token| ("AFTERHOURS_TOKEN", token)));
        let output = command.output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{messages}");
        assert!(messages.contains(says), "{messages}");
    };
    rejected(&["--listen", "http:0.0.0.0:0"], None, "--token-file");
    rejected(&["--listen", "http:[::]:0"], None, "--token-file");
    rejected(&["--listen", "tcp:0.0.0.0:0"], Some(TOKEN), "loopback");
    rejected(&["--listen", "http:127.0.0.1:0"], Some(" "), "empty");
    rejected(&["--listen", "http:127.0.0.1:0", "--token-file", "/nonexistent"], None, "/nonexistent");

    let mut command = program(&["--hours", "off"]);
    command.env("AFTERHOURS_TOKEN", TOKEN);
    let listener = Listener::of(&["http:0.0.0.0:0"], command);
    assert!(listener.messages().contains("a proxy can add TLS"), "{}", listener.messages());
    let port = listener.host(0).rsplit_once(':').unwrap().1;
    let answer = Client::connect(&format!("127.0.0.1:{port}")).unwrap().post("", b"").unwrap();
    assert_eq!(answer.status, 401);
}
