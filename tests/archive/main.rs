//! Archives: files of every form, folders, lists, by the real program. What comes out is what the same records give on stdin, in
//! order, whatever the number of threads; and what is wrong with a file is told without harm to the others.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "measured figures and skipped tests are told")]

mod between;
mod bucket;
mod damage;
mod dedupe;
mod forms;
mod list;
mod memory;
mod order;
mod packing;
mod progress;
mod same;

kit::harness!();
