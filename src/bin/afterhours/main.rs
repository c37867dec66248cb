//! The program around the library: arguments and environment, streams and files, signals, time-zone data.

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
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
    let cli = Cli::parse_from(cli::arguments(std::env::args_os()));
    let result = commands::run(&cli);
    if let Err(error) = &result {
        messages::say(&format!("{error:#}"));
    }
    exit::code(&result)
}
