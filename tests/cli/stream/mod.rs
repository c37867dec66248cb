//! The program in a pipeline: open pipes, signals, closed outputs, full disks, lines of 100 MB.

mod files;
mod memory;
mod open_pipe;
mod signals;

use kit::fixtures::sign_in;
use kit::tag::split;

use crate::harness::tail;

const ARGS: [&str; 4] = ["--hours", "off", "--tz", "UTC"];

/// A sign-in with a number in it and a newline after it.
fn numbered(number: u64) -> String {
    sign_in(&format!("user-{number:08}"), "2026-11-24T03:12:44Z", "curl/8.17.0") + "\n"
}

/// The number in a line made by `numbered`. Fails when the line is incomplete.
#[track_caller]
fn number_of(line: &[u8]) -> u64 {
    let record = String::from_utf8(split(line).0).unwrap();
    let digits = record.split("user-").nth(1).and_then(|rest| rest.get(..8));
    let number = digits.and_then(|digits| digits.parse().ok());
    let number = number.unwrap_or_else(|| panic!("incomplete: {}", tail(line)));
    assert_eq!(record + "\n", numbered(number));
    number
}
