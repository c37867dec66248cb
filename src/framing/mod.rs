//! Bytes into lines and values: blocks of whole lines, values one behind another, the elements of a
//! container, and how a text begins. Knows nothing of what a value says.

mod detect;
mod elements;
mod lines;
mod oversized;
mod prefix;
mod resync;
mod swallowed;
mod values;

pub(crate) use self::detect::breaks_early;
pub use self::detect::{BYTE_ORDER_MARK, spans_lines, starts_container, without_mark};
pub(crate) use self::elements::{elements, is_separator, trim_separators};
pub use self::lines::{Chunk, LineBuffer};
pub use self::oversized::Skipped;
pub(crate) use self::prefix::behind_prefix;
pub(crate) use self::resync::holds_record;
pub use self::values::{Each, Piece, Progress, ValueReader};
