//! The search for machines without vector instructions, as a WebAssembly module is for its host: there every step counts, and
//! looking at every byte takes longer than all the rest of a record. Knows two things to look for: the name, and a backslash.

/// What a sign-in's record says somewhere.
pub(super) const NAME: &[u8] = b"ConsoleLogin";

/// How far the search may go on from a byte that stands where the name would end: to where that byte stands in the name, or
/// past it. The last byte itself has no way to go.
const STEPS: [u8; 256] = {
    let mut steps = [NAME.len() as u8; 256];
    let mut i = 0;
    while i < NAME.len() {
        steps[NAME[i] as usize] = (NAME.len() - 1 - i) as u8;
        i += 1;
    }
    steps
};
/// How far on the last byte of the name stands in it once more.
const AGAIN: usize = {
    let mut i = NAME.len() - 1;
    while i > 0 && NAME[i - 1] != NAME[NAME.len() - 1] {
        i -= 1;
    }
    NAME.len() - i
};

/// Whether the name stands in a text (Horspool 1980).
pub(super) fn holds_name(text: &[u8]) -> bool {
    let mut end = NAME.len() - 1;
    while let Some(&byte) = text.get(end) {
        let step = STEPS[usize::from(byte)];
        if step > 0 {
            end += usize::from(step);
        } else if text.get(end + 1 - NAME.len()..=end) == Some(NAME) {
            return true;
        } else {
            end += AGAIN;
        }
    }
    false
}

/// Whether a backslash stands in a text, or bytes that are not ASCII and look like one: eight bytes at once.
pub(super) fn may_hold_backslash(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    // A byte that is a backslash becomes 0, and that less 1 has its highest bit set, as no other ASCII byte has.
    let hits = |word: &[u8; 8]| (u64::from_le_bytes(*word) ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    let (words, rest) = text.as_chunks::<8>();
    let (stretches, words) = words.as_chunks::<4>();
    // Written out, because the module for WebAssembly is compiled for size.
    let fours = stretches.iter().map(|[a, b, c, d]| hits(a) | hits(b) | hits(c) | hits(d));
    let mut all = fours.chain(words.iter().map(hits));
    all.any(|hits| hits & (ONES << 7) != 0) || rest.contains(&b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_wherever_it_stands_and_nothing_else() {
        assert_eq!((STEPS[usize::from(b'n')], AGAIN), (0, 9));
        for before in ["", "C", "Co", "Console", "ConsoleLogi", "nnnnnnnnnnnn", "ogin", "xConsoleLogiConsol"]
        {
            for after in ["", "n", "nConsoleLog", "ConsoleLogi"] {
                let with = format!("{before}ConsoleLogin{after}");
                assert!(holds_name(with.as_bytes()), "{with}");
                let without = format!("{before}ConsoleLogim{after}");
                assert_eq!(holds_name(without.as_bytes()), without.contains("ConsoleLogin"), "{without}");
            }
        }
        assert!(!holds_name(b""));
    }

    #[test]
    fn finds_a_backslash_at_every_place() {
        for length in 0..200 {
            let mut text = vec![b'['; length];
            text.iter_mut().zip(0..).for_each(|(byte, n)| *byte = (n % 92) as u8);
            assert!(!may_hold_backslash(&text));
            for at in 0..length {
                let whole = text[at];
                text[at] = b'\\';
                assert!(may_hold_backslash(&text), "{at} of {length}");
                text[at] = whole;
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn says_what_a_simple_search_says(text in "[ConsleLgim\\\\é]{0,80}") {
            proptest::prop_assert_eq!(holds_name(text.as_bytes()), text.contains("ConsoleLogin"));
            proptest::prop_assert!(may_hold_backslash(text.as_bytes()) || !text.contains('\\'));
        }
    }
}
