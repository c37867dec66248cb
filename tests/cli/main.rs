//! The real program, run as its users run it: arguments, environment, streams and signals in;
//! lines, messages and an exit code out. Knows the documented behavior. Knows nothing of the code.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests print figures and what they skipped")]

mod calendar;
mod command_line;
mod config;
mod envelopes;
mod explain;
mod files;
mod hours;
mod inputs;
mod layouts;
mod lines;
mod property;
mod record_cases;
mod shared;
mod sign_in;
mod stats;
mod stream;
mod terminal;
mod time_bounds;
mod undecided;

kit::harness!();
