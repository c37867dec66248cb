//! A webhook of the user's own.

use crate::program::Home;
use crate::server::{Server, ok, status};

#[test]
fn a_test_notice_arrives_and_the_answer_is_shown() {
    let server = Server::start(|_, _| ok("thanks"));
    let home = Home::new(&format!(
        "[notify.hook]\ntype = \"webhook\"\nurl = \"{}/in\"\ninsecure = true\n",
        server.url
    ));
    let ran = home.test("hook");
    ran.ended(0);
    assert_eq!(ran.out, "hook (webhook, 127.0.0.1): delivered: 200: thanks\n");
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/in"));
    assert_eq!(request.json()["notice"]["test"], true);
}

#[test]
fn a_refusal_is_shown_without_the_address() {
    let server = Server::start(|request, _| status(403, &format!("no: {}", request.target)));
    let home = Home::new("[notify.hook]\ntype = \"webhook\"\nurl = \"env:HOOK\"\ninsecure = true\n")
        .env("HOOK", format!("{}/s3cret-path", server.url));
    let ran = home.test("hook");
    ran.ended(1).hides("s3cret-path");
    assert_eq!(
        ran.out,
        "hook (webhook, 127.0.0.1): not delivered, and it would not be tried again: 403: no: /[secret]\n"
    );
}
