//! The ways to sign in to AWS: which event stands for a sign-in, so that one sign-in is one finding. Knows
//! names of events and how they end. Knows nothing of who signs in.

use crate::sign_in::{EVENT_NAME, EVENT_SOURCE, Fields, Outcome};

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The console: `ConsoleLogin`.
    Console,
    /// `aws login` of the AWS CLI, which turns a console session into credentials: `AuthorizeOAuth2Access`.
    /// `CreateOAuth2Token` follows, also each time the credentials are renewed, so it does not count.
    Cli,
    /// The access portal of Identity Center: `UserAuthentication`, which comes once all that was asked for is
    /// proved, and `CredentialVerification` of what was wrong. One that succeeds is a step, and does not
    /// count.
    Portal,
}

impl Way {
    /// The way that an event belongs to, whether or not it counts.
    pub(crate) fn of_event(name: &str) -> Option<Self> {
        match name {
            EVENT_NAME => Some(Way::Console),
            "AuthorizeOAuth2Access" => Some(Way::Cli),
            "UserAuthentication" | "CredentialVerification" => Some(Way::Portal),
            _ => None,
        }
    }

    /// The way that a record is a sign-in by, and how it ended.
    pub(super) fn of(record: &Fields<'_>) -> Option<(Self, Outcome)> {
        let name = record.event_name?;
        let source = record.event_source.map(|source| source.is(EVENT_SOURCE));
        if name.is(EVENT_NAME) {
            let says_more =
                record.event_time.is_some() || record.has_identity || record.console_login.is_some();
            return source.unwrap_or(says_more).then(|| (Way::Console, Outcome::of(record.console_login)));
        }
        // Other services have events of these names.
        if source != Some(true) {
            return None;
        }
        let failed = record.has_error.then_some(Outcome::Failure);
        match &*name.text() {
            "AuthorizeOAuth2Access" => Some((Way::Cli, failed.unwrap_or(Outcome::Success))),
            "UserAuthentication" => {
                Some((Way::Portal, record.authentication.or(failed).unwrap_or(Outcome::Unknown)))
            }
            "CredentialVerification" => {
                let outcome = record.verification.or(failed).unwrap_or(Outcome::Unknown);
                (outcome != Outcome::Success).then_some((Way::Portal, outcome))
            }
            _ => None,
        }
    }

    /// The word for it on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Console => "console",
            Way::Cli => "cli",
            Way::Portal => "portal",
        }
    }
}

/// Some ways to sign in; by default the console alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways(u8);

impl Default for Ways {
    fn default() -> Self {
        Ways::of(&[Way::Console])
    }
}

impl Ways {
    /// These ways.
    pub fn of(ways: &[Way]) -> Self {
        Ways(ways.iter().fold(0, |all, &way| all | 1 << way as u8))
    }

    /// Whether a way is one of them.
    pub fn has(self, way: Way) -> bool {
        self.0 & 1 << way as u8 != 0
    }

    /// Whether any is one of them but the console.
    pub fn is_more(self) -> bool {
        self.has(Way::Cli) || self.has(Way::Portal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Str;

    #[test]
    fn one_event_stands_for_a_sign_in() {
        use Outcome::{Failure, Success, Unknown};
        let record = |name, source, has_error, said| {
            let fields = Fields {
                event_name: Some(Str::plain(name)),
                event_source: Some(Str::plain(source)),
                has_error,
                authentication: said,
                verification: said,
                ..Fields::default()
            };
            Way::of(&fields)
        };
        let signin = EVENT_SOURCE;
        for (name, source, has_error, said, wanted) in [
            ("AuthorizeOAuth2Access", signin, false, None, Some((Way::Cli, Success))),
            ("AuthorizeOAuth2Access", signin, true, None, Some((Way::Cli, Failure))),
            ("CreateOAuth2Token", signin, false, None, None),
            ("UserAuthentication", signin, false, Some(Success), Some((Way::Portal, Success))),
            ("UserAuthentication", signin, false, None, Some((Way::Portal, Unknown))),
            ("CredentialVerification", signin, false, Some(Success), None),
            ("CredentialVerification", signin, false, Some(Failure), Some((Way::Portal, Failure))),
            ("CredentialVerification", signin, false, None, Some((Way::Portal, Unknown))),
            ("CredentialVerification", signin, true, None, Some((Way::Portal, Failure))),
            ("CredentialChallenge", signin, false, None, None),
            ("UserAuthentication", "other.amazonaws.com", false, None, None),
            ("ConsoleLogin", "other.amazonaws.com", false, None, None),
        ] {
            assert_eq!(record(name, source, has_error, said), wanted, "{name} {source} {has_error}");
        }
    }

    #[test]
    fn the_console_is_the_default() {
        let ways = Ways::default();
        assert!(ways.has(Way::Console) && !ways.has(Way::Cli) && !ways.is_more());
        let ways = Ways::of(&[Way::Portal]);
        assert!(ways.has(Way::Portal) && !ways.has(Way::Console) && ways.is_more());
    }
}
