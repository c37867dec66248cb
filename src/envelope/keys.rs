//! The keys under which records stand. Knows their names and the order in which they are tried. Knows
//! no bytes of a line.

/// Keys whose arrays hold records, texts, or envelopes; in the order in which they are tried.
///
/// All keys are compared without regard to case, and one `_` or `@` in front of them does not count:
/// `message` stands for `Message`, `MESSAGE` and `@message`.
const CONTAINERS: [&str; 17] = [
    "records",
    "logevents",
    "events",
    "messages",
    "results",
    "queryresultrows",
    "resourcelogs",
    "scopelogs",
    "logrecords",
    "hits",
    "rows",
    "streams",
    "values",
    "logs",
    "entries",
    "batch",
    "items",
];

/// Keys under which one record stands, as an object or as text; in the order in which they are tried.
const ENVELOPES: [&str; 54] = [
    "detail",
    "message",
    "log",
    "raw",
    "event",
    "event.original",
    "cloudtrailevent",
    "eventdata",
    "sns",
    "body",
    "original",
    "msg",
    "source",
    "result",
    "line",
    "full_message",
    "short_message",
    "fullmessage",
    "shortmessage",
    "raw_data",
    "rawdata",
    "attributes",
    "aws",
    "cloud_trail_event",
    "cloudtrail_event",
    "cloudtrail",
    "payload",
    "value",
    "data",
    "awslogs",
    "kinesis",
    "eventjson",
    "event_json",
    "event_data",
    "stringvalue",
    "kvlistvalue",
    "record",
    "rawstring",
    "rawevent",
    "raw_event",
    "jsonpayload",
    "textpayload",
    "hits",
    "logevent",
    "json",
    "content",
    "fields",
    "raw_log",
    "rawlog",
    "log_text",
    "raw_message",
    "rawmessage",
    "raweventdata",
    "original_event",
];

/// The longest name in the lists, in bytes.
const LONGEST: usize = 20;

/// What a key says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyRank {
    /// The place in the order if the value is an array.
    pub(crate) array: u8,
    /// The place in the order if it is an object or a text.
    pub(crate) single: Option<u8>,
}

/// The place of a key of `--record-path`: before all others.
pub(crate) const NAMED: KeyRank = KeyRank { array: 0, single: Some(0) };

/// Every key that is read as an envelope may hold an array too.
pub(crate) fn rank(key: &[u8], in_event: bool) -> Option<KeyRank> {
    let stem = match key {
        [b'_' | b'@', stem @ ..] => stem,
        stem => stem,
    };
    let mut folded = [0; LONGEST];
    let folded = folded.get_mut(..stem.len())?;
    folded.copy_from_slice(stem);
    folded.make_ascii_lowercase();
    let place = |names: &[&str]| names.iter().position(|name| name.as_bytes() == folded);
    // `original` is the original event only where it stands under `event`.
    let single = place(&ENVELOPES).filter(|_| in_event || folded != b"original");
    let array = place(&CONTAINERS).or(single.map(|single| CONTAINERS.len() + single))?;
    let rank = |place: usize| u8::try_from(place + 1).unwrap_or(u8::MAX);
    Some(KeyRank { array: rank(array), single: single.map(|single| rank(CONTAINERS.len() + single)) })
}

/// Whether what goes out for a record in a container under this key is the record's text, where it
/// stands as text: the objects around it say only where it came from.
pub(crate) fn holds_texts(key: &[u8]) -> bool {
    is_log_events(key) || is(key, b"results") || is(key, b"queryresultrows") || is(key, b"values")
}

/// Whether a container under this key holds CloudWatch's log events, whose record is their `message`.
pub(crate) fn is_log_events(key: &[u8]) -> bool {
    is(key, b"logevents") || is(key, b"events")
}

/// Whether this is the key of CloudTrail's own container, each of whose elements is a value of its own.
pub(crate) fn is_records(key: &[u8]) -> bool {
    key == b"Records"
}

/// Whether the value is the value of `event`.
pub(crate) fn is_event(key: &[u8]) -> bool {
    is(key, b"event")
}

/// Whether base64 is looked into under this key. The prefilter looks for these endings.
pub(crate) fn may_be_packed(key: &[u8]) -> bool {
    key.ends_with(b"data") || key.ends_with(b"Data")
}

fn is(key: &[u8], name: &[u8]) -> bool {
    key.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_key_in_every_case() {
        for key in ["message", "Message", "MESSAGE", "@message", "_message"] {
            assert_eq!(rank(key.as_bytes(), false), rank(b"message", false), "{key}");
            assert!(rank(key.as_bytes(), false).unwrap().single.is_some());
        }
        for key in ["", "_", "messages_", "__message", "userAgent", "requestParameters", "original"] {
            assert_eq!(rank(key.as_bytes(), false), None, "{key}");
        }
        assert!(rank(b"original", true).unwrap().single.is_some());
        assert_eq!(rank(b"Records", false).unwrap().single, None);
    }

    #[test]
    fn no_name_is_longer_than_what_is_compared() {
        for name in CONTAINERS.iter().chain(&ENVELOPES) {
            assert!(name.len() <= LONGEST && *name == name.to_ascii_lowercase(), "{name}");
            assert!(rank(name.as_bytes(), true).is_some());
        }
    }
}
