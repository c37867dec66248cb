use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::super::super::samples;
use super::*;

/// An answer as it would have come.
pub(super) fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: body.to_owned(),
        said: body.to_owned(),
        retry_after: None,
    }
}

const ROOM: Room = Room { segments: 1, reserved: 0 };

fn object<K: Into<String>, V: Into<Value>>(fields: impl IntoIterator<Item = (K, V)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

/// The forms of all messages, by their names.
fn forms(form: impl Fn(&str, &str) -> Value) -> Value {
    object(
        samples::all().iter().map(|(name, message)| (*name, form(&text::text(message, ROOM), message.key()))),
    )
}

fn twilio_forms() -> Value {
    let senders = [
        ("from", twilio::Sender::From("+14155552345".to_owned())),
        ("service", twilio::Sender::Service("MG0123456789abcdef0123456789abcdef".to_owned())),
    ];
    object(
        senders.iter().map(|(name, sender)| {
            (*name, forms(|text, _| object(twilio::fields("+15552229999", text, sender))))
        }),
    )
}

fn vonage_forms() -> Value {
    let account = vonage::Account { api_key: "abcd1234", api_secret: "the-secret", from: "+447700900000" };
    forms(|text, key| object(vonage::fields(&account, "+447700900001", text, key)))
}

fn sns_forms() -> Value {
    let number = Recipient::Number("+15552229999".to_owned());
    let topic = Recipient::Topic("arn:aws:sns:eu-central-1:111122223333:on-call".to_owned());
    let ways = [
        ("plain", &number, None),
        ("name", &number, Some("AcmeSec")),
        ("number", &number, Some("+14155552345")),
        ("topic", &topic, None),
    ];
    object(ways.map(|(name, to, from)| {
        (name, forms(|text, _| object(sns::fields(to, text, "Transactional", from))))
    }))
}

#[test]
fn forms_are_as_they_were() {
    for (name, forms) in [("twilio", twilio_forms()), ("vonage", vonage_forms()), ("sns", sns_forms())] {
        samples::same_as_file(&format!("sms/{name}.json"), &format!("{forms:#}\n"));
    }
}

/// The services' own descriptions of their forms, and botocore's model of Publish, which also must make the same form of the
/// same message.
#[test]
fn forms_are_as_the_services_describe_them() {
    let question = json!({ "twilio": twilio_forms(), "vonage": vonage_forms() });
    if let Some(judged) = judges::python("sms_forms.py", &question) {
        println!("forms that keep to the schemas: {judged}");
    }
    if let Some(judged) = judges::python("aws_judge.py", &json!({ "publish": sns_forms() })) {
        println!("forms that botocore makes alike: {judged}");
    }
}

#[test]
fn numbers_and_senders() {
    for number in ["+15552229999", "+4915112345678", "+123456789012345", "+1234567"] {
        assert!(is_e164(number), "{number}");
    }
    for number in [
        "",
        "+",
        "15552229999",
        "+05552229999",
        "+1 555 222 9999",
        "+1234567890123456",
        "+123456",
        "+1555222999x",
        "+１５５５２２２９９９９",
    ] {
        assert!(!is_e164(number), "{number}");
    }
    let place = crate::program::config::Place::option("from");
    let takes = |from: &str| sender(Text { text: from.to_owned(), place: place.clone() }).is_ok();
    for from in ["+14155552345", "12345", "AcmeSec", "Acme Sec-24"] {
        assert!(takes(from), "{from}");
    }
    for from in ["12", "123456789", "Acme Security", "Acmé", "whatsapp:+14155552345", "a\r\nb"] {
        assert!(!takes(from), "{from}");
    }
}

#[test]
fn paths_lie_below_the_base() {
    for (base, path, whole) in [
        ("https://api.twilio.com", "a/b.json", "https://api.twilio.com/a/b.json"),
        ("https://proxy.example/twilio/?x#y", "a/b.json", "https://proxy.example/twilio/a/b.json"),
        ("https://proxy.example/sns/", "", "https://proxy.example/sns"),
        ("https://sns.eu-central-1.amazonaws.com", "", "https://sns.eu-central-1.amazonaws.com/"),
    ] {
        let mut url = base.parse().unwrap();
        at(&mut url, path);
        assert_eq!(url.as_str(), whole);
    }
}
