//! Every listener gives the same bytes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::client::{chunked, gzip, request};
use crate::listener::{Listener, program, send, socket};

/// Every fixture.
fn fixtures() -> Vec<PathBuf> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), &mut found);
    found.sort();
    assert!(found.len() > 10, "{found:?}");
    found
}

const ARGUMENTS: [&str; 6] = ["--hours", "Mon-Fri 09:00-17:00", "--identity", "all", "--tz", "Europe/Berlin"];

fn from_stdin(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = program(arguments).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let out = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap().unwrap();
    out
}

#[test]
fn every_listener_gives_the_bytes_that_stdin_gives() {
    for keep in ["after-hours", "all"] {
        let arguments = [&ARGUMENTS[..], &["--keep", keep]].concat();
        let (_directory, path, address) = socket();
        let mut listener = Listener::of(&["http:127.0.0.1:0", &address], program(&arguments));
        let mut wanted = Vec::new();
        for fixture in fixtures() {
            let input = std::fs::read(&fixture).unwrap();
            let once = from_stdin(&arguments, &input);
            // One listener after the other, so that the order of the output is known.
            let mut client = listener.client();
            let ways = [
                request("Content-Type: application/x-ndjson\r\n", &input),
                request("Content-Encoding: gzip\r\n", &gzip(&input)),
                chunked("Content-Type: application/json\r\n", &input, 1009),
                chunked("Content-Encoding: gzip\r\n", &gzip(&input), 7),
            ];
            for way in ways {
                client.write(&way).unwrap();
                assert_eq!(client.answer().unwrap().status, 200);
                wanted.extend_from_slice(&once);
                assert!(listener_out(&mut listener, &wanted), "{}", fixture.display());
            }
            send(&path, &input);
            wanted.extend_from_slice(&once);
            assert!(listener_out(&mut listener, &wanted), "{} over the unix socket", fixture.display());
        }
        assert!(!wanted.is_empty());
        let ended = listener.stop().with(0);
        assert!(ended.out == wanted, "nothing more came out");
    }
}

/// Waits until this many bytes are written; fails unless they are these.
fn listener_out(listener: &mut Listener, wanted: &[u8]) -> bool {
    listener.wait_until("all is out", |listener| listener.out().len() >= wanted.len());
    listener.out() == wanted
}

#[test]
fn a_multi_line_document_and_an_array_are_read() {
    let listener = Listener::http(&[]);
    let records: Vec<serde_json::Value> =
        (0..3).map(|number| serde_json::from_str(&crate::records::record(number)).unwrap()).collect();
    let mut client = listener.client();
    for text in [
        serde_json::to_string(&records).unwrap(),
        serde_json::to_string_pretty(&records).unwrap(),
        serde_json::to_string_pretty(&serde_json::json!({ "Records": records })).unwrap(),
    ] {
        let answer = client.acknowledged(&text);
        assert!(answer.text.contains("\"forwarded\":3"), "{answer:?}");
    }
    assert_eq!(listener.stop().with(0).out.iter().filter(|&&byte| byte == b'\n').count(), 9);
}
