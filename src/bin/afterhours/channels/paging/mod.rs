//! Channels that page whoever is on call.

pub(crate) mod alertmanager;
pub(crate) mod opsgenie;
pub(crate) mod pagerduty;
