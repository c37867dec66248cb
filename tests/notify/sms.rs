//! Text messages: Twilio, Amazon SNS, Vonage.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::program::Home;
use kit::http_server::{Reply, Server, ok, status};
use kit::second_opinion;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const QUEUED: &str = r#"{"sid":"SM00000000000000000000000000000001","status":"queued","error_code":null}"#;

/// A configuration with Twilio at this URL.
fn twilio(url: &str, to: &str) -> Home {
    Home::new(&format!(
        "[notify.oncall]\ntype = \"sms\"\nprovider = \"twilio\"\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"env:TOKEN\"\n\
         from = \"+14155552345\"\nto = {to}\nbase_url = \"{url}\"\ninsecure = true\n"
    ))
    .env("TOKEN", "the-auth-token")
}

fn sns(url: &str, more: &str) -> Home {
    Home::new(&format!(
        "[notify.oncall]\ntype = \"sms\"\nprovider = \"sns\"\nregion = \"eu-central-1\"\naccess_key_id = \"env:KEY_ID\"\n\
         secret_access_key = \"env:KEY\"\nbase_url = \"{url}\"\ninsecure = true\n{more}"
    ))
    .env("KEY_ID", "AKIDEXAMPLE")
    .env("KEY", "the/secret+key")
}

fn vonage(url: &str) -> Home {
    Home::new(&format!(
        "[notify.oncall]\ntype = \"sms\"\nprovider = \"vonage\"\napi_key = \"abcd1234\"\napi_secret = \"env:SECRET\"\n\
         from = \"AcmeSec\"\nto = [\"+447700900000\"]\nbase_url = \"{url}\"\ninsecure = true\n"
    ))
    .env("SECRET", "the-api-secret")
}

#[test]
fn twilio_gets_one_request_for_each_number() {
    let server = Server::start(|_, _| status(201, QUEUED));
    let ran = twilio(&server.url, r#"["+15552229998", "+15552229999"]"#).test("oncall");
    ran.ended(0).hides("the-auth-token").hides("15552229999");
    assert_eq!(
        ran.out,
        "oncall (sms, Twilio to ..9998, ..9999): delivered: all 2 have it; 201: queued, SM00000000000000000000000000000001\n"
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for (request, to) in requests.iter().zip(["+15552229998", "+15552229999"]) {
        assert_eq!(request.method, "POST");
        assert_eq!(request.target, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
        assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
        // base64 of the account and the token.
        let basic = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0aGUtYXV0aC10b2tlbg==";
        assert_eq!(request.header("authorization"), basic);
        let form = request.form();
        assert_eq!((form["To"].as_str(), form["From"].as_str(), form.len()), (to, "+14155552345", 3));
        let text = &form["Body"];
        assert!(
            text.starts_with(
                "TEST, nobody signed in. LOW: after-hours AWS sign-in by test-user (111122223333), "
            ),
            "{text}"
        );
        assert!(text.len() <= 160 && !text.contains('\n'), "{text}");
    }
}

#[test]
fn twilio_errors_and_rate_limits() {
    let rejected = r#"{"code":20003,"message":"Authenticate: Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0aGUtYXV0aC10b2tlbg== the-auth-token","status":401}"#;
    let server = Server::start(move |_, _| status(401, rejected));
    let ran = twilio(&server.url, r#""+15552229999""#).test("oncall");
    ran.ended(1).hides("the-auth-token").hides("QUMwMTIz");
    assert_eq!(
        ran.out,
        "oncall (sms, Twilio to ..9999): not delivered, and it would not be tried again: ..9999: 401: 20003: Authenticate: Basic \
         [secret] [secret]\n"
    );

    // The second number gets a rate limit; the third is not tried.
    let server = Server::start(|_, number| match number {
        0 => status(201, QUEUED),
        _ => Reply::Answer(
            429,
            vec![("retry-after", "7".to_owned())],
            br#"{"code":20429,"message":"Too Many Requests","status":429}"#.to_vec(),
        ),
    });
    let ran = twilio(&server.url, r#"["+15552229997", "+15552229998", "+15552229999"]"#).test("oncall");
    ran.ended(1);
    assert!(
        ran.out.ends_with(
            "not delivered; it would be tried again: 1 of 3 have it; ..9998: 429: 20429: Too Many Requests (it asks to wait 7 s)\n"
        ),
        "{}",
        ran.out
    );
    assert_eq!(server.count(), 2);

    // A recipient who has opted out does not affect the others, and the partial delivery is
    // reported.
    let server = Server::start(|_, number| match number {
        0 => status(
            400,
            r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#,
        ),
        _ => status(201, QUEUED),
    });
    let ran = twilio(&server.url, r#"["+15552229998", "+15552229999"]"#).test("oncall");
    ran.ended(1);
    assert!(
        ran.out.contains("not be tried again: 1 of 2 have it; ..9998: 400: 21610: Attempt"),
        "{}",
        ran.out
    );
    assert_eq!(server.count(), 2);
}

#[test]
fn sns_requests_are_signed() {
    let server = Server::start(|_, _| {
        ok(
            "<PublishResponse><PublishResult><MessageId>567910cd-659e</MessageId></PublishResult></PublishResponse>",
        )
    });
    let ran =
        sns(&server.url, "to = \"+15552229999\"\nfrom = \"AcmeSec\"\nsession_token = \"env:SESSION\"\n")
            .env("SESSION", "the-session-token")
            .test("oncall");
    ran.ended(0).hides("the/secret+key").hides("the-session-token");
    assert_eq!(
        ran.out,
        "oncall (sms, SNS in eu-central-1 to ..9999): delivered: 200: MessageId 567910cd-659e\n"
    );
    let request = server.only();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/"));
    let date = request.header("x-amz-date");
    assert!(date.len() == 16 && date.ends_with('Z'), "{date}");
    let begins = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/eu-central-1/sns/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=",
        &date[..8]
    );
    assert!(request.header("authorization").starts_with(&begins), "{}", request.header("authorization"));
    assert_eq!(request.header("x-amz-security-token"), "the-session-token");
    let form = request.form();
    assert_eq!((form["Action"].as_str(), form["PhoneNumber"].as_str()), ("Publish", "+15552229999"));
    assert_eq!(form["MessageAttributes.entry.2.Name"], "AWS.SNS.SMS.SenderID");
    assert!(form["Message"].starts_with("TEST, nobody signed in. "));
}

#[test]
fn sns_errors_are_shown_without_the_signature() {
    let server = Server::start(|request, _| {
        let words = format!("not a valid key=value pair in header: {}", request.header("authorization"));
        status(
            403,
            &format!(
                "<ErrorResponse><Error><Code>IncompleteSignature</Code><Message>{words}</Message></Error></ErrorResponse>"
            ),
        )
    });
    let ran = sns(&server.url, "to = \"+15552229999\"\n").test("oncall");
    ran.ended(1).hides("the/secret+key");
    let signature = server.only().header("authorization").rsplit('=').next().unwrap().to_owned();
    assert_eq!(signature.len(), 64);
    ran.hides(&signature[..8]);
    assert!(
        ran.out.contains("not be tried again: ..9999: 403: IncompleteSignature: not a valid key"),
        "{}",
        ran.out
    );

    // A wrong clock is reported and retried.
    let server = Server::start(|_, _| {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>Signature not yet current: a is still later than b</Message></Error>";
        Reply::Answer(
            403,
            vec![("date", "Sat, 21 Nov 2015 16:30:00 GMT".to_owned())],
            body.as_bytes().to_vec(),
        )
    });
    let ran = sns(&server.url, "to = \"+15552229999\"\n").test("oncall");
    ran.ended(1);
    assert!(ran.out.contains("it would be tried again: ..9999: this machine's clock is "), "{}", ran.out);
    assert!(ran.out.contains(" s ahead of the service's: 403: SignatureDoesNotMatch"), "{}", ran.out);
}

#[test]
fn vonage_reports_its_status_in_the_body() {
    let server = Server::start(|_, number| match number {
        0 => {
            ok(r#"{"message-count":"1","messages":[{"to":"447700900000","message-id":"0C01","status":"0"}]}"#)
        }
        1 => {
            ok(r#"{"message-count":"1","messages":[{"status":"1","error-text":"Throughput Rate Exceeded"}]}"#)
        }
        _ => ok(
            r#"{"message-count":"1","messages":[{"status":"4","error-text":"Bad Credentials the-api-secret"}]}"#,
        ),
    });
    let home = vonage(&server.url);
    let ran = home.test("oncall");
    ran.ended(0);
    assert_eq!(ran.out, "oncall (sms, Vonage to ..0000): delivered: 200: status 0, 0C01\n");
    let ran = home.test("oncall");
    ran.ended(1);
    assert!(
        ran.out.contains("would be tried again: ..0000: 200: status 1: Throughput Rate Exceeded"),
        "{}",
        ran.out
    );
    let ran = home.test("oncall");
    ran.ended(1).hides("the-api-secret");
    assert!(
        ran.out.contains("not be tried again: ..0000: 200: status 4: Bad Credentials [secret]"),
        "{}",
        ran.out
    );
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/sms/json"));
    let form = request.form();
    assert_eq!(
        (form["from"].as_str(), form["to"].as_str(), form["type"].as_str()),
        ("AcmeSec", "447700900000", "text")
    );
    assert_eq!((form["api_key"].as_str(), form["api_secret"].as_str()), ("abcd1234", "the-api-secret"));
    assert_eq!(form["client-ref"].len(), 32);
}

#[test]
fn configuration_errors_name_their_line() {
    let twilio = |lines: &str| {
        format!(
            "[notify.oncall]\ntype = \"sms\"\nprovider = \"twilio\"\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"env:TOKEN\"\n{lines}"
        )
    };
    let sns = |lines: &str| {
        format!(
            "[notify.oncall]\ntype = \"sms\"\nprovider = \"sns\"\nregion = \"eu-central-1\"\naccess_key_id = \"AKIDEXAMPLE\"\n\
             secret_access_key = \"env:TOKEN\"\n{lines}"
        )
    };
    for (config, line, words) in [
        ("[notify.oncall]\ntype = \"sms\"\n".to_owned(), 1, "provider is missing"),
        ("[notify.oncall]\ntype = \"sms\"\nprovider = \"twillio\"\n".to_owned(), 3, "did you mean `twilio`?"),
        (twilio("from = \"+14155552345\"\n"), 1, "to is missing"),
        (
            twilio("from = \"+14155552345\"\nto = [\"+15552229999\",\n\"01555 222\"]\n"),
            8,
            "\"01555 222\" is no number as E.164 wants it",
        ),
        (twilio("from = \"+14155552345\"\nto = [\"+15552229999\", \"+15552229999\"]\n"), 7, "is there twice"),
        (twilio("to = [\"+15552229999\"]\n"), 1, "give from, or messaging_service_sid"),
        (twilio("from = \"Acme Security\"\nto = \"+15552229999\"\n"), 6, "a name of up to 11 letters"),
        (
            twilio("messaging_service_sid = \"MG12\"\nto = \"+15552229999\"\n"),
            6,
            "MG and 32 hexadecimal digits",
        ),
        (twilio("from = \"+14155552345\"\nto = \"+15552229999\"\nsegments = 3\n"), 8, "1 or 2 is wanted"),
        (
            twilio("from = \"+14155552345\"\nto = \"+15552229999\"\nregion = \"eu-central-1\"\n"),
            8,
            "unknown key",
        ),
        (
            sns("topic_arn = \"arn:aws:sns:eu-central-1:111122223333:a.fifo\"\n"),
            7,
            "a FIFO topic reaches no telephones",
        ),
        (sns("topic_arn = \"on-call\"\n"), 7, "the ARN of a topic is wanted"),
        (
            sns("to = \"+15552229999\"\ntopic_arn = \"arn:aws:sns:eu-central-1:111122223333:a\"\n"),
            8,
            "the topic has its numbers",
        ),
        (sns("to = \"+15552229999\"\nfrom = \"Acme Sec\"\n"), 8, "SNS takes names of letters"),
        (sns("to = \"+15552229999\"\nsms_type = \"transaction\"\n"), 8, "did you mean `Transactional`?"),
        (
            sns("to = \"+15552229999\"\n").replace("env:TOKEN", "wJalrXUtnFEMI"),
            6,
            "a secret does not stand in the configuration itself",
        ),
        (
            sns("to = \"+15552229999\"\nbase_url = \"http://169.254.169.254\"\ninsecure = true\n"),
            8,
            "never sent there",
        ),
    ] {
        let ran = Home::new(&config).env("TOKEN", "the-token").test("oncall");
        ran.ended(2).hides("the-token").hides("wJalrXUtnFEMI");
        assert!(ran.err.contains(&format!("afterhours.toml:{line}: ")), "{config}\n{}", ran.err);
        assert!(ran.err.contains(words), "{config}\n{}", ran.err);
    }
}

/// PyPI moto's SNS, which checks signatures and permissions as AWS does.
#[test]
fn sns_of_moto_accepts_the_requests() {
    let mut command = second_opinion::script("sns_moto.py");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return println!("skipped, no SNS was asked: {error}"),
    };
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    if line.is_empty() {
        let ended = child.wait_with_output().unwrap();
        let messages = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(77), "{messages}");
        return println!("skipped, no SNS was asked: {}", messages.trim());
    }
    let service: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (url, user, role) = (text(&service["url"]), &service["user"], &service["role"]);
    let keys = |home: Home, of: &serde_json::Value| {
        home.env("KEY_ID", text(&of["AccessKeyId"])).env("KEY", text(&of["SecretAccessKey"]))
    };

    let numbers = "to = [\"+15552229998\", \"+15552229999\"]\n";
    keys(sns(&url, numbers), user).test("oncall").ended(0);
    let topic = format!("topic_arn = \"{}\"\nsession_token = \"env:SESSION\"\n", text(&service["topic_arn"]));
    keys(sns(&url, &topic), role).env("SESSION", text(&role["SessionToken"])).test("oncall").ended(0);

    let ran = keys(sns(&url, numbers), user).env("KEY", "wrong").test("oncall");
    ran.ended(1);
    assert!(
        ran.out.contains("not be tried again") && ran.out.contains("SignatureDoesNotMatch"),
        "{}",
        ran.out
    );
    let ran = keys(sns(&url, numbers), user).env("KEY_ID", "AKIAIOSFODNN7EXAMPLE").test("oncall");
    ran.ended(1);
    assert!(
        ran.out.contains("not be tried again") && ran.out.contains("InvalidClientTokenId"),
        "{}",
        ran.out
    );

    drop(child.stdin.take());
    let mut rest = String::new();
    answers.read_to_string(&mut rest).unwrap();
    child.wait().unwrap();
    let published: serde_json::Value = serde_json::from_str(&rest).unwrap();
    let numbers = published["numbers"].as_array().unwrap();
    assert_eq!(numbers.len(), 2, "{published}");
    for (sent, number) in numbers.iter().zip(["+15552229998", "+15552229999"]) {
        assert_eq!(sent[0], number);
        assert!(sent[1].as_str().unwrap().starts_with("TEST, nobody signed in. "), "{published}");
    }
    assert!(published["topic"][0].as_str().unwrap().starts_with("TEST, nobody signed in. "), "{published}");
    println!("moto took 2 numbers and a topic, and refused a wrong key and an unknown one");
}
