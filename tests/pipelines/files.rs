//! Configuration fragments, units and scripts: each is checked by the tool that knows it, and
//! scripts run with an `aws` that answers from files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::host::{Home, Host, approves, find, until};
use super::records::{Tally, other, sign_in};

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs")
}

/// A source of a Vector configuration, by name, up to the next.
fn block<'t>(text: &'t str, name: &str) -> &'t str {
    let start = text.find(&format!("\n  {name}:\n")).unwrap() + 1;
    let rest = &text[start..];
    let end = rest.find("\n\n").unwrap();
    &rest[..end]
}

/// A Vector built without the source of a file can still validate the rest of it.
#[test]
fn vector_accepts_the_rest_of_kafka_and_s3() {
    let Some(vector) = find("vector", "AFTERHOURS_VECTOR") else { return };
    let http = fs::read_to_string(configs().join("vector/one-process-http.yaml")).unwrap();
    for file in ["vector/kafka.yaml", "vector/aws-s3-sqs.yaml"] {
        let home = Home::new();
        let state = home.path("state");
        let config = home.config(file, &[("/var/lib/vector", state.to_str().unwrap())]);
        let validate = |config: &Path| {
            let mut command = Command::new(&vector);
            command.args(["validate", "--no-environment"]).arg(config);
            command
        };
        let whole = validate(&config).output().unwrap();
        if whole.status.success() {
            continue;
        }
        let why =
            String::from_utf8_lossy(&whole.stderr).into_owned() + &String::from_utf8_lossy(&whole.stdout);
        assert!(why.contains("unknown variant"), "{file}: {why}");
        println!("{file}: this Vector has no such source; the rest was checked with a file source");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace(block(&text, "cloudtrail"), block(&http, "cloudtrail"));
        fs::write(&config, text).unwrap();
        approves(validate(&config));
    }
}

#[test]
fn the_sinks_turn_lines_into_events() {
    let Some(vector) = find("vector", "AFTERHOURS_VECTOR") else { return };
    let home = Home::new();
    let endings = fs::read_to_string(configs().join("siem/vector-sinks.yaml")).unwrap();
    let transforms = &endings[endings.find("\ntransforms:").unwrap()..endings.find("\nsinks:").unwrap()];
    let folder = home.name();
    let ends = format!(
        "data_dir: {folder}/state\nsources:\n  after_hours: {{type: file, include: [\"{folder}/in/*\"], read_from: beginning}}\n\
         {transforms}\nsinks:\n  end: {{type: file, inputs: [after_hours_parsed], path: {folder}/out/events, encoding: {{codec: json}}}}\n"
    );
    let config = home.write("ends.yaml", ends);
    home.write("in/lines", format!("{}\nnot JSON\n[1]\n", sign_in(7)));
    let mut command = Command::new(&vector);
    command.arg("--quiet").arg("--config").arg(config);
    let mut host = Host::start(&home, command);
    let events = || home.read("out/events").split_inclusive(|&b| b == b'\n').count();
    assert!(
        until(Duration::from_secs(30), || events() == 3),
        "{}",
        String::from_utf8_lossy(&home.read("words"))
    );
    host.stop(Duration::from_secs(5));
    let events = home.read("out/events");
    let events: Vec<serde_json::Value> =
        events.split_inclusive(|&b| b == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(events[0]["userIdentity"]["userName"], "anaya");
    assert_eq!(events[0]["@timestamp"], "2026-11-21T16:30:00Z");
    assert_eq!((&events[1]["raw"], &events[2]["raw"]), (&"not JSON".into(), &"[1]".into()));
}

#[test]
fn systemd_accepts_the_units() {
    let Some(analyze) = find("systemd-analyze", "AFTERHOURS_SYSTEMD_ANALYZE") else { return };
    let home = Home::new();
    let filter = home.filter();
    let filter = filter.to_str().unwrap();
    for unit in
        ["afterhours.service", "afterhours-pipe.service", "afterhours-files.service", "afterhours-files.path"]
    {
        let text = fs::read_to_string(configs().join("systemd").join(unit)).unwrap();
        let text = text
            .replace("/usr/local/bin/afterhours", filter)
            .replace("/etc/afterhours/vector/pipe.sh", filter)
            .replace("/etc/afterhours/shell/spool.sh", filter);
        home.write(unit, text);
    }
    for unit in
        ["afterhours.service", "afterhours-pipe.service", "afterhours-files.service", "afterhours-files.path"]
    {
        let mut command = Command::new(&analyze);
        approves_quietly(command.arg("verify").arg(home.path(unit)));
        if unit.ends_with(".service") {
            let mut command = Command::new(&analyze);
            approves(std::mem::replace(
                command.args(["security", "--offline=true", "--threshold=20"]).arg(home.path(unit)),
                Command::new("true"),
            ));
        }
    }
}

/// `verify` exits with 0 where something is only unusual.
#[track_caller]
fn approves_quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    // Ignore messages about the machine's own units.
    let ours: Vec<_> = words.lines().filter(|line| line.contains("afterhours")).collect();
    assert!(output.status.success() && ours.is_empty(), "{command:?}: {words}");
}

#[test]
fn shellcheck_accepts_the_scripts() {
    let Some(shellcheck) = find("shellcheck", "AFTERHOURS_SHELLCHECK") else { return };
    let mut command = Command::new(shellcheck);
    for script in [
        "shell/s3-sync.sh",
        "shell/cloudwatch-logs.sh",
        "shell/eventbridge-sqs.sh",
        "shell/spool.sh",
        "vector/pipe.sh",
    ] {
        command.arg(configs().join(script));
    }
    approves(command);
}

/// Runs a script of `shell/` with a fake `aws`; returns its output.
#[track_caller]
fn run(home: &Home, script: &str, aws: &str, environment: &[(&str, &str)]) -> Vec<u8> {
    let output = command(home, script, aws, environment).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A script of `shell/` with a fake `aws`.
fn command(home: &Home, script: &str, aws: &str, environment: &[(&str, &str)]) -> Command {
    let tools = home.path("tools");
    fs::create_dir_all(&tools).unwrap();
    fs::write(tools.join("aws"), format!("#!/bin/sh\nset -eu\ncd {}\n{aws}\n", home.name())).unwrap();
    fs::set_permissions(tools.join("aws"), fs::Permissions::from_mode(0o755)).unwrap();
    let _ = std::os::unix::fs::symlink(home.filter(), tools.join("afterhours"));
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command
        .arg(configs().join("shell").join(script))
        .env("PATH", path)
        .env("CONFIG", home.path("afterhours.toml"))
        .env("ONCE", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    command
}

/// Runs a script and closes its output after the first line; it must end, and not with success.
#[track_caller]
fn forsaken(home: &Home, script: &str, aws: &str, environment: &[(&str, &str)]) {
    let mut child =
        command(home, script, aws, environment).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // A pipe holds 64 KiB; send more.
    drop(child.stdout.take());
    assert!(until(Duration::from_secs(30), || child.try_wait().unwrap().is_some()), "{script} goes on");
    assert!(!child.wait().unwrap().success(), "{script}");
}

#[test]
fn s3_sync_filters_each_file_once() {
    let home = Home::new();
    let trail = |name: &str, records: &[String]| {
        let file = home.write(name, format!("{{\"Records\":[{}]}}", records.join(",")));
        assert!(Command::new("gzip").arg(&file).status().unwrap().success());
    };
    trail("in/a.json", &[sign_in(0), other(0), sign_in(1)]);
    let aws = "[ \"$1 $2\" = 's3 sync' ]; cp -p in/*.gz \"$4\"";
    let folder = home.path("s3");
    let environment = [("BUCKET", "s3://bucket/prefix"), ("FOLDER", folder.to_str().unwrap())];
    forsaken(&home, "s3-sync.sh", aws, &environment);
    let first = run(&home, "s3-sync.sh", aws, &environment);
    assert_eq!(Tally::of(2, &first).nothing_lost().twice, 0);
    assert_eq!(run(&home, "s3-sync.sh", aws, &environment), b"");
    trail("in/b.json", &[sign_in(0)]);
    assert_eq!(Tally::of(1, &run(&home, "s3-sync.sh", aws, &environment)).nothing_lost().twice, 0);
}

#[test]
fn damaged_objects_of_s3_are_set_aside() {
    let home = Home::new();
    let file = home.write("in/a.json", sign_in(0) + "\n" + &sign_in(1));
    assert!(Command::new("gzip").arg(&file).status().unwrap().success());
    let packed = home.read("in/a.json.gz");
    home.write("in/a.json.gz", &packed[..packed.len() - 4]);
    let folder = home.path("s3");
    let environment = [("BUCKET", "s3://bucket/prefix"), ("FOLDER", folder.to_str().unwrap())];
    let output = run(&home, "s3-sync.sh", "cp -p in/*.gz \"$4\"", &environment);
    assert_eq!(Tally::of(2, &output).nothing_lost().twice, 0);
    assert!(folder.join("unreadable/a.json.gz").exists());
}

#[test]
fn a_spool_keeps_files_that_were_not_read() {
    let home = Home::new();
    for number in 0..3 {
        home.write(&format!("in/{number}.ndjson"), sign_in(number) + "\n");
    }
    // Undecided, and forwarded as that.
    home.write("in/3.ndjson", "{\"eventName\":\"ConsoleLogin\",\n");
    std::os::unix::fs::symlink("nowhere", home.path("in/4.ndjson")).unwrap();
    fs::create_dir(home.path("in/5.ndjson")).unwrap();
    // Truncated.
    let file = home.write("in/6", sign_in(4));
    assert!(Command::new("gzip").arg(&file).status().unwrap().success());
    let packed = home.read("in/6.gz");
    home.write("in/6.ndjson", &packed[..packed.len() - 4]);
    fs::remove_file(home.path("in/6.gz")).unwrap();
    let (spool, output, outbox) = (home.path("in"), home.path("out/found"), home.path("state/outbox"));
    let environment = [
        ("SPOOL", spool.to_str().unwrap()),
        ("OUTPUT", output.to_str().unwrap()),
        ("OUTBOX", outbox.to_str().unwrap()),
    ];
    run(&home, "spool.sh", "exit 1", &environment);
    let found = home.read("out/found");
    let tally = Tally::of(3, &found);
    assert_eq!((tally.lost, tally.twice), (0, 0), "{tally}");
    assert!(tally.undecided >= 1, "{tally}");
    let mut left: Vec<_> = fs::read_dir(&spool).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["4.ndjson", "5.ndjson", "unreadable"]);
    assert!(home.path("in/unreadable/6.ndjson").exists());
    // Messages that could not be written are not deleted.
    home.write("in/7.ndjson", sign_in(7));
    let full = [environment[0], ("OUTPUT", "/dev/full"), environment[2]];
    assert!(!command(&home, "spool.sh", "exit 1", &full).stderr(Stdio::null()).status().unwrap().success());
    assert!(home.path("in/7.ndjson").exists());
}

#[test]
fn cloudwatch_logs_saves_its_position_only_on_success() {
    let home = Home::new();
    home.write("in/messages", format!("id-0\t{}\nid-1\t{}\n", sign_in(0), sign_in(1)));
    let place = home.path("place");
    let environment = [("GROUP", "trail"), ("PLACE", place.to_str().unwrap())];
    assert_eq!(run(&home, "cloudwatch-logs.sh", "exit 255", &environment), b"");
    assert!(!place.exists());
    let aws = "[ \"$1 $2\" = 'logs filter-log-events' ]; echo \"$@\" >>asked; cat in/messages";
    forsaken(&home, "cloudwatch-logs.sh", aws, &environment);
    assert!(!place.exists());
    let output = run(&home, "cloudwatch-logs.sh", aws, &environment);
    assert_eq!(Tally::of(2, &output).nothing_lost().twice, 0);
    let noted: u64 = fs::read_to_string(&place).unwrap().trim().parse().unwrap();
    assert_eq!(run(&home, "cloudwatch-logs.sh", aws, &environment), b"", "what went out is known");
    let asked = String::from_utf8(home.read("asked")).unwrap();
    assert!(asked.lines().nth(2).unwrap().contains(&format!("--start-time {noted}000")), "{asked}");
}

#[test]
fn eventbridge_messages_are_deleted_after_their_sign_ins_are_written() {
    let home = Home::new();
    let event = |number| {
        format!("{{\"detail-type\":\"AWS Console Sign In via CloudTrail\",\"detail\":{}}}", sign_in(number))
    };
    home.write("in/messages", format!("handle-a\t{}\nhandle-b\t{}\n", event(0), event(1)));
    let aws = "case $2 in receive-message) cat in/messages ;; delete-message) echo \"$6\" >>deleted ;; esac";
    let environment = [("QUEUE", "https://queue")];
    forsaken(&home, "eventbridge-sqs.sh", aws, &environment);
    assert_eq!(home.read("deleted"), b"");
    let output = run(&home, "eventbridge-sqs.sh", aws, &environment);
    assert_eq!(output.split_inclusive(|&b| b == b'\n').count(), 2, "{}", String::from_utf8_lossy(&output));
    assert_eq!(home.read("deleted"), b"handle-a\nhandle-b\n");
    assert_eq!(run(&home, "eventbridge-sqs.sh", "echo None", &environment), b"");
}

/// Every file is named on the page, and every file that the page names exists.
#[test]
fn the_page_names_every_file() {
    let page = fs::read_to_string(configs().join("pipelines.md")).unwrap();
    let mut count = 0;
    for folder in ["vector", "fluent-bit", "rsyslog", "syslog-ng", "systemd", "shell", "siem"] {
        for file in fs::read_dir(configs().join(folder)).unwrap().flatten() {
            let name = format!("{folder}/{}", file.file_name().to_string_lossy());
            assert!(page.contains(&name), "pipelines.md does not name {name}");
            count += 1;
        }
    }
    for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(link.starts_with("http") || configs().join(link).exists(), "pipelines.md links to {link}");
    }
    assert!(count > 15);
}

/// The page's own commands, on the files as they are. A console block is run and compared.
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let page = fs::read_to_string(configs().join("pipelines.md")).unwrap();
    let home = Home::new();
    let tools = home.path("tools");
    fs::create_dir(&tools).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_afterhours"), tools.join("afterhours")).unwrap();
    let hosts = [
        ("vector", "AFTERHOURS_VECTOR"),
        ("fluent-bit", "AFTERHOURS_FLUENT_BIT"),
        ("rsyslogd", "AFTERHOURS_RSYSLOGD"),
        ("syslog-ng", "AFTERHOURS_SYSLOG_NG"),
    ];
    let there: Vec<_> =
        hosts.iter().filter_map(|(name, variable)| Some((*name, find(name, variable)?))).collect();
    for (name, path) in &there {
        std::os::unix::fs::symlink(path, tools.join(name)).unwrap();
    }
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let run = |command: &str| {
        let mut sh = Command::new("sh");
        sh.args(["-c", command])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("PATH", &path)
            .stdin(Stdio::null());
        sh.output().unwrap()
    };
    let mut checked = 0;
    for block in page.split("```sh\n").skip(1) {
        for command in block.split("```").next().unwrap().lines() {
            let program = command.split(' ').next().unwrap();
            assert!(hosts.iter().any(|(name, _)| *name == program), "{command}");
            if there.iter().any(|(name, _)| *name == program) {
                let output = run(command);
                let words = [output.stdout, output.stderr].concat();
                let words = String::from_utf8_lossy(&words);
                // Fluent Bit opens the module; the module's own test checks this file.
                let no_module = command.ends_with("wasm.yaml") && words.contains("callback on filter wasm");
                assert!(output.status.success() || no_module, "{command}: {words}");
                checked += 1;
            }
        }
    }
    for block in page.split("```console\n$ ").skip(1) {
        let (command, shown) = block.split("```").next().unwrap().split_once('\n').unwrap();
        assert_eq!(String::from_utf8_lossy(&run(command).stdout), shown, "{command}");
        checked += 1;
    }
    assert!(checked > 0);
}
