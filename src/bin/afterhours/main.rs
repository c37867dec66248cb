//! The program around the library: arguments and environment, streams and files, signals, time-zone data.

use std::process::ExitCode;

use crate::cli::completions;
use crate::sys::exit::Ending;
use crate::sys::{exit, messages};

mod channels;
mod cli;
mod commands;
mod dispatch;
mod input;
mod notify;
mod outbox;
mod output;
mod server;
mod sys;

fn main() -> ExitCode {
    let result = run();
    if let Err(error) = &result {
        messages::say(&format!("{error:#}"));
    }
    exit::code(&result)
}

fn run() -> anyhow::Result<Ending> {
    if completions::answer()? {
        return Ok(Ending::Complete);
    }
    commands::run(&cli::words())
}
