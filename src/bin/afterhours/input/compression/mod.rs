//! Compressed input: how a format is detected and decoded. Knows nothing of records.

pub(crate) mod decoder;
pub(crate) mod format;
pub(crate) mod libdeflate;
pub(crate) mod pipe;
pub(crate) mod small_file;
pub(crate) mod sniff;
