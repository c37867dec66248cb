use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::channels::sms::service::at;
use crate::channels::sms::*;
use crate::notify::http_client::HttpResponse;
use crate::notify::samples;

/// An answer as it would have come.
pub(super) fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
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
    let location = crate::sys::config_file::Location::option("from");
    let takes = |from: &str| sender(Spanned { value: from.to_owned(), location: location.clone() }).is_ok();
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

/// The notifier of a configuration, as the program makes it.
fn notifier(config: &str) -> (Arc<dyn Notifier>, tempfile::TempDir) {
    let mut table = crate::sys::config_file::read_table("test.toml", config).unwrap();
    let connection = crate::notify::connection::Connection { insecure: true, ..Default::default() };
    let location = crate::sys::config_file::Location::option("test");
    let secrets = tempfile::tempdir().unwrap();
    let context = Context { beside: secrets.path().to_owned(), connection, location };
    std::fs::write(secrets.path().join("secret"), "the-secret").unwrap();
    // A secret's file is read again for every request, and must outlive this.
    (build(&mut table, &context).unwrap(), secrets)
}

/// A service that gives these answers, one to a connection, and then what it was asked.
fn service(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = move |answer: String| {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut buffer) = (String::new(), [0; 4096]);
        let whole = |request: &str| {
            let (head, body) = request.split_once("\r\n\r\n")?;
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            (body.len() >= length.parse().ok()?).then_some(())
        };
        while whole(&request).is_none() {
            let read = stream.read(&mut buffer).unwrap();
            assert_ne!(read, 0, "{request}");
            request.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).unwrap();
        request
    };
    (url, std::thread::spawn(move || answers.into_iter().map(asked).collect()))
}

fn attempts(notifier: &dyn Notifier, count: usize) -> Vec<Delivery> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let message = Message::One(Box::new(samples::notification()));
    (0..count).map(|_| runtime.block_on(notifier.send(&message))).collect()
}

fn http(status: u16, headers: &str, body: &str) -> String {
    format!("{status} Status\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

#[test]
fn the_second_attempt_asks_only_whom_the_first_did_not_reach() {
    let (url, asked) = service(vec![http(201, "", "{}"), http(503, "", ""), http(201, "", "{}")]);
    let (twilio, _secrets) = notifier(&format!(
        "provider = \"twilio\"\naccount_sid = \"AC{0}\"\nauth_token = \"file:secret\"\nmessaging_service_sid = \"MG{0}\"\n\
         to = [\"+15552229998\", \"+15552229999\"]\nbase_url = \"{url}\"\n",
        "0123456789abcdef".repeat(2)
    ));
    let outcomes = attempts(&*twilio, 3);
    assert_eq!(outcomes[0], Delivery::later("1 of 2 have it; ..9999: 503"));
    assert_eq!(outcomes[1], Delivery::done("all 2 have it; 201: {}"));
    assert_eq!(outcomes[2], outcomes[1], "nobody is left to be asked");
    let asked: Vec<String> = asked.join().unwrap();
    let to = ["8", "9", "9"].map(|last| format!("To=%2B1555222999{last}&MessagingServiceSid=MG"));
    assert!(asked.iter().zip(&to).all(|(request, to)| request.contains(to.as_str())), "{asked:#?}");
}

#[test]
fn sns_is_asked_by_its_own_clock_once_it_complained() {
    let late =
        "<Error><Code>SignatureDoesNotMatch</Code><Message>Signature not yet current: a</Message></Error>";
    let (url, asked) = service(vec![
        http(403, "date: Sat, 21 Nov 2015 16:30:00 GMT\r\n", late),
        http(200, "", "<MessageId>1</MessageId>"),
    ]);
    let (sns, _secrets) = notifier(&format!(
        "provider = \"sns\"\nregion = \"eu-central-1\"\naccess_key_id = \"AKIDEXAMPLE\"\nsecret_access_key = \"file:secret\"\n\
         topic_arn = \"arn:aws:sns:eu-central-1:111122223333:on-call\"\nbase_url = \"{url}\"\n"
    ));
    assert_eq!(sns.target(), "SNS in eu-central-1 to topic on-call");
    let outcomes = attempts(&*sns, 2);
    assert!(matches!(&outcomes[0], Delivery::Later { why, .. } if why.contains("clock is")), "{outcomes:?}");
    assert_eq!(outcomes[1], Delivery::done("200: MessageId 1"));
    let asked: Vec<String> = asked.join().unwrap();
    assert!(asked[1].contains("x-amz-date: 20151121T163"), "{}", asked[1]);
    assert!(
        asked[1].contains("Credential=AKIDEXAMPLE/20151121/eu-central-1/sns/aws4_request"),
        "{}",
        asked[1]
    );
}
