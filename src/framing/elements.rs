//! The elements of a container that stands on one line, found by brackets and quotes alone, 64 bytes at once: those that may hold
//! something are then read, and nobody reads the others. Gives up wherever it sees anything unusual.

use crate::framing::detect::opening;
use crate::json::MAX_DEPTH;

/// Where quotes, backslashes, opening and closing brackets are among 64 bytes, the first lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

/// The elements of `{"Records":[...]}` or `[...]` in which something is, if that is all there is, every element is an object, and
/// the brackets are in order. `next` says where the next of what is looked for begins, from a place on.
///
/// An element may be broken in smaller ways: that is for its reader to say. Behind the last of those that are wanted nobody looks
/// at the brackets one by one any more: as many must close as open, up to the end of the container and the line.
pub(crate) fn elements(line: &[u8], next: impl FnMut(usize) -> Option<usize>) -> Option<Vec<&[u8]>> {
    let (from, level) = opening(line)?;
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("bmi1") && has!("popcnt") && has!("pclmulqdq") {
            if has!("avx512bw") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                return unsafe { walk_avx512(line, from, level, next) };
            }
            if has!("avx2") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                return unsafe { walk_avx2(line, from, level, next) };
            }
        }
    }
    walk(line, from, level, next, Means { marks, up_to })
}

/// How a processor finds out about 64 bytes.
#[derive(Clone, Copy)]
struct Means<M, U> {
    marks: M,
    up_to: U,
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,bmi1,popcnt,pclmulqdq")]
fn walk_avx512(
    line: &[u8],
    from: usize,
    level: u8,
    next: impl FnMut(usize) -> Option<usize>,
) -> Option<Vec<&[u8]>> {
    let means = Means { marks: |block: &_| marks_avx512(block), up_to: |quotes| up_to_clmul(quotes) };
    walk(line, from, level, next, means)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn walk_avx2(
    line: &[u8],
    from: usize,
    level: u8,
    next: impl FnMut(usize) -> Option<usize>,
) -> Option<Vec<&[u8]>> {
    let means = Means { marks: |block: &_| marks_avx2(block), up_to: |quotes| up_to_clmul(quotes) };
    walk(line, from, level, next, means)
}

#[inline(always)]
fn walk(
    line: &[u8],
    from: usize,
    level: u8,
    mut next: impl FnMut(usize) -> Option<usize>,
    means: Means<impl Fn(&[u8; 64]) -> Marks + Copy, impl Fn(u64) -> u64 + Copy>,
) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    let Some(mut wanted) = next(from) else { return closes(line, from, level, means).then_some(found) };
    // How many brackets are open, and for each, the innermost lowest, a bit that is set for an object.
    let (mut depth, mut objects) = (level, u128::from(level == 2) << 1);
    // Where the open element begins, or the gap before the next one.
    let (mut begin, mut first) = (from, true);
    let (mut strings, mut number) = (Strings::default(), 0);
    while let Some(block) = block(line, from + number * 64) {
        let marks = (means.marks)(&block);
        let mut brackets = strings.outside(&marks, means.up_to)?;
        while brackets != 0 {
            let at = from + number * 64 + brackets.trailing_zeros() as usize;
            let opens = marks.opening & brackets & brackets.wrapping_neg() != 0;
            brackets &= brackets - 1;
            let byte = *line.get(at)?;
            if opens {
                if depth == level {
                    let gap = line.get(begin..at)?.trim_ascii();
                    if gap != if std::mem::take(&mut first) { &b""[..] } else { b"," } || byte != b'{' {
                        return None;
                    }
                    begin = at;
                } else if !may_open(line.get(begin..at)?, objects & 1 == 1) || depth == MAX_DEPTH {
                    return None;
                }
                depth += 1;
                objects = objects << 1 | u128::from(byte == b'{');
                continue;
            }
            if (objects & 1 == 1) != (byte == b'}') {
                return None;
            }
            depth -= 1;
            objects >>= 1;
            if depth < level {
                // What is wanted stands in no element.
                return None;
            }
            if depth == level {
                let element = line.get(begin..=at)?;
                begin = at + 1;
                if wanted < begin {
                    found.push(element);
                    let Some(next) = next(begin) else {
                        return closes(line, begin, level, means).then_some(found);
                    };
                    wanted = next;
                }
            }
        }
        number += 1;
    }
    None
}

/// Whether the container in which this place is, outside its elements, ends with the line, by the number of brackets alone.
#[inline(always)]
fn closes(
    line: &[u8],
    from: usize,
    level: u8,
    means: Means<impl Fn(&[u8; 64]) -> Marks, impl Fn(u64) -> u64>,
) -> bool {
    let (mut strings, mut at) = (Strings::default(), from);
    // How many are open inside the container.
    let mut depth = 0_u64;
    while let Some(block) = block(line, at) {
        let marks = (means.marks)(&block);
        let Some(mut brackets) = strings.outside(&marks, &means.up_to) else { return false };
        let closing = marks.closing & brackets;
        if u64::from(closing.count_ones()) <= depth {
            depth = depth + u64::from(brackets.count_ones()) - 2 * u64::from(closing.count_ones());
            brackets = 0;
        }
        // The container may end in this block.
        while brackets != 0 {
            let bracket = brackets & brackets.wrapping_neg();
            brackets &= brackets - 1;
            if closing & bracket == 0 {
                depth += 1;
            } else if depth > 0 {
                depth -= 1;
            } else {
                let rest = line.get(at + bracket.trailing_zeros() as usize..).unwrap_or_default();
                let behind = rest.strip_prefix(b"]").map(<[u8]>::trim_ascii);
                return behind == Some(if level == 1 { b"" } else { b"}" });
            }
        }
        at += 64;
    }
    false
}

/// The 64 bytes from a place on, with spaces behind the end; none where nothing is left.
#[inline(always)]
fn block(line: &[u8], at: usize) -> Option<[u8; 64]> {
    let rest = line.get(at..).filter(|rest| !rest.is_empty())?;
    Some(rest.first_chunk::<64>().copied().unwrap_or_else(|| {
        let mut last = [b' '; 64];
        last[..rest.len()].copy_from_slice(rest);
        last
    }))
}

/// What the block before says of the next one.
#[derive(Default)]
struct Strings {
    /// All bits, if it ended in a string.
    open: u64,
    /// The lowest, if it ended in a backslash that escapes.
    escape: u64,
}

impl Strings {
    /// The brackets outside strings; `None` if a backslash is there.
    #[inline(always)]
    fn outside(&mut self, marks: &Marks, up_to: impl Fn(u64) -> u64) -> Option<u64> {
        let quotes = marks.quotes & !escaped(marks.backslashes, &mut self.escape);
        let strings = up_to(quotes) ^ self.open;
        self.open = (strings.cast_signed() >> 63).cast_unsigned();
        (marks.backslashes & !strings == 0).then_some((marks.opening | marks.closing) & !strings)
    }
}

/// Whether a bracket may open behind this, inside an object or an array.
#[inline(always)]
fn may_open(before: &[u8], in_object: bool) -> bool {
    match before.last() {
        Some(b':') => true,
        Some(b',' | b'[') => !in_object,
        Some(byte) if byte.is_ascii_whitespace() => {
            matches!(
                (before.trim_ascii_end().last(), in_object),
                (Some(b':'), _) | (Some(b',' | b'['), false)
            )
        }
        _ => false,
    }
}

/// The bytes that a backslash stands before that is none itself escaped. After Langdale and Lemire, "Parsing Gigabytes of JSON per
/// Second" (2019), 3.1.1.
#[inline(always)]
fn escaped(backslashes: u64, before: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    if backslashes == 0 {
        return std::mem::take(before);
    }
    let backslashes = backslashes & !*before;
    let behind = backslashes << 1 | *before;
    let odd_starts = backslashes & !EVEN & !behind;
    let (ends, over) = odd_starts.overflowing_add(backslashes);
    *before = u64::from(over);
    (EVEN ^ (ends << 1)) & behind
}

/// For every bit, whether an odd number of bits is set up to it: inside a string, with its first quote and without its last.
#[inline(always)]
fn up_to(mut quotes: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        quotes ^= quotes << shift;
    }
    quotes
}

/// The same by one multiplication without carries.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "pclmulqdq")]
fn up_to_clmul(quotes: u64) -> u64 {
    use std::arch::x86_64::{_mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8};
    let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(quotes.cast_signed()), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product).cast_unsigned()
}

fn marks(block: &[u8; 64]) -> Marks {
    let mark = |is: fn(u8) -> bool| block.iter().rev().fold(0, |bits, &byte| bits << 1 | u64::from(is(byte)));
    Marks {
        quotes: mark(|byte| byte == b'"'),
        backslashes: mark(|byte| byte == b'\\'),
        opening: mark(|byte| byte | 0x20 == b'{'),
        closing: mark(|byte| byte | 0x20 == b'}'),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw")]
fn marks_avx512(block: &[u8; 64]) -> Marks {
    use std::arch::x86_64::{_mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_or_si512, _mm512_set1_epi8};
    #[expect(unsafe_code)]
    // SAFETY: 64 bytes are there, and the load asks for no alignment.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    // See `marks_avx2`.
    let with_bit = _mm512_or_si512(bytes, all(0x20));
    Marks {
        quotes: _mm512_cmpeq_epi8_mask(bytes, all(b'"')),
        backslashes: _mm512_cmpeq_epi8_mask(bytes, all(b'\\')),
        opening: _mm512_cmpeq_epi8_mask(with_bit, all(b'{')),
        closing: _mm512_cmpeq_epi8_mask(with_bit, all(b'}')),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn marks_avx2(block: &[u8; 64]) -> Marks {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set1_epi8,
    };
    let (halves, _) = block.as_chunks::<32>();
    let load = |half: &[u8; 32]| {
        #[expect(unsafe_code)]
        // SAFETY: 32 bytes are there, and the load asks for no alignment.
        unsafe {
            _mm256_loadu_si256(half.as_ptr().cast::<__m256i>())
        }
    };
    let (low, high) = (load(&halves[0]), load(&halves[1]));
    let mark = |low, high, byte: u8| {
        let wanted = _mm256_set1_epi8(byte.cast_signed());
        let bits = |bytes| u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, wanted)).cast_unsigned());
        bits(low) | bits(high) << 32
    };
    // `[` and `{`, `]` and `}` differ by this bit, and no other byte of JSON becomes one of them by it.
    let bit = _mm256_set1_epi8(0x20);
    let (low_set, high_set) = (_mm256_or_si256(low, bit), _mm256_or_si256(high, bit));
    Marks {
        quotes: mark(low, high, b'"'),
        backslashes: mark(low, high, b'\\'),
        opening: mark(low_set, high_set, b'{'),
        closing: mark(low_set, high_set, b'}'),
    }
}

#[cfg(test)]
mod tests;
