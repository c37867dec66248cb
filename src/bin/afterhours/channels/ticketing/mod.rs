//! Channels that open tickets and incidents.

pub(crate) mod servicenow;
pub(crate) mod zendesk;
