//! One pass over a block: skips what cannot be part of a candidate, and counts newlines on the way. Written so that the
//! compiler turns it into vector instructions, but for those it does not find by itself.

/// How many bytes are looked at before it is asked whether anything was in them.
pub(super) const STRETCH: usize = 128;
/// How far the scan looks beyond a byte.
pub(super) const AHEAD: usize = 2;

/// What a processor with long vectors is to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SimdWidth {
    /// The longest it has: the fastest search.
    #[default]
    Longest,
    /// At most 256 bits. Where much else is done between searches, that goes faster then: vectors of 512 bits make the whole processor
    /// slower for a while.
    Half,
}

/// How many bytes at the front need no further look, and how many newlines are among them. A multiple
/// of [`STRETCH`]; the last [`STRETCH`] + [`AHEAD`] bytes may be left over.
///
/// What needs a look: `l?L`, as in the middle of `ConsoleLogin`; `\u`; `yJ` and `4s`, as in base64 of
/// JSON and of gzip (`eyJ`, `H4sI`); and a line that ends in anything but a closing bracket, because
/// it may be cut off, span lines, or be no JSON.
///
/// Of all pairs of letters of the name, `l` and `L` meet least often in CloudTrail: in one of 2,000
/// stretches of 32 bytes.
pub(super) fn plain(bytes: &[u8], vectors: SimdWidth) -> (usize, u64) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if vectors == SimdWidth::Longest && has!("avx512bw") && has!("popcnt") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { plain_avx512(bytes) };
        }
        if has!("avx2") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { plain_avx2(bytes) };
        }
    }
    let _ = vectors;
    plain_anywhere(bytes)
}

/// What the compiler does not make of [`plain_anywhere`]: a comparison of 64 bytes gives one bit each, and takes those of another.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,popcnt")]
fn plain_avx512(bytes: &[u8]) -> (usize, u64) {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask, _mm512_or_si512,
        _mm512_set1_epi8,
    };
    let load = |from: &[u8; 64]| {
        #[expect(unsafe_code)]
        // SAFETY: 64 bytes are there, and the load asks for no alignment.
        unsafe {
            _mm512_loadu_si512(from.as_ptr().cast())
        }
    };
    let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let mut at = 0;
    let mut newlines = 0;
    while let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ STRETCH + AHEAD }>()) {
        let mut hit = 0;
        let mut newlines_here = 0;
        for half in [0, 64] {
            let from = |at: usize| window[half + at..].first_chunk().map_or(all(0), load);
            let (here, next, after) = (from(0), from(1), from(2));
            hit |= _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(b'l')), after, all(b'L'));
            hit |= _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(b'\\')), next, all(b'u'));
            hit |= _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(b'y')), next, all(b'J'));
            hit |= _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(b'4')), next, all(b's'));
            let newline = _mm512_cmpeq_epi8_mask(here, all(b'\n'));
            // `]` and `}` differ by this bit, and no other ASCII byte but 0x5D becomes `}` by it.
            let closing = _mm512_cmpeq_epi8_mask(_mm512_or_si512(here, all(0x20)), all(b'}'));
            hit |= _mm512_cmpeq_epi8_mask(next, all(b'\n')) & !(newline | closing);
            newlines_here += newline.count_ones();
        }
        if hit != 0 {
            break;
        }
        newlines += u64::from(newlines_here);
        at += STRETCH;
    }
    (at, newlines)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn plain_avx2(bytes: &[u8]) -> (usize, u64) {
    plain_anywhere(bytes)
}

#[inline(always)]
fn plain_anywhere(bytes: &[u8]) -> (usize, u64) {
    let mut at = 0;
    let mut newlines = 0;
    while let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ STRETCH + AHEAD }>()) {
        let mut hit = 0_u8;
        let mut newlines_here = 0_u8;
        for i in 0..STRETCH {
            let name = u8::from(window[i] == b'l') & u8::from(window[i + 2] == b'L');
            let escape = u8::from(window[i] == b'\\') & u8::from(window[i + 1] == b'u');
            let json = u8::from(window[i] == b'y') & u8::from(window[i + 1] == b'J');
            let gzip = u8::from(window[i] == b'4') & u8::from(window[i + 1] == b's');
            let ended = u8::from(window[i] == b'\n') | u8::from(window[i] | 0x20 == b'}');
            let open = u8::from(window[i + 1] == b'\n') & (ended ^ 1);
            hit |= name | escape | json | gzip | open;
            newlines_here += u8::from(window[i] == b'\n');
        }
        if hit != 0 {
            break;
        }
        newlines += u64::from(newlines_here);
        at += STRETCH;
    }
    (at, newlines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_the_same_with_and_without_vectors(
            plain in proptest::collection::vec(prop::sample::select(&b"lL\\u\nabcdeyJ4sp \"{}]"[..]), 0..100),
            before in 0..300_usize,
            after in 0..300_usize,
        ) {
            let bytes = [vec![b'.'; before], plain, vec![b'\n'; after]].concat();
            let wanted = plain_anywhere(&bytes);
            prop_assert_eq!(super::plain(&bytes, SimdWidth::Longest), wanted);
            prop_assert_eq!(super::plain(&bytes, SimdWidth::Half), wanted);
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                let vectors = unsafe { plain_avx2(&bytes) };
                prop_assert_eq!(vectors, wanted);
            }
        }
    }
}
