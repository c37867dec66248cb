//! However the inputs are named, compressed and divided among threads, the output is that of their
//! bytes on stdin, one after the other.

use std::path::Path;

use crate::bucket::{ALWAYS, Chance, content, files, fill, gzip, program_in, records, sign_in, write};
use crate::harness::{run, run_command, tail};
use kit::fixtures::{api_call, path as fixture};

/// The output of each file, in order: what one thread writes for one file after the other on stdin.
fn one_by_one(args: &[&str], root: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for file in files(root) {
        all.extend(run(&[&ALWAYS[..], args].concat(), &content(&file)).stdout);
    }
    all
}

#[track_caller]
fn same(args: &[&str], root: &Path) {
    let expected = one_by_one(args, root);
    assert!(!expected.is_empty());
    for threads in ["1", "2", "3", "8"] {
        let outcome = run_command(program_in(root, &[args, &["-j", threads, "."]].concat()), b"");
        assert!(
            outcome.stdout == expected,
            "{args:?} -j {threads}: {} bytes for {}; ends in {}\nand {}",
            outcome.stdout.len(),
            expected.len(),
            tail(&outcome.stdout),
            tail(&expected)
        );
    }
}

#[test]
fn a_bucket_gives_what_its_files_give_on_stdin() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 12, 5);
    same(&[], folder.path());
    same(&["--keep", "sign-ins"], folder.path());
    same(&["--exhaustive", "--identity", "all"], folder.path());
}

#[test]
fn all_fixtures_compressed_and_plain_give_what_they_give_on_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance(11);
    for name in ["", "envelopes", "broken"] {
        for entry in std::fs::read_dir(fixture(name)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let to = folder.path().join(name).join(path.file_name().unwrap());
            match chance.below(3) {
                0 => write(&to, &bytes),
                1 => write(&to, &gzip(&bytes)),
                // Two members, split at a random place.
                _ => {
                    let (one, two) = bytes.split_at(chance.below(bytes.len() as u64 + 1) as usize);
                    write(&to, &[gzip(one), gzip(two)].concat());
                }
            }
        }
    }
    same(&["--identity", "all"], folder.path());
    same(&["--keep", "all"], folder.path());
}

#[test]
fn large_and_small_files_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let record = |n: usize| sign_in(&format!("user-{n}"), &format!("{n}"), "r", "2026-03-10T00:00:00Z");
    let lines = |from: usize, to: usize, every: usize| {
        let line = |n: usize| if n.is_multiple_of(every) { record(n) } else { api_call(n) };
        (from..to).map(line).collect::<Vec<_>>()
    };
    for (name, bytes) in [
        ("a.json.gz", gzip(&records(&lines(0, 50, 5)))),
        ("b.ndjson", lines(100, 14_000, 50).join("\n").into_bytes()),
        ("c.json", records(&lines(0, 9_000, 3))),
        ("d.ndjson", (lines(0, 20_000, 1).join("\n") + "\n").into_bytes()),
        ("e.gz", gzip(&(lines(0, 20_000, 40).join("\n") + "\n").into_bytes())),
        ("f.json.gz", gzip(&records(&lines(0, 12_000, 100)))),
        ("g", Vec::new()),
        ("h", record(1).into_bytes()),
    ] {
        write(&folder.path().join(name), &bytes);
    }
    same(&[], folder.path());
}
