//! Records whose keys lost their case: Athena and Glue write `eventname`, Steampipe `event_name`. Knows
//! how CloudTrail spells them. Knows nothing of what the values say.

use crate::json::{Cursor, Str};
use crate::sign_in::EVENT_NAME;

/// The keys of a record that are read, at any depth.
const KEYS: [&str; 26] = [
    "eventVersion",
    "eventSource",
    "eventName",
    "eventTime",
    "eventID",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "recipientAccountId",
    "userIdentity",
    "type",
    "userName",
    "arn",
    "accountId",
    "principalId",
    "sessionContext",
    "sessionIssuer",
    "attributes",
    "mfaAuthenticated",
    "responseElements",
    "ConsoleLogin",
    "additionalEventData",
    "MFAUsed",
    "onBehalfOf",
    "userId",
    "AuthWorkflowID",
];

/// How CloudTrail spells a key that is written in lower case, with or without `_`.
pub(crate) fn original(key: &str) -> Option<&'static str> {
    if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let letters = || key.bytes().filter(|&byte| byte != b'_');
    KEYS.into_iter().find(|name| name.bytes().map(|byte| byte.to_ascii_lowercase()).eq(letters()))
}

/// The object with CloudTrail's own keys, if it is a console sign-in that lost their case. `object` is
/// sound.
#[cold]
pub(super) fn restored(object: &[u8]) -> Option<Vec<u8>> {
    let mut is_sign_in = false;
    let read = Cursor::new(object).object(|cursor, key| {
        let names_event = original(&key.text()) == Some("eventName");
        let value = cursor.string_or_skip()?;
        is_sign_in |= names_event && value.is_some_and(|value| value.is(EVENT_NAME));
        Ok(())
    });
    read.ok().filter(|()| is_sign_in)?;
    let mut out = Vec::with_capacity(object.len() + 64);
    let mut at = 0;
    while let Some(rest) = object.get(at..)
        && let Some(quote) = memchr::memchr(b'"', rest)
    {
        out.extend_from_slice(rest.get(..quote)?);
        let string = rest.get(quote..)?;
        let mut cursor = Cursor::new(string);
        let text: Str<'_> = cursor.string_or_skip().ok()??;
        let length = cursor.at();
        let key = (cursor.peek() == Some(b':')).then(|| original(&text.text())).flatten();
        match key {
            Some(key) => [b"\"", key.as_bytes(), b"\""].iter().for_each(|part| out.extend_from_slice(part)),
            None => out.extend_from_slice(string.get(..length)?),
        }
        at += quote + length;
    }
    out.extend_from_slice(object.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_how_a_key_was_spelled() {
        for (key, wanted) in [
            ("eventname", Some("eventName")),
            ("event_name", Some("eventName")),
            ("source_ip_address", Some("sourceIPAddress")),
            ("sourceipaddress", Some("sourceIPAddress")),
            ("arn", Some("arn")),
            ("consolelogin", Some("ConsoleLogin")),
            ("EventName", None),
            ("eventName", None),
            ("name", None),
            ("", None),
        ] {
            assert_eq!(original(key), wanted, "{key}");
        }
    }

    #[test]
    fn changes_keys_at_any_depth_and_nothing_else() {
        let restored = |text: &str| restored(text.as_bytes()).map(|out| String::from_utf8(out).unwrap());
        assert_eq!(
            restored(r#"{"eventname" : "ConsoleLogin","x":["eventname",{"user_name":"eventname\":"}],"\u0061rn":1.50}"#)
                .as_deref(),
            Some(r#"{"eventName" : "ConsoleLogin","x":["eventname",{"userName":"eventname\":"}],"arn":1.50}"#)
        );
        for text in [
            r#"{"eventname":"GetObject"}"#,
            r#"{"eventName":"ConsoleLogin"}"#,
            r#"{"a":{"eventname":"ConsoleLogin"}}"#,
        ] {
            assert_eq!(restored(text), None, "{text}");
        }
    }
}
