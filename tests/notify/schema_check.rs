//! Validates the payloads of the golden files with the services' own schemas, which are not part of
//! this project: a missing schema or validator is reported as skipped.

use std::path::{Path, PathBuf};

use kit::second_opinion;

/// Validates all of `tests/golden/notify/CHANNEL` with a schema of `../shared/schemas`, or with the
/// part of it that `pointer` names.
pub(crate) fn keeps_to_schema(channel: &str, schema: &str, pointer: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = root.join("../shared/schemas").join(schema);
    if !schema.is_file() {
        println!("skipped: no {}", schema.display());
        return;
    }
    let golden = std::fs::read_dir(root.join("tests/golden/notify").join(channel)).unwrap();
    let golden: Vec<PathBuf> = golden.map(|entry| entry.unwrap().path()).collect();
    assert!(!golden.is_empty());
    let arguments = [vec![schema, pointer.into()], golden].concat();
    if let Some(messages) = second_opinion::python("service_schema.py", &arguments) {
        print!("{messages}");
    }
}
