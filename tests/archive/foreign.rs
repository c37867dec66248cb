//! Inputs without any CloudTrail record: the wrong prefix of a bucket, the wrong log group. Nothing is found in them, and that
//! must not look like a quiet night.

use crate::packing::{Folder, container, gzip, records};
use kit::fixtures::{api_call, stream};
use kit::tag::untagged;

const FLOW: &str = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n";

fn flow_logs(lines: usize) -> Vec<u8> {
    FLOW.repeat(lines).into_bytes()
}

#[test]
fn an_input_without_records_is_named_once() {
    let folder = Folder::new();
    let said = "none of 10,000 lines is a CloudTrail record (they look like VPC flow logs)";
    let text = flow_logs(10_000);
    let mut builder = tar::Builder::new(Vec::new());
    for number in 0..10 {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64 / 10);
        builder.append_data(&mut header, format!("{number}.log"), &text[..text.len() / 10]).unwrap();
    }
    let tar = builder.into_inner().unwrap();
    for (name, bytes) in [("plain", text.clone()), ("gz", gzip(&text)), ("tar.gz", gzip(&tar))] {
        folder.write(name, &bytes);
        let outcome = folder.run(&["--stats=json", name], b"").exits(1);
        assert_eq!(
            outcome.stderr.matches(&format!("afterhours: {name}: {said}")).count(),
            1,
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.contains(r#""doubtful":1,"failed":0"#), "{}", outcome.stderr);
        // On stdin it is said after the first megabyte: a stream may never end.
        let outcome = folder.run(&[], &bytes).exits(1);
        assert_eq!(
            outcome.stderr.matches("is a CloudTrail record (they look like VPC flow logs)").count(),
            1,
            "{}",
            outcome.stderr
        );
    }
    for (text, said) in [
        (
            "Event ID,Event time,User name,Event name,Resource type,Event source\n0f,\"2026-11-24, 03:12:44 AM\",anna,ConsoleLogin,,signin.amazonaws.com\n",
            "none of 2 lines is a CloudTrail record (they look like a CSV of CloudTrail's event history); download it as JSON, or run: aws",
        ),
        (
            "{\"schemaVersion\":\"2.0\",\"id\":\"1\",\"service\":{\"detectorId\":\"x\"},\"severity\":2,\"title\":\"UnauthorizedAccess\"}\n",
            "the only line is no CloudTrail record (it looks like GuardDuty findings)",
        ),
    ] {
        let outcome = folder.run(&[], text.as_bytes()).exits(1);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
    // Too little to be told from a heartbeat; what CloudTrail itself writes without sign-ins; ordinary records.
    for quiet in ["", "{}\n", "[]", "{\"Records\":[]}", &api_call(1)] {
        let outcome = folder.run(&[], quiet.as_bytes()).exits(0);
        assert!(!outcome.stderr.contains("CloudTrail record"), "{quiet}: {}", outcome.stderr);
    }
}

#[test]
fn large_files_are_named_whether_mapped_or_streamed() {
    let folder = Folder::new();
    let one = records("late", 1);
    let text = flow_logs(120_000);
    assert!(text.len() > 12 << 20);
    folder.write("large", &text);
    folder.write("large.gz", &gzip(&text));
    folder.write("late", &[&text[..], &stream(&one)].concat());
    folder.write("late-without-newline", &[&text[..], one[0].as_bytes()].concat());
    folder.write("late.gz", &gzip(&[&text[..], &stream(&one)].concat()));
    for threads in ["-j1", "-j3"] {
        for name in ["large", "large.gz"] {
            let outcome = folder.run(&[threads, name], b"").exits(1);
            assert_eq!(
                outcome.stderr.matches("they look like VPC flow logs").count(),
                1,
                "{}",
                outcome.stderr
            );
        }
        for name in ["late", "late-without-newline", "late.gz"] {
            let outcome = folder.run(&[threads, name], b"");
            assert_eq!(untagged(&outcome.lines()), one, "{name}");
            assert!(!outcome.stderr.contains("CloudTrail record"), "{name}: {}", outcome.stderr);
        }
    }
}

/// A bucket holds the logs of other services too: they are named, and do not make a search of it fail.
#[test]
fn a_folder_may_hold_other_logs_beside_records() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    for number in 0..20 {
        folder.write(&format!("logs/flow-{number:02}"), &flow_logs(3));
    }
    let outcome = folder.run(&["logs"], b"").exits(1);
    assert_eq!(
        outcome.stderr.matches(": none of 3 lines is a CloudTrail record").count(),
        8,
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("12 more inputs hold no CloudTrail record"), "{}", outcome.stderr);
    let all = records("trail", 2);
    folder.write("logs/trail.json.gz", &gzip(&container(&all)));
    let outcome = folder.run(&["logs"], b"").exits(1);
    assert_eq!(untagged(&outcome.lines()), all);
    assert!(outcome.stderr.contains("12 more inputs"), "{}", outcome.stderr);
    // Who names a file means it.
    folder.run(&["logs", "logs/flow-00"], b"").exits(1);
}
