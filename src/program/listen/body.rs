//! A request's body as something to read: its pieces, unpacked where they come gzipped, and never more than is allowed. Where
//! the pieces are used up before the body is over, reading fails with `WouldBlock`, and goes on with the next piece.

use std::io::{self, BufRead, ErrorKind, Read};

use bytes::{Buf as _, Bytes};
use flate2::bufread::MultiGzDecoder;

pub(super) struct Body {
    kind: Kind,
    /// How many bytes may still be read.
    left: usize,
}

enum Kind {
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
    pub(super) fn new(gzip: bool, most: usize) -> Self {
        let pieces = Pieces::default();
        let kind = match gzip {
            true => Kind::Gzip(Box::new(MultiGzDecoder::new(pieces))),
            false => Kind::Plain(pieces),
        };
        Body { kind, left: most }
    }

    /// The next piece, when the one before is used up; `None` for the end.
    pub(super) fn came(&mut self, piece: Option<Bytes>) {
        let pieces = match &mut self.kind {
            Kind::Plain(pieces) => pieces,
            Kind::Gzip(decoder) => decoder.get_mut(),
        };
        pieces.over |= piece.is_none();
        pieces.piece = piece.unwrap_or_default();
    }
}

/// What reading fails with where a body is larger than allowed.
pub(super) const TOO_LARGE: ErrorKind = ErrorKind::FileTooLarge;

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::Plain(pieces) => pieces.read(buffer)?,
            Kind::Gzip(decoder) => decoder.read(buffer)?,
        };
        self.left = self.left.checked_sub(count).ok_or(TOO_LARGE)?;
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
