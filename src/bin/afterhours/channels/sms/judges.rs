//! The outside evaluates: scripts that ask other people's code. Where that is not installed, nothing is evaluated, and it is said.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a script of tests/node answers; it is given where the packages are.
pub(super) fn node(script: &str, question: &Value) -> Option<Value> {
    let packages = std::env::var_os("AFTERHOURS_NODE_MODULES")
        .map_or_else(|| root().join("target/ci-node/node_modules"), PathBuf::from);
    let mut command = Command::new("node");
    command.arg(root().join("tests/node").join(script)).arg(packages);
    ask(command, question)
}

/// What a script of tests/python answers.
pub(super) fn python(script: &str, question: &Value) -> Option<Value> {
    let ours = root().join("target/ci-python/bin/python");
    let python = match std::env::var_os("AFTERHOURS_PYTHON") {
        Some(python) => python,
        None if ours.exists() => ours.into_os_string(),
        None => "python3".into(),
    };
    let mut command = Command::new(python);
    command.arg(root().join("tests/python").join(script));
    ask(command, question)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn ask(mut command: Command, question: &Value) -> Option<Value> {
    let skip = |why: &str| {
        println!("skipped, nothing was judged: {why}");
        None
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return skip(&format!("{}: {error}", command.get_program().display())),
    };
    let mut input = child.stdin.take().unwrap();
    let question = question.to_string();
    // On its own thread, so that neither side waits for the other.
    let writer = std::thread::spawn(move || input.write_all(question.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // 77 is how a test says by convention that it cannot be run here.
    if output.status.code() == Some(77) {
        return skip(said.trim());
    }
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
