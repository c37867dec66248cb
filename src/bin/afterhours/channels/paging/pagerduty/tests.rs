use crate::channels::paging::pagerduty::*;
use crate::notify::samples;

const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

fn of(message: &Message) -> Value {
    event(message, &SeverityMap::usual(USUAL), KEY)
}

fn means(status: u16, headers: &[(&'static str, &str)], body: &str) -> Delivery {
    meaning(&HttpResponse::of(status, headers, body), &|text| text.replace(KEY, "[secret]"))
}

#[test]
fn events_as_they_are_sent() {
    for (name, message) in samples::all() {
        let event = of(&message);
        samples::same_as_file(&format!("pagerduty/{name}.json"), &format!("{event:#}\n"));
        assert_eq!(event["dedup_key"], message.key());
    }
}

#[test]
fn events_keep_within_the_limits() {
    for message in samples::all().into_iter().map(|(_, message)| message).chain([samples::huge()]) {
        let event = of(&message);
        assert!(event["payload"]["summary"].as_str().unwrap().chars().count() <= SUMMARY);
        assert!(!event["payload"]["source"].as_str().unwrap().is_empty());
        assert!(LEVELS.contains(&event["payload"]["severity"].as_str().unwrap()));
        assert!(event.to_string().len() < 512_000 / 2, "{}", event.to_string().len());
    }
}

#[test]
fn a_digest_of_several_accounts_has_a_source() {
    let mut digest = samples::digest();
    digest.add(&crate::notify::Notification {
        account: Some("444455556666".to_owned()),
        ..samples::notification()
    });
    let event = of(&Message::Digest(Box::new(digest)));
    assert_eq!(event["payload"]["source"], "AWS CloudTrail");
    assert_eq!(event["payload"]["custom_details"]["by_account"], "111122223333 300, 444455556666 1");
}

#[test]
fn what_answers_mean() {
    let accepted = r#"{"status":"success","message":"Event processed","dedup_key":"a"}"#;
    assert_eq!(means(202, &[], accepted), Delivery::done("202: Event processed"));
    assert_eq!(means(200, &[], accepted), Delivery::done("200: Event processed"));
    assert_eq!(means(202, &[], ""), Delivery::done("202"));
    for page in ["<html>Sign in</html>", "", "{}"] {
        assert!(
            matches!(means(200, &[], page), Delivery::Later { why, .. } if why.contains("base_url")),
            "{page}"
        );
    }

    let invalid = r#"{"status":"invalid event","message":"Event object is invalid",
        "errors":["'routing_key' 0123456789abcdefghijklmnopqrstuv is unknown","'payload.source' is missing"]}"#;
    let refused =
        "400: Event object is invalid: 'routing_key' [secret] is unknown: 'payload.source' is missing";
    assert_eq!(means(400, &[], invalid), Delivery::never(refused));
    assert_eq!(means(400, &[], "no JSON"), Delivery::never("400: no JSON"));
    for status in [301, 302, 401, 402, 403, 404, 405, 410, 413, 414, 415, 422] {
        assert!(matches!(means(status, &[], ""), Delivery::Never { .. }), "{status}");
    }

    let after = |delivery| match delivery {
        Delivery::Later { after, .. } => after,
        other => panic!("{other:?}"),
    };
    assert_eq!(after(means(429, &[], "Too many")), Some(WAIT));
    assert_eq!(after(means(429, &[("retry-after", "7")], "")), Some(Duration::from_secs(7)));
    for status in [408, 500, 502, 503, 504, 599] {
        assert_eq!(
            after(means(status, &[("retry-after", "9")], "")),
            Some(Duration::from_secs(9)),
            "{status}"
        );
        assert_eq!(after(means(status, &[], "")), None, "{status}");
    }
}

#[test]
fn routing_keys() {
    assert!(is_routing_key(KEY) && is_routing_key("R0123456789ABCDEF0123456789ABCDE"));
    for other in ["", "u+AbCdEf-GhIjKlMnOpQ", &KEY[1..], "0123456789abcdef 0123456789abcde"] {
        assert!(!is_routing_key(other), "{other}");
    }
}
