//! `pipeline-configs/spark/` under the real Apache Spark, on this machine. Without `spark-submit`
//! or Java the tests say that they were skipped. Spark must write what one machine writes.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kit::corpus::{Corpus, Form, Until};

const FILTER: &str = env!("CARGO_BIN_EXE_afterhours");

/// Far more than one of these jobs takes, two at a time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Whether Spark can start here; prints what is missing.
fn spark_is_here() -> bool {
    ["spark-submit", "java"].iter().all(|program| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let here = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
        if !here {
            println!("skipped: there is no {program} on this machine");
        }
        here
    })
}

/// A month of one region in gzipped files, one of them truncated; and sign-ins in a plain one, the
/// first of them with a byte that is not UTF-8.
fn archive(folder: &Path) -> PathBuf {
    let archive = folder.join("a bucket");
    for day in 1..=28_u64 {
        let corpus =
            Corpus { sign_in_share: 0.05, start: 1_793_491_200 + day as i64 * 86_400, ..Corpus::mixed(day) };
        let (line, _) = corpus.bytes(Form::S3 { records: 200 }, Until::Records(200));
        let name = format!("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/{day:02}/trail.json.gz");
        write(&archive.join(name), &gzipped(&line));
    }
    let whole = gzipped(&Corpus::dense(30).bytes(Form::Bare, Until::Records(50)).0);
    write(&archive.join("truncated.gz"), &whole[..whole.len() / 2]);
    let (mut lines, _) = Corpus::dense(29).bytes(Form::Bare, Until::Records(50));
    let agent = lines.windows(7).position(|word| word == b"Mozilla").unwrap();
    lines[agent] = 0xff;
    write(&archive.join("strange.ndjson"), &lines);
    archive
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A finished job.
struct Ran {
    code: Option<i32>,
    messages: String,
}

/// Runs the job on two cores. Fails at the time limit.
#[track_caller]
fn spark(home: &Path, filter: &Path, arguments: &[&str]) -> Ran {
    let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline-configs/spark/afterhours_job.py");
    let (stdout, stderr) = (home.join("stdout"), home.join("stderr"));
    let since = Instant::now();
    let mut submit = Command::new("spark-submit")
        .args([
            "--master",
            "local[2]",
            "--conf",
            "spark.ui.enabled=false",
            "--conf",
            "spark.driver.bindAddress=127.0.0.1",
        ])
        // A job of seconds ends before the optimizing compiler pays off.
        .args(["--driver-java-options", "-XX:TieredStopAtLevel=1"])
        .arg(job)
        .args(["--filter".as_ref(), filter, "--out".as_ref(), &home.join("out")])
        .args(arguments)
        .env("SPARK_LOCAL_IP", "127.0.0.1")
        .env("TMPDIR", home.join("tmp"))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&stdout).unwrap())
        .stderr(fs::File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let status = loop {
        if let Some(status) = submit.try_wait().unwrap() {
            break status;
        }
        if since.elapsed() > PATIENCE {
            let _ = submit.kill();
            panic!("Spark still runs after {PATIENCE:?}; stderr:\n{}", fs::read_to_string(stderr).unwrap());
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    println!("spark {arguments:?}: {:.1} s", since.elapsed().as_secs_f64());
    // The job writes to one of them, Spark to the other.
    Ran {
        code: status.code(),
        messages: fs::read_to_string(stdout).unwrap() + &fs::read_to_string(stderr).unwrap(),
    }
}

/// The folder of a test, with one for temporary files that must be empty at the end.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("tmp")).unwrap();
    home
}

/// The parts that Spark wrote, concatenated, and their number.
#[track_caller]
fn parts(home: &Path) -> (Vec<u8>, usize) {
    assert!(home.join("out/_SUCCESS").exists(), "Spark did not finish");
    let mut names: Vec<_> =
        fs::read_dir(home.join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|name| name.file_name().unwrap().to_str().unwrap().starts_with("part-"));
    names.sort();
    (names.iter().flat_map(|name| fs::read(name).unwrap()).collect(), names.len())
}

/// What one machine writes for the same files: its lines as Spark's text, and its counts.
fn one_machine(archive: &Path, options: &[&str]) -> (String, serde_json::Value) {
    let output = Command::new(FILTER).args(options).arg("--stats=json").arg(archive).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "one of the files is truncated");
    assert!(
        String::from_utf8(output.stdout.clone()).is_err(),
        "a byte that is no UTF-8 is forwarded as it is"
    );
    (String::from_utf8_lossy(&output.stdout).into_owned(), counts(&String::from_utf8_lossy(&output.stderr)))
}

/// The total counts. Those that tasks wrote into the log have no `tasks` after them.
#[track_caller]
fn counts(messages: &str) -> serde_json::Value {
    let all = |line: &&str| line.starts_with(r#"{"afterhours":"#);
    let line = messages.lines().find(|line| all(line) && line.contains("\"tasks\":"));
    let line = line.or_else(|| messages.lines().rev().find(all)).expect(messages);
    serde_json::from_str::<serde_json::Value>(line).unwrap()["afterhours"].clone()
}

/// Temporary files of the job; Spark's own do not count.
fn left_over(home: &Path) -> Vec<PathBuf> {
    let left = fs::read_dir(home.join("tmp")).unwrap().map(|entry| entry.unwrap().path());
    left.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("afterhours-")).collect()
}

#[test]
fn partitions_match_one_machine_and_a_truncated_file_stops_no_other() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    let archive = archive(home.path());
    fs::write(
        home.path().join("hours.toml"),
        "[default]\nhours = \"Mon-Fri 09:00-17:00\"\ntz = \"America/New_York\"\n",
    )
    .unwrap();
    let hours = home.path().join("hours.toml");
    let hours = hours.to_str().unwrap();
    let Ran { code, messages } = &spark(
        home.path(),
        Path::new(FILTER),
        &["--config", hours, archive.to_str().unwrap(), "--", "--identity", "all"],
    );
    assert_eq!(*code, Some(1), "{messages}");

    let (lines, number) = parts(home.path());
    let (expected, numbers) = one_machine(&archive, &["--config", hours, "--identity", "all"]);
    assert!(number >= 4, "two cores, and {number} parts");
    assert!(lines.split(|&byte| byte == b'\n').count() > 100);
    assert_eq!(String::from_utf8(lines).unwrap(), expected);
    assert!(messages.contains("a bucket/truncated.gz"), "{messages}");
    for count in ["bytes", "lines", "sign_ins", "outside", "forwarded"] {
        assert_eq!(counts(messages)[count], numbers[count], "{count}\n{messages}");
    }
    println!("spark: {number} parts, {} lines, as one machine prints them", expected.lines().count());
}

#[test]
fn folders_are_listed_as_the_filter_lists_them_and_a_missing_file_stops_no_other() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    fs::create_dir_all(home.path().join("far/deep")).unwrap();
    let archive = archive(&home.path().join("far"));
    let account = archive.join("AWSLogs/111122223333");
    let sign_ins = |seed| Corpus::dense(seed).bytes(Form::Bare, Until::Records(40)).0;

    // Each folder once, whatever links lead there, and no loops; files as often as they are named.
    let store = home.path().join("store");
    write(&store.join("a.ndjson"), &sign_ins(40));
    write(&store.join("deep/b.ndjson"), &sign_ins(41));
    symlink(&archive, store.join("back")).unwrap();
    for (to, link) in [
        (store.as_path(), "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/12"),
        (&store, "s-twin"),
        (&store.join("deep"), "t-part"),
        (&account, "u-within"),
        (Path::new(".."), "v-above"),
        (Path::new("strange.ndjson"), "w-again.ndjson"),
    ] {
        symlink(to, archive.join(link)).unwrap();
    }
    // The order is that of the bytes of the paths: `-` and `.` come before `/`.
    for (name, seed) in [("s/x.ndjson", 42), ("s-.ndjson", 43), ("s.ndjson", 44), ("s0.ndjson", 45)] {
        write(&archive.join(name), &sign_ins(seed));
    }
    // Files that never end, and ones without sign-ins: some would show in the output.
    let pipe = archive.join("AWSLogs/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink(&pipe, archive.join("AWSLogs/to-pipe")).unwrap();
    symlink("/dev/zero", archive.join("AWSLogs/zero")).unwrap();
    let _socket = UnixListener::bind(archive.join("AWSLogs/socket")).unwrap();
    for (folder, seed) in [("CloudTrail-Digest", 46), ("CloudTrail-Insight", 47)] {
        write(&account.join(folder).join("eu-west-1/2026/11/01/x.ndjson"), &sign_ins(seed));
    }
    // Names that only look like those: without an account above them, or with one above more than a
    // region.
    write(&archive.join("CloudTrail-Digest/x.ndjson"), &sign_ins(48));
    write(&archive.join("111122223333/CloudTrail/us-east-1/CloudTrail-Digest/x.ndjson"), &sign_ins(49));
    // Everything below the folder of a day is of that day; these are such folders, or are not.
    let (days, others) = (
        ["us-east-1/2026/03/31", "us-gov-west-1/2024/02/29"],
        [
            "us-east-1/2026/02/30",
            "us-east-1/2026/13/01",
            "us-east-1/26/03/31",
            "us-east-1/2026/03/31/AWSLogs",
            "backup-1/2026/03/31",
        ],
    );
    for (folder, seed) in days.iter().chain(&others).zip(60..) {
        let below = archive.join("CloudTrail").join(folder).join("111122223333/CloudTrail-Digest");
        write(&below.join("x.ndjson"), &sign_ins(seed));
    }
    // A dangling link after a file so large that the link is alone in its task.
    let large = Corpus::dense(50).bytes(Form::Bare, Until::Bytes(4_000_000)).0;
    write(&archive.join("y-large.ndjson"), &large);
    symlink("missing", archive.join("z-nowhere")).unwrap();

    // Named by a link and `..`, which is not the folder of the link.
    symlink("far/deep", home.path().join("way")).unwrap();
    let options = ["--hours", "off", "--tz", "UTC", "--identity", "all"];
    let arguments = [&["way/../a bucket", "--"], &options[..]].concat();
    let Ran { code, messages } = &spark(home.path(), Path::new(FILTER), &arguments);
    assert_eq!(*code, Some(1), "{messages}");

    let (lines, _) = parts(home.path());
    let (expected, numbers) = one_machine(&home.path().join("way/../a bucket"), &options);
    let lines = String::from_utf8(lines).unwrap();
    for (number, (line, on_one)) in lines.lines().zip(expected.lines()).enumerate() {
        assert_eq!(line, on_one, "line {number}");
    }
    assert!(lines == expected, "{} lines are the same, and something is behind them", lines.lines().count());
    let all = counts(messages);
    for count in ["lines", "sign_ins", "forwarded", "inputs"] {
        assert_eq!(all[count], numbers[count], "{count}\n{messages}");
    }
    // The pipe, two links, the socket; digests and Insights, and those not below a day; the links
    // `12/back` and s to v.
    assert_eq!(all["inputs"]["passed_over"], 4 + 2 + others.len() + 5, "{all}");
    assert!(messages.contains("a bucket/z-nowhere: there is no such file"), "{messages}");
    // A quarter of all, decompressed, is more than a task's share.
    assert!(large.len() as u64 * 4 > numbers["bytes"].as_u64().unwrap(), "{numbers}");
    assert!(!messages.contains("none of the inputs"), "{messages}");
}

#[test]
fn the_job_reports_that_nothing_can_be_read() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    let Ran { code, messages } = &spark(home.path(), Path::new(FILTER), &["no", "none"]);
    assert_eq!(*code, Some(2), "{messages}");
    for name in ["/no: there is no such file", "/none: there is no such file"] {
        assert!(messages.contains(name), "{messages}");
    }
    assert!(messages.contains("afterhours_job: none of the inputs could be read"), "{messages}");
    assert_eq!(counts(messages)["inputs"]["failed"], 2);
}

#[test]
fn files_that_only_spark_can_read_are_copied_first_and_removed_after() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    let archive = archive(home.path());
    let options = ["--hours", "off", "--tz", "UTC"];
    let url = format!("file://{}", archive.to_str().unwrap());
    let Ran { code, messages } =
        &spark(home.path(), Path::new(FILTER), &[&["--copy", &*url, "--"], &options[..]].concat());
    assert_eq!(*code, Some(1), "{messages}");

    let (lines, number) = parts(home.path());
    let (expected, _) = one_machine(&archive, &options);
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&String::from_utf8(lines).unwrap()), sorted(&expected));
    assert!(number > 1, "one task did it all");
    assert!(left_over(home.path()).is_empty());
}

#[test]
fn a_killed_filter_fails_the_job_and_a_wrong_option_starts_nothing() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    let archive = archive(home.path());
    let archive = archive.to_str().unwrap();
    // An error before Spark starts.
    let Ran { code, messages } =
        &spark(home.path(), Path::new(FILTER), &[archive, "--", "--hours", "Mon-Fry"]);
    assert_eq!(*code, Some(2), "{messages}");
    assert!(messages.contains("--hours") && !home.path().join("out").exists(), "{messages}");
    let channels = home.path().join("channels.toml");
    fs::write(&channels, "[notify.night]\ntype = \"webhook\"\nurl = \"https://127.0.0.1:9/\"\n").unwrap();
    let Ran { code, messages } =
        &spark(home.path(), Path::new(FILTER), &["--config", channels.to_str().unwrap(), archive]);
    assert_eq!(*code, Some(2), "{messages}");
    assert!(messages.contains("channels.toml: [notify]") && !home.path().join("out").exists(), "{messages}");

    // Runs at first, and is killed while it reads: its lines so far must not count as complete.
    let dying = home.path().join("afterhours");
    fs::write(&dying, "#!/bin/sh\ncase \" $* \" in *' --files-from - '*) echo '{}'; kill -9 $$;; esac\n")
        .unwrap();
    fs::set_permissions(&dying, fs::Permissions::from_mode(0o755)).unwrap();
    let Ran { code, messages } = &spark(home.path(), &dying, &[archive]);
    assert_eq!(*code, Some(2), "{messages}");
    assert!(
        messages.contains("afterhours_job: the filter ended early") && messages.contains("-9"),
        "{messages}"
    );
    assert!(!home.path().join("out/_SUCCESS").exists());
}

#[test]
fn a_stopped_filter_fails_the_job_although_it_exits_with_0() {
    if !spark_is_here() {
        return;
    }
    let home = home();
    let archive = archive(home.path());
    // The filter itself, stopped while it waits for another name: it exits with 0, like a stream
    // that is stopped.
    let stopped = home.path().join("afterhours");
    let names = home.path().join("names");
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' --files-from - '*)\n\
         mkfifo {names}.$$; exec 3<&0; {{ cat <&3; sleep 1; kill -TERM $$; }} >{names}.$$ & exec <{names}.$$;;\n\
         esac\nexec {FILTER} \"$@\"\n",
        names = names.display()
    );
    fs::write(&stopped, script).unwrap();
    fs::set_permissions(&stopped, fs::Permissions::from_mode(0o755)).unwrap();
    let Ran { code, messages } = &spark(home.path(), &stopped, &[archive.to_str().unwrap()]);
    assert_eq!(*code, Some(2), "{messages}");
    let early = messages.lines().find(|line| line.starts_with("afterhours_job: the filter ended early"));
    let early = early.expect(messages);
    assert!(early.contains("\"status\": 0") && early.contains("\"complete\": false"), "{early}");
    assert!(!home.path().join("out/_SUCCESS").exists());
}
