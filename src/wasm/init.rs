//! What the handler begins with: a configuration that was found and is right, the default, or doubt. Knows where to look.

use std::path::{Path, PathBuf};

use crate::config;
use crate::config::{Config, ConfigError, ConfigErrors, Document, Location, ScheduleSpec, Source};
use crate::filter::{Keep, Policy};
use crate::rules::Rules;
use crate::sanitize::printable_path;
use crate::schedule::Schedule;
use crate::wasm::host::HostEnv;
use crate::wasm::options::WasmOptions;

/// The file that is looked for.
pub const CONFIGURATION: &str = "afterhours.toml";

/// What the handler begins with.
pub(super) struct Start {
    pub(super) policy: Policy,
    pub(super) rules: Rules,
    /// What is wrong with the configuration, so that nothing can be evaluated.
    pub(super) broken: Option<String>,
}

/// Always begins, and says with what.
pub(super) fn start(host: &impl HostEnv) -> Start {
    match read(host) {
        Ok((keys, rules)) => {
            Start { policy: Policy { keep: Keep::SignIns, ..keys.policy() }, rules, broken: None }
        }
        Err(errors) => broken(host, &errors),
    }
}

// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn broken(host: &impl HostEnv, errors: &ConfigErrors) -> Start {
    let why = errors.to_string().replace("\n ", "");
    host.say(&format!("{why}; until that is fixed, every console sign-in goes out undecided"));
    Start {
        policy: Policy { identities: Vec::new(), keep: Keep::SignIns, ..Policy::default() },
        rules: Rules::everybody(Schedule::never("default")),
        broken: Some(format!("the configuration has errors: {why}")),
    }
}

fn read(host: &impl HostEnv) -> Result<(WasmOptions, Rules), ConfigErrors> {
    let file = File::find(host)?;
    let source = file.as_ref().map(File::source).unwrap_or_default();
    let mut document = Document::parse(&source)?;
    let section = document.section(WasmOptions::SECTION);
    let config = config::read(document, ScheduleSpec::default(), host)?;
    let keys = WasmOptions::read(section)?;
    tell(host, &config, file.is_some());
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
    fn find(host: &impl HostEnv) -> Result<Option<Self>, ConfigError> {
        let paths = host.folders().into_iter().map(|folder| folder.join(CONFIGURATION));
        let Some(path) = paths.into_iter().find(|path| host.is_there(path)) else { return Ok(None) };
        let name = printable_path(&path);
        match host.text(&path) {
            Ok(text) => Ok(Some(File { path, name, text })),
            Err(why) => Err(Location::file_of(&name).error(why)),
        }
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.name, text: &self.text, beside: self.path.parent().unwrap_or(Path::new("")) }
    }
}

/// Says what goes without saying, and is better said once.
// A frame of its own: see "Stack" in `wasm`.
#[inline(never)]
fn tell(host: &impl HostEnv, config: &Config, found: bool) {
    if found {
        config.warnings.iter().chain(&config.remarks).for_each(|line| host.say(line));
        return;
    }
    let folders: Vec<String> = host.folders().iter().map(|folder| printable_path(folder)).collect();
    let first = &config.rules.default().first;
    host.say(&format!(
        "no {CONFIGURATION} in the accessible paths ({}): business hours are {}, {}",
        if folders.is_empty() { "none".to_owned() } else { folders.join(", ") },
        first.hours(),
        first.zone().name()
    ));
}
