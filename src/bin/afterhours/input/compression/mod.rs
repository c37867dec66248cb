//! Compressed input: how a format is detected and decoded. Knows nothing of records.
//!
//! A new compression is one row in the table of [`format`] and one file with its decoder.

pub(crate) mod auto_decoder;
mod bzip2;
pub(crate) mod codec;
pub(crate) mod decoder;
pub(crate) mod format;
mod gzip;
mod libdeflate;
mod one_shot;
pub(crate) mod small_file;
pub(crate) mod sniff;
mod xz;
mod zstd;
