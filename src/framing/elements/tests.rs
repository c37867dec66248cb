use proptest::prelude::*;

use super::*;

fn found(line: &str) -> Option<Vec<String>> {
    // Whatever stands there is wanted.
    let next = |from| (!line[from..].trim_start().starts_with(']')).then_some(from);
    let all = elements(line.as_bytes(), next)?;
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
fn only_those_in_which_something_is() {
    let line = br#"[{"a":1},{"b":2},{"a":3},{"b":{"c":[]}}]"#;
    let with = |byte: u8| elements(line, |from| memchr::memchr(byte, &line[from..]).map(|at| from + at));
    assert_eq!(with(b'a').unwrap(), [&br#"{"a":1}"#[..], br#"{"a":3}"#]);
    assert_eq!(with(b'x').unwrap(), [&b""[..]; 0]);
    assert_eq!(with(b']'), None, "not in an element");
}

#[test]
fn counts_brackets_behind_the_last_one() {
    let count = |line: &str| {
        elements(line.as_bytes(), |from| line[from..].find('!').map(|at| from + at)).map(|found| found.len())
    };
    for behind in ["]", " ] ", ",{\"b\":\"]}\\\"\"}]", ",{\"a\":[}}]", ",7,]", ",[[[{}]]],\"a\\\\\"]"] {
        assert_eq!(count(&format!("[{{\"!\":1}}{behind}")), Some(1), "{behind}");
        assert_eq!(count(&format!("{{\"Records\":[{{\"!\":1}}{behind} }}\t")), Some(1), "{behind}");
    }
    for behind in ["", ",{]", ",{\"a\":\"x]", "]]", "],[{}]", "}}", "]x", ",\\\"{}\"]", "],\"a\":[]"] {
        assert_eq!(count(&format!("[{{\"!\":1}}{behind}")), None, "{behind}");
        assert_eq!(count(&format!("{{\"Records\":[{{\"!\":1}}{behind}}}")), None, "{behind}");
    }
    assert_eq!(count(r#"{"Records":[{"!":1}]"#), None);
}

proptest! {
    #[test]
    fn marks_are_the_same_with_and_without_vectors(block in proptest::array::uniform32("[\\[\\]{}\"\\\\a;:=-]{2}")) {
        let text = block.concat();
        let block: &[u8; 64] = text.as_bytes().try_into().unwrap();
        let plain = marks(block);
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                let vectors = unsafe { marks_avx2(block) };
                prop_assert_eq!(plain, vectors);
            }
            if has!("avx512bw") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                let vectors = unsafe { marks_avx512(block) };
                prop_assert_eq!(plain, vectors);
            }
            if has!("pclmulqdq") {
                #[expect(unsafe_code)]
                // SAFETY: the processor has what the function is compiled for.
                let multiplied = unsafe { up_to_clmul(plain.quotes) };
                prop_assert_eq!(up_to(plain.quotes), multiplied);
            }
        }
        prop_assert_eq!(plain.quotes.count_ones() as usize, text.matches('"').count());
    }

    /// Counted in blocks as one by one.
    #[test]
    fn closes_where_the_brackets_say(text in "[{}\\[\\] ]{0,300}") {
        let (mut depth, mut end) = (0, None);
        for (at, c) in text.char_indices() {
            depth += match c { '{' | '[' => 1, '}' | ']' => -1, _ => 0 };
            if depth < 0 {
                end = Some(at);
                break;
            }
        }
        let sound = end.is_some_and(|at| text[at..].trim_end() == "]");
        prop_assert_eq!(elements(format!("[{text}").as_bytes(), |_| None).is_some(), sound);
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
