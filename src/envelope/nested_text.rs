//! Members of a record that are JSON text where CloudTrail writes an object: tools that make a table of a
//! record do so. Knows which members those are. Knows nothing of what is in them.

use crate::json::Cursor;
use crate::sign_in::OBJECTS;

/// The record with objects in the place of their text; `None` if it has no such text. `record` is sound.
#[cold]
pub(super) fn expanded(record: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut copied = 0;
    let read = Cursor::new(record).object(|cursor, key| {
        let text = cursor.string_or_skip()?;
        let key = key.text();
        let Some(text) = text.filter(|_| OBJECTS.contains(&&*key)) else { return Ok(()) };
        let mut object = Vec::new();
        text.decode_into(&mut object);
        if is_object(&object) {
            // Two quotes stand around what the string says.
            let end = cursor.at();
            let start = end - text.written().len() - 2;
            out.extend_from_slice(record.get(copied..start).unwrap_or_default());
            out.extend_from_slice(&object);
            copied = end;
        }
        Ok(())
    });
    read.ok().filter(|()| copied > 0)?;
    out.extend_from_slice(record.get(copied..)?);
    Some(out)
}

/// Whether a text is an object, also one level deeper than it stands.
fn is_object(text: &[u8]) -> bool {
    let sound = |text: &[u8]| {
        let mut cursor = Cursor::new(text);
        cursor.skip().and_then(|_| cursor.end()).is_ok()
    };
    Cursor::new(text).peek() == Some(b'{') && sound(text) && sound(&[b"[", text, b"]"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_an_object_where_one_is_expected() {
        let expanded = |text: &str| expanded(text.as_bytes()).map(|out| String::from_utf8(out).unwrap());
        assert_eq!(
            expanded(
                r#"{"a":"{}", "responseElements" : "{\"ConsoleLogin\":\"Success\"}" ,"userIdentity":"{ }","additionalEventData":{"x":"{}"}}"#
            )
            .as_deref(),
            Some(
                r#"{"a":"{}", "responseElements" : {"ConsoleLogin":"Success"} ,"userIdentity":{ },"additionalEventData":{"x":"{}"}}"#
            )
        );
        for text in [
            r#"{"responseElements":"x"}"#,
            r#"{"responseElements":"{} {}"}"#,
            r#"{"responseElements":"{},{}"}"#,
            r#"{"responseElements":"[]"}"#,
            r#"{"responseElements":"{"}"#,
            r#"{"responseElements":{"responseElements":"{}"}}"#,
            r#"{"requestParameters":"{}"}"#,
        ] {
            assert_eq!(expanded(text), None, "{text}");
        }
        let deep = |levels: usize| {
            let object = format!("{}{{}}{}", r#"{\"a\":"#.repeat(levels), "}".repeat(levels));
            expanded(&format!(r#"{{"responseElements":"{object}"}}"#))
        };
        assert!(deep(125).is_some() && deep(126).is_none());
    }
}
