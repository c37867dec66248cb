//! Channels that page the person on call.

pub(crate) mod alertmanager;
pub(crate) mod opsgenie;
pub(crate) mod pagerduty;
