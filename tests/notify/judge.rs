//! Judges from outside, where they are installed: scripts under `tests/python` and `tests/node`, with packages by others.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Exit status of a script that finds nothing to judge with.
const ABSENT: i32 = 77;

/// `AFTERHOURS_PYTHON`, or `target/ci-python/bin/python`, or `python3`.
pub(crate) fn interpreter() -> Command {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-python/bin/python");
    let python = match std::env::var_os("AFTERHOURS_PYTHON") {
        Some(python) => python,
        None if ours.exists() => ours.into_os_string(),
        None => "python3".into(),
    };
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONIOENCODING", "utf-8");
    command
}

/// A script of `tests/python` as a command.
pub(crate) fn script(name: &str) -> Command {
    let mut command = interpreter();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(name));
    command
}

/// Runs a Python script. Says so and gives nothing where Python or a package is missing; a judgement against us ends the test.
pub(crate) fn python(name: &str, arguments: &[PathBuf]) -> Option<String> {
    run(script(name).args(arguments), "ModuleNotFoundError")
}

/// Runs a script by node, with the packages in `AFTERHOURS_NODE_MODULES` or `target/ci-node/node_modules`.
pub(crate) fn node(script: &str, arguments: &[PathBuf]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = std::env::var_os("AFTERHOURS_NODE_MODULES")
        .map_or_else(|| root.join("target/ci-node/node_modules"), PathBuf::from);
    let script = root.join("tests/node").join(script);
    run(Command::new("node").arg(script).arg(modules).args(arguments), "MODULE_NOT_FOUND")
}

fn run(command: &mut Command, missing: &str) -> Option<String> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: {}: {error}", command.get_program().display());
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let is_absent = output.status.code() == Some(ABSENT) || said.contains(missing);
        assert!(is_absent, "{said}{}", String::from_utf8_lossy(&output.stdout));
        println!("skipped: a package is missing: {}", said.lines().last().unwrap_or_default());
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap())
}
