//! Files that are truncated, damaged, decompression bombs, or compressed in unsupported ways: each
//! is reported with the reason, the records before the damage are evaluated, and the other files
//! are read.

use crate::packing::{Folder, bzip2, container, gzip, records, xz, zstd, zstd_stream};
use kit::fixtures::stream;
use kit::tag::{split_named, untagged};

/// Runs over a good file, the bad one, and another good one. Returns the output of the bad one, and
/// the messages.
#[track_caller]
fn between_good_ones(bad: &[u8]) -> (Vec<String>, String) {
    let folder = Folder::new();
    let (first, last) = (records("first", 2), records("last", 2));
    folder.write("first.gz", &gzip(&stream(&first)));
    folder.write("bad", bad);
    folder.write("last.zst", &zstd(&container(&last)));
    let mut results = ["-j1", "-j2"].map(|threads| {
        let outcome = folder.run(&[threads, "first.gz", "bad", "last.zst"], b"").exits(1);
        // An undecided line begins with the tag.
        let lines: Vec<String> = outcome
            .lines()
            .into_iter()
            .map(|line| split_named(line, "after_hours").map_or(line.to_vec(), |(record, _)| record))
            .map(|line| String::from_utf8(line).unwrap())
            .collect();
        assert_eq!((&lines[..2], &lines[lines.len() - 2..]), (&first[..], &last[..]), "{}", outcome.stderr);
        let between = lines[2..lines.len() - 2].to_vec();
        assert!(outcome.stderr.contains("afterhours: bad: "), "{}", outcome.stderr);
        (between, outcome.stderr)
    });
    assert_eq!(results[0], results[1], "one thread and two");
    std::mem::take(&mut results[0])
}

#[test]
fn records_before_the_end_of_a_truncated_archive_are_evaluated() {
    let all = records("truncated", 3000);
    let (lines, one_line) = (stream(&all), container(&all));
    for packed in
        [gzip(&lines), zstd(&lines), gzip(&one_line), zstd_stream(&one_line), bzip2(&lines), xz(&one_line)]
    {
        let (found, messages) = between_good_ones(&packed[..packed.len() - packed.len() / 4]);
        // The last record may be truncated and is then undecided.
        let whole = found.iter().zip(&all).take_while(|(found, record)| found == record).count();
        assert!(
            whole > 1000 && whole < 3000 && found.len() <= whole + 1,
            "{whole} of {}: {messages}",
            found.len()
        );
        assert!(messages.contains("truncated"), "{messages}");
    }
    for packed in [gzip(&lines), zstd(&lines), bzip2(&lines), xz(&lines)] {
        for length in [2, 5, 9] {
            let (found, messages) = between_good_ones(
                &packed[..length.max(if packed[0] > 0xf0 || packed[0] == b'B' { 8 } else { 4 })],
            );
            assert!(found.is_empty() && messages.contains("bad: the"), "{messages}");
        }
    }
    // Only the checksum at the end is missing.
    let packed = gzip(&stream(&all));
    let (found, _) = between_good_ones(&packed[..packed.len() - 1]);
    assert_eq!(found, all);
}

#[test]
fn damage_is_reported_and_records_before_it_are_evaluated() {
    let all = records("damaged", 3000);
    let mut wrong_checksum = gzip(&stream(&all));
    let at = wrong_checksum.len() - 6;
    wrong_checksum[at] ^= 1;
    let (found, messages) = between_good_ones(&wrong_checksum);
    assert!(found == all && messages.contains("damaged"), "{messages}");

    let mut hole = gzip(&stream(&all));
    let half = hole.len() / 2;
    hole[half..half + 200].fill(0xff);
    let (found, messages) = between_good_ones(&hole);
    assert!(found.len() > 500 && found[..500] == all[..500], "{}", found.len());
    assert!(messages.contains("damaged"), "{messages}");

    for rubbish in [&b"rubbish"[..], b"\x1f\x8brubbish and more", &[0, 0, 0, 7]] {
        let (found, messages) = between_good_ones(&[gzip(&stream(&all)), rubbish.to_vec()].concat());
        assert!(found == all && messages.contains("gzip data"), "{messages}");
    }
    let text = stream(&all);
    for (packed, name) in [(zstd(&text), "zstd"), (bzip2(&text), "bzip2"), (xz(&text), "xz")] {
        let (found, messages) = between_good_ones(&[packed, b"rubbish".to_vec()].concat());
        assert!(found == all && messages.contains(&format!("{name} data")), "{messages}");
    }
    for (mut packed, name) in [(bzip2(&text), "bzip2"), (xz(&text), "xz")] {
        let half = packed.len() / 2;
        packed[half..half + 200].fill(0xff);
        let (found, messages) = between_good_ones(&packed);
        assert!(found.len() > 500 && found[..500] == all[..500], "{name}: {}", found.len());
        assert!(messages.contains(&format!("the {name} data is damaged")), "{messages}");
    }
}

#[test]
fn decompression_bombs_end_with_a_warning() {
    for (level, packed) in [
        (1000, zstd::stream::encode_all(std::io::Read::take(std::io::repeat(b' '), 1 << 30), 1).unwrap()),
        (1, gzip_of_zeros(600 << 20)),
    ] {
        let (found, messages) = between_good_ones(&packed);
        assert!(found.is_empty() && messages.contains("bytes came out of"), "{level}: {messages}");
    }
}

fn gzip_of_zeros(count: u64) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), count), &mut packer).unwrap();
    packer.finish().unwrap()
}

#[test]
fn unsupported_compressions_are_named() {
    for (bytes, name) in [(&b"PK\x03\x04rest rest"[..], "unzip"), (b"\x04\x22\x4d\x18rest rest", "lz4cat")] {
        let (found, messages) = between_good_ones(bytes);
        assert!(found.is_empty() && messages.contains(name), "{messages}");
    }
}

#[test]
fn a_missing_file_among_others_is_reported() {
    let folder = Folder::new();
    let all = records("here", 2);
    folder.write("here.gz", &gzip(&stream(&all)));
    let outcome = folder.run(&["gone.gz", "here.gz", "gone.zst"], b"").exits(1);
    assert_eq!(untagged(&outcome.lines()), all);
    assert!(outcome.stderr.contains("gone.gz: there is no such file"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("gone.zst: there is no such file"), "{}", outcome.stderr);
    folder.run(&["gone.gz"], b"").exits(2);
    // It is read up to the truncation.
    folder.write("truncated.gz", &gzip(&stream(&all))[..60]);
    folder.run(&["truncated.gz"], b"").exits(1);
}

#[test]
fn warnings_name_their_file_and_line() {
    let folder = Folder::new();
    let truncated = "{\"eventName\":\"ConsoleLogin\",";
    let all = records("good", 4);
    for name in ["a.gz", "b.gz"] {
        folder.write(name, &gzip(&stream(&[&all[0], &all[1], truncated, &all[2]])));
    }
    let outcome = folder.run(&["-j2", "a.gz", "b.gz"], b"").exits(1);
    assert!(outcome.stderr.contains("a.gz:3: may be a sign-in"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("b.gz:3: may be a sign-in"), "{}", outcome.stderr);
    let stopped = folder.run(&["-j2", "--unreadable", "stop", "a.gz", "b.gz"], b"").exits(2);
    assert!(stopped.stderr.contains("a.gz:3: may be a sign-in"), "{}", stopped.stderr);
    assert_eq!(untagged(&stopped.lines()), all[..2]);
}
