//! Criterion benches, one group a room.
fn main() {}
