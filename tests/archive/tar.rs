//! Tar archives: their members are read like files of a folder. Archives come from the `tar` crate, and from GNU tar and Python
//! where they are installed.

use std::process::Command;

use crate::packing::{Folder, bzip2, container, gzip, noise, records, xz, zstd};
use kit::fixtures::stream;
use kit::tag::untagged;

/// A tar of these members, without its end.
fn members<N: AsRef<str>, B: AsRef<[u8]>>(members: &[(N, B)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.as_ref().len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name.as_ref(), bytes.as_ref()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Data sets of CloudTrail logs are published as `tar` of `.json.gz`: the whole archive was one line that is not JSON, and the
/// answer was that nobody had signed in.
#[test]
fn members_are_read_whatever_they_and_the_tar_are_packed_in() {
    let folder = Folder::new();
    let all: Vec<Vec<String>> = ["a", "b", "c", "d", "e"].map(|name| records(name, 3)).to_vec();
    let large = records(&noise(60), 20_000);
    let tar = members(&[
        ("AWSLogs/1/a.json.gz", gzip(&container(&all[0]))),
        ("AWSLogs/1/b.ndjson", stream(&all[1])),
        ("AWSLogs/empty.json", Vec::new()),
        ("c", zstd(&container(&all[2]))),
        ("._c", b"\0\x05\x16\x07\0\x02\0\0Mac OS X".to_vec()),
        ("large.json.gz", gzip(&container(&large))),
        ("d.xz", xz(&gzip(&stream(&all[3])))),
        ("e.json", stream(&all[4])),
    ]);
    let wanted = [&all[..3].concat()[..], &large, &all[3..].concat()].concat();
    for packed in
        [tar.clone(), gzip(&tar), zstd(&tar), bzip2(&tar), xz(&tar), [&tar[..], &[0; 100_000]].concat()]
    {
        folder.write("x.tar", &packed);
        for threads in ["-j1", "-j3"] {
            let outcome = folder.run(&[threads, "x.tar"], b"").exits(0);
            assert_eq!(untagged(&outcome.lines()), wanted);
        }
        assert_eq!(untagged(&folder.run(&[], &packed).exits(0).lines()), wanted, "on stdin");
    }
    // One behind the other, as `cat` makes them.
    let two = [tar.clone(), tar].concat();
    assert_eq!(folder.run(&[], &two).exits(0).lines().len(), 2 * wanted.len());
}

#[test]
fn a_member_that_cannot_be_read_is_named_and_the_others_are_read() {
    let folder = Folder::new();
    let (first, last) = (records("first", 2), records("last", 2));
    let good = gzip(&container(&first));
    for (name, bad, why) in [
        ("cut.gz", good[..good.len() - 12].to_vec(), "the gzip data is truncated"),
        ("cut.zst", zstd(&stream(&first))[..40].to_vec(), "the zstd data is truncated"),
        ("a.parquet", b"PAR1\x15\x04\x15\xc4".to_vec(), "the file is Parquet, which is not supported; run:"),
        (
            "inner.tar.gz",
            gzip(&members(&[("x", stream(&first))])),
            "it is a tar itself, which is not read; unpack it first",
        ),
    ] {
        let path = format!("logs/{name}");
        let tar = members(&[("first", stream(&first)), (&path, bad), ("last", stream(&last))]);
        folder.write("x.tar.gz", &gzip(&tar));
        let stats = folder.run(&["--stats=json", "x.tar.gz", "x.tar.gz"], b"").exits(1).stderr;
        assert!(stats.contains(r#""failed":2,"passed_over":0,"read":0}"#), "{stats}");
        let message = format!("afterhours: x.tar.gz!logs/{name}: {why}");
        let outcome = folder.run(&["x.tar.gz"], b"").exits(1);
        assert!(outcome.stderr.contains(&message), "{}", outcome.stderr);
        let lines = outcome.lines();
        assert_eq!(untagged(&lines[..2]), first);
        assert_eq!(untagged(&lines[lines.len() - 2..]), last);
        let outcome = folder.run(&[], &tar).exits(1);
        assert!(outcome.stderr.contains(&message.replace("x.tar.gz", "stdin")), "{}", outcome.stderr);
    }
    // Lines that may be sign-ins and cannot be read are said of the member.
    let cut = &records("cut", 1)[0][..300];
    let tar = members(&[
        ("good", stream(&first)),
        ("a/bad.ndjson", stream(&[&first[0][..], cut])),
        ("last", stream(&last)),
    ]);
    folder.write("x.tar", &tar);
    for outcome in
        [folder.run(&["x.tar"], b""), folder.run(&["-j2", "x.tar", "x.tar"], b""), folder.run(&[], &tar)]
    {
        let outcome = outcome.exits(1);
        assert!(outcome.stderr.contains("!a/bad.ndjson:2: "), "{}", outcome.stderr);
    }
    let stopped = folder.run(&["--unreadable", "stop", "x.tar"], b"").exits(2);
    assert!(stopped.stderr.contains("(in the member a/bad.ndjson)"), "{}", stopped.stderr);
}

#[test]
fn a_truncated_or_damaged_tar_is_reported_and_what_comes_before_is_read() {
    let folder = Folder::new();
    let all = records("a", 30);
    let each: Vec<(String, Vec<u8>)> =
        all.iter().enumerate().map(|(n, record)| (format!("{n}.json"), stream(&[record]))).collect();
    let tar = members(&each);
    let block = tar.len() / 512 - 2;
    for length in
        [700, 1024, 1500, 2048, 10 * 512, 10 * 512 + 1, 20 * 512 + 300, block * 512, block * 512 + 400]
    {
        for bytes in [tar[..length].to_vec(), gzip(&tar[..length])] {
            folder.write("x", &bytes);
            for outcome in [folder.run(&["x"], b""), folder.run(&[], &bytes)] {
                let outcome = outcome.exits(1);
                let lines = outcome.lines();
                let undecided = lines.last().is_some_and(|line| line.starts_with(b"{\"after_hours\""));
                let lines = untagged(&lines[..lines.len() - usize::from(undecided)]);
                let whole = lines.iter().zip(&all).take_while(|(found, record)| found == record).count();
                assert!(
                    whole >= length / 2048 && lines.len() <= whole + 1,
                    "{length}: {whole}, {}",
                    outcome.stderr
                );
                assert!(outcome.stderr.contains("truncated"), "{length}: {}", outcome.stderr);
            }
        }
    }
    let packed = gzip(&tar);
    let outcome = folder.run(&[], &packed[..packed.len() / 2]).exits(1);
    assert!(outcome.stderr.contains("the gzip data is truncated"), "{}", outcome.stderr);
    let mut damaged = tar;
    // In the second header.
    damaged[1024 + 20] ^= 1;
    let outcome = folder.run(&[], &damaged).exits(1);
    assert_eq!(untagged(&outcome.lines()), all[..1]);
    assert!(outcome.stderr.contains("the tar is damaged after its member 0.json: "), "{}", outcome.stderr);
}

/// A few hundred bytes say that a name has 8 GiB: memory stays bounded, and the tar is refused.
#[test]
fn headers_without_end_are_refused() {
    let folder = Folder::new();
    let mut header = tar::Header::new_gnu();
    header.set_path("././@LongLink").unwrap();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(8 << 30);
    header.set_cksum();
    let bytes = [&header.as_bytes()[..], &vec![b'x'; 4 << 20]].concat();
    let outcome = folder.run(&[], &bytes).exits(1);
    assert!(
        outcome.stderr.contains("stdin: the tar has a header of more than 1048576 bytes"),
        "{}",
        outcome.stderr
    );
}

/// The dialects of GNU tar: what it writes is read as `tar -xO` reads it.
#[test]
fn archives_of_gnu_tar_are_read() {
    let has_tar = Command::new("tar").arg("--version").output();
    if !has_tar.is_ok_and(|output| output.stdout.starts_with(b"tar (GNU tar)")) {
        println!("skipped: no GNU tar");
        return;
    }
    let folder = Folder::new();
    let long = format!("{}/{}", "d".repeat(180), "f".repeat(200));
    let all: Vec<Vec<String>> = ["a", "b", "c"].map(|name| records(name, 2)).to_vec();
    std::fs::create_dir_all(folder.path().join("in").join("d".repeat(180))).unwrap();
    folder.write(&format!("in/{long}"), &gzip(&container(&all[0])));
    folder.write("in/short.json", &stream(&all[1]));
    folder.write("in/zoë.json", &stream(&all[2]));
    std::os::unix::fs::symlink("short.json", folder.path().join("in/link.json")).unwrap();
    let mut wanted = all.concat();
    wanted.sort();
    let tar = |arguments: &[&str]| {
        let ended = Command::new("tar").args(arguments).current_dir(folder.path()).status().unwrap();
        assert!(ended.success());
    };
    for dialect in ["gnu", "posix", "oldgnu"] {
        tar(&["--format", dialect, "-cf", "x.tar", "in"]);
        let mut lines = untagged(&folder.run(&["x.tar"], b"").exits(0).lines());
        lines.sort();
        assert_eq!(lines, wanted, "{dialect}");
    }
    for dialect in ["v7", "ustar"] {
        tar(&["--format", dialect, "-cf", "x.tar", "-C", "in", "short.json"]);
        assert_eq!(untagged(&folder.run(&["x.tar"], b"").exits(0).lines()), all[1], "{dialect}");
    }
    // A file with holes: its bytes in the archive are not those of the file.
    let sparse = folder.write("in/sparse.json", b"");
    let file = std::fs::File::options().write(true).open(sparse).unwrap();
    file.set_len(10 << 20).unwrap();
    for dialect in ["gnu", "posix"] {
        tar(&[
            "--format",
            dialect,
            "-S",
            "-cf",
            "x.tar",
            "-C",
            "in",
            "short.json",
            "sparse.json",
            "zoë.json",
        ]);
        let outcome = folder.run(&["x.tar"], b"").exits(1);
        assert_eq!(untagged(&outcome.lines()), [&all[1][..], &all[2]].concat(), "{dialect}");
        assert!(
            outcome.stderr.contains("it is a sparse file, which is not read from a tar"),
            "{}",
            outcome.stderr
        );
    }
}
