//! Where sign-ins that are forwarded go: stdout or a file, buffered until their turn, without copies.
//! Knows nothing of where records come from.

pub(crate) mod append_file;
pub(crate) mod buffered;
pub(crate) mod dedupe;
pub(crate) mod stdout;
