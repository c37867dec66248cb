//! Webhooks checked by others: the schemas by a validator of PyPI, the program's requests by the
//! receivers' own packages.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::program::Home;
use kit::http_server::{Server, ok};
use kit::second_opinion;

fn golden(prefix: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notify/webhook");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix)).collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    files
}

#[test]
fn alerts_are_valid_by_their_schema() {
    let schema = kit::root().join("src/bin/afterhours/channels/webhook/payload.schema.json");
    // Validates with the schema that the program prints.
    let printed = Home::new("").run(&["schema", "alert"]);
    assert_eq!(printed.ended(0).out, std::fs::read_to_string(&schema).unwrap());
    if let Some(messages) =
        second_opinion::python("json_schema.py", &[vec![schema], golden("alert-")].concat())
    {
        print!("{messages}");
    }
}

#[test]
fn events_are_valid_by_the_cloudevents_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas/cloudevents/cloudevents.json");
    if !schema.exists() {
        println!("skipped: no {}", schema.display());
        return;
    }
    if let Some(messages) =
        second_opinion::python("json_schema.py", &[vec![schema], golden("cloudevent-")].concat())
    {
        print!("{messages}");
    }
}

/// The program's requests, verified and read by the packages that receivers use.
#[test]
fn receivers_verify_and_read_the_requests() {
    let secrets = [[7_u8; 32], [8; 32]].map(|bytes| format!("whsec_{}", STANDARD.encode(bytes)));
    let server = Server::start(|_, _| ok("{}"));
    let home = Home::new(&format!(
        "[notify.hook]\ntype = \"webhook\"\nurl = \"{}/in\"\ninsecure = true\nformat = \"cloudevents\"\n\
         source = \"https://soc.example.com/afterhours\"\nsigning_secrets = [\"env:NEW\", \"env:OLD\"]\n",
        server.url
    ))
    .env("NEW", &secrets[0])
    .env("OLD", &secrets[1]);
    home.test("hook").ended(0);
    let request = server.only();
    let sent = json!({
        "secrets": secrets,
        "stranger": format!("whsec_{}", STANDARD.encode([9; 32])),
        "source": "https://soc.example.com/afterhours",
        "headers": request.headers,
        "body": STANDARD.encode(&request.body),
    });
    let file = home.path("request.json");
    std::fs::write(&file, sent.to_string()).unwrap();
    for messages in [
        second_opinion::python("standard_webhooks.py", std::slice::from_ref(&file)),
        second_opinion::node("webhooks.mjs", std::slice::from_ref(&file)),
    ]
    .into_iter()
    .flatten()
    {
        print!("{messages}");
    }
}
