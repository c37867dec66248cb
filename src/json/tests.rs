use super::*;

fn skip(text: &str) -> Read<()> {
    let mut cursor = Cursor::new(text.as_bytes());
    cursor.skip()?;
    cursor.end()
}

#[test]
fn accepts_what_serde_json_accepts() {
    let deep = |n| "[".repeat(n) + &"]".repeat(n);
    let texts = [
        "{}",
        "[]",
        "[ ]",
        "{ }",
        r#"{"a":1,"b":[true,false,null]}"#,
        r#"{"a":}"#,
        r#"{"a" 1}"#,
        "[1,]",
        r#"{"a":1,}"#,
        "01",
        "-",
        "-0",
        "1.",
        "1.5e3",
        "1e",
        "1e400",
        "-1e400",
        "1e-400",
        "1E+2",
        "nul",
        "true false",
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\u0041""#,
        r#""\u12g4""#,
        r#""\x""#,
        "\"a\tb\"",
        "\"a",
        "\"a\\",
        "",
        " ",
        "[[]",
        "{]",
        "[}",
        "\u{feff}{}",
        r#"{"a":1 "b":2}"#,
        "[1 2]",
        r#"{1:2}"#,
        r#""\/\b\f\n\r\t\"\\""#,
        ".5",
        "+1",
        "1.0.0",
        "0x10",
        "NaN",
    ];
    let long = ["9".repeat(400), "9".repeat(309), "9".repeat(308), deep(127), deep(128)];
    for text in texts.iter().map(|t| t.to_string()).chain(long) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        assert_eq!(
            skip(&text).is_ok(),
            theirs.is_ok(),
            "{text:?}: ours {:?}, theirs {theirs:?}",
            skip(&text)
        );
    }
}

#[test]
fn decodes_every_escape() {
    let text = r#""a\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00z""#;
    let mut cursor = Cursor::new(text.as_bytes());
    let ours = cursor.string_or_skip().unwrap().unwrap();
    assert_eq!(ours.text(), serde_json::from_str::<String>(text).unwrap());
    assert!(ours.is("a\"\\/\u{8}\u{c}\n\r\tAé€😀z"));
}

#[test]
fn finds_the_first_special_byte_at_every_offset() {
    for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
        for at in 0..40 {
            let mut bytes = vec![0xE9_u8; 48];
            bytes[at] = special;
            bytes[at + 3] = b'"';
            assert_eq!(plain_length(&bytes), at, "{special:#x}");
        }
    }
    assert_eq!(plain_length(&[0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xff, 0xa2]), 9);
}
