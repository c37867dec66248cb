//! Bytes into lines and values: blocks of whole lines, JSON that spans lines, and how a text begins.
//! Knows nothing of what a value says.

mod detect;
mod document;
mod elements;
mod lines;

pub(crate) use self::detect::begins_spanning;
pub use self::detect::{BYTE_ORDER_MARK, spans_lines, starts_container, without_mark};
pub(crate) use self::document::first_container;
pub use self::document::{Piece, Splitter};
pub(crate) use self::elements::elements;
pub use self::lines::{Chunk, LineBuffer};
