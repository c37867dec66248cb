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

/// What a walk found.
pub(crate) struct Walked<'a> {
    /// The elements in which something is, in order.
    pub(crate) found: Vec<&'a [u8]>,
    /// Where it stopped: behind the last element that was whole.
    pub(crate) at: usize,
    /// The container ends with the text, and all of it was in order.
    sound: bool,
    /// Where the first element ends.
    first_end: Option<usize>,
    /// Everything up to the end of the text was in order.
    ran_out: bool,
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// Not past the first element.
    one: bool,
    /// Nothing comes behind the text.
    last: bool,
}

/// The elements of `{"Records":[...]}` or `[...]` in which something is, if that is all there is, every element is an object, and
/// the brackets are in order. `next` says where the next of what is looked for begins, from a place on.
///
/// An element may be broken in smaller ways: that is for its reader to say. Behind the last of those that are wanted nobody looks
/// at the brackets one by one any more: as many must close as open, up to the end of the container and the line.
pub(crate) fn elements(line: &[u8], next: impl FnMut(usize) -> Option<usize>) -> Option<Vec<&[u8]>> {
    let (from, level) = opening(line)?;
    let walked = walk::<true>(line, from, level, Reach { one: false, last: true }, next);
    walked.sound.then_some(walked.found)
}

/// The objects in which something is, among those that stand one behind another from a place on, up to
/// the first thing that is unusual: the end of the container, a value that is no object, a container
/// among values, damage, or the end of the text. `level` is how many brackets are open around them: 0,
/// 1 in an array, 2 in `{"Records":[`. With `last` nothing comes behind the text.
pub(crate) fn walk_on(
    text: &[u8],
    from: usize,
    level: u8,
    last: bool,
    next: impl FnMut(usize) -> Option<usize>,
) -> Walked<'_> {
    walk::<false>(text, from, level, Reach { one: false, last }, next)
}

/// Where the element that begins here ends, if [`walk_on`] passes over it when it is not wanted; an
/// error where the text ends too early to say.
pub(crate) fn passed_over(text: &[u8], begin: usize, level: u8, last: bool) -> Result<Option<usize>, ()> {
    let walked = walk::<false>(text, begin, level, Reach { one: true, last }, |_| None);
    match walked.first_end.filter(|end| walked.at >= *end) {
        None if walked.ran_out && !last => Err(()),
        end => Ok(end),
    }
}

/// What may stand between values: white space, commas, and record separators (RFC 7464).
pub(crate) fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x0C | 0x1E)
}

/// The text without separators around it.
pub(crate) fn trim_separators(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|&byte| !is_separator(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|&byte| !is_separator(byte)).map_or(begin, |last| last + 1);
    text.get(begin..end).unwrap_or_default()
}

fn walk<const WHOLE: bool>(
    line: &[u8],
    from: usize,
    level: u8,
    reach: Reach,
    next: impl FnMut(usize) -> Option<usize>,
) -> Walked<'_> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("bmi1") && has!("popcnt") && has!("pclmulqdq") {
            if has!("avx512bw") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                return unsafe { walk_avx512::<WHOLE>(line, from, level, reach, next) };
            }
            if has!("avx2") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                return unsafe { walk_avx2::<WHOLE>(line, from, level, reach, next) };
            }
        }
    }
    walk_with::<WHOLE>(line, from, level, reach, next, Means { marks, up_to })
}

/// How a processor finds out about 64 bytes.
#[derive(Clone, Copy)]
struct Means<M, U> {
    marks: M,
    up_to: U,
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,bmi1,popcnt,pclmulqdq")]
fn walk_avx512<const WHOLE: bool>(
    line: &[u8],
    from: usize,
    level: u8,
    reach: Reach,
    next: impl FnMut(usize) -> Option<usize>,
) -> Walked<'_> {
    let means = Means { marks: |block: &_| marks_avx512(block), up_to: |quotes| up_to_clmul(quotes) };
    walk_with::<WHOLE>(line, from, level, reach, next, means)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
fn walk_avx2<const WHOLE: bool>(
    line: &[u8],
    from: usize,
    level: u8,
    reach: Reach,
    next: impl FnMut(usize) -> Option<usize>,
) -> Walked<'_> {
    let means = Means { marks: |block: &_| marks_avx2(block), up_to: |quotes| up_to_clmul(quotes) };
    walk_with::<WHOLE>(line, from, level, reach, next, means)
}

#[inline(always)]
fn walk_with<const WHOLE: bool>(
    line: &[u8],
    from: usize,
    level: u8,
    reach: Reach,
    mut next: impl FnMut(usize) -> Option<usize>,
    means: Means<impl Fn(&[u8; 64]) -> Marks + Copy, impl Fn(u64) -> u64 + Copy>,
) -> Walked<'_> {
    let found = Vec::new();
    let wanted = next(from);
    if WHOLE && wanted.is_none() {
        return Walked {
            found,
            at: from,
            sound: closes(line, from, level, means),
            first_end: None,
            ran_out: false,
        };
    }
    let mut walk = Walked { found, at: from, sound: false, first_end: None, ran_out: false };
    let mut wanted = wanted.unwrap_or(usize::MAX);
    // How many brackets are open, and for each, the innermost lowest, a bit that is set for an object.
    let (mut depth, mut objects) = (level, u128::from(level == 2) << 1);
    // Whether the gap before the first element is still to come.
    let mut first = true;
    // Where the element before begins, if it is not wanted: what stands behind it may show that its
    // end is not its end.
    let mut before_gap = None;
    let (mut strings, mut number) = (Strings::default(), 0);
    while let Some(block) = block(line, from + number * 64) {
        let marks = (means.marks)(&block);
        let (mut brackets, odd) = strings.outside(&marks, means.up_to);
        while brackets != 0 {
            let at = from + number * 64 + brackets.trailing_zeros() as usize;
            let opens = marks.opening & brackets & brackets.wrapping_neg() != 0;
            brackets &= brackets - 1;
            let (Some(&byte), Some(before)) = (line.get(at), line.get(walk.at..at)) else { return walk };
            if opens {
                if depth == level {
                    let in_order = if WHOLE {
                        before.trim_ascii() == if std::mem::take(&mut first) { &b""[..] } else { b"," }
                    } else {
                        before.iter().all(|&byte| is_separator(byte))
                            && (level > 0 || !begins_container(line.get(at..).unwrap_or_default()))
                    };
                    if !in_order || byte != b'{' {
                        walk.at = before_gap.filter(|_| !in_order).unwrap_or(walk.at);
                        return walk;
                    }
                    if reach.one && walk.first_end.is_some() {
                        return walk;
                    }
                    walk.at = at;
                } else if !may_open(before, objects & 1 == 1) || depth == MAX_DEPTH {
                    return walk;
                }
                depth += 1;
                objects = objects << 1 | u128::from(byte == b'{');
                continue;
            }
            if depth == level {
                let in_order = level > 0 && byte == b']' && before.iter().all(|&byte| is_separator(byte));
                if !in_order {
                    walk.at = before_gap.unwrap_or(walk.at);
                }
                return walk;
            }
            if (objects & 1 == 1) != (byte == b'}') {
                return walk;
            }
            depth -= 1;
            objects >>= 1;
            if depth == level {
                let begin = std::mem::replace(&mut walk.at, at + 1);
                before_gap = Some(begin);
                walk.first_end.get_or_insert(at + 1);
                if wanted < walk.at {
                    before_gap = None;
                    walk.found.push(line.get(begin..=at).unwrap_or_default());
                    wanted = match next(walk.at) {
                        Some(wanted) => wanted,
                        None if WHOLE => {
                            walk.sound = closes(line, walk.at, level, means);
                            return walk;
                        }
                        None => usize::MAX,
                    };
                }
            }
        }
        if odd {
            if depth == level {
                walk.at = before_gap.unwrap_or(walk.at);
            }
            return walk;
        }
        number += 1;
    }
    walk.ran_out = true;
    let rest = line.get(walk.at..).unwrap_or_default();
    if depth == level && (!reach.last || !rest.iter().all(|&byte| is_separator(byte))) {
        walk.at = before_gap.unwrap_or(walk.at);
    }
    walk
}

/// Whether an object is a container of records. Cheap: it is asked of every value.
#[inline(always)]
fn begins_container(text: &[u8]) -> bool {
    let key = match text {
        [b'{', b'"', ..] => text.get(1..),
        _ => text.get(1..).map(<[u8]>::trim_ascii_start),
    };
    key.is_some_and(|key| key.starts_with(b"\"R")) && opening(text).is_some()
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
        let (mut brackets, odd) = strings.outside(&marks, &means.up_to);
        if odd {
            return false;
        }
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
    /// The brackets outside strings, up to a backslash outside strings, and whether there is one.
    #[inline(always)]
    fn outside(&mut self, marks: &Marks, up_to: impl Fn(u64) -> u64) -> (u64, bool) {
        let quotes = marks.quotes & !escaped(marks.backslashes, &mut self.escape);
        let strings = up_to(quotes) ^ self.open;
        self.open = (strings.cast_signed() >> 63).cast_unsigned();
        let odd = marks.backslashes & !strings;
        // All bits below the first; all bits, where there is none.
        let before = (odd & odd.wrapping_neg()).wrapping_sub(1);
        ((marks.opening | marks.closing) & !strings & before, odd != 0)
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
