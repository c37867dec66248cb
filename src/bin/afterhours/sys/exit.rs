//! The exit codes, in one table.

use std::process::ExitCode;

/// The stream ended, or its reader went away.
const COMPLETE: u8 = 0;
/// The run reached its end, but something was not evaluated or not delivered.
const INCOMPLETE: u8 = 1;
/// The run could not start or could not go on.
const FAILED: u8 = 2;

/// How a run ended that reached its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Incomplete,
}

/// The exit code of a run.
pub(crate) fn code(result: &anyhow::Result<Ending>) -> ExitCode {
    match result {
        Ok(Ending::Complete) => COMPLETE,
        Ok(Ending::Incomplete) => INCOMPLETE,
        Err(_) => FAILED,
    }
    .into()
}
