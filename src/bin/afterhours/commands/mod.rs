//! The subcommands, and which of them a command line asks for.

use crate::cli::show::SchemaOf;
use crate::cli::{Cli, Command, manual};
use crate::sys::exit::Ending;
use crate::sys::messages::print;

mod calendar;
mod check;
mod explain;
mod filter;
mod notify;
mod reload;
mod settings;
mod summary;
mod typed;

/// Runs what the command line asks for.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<Ending> {
    if cli.version {
        print(&settings::version(&cli.filter.hours.tzdata)?)?;
        return Ok(Ending::Complete);
    }
    match &cli.command {
        Some(Command::Check(asked)) => return check::check(asked),
        Some(Command::Notify { command }) => return notify::run(command),
        Some(Command::Schema { what: SchemaOf::Tag }) => print(afterhours::tag::SCHEMA)?,
        Some(Command::Schema { what: SchemaOf::Alert }) => print(crate::channels::ALERT_SCHEMA)?,
        Some(Command::Completions { shell }) => print(&crate::cli::completions::script(*shell)?)?,
        Some(Command::Man { page, out: None }) => print(&manual::page(page)?)?,
        Some(Command::Man { out: Some(folder), .. }) => manual::write_all(folder)?,
        Some(Command::Explain(options)) => return explain::run(options),
        Some(Command::Calendar(options)) => calendar::run(options)?,
        Some(Command::Holidays { code, year }) => print(&calendar::holidays(code.as_deref(), *year)?)?,
        None => return filter::run(cli),
    }
    Ok(Ending::Complete)
}
