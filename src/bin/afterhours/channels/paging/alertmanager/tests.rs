use crate::channels::paging::alertmanager::*;
use crate::notify::{Notification, samples};
use crate::sys::config_file;

/// 2026-11-21T16:45:00Z, a quarter of an hour after the sample's sign-in, as CloudTrail delivers.
const NOW: i64 = 1_795_279_500;

fn form() -> Form {
    Form {
        levels: SeverityMap::usual(USUAL),
        labels: BTreeMap::from([("team".to_owned(), "security".to_owned())]),
        resolve_after: RESOLVE_AFTER,
    }
}

fn one(notification: Notification) -> Message {
    Message::One(Box::new(notification))
}

#[test]
fn alerts_as_they_are_sent() {
    for (name, message) in samples::all() {
        let alerts = json!([alert(&message, &form(), NOW)]);
        samples::same_as_file(&format!("alertmanager/{name}.json"), &format!("{alerts:#}\n"));
    }
}

#[test]
fn labels_are_short_and_never_empty_and_hold_no_tags() {
    let nameless =
        one(Notification { user: Some(String::new()), schedule: String::new(), ..samples::notification() });
    let messages = samples::all().into_iter().map(|(_, message)| message);
    for message in messages.chain([samples::huge(), nameless]) {
        let alert = alert(&message, &form(), NOW);
        let labels = alert["labels"].as_object().unwrap();
        assert!(labels.keys().all(|name| name == "team" || OURS.contains(&name.as_str())), "{labels:?}");
        for text in labels.values().map(|text| text.as_str().unwrap()) {
            assert!(!text.is_empty() && text.chars().count() <= LABEL, "{text}");
        }
        assert!(!alert.to_string().contains(['<', '>']));
        assert!(alert.to_string().len() < 128 << 10);
    }
}

#[test]
fn copies_of_a_record_are_one_alert_and_other_sign_ins_are_not() {
    let labels = |notification: Notification, now| alert(&one(notification), &form(), now)["labels"].clone();
    let copy = Notification { region: Some("eu-west-1".to_owned()), ..samples::notification() };
    assert_eq!(labels(samples::notification(), NOW), labels(copy, NOW + 60));
    let other = Notification { key: "f".repeat(32), ..samples::notification() };
    assert_ne!(labels(samples::notification(), NOW), labels(other, NOW));
}

#[test]
fn an_alert_begins_with_the_sign_in_and_ends_in_the_future() {
    let times = |event_time, now| {
        let alert = alert(&one(Notification { event_time, ..samples::notification() }), &form(), now);
        let text = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
        (text("startsAt"), text("endsAt"))
    };
    let pair = |starts: &str, ends: &str| (starts.to_owned(), ends.to_owned());
    let event = 1_795_278_600;
    assert_eq!(times(Some(event), NOW), pair("2026-11-21T16:30:00Z", "2026-11-21T20:45:00Z"));
    // A day late: still sent, and not resolved before it was.
    assert_eq!(times(Some(event), NOW + 86_400), pair("2026-11-21T16:30:00Z", "2026-11-22T20:45:00Z"));
    // A time that is not yet, none at all, or one that has no form.
    for event in [Some(NOW + 86_400), None, Some(i64::MAX), Some(i64::MIN)] {
        assert_eq!(times(event, NOW), pair("2026-11-21T16:45:00Z", "2026-11-21T20:45:00Z"), "{event:?}");
    }
}

#[test]
fn labels_of_the_configuration() {
    let read = |table: &str| {
        let toml = format!("labels = {table}");
        labels(config_file::read_table("a.toml", &toml).unwrap().take("labels"))
    };
    assert_eq!(read("{ team = \"security\", _x1 = \"y\" }").unwrap().len(), 2);
    for (wrong, why) in [
        ("{ severity = \"page\" }", "afterhours sets this label itself"),
        ("{ \"a-b\" = \"c\" }", "letters, digits and `_`"),
        ("{ 1a = \"c\" }", "letters, digits and `_`"),
        ("{ team = \"\" }", "1 to 128 characters"),
        ("{ team = 7 }", "text is wanted"),
        ("\"team\"", "a table is wanted"),
    ] {
        let refused = read(wrong).unwrap_err().to_string();
        assert!(refused.starts_with("a.toml:1: labels") && refused.contains(why), "{refused}");
    }
}

#[test]
fn times_to_resolve() {
    let read = |text: &str| {
        let toml = format!("resolve_after = {text}");
        resolve_after(config_file::read_table("a.toml", &toml).unwrap().take("resolve_after"))
    };
    assert_eq!(read("\"12h\"").unwrap(), Duration::from_secs(43_200));
    for wrong in ["\"9m\"", "\"31d\"", "\"soon\"", "4"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_answers_mean() {
    let means = |status, body: &str| meaning(&HttpResponse::of(status, &[("retry-after", "7")], body));
    assert_eq!(means(200, ""), Delivery::done("200"));
    let page = means(200, "\n<!doctype html><title>Sign in</title>");
    assert!(matches!(page, Delivery::Later { why, .. } if why.contains("not Alertmanager's")));
    let invalid = r#"{"code":601,"message":"alerts.0.labels in body is required"}"#;
    assert_eq!(means(400, invalid), Delivery::never(format!("400: {invalid}")));
    for status in [301, 307, 400, 401, 403, 404, 405, 410, 413, 415, 422] {
        assert!(matches!(means(status, ""), Delivery::Never { .. }), "{status}");
    }
    assert!(matches!(means(404, "no"), Delivery::Never { why } if why.contains("base_url")));
    for status in [408, 429, 500, 502, 503, 504] {
        assert!(
            matches!(means(status, ""), Delivery::Later { after: Some(after), .. } if after.as_secs() == 7),
            "{status}"
        );
    }
}

#[test]
fn secrets_are_not_shown() {
    let access = Access::Basic {
        username: "afterhours".to_owned(),
        password: Secret::known("correct horse battery".to_owned()),
    };
    assert_eq!(access.header().unwrap().unwrap(), "Basic YWZ0ZXJob3Vyczpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=");
    assert!(!format!("{access:?}").contains("horse"));
}
