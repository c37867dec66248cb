//! The program around the library: arguments, environment, streams, signals, time-zone files.

fn main() {}
