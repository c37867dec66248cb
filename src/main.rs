//! The program around the library: arguments and environment, streams and files, signals, time-zone data.

use std::process::ExitCode;

mod program;

fn main() -> ExitCode {
    program::main()
}
