//! Help, manual pages, completion in real shells, and words that are typed by mistake.

use std::process::Command;

use crate::harness;

#[track_caller]
fn prints(args: &[&str]) -> String {
    String::from_utf8(harness::run(args, b"").exits(0).stdout).expect("text")
}

#[track_caller]
fn fails(args: &[&str]) -> String {
    let outcome = harness::run(args, b"").exits(2);
    assert!(outcome.stdout.is_empty());
    outcome.stderr
}

#[test]
fn the_short_help_fits_on_a_screen() {
    let help = prints(&["-h"]);
    let lines = help.lines().count();
    assert!(lines <= 50, "{lines} lines:\n{help}");
    for heading in ["Business hours:", "Sign-ins:", "Input:", "Output:", "Notifications:", "Listening:"] {
        assert!(help.contains(heading), "{heading}\n{help}");
    }
    let long = prints(&["--help"]);
    for part in ["AFTERHOURS_HOURS", "Exit status:", "Examples:", "--max-connections", "--log"] {
        assert!(long.contains(part), "{part}");
    }
}

#[test]
fn commands_show_what_they_use() {
    let explain = prints(&["explain", "-h"]);
    assert!(explain.contains("--identity") && !explain.contains("--keep"), "{explain}");
    let status = prints(&["notify", "status", "--help"]);
    assert!(status.contains("--config") && status.contains("--outbox"), "{status}");
    assert!(!status.contains("--hours") && !status.contains("--spool"), "{status}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man");
    prints(&["man", "--out", out.to_str().unwrap()]);
    let mut names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let commands = [
        "",
        "-calendar",
        "-check",
        "-completions",
        "-explain",
        "-holidays",
        "-man",
        "-notify",
        "-notify-dead",
        "-notify-purge",
        "-notify-retry",
        "-notify-status",
        "-notify-test",
        "-schema",
    ];
    let mut expected: Vec<String> = commands.map(|name| format!("afterhours{name}.1")).to_vec();
    expected.push("afterhours.toml.5".to_owned());
    expected.sort();
    assert_eq!(names, expected);
    for name in names {
        let page = std::fs::read_to_string(out.join(&name)).unwrap();
        let sections: &[&str] = if name.ends_with(".5") {
            &["NAME", "DESCRIPTION", "SECTIONS", "EXAMPLES", "\"SEE ALSO\""]
        } else {
            &[
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "ENVIRONMENT",
                "FILES",
                "\"EXIT STATUS\"",
                "EXAMPLES",
                "\"SEE ALSO\"",
            ]
        };
        for section in sections {
            assert!(page.contains(&format!(".SH {section}\n")), "{name} lacks {section}");
        }
    }
    assert!(prints(&["man"]).contains(".SH SIGNALS\n"));
    assert!(prints(&["man", "notify", "test"]).contains("afterhours\\-notify\\-test"));
    assert!(fails(&["man", "nothing"]).contains("there is no page `nothing`"));
}

#[test]
fn words_that_resemble_a_command_are_answered_with_it() {
    for (word, command) in
        [("chek", "check"), ("validate", "check"), ("explian", "explain"), ("test", "check")]
    {
        let message = fails(&[word, "pipeline-configs/afterhours.example.toml"]);
        let expected =
            format!("{word}: there is no such file or command; did you mean `afterhours {command}`?\n");
        assert!(message.ends_with(&expected), "{message}");
    }
    // A file of that name is a file.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test"), b"").unwrap();
    let mut command = harness::program(&["test"]);
    command.current_dir(folder.path());
    kit::process::run_command(command, b"").exits(0);
}

#[test]
fn urls_are_answered_with_the_command_that_reads_them() {
    for (url, command) in [
        ("s3://bucket/key.json.gz", "aws s3 cp 's3://bucket/key.json.gz' - | afterhours"),
        ("s3://bucket/prefix/", "aws s3 sync 's3://bucket/prefix/' DIR && afterhours DIR"),
        ("https://example.com/trail", "curl -sS 'https://example.com/trail' | afterhours"),
    ] {
        let message = fails(&[url]);
        assert!(message.contains(command), "{message}");
    }
}

/// What a shell offers after `words`, each candidate on its line. `None`, and a line that says so, where there is no such shell.
fn offered(shell: &str, words: &[&str]) -> Option<String> {
    if Command::new(shell).arg("--version").output().is_err() {
        println!("skipped: there is no {shell} on this machine");
        return None;
    }
    let program = harness::program::<&str>(&[]).get_program().to_owned();
    let folder = std::path::Path::new(&program).parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = match shell {
        "bash" => format!(
            "source <(afterhours completions bash); COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             COMP_TYPE=9; _clap_complete_afterhours afterhours '{last}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words = quoted.join(" "),
            last = words.last().unwrap()
        ),
        "zsh" => format!(
            "autoload -U compinit; compinit -u -D; source <(afterhours completions zsh); \
             _describe() {{ print -l -- \"${{(@P)3}}\" }}; words=({words}); CURRENT=${{#words}}; \
             _clap_dynamic_completer_afterhours",
            words = quoted.join(" ")
        ),
        _ => format!(
            "afterhours completions fish | source; complete -C '{}'",
            words.join(" ").replace('\'', "")
        ),
    };
    let home = tempfile::tempdir().unwrap();
    let arguments: &[&str] = if shell == "zsh" { &["-f", "-c"] } else { &["-c"] };
    let output = Command::new(shell)
        .args(arguments)
        .arg(script)
        .env("PATH", path)
        .env("HOME", home.path())
        .current_dir(kit::root())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{shell}: {words:?}: {} lines {stderr}", stdout.lines().count());
    Some(stdout)
}

/// Candidates without their descriptions.
fn values(shell: &str, text: &str) -> Vec<String> {
    let value = |line: &str| match shell {
        "fish" => line.split('\t').next().unwrap_or_default().to_owned(),
        "zsh" => line.split(':').next().unwrap_or_default().to_owned(),
        _ => line.to_owned(),
    };
    // Bash separates candidates by vertical tabs.
    text.split(['\n', '\u{b}']).map(value).map(|value| value.trim_end().to_owned()).collect()
}

#[test]
fn real_shells_offer_what_each_command_takes() {
    let example = "pipeline-configs/afterhours.example.toml";
    for shell in ["bash", "zsh", "fish"] {
        let offers = |words: &[&str]| offered(shell, words).map(|text| values(shell, &text));
        let Some(commands) = offers(&["afterhours", "no"]) else { continue };
        assert!(commands.contains(&"notify".to_owned()), "{shell}: {commands:?}");
        let Some(below) = offers(&["afterhours", "notify", ""]) else { continue };
        assert!(below.contains(&"status".to_owned()), "{shell}: {below:?}");
        assert!(!below.contains(&"calendar".to_owned()), "{shell} offers top-level commands: {below:?}");
        let Some(kinds) = offers(&["afterhours", "--identity", ""]) else { continue };
        assert!(kinds.contains(&"assumed-role".to_owned()), "{shell}: {kinds:?}");
        assert!(!kinds.iter().any(|kind| kind.starts_with("Cargo")), "{shell} offers files: {kinds:?}");
        let Some(zones) = offers(&["afterhours", "--tz", "Europe/Ber"]) else { continue };
        assert!(zones.contains(&"Europe/Berlin".to_owned()), "{shell}: {zones:?}");
        let Some(codes) = offers(&["afterhours", "holidays", "DE-B"]) else { continue };
        assert!(codes.contains(&"DE-BE".to_owned()), "{shell}: {codes:?}");
        let Some(schedules) = offers(&["afterhours", "calendar", "-c", example, "--schedule", ""]) else {
            continue;
        };
        assert!(schedules.contains(&"default".to_owned()) && schedules.len() > 1, "{shell}: {schedules:?}");
    }
}
