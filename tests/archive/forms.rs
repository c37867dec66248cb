//! Plain, gzip, zstd, bzip2 and xz, detected by their first bytes; one-line containers, lines,
//! pretty-printed files; files without records.

use crate::packing::{Folder, bzip2, container, gzip, noise, records, xz, zstd, zstd_stream};
use kit::fixtures::{api_call, bytes, stream};
use kit::tag::untagged;

#[test]
fn every_compression_is_detected_whatever_the_file_name() {
    let folder = Folder::new();
    let all: Vec<Vec<String>> =
        ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| records(name, 3)).to_vec();
    folder.write("a.json.gz", &gzip(&container(&all[0])));
    folder.write("b.log", &gzip(&stream(&all[1])));
    folder.write("c.gz", &stream(&all[2]));
    folder.write("d", &zstd(&container(&all[3])));
    folder.write("e.gz", &zstd_stream(&stream(&all[4])));
    folder.write("f.txt", &container(&all[5]));
    folder.write("g.gz", &bzip2(&container(&all[6])));
    folder.write("h", &xz(&stream(&all[7])));
    for threads in ["-j1", "-j2", "-j7"] {
        let names = ["a.json.gz", "b.log", "c.gz", "d", "e.gz", "f.txt", "g.gz", "h"];
        let outcome = folder.run(&[&[threads][..], &names].concat(), b"").exits(0);
        assert_eq!(untagged(&outcome.lines()), all.concat(), "{threads}");
    }
}

/// Otherwise nothing would be found in them, and the run would look successful.
#[test]
fn binary_input_is_reported() {
    let folder = Folder::new();
    let all = records("a", 3);
    let text = stream(&all);
    let four = gzip(&gzip(&zstd(&gzip(&text))));
    for (name, bytes, what) in [
        ("four.gz", &four[..], "gzip inside zstd inside gzip inside gzip is not read; decompress it first"),
        (
            "lz4",
            b"\x04\x22\x4d\x18\x64\x40\xa7",
            "the file is lz4, which is not supported; run: lz4cat FILE | afterhours",
        ),
        (
            "a.zip",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            "the file is zip, which is not supported; run: unzip -p FILE | afterhours",
        ),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "the file is 7z, which is not supported; run: 7z x -so FILE"),
        ("a.Z", b"\x1f\x9d\x90{\0", "the file is compress (.Z), which is not supported; run: zcat FILE"),
        (
            "a.sz",
            b"\xff\x06\0\0sNaPpY\x01",
            "the file is framed Snappy, which is not supported; run: snzip -dc FILE",
        ),
        (
            "a.avro",
            b"Obj\x01\x04\x16avro.schema\x02",
            "the file is Avro, which is not supported; run: avro-tools tojson FILE",
        ),
        (
            "a.parquet",
            b"PAR1\x15\x04\x15\xc4\x1d\x15",
            "the file is Parquet, which is not supported; run: parquet-tools cat --format jsonl FILE | afterhours",
        ),
        (
            "a.orc",
            b"ORC\x0a\x0b\x0a\x03\0\0\0\x12",
            "the file is ORC, which is not supported; run: orc-contents FILE",
        ),
        (
            "map",
            b"\x82\xa9eventName\xacConsoleLogin",
            "the file is MessagePack, which is not supported; run: msgpack2json -i FILE",
        ),
        ("forward", b"\x93\xa5trail\xce\x6a\x62\xd6\x9c\x81\xa3log", "the file is MessagePack"),
        ("fluent-bit", b"\x92\x92\xd7\0\x6a\x62\xd6\x9c\0\0\0\0\x80", "the file is MessagePack"),
    ] {
        folder.write(name, bytes);
        folder.write("sound", &text);
        let outcome = folder.run(&[name, "sound"], b"").exits(1);
        assert!(outcome.stderr.contains(&format!("{name}: {what}")), "{}", outcome.stderr);
        assert_eq!(untagged(&outcome.lines()), all, "{name}");
        let outcome = folder.run(&[], bytes).exits(1);
        assert!(outcome.stderr.contains(&format!("stdin: {what}")), "{}", outcome.stderr);
        if name != "four.gz" {
            let outcome = folder.run(&[], &zstd(&gzip(bytes))).exits(1);
            assert!(
                outcome.stderr.contains("inside gzip inside zstd is not supported; decompress it"),
                "{}",
                outcome.stderr
            );
        }
    }
    // Text that begins with the letters of a format.
    for text in ["PAR1 is a name\n", "ORC is another\n", "Object\n", "7zip\n", "PK\n"] {
        let outcome = folder.run(&[], &[text.as_bytes(), &stream(&all)].concat());
        assert_eq!(untagged(&outcome.lines()), all, "{text}");
    }
}

/// A log shipper compresses, and the bucket that it writes to compresses again: nobody does so on purpose, and it is found after
/// the incident.
#[test]
fn what_was_compressed_twice_or_three_times_is_decompressed() {
    let folder = Folder::new();
    let all = records("a", 3);
    let large = records(&noise(100), 20_000);
    for (name, bytes, wanted) in [
        ("twice.gz", gzip(&gzip(&stream(&all))), &all),
        ("zst.gz", gzip(&zstd(&stream(&large))), &large),
        ("twice.zst", zstd(&zstd(&stream(&all))), &all),
        ("gz.bz2", bzip2(&gzip(&stream(&all))), &all),
        ("gz.bz2.xz", xz(&bzip2(&gzip(&container(&large)))), &large),
    ] {
        folder.write(name, &bytes);
        assert_eq!(&untagged(&folder.run(&[name], b"").exits(0).lines()), wanted, "{name}");
        assert_eq!(&untagged(&folder.run(&[], &bytes).exits(0).lines()), wanted, "{name} on stdin");
        // Truncated in the outer or the inner compression: what came before is evaluated, and it is said.
        let cut = folder.run(&[], &bytes[..bytes.len() - 9]).exits(1);
        assert!(cut.stderr.contains("truncated"), "{}", cut.stderr);
    }
}

/// The bytes of a unit.
type Unit = fn(u32) -> Vec<u8>;

/// A text in an encoding, with a mark or without.
fn wide(text: &str, unit: Unit, width: usize) -> Vec<u8> {
    match width {
        2 => text.encode_utf16().flat_map(|half| unit(u32::from(half))).collect(),
        _ => text.chars().flat_map(|character| unit(u32::from(character))).collect(),
    }
}

/// PowerShell's `>` writes UTF-16: `aws cloudtrail lookup-events > events.json` on a Windows desktop.
#[test]
fn wide_text_is_converted() {
    let folder = Folder::new();
    let all = records("Zoë 🦀", 3);
    let text = String::from_utf8(stream(&all)).unwrap().replace('\n', "\r\n");
    let encodings: [(&str, usize, Unit); 4] = [
        ("UTF-16LE", 2, |unit| unit.to_le_bytes()[..2].to_vec()),
        ("UTF-16BE", 2, |unit| unit.to_be_bytes()[2..].to_vec()),
        ("UTF-32LE", 4, |unit| unit.to_le_bytes().to_vec()),
        ("UTF-32BE", 4, |unit| unit.to_be_bytes().to_vec()),
    ];
    for (name, width, unit) in encodings {
        let (marked, plain) = (wide(&format!("\u{feff}{text}"), unit, width), wide(&text, unit, width));
        let sure = format!("input is {name} and was converted to UTF-8");
        let guessed = format!(
            "input has no byte order mark and looks like {name}; it was converted to UTF-8 from that"
        );
        for (bytes, status, said) in [(&marked, 0, sure), (&plain, 1, guessed)] {
            for packed in [bytes.clone(), gzip(bytes), gzip(&zstd(bytes))] {
                folder.write("wide", &packed);
                for outcome in [folder.run(&["wide"], b""), folder.run(&[], &packed)] {
                    let outcome = outcome.exits(status);
                    let lines: Vec<String> =
                        untagged(&outcome.lines()).iter().map(|line| line.trim_end().to_owned()).collect();
                    assert_eq!(lines, all, "{name}");
                    assert_eq!(outcome.stderr.matches(&said).count(), 1, "{}", outcome.stderr);
                    assert!(!outcome.stderr.contains("U+FFFD"), "{}", outcome.stderr);
                }
            }
        }
        // Half a character at the end.
        let outcome = folder.run(&[], &[&marked[..], b"\n"].concat());
        assert_eq!(outcome.stderr.matches("the input is not valid").count(), 1, "{}", outcome.stderr);
        assert_eq!(outcome.lines().len(), 3);
    }
}

#[test]
fn compressed_stdin_is_decompressed() {
    let folder = Folder::new();
    let all = records("stdin", 2000);
    let text = stream(&all);
    for packed in [gzip(&text), zstd(&text), zstd_stream(&text), bzip2(&text), xz(&text)] {
        assert_eq!(untagged(&folder.run(&["--stats=json"], &packed).exits(0).lines()), all);
        assert_eq!(untagged(&folder.run(&["-"], &packed).exits(0).lines()), all);
    }
}

#[test]
fn concatenated_members_and_frames_are_read() {
    let folder = Folder::new();
    // The same member twice: only a reader that knows where a member ends sees that there are two.
    let one = records("same", 2);
    let twice = [one.clone(), one.clone()].concat();
    folder.write("members", &[gzip(&stream(&one)), gzip(&stream(&one))].concat());
    folder.write("padded", &[gzip(&stream(&one)), gzip(&stream(&one)), vec![0; 700]].concat());
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    folder.write("frames", &[skipped, zstd(&stream(&one)), zstd_stream(&stream(&one))].concat());
    folder.write("bzip2-streams", &[bzip2(&stream(&one)), bzip2(b""), bzip2(&stream(&one))].concat());
    folder.write("xz-streams", &[xz(&stream(&one)), vec![0; 8], xz(b""), xz(&stream(&one))].concat());
    for name in ["members", "padded", "frames", "bzip2-streams", "xz-streams"] {
        assert_eq!(untagged(&folder.run(&[name], b"").exits(0).lines()), twice, "{name}");
        let piped = std::fs::read(folder.path().join(name)).unwrap();
        assert_eq!(untagged(&folder.run(&[], &piped).exits(0).lines()), twice, "{name} on stdin");
    }
    // An empty member, and an empty file.
    folder.write("empty-member", &[gzip(b""), gzip(&stream(&one))].concat());
    folder.write("nothing", b"");
    folder.write("nothing.gz", &gzip(b""));
    folder.write("nothing.bz2", &bzip2(b""));
    folder.write("nothing.xz", &xz(b""));
    let names = ["nothing", "empty-member", "nothing.gz", "nothing.bz2", "nothing.xz"];
    let outcome = folder.run(&names, b"").exits(0);
    assert_eq!(untagged(&outcome.lines()), one);
}

#[test]
fn large_compressed_files_are_streamed() {
    let folder = Folder::new();
    // More than is decompressed at once, compressing well and badly.
    let filler: Vec<String> = (0..9_000).map(api_call).collect();
    let hard: Vec<String> =
        (0..10).map(|number| format!("{{\"x\":\"{}\"}}", noise(300_000 + number))).collect();
    let wanted = records("large", 3);
    let lines = |filler: &[String]| {
        let (first, second) = filler.split_at(filler.len() / 2);
        [&wanted[..1], first, &wanted[1..2], second, &wanted[2..]].concat()
    };
    for all in [lines(&filler), lines(&hard), lines(&[filler.clone(), hard.clone()].concat())] {
        for bytes in [stream(&all), container(&all)] {
            folder.write("gz", &gzip(&bytes));
            folder.write("zst", &zstd(&bytes));
            folder.write("bz2", &bzip2(&bytes));
            folder.write("xz", &xz(&bytes));
            for name in ["gz", "zst", "bz2", "xz"] {
                let outcome = folder.run(&["-j2", name], b"").exits(0);
                assert_eq!(untagged(&outcome.lines()), wanted, "{name}, {} bytes", bytes.len());
            }
        }
    }
}

#[test]
fn pretty_printed_and_compressed() {
    let folder = Folder::new();
    let pretty = bytes("envelopes/record-pretty.json");
    let plain = folder.run(&[], &pretty).exits(0);
    assert_eq!(plain.lines().len(), 1);
    folder.write("gz", &gzip(&pretty));
    folder.write("zst", &zstd(&pretty));
    folder.write("bom", &gzip(&[b"\xEF\xBB\xBF", &pretty[..]].concat()));
    for name in ["gz", "zst", "bom"] {
        assert_eq!(folder.run(&[name], b"").exits(0).stdout, plain.stdout, "{name}");
    }
}

#[test]
fn digest_and_insight_files_are_skipped() {
    let folder = Folder::new();
    let digest = r#"{"awsAccountId":"111122223333","digestStartTime":"2026-11-24T01:00:00Z","digestS3Bucket":"trail","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/24/x.json.gz","previousDigestSignature":null,"logFiles":[{"s3Bucket":"trail","s3Object":"AWSLogs/x.json.gz","hashValue":"00","oldestEventTime":"2026-11-24T00:01:02Z"}]}"#;
    let insight = r#"{"Records":[{"eventVersion":"1.07","eventTime":"2026-11-24T03:00:00Z","awsRegion":"us-east-1","eventID":"1","eventType":"AwsCloudTrailInsight","recipientAccountId":"111122223333","sharedEventID":"2","insightDetails":{"state":"Start","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","insightType":"ApiCallRateInsight"},"eventCategory":"Insight"}]}"#;
    folder.write("digest.json.gz", &gzip(digest.as_bytes()));
    folder.write("insight.json.gz", &gzip(insight.as_bytes()));
    let all = records("between", 1);
    folder.write("log.json.gz", &gzip(&container(&all)));
    let outcome = folder.run(&["digest.json.gz", "log.json.gz", "insight.json.gz"], b"").exits(0);
    assert_eq!(untagged(&outcome.lines()), all);
    assert_eq!(outcome.stderr, "");
}
