//! The tag as documented, and the bytes of a record without the tag.

/// The fields of the tag of a sign-in evaluated by the one schedule of the command line.
pub struct Tag<'a> {
    pub verdict: &'a str,
    pub reason: &'a str,
    pub local_time: &'a str,
    pub time_zone: &'a str,
    pub outcome: &'a str,
    /// `true`, `false` or `null`.
    pub mfa: &'a str,
    /// `-` for nobody that is known.
    pub person: &'a str,
    /// `-` for none.
    pub role: &'a str,
}

impl Tag<'_> {
    /// The object, keys in the documented order.
    pub fn text(&self) -> String {
        let Tag { verdict, reason, local_time, time_zone, outcome, mfa, person, role } = self;
        let named = |name: &str| if name == "-" { "null".to_owned() } else { format!("\"{name}\"") };
        format!(
            concat!(
                r#"{{"verdict":"{}","reason":"{}","severity":"low","schedule":"default","rule":null,"#,
                r#""local_time":"{}","time_zone":"{}","outcome":"{}","mfa":{},"person":{},"role":{}}}"#
            ),
            verdict,
            reason,
            local_time,
            time_zone,
            outcome,
            mfa,
            named(person),
            named(role)
        )
    }
}

/// `record` with the tag before its last brace, and no other change.
pub fn tagged(record: &[u8], name: &str, tag: &str) -> Vec<u8> {
    let brace = record.iter().rposition(|&byte| byte == b'}').unwrap();
    let (head, rest) = record.split_at(brace);
    [head, format!(",\"{name}\":{tag}").as_bytes(), rest].concat()
}

/// The record without its tag, and the text of the tag; `None` when the line has no tag of that
/// name at its end.
pub fn split_named(line: &[u8], name: &str) -> Option<(Vec<u8>, String)> {
    let opening = format!(",\"{name}\":{{\"verdict\":");
    let start = line.windows(opening.len()).rposition(|window| window == opening.as_bytes())?;
    let tag_start = start + name.len() + 4;
    let tag_end = tag_start + line[tag_start..].iter().position(|&byte| byte == b'}')? + 1;
    let after = &line[tag_end..];
    if after.trim_ascii() != b"}" {
        return None;
    }
    let tag = std::str::from_utf8(&line[tag_start..tag_end]).ok()?;
    Some(([&line[..start], after].concat(), tag.to_owned()))
}

/// As `split_named`, for the default name. Fails when there is no tag.
#[track_caller]
pub fn split(line: &[u8]) -> (Vec<u8>, String) {
    split_named(line, "after_hours")
        .unwrap_or_else(|| panic!("no tag at the end: {}", String::from_utf8_lossy(line)))
}

/// One member of a tag; absent members fail.
#[track_caller]
pub fn member(tag: &str, key: &str) -> serde_json::Value {
    let tag: serde_json::Value = serde_json::from_str(tag).unwrap();
    tag.get(key).unwrap_or_else(|| panic!("no {key} in {tag}")).clone()
}

/// The records of tagged lines, without their tags.
#[track_caller]
pub fn untagged(lines: &[&[u8]]) -> Vec<String> {
    lines.iter().map(|line| String::from_utf8_lossy(&split(line).0).into_owned()).collect()
}

/// JSON text without the white space between its tokens; strings and numbers as they are.
pub fn minified(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for &byte in json {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            out.push(byte);
        } else if !byte.is_ascii_whitespace() {
            in_text = byte == b'"';
            out.push(byte);
        }
    }
    out
}
