//! Input that is not plain text: how its format is detected and decoded. Knows nothing of records.
//!
//! A new compression is one row in the table of [`format`] and one file with its decoder.

mod bzip2;
pub(crate) mod codec;
pub(crate) mod decoder;
pub(crate) mod format;
mod gzip;
pub(crate) mod layer_state;
pub(crate) mod layers;
mod libdeflate;
mod one_shot;
pub(crate) mod small_file;
pub(crate) mod sniff;
pub(crate) mod tar;
mod wide_encoding;
mod wide_text;
mod xz;
mod zstd;
