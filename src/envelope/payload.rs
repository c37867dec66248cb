//! Base64 and gzip in a text, as Kinesis, Firehose and CloudWatch Logs subscriptions send records.
//! Knows nothing of what is inside.
//!
//! Only what begins as a JSON object (`eyJ`) or as gzip (`H4sI`) is unpacked, which is what the
//! prefilter looks for. Gzip is not unpacked in the WebAssembly module.

use crate::json::Error;

/// A payload never becomes larger than this.
const MOST: usize = 64 * 1024 * 1024;
/// From this size on, a payload never becomes larger than [`RATIO`] times the text it came from.
const SMALL: usize = 1024 * 1024;
const RATIO: usize = 200;

/// Whether a text begins as a packed record does.
pub(crate) fn looks_packed(text: &[u8]) -> bool {
    text.starts_with(b"eyJ") || text.starts_with(b"H4sI")
}

/// What is in a text that looks packed; `None` if it is not base64.
///
/// # Errors
/// Gzip that is damaged, or that would become too large.
pub(crate) fn unpack(text: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let Some(bytes) = decode(text) else { return Ok(None) };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return gunzip(&bytes, MOST.min(SMALL.max(RATIO * bytes.len())));
    }
    Ok(Some(bytes))
}

/// Base64 in the standard alphabet or that of URLs, with or without padding and line breaks.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let digits = text.get(..text.len() - padding)?;
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    let (mut group, mut count) = (0_u32, 0);
    for &byte in digits {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\r' | b'\n' => continue,
            _ => return None,
        };
        group = group << 6 | u32::from(six);
        count += 1;
        if count == 4 {
            let [_, bytes @ ..] = group.to_be_bytes();
            out.extend_from_slice(&bytes);
            (group, count) = (0, 0);
        }
    }
    match (count, padding) {
        (0, 0) => {}
        (2, 0 | 2) => out.push((group >> 4) as u8),
        (3, 0 | 1) => out.extend_from_slice(&[(group >> 10) as u8, (group >> 2) as u8]),
        _ => return None,
    }
    Some(out)
}

#[cfg(not(target_family = "wasm"))]
fn gunzip(bytes: &[u8], most: usize) -> Result<Option<Vec<u8>>, Error> {
    use std::io::Read as _;
    let mut out = Vec::new();
    let read = flate2::bufread::MultiGzDecoder::new(bytes).take(most as u64 + 1).read_to_end(&mut out);
    match read {
        Ok(_) if out.len() > most => Err(Error {
            what: "a gzip payload that becomes too large (64 MiB, or 200 times its size)",
            at: 0,
        }),
        Ok(_) => Ok(Some(out)),
        Err(_) => Err(Error { what: "a gzip payload that is damaged or incomplete", at: 0 }),
    }
}

#[cfg(target_family = "wasm")]
fn gunzip(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, Error> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reads_what_another_library_writes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for text in [STANDARD.encode(&bytes), STANDARD_NO_PAD.encode(&bytes), URL_SAFE.encode(&bytes)] {
                prop_assert_eq!(decode(text.as_bytes()), Some(bytes.clone()));
            }
        }

        #[test]
        fn refuses_what_another_library_refuses(text in "[A-Za-z0-9+/=.]{0,12}") {
            // The last digit may carry bits that are not used: ours ignores them.
            let lenient = base64::engine::GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
            let theirs = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
            let whole = !text.contains('=') || text.len() % 4 == 0;
            if whole {
                prop_assert_eq!(decode(text.as_bytes()), theirs.decode(&text).ok(), "{}", text);
            }
        }
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unpacks_gzip_and_names_what_is_damaged_or_too_large() {
        let unpacked = |bytes: &[u8]| unpack(STANDARD.encode(bytes).as_bytes());
        let packed = gzipped(b"{\"a\":1}");
        assert_eq!(unpacked(&packed), Ok(Some(b"{\"a\":1}".to_vec())));
        let both = [packed.clone(), packed.clone()].concat();
        assert_eq!(unpacked(&both), Ok(Some(b"{\"a\":1}{\"a\":1}".to_vec())));
        assert!(unpacked(&packed[..packed.len() - 9]).unwrap_err().what.contains("damaged"));
        let zeros = vec![b'0'; 2 << 20];
        assert!(unpacked(&gzipped(&zeros)).unwrap_err().what.contains("too large"));
        assert_eq!(unpacked(&gzipped(&zeros[..1 << 20])), Ok(Some(zeros[..1 << 20].to_vec())));
    }
}
