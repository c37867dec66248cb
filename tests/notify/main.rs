//! The notifiers, through the real program: configuration in, requests out to servers on loopback that are real.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "measured figures and skipped tests are told")]

mod mail;
mod program;
mod server;

mod email;
mod webhook;
