//! The documents show what the program prints: every `console` block is run as written, and every
//! `toml` block passes `check`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");
const HOURS: &str = include_str!("../pipeline-configs/hours.md");
const NOTIFY: &str = include_str!("../pipeline-configs/notify.md");
const LISTEN: &str = include_str!("../pipeline-configs/listen.md");
const OPTIONS: &str = include_str!("../docs/options.md");
const RECORDS: &str = include_str!("../docs/records.md");
const TAG: &str = include_str!("../docs/tag.md");

/// The commands of the `console` blocks, each with the output shown below it.
fn examples(document: &str) -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push((command.to_owned(), String::new())),
                (None, Some((command, _))) if command.ends_with('\\') => {
                    command.pop();
                    command.push_str(line.trim_start());
                }
                (None, Some((_, output))) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, None) => panic!("a console block begins without a command: {line}"),
            },
        }
    }
    examples
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let program = Path::new(env!("CARGO_BIN_EXE_afterhours"));
    let path = format!(
        "{}:{}",
        program.parent().expect("a program has a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    // The commands write into a folder of their own.
    let folder = tempfile::tempdir().unwrap();
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs");
    std::os::unix::fs::symlink(configs, folder.path().join("pipeline-configs")).unwrap();
    let mut run = 0;
    for (command, shown) in [README, HOURS, LISTEN, RECORDS, TAG].into_iter().flat_map(examples) {
        // Do not run the test suite from within itself.
        if command.starts_with("cargo test") {
            continue;
        }
        let command = command.replace("cargo run --release -q --", "afterhours");
        let tools = ["jq", "curl"].into_iter();
        let lacking = |tool: &str| Command::new(tool).arg("--version").output().is_err();
        if let Some(tool) =
            tools.filter(|tool| command.contains(&format!("{tool} "))).find(|tool| lacking(tool))
        {
            println!("skipped, no {tool}: {command}");
            continue;
        }
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("AFTERHOURS_TZ")
            .env_remove("AFTERHOURS_HOURS")
            .output()
            .expect("sh runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        // The version of the time-zone data depends on the machine; everything else does not.
        if command.contains("--version") {
            assert!(printed.starts_with("afterhours "), "{printed}");
        } else {
            assert_eq!(printed, shown, "\n$ {command}\nREADME shows:\n{shown}\nprinted:\n{printed}");
        }
        run += 1;
    }
    println!("{run} examples print what the documents show");
    assert!(run >= 5, "the examples were not found");
}

/// The configuration with secrets: sets the variables that it names and creates the files that it
/// names.
fn with_secrets(text: &str, folder: &Path, check: &mut Command) -> String {
    let value = |name: &str| match name.to_ascii_lowercase() {
        name if name.contains("signing") => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
        name if name.ends_with("url") || name.ends_with("webhook") => {
            "https://hooks.example.com/services/s3cret".to_owned()
        }
        name if name.contains("slack") => "xoxb-0123456789".to_owned(),
        _ => "0123456789abcdef0123456789abcdef".to_owned(),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for marker in ["env:", "${"] {
        for (at, _) in text.match_indices(marker) {
            let rest = &text[at + marker.len()..];
            let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
            check.env(name, value(name));
        }
    }
    let mut written = text.to_owned();
    for (number, (at, _)) in text.match_indices("\"file:").enumerate() {
        let path = text[at + 6..].split('"').next().unwrap();
        let made = folder.join(number.to_string());
        std::fs::write(&made, value(path)).unwrap();
        written = written.replace(path, &made.display().to_string());
    }
    written
}

#[test]
fn the_notification_shown_is_one_that_is_sent() {
    let sent = include_str!("golden/notify/one.txt");
    assert!(NOTIFY.contains(&format!("```text\n{sent}```")), "the guide shows another text than is sent");
}

#[test]
fn every_configuration_shown_is_valid() {
    let mut checked = 0;
    for document in [README, HOURS, NOTIFY] {
        for block in document.split("```toml\n").skip(1) {
            let text = block.split("```").next().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("shown.toml");
            let mut check = Command::new(env!("CARGO_BIN_EXE_afterhours"));
            std::fs::write(&path, with_secrets(text, folder.path(), &mut check)).unwrap();
            let output = check.arg("check").arg(&path).output().expect("check runs");
            assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
            checked += 1;
        }
    }
    println!("{checked} configurations of the documents are right");
    assert!(checked >= 4, "the configurations were not found");
}

#[test]
fn every_option_is_in_the_reference() {
    let help =
        Command::new(env!("CARGO_BIN_EXE_afterhours")).arg("--help").output().expect("the program runs");
    let help = String::from_utf8_lossy(&help.stdout);
    let mut seen = 0;
    for word in
        help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| word.starts_with("--"))
    {
        seen += 1;
        assert!(OPTIONS.contains(word), "{word} is not in docs/options.md");
    }
    assert!(seen > 10, "the options were not found in --help");
}
