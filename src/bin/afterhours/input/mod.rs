//! Where records come from: a stream, files and folders, rsyslog. Knows nothing of sockets.

pub(crate) mod compression;
pub(crate) mod files;
pub(crate) mod rsyslog;
pub(crate) mod source;
pub(crate) mod stream;
