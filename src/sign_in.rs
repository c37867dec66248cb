//! Says what a CloudTrail record of a console sign-in says: who, when, with which outcome. Knows the record's fields and
//! how their spelling varies. Knows nothing of lines, envelopes, hours or time zones.
//!
//! Facts: the AWS page "CloudTrail record contents" and the "AWS Management Console sign-in events" reference.

use crate::json::{Cursor, Error, Str};

/// The `eventSource` of a console sign-in.
pub const EVENT_SOURCE: &str = "signin.amazonaws.com";
/// The `eventName` of a console sign-in. The search for candidates, which knows no fields, looks for the same word.
pub const EVENT_NAME: &str = "ConsoleLogin";

/// The fields of a record that decide, as they were read, before anybody asks what they mean.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// `eventSource`, where it is a string.
    pub event_source: Option<Str<'a>>,
    /// `eventName`, where it is a string.
    pub event_name: Option<Str<'a>>,
    /// `eventTime`, where it is a string.
    pub event_time: Option<Str<'a>>,
    /// `eventID`.
    pub event_id: Option<Str<'a>>,
    /// `awsRegion`.
    pub region: Option<Str<'a>>,
    /// `sourceIPAddress`: an address, a name, `AWS Internal`, or a mask.
    pub source_ip: Option<Str<'a>>,
    /// `userAgent`: the text is the client's own, and hostile.
    pub user_agent: Option<Str<'a>>,
    /// `recipientAccountId`.
    pub recipient_account: Option<Str<'a>>,
    /// `userIdentity.type`.
    pub identity_type: Option<Str<'a>>,
    /// `userIdentity.userName`.
    pub user_name: Option<Str<'a>>,
    /// `userIdentity.arn`; failures often have none.
    pub arn: Option<Str<'a>>,
    /// `userIdentity.accountId`.
    pub account: Option<Str<'a>>,
    /// `userIdentity.principalId`.
    pub principal: Option<Str<'a>>,
    /// `userIdentity.sessionContext.sessionIssuer.userName`: the role's name, where a role was assumed.
    pub role: Option<Str<'a>>,
    /// `responseElements.ConsoleLogin`.
    pub console_login: Option<Str<'a>>,
    /// `additionalEventData.MFAUsed`.
    pub mfa_used: Option<Str<'a>>,
}

impl<'a> Fields<'a> {
    /// Takes the value of `key` from the cursor if it is a field of a record; otherwise leaves the cursor and says false.
    /// A key that stands twice counts with its last value, as in every common JSON reader.
    #[inline]
    pub fn take(&mut self, cursor: &mut Cursor<'a>, key: &[u8]) -> Result<bool, Error> {
        let field = match key {
            b"eventSource" => &mut self.event_source,
            b"eventName" => &mut self.event_name,
            b"eventTime" => &mut self.event_time,
            b"eventID" => &mut self.event_id,
            b"awsRegion" => &mut self.region,
            b"sourceIPAddress" => &mut self.source_ip,
            b"userAgent" => &mut self.user_agent,
            b"recipientAccountId" => &mut self.recipient_account,
            b"userIdentity" => {
                [self.identity_type, self.user_name, self.arn, self.account, self.principal] = [None; 5];
                self.role = None;
                return self.nested(cursor, &|fields, cursor, key| {
                    let field = match key {
                        b"type" => &mut fields.identity_type,
                        b"userName" => &mut fields.user_name,
                        b"arn" => &mut fields.arn,
                        b"accountId" => &mut fields.account,
                        b"principalId" => &mut fields.principal,
                        b"sessionContext" => return fields.session(cursor),
                        _ => return Ok(false),
                    };
                    *field = cursor.string_or_skip()?;
                    Ok(true)
                });
            }
            b"responseElements" => {
                self.console_login = None;
                return self
                    .nested(cursor, &only(b"ConsoleLogin", |fields: &mut Self| &mut fields.console_login));
            }
            b"additionalEventData" => {
                self.mfa_used = None;
                return self.nested(cursor, &only(b"MFAUsed", |fields: &mut Self| &mut fields.mfa_used));
            }
            _ => return Ok(false),
        };
        *field = cursor.string_or_skip()?;
        Ok(true)
    }

    fn session(&mut self, cursor: &mut Cursor<'a>) -> Result<bool, Error> {
        self.role = None;
        self.nested(cursor, &|fields, cursor, key| {
            if key != b"sessionIssuer" {
                return Ok(false);
            }
            fields.role = None;
            fields.nested(cursor, &only(b"userName", |fields: &mut Self| &mut fields.role))
        })
    }

    /// Reads the object that stands next, if one does: `take` takes the value of a key, or says false and leaves it.
    fn nested(
        &mut self,
        cursor: &mut Cursor<'a>,
        take: &impl Fn(&mut Self, &mut Cursor<'a>, &[u8]) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        // Anything but an object (null is common) says nothing.
        if cursor.peek() != Some(b'{') {
            cursor.skip()?;
            return Ok(true);
        }
        cursor.object(|cursor, key| {
            let text;
            let name = match key.as_plain() {
                Some(plain) => plain,
                None => {
                    text = key.text();
                    text.as_bytes()
                }
            };
            if !take(self, cursor, name)? {
                cursor.skip()?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Whether this is a CloudTrail record of any event: nothing inside it is ever searched for further records.
    pub fn is_record(&self) -> bool {
        self.event_source.is_some() && self.event_name.is_some()
    }

    /// The sign-in, if the record is of one: `eventSource` and `eventName` decide, nothing else is required.
    pub fn sign_in(self) -> Option<SignIn<'a>> {
        let is_sign_in = self.event_name?.is(EVENT_NAME) && self.event_source?.is(EVENT_SOURCE);
        is_sign_in.then(|| SignIn {
            time: self.event_time.map_or(EventTime::Unreadable, EventTime::of),
            identity: Identity::of(self.identity_type, self.arn),
            outcome: Outcome::of(self.console_login),
            mfa: self.mfa_used.and_then(yes_or_no),
            fields: self,
        })
    }
}

/// Takes the one key that counts in an object.
fn only<'a>(
    wanted: &'static [u8],
    place: impl for<'f> Fn(&'f mut Fields<'a>) -> &'f mut Option<Str<'a>>,
) -> impl Fn(&mut Fields<'a>, &mut Cursor<'a>, &[u8]) -> Result<bool, Error> {
    move |fields, cursor, key| {
        if key != wanted {
            return Ok(false);
        }
        *place(fields) = cursor.string_or_skip()?;
        Ok(true)
    }
}

/// A console sign-in, borrowing from the line that it was read from.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// When it was completed, by `eventTime`; never the time of arrival.
    pub time: EventTime,
    /// What kind of identity signed in.
    pub identity: Identity,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a second factor was used; `None` where the record does not say. Federated sign-ins always say no.
    pub mfa: Option<bool>,
    /// The fields as they were written.
    pub fields: Fields<'a>,
}

/// `eventTime`, understood or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTime {
    /// Seconds since 1970-01-01T00:00:00Z, fractions cut off.
    At(i64),
    /// As `At`, but the text named no zone: CloudTrail's time is UTC by definition, so UTC it is.
    AssumedUtc(i64),
    /// Missing, no string, or no time.
    Unreadable,
}

impl EventTime {
    /// Reads RFC 3339 and the spellings that other tools turn it into: a blank for the `T`, a fraction, an offset with
    /// or without a colon, no zone at all.
    pub fn of(text: Str<'_>) -> Self {
        match text.as_plain() {
            Some(bytes) => Self::parse(bytes),
            None => Self::parse(text.text().as_bytes()),
        }
    }

    fn parse(bytes: &[u8]) -> Self {
        Self::try_parse(bytes).unwrap_or(EventTime::Unreadable)
    }

    fn try_parse(bytes: &[u8]) -> Option<Self> {
        let (stamp, mut rest) = bytes.split_at_checked(19)?;
        let number = |from: usize, to: usize| {
            stamp[from..to]
                .iter()
                .try_fold(0_i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
        };
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if separators.iter().any(|&(at, b)| stamp[at] != b) || !matches!(stamp[10], b'T' | b't' | b' ') {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let month_days = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if day < 1 || day > month_days[month as usize - 1] {
            return None;
        }
        // Days since 1970-01-01 in the Gregorian calendar, counting years from March so that leap days come last.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days =
            365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
                - 719_469;
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;

        if let [b'.' | b',', fraction @ ..] = rest {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            rest = (1..=9).contains(&digits).then(|| &fraction[digits..])?;
        }
        if let [b' ', zone @ ..] = rest {
            rest = (!zone.is_empty()).then_some(zone)?;
        }
        let two = |a: u8, b: u8| {
            (a.is_ascii_digit() && b.is_ascii_digit()).then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
        };
        let (sign, h, m) = match *rest {
            [] => return Some(EventTime::AssumedUtc(seconds)),
            [b'Z' | b'z'] | [b'U', b'T', b'C'] => return Some(EventTime::At(seconds)),
            [sign @ (b'+' | b'-'), a, b, b':', c, d] | [sign @ (b'+' | b'-'), a, b, c, d] => {
                (sign, two(a, b)?, two(c, d)?)
            }
            [sign @ (b'+' | b'-'), a, b] => (sign, two(a, b)?, 0),
            _ => return None,
        };
        if h > 23 || m > 59 {
            return None;
        }
        let offset = h * 3600 + m * 60;
        Some(EventTime::At(if sign == b'+' { seconds - offset } else { seconds + offset }))
    }

    /// The seconds since 1970-01-01T00:00:00Z, if they could be read.
    pub fn seconds(self) -> Option<i64> {
        match self {
            EventTime::At(seconds) | EventTime::AssumedUtc(seconds) => Some(seconds),
            EventTime::Unreadable => None,
        }
    }
}

/// The kinds of identity that sign in to the console, by `userIdentity.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// `IAMUser`.
    IamUser,
    /// `Root`.
    Root,
    /// `AssumedRole`: a SAML session, or a role's.
    AssumedRole,
    /// `AssumedRole` of a role that Identity Center made, `AWSReservedSSO_…`: the way its users sign in to an account.
    ReservedRole,
    /// `FederatedUser`: a session of GetFederationToken.
    FederatedUser,
    /// `IdentityCenterUser`.
    IdentityCenter,
    /// Any other type that the record names.
    Other,
    /// The record does not say, or not in a string. That is doubt, and doubt is forwarded.
    Missing,
}

impl Identity {
    fn of(kind: Option<Str<'_>>, arn: Option<Str<'_>>) -> Self {
        let Some(kind) = kind else { return Identity::Missing };
        let reserved = || arn.is_some_and(|arn| arn.text().contains(":assumed-role/AWSReservedSSO_"));
        match &*kind.text() {
            "IAMUser" => Identity::IamUser,
            "Root" => Identity::Root,
            "AssumedRole" if reserved() => Identity::ReservedRole,
            "AssumedRole" => Identity::AssumedRole,
            "FederatedUser" => Identity::FederatedUser,
            "IdentityCenterUser" => Identity::IdentityCenter,
            _ => Identity::Other,
        }
    }
}

/// How a sign-in ended, by `responseElements.ConsoleLogin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `Success`.
    Success,
    /// `Failure`.
    Failure,
    /// Anything else, or nothing. Never withheld for it.
    Unknown,
}

impl Outcome {
    fn of(text: Option<Str<'_>>) -> Self {
        match text {
            Some(text) if text.is("Success") => Outcome::Success,
            Some(text) if text.is("Failure") => Outcome::Failure,
            _ => Outcome::Unknown,
        }
    }

    /// The word for it in the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Unknown => "unknown",
        }
    }
}

/// `Yes`, `No`, and the `YES` of some of AWS's own pages.
fn yes_or_no(text: Str<'_>) -> Option<bool> {
    let text = text.text();
    if text.eq_ignore_ascii_case("yes") {
        Some(true)
    } else if text.eq_ignore_ascii_case("no") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spellings_of_event_time() {
        let at = |text: &'static str| EventTime::of(Str::plain(text));
        let noon = 1_795_435_200; // 2026-11-23T12:00:00Z
        for text in [
            "2026-11-23T12:00:00Z",
            "2026-11-23T12:00:00.782Z",
            "2026-11-23 12:00:00+0000",
            "2026-11-23t12:00:00z",
            "2026-11-23T17:30:00+05:30",
            "2026-11-23T07:00:00-0500",
            "2026-11-23T13:00:00+01",
            "2026-11-23 12:00:00 UTC",
            "2026-11-23T12:00:00,999999999Z",
        ] {
            assert_eq!(at(text), EventTime::At(noon), "{text}");
        }
        for text in ["2026-11-23 12:00:00", "2026-11-23T12:00:00", "2026-11-23 12:00:00.000000000"] {
            assert_eq!(at(text), EventTime::AssumedUtc(noon), "{text}");
        }
        for text in [
            "",
            "...",
            "redacted",
            "2026-11-23",
            "2026-13-23T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T12:60:00Z",
            "2026-11-23T12:00:60Z",
            "2026-11-23T12:00:00.Z",
            "2026-11-23T12:00:00+24:00",
            "2026-11-23T12:00:00Zulu",
            "20261123T120000Z",
            "2026-11-23T12:00:00 ",
            "1795435200",
            "2026-11-00T12:00:00Z",
            "2026-11-23T12:00:0éZ",
            "+026-11-23T12:00:00Z",
        ] {
            assert_eq!(at(text), EventTime::Unreadable, "{text}");
        }
    }

    #[test]
    fn counts_days_as_chrono_does() {
        for year in [0, 1, 1600, 1900, 1969, 1970, 2000, 2023, 2024, 2100, 9999] {
            for (month, day) in [(1, 1), (2, 28), (3, 1), (12, 31)] {
                let theirs = chrono::NaiveDate::from_ymd_opt(year, month, day)
                    .unwrap()
                    .and_hms_opt(23, 59, 58)
                    .unwrap();
                let text = format!("{year:04}-{month:02}-{day:02}T23:59:58Z");
                assert_eq!(
                    EventTime::parse(text.as_bytes()),
                    EventTime::At(theirs.and_utc().timestamp()),
                    "{text}"
                );
            }
        }
    }
}
