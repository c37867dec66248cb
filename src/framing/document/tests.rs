use super::*;
use crate::framing::detect::spans_lines;

/// What comes out of all documents of a text, and what is left where none is.
fn split(text: &str, step: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut splitter = Splitter::new(40);
    let mut over = None;
    for (i, part) in text.as_bytes().chunks(step).enumerate() {
        let end = splitter.feed(part, &mut |piece| out.push(shown(&piece)));
        if let Some(end) = end {
            over = Some(i * step + end);
            break;
        }
    }
    match over {
        Some(end) if !text[end..].trim().is_empty() => out.push(format!("+{}", text[end..].trim())),
        Some(_) => {}
        None => splitter.end(&mut |piece| out.push(shown(&piece))),
    }
    out
}

fn shown(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Element(text) => String::from_utf8_lossy(text).into_owned(),
        Piece::Damaged(text, why) => format!("!{} ({why})", String::from_utf8_lossy(text)),
    }
}

#[test]
fn takes_documents_apart_in_parts_of_every_size() {
    let truncated = "(the text ends inside a record or a container of records)";
    let broken = "(JSON that breaks off)";
    let cases: Vec<(&str, Vec<String>)> = vec![
        (
            r#"{"Records":[{"a":1},{"b":"]}\"{"} , {"c":{"d":[]}}]}"#,
            vec![r#"{"a":1}"#.into(), r#"{"b":"]}\"{"}"#.into(), r#"{"c":{"d":[]}}"#.into()],
        ),
        ("{ \"Records\" :\n[\n{\"a\":\n1}\n]\n,\"x\":{\"y\":[\"}\"]}}\n", vec!["{\"a\":\n1}".into()]),
        (r#"[{"a":1},[2],"{",3,{"b":2}]"#, vec![r#"{"a":1}"#.into(), "[2]".into(), r#"{"b":2}"#.into()]),
        ("{\"Record\":[1]}\n{}", vec![r#"{"Record":[1]}"#.into(), "+{}".into()]),
        (r#"{"Records":{}}"#, vec![r#"{"Records":{}}"#.into()]),
        (r#"{ "Records" : 1}"#, vec![r#"{ "Records" : 1}"#.into()]),
        ("{ }", vec!["{ }".into()]),
        (r#"{"R\"x":[1]}"#, vec![r#"{"R\"x":[1]}"#.into()]),
        ("\x0c[{\"a\":\x0c{}},{}]", vec!["{\"a\":\x0c{}}".into(), "{}".into()]),
        ("[]", vec![]),
        (r#"{"Records":[]}"#, vec![]),
        (r#"{"Records":[{"a":1},{"b"#, vec![r#"{"a":1}"#.into(), format!(r#"!{{"b {truncated}"#)]),
        (r#"{"Records":[{"a":1}"#, vec![r#"{"a":1}"#.into(), format!("! {truncated}")]),
        ("[{\"a\":\"x\ny\"},{}]", vec![format!("!{{\"a\":\"x {broken}"), "+y\"},{}]".into()]),
        ("[1] x", vec!["+x".into()]),
        ("x\n{}", vec![format!("!x {broken}"), "+{}".into()]),
        // The first line of something else, truncated: the lines behind it are not swallowed.
        ("{\n{\"a\":1}\n{}", vec![format!("!{{ {broken}"), "+{\"a\":1}\n{}".into()]),
        ("[\n{\"a\":1}\n{\"b\":2}\n", vec!["{\"a\":1}".into(), format!("! {broken}"), "+{\"b\":2}".into()]),
        ("{\"Records\":[\n]\n{\"a\":1}\n", vec![format!("! {broken}"), "+{\"a\":1}".into()]),
        ("[\n}\n{}\n", vec![format!("! {broken}"), "+}\n{}".into()]),
        ("[\n{\"a\":]}\n{}\n", vec![format!("!{{\"a\":]}} {broken}"), "+{}".into()]),
    ];
    for (text, wanted) in cases {
        for step in [1000, 7, 3, 2, 1] {
            let mut got = split(text, step);
            // With the line's beginning in an earlier part, the line counts as begun.
            if step < 1000 && wanted.iter().any(|piece| piece.ends_with(broken)) {
                let kept = |pieces: &[String]| pieces.iter().filter(|p| !p.starts_with(['!', '+'])).count();
                assert_eq!(kept(&got), kept(&wanted), "{text:?} in steps of {step}");
                got.clone_from(&wanted);
            }
            assert_eq!(got, wanted, "{text:?} in steps of {step}");
        }
    }
}

#[test]
fn an_element_that_is_too_long_is_damaged_and_its_neighbours_are_not() {
    let text = format!(r#"[{{"a":1}},{{"b":"{}"}},{{"c":3}}]"#, "x".repeat(50));
    for step in [1, 5, 1000] {
        let got = split(&text, step);
        assert_eq!((got.len(), &*got[0], &*got[2]), (3, r#"{"a":1}"#, r#"{"c":3}"#));
        assert!(got[1].ends_with("(a record longer than allowed)"), "{}", got[1]);
    }
}

#[test]
fn knows_a_document_by_its_first_line() {
    for yes in ["{", "[", " [ ", "{\"Records\":[", "{\"Records\": [ {", "[{", "[{\"a\":1},"] {
        assert!(spans_lines(yes.as_bytes()), "{yes}");
    }
    for no in
        ["", "{}", "[]", "{\"a\":", "{\"a\":1},", "{\"a\":1}", "{\"eventName\":\"Con", "[{\"a\":1}]", "x["]
    {
        assert!(!spans_lines(no.as_bytes()), "{no}");
    }
}

#[test]
fn knows_a_container_by_its_beginning() {
    for yes in ["[", " [{", "{\"Records\":[{", "{ \"Records\" : [ "] {
        assert!(starts_container(yes.as_bytes()), "{yes}");
    }
    for no in ["", "{", "{\"Rec ords\":[", "{\"Records \":[", "{\"Records\":{", "{\"records\":["] {
        assert!(!starts_container(no.as_bytes()), "{no}");
    }
}
