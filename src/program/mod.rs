//! What the program does, and with which exit status it ends.

use std::process::ExitCode;

use clap::Parser;

use self::archive::progress;
use self::cli::{Cli, Command};
use self::cli_show::SchemaOf;
use self::run::Ending;

mod appended;
mod archive;
mod calendar;
mod check;
mod cli;
mod cli_archive;
mod cli_listen;
mod cli_notify;
mod cli_show;
mod clock;
mod config;
mod counted;
mod courier;
mod desk;
mod explain;
mod heap;
mod input;
mod intake;
mod judged;
mod listen;
mod mapped;
mod notify;
mod notify_command;
mod outbox;
mod output;
mod reload;
mod reply;
mod run;
mod settings;
mod signals;
mod tzdata;

/// The stream ended, or the reader went away.
const ENDED: u8 = 0;
/// It ended, but something was unreadable.
const INCOMPLETE: u8 = 1;
/// It could not start or go on.
const FAILED: u8 = 2;

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse_from(cli::arguments(std::env::args_os()));
    match start(&cli) {
        Ok(Ending::Complete) => ENDED,
        Ok(Ending::Incomplete) => INCOMPLETE,
        Err(error) => {
            say(&format!("{error:#}"));
            FAILED
        }
    }
    .into()
}

fn start(cli: &Cli) -> anyhow::Result<Ending> {
    if cli.version {
        print(&settings::version(&cli.filter.hours.tzdata)?)?;
        return Ok(Ending::Complete);
    }
    match &cli.command {
        Some(Command::Check(asked)) => return check::check(asked),
        Some(Command::Notify { command }) => return notify_command::run(command),
        Some(Command::Schema { what: SchemaOf::Tag }) => print(afterhours::tag::SCHEMA)?,
        Some(Command::Schema { what: SchemaOf::Alert }) => print(notify::ALERT_SCHEMA)?,
        Some(Command::Completions { shell }) => print(&cli::completions(*shell))?,
        Some(Command::Man) => print(&cli::manual()?)?,
        Some(Command::Explain(options)) => return explain::run(options),
        Some(Command::Calendar(options)) => calendar::run(options)?,
        Some(Command::Holidays { code, year }) => print(&calendar::holidays(code.as_deref(), *year)?)?,
        None => return run::run(cli),
    }
    Ok(Ending::Complete)
}

/// One message on stderr, under the program's name.
fn say(message: &str) {
    use std::io::Write;
    // Where stderr is gone there is nobody left to tell.
    let _ = progress::beside(|| writeln!(std::io::stderr(), "afterhours: {message}"));
}

fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
