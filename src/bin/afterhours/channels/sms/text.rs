//! What a text message says: one message, or two, in the order in which a person who was woken asks. Pure.

use chrono::DateTime;

use crate::channels::sms::gsm7::{cut, fits, fold};
use crate::notify::digest::Digest;
use crate::notify::message::Message;
use crate::notify::notification::{Kind, Notification};

/// The shortest and the longest piece of a user's name, in septets.
const NAME: std::ops::RangeInclusive<usize> = 4..=64;

/// How much may be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// One message or two.
    pub(super) segments: usize,
    /// Septets that the service puts in front.
    pub(super) reserved: usize,
}

impl Room {
    fn holds(self, text: &str) -> bool {
        fits(&format!("{}{text}", "x".repeat(self.reserved)), self.segments)
    }
}

/// The text: one line in the GSM alphabet that fits.
pub(super) fn text(message: &Message, room: Room) -> String {
    let pieces = match message {
        Message::One(notification) if notification.kind == Kind::Unreadable => unreadable(notification),
        Message::One(notification) => sign_in(notification, message),
        Message::Digest(digest) => many(digest),
    };
    compose(&pieces, room)
}

/// A piece of the text.
struct Piece {
    /// Pieces of a lower rank are put in first.
    rank: u8,
    /// The first that fits is taken; if none does, the piece is left out.
    choices: Vec<String>,
}

fn piece(rank: u8, text: impl Into<String>) -> Piece {
    Piece { rank, choices: vec![text.into()] }
}

/// The pieces that fit, in their order.
fn compose(pieces: &[Piece], room: Room) -> String {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|&at| pieces[at].rank);
    let mut taken = vec![""; pieces.len()];
    for at in order {
        for choice in &pieces[at].choices {
            taken[at] = choice;
            if room.holds(&taken.concat()) {
                break;
            }
            taken[at] = "";
        }
    }
    taken.concat()
}

/// `HIGH: after-hours AWS sign-in by anaya (111122223333), Sat 2026-11-21 17:30 +01:00, IP 198.51.100.23, success, MFA yes`
fn sign_in(notification: &Notification, message: &Message) -> Vec<Piece> {
    let test = if notification.test { "TEST, nobody signed in. " } else { "" };
    let what = if notification.kind == Kind::NoEventTime {
        "AWS sign-in at unknown time"
    } else {
        "after-hours AWS sign-in"
    };
    let user =
        [&notification.user, &notification.arn].into_iter().flatten().find(|name| field(name, 4).is_some());
    let user = user.map_or("unknown user", String::as_str);
    let account = notification.account.as_deref().and_then(|account| field(account, 12));
    let mut pieces = vec![
        piece(0, format!("{test}{}: {what} by ", severity(&notification.severity))),
        // All that is of rank 0 leaves room for a short name; what is left over is the name's before anything else's.
        Piece { rank: 1, choices: NAME.rev().filter_map(|most| field(user, most)).collect() },
        piece(0, account.map(|account| format!(" ({account})")).unwrap_or_default()),
    ];
    let local = notification.local_time.as_deref().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
    if let Some(local) = local {
        pieces.push(piece(0, local.format(", %a %Y-%m-%d %H:%M %:z").to_string()));
        if local.offset().local_minus_utc() != 0 {
            pieces.push(piece(4, local.to_utc().format(" (%H:%M UTC)").to_string()));
        }
    }
    let address = notification.source_ip.as_deref().and_then(|ip| field(ip, 39));
    pieces.push(piece(0, format!(", IP {}", address.as_deref().unwrap_or("?"))));
    pieces.push(piece(
        0,
        match &*notification.outcome {
            "success" => ", success",
            "failure" => ", FAILED",
            _ => ", outcome ?",
        },
    ));
    pieces.push(piece(
        0,
        match notification.mfa {
            Some(true) => ", MFA yes",
            Some(false) => ", MFA no",
            None => ", MFA ?",
        },
    ));
    if !notification.test {
        let reason = field(&notification.reason.replace('_', " "), 24).map(|reason| format!(", {reason}"));
        let why = format!(". {}", fold(&message.why()));
        pieces.push(Piece { rank: 2, choices: std::iter::once(why).chain(reason).collect() });
        // Half an address leads nowhere: all of it, or what to search for.
        let link = message.link().map(|link| format!(" {link}"));
        let region = notification.region.as_deref().and_then(|region| field(region, 24));
        let region = region.map(|region| format!(" in {region}")).unwrap_or_default();
        let event = notification.event_id.as_deref().and_then(|id| field(id, 36));
        let event = event.map(|event| format!(". Event {event}{region}"));
        pieces.push(Piece { rank: 3, choices: link.into_iter().chain(event).collect() });
    }
    pieces
}

fn unreadable(notification: &Notification) -> Vec<Piece> {
    let line = notification.line_number.map(|number| format!(", line {number}")).unwrap_or_default();
    let error = notification.error.as_deref().and_then(|error| field(error, 48));
    vec![
        piece(
            0,
            format!(
                "{}: a line that may be an AWS sign-in cannot be read{line}",
                severity(&notification.severity)
            ),
        ),
        piece(1, error.map(|error| format!(": {error}")).unwrap_or_default()),
        piece(2, ". It stands whole in the pipeline's output"),
    ]
}

/// `HIGH: 300 after-hours AWS sign-ins, 100 failed: 40 users, 1 account, 2 addresses, ...`
fn many(digest: &Digest) -> Vec<Piece> {
    let most = |what: &str, top: Vec<(&str, u64)>| {
        let top = top.first().and_then(|&(name, count)| Some((field(name, 39)?, count)));
        top.map(|(name, count)| format!(", {what} {name} ({count})")).unwrap_or_default()
    };
    let time = |seconds: Option<i64>| seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let when = match (time(digest.first), time(digest.last)) {
        (Some(first), Some(last)) => {
            let until = if first.date_naive() == last.date_naive() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
            format!(", {} to {} UTC", first.format("%Y-%m-%d %H:%M"), last.format(until))
        }
        _ => String::new(),
    };
    let account = digest.accounts.only().and_then(|account| field(account, 12));
    let counts = |count: u64, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
    vec![
        piece(0, format!("{}: {} after-hours AWS sign-ins", severity(&digest.severity), digest.count)),
        piece(0, counts(digest.failures, "FAILED")),
        piece(1, format!(": {}", fold(&digest.spread()))),
        piece(1, account.map(|account| format!(" ({account})")).unwrap_or_default()),
        piece(2, when),
        piece(3, most("most from", digest.addresses.top(1))),
        piece(4, most("most by", digest.users.top(1))),
        piece(5, counts(digest.unreadable, "unreadable")),
    ]
}

fn severity(word: &str) -> String {
    fold(word).to_ascii_uppercase()
}

/// A record's text: folded, cut, and no address that a telephone would make a link of. `None` if nothing can be seen of it.
fn field(text: &str, most: usize) -> Option<String> {
    let text = fold(text);
    let link = text.contains("://")
        || text.contains('/') && text.contains('.')
        || text.to_lowercase().contains("www.");
    let text = if link { text.replace('.', "[.]").replace("://", ":") } else { text };
    (!text.is_empty()).then(|| cut(&text, most))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::channels::sms::gsm7;
    use crate::notify::samples;

    const ONE: Room = Room { segments: 1, reserved: 0 };
    const TWO: Room = Room { segments: 2, reserved: 0 };

    #[test]
    fn what_people_read() {
        let mut all = String::new();
        for (name, message) in samples::all() {
            for room in [ONE, TWO] {
                let text = text(&message, room);
                assert!(room.holds(&text), "{name}: {text}");
                let _ = writeln!(
                    all,
                    "{name}, {} of {} septets\n{text}\n",
                    gsm7::length(&text),
                    [160, 306][room.segments - 1]
                );
            }
        }
        samples::same_as_file("sms/texts.txt", &all);
    }

    #[test]
    fn the_longest_records_leave_what_matters() {
        let long = |c: char| Some(c.to_string().repeat(1024));
        let message = Message::One(Box::new(Notification {
            severity: "critical".to_owned(),
            user: long('['),
            account: long('9'),
            source_ip: Some("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff".to_owned()),
            outcome: "unknown".to_owned(),
            mfa: None,
            event_id: long('e'),
            region: long('r'),
            schedule: "s".repeat(1024),
            ..samples::notification()
        }));
        let one = text(&message, ONE);
        assert!(ONE.holds(&one));
        for part in
            ["CRITICAL", "[[", "9999999999..", "2026-11-21 17:30 +01:00", ":ffff,", "outcome ?", "MFA ?"]
        {
            assert!(one.contains(part), "{part} in {one}");
        }
        assert!(TWO.holds(&text(&message, TWO)));
    }

    #[test]
    fn a_link_is_whole_or_not_there() {
        let message = Message::One(Box::new(samples::notification()));
        let link = message.link().unwrap();
        assert!(text(&message, TWO).ends_with(&link));
        assert!(!text(&message, ONE).contains("http"));
    }

    #[test]
    fn a_record_makes_no_link() {
        for (name, said) in [
            ("https://evil.example/x", Some("https:evil[.]example/x")),
            ("WWW.evil.example", Some("WWW[.]evil[.]example")),
            ("anaya.k@corp.example", Some("anaya.k@corp.example")),
            ("AWSReservedSSO_Admin/anaya", Some("AWSReservedSSO_Admin/anaya")),
            (" \u{200b}", None),
        ] {
            assert_eq!(field(name, 64).as_deref(), said);
        }
    }

    proptest! {
        #[test]
        fn any_record_fits(
            words in proptest::collection::vec("\\PC{0,80}", 9),
            severity in "info|low|medium|high|critical",
            reserved in 0..=12usize,
            segments in 1..=2usize,
        ) {
            let some = |at: usize| Some(words[at].clone());
            let message = Message::One(Box::new(Notification {
                user: some(0), account: some(1), source_ip: some(2), outcome: words[3].clone(), reason: words[4].clone(),
                region: some(5), event_id: some(6), schedule: words[7].clone(), rule: some(8), severity, mfa: None,
                ..samples::notification()
            }));
            let room = Room { segments, reserved };
            let said = text(&message, room);
            prop_assert!(room.holds(&said), "{}", said);
            prop_assert_eq!(fold(&said), said.clone());
            prop_assert!(said.contains(", MFA ?"), "{}", said);
        }
    }
}
