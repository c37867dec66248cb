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

/// The next place that needs a look, or the end; and how many newlines are before it. A place that
/// needs a look is the first byte of
///
/// - `l?L`, as in the middle of `ConsoleLogin`. Of all pairs of letters of the name, `l` and `L` meet
///   least often in CloudTrail: in one of 2,000 stretches of 32 bytes;
/// - a pair of [`PAIRS`];
/// - any byte but a closing bracket with a newline behind it: the line it ends may be cut off, span
///   lines, or be no JSON.
pub(super) fn find(bytes: &[u8], vectors: SimdWidth) -> (usize, u64) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if vectors == SimdWidth::Longest && has!("avx512bw") && has!("popcnt") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { find_avx512(bytes) };
        }
        if has!("avx2") && has!("popcnt") {
            #[expect(unsafe_code)]
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { find_avx2(bytes) };
        }
    }
    let _ = vectors;
    find_with(bytes, marks)
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

/// The tables of [`PAIRS`]: the second byte by the low bits of the first, and the first by those of
/// the second. What is in no pair finds a byte there that differs from itself.
const fn tables() -> ([u8; 64], [u8; 64]) {
    let (mut seconds, mut firsts) = ([0xFE; 64], [0xFE; 64]);
    let mut i = 0;
    while i < PAIRS.len() {
        let (first, second) = PAIRS[i];
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,popcnt")]
fn find_avx512(bytes: &[u8]) -> (usize, u64) {
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
    const TABLES: ([u8; 64], [u8; 64]) = tables();
    let (seconds, firsts) = (load(&TABLES.0), load(&TABLES.1));
    find_with(bytes, |window, half| {
        let from = |at: usize| window[half + at..].first_chunk().map_or(all(0), load);
        let (here, next, after) = (from(0), from(1), from(2));
        let second = _mm512_cmpeq_epi8_mask(next, _mm512_shuffle_epi8(seconds, here));
        let pairs = _mm512_mask_cmpeq_epi8_mask(second, here, _mm512_shuffle_epi8(firsts, next));
        let name = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, all(b'l')), after, all(b'L'));
        let before_newlines = _mm512_cmpeq_epi8_mask(next, all(b'\n'));
        // `]` and `}` differ by this bit, and no other byte becomes `}` by it.
        let open = _mm512_mask_cmpneq_epi8_mask(before_newlines, _mm512_or_si512(here, all(0x20)), all(b'}'));
        Marks { hits: pairs | name | open, before_newlines }
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn find_avx2(bytes: &[u8]) -> (usize, u64) {
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
    const TABLES: ([u8; 64], [u8; 64]) = tables();
    let table = |table: &[u8; 64]| table.first_chunk().map_or(all(0), load);
    let (seconds, firsts) = (table(&TABLES.0), table(&TABLES.1));
    find_with(bytes, |window, half| {
        let quarter = |begin: usize| {
            let from = |at: usize| window[begin + at..].first_chunk().map_or(all(0), load);
            let (here, next, after) = (from(0), from(1), from(2));
            let pairs = _mm256_and_si256(
                _mm256_cmpeq_epi8(next, _mm256_shuffle_epi8(seconds, here)),
                _mm256_cmpeq_epi8(here, _mm256_shuffle_epi8(firsts, next)),
            );
            let name =
                _mm256_and_si256(_mm256_cmpeq_epi8(here, all(b'l')), _mm256_cmpeq_epi8(after, all(b'L')));
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
fn marks(window: Window<'_>, half: usize) -> Marks {
    let mut marks = Marks { hits: 0, before_newlines: 0 };
    for i in 0..64 {
        let [here, next, after] = [0, 1, 2].map(|ahead| window[half + i + ahead]);
        let newline = next == b'\n';
        let hit =
            PAIRS.contains(&(here, next)) || here == b'l' && after == b'L' || newline && here | 0x20 != b'}';
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
    fn naive(bytes: &[u8]) -> (usize, u64) {
        let hit = |&at: &usize| {
            let byte = |ahead| bytes.get(at + ahead).copied().unwrap_or(0);
            PAIRS.contains(&(byte(0), byte(1)))
                || byte(0) == b'l' && byte(2) == b'L'
                || byte(1) == b'\n' && !matches!(byte(0), b'}' | b']')
        };
        let at = (0..bytes.len()).find(hit).unwrap_or(bytes.len());
        (at, bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64)
    }

    proptest! {
        #[test]
        fn finds_what_a_simple_search_finds(
            plain in proptest::collection::vec(
                prop::sample::select(&b"lL\\u\nabcdeyJ4sp \"{}]}]}]}]\xff\x80\x0a"[..]), 0..100),
            before in 0..300_usize,
            after in 0..300_usize,
        ) {
            for filler in [b'.', b'}'] {
                let bytes = [vec![filler; before], plain.clone(), vec![b'}'; after]].concat();
                let wanted = naive(&bytes);
                prop_assert_eq!(super::find(&bytes, SimdWidth::Longest), wanted);
                prop_assert_eq!(super::find(&bytes, SimdWidth::Half), wanted);
                prop_assert_eq!(find_with(&bytes, marks), wanted);
                let pretty = bytes.iter().map(|&b| if b == b'.' { b'\n' } else { b }).collect::<Vec<_>>();
                prop_assert_eq!(super::find(&pretty, SimdWidth::Half), naive(&pretty));
            }
        }
    }
}
