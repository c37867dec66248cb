use super::*;

/// What comes out of a text, fed in steps, and what is left behind the one value that was asked for.
fn read(text: &str, step: usize, one: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut reader = ValueReader::new(60, 1).every(true);
    if one {
        reader = reader.one();
    }
    let mut pending = Vec::new();
    let bytes = text.as_bytes();
    let mut fed = 0;
    loop {
        let next = (fed + step).min(bytes.len());
        pending.extend_from_slice(&bytes[fed..next]);
        fed = next;
        let last = fed == bytes.len();
        let each: Each<'_> = &mut |line, piece| out.push(format!("{line} {}", shown(&piece)));
        let Progress { done, over } = reader.read(&pending, last, &Prefilter::default(), each);
        pending.drain(..done);
        if over {
            let rest = [&pending, &bytes[fed..]].concat();
            let rest = String::from_utf8_lossy(&rest);
            if !rest.trim().is_empty() {
                out.push(format!("+{}", rest.trim()));
            }
            return out;
        }
        if last {
            return out;
        }
    }
}

fn shown(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Value { text, .. } => String::from_utf8_lossy(text).into_owned(),
        Piece::Damaged { text, .. } => format!("!{}", String::from_utf8_lossy(text).trim()),
        Piece::TooLong(skipped) => format!("!too long: {}", skipped.length()),
    }
}

#[test]
fn reads_values_one_behind_another_in_parts_of_every_size() {
    let cases: Vec<(&str, Vec<&str>)> = vec![
        (r#"{"a":1}{"b":2}"#, vec![r#"1 {"a":1}"#, r#"1 {"b":2}"#]),
        ("{} ,\t{}\r\n\u{1e}{\"c\":[]}", vec!["1 {}", "1 {}", "2 {\"c\":[]}"]),
        (r#"[{"a":1},{"b":2}]{"c":3}"#, vec![r#"1 {"a":1}"#, r#"1 {"b":2}"#, r#"1 {"c":3}"#]),
        (
            r#"{"Records":[{"a":1}],"x":{"y":"]}"}}{"Records":[{"b":"]}\"{"},{"c":{"d":[]}}]}"#,
            vec![r#"1 {"a":1}"#, r#"1 {"b":"]}\"{"}"#, r#"1 {"c":{"d":[]}}"#],
        ),
        ("{ \"Records\" :\n[\n{\"a\":\n1}\n]\n}\n", vec!["3 {\"a\":\n1}"]),
        (r#"["{\"a\":1}",1,null]"#, vec![r#"1 "{\"a\":1}""#, "1 1", "1 null"]),
        (r#"{"Records":{}}{"Record":[1]}"#, vec![r#"1 {"Records":{}}"#, r#"1 {"Record":[1]}"#]),
        ("[]", vec![]),
        ("\u{feff}{}\u{feff}{}", vec!["1 {}", "1 {}"]),
        // Damage costs the value it hits.
        (r#"[{"a":1}{"b":2},{"c":3}]"#, vec![r#"1 {"a":1}"#, r#"1 {"b":2}"#, r#"1 {"c":3}"#]),
        (
            r#"[{"a":1},{"b:2},{"c":3},{"d":4}]"#,
            vec![r#"1 {"a":1}"#, r#"1 !{"b:2},"#, r#"1 {"c":3}"#, r#"1 {"d":4}"#],
        ),
        (r#"{"a":1}{"b":x}{"c":3}"#, vec![r#"1 {"a":1}"#, r#"1 !{"b":x}"#, r#"1 {"c":3}"#]),
        (
            r#"{"Records":[{"eventVersion":"1","us{"eventVersion":"2"},{"eventVersion":"3"}]}"#,
            vec![r#"1 !{"eventVersion":"1","us"#, r#"1 {"eventVersion":"2"}"#, r#"1 {"eventVersion":"3"}"#],
        ),
        (r#"{"Records":[{"a":1},{"b"#, vec![r#"1 {"a":1}"#, r#"1 !{"b"#]),
        (r#"{"Records":[{"a":1}"#, vec![r#"1 {"a":1}"#, "1 !"]),
        ("x {\"eventName\":1}\n{}", vec!["1 !x", "1 {\"eventName\":1}", "2 {}"]),
        ("{\"a\":\"x\n{\"b\":1}\n", vec!["1 !{\"a\":\"x", "2 {\"b\":1}"]),
    ];
    for (text, wanted) in cases {
        for step in [1000, 7, 3, 2, 1] {
            assert_eq!(read(text, step, false), wanted, "{text:?} in steps of {step}");
        }
    }
}

#[test]
fn reads_one_value_that_spans_lines() {
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("{\n\"a\":1\n}\n{\"b\":2}\n", vec!["1 {\n\"a\":1\n}", "+{\"b\":2}"]),
        ("[\n{\"a\":1},\n{\"b\":2}\n]\nx\n", vec!["2 {\"a\":1}", "3 {\"b\":2}", "+x"]),
        // The first line of something else, truncated: the lines behind it are not swallowed.
        ("{\"a\":1,\n{\"b\":2}\n{\"c\":3}\n", vec!["1 !{\"a\":1,", "+{\"b\":2}\n{\"c\":3}"]),
        ("{\"a\":\n{\"b\":2}\n{\"c\":3}\n", vec!["1 !{\"a\":", "+{\"b\":2}\n{\"c\":3}"]),
        ("{\"a\":1,\nplain text\n{\"c\":3}\n", vec!["1 !{\"a\":1,", "+plain text\n{\"c\":3}"]),
    ];
    for (text, wanted) in cases {
        for step in [1000, 7, 2, 1] {
            assert_eq!(read(text, step, true), wanted, "{text:?} in steps of {step}");
        }
    }
}

#[test]
fn a_value_that_is_too_long_costs_nothing_else() {
    let text = format!(r#"[{{"a":1}},{{"b":"}}{}"}},{{"c":3}}]"#, "x".repeat(90));
    for step in [1, 5, 1000] {
        let got = read(&text, step, false);
        assert_eq!(got, [r#"1 {"a":1}"#, "1 !too long: 99", r#"1 {"c":3}"#], "in steps of {step}");
    }
}

proptest::proptest! {
    /// Values, and separators between them, come out as they went in, whatever the steps; so do
    /// those that the brackets alone are looked at of.
    #[test]
    fn nothing_is_lost_between_values(
        values in proptest::collection::vec(r#"\{"(a|eventName)":("[x{}\[\]é]{0,9}"|[1-9]{1,3}|\[\]|\{"b":\{\}\})\}"#, 1..9),
        separators in proptest::collection::vec("[ ,\t\r\n\u{1e}]{0,2}", 9),
        container in proptest::bool::ANY,
        step in 1..200_usize,
    ) {
        let mut text = String::new();
        for (value, separator) in values.iter().zip(&separators) {
            text += value;
            text += separator;
        }
        if container {
            text = format!("{{\"Records\":[{text}]}}");
        }
        let strip = |lines: Vec<String>| -> Vec<String> {
            lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
        };
        proptest::prop_assert_eq!(&strip(read(&text, step, false)), &values);
        // Only those that are looked for.
        let named: Vec<String> = values.iter().map(|v| v.replace("eventName", "ConsoleLogin")).collect();
        let text = text.replace("eventName", "ConsoleLogin");
        let mut out = Vec::new();
        let each: Each<'_> = &mut |line, piece| out.push(format!("{line} {}", shown(&piece)));
        ValueReader::new(60, 1).read(text.as_bytes(), true, &Prefilter::default(), each);
        let wanted: Vec<String> = named.into_iter().filter(|v| v.contains("ConsoleLogin")).collect();
        proptest::prop_assert_eq!(strip(out), wanted);
    }
}

#[test]
fn goes_by_brackets_past_what_nobody_wants_and_past_damage() {
    let wanted = r#"{"x":"ConsoleLogin"}"#;
    for (text, count) in [
        (format!("[{wanted},{{\"a\":1}}\n{wanted}\n"), 2),
        (format!("{wanted}{{\"a\":1}}{wanted}{{\"b\":[{{}}]}}"), 2),
        (format!("[{wanted},{{\"b\":'x',\"x\":\"ConsoleLogin\"}},{wanted}]}}"), 2),
    ] {
        let mut out = Vec::new();
        let each: Each<'_> = &mut |line, piece| out.push(format!("{line} {}", shown(&piece)));
        ValueReader::new(600, 1).read(text.as_bytes(), true, &Prefilter::default(), each);
        let whole = out.iter().filter(|piece| piece.ends_with(wanted)).count();
        assert_eq!(whole, count, "{text}: {out:?}");
    }
}
