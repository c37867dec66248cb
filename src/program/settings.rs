//! Turns what was said on the command line into what the library takes. Everything that can be refused is refused here,
//! before a byte is read.

use afterhours::filter::{Keep, OnUnreadable, Policy};
use afterhours::rules::Rules;
use afterhours::schedule::Schedule;
use afterhours::signin::{Identity, Outcome};
use afterhours::tag::TagName;
use anyhow::anyhow;

use super::cli::{FilterOptions, IdentityKind, KeepKind, OutcomeKind, UnreadableKind};

/// What a run needs to know.
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) rules: Rules,
    /// What the user should know before it starts.
    pub(crate) remarks: Vec<String>,
}

pub(crate) fn read(options: &FilterOptions) -> anyhow::Result<Settings> {
    let tag = TagName::new(&options.tag).ok_or_else(|| {
        anyhow!(
            "--tag: {:?} cannot be a key: take 1 to 64 letters, digits, `_`, `-`, `.` or `@`",
            options.tag
        )
    })?;
    let policy = Policy {
        identities: identities(&options.identity),
        outcome: match options.outcome {
            OutcomeKind::Any => None,
            OutcomeKind::Success => Some(Outcome::Success),
            OutcomeKind::Failure => Some(Outcome::Failure),
        },
        keep: match options.keep {
            KeepKind::AfterHours => Keep::AfterHours,
            KeepKind::SignIns => Keep::SignIns,
            KeepKind::All => Keep::All,
        },
        unreadable: match options.unreadable {
            UnreadableKind::Forward => OnUnreadable::Forward,
            UnreadableKind::Drop => OnUnreadable::Drop,
            UnreadableKind::Stop => OnUnreadable::Stop,
        },
        tag,
        exhaustive: options.exhaustive,
        longest_line: options.max_line,
        ..Policy::default()
    };
    let mut remarks = Vec::new();
    let rules = Rules::everybody(Schedule { off: options.hours.as_deref() == Some("off") });
    Ok(Settings { policy, rules, remarks })
}

/// No kinds at all stand for every kind.
fn identities(kinds: &[IdentityKind]) -> Vec<Identity> {
    let mut identities = Vec::new();
    for kind in kinds {
        identities.push(match kind {
            IdentityKind::IamUser => Identity::IamUser,
            IdentityKind::Root => Identity::Root,
            IdentityKind::AssumedRole => Identity::AssumedRole,
            IdentityKind::FederatedUser => Identity::FederatedUser,
            IdentityKind::IdentityCenter => Identity::IdentityCenter,
            IdentityKind::All => return Vec::new(),
        });
    }
    identities
}

pub(crate) fn version(_tzdata: &str) -> anyhow::Result<String> {
    Ok("afterhours\n".into())
}
