//! The real program with `--listen`: what clients send comes out as from stdin, and a 200 means
//! that the sign-ins are written and their notifications are on disk.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, reason = "tests print figures")]

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
