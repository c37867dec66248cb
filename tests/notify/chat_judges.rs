//! The chat services' messages, judged by the services' own schemas and by Slack's own library.
//!
//! Needs the schemas beside the project (`../shared/schemas`), and a Python with `jsonschema` and `slack_sdk`
//! (`AFTERHOURS_PYTHON`, or `target/ci-python/bin/python`, or `python3`); elsewhere it says that it judged nothing.

use std::path::Path;
use std::process::Command;

#[test]
fn the_services_schemas_take_every_message() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemas = root.join("../shared/schemas");
    if !schemas.is_dir() {
        println!("skipped: no schemas in {}", schemas.display());
        return;
    }
    let ours = root.join("target/ci-python/bin/python");
    let python = match std::env::var_os("AFTERHOURS_PYTHON") {
        Some(python) => python,
        None if ours.exists() => ours.into_os_string(),
        None => "python3".into(),
    };
    let script = root.join("tests/python/chat_judges.py");
    let messages = root.join("tests/golden/notify");
    let output = match Command::new(python).arg(script).args([schemas, messages]).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no python3: {error}");
            return;
        }
    };
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if why.contains("ModuleNotFoundError") {
        println!("skipped: the Python packages `jsonschema` and `slack_sdk` are not both installed");
        return;
    }
    assert!(output.status.success(), "{why}");
    assert_eq!(said.trim(), "21 messages judged");
    println!("{said}");
}
