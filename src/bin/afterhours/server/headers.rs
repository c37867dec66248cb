//! What the head of a request says of its body. Knows headers; the body itself may say otherwise.

use hyper::header::{self, HeaderMap};

/// Whether a body is gzipped, as its headers say; fails with how else it is packed. Each header may be there several times, and
/// name several codings, one upon the other.
pub(super) fn is_gzip(headers: &HeaderMap) -> Result<bool, String> {
    let codings = |name| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let names = values.map(|value| value.to_ascii_lowercase()).collect::<Vec<_>>().join(",");
        let names = names.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "identity"));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    // Taken apart before it comes here; what stands beside it is not.
    let transfer = codings(header::TRANSFER_ENCODING);
    if !matches!(&*transfer, []) && transfer != ["chunked"] {
        return Err(format!("{} (Transfer-Encoding)", transfer.join(", ")));
    }
    let content = codings(header::CONTENT_ENCODING);
    match &*content {
        [] => Ok(false),
        [name] if matches!(&**name, "gzip" | "x-gzip") => Ok(true),
        _ => Err(content.join(", ")),
    }
}

/// Whether a body of this type may be lines or JSON. Hosts name them in many ways, and `curl --data-binary` names a form.
pub(super) fn is_text(kind: &[u8]) -> bool {
    let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
    let (kind, parameters) = kind.split_once(';').unwrap_or((&kind, ""));
    if parameters.contains("utf-16") || parameters.contains("utf-32") {
        return false;
    }
    let kind = kind.trim();
    let (family, name) = kind.split_once('/').unwrap_or((kind, ""));
    match family {
        "" | "text" => true,
        "application" => {
            name.contains("json")
                || matches!(name, "octet-stream" | "x-www-form-urlencoded" | "gzip" | "x-gzip")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn types_that_hosts_send() {
        for kind in [
            "",
            "text/plain",
            "text/plain; charset=utf-8",
            "application/json",
            "Application/X-NDJSON",
            "application/stream+json",
            "application/cloudevents-batch+json",
            "application/jsonlines",
            "application/octet-stream",
        ] {
            assert!(is_text(kind.as_bytes()), "{kind}");
        }
        for kind in [
            "application/msgpack",
            "multipart/form-data",
            "image/png",
            "application/x-protobuf",
            "application",
            "text/plain; charset=UTF-16LE",
        ] {
            assert!(!is_text(kind.as_bytes()), "{kind}");
        }
    }

    #[test]
    fn codings_of_all_headers_count() {
        let read = |fields: &[(HeaderName, &'static str)]| {
            let fields = fields.iter().cloned();
            is_gzip(&fields.map(|(name, value)| (name, HeaderValue::from_static(value))).collect())
        };
        let content = |value| (header::CONTENT_ENCODING, value);
        let transfer = |value| (header::TRANSFER_ENCODING, value);
        assert_eq!(read(&[]), Ok(false));
        assert_eq!(read(&[content("identity"), transfer("Chunked")]), Ok(false));
        assert_eq!(read(&[content("identity, X-GZip")]), Ok(true));
        assert_eq!(read(&[content("identity"), content("gzip")]), Ok(true));
        assert_eq!(read(&[content("gzip"), content("gzip")]), Err("gzip, gzip".to_owned()));
        assert_eq!(read(&[content("zstd"), content("gzip")]), Err("zstd, gzip".to_owned()));
        assert!(read(&[transfer("gzip, chunked")]).unwrap_err().contains("Transfer-Encoding"));
        assert!(read(&[transfer("gzip"), transfer("chunked")]).is_err());
        assert!(read(&[transfer("chunked, chunked")]).is_err(), "only one is taken apart");
    }
}
