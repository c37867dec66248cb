//! The channels through the real program: configuration in, requests out to real servers on
//! loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop and say why")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests print figures and what they skipped")]

mod delivery;
mod durability;
mod hard_times;
mod mail;
mod program;
mod proxy;
mod records;
mod schema_check;
mod tls;

mod alertmanager;
mod battery;
mod chat_schemas;
mod discord;
mod email;
mod opsgenie;
mod pagerduty;
mod servicenow;
mod slack;
mod sms;
mod teams;
mod webhook;
mod webhook_receivers;
mod zendesk;
