//! The principal of a sign-in, as rules need it: person, role, account, IP address. Knows how AWS
//! writes identities (the "CloudTrail userIdentity element" page). Knows nothing of rules.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::json::Str;
use crate::sign_in::{Account, Identity, SignIn};

/// What AWS writes in place of the name of a user that does not exist, since the text typed may be
/// a password.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The principal of a sign-in. What is unknown is `None`, which no pattern matches, not even `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal<'a> {
    /// The person: the IAM user's name, `root`, the session's name of a role, the name of a federated user,
    /// the name or else the identifier of an Identity Center user.
    pub user: Option<Cow<'a, str>>,
    /// `userIdentity.arn`.
    pub arn: Option<Cow<'a, str>>,
    /// The account signed in to.
    pub account: Option<Cow<'a, str>>,
    /// The name of the role, if one was assumed.
    pub role: Option<Cow<'a, str>>,
    /// The kind of identity.
    pub identity: Identity,
    /// The source IP address, if it is one.
    pub address: Option<IpAddr>,
}

impl<'a> Principal<'a> {
    /// An IAM user of an account, for questions without a record.
    pub fn user(user: impl Into<Cow<'a, str>>, account: Option<&'a str>) -> Self {
        let user = Some(user.into());
        let account = account.map(Cow::Borrowed);
        Principal { user, arn: None, account, role: None, identity: Identity::IamUser, address: None }
    }

    /// The principal of a sign-in. What it says of the person is what rules, the tag, notifications, digests,
    /// `--dedupe` and `explain` say.
    pub fn of(sign_in: &SignIn<'a>) -> Self {
        let fields = &sign_in.fields;
        let known = |field: Option<Str<'a>>| field.and_then(|text| said(text.text()));
        let account = |field: Option<Account<'a>>| field.and_then(|account| said(account.text()));
        let arn = known(fields.arn);
        let account = account(fields.account).or_else(|| account(fields.recipient_account));
        let account = account.or_else(|| arn.as_ref().and_then(account_of));
        let resource = arn.as_ref().and_then(resource);
        let last = || resource.as_ref().and_then(|text| after(text, text.rfind('/')?));
        let name = || known(fields.user_name);
        // `AROAEXAMPLE:SESSION`, `111122223333:NAME`
        let session = || {
            let principal = known(fields.principal)?;
            after(&principal, principal.find(':')?)
        };
        let (mut role, mut user) = (None, None);
        match sign_in.identity {
            Identity::AssumedRole | Identity::ReservedRole => {
                let assumed = resource.as_ref().and_then(assumed_role);
                let (named, person) = assumed.map_or((None, None), |(role, person)| (Some(role), person));
                role = named.or_else(|| known(fields.role));
                user = person.or_else(session).or_else(name);
            }
            Identity::FederatedUser => {
                let federated = resource.as_ref().filter(|text| text.starts_with("federated-user/"));
                user = federated.and_then(|text| after(text, text.find('/')?)).or_else(session).or_else(name);
            }
            Identity::Root => user = Some("root".into()),
            // If the record hides the name, nothing else in it is used as the name.
            _ if fields.user_name.is_some_and(|name| name.is(HIDDEN)) => {}
            Identity::IdentityCenter => {
                user = name().or_else(|| known(fields.on_behalf_of)).or_else(session).or_else(last);
            }
            _ => user = name().or_else(last).or_else(|| known(fields.on_behalf_of)),
        }
        let address = fields.source_ip.and_then(|text| text.text().parse().ok());
        Principal { user, arn, account, role, identity: sign_in.identity, address }
    }
}

/// The text, if it says something.
fn said(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    Some(text).filter(|text| !text.is_empty() && *text != HIDDEN)
}

/// `arn:partition:service:region:account:resource`
fn part_of<'a>(arn: &Cow<'a, str>, number: usize) -> Option<Cow<'a, str>> {
    let start = arn.match_indices(':').nth(number - 1)?.0 + 1;
    let end = match number {
        5 => arn.len(),
        _ => start + arn[start..].find(':')?,
    };
    slice(arn, start, end)
}

fn resource<'a>(arn: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    arn.starts_with("arn:").then(|| part_of(arn, 5))?
}

fn account_of<'a>(arn: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    arn.starts_with("arn:").then(|| part_of(arn, 4))?
}

/// Role and session of `assumed-role/ROLE/SESSION`.
fn assumed_role<'a>(resource: &Cow<'a, str>) -> Option<(Cow<'a, str>, Option<Cow<'a, str>>)> {
    let start = "assumed-role/".len();
    let end = start + resource.strip_prefix("assumed-role/")?.find('/')?;
    Some((slice(resource, start, end)?, after(resource, end)))
}

/// What stands behind a separator of one byte.
fn after<'a>(text: &Cow<'a, str>, separator: usize) -> Option<Cow<'a, str>> {
    slice(text, separator + 1, text.len())
}

fn slice<'a>(text: &Cow<'a, str>, start: usize, end: usize) -> Option<Cow<'a, str>> {
    let part = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end)?),
        Cow::Owned(text) => Cow::Owned(text.get(start..end)?.to_owned()),
    };
    (!part.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Cursor;
    use crate::sign_in::Fields;

    /// User, role and account of a record with this `userIdentity`.
    fn who(identity: &str) -> (Option<String>, Option<String>, Option<String>) {
        let text = format!(
            r#"{{"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{identity}}}"#
        );
        let mut fields = Fields::default();
        let mut cursor = Cursor::new(text.as_bytes());
        cursor
            .object(|cursor, key| {
                if !fields.take(cursor, key.text().as_bytes())? {
                    cursor.skip()?;
                }
                Ok(())
            })
            .unwrap();
        let sign_in = fields.sign_in().unwrap();
        let principal = Principal::of(&sign_in);
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        (owned(principal.user), owned(principal.role), owned(principal.account))
    }

    #[test]
    fn finds_the_user_of_every_kind_of_identity() {
        let some = |text: &str| Some(text.to_owned());
        for (identity, user, role, account) in [
            (
                r#"{"type":"IAMUser","userName":"anaya","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/anaya"}"#,
                some("anaya"),
                None,
                some("111122223333"),
            ),
            (
                r#"{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS","accountId":"1"}"#,
                None,
                None,
                some("1"),
            ),
            (
                r#"{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS","arn":"arn:aws:iam::1:user/x"}"#,
                None,
                None,
                some("1"),
            ),
            (r#"{"type":"IAMUser","arn":"arn:aws:iam::1:user/dev/lee"}"#, some("lee"), None, some("1")),
            (
                r#"{"type":"AssumedRole","principalId":"AROAX:lee@example.com","arn":"arn:aws:sts::1:assumed-role/Admin/lee@example.com"}"#,
                some("lee@example.com"),
                some("Admin"),
                some("1"),
            ),
            (
                r#"{"type":"AssumedRole","principalId":"AROAX:lee","sessionContext":{"sessionIssuer":{"type":"Role","userName":"Admin"}}}"#,
                some("lee"),
                some("Admin"),
                None,
            ),
            (
                r#"{"type":"AssumedRole","arn":"arn:aws-us-gov:sts::1:assumed-role/AWSReservedSSO_Ops_1/lee"}"#,
                some("lee"),
                some("AWSReservedSSO_Ops_1"),
                some("1"),
            ),
            (
                r#"{"type":"FederatedUser","arn":"arn:aws:sts::1:federated-user/kim","principalId":"1:kim"}"#,
                some("kim"),
                None,
                some("1"),
            ),
            (
                r#"{"type":"AssumedRole","principalId":"AROAX:a/b:c","arn":"arn:aws:iam::1:role/path/Admin","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}"#,
                some("a/b:c"),
                some("Admin"),
                some("1"),
            ),
            (
                r#"{"type":"AssumedRole","userName":"lee","arn":"arn:aws:sts::1:assumed-role/Admin/"}"#,
                some("lee"),
                some("Admin"),
                some("1"),
            ),
            (
                r#"{"type":"FederatedUser","arn":"arn:aws:sts::1:federated-user/a/b"}"#,
                some("a/b"),
                None,
                some("1"),
            ),
            (
                r#"{"type":"IdentityCenterUser","accountId":"1","onBehalfOf":{"userId":"9067-1"},"principalId":"P"}"#,
                some("9067-1"),
                None,
                some("1"),
            ),
            (
                r#"{"type":"IdentityCenterUser","userName":"lee","onBehalfOf":{"userId":"9067-1"}}"#,
                some("lee"),
                None,
                None,
            ),
            (
                r#"{"type":"IAMUser","userName":"lee","accountId":12345}"#,
                some("lee"),
                None,
                some("000000012345"),
            ),
            (
                r#"{"type":"IAMUser","userName":"lee","accountId":1.11122223333e11}"#,
                some("lee"),
                None,
                some("111122223333"),
            ),
            (
                r#"{"type":["x"],"userName":{"a":1},"arn":7,"accountId":[1],"principalId":true,"sessionContext":"x","onBehalfOf":9}"#,
                None,
                None,
                None,
            ),
            (r#""anaya""#, None, None, None),
            (r#"{"type":"Root","arn":"arn:aws:iam::1:root","accountId":"1"}"#, some("root"), None, some("1")),
            (
                r#"{"type":"Root","userName":"company-alias","arn":"arn:aws:iam::1:root"}"#,
                some("root"),
                None,
                some("1"),
            ),
            (r#"{"type":"IAMUser","userName":""}"#, None, None, None),
            (r#"{"type":"AssumedRole","arn":"nonsense"}"#, None, None, None),
            (r#"{}"#, None, None, None),
        ] {
            assert_eq!(who(identity), (user, role, account), "{identity}");
        }
    }
}
