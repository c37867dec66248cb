//! Messages to try things on: a template of the user's own before the first alert, and in tests what each channel makes of
//! them, which files hold.

use crate::notify::digest::Digest;
use crate::notify::message::Message;
use crate::notify::notification::{Kind, Notification, clean};

/// A sign-in on a Saturday, as most are.
pub(crate) fn notification() -> Notification {
    let some = |text: &str| Some(text.to_owned());
    Notification {
        key: "0123456789abcdef0123456789abcdef".to_owned(),
        test: false,
        kind: Kind::Outside,
        reason: "closed_day".to_owned(),
        cause: None,
        severity: "high".to_owned(),
        schedule: "berlin".to_owned(),
        rule: some("admins"),
        local_time: some("2026-11-21T17:30:00+01:00"),
        time_zone: "Europe/Berlin".to_owned(),
        event_time: Some(1_795_278_600),
        user: some("anaya"),
        role: None,
        arn: some("arn:aws:iam::111122223333:user/anaya"),
        account: some("111122223333"),
        identity: some("IAMUser"),
        outcome: "success".to_owned(),
        mfa: Some(true),
        source_ip: some("198.51.100.23"),
        user_agent: some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        region: some("us-east-1"),
        event_id: some("5a3f0c1e-7d42-4b8a-9c60-000000000006"),
        error: None,
        line_number: None,
    }
}

/// What an attacker may write where he can: every markup that some service reads.
pub(crate) const HOSTILE: &str = "<!channel> <https://evil.example|ok> @everyone <@U123> &amp; </td><script>alert(1)</script> \
     [x](https://evil.example) *b* _i_ `c` ^ORactive=true {{7*7}} ${HOME} \"; -- \r\nBcc: x@evil.example \u{1b}[31m\u{202e}";

/// All the messages, with names for their files.
pub(crate) fn all() -> Vec<(&'static str, Message)> {
    let one = |notification: Notification| Message::One(Box::new(notification));
    let hostile = clean(HOSTILE);
    let some = || Some(hostile.clone());
    vec![
        ("one", one(notification())),
        (
            "hostile",
            one(Notification {
                user: some(),
                arn: some(),
                account: some(),
                identity: some(),
                source_ip: some(),
                user_agent: some(),
                region: some(),
                event_id: some(),
                cause: some(),
                schedule: hostile.clone(),
                rule: some(),
                outcome: "failure".to_owned(),
                ..notification()
            }),
        ),
        (
            "little",
            one(Notification {
                kind: Kind::NoEventTime,
                reason: "no_event_time".to_owned(),
                severity: "info".to_owned(),
                schedule: "default".to_owned(),
                time_zone: "UTC".to_owned(),
                outcome: "unknown".to_owned(),
                key: "00000000000000000000000000000001".to_owned(),
                ..Notification::default()
            }),
        ),
        (
            "unreadable",
            one(Notification {
                kind: Kind::Unreadable,
                reason: "unreadable".to_owned(),
                severity: "low".to_owned(),
                outcome: "unknown".to_owned(),
                error: Some("the text ends inside a string".to_owned()),
                line_number: Some(7),
                key: "00000000000000000000000000000002".to_owned(),
                ..Notification::default()
            }),
        ),
        (
            "test",
            one(Notification {
                key: "00000000000000000000000000000003".to_owned(),
                ..Notification::test(1_795_278_600)
            }),
        ),
        ("digest", Message::Digest(Box::new(digest()))),
    ]
}

/// More than any record can say, of characters that take the most room: nothing cut it on its way.
#[cfg(test)]
pub(crate) fn huge() -> Message {
    let text = || "<\"\\😀>".repeat(50_000);
    let some = || Some(text());
    Message::One(Box::new(Notification {
        user: some(),
        arn: some(),
        account: some(),
        identity: some(),
        source_ip: some(),
        user_agent: some(),
        region: some(),
        event_id: some(),
        cause: some(),
        schedule: text(),
        rule: some(),
        time_zone: text(),
        ..notification()
    }))
}

/// A flood: 300 sign-ins of 40 users from two addresses, one user's name hostile.
pub(crate) fn digest() -> Digest {
    let mut digest = Digest::new("00000000000000000000000000000004".to_owned());
    for number in 0..300_i64 {
        let user = if number % 40 == 7 { clean(HOSTILE) } else { format!("user-{}", number % 40) };
        digest.add(&Notification {
            user: Some(user),
            source_ip: Some(format!("198.51.100.{}", number % 2)),
            outcome: if number % 3 == 0 { "failure" } else { "success" }.to_owned(),
            event_time: Some(1_795_278_600 + number),
            ..notification()
        });
    }
    digest
}

/// Holds a payload against its file, `tests/golden/notify/NAME`. With AFTERHOURS_GOLDEN=write in the environment the file is
/// written instead, for a change that is meant; look at it then.
#[cfg(test)]
pub(crate) fn same_as_file(name: &str, payload: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/notify").join(name);
    if std::env::var("AFTERHOURS_GOLDEN").is_ok_and(|word| word == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, payload).unwrap();
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(payload, file, "{} differs from what is sent", path.display());
}
