//! A request's body as something to read: its pieces, unpacked where they come gzipped, and never more than is allowed. Where
//! the pieces are used up before the body is over, reading fails with `WouldBlock`, and goes on with the next piece. What is no
//! text is an error.

use std::io::{self, BufRead, ErrorKind, Read};

use crate::input::compression::sniff::{FormatSniffer, UnsupportedFormat};
use afterhours::input_kind::RecordSearch;
use bytes::{Buf as _, Bytes};
use flate2::bufread::MultiGzDecoder;

pub(super) struct Body {
    kind: Kind,
    /// How many bytes may still be read.
    left: usize,
    /// At what is read: what came out of gzip may be packed again.
    sniffer: FormatSniffer,
    /// Whether it holds records at all.
    pub(super) search: RecordSearch,
}

enum Kind {
    /// Its first two bytes are not there yet: they say whether it is gzipped.
    New(Pieces),
    Plain(Pieces),
    Gzip(Box<MultiGzDecoder<Pieces>>),
}

/// The piece in hand.
#[derive(Debug, Default)]
struct Pieces {
    piece: Bytes,
    over: bool,
}

impl Body {
    /// `gzip` says that it is; one that does not say so is gzip too, if its first bytes are.
    pub(super) fn new(gzip: bool, most: usize) -> Self {
        let pieces = Pieces::default();
        let kind = if gzip { Kind::gzip(pieces) } else { Kind::New(pieces) };
        Body { kind, left: most, sniffer: FormatSniffer::default(), search: RecordSearch::default() }
    }

    /// The next piece, when the one before is used up; `None` for the end.
    pub(super) fn came(&mut self, piece: Option<Bytes>) {
        let pieces = match &mut self.kind {
            Kind::New(pieces) | Kind::Plain(pieces) => pieces,
            Kind::Gzip(decoder) => decoder.get_mut(),
        };
        pieces.over |= piece.is_none();
        let piece = piece.unwrap_or_default();
        pieces.piece = match &*pieces.piece {
            // A first byte that was held back.
            [first] => Bytes::from([&[*first], &*piece].concat()),
            _ => piece,
        };
        if let Kind::New(pieces) = &mut self.kind {
            self.kind = match (&*pieces.piece, pieces.over) {
                ([] | [0x1f], false) => return,
                ([0x1f, 0x8b, ..], _) => Kind::gzip(std::mem::take(pieces)),
                _ => Kind::Plain(std::mem::take(pieces)),
            };
        }
    }
}

impl Body {
    /// What is to be said at the end of a body without records.
    ///
    /// # Errors
    /// It is not text: it must not be answered as if it had been read.
    pub(super) fn without_records(&self) -> Result<Option<String>, String> {
        let Some(what) = self.search.finding(true) else { return Ok(None) };
        self.sniffer.at_the_end().map_or(Ok(Some(what)), |format| Err(self.no_text(format)))
    }

    fn no_text(&self, format: UnsupportedFormat) -> String {
        let UnsupportedFormat { name, tool } = format;
        let packed = if matches!(self.kind, Kind::Gzip(_)) { " inside gzip" } else { "" };
        format!(
            "the body is {name}{packed}, which is not read here; send UTF-8 text, as it is or gzipped once ({tool} makes text \
             of it)"
        )
    }
}

impl Kind {
    fn gzip(pieces: Pieces) -> Self {
        Kind::Gzip(Box::new(MultiGzDecoder::new(pieces)))
    }
}

/// What reading fails with where a body is larger than allowed.
pub(super) const TOO_LARGE: ErrorKind = ErrorKind::FileTooLarge;
/// What it fails with where a body is no text; the error says what it is.
pub(super) const NO_TEXT: ErrorKind = ErrorKind::Unsupported;

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::New(_) => return Err(ErrorKind::WouldBlock.into()),
            Kind::Plain(pieces) => pieces.read(buffer)?,
            Kind::Gzip(decoder) => decoder.read(buffer)?,
        };
        self.left = self.left.checked_sub(count).ok_or(TOO_LARGE)?;
        if let Err(format) = self.sniffer.see(&buffer[..count]) {
            return Err(io::Error::new(NO_TEXT, self.no_text(format)));
        }
        self.search.see(&buffer[..count]);
        Ok(count)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() && !self.over {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        self.piece.advance(count);
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Reads a body that comes in pieces of `step` bytes.
    fn read(packed: &[u8], step: usize, gzip: bool, most: usize) -> io::Result<Vec<u8>> {
        let mut body = Body::new(gzip, most);
        let mut pieces = packed.chunks(step).map(Bytes::copy_from_slice);
        let (mut out, mut buffer) = (Vec::new(), [0; 100]);
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(out),
                Ok(count) => out.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => body.came(pieces.next()),
                Err(error) => return Err(error),
            }
        }
    }

    #[test]
    fn comes_out_as_it_went_in_whatever_the_pieces() {
        let text: Vec<u8> = (0..20_000u32).map(|n| b'a' + (n * n % 23) as u8).collect();
        let members = [gzip(&text[..7000]), gzip(b""), gzip(&text[7000..])].concat();
        for step in [1, 2, 3, 10, 17, 18, 19, 1000, 100_000] {
            assert!(read(&text, step, false, 20_000).unwrap() == text, "{step}");
            assert!(read(&gzip(&text), step, true, 20_000).unwrap() == text, "{step}");
            assert!(read(&members, step, true, 20_000).unwrap() == text, "{step}");
        }
        assert_eq!(read(b"", 1, false, 0).unwrap(), b"");
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let text = b"a text that does not say that it is packed";
        for step in [1, 2, 3, 1000] {
            assert_eq!(read(&gzip(text), step, false, 1000).unwrap(), text, "{step}");
            let error = read(&gzip(&gzip(text)), step, false, 1000).unwrap_err();
            assert_eq!(error.kind(), NO_TEXT);
            assert!(error.to_string().contains("gzip inside gzip"), "{error}");
            assert_eq!(read(b"BZh91AY&SY....", step, false, 1000).unwrap_err().kind(), NO_TEXT);
            // One byte, and two that begin with it, are all of a body, and no gzip.
            assert_eq!(read(b"\x1f", step, false, 1000).unwrap(), b"\x1f");
            assert_eq!(read(b"\x1f{}\n", step, false, 1000).unwrap(), b"\x1f{}\n");
        }
    }

    #[test]
    fn more_than_allowed_is_refused() {
        assert_eq!(read(&[b'x'; 101], 7, false, 100).unwrap_err().kind(), TOO_LARGE);
        let bomb = gzip(&vec![0; 50 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(read(&bomb, 1000, true, 1 << 20).unwrap_err().kind(), TOO_LARGE);
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error() {
        let packed = gzip(b"a text that is long enough to be cut in many places, many places, many places");
        for cut in 0..packed.len() {
            assert!(read(&packed[..cut], 5, true, 1000).is_err(), "cut at {cut}");
        }
        let mut damaged = packed.clone();
        let last = damaged.len() - 6;
        damaged[last] ^= 1;
        assert!(read(&damaged, 5, true, 1000).is_err());
        assert!(read(&[&packed[..], b"rubbish"].concat(), 5, true, 1000).is_err());
    }
}
