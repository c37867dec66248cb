#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| afterhours_fuzz::line(bytes));
