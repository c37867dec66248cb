//! What is inside an input, layer by layer: gzip inside gzip, UTF-16 inside zstd. Takes compression off and converts to UTF-8, as
//! far as that goes; what is left is text, or a tar. Knows formats. Knows nothing of files or records.

use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use crate::input::compression::codec::damage;
use crate::input::compression::decoder::Decoder;
use crate::input::compression::format::{self, Format};
use crate::input::compression::layer_state::LayerState;
use crate::input::compression::wide_text::WideText;

/// How many compressions are taken off: a file that a log shipper compressed and a bucket's policy compressed again has two.
/// More has been seen only in decompression bombs.
const MOST_LAYERS: usize = 3;

/// How much of a compressed layer is read at once, in bytes.
const BLOCK: usize = 128 * 1024;

/// What is left when all layers are off.
pub(crate) enum Content<'r> {
    /// Text, or whatever else it may be: the filter finds out.
    Text(Box<dyn Read + 'r>),
    /// A tar, at its beginning.
    Tar(Box<dyn Read + 'r>),
}

/// Takes the layers off an input. Reads no more of it than is needed to know its formats: text is known by its first byte, so
/// nothing waits for a second one.
///
/// # Errors
/// The error of the source; or damage, see [`is_damage`](super::codec::is_damage), if the input is in a format that is not
/// supported.
pub(crate) fn open<'r>(source: impl Read + 'r, state: &Rc<LayerState>) -> io::Result<Content<'r>> {
    let mut source: Box<dyn Read + 'r> = Box::new(source);
    let mut outer: Vec<&'static str> = Vec::new();
    loop {
        let first = beginning(&mut source)?;
        let format = Format::of(&first);
        let rest = Cursor::new(first).chain(source);
        match format {
            Format::Plain => return Ok(Content::Text(Box::new(rest))),
            Format::Tar => return Ok(Content::Tar(Box::new(rest))),
            Format::Wide(encoding) => {
                state.encoding.set(Some(encoding));
                return Ok(Content::Text(Box::new(WideText::new(encoding, rest, Rc::clone(state)))));
            }
            Format::Compressed(compression) if outer.len() < MOST_LAYERS => {
                let is_outermost = outer.is_empty();
                outer.insert(0, compression.name);
                let rest = BufReader::with_capacity(BLOCK, rest);
                source = Box::new(Decoder::new(compression, rest, Rc::clone(state), is_outermost)?);
            }
            Format::Compressed(compression) => {
                return Err(damage(format!(
                    "{} inside {} is not read; decompress it first",
                    compression.name,
                    outer.join(" inside ")
                )));
            }
            Format::Unsupported(format) if outer.is_empty() => return Err(format.error()),
            Format::Unsupported(format) => {
                return Err(damage(format!(
                    "{} inside {} is not supported; decompress it, then run: {} FILE | afterhours",
                    format.name,
                    outer.join(" inside "),
                    format.tool
                )));
            }
        }
    }
}

/// Reads until the format is known.
fn beginning(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = vec![0; format::ENOUGH];
    let mut length = 0;
    while length < format::ENOUGH && (length == 0 || Format::may_change(&first[..length])) {
        match source.read(&mut first[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    first.truncate(length);
    Ok(first)
}
