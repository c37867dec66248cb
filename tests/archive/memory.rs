//! Constant memory for files of any size, as counted by the kernel.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{drain, program};
use crate::packing::{ARGS, Folder, records};
use kit::fixtures::api_call;
use kit::tag::untagged;

const MOST: u64 = 64 << 20;

/// A hundred megabytes on one line, with sign-ins at both ends.
fn one_line(mut out: impl Write, wanted: &[String]) {
    write!(out, "{{\"Records\":[{}", wanted[0]).unwrap();
    let filler: Vec<String> = (0..1000).map(api_call).collect();
    let filler = format!(",{}", filler.join(","));
    for _ in 0..100_000_000 / filler.len() {
        out.write_all(filler.as_bytes()).unwrap();
    }
    write!(out, ",{}]}}", wanted[1]).unwrap();
}

/// Filters the named files with two threads until this many lines came. Returns the output and the
/// peak of memory in KiB.
fn run(folder: &Folder, names: &[&str], lines: usize) -> (Vec<u8>, u64) {
    let mut child = program(&ARGS)
        .args(["-j2"])
        .args(names)
        // Held open, so that the program still runs when it is measured.
        .arg("-")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = drain(child.stderr.take().unwrap());
    let mut stdout = child.stdout.take().unwrap();
    let (mut out, mut room) = (Vec::new(), [0; 8192]);
    let began = Instant::now();
    while out.iter().filter(|&&byte| byte == b'\n').count() < lines {
        let count = stdout.read(&mut room).unwrap();
        assert!(count > 0 && began.elapsed() < Duration::from_secs(60), "{names:?}");
        out.extend_from_slice(&room[..count]);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
    drop(child.stdin.take());
    assert_eq!(
        child.wait().unwrap().code(),
        Some(0),
        "{}",
        String::from_utf8(stderr.join().unwrap()).unwrap()
    );
    (out, peak)
}

#[test]
fn one_line_files_of_a_hundred_megabytes_take_little_memory() {
    let folder = Folder::new();
    let wanted = records("ends", 2);
    let create = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
    one_line(std::io::BufWriter::new(create("plain")), &wanted);
    let mut gz = flate2::write::GzEncoder::new(create("gz"), flate2::Compression::new(1));
    one_line(&mut gz, &wanted);
    gz.finish().unwrap();
    let mut zst = zstd::stream::write::Encoder::new(create("zst"), 1).unwrap();
    one_line(&mut zst, &wanted);
    zst.finish().unwrap();
    for names in [["plain", "plain"], ["gz", "gz"], ["zst", "zst"], ["gz", "zst"]] {
        let (out, peak) = run(&folder, &names, 4);
        assert_eq!(untagged(&crate::harness::lines_of(&out)), [&wanted[..], &wanted[..]].concat());
        assert!(peak << 10 <= MOST, "{names:?}: {peak} KiB");
    }
}

#[test]
fn a_folder_of_many_files_takes_little_memory() {
    let folder = Folder::new();
    let many = folder.path().join("many");
    std::fs::create_dir(&many).unwrap();
    for number in 0..150_000 {
        let name =
            format!("111122223333_CloudTrail_us-east-1_20260101T{number:06}Z_abcdefghijklmnop.json.gz");
        std::fs::File::create(many.join(name)).unwrap();
    }
    let wanted = records("last", 1);
    std::fs::write(many.join("last"), &wanted[0]).unwrap();
    let (out, peak) = run(&folder, &["many"], 1);
    assert_eq!(untagged(&crate::harness::lines_of(&out)), wanted);
    assert!(peak << 10 <= MOST / 4 * 3, "{peak} KiB");
}
