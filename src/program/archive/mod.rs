//! Files and folders: which of them are read, and how.

pub(crate) mod between;
pub(crate) mod dedupe;
mod links;
pub(crate) mod list;
