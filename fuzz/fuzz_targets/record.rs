#![no_main]

#[path = "../targets_shared.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::record(bytes));
