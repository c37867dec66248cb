//! The module for Fluent Bit, in a real WebAssembly runtime, called as its host calls it: it
//! returns the same bytes as the program for the same records, and never traps.
//!
//! Builds nothing: the module is `AFTERHOURS_WASM`, or `target/wasm/afterhours.wasm`, where
//! `.ci/wasm` puts it. Without a module the tests say that they were skipped and pass.
//! `WASM_CASES=1000000` mutates records for longer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test may fail

mod host;
mod native;
mod node;
mod records;
mod wasi;

use host::{Answer, Host};
use native::Native;
use records::Dice;
use wasi::Folder;

/// Mutated records for each function.
const CASES: u64 = 3000;

/// The limit of the runtime's stack, in bytes: as much in its cells as Fluent Bit's 8 KB hold in
/// frames. Measured side by side over these records and 4,000 configurations, a module that takes
/// 2,880 bytes here takes 6,520 there.
const STACK: usize = 3_600;

/// The configurations to compare: none, a large one, and an invalid one. A module without WASI has
/// none.
fn folders(module: &[u8]) -> Vec<Folder> {
    let broken = Folder::default().with("afterhours.toml", b"[default]\nhours = \"25:00\"\n");
    let mut folders = vec![Folder::default(), Folder::example(), broken];
    if !host::reads_files(module) {
        folders.truncate(1);
    }
    folders
}

#[test]
fn exports_what_the_host_looks_up() {
    let Some(module) = host::module() else { return };
    let size = module.len();
    println!("the module has {size} bytes");
    assert!(size < 1_000_000, "{size} bytes");
    let host = Host::start(&module, Folder::default(), STACK);
    let mut exports = host.exports();
    // The linker adds __heap_base and the like where there is no WASI.
    exports.retain(|name| !name.starts_with("__"));
    exports.sort();
    let begins: &[&str] = if host::reads_files(&module) { &["_initialize"] } else { &[] };
    let wanted = [begins, &["afterhours_filter", "afterhours_tag", "free", "malloc", "memory"]].concat();
    assert_eq!(exports, wanted);
}

#[test]
fn prints_its_configuration_on_stderr_at_start() {
    let Some(module) = host::module() else { return };
    let folders = folders(&module).into_iter();
    let messages: Vec<_> = folders.map(|folder| Host::start(&module, folder, STACK).stderr()).collect();
    if !host::reads_files(&module) {
        assert_eq!(messages, [""], "there is nothing to say it on");
        return;
    }
    assert_eq!(
        messages[0],
        "afterhours: no afterhours.toml in the accessible paths (conf): business hours are Mo-Fr 09:00-17:00, UTC\n"
    );
    assert_eq!(messages[1], "");
    assert!(
        messages[2].starts_with("afterhours: conf/afterhours.toml:2: default.hours: "),
        "{}",
        messages[2]
    );
    assert_eq!(messages[2].lines().count(), 1, "{}", messages[2]);
}

#[test]
fn returns_what_the_program_writes() {
    let Some(module) = host::module() else { return };
    let records = records::all();
    let mut answered = 0;
    for folder in folders(&module) {
        let mut native = Native::new(&folder);
        let mut host = Host::start(&module, folder, STACK);
        for (record, number) in records.iter().zip(1..) {
            let wanted = native.filtered(record, number);
            let got = host.call("afterhours_filter", record);
            answered += usize::from(got != Answer::Nothing);
            native::expect_filtered(record, &wanted, &got);
        }
        let mut host = Host::start(&module, native.folder.clone(), STACK);
        for (record, number) in records.iter().zip(1..) {
            let wanted = native.tagged(record, number);
            native::expect_tagged(record, &wanted, &host.call("afterhours_tag", record));
        }
    }
    let count = folders(&module).len();
    println!("{} records under {count} configurations, {answered} answers", records.len());
    assert!(answered > 500);
}

#[test]
fn never_traps_and_always_returns_json() {
    let Some(module) = host::module() else { return };
    let seeds = records::seeds();
    let cases = std::env::var("WASM_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    for (folder, seed) in folders(&module).into_iter().zip(1..) {
        let mut host = Host::start(&module, folder, STACK);
        let mut dice = Dice(seed);
        for _ in 0..cases {
            let record = dice.mutant(&seeds);
            host.call("afterhours_filter", &record).expect_json(&record);
            host.call("afterhours_tag", &record).expect_json(&record);
        }
    }
}

#[test]
fn large_and_deep_records_pass() {
    let Some(module) = host::module() else { return };
    for folder in folders(&module) {
        let mut native = Native::new(&folder);
        let mut host = Host::start(&module, folder, STACK);
        for (record, number) in records::extreme().iter().zip(1..) {
            let wanted = native.filtered(record, number);
            native::expect_filtered(record, &wanted, &host.call("afterhours_filter", record));
        }
    }
}

#[test]
fn memory_is_allocated_and_freed() {
    let Some(module) = host::module() else { return };
    let mut host = Host::start(&module, Folder::default(), STACK);
    assert_eq!(host.malloc(u32::MAX - 64), 0);
    let record = records::sign_in(&"x".repeat(100_000));
    for _ in 0..5 {
        host.call("afterhours_filter", &record);
    }
    let before = host.memory();
    for _ in 0..500 {
        assert_ne!(host.call("afterhours_filter", &record), Answer::Nothing);
    }
    assert_eq!(host.memory(), before);
}
