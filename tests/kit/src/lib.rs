//! What the tests and the benchmarks share: a harness that runs the program, servers on loopback, fixtures, a generator of
//! CloudTrail records, and scripts that give a second opinion. Knows the program as its users do: arguments, streams, signals
//! and exit codes. Knows nothing of the code of `afterhours`: neither of its crates is a dependency.

pub mod corpus;
pub mod fixtures;
pub mod http_server;
pub mod process;
pub mod second_opinion;
pub mod servicenow;
pub mod tag;

use std::path::{Path, PathBuf};

/// The folder of the repository.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder of public data beside the repository. `None`, and a line that says so, where it does not exist: a fresh clone has
/// none, and the tests that need it are skipped.
#[must_use]
pub fn shared_data() -> Option<PathBuf> {
    let folder = root().join("../shared/data");
    if !folder.is_dir() {
        println!("skipped: no shared data");
        return None;
    }
    Some(folder)
}
