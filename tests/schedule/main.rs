//! Schedules as the library compiles, evaluates, prints and draws them, each compared with a slow and obvious twin.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, reason = "tests print what they compared")]

mod compiled;
mod days;
mod drawing;
mod text;
