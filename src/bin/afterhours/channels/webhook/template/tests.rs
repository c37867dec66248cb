use crate::channels::webhook::template::*;

fn made(source: &str, content_type: &str) -> Result<Template, Wrong> {
    Template::new(source.to_owned(), content_type, Vec::new())
}

#[track_caller]
fn refused(source: &str, content_type: &str) -> String {
    let wrong = made(source, content_type).unwrap_err();
    format!("{}: {}", wrong.line.unwrap_or(0), wrong.what)
}

/// What a template makes of the sample of this name.
fn filled(source: &str, content_type: &str, name: &str) -> String {
    let template = made(source, content_type).unwrap();
    let (_, message) = samples::all().into_iter().find(|(known, _)| *known == name).unwrap();
    String::from_utf8(template.render(&message).unwrap()).unwrap()
}

#[test]
fn values_are_written_as_the_body_needs_them() {
    let title = "After-hours console sign-in: anaya (111122223333)";
    assert_eq!(
        filled("{\"t\": {{ title }}, \"mfa\": {{ mfa }}}", "application/json", "one"),
        format!("{{\"t\": \"{title}\", \"mfa\": true}}")
    );
    assert_eq!(
        filled("title={{ title }}&user={{ user }}", "application/x-www-form-urlencoded", "one"),
        "title=After-hours+console+sign-in%3A+anaya+%28111122223333%29&user=anaya"
    );
    assert_eq!(filled("{{ user }} {{ cause }}!", "text/plain; charset=utf-8", "little"), " !");
    assert_eq!(filled("{{ title }}\n", "text/plain", "one"), format!("{title}\n"));
    assert_eq!(
        filled("{\"create\":{}}\n{{ alert }}\n", "application/x-ndjson", "unreadable").lines().count(),
        2
    );
    assert_eq!(filled("{{ 'sign-in of ' ~ user }}", "application/json", "one"), "\"sign-in of anaya\"");
    // Numbers are numbers.
    assert_eq!(filled("[{{ count }}, {{ version }}]", "application/json", "digest"), "[300, 1]");
}

#[test]
fn a_strangers_text_stays_a_value() {
    let body = filled("{\"a\": {{ user_agent }}}", "application/json", "hostile");
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(value["a"].as_str().unwrap().contains("\"; --") && value.as_object().unwrap().len() == 1);
    let body = filled("a={{ user_agent }}&b=1", "application/x-www-form-urlencoded", "hostile");
    assert_eq!(form_urlencoded::parse(body.as_bytes()).count(), 2);
    let body = filled("<p>{{ user_agent }}</p>", "text/html", "hostile");
    assert!(body.contains("&lt;script&gt;") && !body.contains("<script>"), "{body}");
    // It is data, and never a template: {{7*7}} stays.
    assert!(body.contains("{{7*7}}"), "{body}");
}

#[test]
fn all_there_is_can_be_named() {
    for field in FIELDS.iter().chain(MORE) {
        made(&format!("{{{{ {field} }}}}"), "application/json")
            .unwrap_or_else(|wrong| panic!("{field}: {wrong:?}"));
    }
    let names = "{% for one in by_user or [] %}{{ one.name }} {{ one.count }},{% endfor %}";
    assert!(filled(names, "text/plain", "digest").contains(",user-0 8,user-1 8,"));
    assert_eq!(filled(names, "text/plain", "one"), "");
    let facts = "{% for fact in facts %}{{ fact.label }}={{ fact.value }};{% endfor %}";
    assert!(filled(facts, "text/plain", "one").starts_with("User=anaya;"));
    assert!(filled("{{ alert }}", "application/json", "one").contains("\"kind\":\"sign_in\""));
    assert!(filled("{{ text }}", "text/plain", "test").contains("What to do: Nothing"));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    assert!(refused("{\n{{ title }\n}", "application/json").starts_with("2: syntax error"));
    assert!(refused("\n\n{% include 'x' %}", "text/plain").starts_with("3: syntax error"));
    assert!(refused("{{ title | nope }}", "text/plain").starts_with("1: unknown filter"));
    assert_eq!(
        refused("{{ titel }}", "text/plain").split(';').take(2).collect::<String>(),
        "0: an alert has no field \"titel\" did you mean `title`? Known here: version, kind, key, test, title, severity, \
         why, what_to_do, verdict, reason, cause, schedule, rule, user, role, arn, account, identity_type, outcome, mfa, time, \
         local_time, time_zone, source_ip, user_agent, region, event_id, link, error, line_number, count, failures, \
         unreadable, first, last, users, accounts, addresses, by_user, by_account, by_address, alert, text, facts, variables"
    );
    // Only a digest has these names: it is the sample that finds what is wrong.
    let wrong = refused("{% for one in by_user or [] %}\n{{ one.nam }}{% endfor %}", "text/plain");
    assert!(
        wrong.starts_with("2: undefined value") && wrong.ends_with("; seen with the sample \"digest\""),
        "{wrong}"
    );
    let wrong = refused("{\"t\": \"{{ title }}\"}", "application/json");
    assert!(wrong.contains("no JSON") && wrong.contains("write {{ title }}, not \"{{ title }}\""), "{wrong}");
    assert!(refused("{{ title }}\n{{ title }} x\n", "application/x-ndjson").contains("no JSON"));
    assert!(refused("<p>", "application/problem+json").contains("no JSON"));
}

/// No sample can foresee every record: what fails then is said, and nothing half-made is sent.
#[test]
fn a_body_that_fails_at_the_alert_is_no_body() {
    let template = made("{{ title }}{% if user == 'eve' %}]{% endif %}", "application/json").unwrap();
    let message = |user: &str| {
        Message::One(Box::new(crate::notify::notification::Notification {
            user: Some(user.to_owned()),
            ..samples::notification()
        }))
    };
    assert!(template.render(&message("anaya")).is_ok());
    let why = template.render(&message("eve")).unwrap_err();
    assert!(why.starts_with("the template: the body is no JSON: trailing characters"), "{why}");
}

#[test]
fn a_template_is_bounded_in_time_and_size() {
    let started = std::time::Instant::now();
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}\
                   {% endfor %}{% endfor %}";
    assert!(refused(endless, "text/plain").contains("more than any alert needs"));
    assert!(refused("{{ 'x' * 90000000 }}", "text/plain").contains("more than any alert needs"));
    assert!(refused("{{ 'x' * 300000 }}", "text/plain").contains("more than 256 KiB"));
    let deep = format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(made(&format!("{{{{ {deep} }}}}"), "text/plain").is_err());
    let nested = "{% if 1 %}".repeat(5000) + &"{% endif %}".repeat(5000);
    assert!(made(&nested, "text/plain").is_err());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
