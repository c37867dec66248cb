//! AWS console sign-ins outside business hours, found in a stream of CloudTrail records.
//!
//! This crate is the library of the program `afterhours` and makes no promise of stability: any
//! version may change or remove any item. What is stable are the program's command line, its
//! configuration and its tag.
//!
//! The library is pure: bytes, records and hours. It reads no clock, environment, file or socket,
//! prints nothing and starts no thread; the program (`src/bin/afterhours/`) does. The one exception
//! is [`wasm`], whose exports are a program of their own.
//!
//! ```text
//! bytes -> framing -> prefilter -> envelope -> sign_in -> rules + schedule -> tag -> Sink
//! ```
//!
//! | room | what it does |
//! |---|---|
//! | [`sanitize`] | removes control characters from text for people |
//! | [`json`] | reads JSON in place, without allocating |
//! | [`prefilter`] | finds lines that may hold a sign-in |
//! | [`time_zone`] | reads zones, writes local times |
//! | [`ics`] | reads iCalendar files |
//! | [`holidays`] | knows the public holidays of places |
//! | [`input_kind`] | says whether an input holds records at all |
//! | [`framing`] | splits input into lines, values and records of a container |
//! | [`sign_in`] | says what a CloudTrail sign-in record says |
//! | [`schedule`] | evaluates an instant by hours and a zone |
//! | [`envelope`] | finds the records in a value |
//! | [`rules`] | chooses the schedule of a sign-in |
//! | [`calendar_view`] | draws a schedule |
//! | [`tag`] | writes a verdict into the bytes of a record |
//! | [`exhaustive`] | is the slow, obvious twin of prefilter, json and envelope |
//! | [`config`] | turns the configuration's text into schedules and rules |
//! | [`filter`] | is the one loop |
//! | [`explain`] | says in words why a sign-in is in or after hours |
//! | [`wasm`] | is the module for Fluent Bit |
//!
//! `docs/ARCHITECTURE.md` has the whole map, and the order of imports.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod calendar_view;
pub mod config;
pub mod envelope;
pub mod exhaustive;
pub mod explain;
pub mod filter;
pub mod framing;
pub mod holidays;
pub mod ics;
pub mod input_kind;
pub mod json;
pub mod prefilter;
pub mod rules;
pub mod sanitize;
pub mod schedule;
pub mod sign_in;
pub mod tag;
pub mod time_zone;
pub mod wasm;
