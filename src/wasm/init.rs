//! What the door begins with: a configuration that was found and is right, the default, or doubt. Knows where to look.

use std::path::{Path, PathBuf};

use crate::config;
use crate::config::{Config, ConfigError, ConfigErrors, Location, ScheduleSpec, Source};
use crate::filter::{Keep, Policy};
use crate::rules::Rules;
use crate::sanitize::printable_path;
use crate::schedule::Schedule;
use crate::wasm::host::Surroundings;
use crate::wasm::options::Keys;

/// The file that is looked for.
pub const CONFIGURATION: &str = "afterhours.toml";

/// What the door begins with.
pub(super) struct Start {
    pub(super) policy: Policy,
    pub(super) rules: Rules,
    /// What is wrong with the configuration, so that nothing can be judged.
    pub(super) broken: Option<String>,
}

/// Always begins, and says with what.
pub(super) fn start(surroundings: &impl Surroundings) -> Start {
    match read(surroundings) {
        Ok((keys, rules)) => {
            Start { policy: Policy { keep: Keep::SignIns, ..keys.policy() }, rules, broken: None }
        }
        Err(errors) => broken(surroundings, &errors),
    }
}

// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn broken(surroundings: &impl Surroundings, errors: &ConfigErrors) -> Start {
    let why = errors.to_string().replace("\n ", "");
    surroundings.say(&format!("{why}; until that is mended, every console sign-in goes out undecided"));
    Start {
        policy: Policy { identities: Vec::new(), keep: Keep::SignIns, ..Policy::default() },
        rules: Rules::everybody(Schedule::never("default")),
        broken: Some(format!("the configuration is not right: {why}")),
    }
}

fn read(surroundings: &impl Surroundings) -> Result<(Keys, Rules), ConfigErrors> {
    let file = File::find(surroundings)?;
    let source = file.as_ref().map(File::source).unwrap_or_default();
    let config = config::read(&source, ScheduleSpec::default(), surroundings)?;
    let keys = Keys::read(&source)?;
    tell(surroundings, &config, file.is_some());
    Ok((keys, config.rules))
}

/// The configuration's file, as it was found.
struct File {
    path: PathBuf,
    name: String,
    text: String,
}

impl File {
    /// The first that is there.
    // A frame of its own: see "Stack" in `wasm`.
    #[inline(never)]
    fn find(surroundings: &impl Surroundings) -> Result<Option<Self>, ConfigError> {
        let paths = surroundings.folders().into_iter().map(|folder| folder.join(CONFIGURATION));
        let Some(path) = paths.into_iter().find(|path| surroundings.is_there(path)) else { return Ok(None) };
        let name = printable_path(&path);
        match surroundings.text(&path) {
            Ok(text) => Ok(Some(File { path, name, text })),
            Err(why) => Err(Location::line_of(&name, 1, "").error(why)),
        }
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text, beside: self.path.parent().unwrap_or(Path::new("")) }
    }
}

/// Says what goes without saying, and is better said once.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn tell(surroundings: &impl Surroundings, config: &Config, found: bool) {
    if found {
        config.warnings.iter().chain(&config.remarks).for_each(|line| surroundings.say(line));
        return;
    }
    let folders: Vec<String> = surroundings.folders().iter().map(|folder| printable_path(folder)).collect();
    let first = &config.rules.default().first;
    surroundings.say(&format!(
        "no {CONFIGURATION} in the accessible paths ({}): business hours are {}, {}",
        if folders.is_empty() { "none".to_owned() } else { folders.join(", ") },
        first.hours(),
        first.zone().name()
    ));
}
