//! One pass over a block: finds the next place that needs a look, and counts newlines on the way.

/// How many bytes are looked at before it is asked whether anything was in them.
const STRETCH: usize = 128;
/// How far the scan looks beyond a byte.
const AHEAD: usize = 2;

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

/// Two bytes that stand side by side in what is looked for. The vectors look both up by the low four
/// bits of the other, which must differ among the first bytes, and among the second ones.
///
/// `\u` begins an escape; `yJ` and `4s` stand in base64 of JSON and of gzip (`eyJ`, `H4sI`).
const PAIRS: [(u8, u8); 3] = [(b'\\', b'u'), (b'y', b'J'), (b'4', b's')];
/// The same with two of the names of other ways to sign in: `AuthorizeOAuth2Access`, `UserAuthentication`.
const MORE_PAIRS: [(u8, u8); 5] = [PAIRS[0], PAIRS[1], PAIRS[2], (b'h', b'2'), (b'r', b'A')];

/// The next place that needs a look, or the end; and how many newlines are before it. A place that
/// needs a look is the first byte of
///
/// - `l?L`, as in the middle of `ConsoleLogin`. Of all pairs of letters of the name, `l` and `L` meet
///   least often in CloudTrail: in one of 2,000 stretches of 32 bytes;
/// - a pair of [`PAIRS`];
/// - with `MORE`, a pair of [`MORE_PAIRS`], but not `rAg`, which is in every record's `userAgent`; and
///   `lV`, as in `CredentialVerification`;
/// - any byte but a closing bracket with a newline behind it: the line it ends may be cut off, span
///   lines, or be no JSON.
pub(super) fn find<const MORE: bool>(bytes: &[u8], vectors: SimdWidth) -> (usize, u64) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if vectors == SimdWidth::Longest && has!("avx512bw") && has!("popcnt") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { find_avx512::<MORE>(bytes) };
        }
        if has!("avx2") && has!("popcnt") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { find_avx2::<MORE>(bytes) };
        }
    }
    let _ = vectors;
    find_with(bytes, marks::<MORE>)
}

/// What 64 bytes hold, one bit for each, the first lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    /// The places that need a look.
    hits: u64,
    /// The bytes before a newline.
    before_newlines: u64,
}

/// A stretch, with what it is looked up in; the first place is that of `bytes`.
type Window<'w> = &'w [u8; STRETCH + AHEAD];

#[inline(always)]
fn find_with(bytes: &[u8], marks: impl Fn(Window<'_>, usize) -> Marks) -> (usize, u64) {
    let mut at = 0;
    // Counted as bytes before a newline, which the first byte of all is not behind.
    let mut newlines = u64::from(bytes.first() == Some(&b'\n'));
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let padded;
        let window = match rest.first_chunk() {
            Some(window) => window,
            None if rest.is_empty() => break,
            None => {
                // Zeros are a part of nothing that is looked for.
                let mut last = [0; STRETCH + AHEAD];
                last[..rest.len()].copy_from_slice(rest);
                padded = last;
                &padded
            }
        };
        let (low, high) = (marks(window, 0), marks(window, 64));
        if low.hits | high.hits != 0 {
            let (half, from) = if low.hits != 0 { (low, 0) } else { (high, 64) };
            let place = half.hits.trailing_zeros();
            let upto = half.before_newlines & ((1 << place) - 1);
            if from > 0 {
                newlines += u64::from(low.before_newlines.count_ones());
            }
            newlines += u64::from(upto.count_ones());
            at += from + place as usize;
            return (at, newlines - u64::from(bytes.get(at) == Some(&b'\n')));
        }
        newlines += u64::from(low.before_newlines.count_ones() + high.before_newlines.count_ones());
        at += STRETCH;
    }
    // One that would stand just behind the end was not there.
    (bytes.len(), newlines)
}

/// The tables of pairs: the second byte by the low bits of the first, and the first by those of
/// the second. What is in no pair finds a byte there that differs from itself.
const fn tables(pairs: &[(u8, u8)]) -> ([u8; 64], [u8; 64]) {
    let (mut seconds, mut firsts) = ([0xFE; 64], [0xFE; 64]);
    let mut i = 0;
    while i < pairs.len() {
        let (first, second) = pairs[i];
        let mut lane = 0;
        while lane < 64 {
            seconds[lane + (first & 15) as usize] = second;
            firsts[lane + (second & 15) as usize] = first;
            lane += 16;
        }
        i += 1;
    }
    (seconds, firsts)
}

static TABLES: ([u8; 64], [u8; 64]) = tables(&PAIRS);
static MORE_TABLES: ([u8; 64], [u8; 64]) = tables(&MORE_PAIRS);

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,popcnt")]
fn find_avx512<const MORE: bool>(bytes: &[u8]) -> (usize, u64) {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_mask_cmpeq_epi8_mask,
        _mm512_mask_cmpneq_epi8_mask, _mm512_or_si512, _mm512_set1_epi8, _mm512_shuffle_epi8,
    };
    let load = |from: &[u8; 64]| {
        #[expect(unsafe_code)]
        // SAFETY: 64 bytes are there, and the load asks for no alignment.
        unsafe {
            _mm512_loadu_si512(from.as_ptr().cast())
        }
    };
    let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let tables = if MORE { &MORE_TABLES } else { &TABLES };
    let (seconds, firsts) = (load(&tables.0), load(&tables.1));
    find_with(bytes, |window, half| {
        let from = |at: usize| window[half + at..].first_chunk().map_or(all(0), load);
        let (here, next, after) = (from(0), from(1), from(2));
        let second = _mm512_cmpeq_epi8_mask(next, _mm512_shuffle_epi8(seconds, here));
        let mut pairs = _mm512_mask_cmpeq_epi8_mask(second, here, _mm512_shuffle_epi8(firsts, next));
        let small = _mm512_cmpeq_epi8_mask(here, all(b'l'));
        let mut name = _mm512_mask_cmpeq_epi8_mask(small, after, all(b'L'));
        if MORE {
            name |= _mm512_mask_cmpeq_epi8_mask(small, next, all(b'V'));
            let agent = _mm512_cmpeq_epi8_mask(after, all(b'g'));
            pairs &= !_mm512_mask_cmpeq_epi8_mask(agent, here, all(b'r'));
        }
        let before_newlines = _mm512_cmpeq_epi8_mask(next, all(b'\n'));
        // `]` and `}` differ by this bit, and no other byte becomes `}` by it.
        let open = _mm512_mask_cmpneq_epi8_mask(before_newlines, _mm512_or_si512(here, all(0x20)), all(b'}'));
        Marks { hits: pairs | name | open, before_newlines }
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn find_avx2<const MORE: bool>(bytes: &[u8]) -> (usize, u64) {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_shuffle_epi8,
    };
    let load = |from: &[u8; 32]| {
        #[expect(unsafe_code)]
        // SAFETY: 32 bytes are there, and the load asks for no alignment.
        unsafe {
            _mm256_loadu_si256(from.as_ptr().cast::<__m256i>())
        }
    };
    let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let bits = |bytes| u64::from(_mm256_movemask_epi8(bytes).cast_unsigned());
    let tables = if MORE { &MORE_TABLES } else { &TABLES };
    let table = |table: &[u8; 64]| table.first_chunk().map_or(all(0), load);
    let (seconds, firsts) = (table(&tables.0), table(&tables.1));
    find_with(bytes, |window, half| {
        let quarter = |begin: usize| {
            let from = |at: usize| window[begin + at..].first_chunk().map_or(all(0), load);
            let (here, next, after) = (from(0), from(1), from(2));
            let mut pairs = _mm256_and_si256(
                _mm256_cmpeq_epi8(next, _mm256_shuffle_epi8(seconds, here)),
                _mm256_cmpeq_epi8(here, _mm256_shuffle_epi8(firsts, next)),
            );
            let small = _mm256_cmpeq_epi8(here, all(b'l'));
            let mut large = _mm256_cmpeq_epi8(after, all(b'L'));
            if MORE {
                large = _mm256_or_si256(large, _mm256_cmpeq_epi8(next, all(b'V')));
                let (r, g) = (_mm256_cmpeq_epi8(here, all(b'r')), _mm256_cmpeq_epi8(after, all(b'g')));
                pairs = _mm256_andnot_si256(_mm256_and_si256(r, g), pairs);
            }
            let name = _mm256_and_si256(small, large);
            let before_newlines = _mm256_cmpeq_epi8(next, all(b'\n'));
            let closing = _mm256_cmpeq_epi8(_mm256_or_si256(here, all(0x20)), all(b'}'));
            let open = _mm256_andnot_si256(closing, before_newlines);
            (bits(_mm256_or_si256(_mm256_or_si256(pairs, name), open)), bits(before_newlines))
        };
        let ((low, low_newlines), (high, high_newlines)) = (quarter(half), quarter(half + 32));
        Marks { hits: low | high << 32, before_newlines: low_newlines | high_newlines << 32 }
    })
}

/// The obvious way.
fn marks<const MORE: bool>(window: Window<'_>, half: usize) -> Marks {
    let mut marks = Marks { hits: 0, before_newlines: 0 };
    for i in 0..64 {
        let [here, next, after] = [0, 1, 2].map(|ahead| window[half + i + ahead]);
        let newline = next == b'\n';
        let more = MORE
            && (MORE_PAIRS.contains(&(here, next)) && (here, after) != (b'r', b'g')
                || here == b'l' && next == b'V');
        let hit = more
            || PAIRS.contains(&(here, next))
            || here == b'l' && after == b'L'
            || newline && here | 0x20 != b'}';
        marks.hits |= u64::from(hit) << i;
        marks.before_newlines |= u64::from(newline) << i;
    }
    marks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One byte after the other.
    fn naive(bytes: &[u8], more: bool) -> (usize, u64) {
        let hit = |&at: &usize| {
            let byte = |ahead| bytes.get(at + ahead).copied().unwrap_or(0);
            PAIRS.contains(&(byte(0), byte(1)))
                || byte(0) == b'l' && byte(2) == b'L'
                || byte(1) == b'\n' && !matches!(byte(0), b'}' | b']')
                || more && matches!([byte(0), byte(1)], [b'h', b'2'] | [b'l', b'V'])
                || more && byte(0) == b'r' && byte(1) == b'A' && byte(2) != b'g'
        };
        let at = (0..bytes.len()).find(hit).unwrap_or(bytes.len());
        (at, bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64)
    }

    proptest! {
        #[test]
        fn finds_what_a_simple_search_finds(
            plain in proptest::collection::vec(
                prop::sample::select(&b"lLVh2rAg\\u\nabcdeyJ4sp \"{}]}]}]}]\xff\x80\x0a"[..]), 0..100),
            before in 0..300_usize,
            after in 0..300_usize,
        ) {
            for filler in [b'.', b'}'] {
                let bytes = [vec![filler; before], plain.clone(), vec![b'}'; after]].concat();
                for width in [SimdWidth::Longest, SimdWidth::Half] {
                    prop_assert_eq!(super::find::<false>(&bytes, width), naive(&bytes, false));
                    prop_assert_eq!(super::find::<true>(&bytes, width), naive(&bytes, true));
                }
                prop_assert_eq!(find_with(&bytes, marks::<false>), naive(&bytes, false));
                prop_assert_eq!(find_with(&bytes, marks::<true>), naive(&bytes, true));
                let pretty = bytes.iter().map(|&b| if b == b'.' { b'\n' } else { b }).collect::<Vec<_>>();
                prop_assert_eq!(super::find::<false>(&pretty, SimdWidth::Half), naive(&pretty, false));
            }
        }
    }
}
