//! Completion scripts for shells. Knows the command line; knows nothing of what it does.

use clap::CommandFactory as _;

use crate::cli::Cli;

/// The script for a shell.
pub(crate) fn script(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "afterhours", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
