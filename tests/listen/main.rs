//! The real program, listening: what hosts send comes out as it does from stdin, and an answer of 200 is a promise kept.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, reason = "measured figures are told")]

mod access;
mod awaited;
mod client;
mod drain;
mod http;
mod identical;
mod limits;
mod listener;
mod packed;
mod raw;
mod records;
mod safety;
mod sockets;
