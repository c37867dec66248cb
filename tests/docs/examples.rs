//! Every `console` block is run as it stands and prints what is shown, and every `toml` block is a configuration that `check`
//! accepts.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{documents, program, root};

/// The commands of the `console` blocks, each with what is shown below it.
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

/// A folder to run examples in: what they write stays in it, what they read is the repository's.
fn folder_with_samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pipeline-configs", "docs"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// The first tool that a command needs and this machine lacks.
fn lacking(command: &str) -> Option<&'static str> {
    ["jq", "curl"].into_iter().find(|tool| {
        command.contains(&format!("{tool} ")) && Command::new(tool).arg("--version").output().is_err()
    })
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let executable = Path::new(env!("CARGO_BIN_EXE_afterhours"));
    let path = format!(
        "{}:{}",
        executable.parent().expect("a program has a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let folder = folder_with_samples();
    let mut run = 0;
    for document in documents() {
        for (command, shown) in examples(&document.text) {
            // The test itself.
            if command.starts_with("cargo test") {
                continue;
            }
            let command = command.replace("cargo run --release -q --", "afterhours");
            if let Some(tool) = lacking(&command) {
                println!("skipped, no {tool}: {command}");
                continue;
            }
            let output = Command::new("sh")
                .args(["-c", &format!("{{ {command}\n}} 2>&1")])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env_remove("AFTERHOURS_TZ")
                .env_remove("AFTERHOURS_HOURS")
                .stdin(Stdio::null())
                .output()
                .expect("sh runs");
            let printed = String::from_utf8_lossy(&output.stdout);
            // The time-zone data depends on the machine; everything else does not.
            if command.contains("--version") {
                assert!(printed.starts_with("afterhours "), "{printed}");
            } else {
                let path = document.path.display();
                assert_eq!(printed, shown, "\n{path}: $ {command}\nshown:\n{shown}\nprinted:\n{printed}");
            }
            run += 1;
        }
    }
    println!("{run} examples print what the documents show");
    assert!(run >= 10, "the examples were not found");
}

/// The configuration with secrets to go with it: variables that it names are set, and files that it names are made.
pub(super) fn with_secrets(text: &str, folder: &Path, check: &mut Command) -> String {
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
            if !name.is_empty() {
                check.env(name, value(name));
            }
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
fn every_configuration_shown_is_accepted() {
    let mut checked = 0;
    for document in documents() {
        for block in document.text.split("```toml\n").skip(1) {
            let text = block.split("```").next().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("shown.toml");
            let mut check = program();
            std::fs::write(&path, with_secrets(text, folder.path(), &mut check)).unwrap();
            let output = check.arg("check").arg(&path).output().expect("check runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}:\n{text}\n{said}", document.path.display());
            checked += 1;
        }
    }
    println!("{checked} configurations of the documents are accepted");
    assert!(checked >= 14, "the configurations were not found");
}

#[test]
fn the_notification_shown_is_one_that_is_sent() {
    let sent = include_str!("../golden/notify/one.txt");
    let guide = super::document("pipeline-configs/notify.md");
    assert!(guide.contains(&format!("```text\n{sent}```")), "the guide shows another text than is sent");
}

/// A picture is what the command in the comment above it draws.
#[test]
fn every_picture_is_what_its_command_draws() {
    let readme = super::document("README.md");
    let mut pictures = 0;
    for comment in readme.split("<!-- ").skip(1) {
        let command = comment.split(" -->").next().unwrap();
        let (command, picture) = command.split_once(" --svg ").expect("a command that draws");
        let words: Vec<&str> = command.split('\'').enumerate().fold(Vec::new(), |mut words, (i, part)| {
            if i % 2 == 1 {
                words.push(part)
            } else {
                words.extend(part.split_whitespace())
            }
            words
        });
        let output = program().args(&words[1..]).args(["--svg", "-"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let drawn = String::from_utf8(output.stdout).unwrap();
        assert!(drawn == super::document(picture), "{picture} is not what is drawn now: {command}");
        assert!(drawn.contains("prefers-color-scheme:dark"), "{picture} is light only");
        pictures += 1;
    }
    assert_eq!(pictures, 1, "the command that draws the picture was not found");
}
