use crate::channels::ticketing::servicenow::payload::*;
use crate::notify::notification::Notification;
use crate::notify::samples;
use crate::notify::samples::same_as_file;

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn what_is_sent_is_as_in_the_files() {
    for (name, message) in samples::all() {
        same_as_file(&format!("servicenow/incident-{name}.json"), &pretty(&incident(&message, &[])));
        same_as_file(&format!("servicenow/event-{name}.json"), &pretty(&event(&message)));
    }
}

#[test]
fn fields_go_before_the_severity_and_may_be_left_out() {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let fields =
        [field("urgency", "3"), field("category", ""), field("assignment_group", "SOC"), field("u_x", "1")];
    let incident = incident(&Message::One(Box::new(samples::notification())), &fields);
    assert_eq!(incident["impact"], "2");
    assert_eq!(incident["urgency"], "3");
    assert_eq!(incident["assignment_group"], "SOC");
    assert_eq!(incident["u_x"], "1");
    assert_eq!(incident.get("category"), None);
}

#[test]
fn severities_have_their_weights() {
    let mapped = |word: &str| {
        let message =
            Message::One(Box::new(Notification { severity: word.to_owned(), ..samples::notification() }));
        let (incident, event) = (incident(&message, &[]), event(&message));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        text(&incident["impact"]) + &text(&incident["urgency"]) + &text(&event["records"][0]["severity"])
    };
    assert_eq!(
        ["critical", "high", "medium", "low", "info"].map(mapped),
        ["111", "212", "223", "324", "335"]
    );
}

/// Every text of the record as long as it may be, and in characters that JSON escapes.
#[test]
fn the_longest_texts_fit_and_say_what_to_do() {
    for huge in ["x".repeat(1024), "\"".repeat(1024), "\u{1f980}".repeat(1024), "[code]".repeat(170)] {
        let some = || Some(huge.clone());
        let notification = Notification {
            user: some(),
            arn: some(),
            account: some(),
            identity: some(),
            source_ip: some(),
            user_agent: some(),
            event_id: some(),
            region: some(),
            cause: some(),
            ..samples::notification()
        };
        let message = Message::One(Box::new(notification));
        let incident = incident(&message, &[]);
        let long = |value: &Value| value.as_str().unwrap().chars().count();
        assert!(long(&incident["short_description"]) <= SHORT);
        assert!(long(&incident["description"]) <= LONG);
        assert!(
            incident["description"].as_str().unwrap().contains("What to do: Ask the user"),
            "{incident:#}"
        );
        let event = event(&message);
        let event = &event["records"][0];
        for name in ["node", "event_class", "type", "resource"] {
            assert!(long(&event[name]) <= NAME, "{name}");
        }
        assert!(long(&event["description"]) <= LONG);
        let info = event["additional_info"].as_str().unwrap();
        assert!(info.chars().count() <= LONG, "{}", info.len());
        let info: Value = serde_json::from_str(info).unwrap();
        assert!(info["what_to_do"].as_str().unwrap().starts_with("Ask the user"));
        assert!(!event.to_string().to_lowercase().contains("[code"));
    }
}

#[test]
fn code_tags_are_tamed_and_nothing_else() {
    assert_eq!(
        tame("[code]<b>[/CODE] [x] a[i] [ code [/ code"),
        "[ code]<b>[ /CODE] [x] a[i] [  code [ / code"
    );
    assert_eq!(tame("[["), "[[");
    assert_eq!(tame("[cöde [cod"), "[cöde [cod");
}
