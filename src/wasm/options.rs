//! `[wasm]`: what the program has on its command line. Knows four keys; knows nothing of hours.

use crate::config;
use crate::config::keys::{Key, Kind};
use crate::config::{ConfigErrors, Result, Table, TomlValue, rules};
use crate::filter::Policy;
use crate::sign_in::{Identity, Outcome, Way, Ways};
use crate::tag::TagName;

/// The keys of `[wasm]`.
pub const SECTION_KEYS: config::keys::Keys = &[
    Key::new(
        "identity",
        Kind::Words(&["iam-user", "root", "assumed-role", "federated-user", "identity-center", "all"]),
        "Whose sign-ins count.",
    )
    .default("\"iam-user\""),
    Key::new("sign_in", Kind::Words(&["console", "cli", "portal"]), "The ways to sign in that count.")
        .default("\"console\""),
    Key::new("outcome", Kind::Word(&["any", "success", "failure"]), "Which outcomes count.")
        .default("\"any\""),
    Key::new("tag", Kind::Text, "The key of the tag.").default("\"after_hours\""),
];

/// What counts, and what the tag is called. Each key may be missing.
///
/// ```toml
/// [wasm]
/// identity = ["iam-user", "root"]   # or "all"; iam-user where nothing is said
/// sign_in = ["console", "cli"]       # or "portal"; console where nothing is said
/// outcome = "any"                   # or "success" or "failure"
/// tag = "after_hours"               # the key of the tag
/// ```
#[derive(Debug, Clone, Default)]
pub struct WasmOptions {
    /// ShiftOwner sign-ins count, as `--identity` says it: empty for everybody's.
    pub identity: Option<Vec<Identity>>,
    /// The ways to sign in that count, as `--sign-in` says it.
    pub sign_in: Ways,
    /// Which outcomes count, as `--outcome` says it.
    pub outcome: Option<Outcome>,
    /// The key of the tag, as `--tag` says it.
    pub tag: Option<TagName>,
}

impl WasmOptions {
    /// The name of the section.
    pub const SECTION: &'static str = "wasm";

    /// Reads the section, where there is one.
    ///
    /// # Errors
    /// All that is wrong with it.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    pub fn read(section: Option<TomlValue<'_>>) -> Result<Self, ConfigErrors> {
        let mut keys = WasmOptions::default();
        let Some(section) = section else { return Ok(keys) };
        let mut table = section.table()?;
        let mut errors = Vec::new();
        table.expect(SECTION_KEYS, &mut errors);
        let each = [Self::identity, Self::sign_in, Self::outcome, Self::tag];
        errors.extend(each.into_iter().filter_map(|take| take(&mut keys, &mut table).err()));
        if errors.is_empty() { Ok(keys) } else { Err(ConfigErrors(errors)) }
    }

    fn identity(&mut self, table: &mut Table<'_>) -> Result<()> {
        let Some(item) = table.take("identity") else { return Ok(()) };
        let location = item.location.clone();
        let texts = item.texts()?;
        self.identity = Some(match texts.as_slice() {
            [] => {
                return Err(
                    location.error("an empty list counts nobody; leave the key out, or write \"all\"")
                );
            }
            [all] if all.value == "all" => Vec::new(),
            _ => rules::identities(texts)?,
        });
        Ok(())
    }

    fn sign_in(&mut self, table: &mut Table<'_>) -> Result<()> {
        let Some(item) = table.take("sign_in") else { return Ok(()) };
        let location = item.location.clone();
        let mut ways = Vec::new();
        for text in item.texts()? {
            ways.push(match text.value.as_str() {
                "console" => Way::Console,
                "cli" => Way::Cli,
                "portal" => Way::Portal,
                other => {
                    let what = format!("no way to sign in {other:?}; known here: console, cli, portal");
                    return Err(text.location.error(what));
                }
            });
        }
        if ways.is_empty() {
            return Err(location.error("an empty list counts nothing; leave the key out"));
        }
        self.sign_in = Ways::of(&ways);
        Ok(())
    }

    fn outcome(&mut self, table: &mut Table<'_>) -> Result<()> {
        let Some(item) = table.take("outcome") else { return Ok(()) };
        let text = item.text()?;
        self.outcome = match text.value.as_str() {
            "any" => None,
            "success" => Some(Outcome::Success),
            "failure" => Some(Outcome::Failure),
            other => {
                return Err(text
                    .location
                    .error(format!("no outcome {other:?}; known here: any, success, failure")));
            }
        };
        Ok(())
    }

    fn tag(&mut self, table: &mut Table<'_>) -> Result<()> {
        let Some(item) = table.take("tag") else { return Ok(()) };
        let text = item.text()?;
        let error = || {
            let what = "cannot be a key: take 1 to 64 letters, digits, `_`, `-`, `.` or `@`";
            text.location.error(format!("{:?} {what}", text.value))
        };
        self.tag = Some(TagName::new(&text.value).ok_or_else(error)?);
        Ok(())
    }

    pub(super) fn policy(self) -> Policy {
        let default = Policy::default();
        Policy {
            identities: self.identity.unwrap_or(default.identities),
            outcome: self.outcome,
            tag: self.tag.unwrap_or(default.tag),
            record_paths: default.record_paths.with_ways(self.sign_in),
            ..default
        }
    }
}
