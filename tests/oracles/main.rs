//! Second opinions: the library's results compared with those of other implementations. Python's zoneinfo and `holidays`, two
//! evaluators of `opening_hours`, the slow reader of this project, and the fuzz targets' own checks. A test whose other
//! implementation is not installed says that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, reason = "tests print what they compared and what they skipped")]

mod expression;
mod fuzz_replay;
mod holidays_python;
mod opening_hours;
mod opening_hours_js;
mod schedule_oracle;
mod sequences;
mod twin;
mod zoneinfo;
