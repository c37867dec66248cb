//! Files of every form on the command line: what comes out is what the same records give on stdin, in order, whatever the number
//! of threads; and what is wrong with a file is told without harm to the others.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may fail

#[expect(dead_code, reason = "shared with other tests")]
#[path = "../cli/fixtures.rs"]
mod fixtures;
#[expect(dead_code, reason = "shared with other tests")]
#[path = "../cli/harness.rs"]
mod harness;
#[expect(dead_code, reason = "shared with other tests")]
#[path = "../cli/tag.rs"]
mod tag;

mod damage;
mod forms;
mod memory;
mod order;
mod packing;
