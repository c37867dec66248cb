//! Text for a reader that takes only UTF-8, made of bytes that may be none, and the bytes again.

use serde_json::Value;

/// Stands for byte 0 where a byte is not UTF-8; the others follow it. Private characters, which no log has.
const STAND_IN: u32 = 0x10_FE00;

/// The text with a stand-in for every byte that is not UTF-8.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|&byte| char::from_u32(STAND_IN + u32::from(byte))));
    }
    text
}

/// The bytes that a part of such a text stands for.
pub(super) fn restored(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(STAND_IN).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// Has the strings of a value say what people are shown of them: a byte that is not UTF-8 has no stand-in
/// in the tag.
pub(super) fn shown(value: &mut Value) {
    match value {
        Value::String(text) if text.chars().any(|c| u32::from(c) >= STAND_IN) => {
            *text = String::from_utf8_lossy(&restored(text)).into_owned();
        }
        Value::Array(values) => values.iter_mut().for_each(shown),
        Value::Object(map) => map.values_mut().for_each(shown),
        _ => {}
    }
}
