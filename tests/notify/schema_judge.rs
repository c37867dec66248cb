//! Schemas that the services' makers wrote, held against the payloads of the golden files. They are no part of this
//! project: a schema or a judge that is not there is said to be skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Judges all of `tests/golden/notify/CHANNEL` by a schema of `../shared/schemas`, or by the part of it that `pointer` names.
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
    let own = root.join("target/ci-python/bin/python");
    let python = if own.is_file() { own } else { "python3".into() };
    let output = Command::new(python)
        .arg(root.join("tests/python/service_schema.py"))
        .arg(schema)
        .arg(pointer)
        .args(golden)
        .output();
    let Ok(output) = output else { return println!("skipped: no python3") };
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => print!("{said}"),
        Some(77) => println!("skipped: {said}"),
        _ => panic!("{said}"),
    }
}
