//! Archives: compressed and plain files, folders, lists, by the real program. The output is that of
//! the same records on stdin, in order, with any number of threads; an error in one file does not
//! affect the others.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests print figures and what they skipped")]

mod between;
mod bucket;
mod damage;
mod dedupe;
mod foreign;
mod forms;
mod list;
mod memory;
mod order;
mod packing;
mod progress;
mod same;
mod tar;

kit::harness!();
