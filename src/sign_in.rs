//! Says what a CloudTrail record of a console sign-in says: who, when, with which outcome. Knows the record's fields and
//! how their spelling varies. Knows nothing of lines, envelopes, hours or time zones.
//!
//! Facts: the AWS page "CloudTrail record contents" and the "AWS Management Console sign-in events" reference.

mod event_time;
mod ways;

use std::borrow::Cow;

use crate::json::{Cursor, Error, Str};
pub use crate::sign_in::event_time::EventTime;
pub use crate::sign_in::ways::{Way, Ways};

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
    pub recipient_account: Option<Account<'a>>,
    /// `userIdentity.type`.
    pub identity_type: Option<Str<'a>>,
    /// `userIdentity.userName`.
    pub user_name: Option<Str<'a>>,
    /// `userIdentity.arn`; failures often have none.
    pub arn: Option<Str<'a>>,
    /// `userIdentity.accountId`.
    pub account: Option<Account<'a>>,
    /// `userIdentity.principalId`.
    pub principal: Option<Str<'a>>,
    /// `userIdentity.sessionContext.sessionIssuer.userName`: the role's name, where a role was assumed.
    pub role: Option<Str<'a>>,
    /// `userIdentity.sessionContext.attributes.mfaAuthenticated` says true.
    pub session_mfa: bool,
    /// `userIdentity.onBehalfOf.userId`: who an Identity Center user is where no name is given.
    pub on_behalf_of: Option<Str<'a>>,
    /// `responseElements.ConsoleLogin`.
    pub console_login: Option<Str<'a>>,
    /// `additionalEventData.MFAUsed`.
    pub mfa_used: Option<Str<'a>>,
    /// `serviceEventDetails.UserAuthentication`.
    pub authentication: Option<Outcome>,
    /// `serviceEventDetails.CredentialVerification`.
    pub verification: Option<Outcome>,
    /// There is an `errorCode` or an `errorMessage`.
    pub has_error: bool,
    /// `userIdentity` is an object.
    pub has_identity: bool,
    /// One of the members in [`OBJECTS`] is a string, which may hold the object as JSON text.
    pub has_texts: bool,
}

/// The members of a record that are objects, and that some tools write as JSON text.
pub const OBJECTS: [&str; 4] =
    ["userIdentity", "responseElements", "additionalEventData", "serviceEventDetails"];

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
            b"recipientAccountId" => {
                self.recipient_account = Account::read(cursor)?;
                return Ok(true);
            }
            b"userIdentity" => {
                [self.identity_type, self.user_name, self.arn, self.principal] = [None; 4];
                [self.role, self.on_behalf_of] = [None; 2];
                (self.account, self.session_mfa) = (None, false);
                self.has_identity = cursor.peek() == Some(b'{');
                return self.nested(cursor, &|fields, cursor, key| {
                    let field = match key {
                        b"type" => &mut fields.identity_type,
                        b"userName" => &mut fields.user_name,
                        b"arn" => &mut fields.arn,
                        b"accountId" => {
                            fields.account = Account::read(cursor)?;
                            return Ok(true);
                        }
                        b"principalId" => &mut fields.principal,
                        b"sessionContext" => return fields.session(cursor),
                        b"onBehalfOf" => {
                            fields.on_behalf_of = None;
                            let user = only(b"userId", |fields: &mut Self| &mut fields.on_behalf_of);
                            return fields.nested(cursor, &user);
                        }
                        _ => return Ok(false),
                    };
                    *field = cursor.string_or_skip()?;
                    Ok(true)
                });
            }
            b"serviceEventDetails" => {
                [self.authentication, self.verification] = [None; 2];
                return self.nested(cursor, &|fields, cursor, key| {
                    let field = match key {
                        b"UserAuthentication" => &mut fields.authentication,
                        b"CredentialVerification" => &mut fields.verification,
                        _ => return Ok(false),
                    };
                    *field = cursor.string_or_skip()?.map(|text| Outcome::of(Some(text)));
                    Ok(true)
                });
            }
            b"errorCode" | b"errorMessage" => {
                self.has_error |= cursor.string_or_skip()?.is_some();
                return Ok(true);
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
        (self.role, self.session_mfa) = (None, false);
        self.nested(cursor, &|fields, cursor, key| match key {
            b"sessionIssuer" => {
                fields.role = None;
                fields.nested(cursor, &only(b"userName", |fields: &mut Self| &mut fields.role))
            }
            b"attributes" => {
                fields.session_mfa = false;
                fields.nested(cursor, &|fields, cursor, key| {
                    let is_wanted = key == b"mfaAuthenticated";
                    if is_wanted {
                        fields.session_mfa = match cursor.peek() {
                            Some(b'"') => cursor.string_or_skip()?.is_some_and(says_true),
                            _ => cursor.skip()? == b"true",
                        };
                    }
                    Ok(is_wanted)
                })
            }
            _ => Ok(false),
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
            self.has_texts |= cursor.peek() == Some(b'"');
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

    /// Whether this is a CloudTrail record of any event: nothing inside it is ever searched for further
    /// records. A record names its event and its source, or lacks the source and has the two members that
    /// every record of a service has. An object with less may be an envelope around a record.
    pub fn is_record(&self) -> bool {
        let is_whole = self.has_identity && self.event_time.is_some();
        self.event_name.is_some() && (self.event_source.is_some() || is_whole)
    }

    /// The console sign-in, if the record is of one. See [`Fields::sign_in_by`].
    pub fn sign_in(self) -> Option<SignIn<'a>> {
        self.sign_in_by(Ways::default())
    }

    /// The sign-in, if the record is of one by these ways: `eventName` and `eventSource` decide, nothing else
    /// is required. A console sign-in that does not name its source counts if anything else of a record is
    /// there.
    pub fn sign_in_by(self, ways: Ways) -> Option<SignIn<'a>> {
        let (way, outcome) = Way::of(&self).filter(|(way, _)| ways.has(*way))?;
        let identity = Identity::of(self.identity_type, self.arn);
        Some(SignIn {
            way,
            time: self.event_time.map_or(EventTime::Unreadable, EventTime::of),
            identity,
            outcome,
            mfa: match identity.is_session() {
                true => self.session_mfa.then_some(true),
                false => self.mfa_used.and_then(yes_or_no),
            },
            fields: self,
        })
    }
}

/// An account's number: 12 digits in a string. Tools that read the record as a table write a number,
/// which has lost its leading zeros.
#[derive(Debug, Clone, Copy)]
pub enum Account<'a> {
    /// What the string says.
    Text(Str<'a>),
    /// The number.
    Number(u64),
}

impl<'a> Account<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Option<Self>, Error> {
        match cursor.peek() {
            Some(b'0'..=b'9') => Ok(std::str::from_utf8(cursor.skip()?).ok().and_then(Self::of_number)),
            _ => Ok(cursor.string_or_skip()?.map(Account::Text)),
        }
    }

    /// Takes a number as JSON spells it, also `1.11122223333e11`; `None` for one that has a fraction or
    /// more than 12 digits.
    pub fn of_number(number: &str) -> Option<Self> {
        let whole = number.parse().ok().or_else(|| {
            let number: f64 = number.parse().ok()?;
            ((0.0..1e12).contains(&number) && number.fract() == 0.0).then_some(number as u64)
        });
        whole.filter(|&whole| whole < 1_000_000_000_000 && !number.starts_with('-')).map(Account::Number)
    }

    /// The account as AWS writes it, a number with 12 digits.
    pub fn text(&self) -> Cow<'a, str> {
        match self {
            Account::Text(text) => text.text(),
            Account::Number(number) => format!("{number:012}").into(),
        }
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
    /// The way.
    pub way: Way,
    /// When it was completed, by `eventTime`; never the time of arrival.
    pub time: EventTime,
    /// What kind of identity signed in.
    pub identity: Identity,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a second factor was used; `None` where the record cannot know. AWS writes "No" for every
    /// session, whatever the identity provider asked for, so of sessions only a yes counts.
    pub mfa: Option<bool>,
    /// The fields as they were written.
    pub fields: Fields<'a>,
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
    /// Whether the identity was proved elsewhere, as for roles and federated users.
    fn is_session(self) -> bool {
        use Identity::{AssumedRole, FederatedUser, IdentityCenter, ReservedRole};
        matches!(self, AssumedRole | ReservedRole | FederatedUser | IdentityCenter)
    }

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
    pub(crate) fn of(text: Option<Str<'_>>) -> Self {
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

fn says_true(text: Str<'_>) -> bool {
    text.text().eq_ignore_ascii_case("true")
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
