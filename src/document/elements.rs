//! The elements of a container that stands on one line, found by brackets and quotes alone, 64 bytes at once: those that may hold
//! something are then read, and nobody reads the others. Gives up wherever it sees anything unusual.

use super::beginning::opening;
use crate::json::MAX_DEPTH;

/// Where quotes, backslashes, opening and closing brackets are among 64 bytes, the first lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

/// The elements of `{"Records":[...]}` or `[...]` that are wanted, if that is all there is, every element is an object, and the brackets
/// are in order. An element may be broken in smaller ways: that is for its reader to say.
pub(crate) fn elements(line: &[u8], wanted: impl FnMut(&[u8]) -> bool) -> Option<Vec<&[u8]>> {
    let (from, level) = opening(line)?;
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code)]
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { walk_avx2(line, from, level, wanted) };
    }
    walk(line, from, level, wanted, marks)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn walk_avx2(line: &[u8], from: usize, level: u8, wanted: impl FnMut(&[u8]) -> bool) -> Option<Vec<&[u8]>> {
    walk(line, from, level, wanted, |block| marks_avx2(block))
}

#[inline(always)]
fn walk(
    line: &[u8],
    from: usize,
    level: u8,
    mut wanted: impl FnMut(&[u8]) -> bool,
    marks: impl Fn(&[u8; 64]) -> Marks,
) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    // How many brackets are open, and for each, the innermost lowest, a bit that is set for an object.
    let (mut depth, mut objects) = (level, u128::from(level == 2) << 1);
    // Where the open element begins, or the gap before the next one.
    let (mut begin, mut first) = (from, true);
    // Of the block before: whether it ended in a string (all bits), and behind a backslash (the lowest).
    let (mut in_string, mut escape) = (0_u64, 0_u64);
    let (blocks, rest) = line.get(from..)?.as_chunks::<64>();
    let mut last = [b' '; 64];
    last.get_mut(..rest.len())?.copy_from_slice(rest);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let Marks { mut quotes, backslashes, opening, closing } = marks(block);
        quotes &= !escaped(backslashes, &mut escape);
        let strings = up_to(quotes) ^ in_string;
        in_string = (strings.cast_signed() >> 63).cast_unsigned();
        if backslashes & !strings != 0 {
            return None;
        }
        let mut brackets = (opening | closing) & !strings;
        while brackets != 0 {
            let at = from + number * 64 + brackets.trailing_zeros() as usize;
            let opens = opening & brackets & brackets.wrapping_neg() != 0;
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
            if depth == level {
                let element = line.get(begin..=at)?;
                if wanted(element) {
                    found.push(element);
                }
                begin = at + 1;
            } else if depth < level {
                let gap = line.get(begin..at)?.trim_ascii();
                let behind = line.get(at + 1..)?.trim_ascii();
                let sound = gap.is_empty() && behind == if level == 1 { &b""[..] } else { b"}" };
                return sound.then_some(found);
            }
        }
    }
    None
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(line: &str) -> Option<Vec<String>> {
        let all = elements(line.as_bytes(), |_| true)?;
        Some(all.into_iter().map(|element| String::from_utf8_lossy(element).into_owned()).collect())
    }

    #[test]
    fn gives_the_elements_of_a_container_and_nothing_else() {
        assert_eq!(found(r#"{"Records":[]}"#).unwrap(), [""; 0]);
        assert_eq!(found(" [ {} , {\"a\":[1,{}]} ] ").unwrap(), ["{}", "{\"a\":[1,{}]}"]);
        assert_eq!(
            found(r#"{ "Records" : [{"a":"]}\"{"},{"b":"\\"}] }"#).unwrap(),
            [r#"{"a":"]}\"{"}"#, r#"{"b":"\\"}"#]
        );
        for unusual in [
            "",
            "{",
            "[",
            "[{}",
            "[{}]x",
            "[1]",
            "[{},]",
            "[{}{}]",
            "[,{}]",
            "[{} {}]",
            "[\"\"]",
            "[[]]",
            "[{}}",
            r#"{"Records":[{}]"#,
            r#"{"Records":[{}],"a":1}"#,
            r#"{"records":[{}]}"#,
            r#"{"a":1,"Records":[{}]}"#,
            r#"{"Rec ords":[{}]}"#,
            r#"{"Records ":[{}]}"#,
            r#"[{"a":"]"#,
            r#"[{"a":[}]]"#,
            r#"[{"a":[},"b":{]}]"#,
            r#"[{"a"{}}]"#,
            r#"[{"a":1,{}}]"#,
            r#"[{"a":\"{}"}]"#,
        ] {
            assert_eq!(found(unusual), None, "{unusual}");
        }
    }

    #[test]
    fn only_those_that_are_wanted() {
        let line = br#"[{"a":1},{"b":2},{"a":3}]"#;
        let with_a = elements(line, |element| element[2] == b'a').unwrap();
        assert_eq!(with_a, [&br#"{"a":1}"#[..], br#"{"a":3}"#]);
    }

    proptest! {
        #[test]
        fn marks_are_the_same_with_and_without_vectors(block in proptest::array::uniform32("[\\[\\]{}\"\\\\a;:=-]{2}")) {
            let text = block.concat();
            let block: &[u8; 64] = text.as_bytes().try_into().unwrap();
            let plain = marks(block);
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                let vectors = unsafe { marks_avx2(block) };
                prop_assert_eq!(plain, vectors);
            }
            prop_assert_eq!(plain.quotes.count_ones() as usize, text.matches('"').count());
        }

        /// What is JSON comes apart as it was put together.
        #[test]
        fn comes_apart_as_it_was_put_together(
            texts in proptest::collection::vec("[a\"\\\\{}\\[\\],: é]{0,90}", 0..12),
            records in any::<bool>(),
        ) {
            let all: Vec<String> = texts
                .iter()
                .enumerate()
                .map(|(nth, text)| serde_json::json!({ "x": text, "y": [{}, [nth, { "z": text }]] }).to_string())
                .collect();
            let line = if records { format!("{{\"Records\":[{}]}}", all.join(",")) } else { format!("[{}]", all.join(", ")) };
            prop_assert_eq!(found(&line), Some(all));
        }
    }
}
