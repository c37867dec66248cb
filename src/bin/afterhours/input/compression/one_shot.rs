//! Small files decoded by one call, faster than as a stream, into memory that is used again. Knows no files.

use zstd::bulk::Decompressor;

use crate::input::compression::libdeflate::{Inflater, Member};

/// The most that may come out of one file, in bytes.
const LARGEST: usize = 8 << 20;
/// The size of the output buffer at first, in bytes.
const USUAL: usize = 1 << 20;

/// Decodes all of a file into `plain`, and returns how many bytes of it are the text. `None` if that is too large, or the data
/// is damaged: the stream decoder then reads the file again and says what is wrong.
pub(crate) type OneShot = fn(&mut Libraries, packed: &[u8], plain: &mut Vec<u8>) -> Option<usize>;

/// The state of the libraries, made when it is needed first.
#[derive(Default)]
pub(crate) struct Libraries {
    inflater: Option<Inflater>,
    unzstd: Option<Decompressor<'static>>,
}

pub(super) fn gzip(libraries: &mut Libraries, packed: &[u8], plain: &mut Vec<u8>) -> Option<usize> {
    if libraries.inflater.is_none() {
        libraries.inflater = Inflater::new();
    }
    let inflater = libraries.inflater.as_mut()?;
    // The last member states its length modulo 4 GiB: right for nearly every file, and never trusted.
    let hint = packed.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length) as usize);
    make_room(plain, if (1..=LARGEST).contains(&hint) { hint } else { USUAL });
    let (mut taken, mut given) = (0, 0);
    loop {
        let rest = &packed[taken..];
        // Zeros behind the last member are padding.
        if taken > 0 && rest.iter().all(|&byte| byte == 0) {
            return Some(given);
        }
        match inflater.member(rest, &mut plain[given..]) {
            Member::Whole { taken: more, given: came } => (taken, given) = (taken + more, given + came),
            Member::NoRoom if plain.len() < LARGEST => {
                let wanted = plain.len() * 2;
                make_room(plain, wanted);
            }
            Member::NoRoom | Member::Damaged => return None,
        }
    }
}

pub(super) fn zstd(libraries: &mut Libraries, packed: &[u8], plain: &mut Vec<u8>) -> Option<usize> {
    if libraries.unzstd.is_none() {
        libraries.unzstd = Decompressor::new().ok();
    }
    let bound = Decompressor::upper_bound(packed)?;
    if bound > LARGEST {
        return None;
    }
    make_room(plain, bound);
    libraries.unzstd.as_mut()?.decompress_to_buffer(packed, &mut plain[..]).ok()
}

/// Makes a buffer as long as wanted, or longer.
fn make_room(buffer: &mut Vec<u8>, wanted: usize) {
    if buffer.len() < wanted {
        buffer.resize(wanted.clamp(USUAL, LARGEST).next_power_of_two(), 0);
    }
}
