//! The same calls from Node, whose WASI opens real folders.

use std::path::Path;
use std::process::Command;

use crate::native::Native;
use crate::wasi::Folder;
use crate::{host, native, records};

#[test]
fn returns_the_same_in_node() {
    let Some(code) = host::module() else { return };
    let configuration = if host::reads_files(&code) { Folder::example() } else { Folder::default() };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = std::env::var_os("AFTERHOURS_WASM")
        .map_or_else(|| root.join("target/wasm/afterhours.wasm"), Into::into);
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in configuration.clone().0 {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut records = records::seeds();
    records.retain(|record| !record.contains(&b'\n') && std::str::from_utf8(record).is_ok());
    let input = folder.path().join("records");
    std::fs::write(&input, records.join(&b"\n"[..])).unwrap();
    let run = Command::new("node")
        .arg("--no-warnings")
        .arg(root.join("tests/node/wasm.mjs"))
        .arg(&module)
        .args(["afterhours_filter".as_ref(), folder.path(), input.as_path()])
        .output();
    let output = match run {
        Ok(output) => output,
        Err(error) => return println!("skipped: no node: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Some of the fixtures are sign-ins in no record, which it reports.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.lines().all(|line| line.starts_with("afterhours: a console sign-in")), "{said}");
    let answers: Vec<&[u8]> = output.stdout.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n').collect();
    assert_eq!(answers.len(), records.len());
    let mut native = Native::new(&configuration);
    for ((record, answer), number) in records.iter().zip(answers).zip(1..) {
        let wanted = native.filtered(record, number);
        let answer = match answer {
            b"" => host::Answer::Nothing,
            text => host::Answer::Text(text.to_vec()),
        };
        native::expect_filtered(record, &wanted, &answer);
    }
}
