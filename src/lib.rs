//! AWS console sign-ins outside business hours, found in a stream of CloudTrail records.
//!
//! The library is pure: bytes, records and hours. It reads no clock, no environment, no file and no socket,
//! prints nothing and starts no thread; the program around it (`src/main.rs`, `src/program/`) brings the world. The one exception
//! is the door for WebAssembly, which is a program of its own there.
//!
//! ```text
//! bytes -> lines -> candidate -> envelope -> signin -> rules + schedule -> tag -> Sink
//! ```
//!
//! | room | knows | imports |
//! |---|---|---|
//! | [`lines`] | any `Read` in, blocks of whole lines out, bounded memory | nothing of ours |
//! | [`candidate`] | which lines *may* hold a sign-in | nothing |
//! | [`json`] | the JSON grammar, in place, without allocating | nothing |
//! | [`signin`] | what a CloudTrail sign-in record says | json |
//! | [`document`] | JSON that spans lines, taken apart as it streams by | nothing |
//! | [`envelope`] | where in a line the records are | json, signin |
//! | [`holidays`] | which days are public holidays where | nothing |
//! | [`calendar_file`] | .ics text in, its events out | nothing |
//! | [`schedule`] | hours, zones, compiled UTC edges; an instant in, a verdict out | nothing |
//! | [`rules`] | who gets which schedule | schedule, signin |
//! | [`tag`] | a verdict written into the bytes of a record | json, signin, schedule, rules |
//! | [`exhaustive`] | the slow, obvious twin of candidate, json and envelope | signin, envelope's types |
//! | [`filter`] | the one loop | all above |
//! | [`wasm`] | the door for Fluent Bit: its calling convention around the one loop, and where its file is | filter, config, tag |
//! | [`calendar`] | weeks, months and years of a schedule as pictures | schedule, plain |
//! | [`config`] | the configuration's text turned into rules; brings no file itself | rules, schedule, holidays, calendar_file |
//! | [`explain`] | why a sign-in is forwarded or withheld, in words | filter, calendar's names, plain |
//! | [`plain`] | which characters are safe to show | nothing |
//!
//! Data goes one way and nothing points back.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod calendar_view;
pub mod config;
pub mod envelope;
pub mod exhaustive;
pub mod explain;
pub mod filter;
pub mod holidays;
pub mod ics;
pub mod json;
pub mod prefilter;
pub mod rules;
pub mod sanitize;
pub mod schedule;
pub mod sign_in;
pub mod tag;
pub mod wasm;

pub mod framing;
pub mod time_zone;
