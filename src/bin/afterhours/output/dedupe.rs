//! Copies of sign-ins that went out before: CloudTrail may deliver an event more than once, and two trails do so every time. Knows
//! what makes two records one event, and the last some hundred thousand of them; writes nothing.

use std::collections::HashSet;

use afterhours::rules::Principal;
use afterhours::sign_in::{EventTime, SignIn};
use sha2::{Digest as _, Sha256};

/// So many sign-ins at least are remembered, and at most twice as many: the load that a table of 2^19 places takes, so that the
/// two of them come to 18 MB and no more. Of an older one, a copy is forwarded again.
const MOST: usize = (1 << 19) / 8 * 7;

/// What two records of one event have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Print(u128);

impl Print {
    /// `None` for a record without an `eventID`: it is not known to be a copy of anything.
    ///
    /// The identifier alone would do by AWS's word. Whatever the tag and a reader judge a sign-in by stands beside it, so that
    /// who can write a record with somebody else's identifier hides nothing with it. The region does not: a copy may be another
    /// region's.
    pub(crate) fn of(sign_in: &SignIn<'_>) -> Option<Self> {
        let fields = &sign_in.fields;
        let id = fields.event_id.filter(|id| !id.text().is_empty())?;
        let mut hash = Sha256::new();
        match sign_in.time {
            // However it was spelled.
            EventTime::At(at) | EventTime::AssumedUtc(at) => hash.update(at.to_le_bytes()),
            EventTime::Unreadable => hash.update([0]),
        }
        let time = fields.event_time.filter(|_| sign_in.time == EventTime::Unreadable);
        let texts = [
            Some(id),
            time,
            fields.identity_type,
            fields.arn,
            fields.principal,
            fields.user_name,
            fields.source_ip,
            fields.user_agent,
            fields.console_login,
            fields.mfa_used,
        ];
        let who = Principal::of(sign_in);
        let texts = texts.into_iter().map(|text| text.map(|text| text.text()));
        for text in texts.chain([who.user, who.role, who.account]) {
            // The length first: `ab`, `c` and `a`, `bc` are different, and so are nothing and an empty text.
            hash.update(text.as_ref().map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hash.update(text.as_deref().unwrap_or_default());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        Some(Print(u128::from_le_bytes(half)))
    }
}

/// The sign-ins that went out, as many of the last as [`MOST`] allows.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    recent: HashSet<Print>,
    before: HashSet<Print>,
    copies: u64,
}

impl Seen {
    /// Whether it went out before. If not, it is remembered as going out now.
    pub(crate) fn is_copy(&mut self, print: Print) -> bool {
        self.is_copy_of(print, MOST)
    }

    fn is_copy_of(&mut self, print: Print, most: usize) -> bool {
        if self.before.contains(&print) || self.recent.contains(&print) {
            self.copies += 1;
            return true;
        }
        if self.recent.len() == most {
            std::mem::swap(&mut self.before, &mut self.recent);
            // Its memory is used again.
            self.recent.clear();
        }
        self.recent.insert(print);
        false
    }

    /// How many were left out.
    pub(crate) fn copies(&self) -> u64 {
        self.copies
    }
}

#[cfg(test)]
mod tests {
    use afterhours::json::Cursor;
    use afterhours::sign_in::Fields;

    use super::*;

    /// The print of a record with these members beside those of every sign-in.
    fn print(members: &str) -> Option<Print> {
        let record = format!(
            r#"{{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",
                "userIdentity":{{"type":"IAMUser","accountId":"111122223333","userName":"ada"}},{members}}}"#
        );
        let mut fields = Fields::default();
        let mut cursor = Cursor::new(record.as_bytes());
        let read = cursor.object(|cursor, key| {
            if !fields.take(cursor, key.text().as_bytes())? {
                cursor.skip()?;
            }
            Ok(())
        });
        read.unwrap();
        Print::of(&fields.sign_in().unwrap())
    }

    #[test]
    fn copies_of_an_event_have_one_print_however_they_are_written() {
        let first = print(r#""eventID":"a","eventTime":"2026-11-24T03:12:44Z","awsRegion":"us-east-1""#);
        assert!(first.is_some());
        for copy in [
            r#""eventTime":"2026-11-24T03:12:44Z","eventID":"a""#,
            r#""eventID":"\u0061","eventTime":"2026-11-24 03:12:44+0000","awsRegion":"eu-west-1""#,
            r#""eventID":"a","eventTime":"2026-11-23T22:12:44-05:00","recipientAccountId":"444455556666""#,
        ] {
            assert_eq!(print(copy), first, "{copy}");
        }
    }

    #[test]
    fn what_shares_only_an_identifier_is_no_copy() {
        let id = r#""eventID":"a","eventTime":"2026-11-24T03:12:44Z""#;
        let others = [
            id.to_owned(),
            r#""eventID":"b","eventTime":"2026-11-24T03:12:44Z""#.to_owned(),
            r#""eventID":"a","eventTime":"2026-11-24T03:12:45Z""#.to_owned(),
            r#""eventID":"a","eventTime":"redacted""#.to_owned(),
            r#""eventID":"a","eventTime":"hidden""#.to_owned(),
            r#""eventID":"a""#.to_owned(),
            format!(r#"{id},"sourceIPAddress":"192.0.2.1""#),
            format!(r#"{id},"userAgent":"192.0.2.1""#),
            format!(r#"{id},"userAgent":"""#),
            format!(r#"{id},"responseElements":{{"ConsoleLogin":"Failure"}}"#),
            format!(r#"{id},"additionalEventData":{{"MFAUsed":"Yes"}}"#),
            format!(r#"{id},"userIdentity":{{"type":"Root","accountId":"111122223333","userName":"ada"}}"#),
            format!(
                r#"{id},"userIdentity":{{"type":"IAMUser","accountId":"111122223334","userName":"ada"}}"#
            ),
            format!(r#"{id},"userIdentity":{{"type":"IAMUser","accountId":"111122223333","arn":"ada"}}"#),
        ];
        let prints: HashSet<Print> = others.iter().map(|members| print(members).unwrap()).collect();
        assert_eq!(prints.len(), others.len());
        for nameless in [r#""eventTime":"2026-11-24T03:12:44Z""#, r#""eventID":"""#, r#""eventID":7"#] {
            assert_eq!(print(nameless), None, "{nameless}");
        }
    }

    #[test]
    fn a_copy_is_known_among_so_many_and_forgotten_only_behind_twice_as_many() {
        // The twin remembers everything in order.
        let (mut seen, mut twin) = (Seen::default(), Vec::new());
        let mut copies = 0;
        for number in 0_u128..20_000 {
            // Near and far ones return.
            let value = match number % 3 {
                0 => number,
                1 => number.saturating_sub(number * number % 97),
                _ => number.saturating_sub(number * number % 1009),
            };
            let print = Print(value);
            let back = twin.iter().rev().position(|&went| went == print);
            match seen.is_copy_of(print, 50) {
                true => {
                    assert!(back.is_some_and(|back| back < 100), "{number}: {back:?}");
                    copies += 1;
                }
                false => {
                    assert!(back.is_none_or(|back| back >= 50), "{number}: {back:?}");
                    twin.push(print);
                }
            }
        }
        assert!(copies > 1000 && twin.len() > 1000, "{copies} {}", twin.len());
        assert_eq!(seen.copies(), copies);
    }

    #[test]
    fn the_table_does_not_grow_beyond_its_bound() {
        let mut seen = Seen::default();
        for number in 0..3 * MOST as u128 {
            seen.is_copy(Print(number));
        }
        assert!(seen.recent.capacity() <= MOST && seen.before.capacity() <= MOST);
        assert!(seen.recent.len() + seen.before.len() > MOST);
    }
}
