//! Turns any `Read` into blocks of whole lines, in bounded memory. Knows newlines and nothing else.

use std::io::{ErrorKind, Read, Result};

/// What the next read brought.
#[derive(Debug)]
pub enum Chunk<'a> {
    /// Whole lines, each with its newline; only the last line of the input may lack one.
    Lines(&'a [u8]),
    /// A part of a line that is longer than the buffer may grow. The parts of one line follow each other.
    Long {
        /// The bytes of this part, without the line's newline.
        part: &'a [u8],
        /// Whether the line begins with this part.
        first: bool,
        /// Whether the line ends with this part.
        last: bool,
    },
}

/// How many blocks of memory a buffer keeps after a long line.
const KEEP_BLOCKS: usize = 16;

/// A buffer that holds whole lines only, and at most one line that is longer than the block it reads.
#[derive(Debug)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// The bytes handed out by the last call, no longer needed.
    taken: usize,
    /// The bytes read in all.
    filled: usize,
    /// How many of them are known to hold no newline.
    searched: usize,
    block: usize,
    longest: usize,
    in_long_line: bool,
    ended: bool,
}

impl LineBuffer {
    /// A buffer that reads blocks of `block` bytes and holds lines of up to `longest` bytes whole (at least a block).
    pub fn new(block: usize, longest: usize) -> Self {
        let block = block.max(16);
        LineBuffer {
            bytes: vec![0; block],
            taken: 0,
            filled: 0,
            searched: 0,
            block,
            longest: longest.max(block),
            in_long_line: false,
            ended: false,
        }
    }

    /// Reads until there is at least one whole line, or a part of a long one, or the end of the input (`None`).
    ///
    /// `split` is asked about the beginning of a line that does not fit into what the buffer keeps: true hands it out in
    /// parts at once, instead of growing the buffer for it.
    ///
    /// An error of the input changes nothing: after `WouldBlock` the next call goes on where this one was.
    pub fn fill(
        &mut self,
        input: &mut impl Read,
        split: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Chunk<'_>>> {
        if self.taken > 0 {
            self.bytes.copy_within(self.taken..self.filled, 0);
            self.filled -= self.taken;
            (self.taken, self.searched) = (0, 0);
        }
        // Where one line is long, the next may be too: only much memory is given back.
        if self.filled < self.block && self.bytes.len() > self.block * KEEP_BLOCKS {
            self.bytes.truncate(self.block);
            self.bytes.shrink_to_fit();
        }
        loop {
            // Bytes that were read earlier may already hold the end of a long line.
            if self.in_long_line && self.filled > 0 {
                let end = memchr::memchr(b'\n', &self.bytes[..self.filled]);
                self.in_long_line = end.is_none();
                let part = end.unwrap_or(self.filled);
                self.taken = end.map_or(self.filled, |end| end + 1);
                return Ok(Some(Chunk::Long {
                    part: &self.bytes[..part],
                    first: false,
                    last: end.is_some(),
                }));
            }
            if let Some(newline) = memchr::memrchr(b'\n', &self.bytes[self.searched..self.filled]) {
                self.taken = self.searched + newline + 1;
                return Ok(Some(Chunk::Lines(&self.bytes[..self.taken])));
            }
            self.searched = self.filled;
            if self.ended {
                return Ok(self.rest());
            }
            if self.filled == self.bytes.len() {
                let kept = self.filled >= self.block * KEEP_BLOCKS;
                if self.filled >= self.longest || kept && split(&self.bytes[..self.filled]) {
                    self.in_long_line = true;
                    self.taken = self.filled;
                    return Ok(Some(Chunk::Long {
                        part: &self.bytes[..self.filled],
                        first: true,
                        last: false,
                    }));
                }
                let grown = (self.bytes.len() * 2).min(self.longest);
                self.bytes.resize(grown, 0);
            }
            match input.read(&mut self.bytes[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Forgets everything, for another input.
    pub fn clear(&mut self) {
        (self.taken, self.filled, self.searched) = (0, 0, 0);
        (self.in_long_line, self.ended) = (false, false);
    }

    fn rest(&mut self) -> Option<Chunk<'_>> {
        self.taken = self.filled;
        if self.in_long_line {
            self.in_long_line = false;
            return Some(Chunk::Long { part: &[], first: false, last: true });
        }
        (self.filled > 0).then(|| Chunk::Lines(&self.bytes[..self.filled]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out at most `step` bytes a read, as a pipe does.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn chunks(input: &[u8], step: usize, block: usize, longest: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let mut buffer = LineBuffer::new(block, longest);
        let mut input = Slow(input, step);
        let (mut whole, mut long) = (Vec::new(), Vec::new());
        while let Some(chunk) = buffer.fill(&mut input, |_| false).unwrap() {
            match chunk {
                Chunk::Lines(block) => {
                    whole.extend(block.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec));
                }
                Chunk::Long { part, first, .. } => {
                    if first {
                        long.push(Vec::new());
                    }
                    long.last_mut().unwrap().extend_from_slice(part);
                }
            }
        }
        (whole, long)
    }

    #[test]
    fn splits_as_the_naive_way_at_every_read_size() {
        let mut input = Vec::new();
        for length in [0, 1, 5, 15, 16, 17, 31, 32, 33, 64, 65, 100, 2, 0, 40] {
            input.extend(std::iter::repeat_n(b'a' + length as u8 % 26, length));
            input.push(b'\n');
        }
        for cut in [0, 1, 2] {
            let input = &input[..input.len() - cut];
            for step in [1, 2, 3, 7, 16, 33, 1000] {
                let (whole, long) = chunks(input, step, 16, 64);
                let lines = input.split_inclusive(|&b| b == b'\n');
                let (small, large): (Vec<_>, Vec<_>) = lines.partition(|line| line.len() <= 64);
                assert_eq!(whole, small, "step {step}, cut {cut}");
                let large: Vec<_> = large.iter().map(|line| line.trim_ascii_end()).collect();
                assert_eq!(long, large, "step {step}, cut {cut}");
            }
        }
    }

    /// Has nothing to give before every read that brings something.
    struct Halting<'a>(Slow<'a>, bool);

    impl Read for Halting<'_> {
        fn read(&mut self, out: &mut [u8]) -> Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(ErrorKind::WouldBlock.into()) } else { self.0.read(out) }
        }
    }

    #[test]
    fn goes_on_after_an_input_that_had_nothing_to_give() {
        let input = [&[b'x'; 50][..], b"\nshort\n", &[b'y'; 200], b"\nshort\nend"].concat();
        for step in [1, 3, 16, 100] {
            let mut halting = Halting(Slow(&input, step), false);
            let mut buffer = LineBuffer::new(16, 64);
            let mut seen = Vec::new();
            loop {
                match buffer.fill(&mut halting, |_| false) {
                    Ok(None) => break,
                    Ok(Some(Chunk::Lines(block))) => seen.extend_from_slice(block),
                    Ok(Some(Chunk::Long { part, last, .. })) => {
                        seen.extend_from_slice(part);
                        seen.extend(last.then_some(b'\n'));
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
            assert_eq!(seen, input, "step {step}");
        }
    }

    #[test]
    fn gives_memory_back_after_a_long_line() {
        for (length, kept) in [(5000, 64), (500, 512)] {
            let mut input = vec![b'x'; length];
            input.extend_from_slice(b"\nshort\nshort\n");
            let mut buffer = LineBuffer::new(64, 8192);
            let mut input = Slow(&input, 64);
            while buffer.fill(&mut input, |_| false).unwrap().is_some() {}
            assert_eq!(buffer.bytes.len(), kept, "after a line of {length}");
        }
    }

    #[test]
    fn a_line_is_handed_out_in_parts_when_asked() {
        let input = [vec![b'y'; 1600], b"\nz\n".to_vec()].concat();
        let mut buffer = LineBuffer::new(32, 8192);
        let mut input = Slow(&input, 1000);
        let mut parts = 0;
        while let Some(chunk) = buffer.fill(&mut input, |line| line.starts_with(b"y")).unwrap() {
            match chunk {
                Chunk::Long { .. } => parts += 1,
                Chunk::Lines(lines) => assert_eq!(lines, b"z\n"),
            }
        }
        // The first 512 bytes, then what had been read ahead, then 512 at a time.
        assert!(parts >= 3, "{parts} parts");
    }
}
