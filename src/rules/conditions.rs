//! The conditions of a rule. Of several values of a key, any must match; of several keys, all.
//! Knows who signed in. Knows nothing of schedules.

use std::fmt;
use std::net::IpAddr;

use crate::rules::network::Network;
use crate::rules::pattern::Patterns;
use crate::rules::principal::Principal;
use crate::sign_in::Identity;

/// The conditions of a rule; `None` for a key that it does not have. Without conditions it matches
/// everyone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// The person: IAM user name, or session name of a role or federated user.
    pub user: Option<Patterns>,
    /// `userIdentity.arn`.
    pub arn: Option<Patterns>,
    /// Account number.
    pub account: Option<Patterns>,
    /// Groups of users.
    pub group: Option<Groups>,
    /// The name of the role that was assumed.
    pub role: Option<Patterns>,
    /// Kinds of identity.
    pub identity: Option<Vec<Identity>>,
    /// Source networks.
    pub network: Option<Vec<Network>>,
}

/// The groups of a rule, and all their members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Their names, for display.
    pub names: Vec<String>,
    /// The members of all of them, by user name.
    pub members: Patterns,
}

impl Conditions {
    /// Whether they match a principal.
    pub fn matches(&self, principal: &Principal<'_>) -> bool {
        fn any(patterns: Option<&Patterns>, text: Option<&str>) -> bool {
            patterns.is_none_or(|patterns| text.is_some_and(|text| patterns.matches(text)))
        }
        let user = principal.user.as_deref();
        any(self.user.as_ref(), user)
            && any(self.group.as_ref().map(|group| &group.members), user)
            && any(self.account.as_ref(), principal.account.as_deref())
            && any(self.role.as_ref(), principal.role.as_deref())
            && any(self.arn.as_ref(), principal.arn.as_deref())
            && self
                .identity
                .as_ref()
                .is_none_or(|kinds| kinds.iter().any(|&kind| is_kind(principal.identity, kind)))
            && self.network.as_ref().is_none_or(|networks| {
                principal
                    .address
                    .is_some_and(|address: IpAddr| networks.iter().any(|net| net.contains(address)))
            })
    }

    /// Whether there are none: everyone is matched.
    pub fn is_empty(&self) -> bool {
        *self == Conditions::default()
    }

    /// Whether they match whenever `other` does. `true` is certain; `false` may only mean that it
    /// could not be proved.
    pub fn covers(&self, other: &Conditions) -> bool {
        fn wider(ours: Option<&Patterns>, theirs: &[Option<&Patterns>]) -> bool {
            ours.is_none_or(|ours| theirs.iter().flatten().any(|theirs| ours.covers(theirs)))
        }
        fn all<T>(ours: Option<&Vec<T>>, theirs: Option<&Vec<T>>, holds: impl Fn(&T, &T) -> bool) -> bool {
            ours.is_none_or(|ours| {
                theirs
                    .is_some_and(|theirs| theirs.iter().all(|their| ours.iter().any(|our| holds(our, their))))
            })
        }
        let their_people = [other.user.as_ref(), other.group.as_ref().map(|group| &group.members)];
        wider(self.user.as_ref(), &their_people)
            && wider(self.group.as_ref().map(|group| &group.members), &their_people)
            && wider(self.arn.as_ref(), &[other.arn.as_ref()])
            && wider(self.account.as_ref(), &[other.account.as_ref()])
            && wider(self.role.as_ref(), &[other.role.as_ref()])
            && all(self.identity.as_ref(), other.identity.as_ref(), |our, their| is_kind(*their, *our))
            && all(self.network.as_ref(), other.network.as_ref(), Network::covers)
    }

    /// The only user names that they can match, if those can be listed.
    pub(super) fn only_users(&self) -> Option<impl Iterator<Item = &str>> {
        let of_group = || self.group.as_ref().and_then(|group| group.members.only_exact());
        let of_user = self.user.as_ref().and_then(Patterns::only_exact);
        match of_user {
            Some(names) => Some(Box::new(names) as Box<dyn Iterator<Item = &str>>),
            None => of_group().map(|names| Box::new(names) as Box<dyn Iterator<Item = &str>>),
        }
    }
}

/// A role that Identity Center created is of both kinds.
fn is_kind(identity: Identity, kind: Identity) -> bool {
    identity == kind
        || (identity == Identity::ReservedRole
            && matches!(kind, Identity::AssumedRole | Identity::IdentityCenter))
}

impl fmt::Display for Conditions {
    /// For display: `user svc-*, account 111122223333 or 444455556666`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut add = |key: &str, text: Option<String>| {
            parts.extend(text.map(|text| format!("{key} {text}")));
        };
        let patterns = |patterns: &Option<Patterns>| patterns.as_ref().map(Patterns::to_string);
        add("user", patterns(&self.user));
        add("group", self.group.as_ref().map(|group| group.names.join(", ")));
        add("arn", patterns(&self.arn));
        add("account", patterns(&self.account));
        add("role", patterns(&self.role));
        let list = |words: Vec<String>| words.join(", ");
        add(
            "identity",
            self.identity.as_ref().map(|kinds| list(kinds.iter().map(|k| word(*k).to_owned()).collect())),
        );
        add("network", self.network.as_ref().map(|nets| list(nets.iter().map(Network::to_string).collect())));
        if parts.is_empty() { f.write_str("everybody") } else { f.write_str(&parts.join("; ")) }
    }
}

/// The word for a kind of identity, as `--identity` takes it.
fn word(identity: Identity) -> &'static str {
    match identity {
        Identity::IamUser => "iam-user",
        Identity::Root => "root",
        Identity::AssumedRole | Identity::ReservedRole => "assumed-role",
        Identity::FederatedUser => "federated-user",
        Identity::IdentityCenter => "identity-center",
        Identity::Other => "other",
        Identity::Missing => "missing",
    }
}
