//! What the door begins with: a configuration that was found and is right, the default, or doubt. Knows where to look.

use super::keys::Keys;
use super::world::Surroundings;
use crate::config::{self, Item, Part, Place, Refusals, Source, Written};
use crate::filter::{Keep, Policy};
use crate::rules::Rules;
use crate::schedule::Schedule;

/// The file that is looked for.
pub const CONFIGURATION: &str = "afterhours.toml";

/// The parts of the file that mean something to the program only.
const PASSED_OVER: [&str; 1] = ["notify"];

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
        Err(refusals) => {
            let why = refusals.to_string().replace("\n ", "");
            surroundings
                .say(&format!("{why}; until that is mended, every console sign-in goes out undecided"));
            Start {
                policy: Policy { identities: Vec::new(), keep: Keep::SignIns, ..Policy::default() },
                rules: Rules::everybody(Schedule::never("default")),
                broken: Some(format!("the configuration is not right: {why}")),
            }
        }
    }
}

fn read(surroundings: &impl Surroundings) -> Result<(Keys, Rules), Refusals> {
    let folders = surroundings.folders();
    let Some(path) =
        folders.iter().map(|folder| folder.join(CONFIGURATION)).find(|path| surroundings.is_there(path))
    else {
        let config = config::read(&Source::default(), Written::default(), surroundings, &mut [])?;
        let first = &config.rules.default().first;
        let folders: Vec<String> = folders.iter().map(|folder| config::shown(folder)).collect();
        surroundings.say(&format!(
            "no {CONFIGURATION} in the accessible paths ({}): business hours are {}, {}",
            if folders.is_empty() { "none".to_owned() } else { folders.join(", ") },
            first.hours(),
            first.zone().name()
        ));
        return Ok((Keys::default(), config.rules));
    };
    let name = config::shown(&path);
    let text = surroundings.text(&path).map_err(|why| Place::line_of(&name, 1, "").refuse(why))?;
    let mut keys = Keys::default();
    let mut take = |item: Item<'_>| keys.take(item);
    let mut pass_over = |_: Item<'_>| Vec::new();
    let [notify] = PASSED_OVER;
    let mut parts = [Part { name: Keys::PART, read: &mut take }, Part { name: notify, read: &mut pass_over }];
    let source = Source { name: &name, text: &text, beside: path.parent().unwrap_or(&path) };
    let config = config::read(&source, Written::default(), surroundings, &mut parts)?;
    config.warnings.iter().chain(&config.remarks).for_each(|line| surroundings.say(line));
    Ok((keys, config.rules))
}
