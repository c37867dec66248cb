//! The subcommands, and which of them a command line asks for.

use std::ffi::OsString;

use anyhow::bail;

use crate::cli::show::SchemaOf;
use crate::cli::{Command, manual};
use crate::sys::config_file::{ConfigErrors, ConfigFile};
use crate::sys::exit::Ending;
use crate::sys::messages::print;

mod calendar;
mod check;
mod explain;
mod file_options;
mod filter;
mod notify;
mod reload;
mod schema;
mod settings;
mod summary;
mod typed;

/// Runs what the command line asks for.
pub(crate) fn run(words: &[OsString]) -> anyhow::Result<Ending> {
    let cli = match crate::cli::parse(words) {
        Ok(cli) => cli,
        Err(error) => match file_options::wrong_variable(&error, words) {
            Some(message) => bail!(message),
            None => error.exit(),
        },
    };
    if cli.version {
        print(&settings::version(&cli.filter.hours.tzdata)?)?;
        return Ok(Ending::Complete);
    }
    let config = match &cli.command {
        Some(Command::Check(asked)) => return check::check(asked),
        Some(Command::Schema { what: SchemaOf::Tag }) => return show(afterhours::tag::SCHEMA),
        Some(Command::Schema { what: SchemaOf::Alert }) => return show(crate::channels::ALERT_SCHEMA),
        Some(Command::Schema { what: SchemaOf::Config }) => return show(&schema::config()?),
        Some(Command::Completions { shell }) => return show(&crate::cli::completions::script(*shell)?),
        Some(Command::Man { page, out: None }) => return show(&manual::page(page)?),
        Some(Command::Man { out: Some(folder), .. }) => {
            manual::write_all(folder)?;
            return Ok(Ending::Complete);
        }
        Some(Command::Holidays { code, year }) => return show(&calendar::holidays(code.as_deref(), *year)?),
        Some(Command::Notify { command }) => &command.about().hours.config,
        Some(Command::Explain(options)) => &options.hours.config,
        Some(Command::Calendar(options)) => &options.hours.config,
        None => &cli.filter.hours.config,
    };
    // Read once and parsed once: each owner takes its sections.
    let file = ConfigFile::read(config.as_deref()).map_err(ConfigErrors::from)?;
    let mut document = file.parse().map_err(ConfigErrors::from)?;
    let from_file = file_options::take(&mut document)?;
    let cli = file_options::over(cli, words, from_file);
    match &cli.command {
        Some(Command::Notify { command }) => notify::run(command, document),
        Some(Command::Explain(options)) => explain::run(options, document),
        Some(Command::Calendar(options)) => calendar::run(options, document).map(|()| Ending::Complete),
        _ => filter::run(&cli, document),
    }
}

fn show(text: &str) -> anyhow::Result<Ending> {
    print(text)?;
    Ok(Ending::Complete)
}
