//! What an input is, by how it begins.

/// How a CloudTrail log file begins.
pub(crate) const RECORDS: &[u8] = b"{\"Records\":[";
/// What is matched of it inside the key, where no space may stand.
pub(crate) const RECORDS_KEY: std::ops::Range<usize> = 2..10;

/// What a text in UTF-8 may begin with.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text without the mark it may begin with.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Whether a line begins as a container whose elements can be handed out one by one.
pub fn starts_container(text: &[u8]) -> bool {
    opening(text).is_some()
}

/// Where the first element of a container may begin, and how many brackets are open there.
pub(crate) fn opening(text: &[u8]) -> Option<(usize, u8)> {
    let mut matched = 0;
    for (at, &byte) in text.iter().enumerate() {
        match RECORDS.get(matched)? {
            b'{' if byte == b'[' => return Some((at + 1, 1)),
            b'[' if byte == b'[' => return Some((at + 1, 2)),
            &wanted if byte == wanted => matched += 1,
            // Not inside the key, which is another one then.
            _ if !RECORDS_KEY.contains(&matched) && byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    None
}

/// Whether the first line of an input shows that its values span several lines: it only opens brackets (`{`, `[`,
/// `{"Records": [`), or it begins an array that does not end on it.
///
/// A truncated NDJSON line ends anywhere but there, so it is never mistaken for the beginning of a document.
pub fn spans_lines(first_line: &[u8]) -> bool {
    let line = first_line.trim_ascii();
    match (line.first(), line.last()) {
        (Some(b'{' | b'['), Some(b'{' | b'[')) => line.len() <= 64,
        (Some(b'['), Some(b',')) => true,
        _ => false,
    }
}

/// The same of the first line of a block. Of a line that begins with a bracket and is long, its end is not looked for.
pub(crate) fn begins_spanning(block: &[u8]) -> bool {
    if let Some(first) = block.first_chunk::<128>()
        && first[0] == b'{'
        && !first.contains(&b'\n')
        && !first[64..].trim_ascii().is_empty()
    {
        return false;
    }
    spans_lines(&block[..memchr::memchr(b'\n', block).unwrap_or(block.len())])
}
