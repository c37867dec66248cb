//! The files of `pipeline-configs/`, each under the program it was written for. A file is taken as it stands; only paths and
//! ports are other ones, so that what users copy is what is tested. A program that is not on this machine is named, and its
//! tests say that they were skipped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail, and says what it measured

mod faults;
mod files;
mod fluent_bit;
mod fluent_bit_wasm;
mod host;
mod records;
mod reply;
mod rsyslog;
mod spark;
mod syslog_ng;
mod vector;
