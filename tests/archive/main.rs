//! Archives: files and folders, packed or plain, by the real program. What comes out is what the same bytes give on stdin, one
//! file after the other.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "measured figures and skipped tests are told")]

mod between;
mod bucket;
mod dedupe;
#[path = "../cli/fixtures.rs"]
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod fixtures;
#[path = "../cli/harness.rs"]
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod harness;
mod list;
mod progress;
mod same;
