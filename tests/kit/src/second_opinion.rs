//! Second opinions by other implementations, where they are installed: scripts under `tests/python` and `tests/node` that use
//! packages by others. A test whose package is missing says that it was skipped.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The exit code of a script whose other implementation is not installed.
const NOT_INSTALLED: i32 = 77;

/// Python: `AFTERHOURS_PYTHON`, or `target/ci-python/bin/python`, or `python3`.
pub fn interpreter() -> Command {
    let ours = crate::root().join("target/ci-python/bin/python");
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
pub fn script(name: &str) -> Command {
    let mut command = interpreter();
    command.arg(crate::root().join("tests/python").join(name));
    command
}

/// Runs a script of `tests/python` and returns its output. `None`, and a line that says so, where Python or a package is
/// missing. Fails when the script fails for another reason: then its opinion differs from ours.
#[track_caller]
pub fn python(name: &str, arguments: &[PathBuf]) -> Option<String> {
    python_answers(script(name).args(arguments), "")
}

/// The same for any command of Python's, with `questions` as its standard input.
#[track_caller]
pub fn python_answers(command: &mut Command, questions: &str) -> Option<String> {
    run(command, questions, "ModuleNotFoundError")
}

/// Runs a script of `tests/node`, which finds its packages in `AFTERHOURS_NODE_MODULES` or `target/ci-node/node_modules`. Returns
/// as [`python`] does.
#[track_caller]
pub fn node(script: &str, arguments: &[PathBuf]) -> Option<String> {
    run(node_script(script).args(arguments), "", "MODULE_NOT_FOUND")
}

/// The same with `questions` as its standard input.
#[track_caller]
pub fn node_answers(script: &str, questions: &str) -> Option<String> {
    run(&mut node_script(script), questions, "MODULE_NOT_FOUND")
}

/// The folder with the packages for Node.
pub fn node_modules() -> PathBuf {
    std::env::var_os("AFTERHOURS_NODE_MODULES")
        .map_or_else(|| crate::root().join("target/ci-node/node_modules"), PathBuf::from)
}

fn node_script(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(crate::root().join("tests/node").join(name)).arg(node_modules()).env("TZ", "UTC");
    command
}

#[track_caller]
fn run(command: &mut Command, questions: &str, missing: &str) -> Option<String> {
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            println!("skipped: {}: {error}", command.get_program().display());
            return None;
        }
    };
    // On a thread of its own, so that neither side waits for the other. A script that stops early says why on stderr.
    let (mut stdin, questions) = (child.stdin.take().unwrap(), questions.to_owned());
    let writer = std::thread::spawn(move || drop(stdin.write_all(questions.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let is_missing = output.status.code() == Some(NOT_INSTALLED) || stderr.contains(missing);
        assert!(is_missing, "{stderr}{}", String::from_utf8_lossy(&output.stdout));
        println!("skipped: a package is missing: {}", stderr.lines().last().unwrap_or_default());
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap())
}
