//! Which files are read, and in which order: folders, symlinks, lists of names, and paths that do
//! not exist.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::bucket::{
    ALWAYS, files, fill, gzip, program_in, records, records_of, run_on, sign_in, sign_ins, stats, write,
};
use crate::harness::{Outcome, program, run, run_command, start};

/// A file with one sign-in, whose event ID is the file's name.
fn put(root: &Path, name: &str) {
    write(
        &root.join(name),
        format!("{}\n", sign_in("anaya", &name.replace('\n', "\\n"), "r", "2026-03-10T00:00:00Z")).as_bytes(),
    );
}

#[track_caller]
fn ids(outcome: &Outcome) -> Vec<String> {
    records_of(outcome).iter().map(|record| record["eventID"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn ids_in(folder: &Path, args: &[&str], code: i32) -> Vec<String> {
    ids(&run_command(program_in(folder, args), b"").exits(code))
}

#[test]
fn a_folder_is_read_in_byte_order() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "b/c/d",
        "b/c.json",
        "b-c",
        "b.d/e",
        "B",
        "a",
        "z/0/1/2/3/4/5/6/7/8/9",
        ".b",
        "b c",
        "ä/ö",
        "10",
        "9",
        "b0",
    ];
    names.iter().for_each(|name| put(folder.path(), name));
    let shell = "find . -type f | LC_ALL=C sort | sed 's,^./,,'";
    let sorted = Command::new("sh").args(["-c", shell]).current_dir(folder.path()).output().unwrap();
    let sorted: Vec<String> = String::from_utf8(sorted.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(sorted.len(), names.len());
    for threads in ["1", "2", "5"] {
        assert_eq!(ids_in(folder.path(), &["-j", threads, "."], 0), sorted);
        assert_eq!(ids_in(folder.path(), &["-j", threads, "z", "b/", "./B", "b"], 0).len(), 6);
    }
    let unordered: BTreeSet<String> = ids_in(folder.path(), &["--unordered", "."], 0).into_iter().collect();
    assert_eq!(unordered, sorted.into_iter().collect());
}

#[test]
fn a_bucket_gives_the_sign_ins_that_the_twin_finds() {
    let folder = tempfile::tempdir().unwrap();
    let root = fill(folder.path(), 60, 3);
    let all = files(&root);
    let expected = sign_ins(&all);
    let names: Vec<u8> = all.iter().flat_map(|path| [path.as_os_str().as_bytes(), b"\n"].concat()).collect();
    for threads in ["1", "2", "6"] {
        assert_eq!(records_of(&run_on(&["-j", threads], &[&root]).exits(0)), expected);
        let args = [&ALWAYS[..], &["-j", threads, "--files-from", "-"]].concat();
        assert_eq!(records_of(&run(&args, &names).exits(0)), expected);
    }
    let counted = stats(&run_on(&["--stats=json"], &[&root]).exits(0));
    assert_eq!(
        counted["inputs"].to_string(),
        format!(r#"{{"complete":true,"doubtful":0,"failed":0,"passed_over":0,"read":{}}}"#, all.len())
    );
    assert_eq!(counted["forwarded"], expected.len());
}

#[test]
fn symlinks_are_followed_once_and_never_in_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["in/a", "in/sub/b", "out/c", "out/deep/d", "big/in2/e"] {
        put(root, name);
    }
    for (to, link) in [
        ("a", "in/again"),
        (".", "in/here"),
        ("..", "in/up"),
        ("/", "in/root"),
        ("../../in", "in/sub/back"),
        ("sub", "in/twin"),
        ("../out", "in/x"),
        ("../out/deep", "in/y"),
        ("../../in", "out/deep/in"),
        ("../in", "big/in"),
    ] {
        symlink(to, root.join(link)).unwrap();
    }
    assert_eq!(ids_in(root, &["in"], 0), ["in/a", "in/a", "in/sub/b", "out/c", "out/deep/d"]);
    // By a link to the folder itself, and from inside it.
    symlink("in", root.join("link")).unwrap();
    assert_eq!(ids_in(root, &["link"], 0).len(), 5);
    assert_eq!(ids_in(&root.join("in"), &["."], 0).len(), 5);
    // A path that is named twice is read twice; a named path is not read through a link as well.
    assert_eq!(ids_in(root, &["in", "out"], 0), ["in/a", "in/a", "in/sub/b", "out/c", "out/deep/d"]);
    assert_eq!(ids_in(root, &["out/c", "out/c"], 0), ["out/c", "out/c"]);
    // A dangling link, or one to itself, is reported.
    symlink("missing", root.join("big/nowhere")).unwrap();
    symlink("self", root.join("big/self")).unwrap();
    let outcome = run_command(program_in(root, &["--stats=json", "big"]), b"").exits(1);
    assert_eq!(ids(&outcome), ["in/a", "in/a", "in/sub/b", "out/c", "out/deep/d", "big/in2/e"]);
    assert!(outcome.stderr.contains("big/nowhere: there is no such file"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("big/self: "), "{}", outcome.stderr);
    assert_eq!(stats(&outcome)["inputs"]["failed"], 2);
}

#[test]
fn missing_and_forbidden_paths_are_reported_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    ["a", "b/c", "b/d/e", "z"].iter().for_each(|name| put(root, name));
    let outcome = run_command(program_in(root, &["a", "none", "b", "no\u{1b}[31mne", "z"]), b"").exits(1);
    assert_eq!(ids(&outcome), ["a", "b/c", "b/d/e", "z"]);
    for message in
        ["none: there is no such file", "no\u{fffd}[31mne: there", "2 of 6 inputs could not be read"]
    {
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    // Permissions do not apply to root.
    let closed = fs::set_permissions(root.join("b/d"), Permissions::from_mode(0o000)).is_ok()
        && fs::read_dir(root.join("b/d")).is_err();
    if closed {
        fs::set_permissions(root.join("b/c"), Permissions::from_mode(0o000)).unwrap();
        let outcome = run_command(program_in(root, &["."]), b"").exits(1);
        assert_eq!(ids(&outcome), ["a", "z"]);
        assert!(outcome.stderr.contains("./b/d: may not be read (permission denied)"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("./b/c: may not be read (permission denied)"), "{}", outcome.stderr);
    } else {
        eprintln!("not tested: folders that are closed, since we are root");
    }
    fs::set_permissions(root.join("b/d"), Permissions::from_mode(0o755)).unwrap();
    // No path could be read: an error.
    let nothing = run_command(program_in(root, &["none", "nothing"]), b"").exits(2);
    assert!(nothing.stderr.contains("none of the inputs could be read"), "{}", nothing.stderr);
}

#[test]
fn an_empty_folder_is_reported_and_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
    let outcome = run_command(program_in(folder.path(), &["."]), b"unread").exits(0);
    assert!(outcome.stdout.is_empty());
    assert!(outcome.stderr.contains("there was nothing to read"), "{}", outcome.stderr);
    let quiet = run_command(program_in(folder.path(), &["--stats=json", "."]), b"").exits(0);
    assert_eq!(quiet.stderr.lines().count(), 1);
    // An empty file counts as a file.
    write(&folder.path().join("a/x"), b"");
    assert!(!run_command(program_in(folder.path(), &["."]), b"").exits(0).stderr.contains("nothing"));
}

#[test]
fn pipes_and_sockets_in_a_folder_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("b")).unwrap();
    let fifo = Command::new("mkfifo").arg(folder.path().join("c")).status().unwrap();
    assert!(fifo.success());
    symlink("c", folder.path().join("d")).unwrap();
    let outcome = run_command(program_in(folder.path(), &["--stats=json", "."]), b"").exits(0);
    assert_eq!(ids(&outcome), ["a"]);
    assert_eq!(stats(&outcome)["inputs"]["passed_over"], 3);
}

#[test]
fn lists_of_names_are_read_after_the_paths() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    ["a", "b/c", "b/d", "e\nf", "g"].iter().for_each(|name| put(root, name));
    write(&root.join("lines"), b"b\n\nnone\na");
    write(&root.join("zeros"), b"e\nf\0b/d\0\0b\0");
    let outcome = run_command(program_in(root, &["--files-from", "lines", "g"]), b"").exits(1);
    assert_eq!(ids(&outcome), ["g", "b/c", "b/d", "a"]);
    assert!(outcome.stderr.contains("none: there is no such file"), "{}", outcome.stderr);
    for zeros in [&["--files-from", "zeros", "--null"][..], &["-0", "--files-from=zeros"]] {
        assert_eq!(ids_in(root, zeros, 0), ["e\nf", "b/d", "b/c", "b/d"]);
    }
    let piped = run_command(program_in(root, &["--files-from", "-", "-0"]), b"g\0a").exits(0);
    assert_eq!(ids(&piped), ["g", "a"]);
    let stdin = sign_in("anaya", "stdin", "r", "2026-03-10T00:00:00Z");
    write(&root.join("dash"), b"a\n-\ng\n");
    let dash = run_command(program_in(root, &["--files-from", "dash"]), stdin.as_bytes()).exits(0);
    assert_eq!(ids(&dash), ["a", "stdin", "g"]);
    let empty = run_command(program_in(root, &["--files-from", "-"]), b"").exits(0);
    assert!(empty.stderr.contains("there was nothing to read"), "{}", empty.stderr);
}

#[test]
fn invalid_lists_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "a");
    for (args, code, message) in [
        (&["--files-from", "none"][..], 2, "--files-from: none: there is no such file"),
        (&["--files-from", "."], 2, "--files-from: .: is a directory"),
        (&["--files-from", "-", "a", "-"], 2, "stdin cannot be an input too"),
        (&["-0", "a"], 2, "--files-from"),
        (&["--files-from", "a", "--listen", "unix:none"], 2, "cannot be used with"),
    ] {
        let outcome = run_command(program_in(root, args), b"").exits(code);
        assert!(outcome.stderr.contains(message), "{args:?}: {}", outcome.stderr);
    }
    let long = [b"a\n".to_vec(), vec![b'x'; 1 << 20], b"\na\n".to_vec()].concat();
    let outcome = run_command(program_in(root, &["--files-from", "-"]), &long).exits(1);
    assert_eq!(ids(&outcome), ["a"]);
    assert!(outcome.stderr.contains("-: it holds a name of more than 65536 bytes"), "{}", outcome.stderr);
    let outcome = run_command(program_in(root, &["--files-from", "-"]), b"a\n-\na\n").exits(1);
    assert_eq!(ids(&outcome), ["a", "a"]);
    assert!(outcome.stderr.contains("stdin: it is read for the names of files"), "{}", outcome.stderr);
}

#[test]
fn a_named_file_is_written_before_the_next_name_arrives() {
    let folder = tempfile::tempdir().unwrap();
    ["a", "b"].iter().for_each(|name| put(folder.path(), name));
    let mut live = start(&[&ALWAYS[..], &["--files-from", "-"]].concat());
    for name in ["a", "b", "a"] {
        live.send(format!("{}\n", folder.path().join(name).display()).as_bytes());
        assert!(String::from_utf8(live.next()).unwrap().contains(&format!("\"eventID\":\"{name}\"")));
    }
    live.says_nothing_for(Duration::from_millis(100));
    // A signal ends it before the end of the list.
    crate::harness::signal(&live.child, "TERM");
    let outcome = live.finish().exits(0);
    assert!(!outcome.stderr.contains("nothing to read"), "{}", outcome.stderr);
}

#[test]
fn a_closed_stdout_ends_a_walk_and_a_wait_for_names_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let record = sign_in("anaya", "1", "r", "2026-03-10T00:00:00Z");
    let many = gzip(&records(&vec![record; 400]));
    (0..300).for_each(|n| write(&folder.path().join(format!("{n:03}.json.gz")), &many));
    let script = r#""$0" --hours off --tz UTC "$1" 2>err | head -n 1 >out; cat err"#;
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_afterhours"), "."]).current_dir(folder.path());
    assert_eq!(run_command(command, b"").exits(0).stderr, "");
    let mut command = program(&ALWAYS);
    command
        .args(["--files-from", "-"])
        .stdout(std::process::Stdio::piped())
        .stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    // Its stdin stays open.
    assert_eq!(crate::harness::wait(&mut child, crate::harness::PATIENCE).code(), Some(0));
}

#[test]
fn many_names_in_one_folder_are_all_read() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        (0..20_000).map(|n| format!("flat/111122223333_CloudTrail_us-east-1_20260310T0000Z_{n:016}.json"));
    names.clone().for_each(|name| write(&folder.path().join(name), b""));
    let last = names.clone().next_back().unwrap();
    put(folder.path(), &last);
    let outcome = run_command(program_in(folder.path(), &["--stats=json", "."]), b"").exits(0);
    assert_eq!(ids(&outcome), [last]);
    assert_eq!(stats(&outcome)["inputs"]["read"], 20_000);
}
