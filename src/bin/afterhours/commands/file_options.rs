//! Options in the configuration's file: `[filter]`, `[listen]` and `[outbox]`. Each key is an option of the command line, and
//! its value becomes the option's default: a flag overrides the environment, which overrides the file. Knows which key is
//! which option. Knows nothing of what the options mean: their words, limits and defaults are `cli`'s.

use std::ffi::OsString;
use std::path::Path;

use afterhours::config::keys::Kind;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

use crate::cli::Cli;
use crate::sys::config_file::{ConfigError, ConfigErrors, Document, Location, Result, TomlValue, suggest};

/// A key of a section, and the option that it stands for.
pub(crate) struct FileKey {
    pub(crate) name: &'static str,
    /// How clap names the option; the first of these that there is.
    options: &'static [&'static str],
    pub(crate) kind: Kind,
    /// The value is a path, relative to the configuration's file.
    path: bool,
}

const fn key(name: &'static str, options: &'static [&'static str], kind: Kind) -> FileKey {
    FileKey { name, options, kind, path: false }
}

const fn path(name: &'static str, options: &'static [&'static str]) -> FileKey {
    FileKey { name, options, kind: Kind::Text, path: true }
}

/// The sections and their keys.
pub(crate) const SECTIONS: &[(&str, &str, &[FileKey])] = &[
    (
        "filter",
        "What counts and what goes out, as the options say it.",
        &[
            key("identity", &["identity"], Kind::Texts),
            key("sign_in", &["sign_in"], Kind::Texts),
            key("outcome", &["outcome"], Kind::Text),
            key("keep", &["keep"], Kind::Text),
            key("unreadable", &["unreadable"], Kind::Text),
            key("record_paths", &["record_path"], Kind::Texts),
            key("tag", &["tag"], Kind::Text),
            key("max_line", &["max_line"], Kind::Size),
            key("dedupe", &["dedupe"], Kind::Flag),
            key("threads", &["threads"], Kind::Number(1, 256)),
            key("unordered", &["unordered"], Kind::Flag),
            key("stats", &["stats"], Kind::Text),
            path("output", &["output"]),
            key("format", &["format"], Kind::Text),
        ],
    ),
    (
        "listen",
        "Where records are received in place of stdin and files, as --listen says it.",
        &[
            key("addresses", &["listen"], Kind::Texts),
            path("token_file", &["token_file"]),
            key("max_body", &["max_body"], Kind::Size),
            key("max_connections", &["max_connections"], Kind::Number(1, 65_535)),
            key("mode", &["listen_mode"], Kind::Text),
        ],
    ),
    (
        "outbox",
        "Where notifications wait for their delivery.",
        &[path("directory", &["outbox"]), key("drain", &["drain"], Kind::Text)],
    ),
];

/// What the file says of one option.
#[derive(Debug, Clone)]
pub(crate) struct FileValue {
    /// How clap names the option.
    option: String,
    values: Vec<String>,
    pub(crate) location: Location,
}

/// An option that a key may stand for, as clap declares it.
pub(crate) fn option<'c>(command: &'c Command, key: &FileKey) -> Option<&'c Arg> {
    key.options.iter().find_map(|id| command.get_arguments().find(|arg| arg.get_id().as_str() == *id))
}

/// Takes the three sections out of a configuration.
///
/// # Errors
/// All that is wrong with their keys and values.
pub(crate) fn take(document: &mut Document<'_>) -> Result<Vec<FileValue>, ConfigErrors> {
    let command = Cli::command();
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let beside = document.beside;
    for (section, _, keys) in SECTIONS {
        let Some(item) = document.section(section) else { continue };
        if let Err(error) = take_section(item, keys, &command, beside, &mut found, &mut errors) {
            errors.push(error);
        }
    }
    for value in &found {
        errors.extend(wrong_value(value, &command));
    }
    if errors.is_empty() { Ok(found) } else { Err(ConfigErrors(errors)) }
}

fn take_section(
    item: TomlValue<'_>,
    keys: &'static [FileKey],
    command: &Command,
    beside: &Path,
    found: &mut Vec<FileValue>,
    errors: &mut Vec<ConfigError>,
) -> Result<()> {
    let mut table = item.table()?;
    for key in keys {
        let Some(arg) = option(command, key) else { continue };
        let Some(item) = table.take(key.name) else { continue };
        let location = item.location.clone();
        let values = match key.kind {
            Kind::Texts => item.texts().map(|texts| texts.into_iter().map(|text| text.value).collect()),
            Kind::Flag => item.flag().map(|flag| vec![flag.to_string()]),
            Kind::Size | Kind::Number(..) => item.text_or_number().map(|text| vec![text]),
            _ => item.text().map(|text| vec![text.value]),
        };
        match values {
            Ok(values) if key.path => {
                let joined = values.iter().map(|value| beside.join(value).to_string_lossy().into_owned());
                found.push(FileValue {
                    option: arg.get_id().to_string(),
                    values: joined.collect(),
                    location,
                });
            }
            Ok(values) if values.is_empty() => {
                errors.push(location.error("an empty list; write a value, or leave the key out"));
            }
            Ok(values) => found.push(FileValue { option: arg.get_id().to_string(), values, location }),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(table.finish());
    Ok(())
}

/// What clap refuses of a value: it is asked as if the value stood on the command line.
fn wrong_value(value: &FileValue, command: &Command) -> Option<ConfigError> {
    let arg = command.get_arguments().find(|arg| arg.get_id().as_str() == value.option)?;
    if !arg.get_action().takes_values() {
        return None;
    }
    let long = arg.get_long()?;
    let words = value.values.iter().map(|text| format!("--{long}={text}"));
    let words = std::iter::once("afterhours".to_owned()).chain(words);
    let clap = command.clone().try_get_matches_from(words).err()?;
    let Some(ContextValue::String(text)) = clap.get(ContextKind::InvalidValue) else { return None };
    Some(value.location.error(format!("{text:?} cannot be used{}", hint(text, &clap))))
}

/// What clap says of a value, as the second half of a sentence.
fn hint(text: &str, clap: &clap::Error) -> String {
    if let Some(ContextValue::Strings(known)) = clap.get(ContextKind::ValidValue) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return suggest(text, &known);
    }
    std::error::Error::source(clap).map_or(String::new(), |why| format!("; write {why}"))
}

/// The command line again, with what the file says in the place of the options' defaults.
pub(crate) fn over(cli: Cli, words: &[OsString], mut file: Vec<FileValue>) -> Cli {
    let filter = &cli.filter;
    // Whoever names inputs on the command line does not listen, whatever the file says.
    let named = !filter.paths.is_empty() || filter.files.files_from.is_some() || filter.reply.is_some();
    file.retain(|value| match value.option.as_str() {
        "listen" => !named,
        "output" | "dedupe" => filter.reply.is_none(),
        // The old name of AFTERHOURS_OUTBOX, which clap does not know.
        "outbox" => std::env::var_os("AFTERHOURS_SPOOL").is_none_or(|old| old.is_empty()),
        _ => true,
    });
    if file.is_empty() {
        return cli;
    }
    let matches = with_defaults(Cli::command(), &file).try_get_matches_from(words);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    }
}

/// Sets the defaults of a command and of its subcommands.
fn with_defaults(mut command: Command, file: &[FileValue]) -> Command {
    for value in file {
        if command.get_arguments().any(|arg| arg.get_id().as_str() == value.option) {
            command = command.mut_arg(&value.option, |arg| {
                arg.default_values(value.values.iter().map(|text| clap::builder::OsStr::from(text.clone())))
            });
        }
    }
    let subcommands: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in subcommands {
        command = command.mut_subcommand(name, |sub| with_defaults(sub, file));
    }
    command
}

/// One option's value as a run would have it, and where it comes from.
#[derive(Debug)]
pub(crate) struct Effective {
    /// `filter.identity`
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
    pub(crate) from: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// The variable's name.
    Environment(String),
    /// `rules.toml:12`
    File(String),
}

/// Every option that the file may set, as `afterhours -c FILE` would have it in this environment.
pub(crate) fn effective(file: &[FileValue]) -> Vec<Effective> {
    let command = Cli::command();
    let Ok(matches) = with_defaults(Cli::command(), file).try_get_matches_from(["afterhours"]) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (section, _, keys) in SECTIONS {
        for key in *keys {
            let Some(arg) = option(&command, key) else { continue };
            let Some(from) = origin(arg, &matches, file) else { continue };
            let raw = matches.get_raw(arg.get_id().as_str()).into_iter().flatten();
            let values = raw.map(|value| value.to_string_lossy().into_owned()).collect();
            all.push(Effective { key: format!("{section}.{}", key.name), values, from });
        }
    }
    all
}

fn origin(arg: &Arg, matches: &ArgMatches, file: &[FileValue]) -> Option<Origin> {
    let id = arg.get_id().as_str();
    Some(match matches.value_source(id)? {
        ValueSource::EnvVariable => Origin::Environment(
            arg.get_env().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        ),
        _ => match file.iter().find(|value| value.option == id) {
            Some(value) => Origin::File(value.location.short()),
            None => Origin::Default,
        },
    })
}

/// What clap refuses in a variable of the environment, under the variable's name; `None` where the words are to blame.
pub(crate) fn wrong_variable(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(text)) = error.get(ContextKind::InvalidValue) else { return None };
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = shown.split([' ', '=', '[']).next()?.strip_prefix("--")?;
    let given = words
        .iter()
        .filter_map(|word| word.to_str())
        .any(|word| word.strip_prefix("--").is_some_and(|word| word.split('=').next() == Some(long)));
    let command = Cli::command();
    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(long))?;
    let variable = arg.get_env()?.to_str()?.to_owned();
    std::env::var_os(&variable)?;
    (!given).then(|| format!("{variable}: {text:?} cannot be used{}", hint(text, error)))
}
