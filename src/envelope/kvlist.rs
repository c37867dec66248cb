//! Records as OpenTelemetry keeps them where a collector parsed them: lists of keys and typed values.
//! Writes the JSON that they stand for. Knows nothing of what it says.

use crate::json::Cursor;

/// The key whose value is such a list.
pub(crate) const KEY: &[u8] = b"kvlistValue";

/// A bracket that is open.
enum Frame {
    /// A typed value: `{"stringValue":"x"}`. It may say nothing, which is null.
    Any { written: bool },
    /// The object around a list of values, or of keys and values.
    List { keyed: bool },
    /// The list itself.
    Items { keyed: bool, any: bool },
    /// A key and its value: `{"key":"a","value":{…}}`.
    Pair { key: bool, value: bool },
}

/// The JSON object that a list of keys and values stands for; `None` if it is not one.
#[cold]
pub(super) fn object_of(list: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(list);
    let mut out = Vec::with_capacity(list.len());
    let mut frames = vec![Frame::List { keyed: true }];
    let mut tokens = Tokens { text: list, at: 0 };
    (cursor.peek() == Some(b'{') && tokens.next()? == b"{").then_some(())?;
    out.push(b'{');
    while let Some(frame) = frames.last_mut() {
        let token = tokens.next()?;
        let open = match (frame, token) {
            (_, b",") => continue,
            (Frame::Any { written }, b"}") => {
                if !*written {
                    out.extend_from_slice(b"null");
                }
                None
            }
            (Frame::Any { written: written @ false }, name) => {
                *written = true;
                match name {
                    b"\"arrayValue\"" | b"\"kvlistValue\"" => {
                        (tokens.value()? == b"{").then_some(())?;
                        let keyed = name == b"\"kvlistValue\"";
                        out.push(if keyed { b'{' } else { b'[' });
                        Some(Frame::List { keyed })
                    }
                    b"\"intValue\"" => {
                        let value = tokens.value()?;
                        out.extend_from_slice(value.trim_ascii().strip_prefix(b"\"").map_or(value, digits));
                        continue;
                    }
                    b"\"stringValue\"" | b"\"bytesValue\"" | b"\"doubleValue\"" | b"\"boolValue\"" => {
                        out.extend_from_slice(
                            tokens.value().filter(|value| *value != b"{" && *value != b"[")?,
                        );
                        continue;
                    }
                    _ => return None,
                }
            }
            (Frame::List { keyed }, b"}") => {
                out.push(if *keyed { b'}' } else { b']' });
                None
            }
            (Frame::List { keyed }, b"\"values\"") => {
                (tokens.value()? == b"[").then_some(())?;
                Some(Frame::Items { keyed: *keyed, any: false })
            }
            (Frame::Items { .. }, b"]") => None,
            (Frame::Items { keyed, any }, b"{") => {
                if std::mem::replace(any, true) {
                    out.push(b',');
                }
                let pair = Frame::Pair { key: false, value: false };
                Some(if *keyed { pair } else { Frame::Any { written: false } })
            }
            (Frame::Pair { value, key }, b"}") => {
                (*key).then_some(())?;
                if !*value {
                    out.extend_from_slice(b"null");
                }
                None
            }
            (Frame::Pair { key: key @ false, .. }, b"\"key\"") => {
                *key = true;
                out.extend_from_slice(tokens.value().filter(|value| value.starts_with(b"\""))?);
                out.push(b':');
                continue;
            }
            (Frame::Pair { key: true, value: value @ false }, b"\"value\"") => {
                *value = true;
                (tokens.value()? == b"{").then_some(())?;
                Some(Frame::Any { written: false })
            }
            _ => return None,
        };
        match open {
            Some(frame) => frames.push(frame),
            None => drop(frames.pop()),
        }
    }
    Some(out)
}

/// A number in quotes, without them.
fn digits(quoted: &[u8]) -> &[u8] {
    quoted.strip_suffix(b"\"").unwrap_or(quoted)
}

/// Brackets, commas, strings and scalars, one after the other.
struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Tokens<'t> {
    fn next(&mut self) -> Option<&'t [u8]> {
        let rest = self.text.get(self.at..)?;
        let mut cursor = Cursor::new(rest);
        let token = match cursor.peek()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => rest.get(cursor.at()..cursor.at() + 1)?,
            _ => cursor.skip().ok()?,
        };
        self.at += match token {
            [b'{' | b'}' | b'[' | b']' | b',' | b':'] => cursor.at() + 1,
            _ => cursor.at(),
        };
        Some(token)
    }

    /// What stands behind the colon.
    fn value(&mut self) -> Option<&'t [u8]> {
        (self.next()? == b":").then(|| self.next())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_object_that_the_list_stands_for() {
        for (list, wanted) in [
            (r#"{"values":[]}"#, Some("{}")),
            (r#"{}"#, Some("{}")),
            (
                r#"{ "values": [{"key":"a\"","value":{"stringValue":"x\n"}}, {"key":"b","value":{"intValue":"-12"}}] }"#,
                Some(r#"{"a\"":"x\n","b":-12}"#),
            ),
            (
                r#"{"values":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"b","value":{"boolValue":true}}]}}}]}"#,
                Some(r#"{"a":{"b":true}}"#),
            ),
            (
                r#"{"values":[{"key":"a","value":{"arrayValue":{"values":[{"doubleValue":1.5},{},{"stringValue":"s"}]}}}]}"#,
                Some(r#"{"a":[1.5,null,"s"]}"#),
            ),
            (r#"{"values":[{"key":"a"},{"key":"b","value":{}}]}"#, Some(r#"{"a":null,"b":null}"#)),
            (r#"{"values":[{"value":{"stringValue":"x"},"key":"a"}]}"#, None),
            (r#"{"values":[{"key":"a","value":"x"}]}"#, None),
            (r#"{"values":[{"key":"a","value":{"otherValue":"x"}}]}"#, None),
            (r#"{"values":["#, None),
            (r#"[]"#, None),
            ("", None),
        ] {
            let object = object_of(list.as_bytes()).map(|object| String::from_utf8(object).unwrap());
            assert_eq!(object.as_deref(), wanted, "{list}");
        }
    }

    #[test]
    fn deep_lists_need_no_stack() {
        let list = r#"{"values":[{"key":"a","value":{"kvlistValue":"#.repeat(100_000);
        assert_eq!(object_of(list.as_bytes()), None);
    }
}
