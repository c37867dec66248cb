use proptest::prelude::*;

use crate::channels::sms::gsm7::*;
use crate::channels::sms::judges;

#[test]
fn the_alphabet_is_that_of_the_standard() {
    // 128 positions less the escape, line feed and carriage return.
    assert_eq!(BASIC.chars().count(), 125);
    assert_eq!(length("a€[b]"), 1 + 2 + 2 + 1 + 2);
}

#[test]
fn names_stay_names() {
    for (name, folded) in [
        ("müller, Ångström & Ñandú", "müller, Ångström & Ñandu"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
        ("Юлия Щербакова", "Yuliya Shcherbakova"),
        ("Ελένη", "Eleni"),
        ("e\u{301}te\u{301}", "ete"),
        ("“quoted” — ‘so’…", "\"quoted\" - 'so'.."),
        ("ａｄｍｉｎ＠ｘ", "admin@x"),
        ("山田 👍", "?? ?"),
        ("a\r\n\t b\u{a0}c`d", "a b c'd"),
        ("\u{fffd}[31m", "?[31m"),
    ] {
        assert_eq!(fold(name), folded);
    }
}

#[test]
fn cuts_are_between_characters() {
    assert_eq!(cut("abcdef", 6), "abcdef");
    assert_eq!(cut("abcdefg", 6), "abcd..");
    // The fourth septet would be half of the escape pair.
    assert_eq!(cut("abc[efg", 6), "abc..");
    assert_eq!(cut("abcd", 1), "..");
}

#[test]
fn how_much_fits() {
    let a = |count: usize| "a".repeat(count);
    assert!(fits(&a(160), 1) && !fits(&a(161), 1));
    assert!(fits(&"€".repeat(80), 1) && !fits(&"€".repeat(81), 1));
    // Two hold 306, if a word ends where they part.
    assert!(!fits(&a(161), 2));
    assert!(fits(&format!("{} {}", a(152), a(153)), 2));
    assert!(!fits(&format!("{} {}", a(152), a(154)), 2));
    assert!(!fits(&format!("{} {}", a(153), a(152)), 2));
}

proptest! {
    #[test]
    fn what_is_folded_is_in_the_alphabet(text in "\\PC{0,200}|[\\s\\S]{0,200}") {
        let folded = fold(&text);
        prop_assert!(folded.chars().all(|c| septets(c).is_some()), "{folded:?}");
        prop_assert!(!folded.contains("  "));
        prop_assert_eq!(fold(&folded), folded.clone());
        for most in [2, 7, 160] {
            prop_assert!(length(&cut(&folded, most)) <= most);
        }
    }
}

/// Twilio's own calculator, npm `sms-segments-calculator`: it must find every text in GSM-7, as long as we find it, and in as
/// few messages.
#[test]
fn lengths_are_those_of_twilios_calculator() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let any = "[\\s\\S]{0,400}|\\PC{100,330}|[a-z€\\[\\]{}|~^ ]{130,330}|[ -~]{140,330}";
    let any = proptest::string::string_regex(any).unwrap();
    let mut texts: Vec<String> =
        (0..3000).map(|_| fold(&any.new_tree(&mut runner).unwrap().current())).collect();
    texts.extend(["€".repeat(80), "€".repeat(81), "a".repeat(160), "a".repeat(161)]);
    texts.extend(BASIC.chars().chain(EXTENDED.chars()).map(|c| format!("{c}")));
    texts.retain(|text| !text.is_empty());
    let Some(answers) = judges::node("sms_segments.mjs", &serde_json::json!(texts)) else { return };
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), texts.len());
    let (mut one, mut two) = (0, 0);
    for (text, answer) in texts.iter().zip(answers) {
        assert_eq!(answer["encoding"], "GSM-7", "{text:?}");
        assert_eq!(answer["septets"], length(text), "{text:?}");
        let segments = answer["segments"].as_u64().unwrap();
        assert_eq!(fits(text, 1), segments == 1, "{text:?}");
        assert!(!fits(text, 2) || segments <= 2, "{text:?}");
        one += usize::from(segments == 1);
        two += usize::from(fits(text, 2) && segments == 2);
    }
    assert!(one > 100 && two > 100, "{one} {two}");
    println!("{} texts measured by sms-segments-calculator: {one} take one message, {two} two", texts.len());
}
