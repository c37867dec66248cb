use crate::channels::paging::opsgenie::*;
use crate::notify::{Notification, samples};
use crate::sys::config_file;

const KEY: &str = "11111111-2222-3333-4444-555555555555";

fn form() -> Form {
    let team = json!({ "type": "team", "name": "Security" });
    Form {
        priorities: SeverityMap::usual(USUAL),
        responders: vec![team],
        tags: (1..=TAGS).map(|number| format!("own-{number:02}")).collect(),
    }
}

fn means(status: u16, headers: &[(&'static str, &str)], body: &str) -> Delivery {
    meaning(&HttpResponse::of(status, headers, body), &|text| text.replace(KEY, "[secret]"))
}

#[test]
fn alerts_as_they_are_sent() {
    let form = Form { tags: vec!["aws".to_owned()], ..form() };
    for (name, message) in samples::all() {
        let alert = alert(&message, &form);
        samples::same_as_file(&format!("opsgenie/{name}.json"), &format!("{alert:#}\n"));
        assert_eq!(alert["alias"], message.key());
    }
}

#[test]
fn alerts_keep_within_the_limits_and_hold_no_tags() {
    let huge_without_mfa = match samples::huge() {
        Message::One(notification) => {
            Message::One(Box::new(Notification { mfa: Some(false), test: true, ..*notification }))
        }
        digest => digest,
    };
    let messages = samples::all().into_iter().map(|(_, message)| message);
    for message in messages.chain([samples::huge(), huge_without_mfa]) {
        let alert = alert(&message, &form());
        let length = |text: &Value| text.as_str().unwrap().chars().count();
        assert!(length(&alert["message"]) <= MESSAGE);
        // Nothing is lost at the end.
        assert!(length(&alert["description"]) < DESCRIPTION);
        assert!(alert.get("entity").is_none_or(|entity| length(entity) <= ENTITY));
        let details = alert["details"].as_object().unwrap();
        let all: usize = details.iter().map(|(name, text)| name.len() + length(text)).sum();
        assert!(all <= 8000, "{all}");
        let tags = alert["tags"].as_array().unwrap();
        assert!(tags.len() <= 20 && tags.iter().all(|tag| length(tag) <= TAG), "{tags:?}");
        assert!(!tags.iter().any(|tag| tag.as_str().unwrap().contains(',')));
        assert!(!alert.to_string().contains(['<', '>']));
    }
}

#[test]
fn responders_are_read_and_refused() {
    let read = |list: &str| {
        let toml = format!("responders = {list}");
        responders(config_file::read_table("a.toml", &toml).unwrap().take("responders"))
    };
    let uuid = "4513b7ea-3b91-438f-b7e4-e3e54af9147c";
    assert_eq!(
        read(&format!("[\"team:Cloud Security\", \"user:anaya@example.com\", \"escalation:{uuid}\"]"))
            .unwrap(),
        [
            json!({ "type": "team", "name": "Cloud Security" }),
            json!({ "type": "user", "username": "anaya@example.com" }),
            json!({ "type": "escalation", "id": uuid }),
        ]
    );
    assert_eq!(read("\"schedule:Nights\"").unwrap(), [json!({ "type": "schedule", "name": "Nights" })]);
    for wrong in ["\"Security\"", "\"team: \"", "\"tema:Security\"", "7"] {
        let refused = read(wrong).unwrap_err().to_string();
        assert!(refused.starts_with("a.toml:1: responders: "), "{refused}");
    }
    assert!(read("\"tema:Security\"").unwrap_err().to_string().contains("did you mean `team`?"));
}

#[test]
fn tags_are_read_and_refused() {
    let read = |list: &str| {
        let toml = format!("tags = {list}");
        tags(config_file::read_table("a.toml", &toml).unwrap().take("tags"))
    };
    assert_eq!(read("[\"aws\", \"prod\"]").unwrap(), ["aws", "prod"]);
    let many = format!("[{}]", "\"a\",".repeat(TAGS + 1));
    for wrong in ["\"a,b\"", "[\"\"]", &format!("\"{}\"", "x".repeat(TAG + 1)), &many] {
        assert!(read(wrong).unwrap_err().to_string().starts_with("a.toml:1: tags: "), "{wrong}");
    }
}

#[test]
fn what_answers_mean() {
    let accepted = r#"{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c"}"#;
    assert_eq!(means(202, &[], accepted), Delivery::done("202: Request will be processed; request 43a29c5c"));
    assert_eq!(means(202, &[], ""), Delivery::done("202"));
    for page in ["<html>Sign in</html>", "", "{}"] {
        assert!(
            matches!(means(200, &[], page), Delivery::Later { why, .. } if why.contains("not Opsgenie's")),
            "{page}"
        );
    }

    let invalid = r#"{"message":"Request body is not processable. Please check the errors.",
        "errors":{"priority":"should be one of [ P1, P2, P3, P4, P5 ]"},"took":0.0,"requestId":"7"}"#;
    let refused = "422: Request body is not processable. Please check the errors.; \
                   priority: should be one of [ P1, P2, P3, P4, P5 ]; request 7";
    assert_eq!(means(422, &[], invalid), Delivery::never(refused));
    let unknown = format!(r#"{{"message":"Could not authenticate {KEY}"}}"#);
    assert_eq!(means(401, &[], &unknown), Delivery::never("401: Could not authenticate [secret]"));
    for status in [301, 400, 401, 402, 403, 404, 405, 410, 413, 422] {
        assert!(matches!(means(status, &[], ""), Delivery::Never { .. }), "{status}");
    }

    let after = |delivery| match delivery {
        Delivery::Later { after, .. } => after.map(|after| after.as_secs()),
        other => panic!("{other:?}"),
    };
    assert_eq!(after(means(429, &[], r#"{"message":"You are making too many requests!"}"#)), Some(60));
    assert_eq!(after(means(429, &[("x-ratelimit-period-in-sec", "5")], "")), Some(5));
    assert_eq!(after(means(429, &[("x-ratelimit-period-in-sec", "5"), ("retry-after", "7")], "")), Some(7));
    for status in [408, 500, 502, 503, 504] {
        assert_eq!(after(means(status, &[], "")), None, "{status}");
    }
}
