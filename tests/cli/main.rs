//! The real program, run as its users run it: arguments, environment, streams and signals in; lines, messages and
//! an exit status out. Knows the contract and nothing of the code behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "measured figures and skipped tests are told")]

mod doubt;
mod envelopes;
mod files;
mod fixtures;
mod harness;
mod hours;
mod property;
mod shared;
mod sign_in;
mod stream;
mod tag;
