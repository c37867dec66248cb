//! The files of `pipeline-configs/`, each with the program it was written for. Only paths and ports
//! are replaced, so that what users copy is what is tested. A test whose program is not installed
//! says that it was skipped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail, and prints figures

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
