use std::collections::BTreeSet;

use serde_json::Value;

use crate::channels::webhook::payload::{Alert, CloudEvent, FIELDS};
use crate::channels::webhook::*;
use crate::notify::samples;

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn payloads_are_those_of_the_files() {
    for (name, message) in samples::all() {
        samples::same_as_file(&format!("webhook/alert-{name}.json"), &pretty(&Alert::of(&message)));
        let event = CloudEvent::of(&message, "https://soc.example.com/afterhours");
        samples::same_as_file(&format!("webhook/cloudevent-{name}.json"), &pretty(&event));
    }
}

/// A full validator evaluates the files in tests/notify; that no field is left out or new is seen everywhere.
#[test]
fn fields_are_those_of_the_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(schema["$id"], payload::SCHEMA_ID);
    let mut all = BTreeSet::new();
    for (name, message) in samples::all() {
        let alert = serde_json::to_value(Alert::of(&message)).unwrap();
        let form = &schema["$defs"][alert["kind"].as_str().unwrap()];
        let known: BTreeSet<&String> = form["properties"].as_object().unwrap().keys().collect();
        assert_eq!(alert.as_object().unwrap().keys().collect::<BTreeSet<_>>(), known, "{name}");
        let required: Vec<String> = serde_json::from_value(form["required"].clone()).unwrap();
        assert_eq!(required.iter().collect::<BTreeSet<_>>(), known, "{name}");
        all.extend(known.into_iter().cloned());
    }
    assert_eq!(all, FIELDS.iter().map(|field| (*field).to_owned()).collect());
}

#[test]
fn events_are_named_by_the_key_and_say_who() {
    for (name, message) in samples::all() {
        let event = serde_json::to_value(CloudEvent::of(&message, "/afterhours")).unwrap();
        assert_eq!(event["id"], message.key(), "{name}");
        assert_eq!(event["data"]["key"], message.key(), "{name}");
        assert!(event.as_object().unwrap().values().all(|value| !value.is_null()), "{name}");
    }
    let mut notification = samples::notification();
    notification.arn = Some("arn:\u{ffff}".to_owned());
    let message = Message::One(Box::new(notification));
    let event = CloudEvent::of(&message, "/afterhours");
    assert!(!serde_json::to_string(&event).unwrap().contains("\"subject\""));
}

#[test]
fn the_largest_alert_is_small() {
    let huge = || Some("\u{1f600}".repeat(1024));
    let notification = crate::notify::notification::Notification {
        user: huge(),
        arn: huge(),
        account: huge(),
        identity: huge(),
        source_ip: huge(),
        user_agent: huge(),
        region: huge(),
        event_id: huge(),
        ..samples::notification()
    };
    let body = Body::Json.render(&Message::One(Box::new(notification))).unwrap();
    assert!(body.len() < 64 << 10, "{}", body.len());
}

#[test]
fn what_answers_mean() {
    let answer = |status: u16| HttpResponse {
        status,
        headers: reqwest::header::HeaderMap::new(),
        body: String::new(),
        said: "said".to_owned(),
        retry_after: Some(std::time::Duration::from_secs(7)),
    };
    for status in [200, 201, 202, 204, 299] {
        assert!(matches!(outcome(&answer(status)), Delivery::Done { .. }), "{status}");
    }
    for status in [408, 425, 429, 500, 501, 502, 503, 504, 599] {
        let later = outcome(&answer(status));
        assert!(matches!(later, Delivery::Later { after: Some(_), .. }), "{status}: {later:?}");
    }
    for status in [300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 451] {
        assert!(matches!(outcome(&answer(status)), Delivery::Never { .. }), "{status}");
    }
    assert_eq!(
        outcome(&answer(410)),
        Delivery::never(
            "the endpoint is gone for good and says so; take the channel out, or give it its new address (410: said)"
        )
    );
}

#[test]
fn addresses_without_encryption() {
    let asked =
        |text: &str, plain| address(&Secret::known(text.to_owned()), plain).map(|url| url.to_string());
    for local in [
        "http://127.0.0.1:8080/x",
        "http://localhost/",
        "http://[::1]:1/",
        "http://127.9.9.9/",
        "HTTP://LOCALHOST/",
    ] {
        assert!(asked(local, Plain::Loopback).is_ok(), "{local}");
        assert!(asked(local, Plain::Nowhere).is_err(), "{local}");
    }
    // The host is what counts, not what the text begins with.
    for other in [
        "http://localhost:x@evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://localhost.evil.example/",
        "http://10.0.0.1/",
        "http://evil.example/",
        "HTTP://evil.example/",
        "https://user:pass@evil.example/",
        "ftp://localhost/",
        "",
    ] {
        assert!(asked(other, Plain::Loopback).is_err(), "{other}");
    }
    assert!(asked("http://10.0.0.1/", Plain::Anywhere).is_ok());
    assert!(asked("https://hooks.example/", Plain::Nowhere).is_ok());
}
