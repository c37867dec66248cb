//! The channels through the real program: configuration in, requests out to real servers on
//! loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must say so and stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "measured figures and skipped tests are told")]

mod delivery;
mod durability;
mod hard_times;
mod mail;
mod program;
mod proxy;
mod records;
mod schema_judge;
mod tls;

mod alertmanager;
mod battery;
mod chat_judges;
mod discord;
mod email;
mod opsgenie;
mod pagerduty;
mod servicenow;
mod slack;
mod sms;
mod teams;
mod webhook;
mod webhook_judges;
mod zendesk;
