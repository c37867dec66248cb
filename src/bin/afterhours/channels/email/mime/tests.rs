//! Whole mails with a fixed date, and what no text may do to them.

use proptest::prelude::*;

use crate::channels::email::mime::*;
use crate::notify::notification::{Notification, clean};
use crate::notify::samples;

/// Sat, 21 Nov 2026 16:31:07 UTC.
fn date() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_278_667)
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

fn head() -> Head {
    Head {
        from: mailbox("Afterhours <afterhours@example.com>"),
        to: vec![mailbox("Security <soc@example.com>"), mailbox("oncall@example.org")],
        reply_to: Some(mailbox("soc@example.com")),
        prefix: Some("[prod]".to_owned()),
        thread: Thread::Account,
    }
}

fn written(head: &Head, message: &Message) -> String {
    String::from_utf8(letter(head, message, date()).unwrap().formatted()).unwrap()
}

/// The names of the headers, in their order.
fn names(mail: &str) -> Vec<&str> {
    let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
    let lines = headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}")).0).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
    let start = headers.find(&format!("{name}: ")).unwrap() + name.len() + 2;
    let mut end = start;
    for line in headers[start..].split_inclusive("\r\n") {
        if end > start && !line.starts_with(' ') {
            break;
        }
        end += line.len();
    }
    headers[start..end].trim_end()
}

#[test]
fn whole_mails() {
    for (name, message) in samples::all() {
        let mail = written(&head(), &message);
        assert_eq!(mail, written(&head(), &message), "the same in every attempt but for its date");
        samples::same_as_file(&format!("email/{name}.eml"), &mail.replace("\r\n", "\n"));
        samples::same_as_file(&format!("email/{name}.html"), &page(&message));
    }
}

/// The shape of a mail, whatever stands in it.
fn check(head: &Head, message: &Message) -> String {
    let mail = written(head, message);
    assert!(mail.is_ascii() && !mail.contains('\0'));
    assert!(mail.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    const KNOWN: [&str; 14] = [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "X-Afterhours-Severity",
        "Importance",
        "Reply-To",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
    ];
    let mut names = names(&mail);
    assert!(names.iter().all(|name| KNOWN.contains(name)), "{names:?}");
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    let boundary = format!("\r\n--=_{}", message.key());
    assert_eq!(mail.matches(&boundary).count(), 3, "{mail}");
    mail
}

#[test]
fn no_text_makes_a_header_or_ends_a_part() {
    let key = samples::notification().key;
    for text in [
        samples::HOSTILE,
        "a\r\nBcc: x@evil.example\r\n\r\n--",
        &format!("{}\r\n--=_{key}--\r\n", "x".repeat(90)),
        &format!("--=_{key}"),
        &format!("{}--=_{key}", "y".repeat(75)),
        &"\u{1f977}".repeat(1000),
        &"<".repeat(5000),
        "\u{5d0}\u{5d1}\u{5d2} \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629}",
        "=?utf-8?q?Everything_is_fine=2E?=",
    ] {
        let some = || Some(clean(text));
        let notification = Notification {
            user: some(),
            arn: some(),
            account: some(),
            source_ip: some(),
            user_agent: some(),
            cause: some(),
            rule: some(),
            schedule: clean(text),
            region: some(),
            event_id: some(),
            ..samples::notification()
        };
        check(&head(), &Message::One(Box::new(notification)));
    }
}

#[test]
fn what_looks_like_an_encoded_word_is_encoded() {
    let notification = Notification { user: Some("=?utf-8?q?root?=".to_owned()), ..samples::notification() };
    let mail = check(&head(), &Message::One(Box::new(notification)));
    assert!(!header(&mail, "Subject").contains("=?utf-8?q?"), "{mail}");
}

#[test]
fn a_thread_is_of_a_day_or_of_an_account_and_a_day() {
    let one = Message::One(Box::new(samples::notification()));
    let other = Message::One(Box::new(Notification {
        account: Some("444455556666".to_owned()),
        ..samples::notification()
    }));
    let late = Message::One(Box::new(Notification {
        event_time: Some(1_795_278_600 + 86_400),
        ..samples::notification()
    }));
    let timeless = Message::One(Box::new(Notification { event_time: None, ..samples::notification() }));
    let root = |thread, message: &Message| root(&Head { thread, ..head() }, message);
    assert_eq!(root(Thread::Off, &one), None);
    assert_eq!(root(Thread::Day, &one).unwrap(), "afterhours.2026-11-21");
    assert_eq!(root(Thread::Day, &one), root(Thread::Day, &other));
    assert_ne!(root(Thread::Day, &one), root(Thread::Day, &late));
    assert_ne!(root(Thread::Account, &one), root(Thread::Account, &other));
    assert_ne!(root(Thread::Account, &one), root(Thread::Account, &late));
    assert_eq!(root(Thread::Day, &timeless), None);
    assert_eq!(root(Thread::Day, &Message::One(Box::new(Notification::test(1_795_278_600)))), None);
}

#[test]
fn no_clock_ends_the_program() {
    let message = Message::One(Box::new(samples::notification()));
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 33);
    for date in [far, before] {
        assert!(letter(&head(), &message, date).is_ok());
    }
}

proptest! {
    #[test]
    fn any_text_makes_a_mail(user in any::<String>(), agent in any::<String>(), prefix in "\\PC{1,64}") {
        let notification = Notification {
            user: Some(clean(&user)),
            user_agent: Some(clean(&agent)),
            cause: Some(clean(&agent)),
            ..samples::notification()
        };
        check(&Head { prefix: Some(prefix), ..head() }, &Message::One(Box::new(notification)));
    }

    #[test]
    fn any_name_makes_a_mail(name in "\\PC{0,64}") {
        let from = Mailbox::new(Some(name), "a@example.com".parse().unwrap());
        let head = Head { from: from.clone(), to: vec![from.clone(), from], ..head() };
        let message = Message::One(Box::new(samples::notification()));
        // A name that lettre cannot read back is refused, as at the start; it must not panic.
        let _ = letter(&head, &message, date()).map(|mail| mail.formatted());
    }
}
