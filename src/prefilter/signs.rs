//! Whether text that cannot be parsed may be a sign-in: what it says, as far as it says it. Knows how a
//! record is written; parses nothing.

use crate::prefilter::says_console_login;

const NAME: &[u8] = b"ConsoleLogin";
const SOURCE: &[u8] = b"signin.amazonaws.com";

/// What a text says about a key.
#[derive(Debug, PartialEq, Eq)]
enum Said<'t> {
    /// All of its value.
    Value(&'t [u8]),
    /// A value that the text breaks off in.
    Unfinished(&'t [u8]),
    Nothing,
}

/// Whether a text that is no whole JSON may be, or may have been, the record of a sign-in.
///
/// It may if it says `"ConsoleLogin"`; if it names the source of sign-ins and no other event; if it
/// breaks off in a name or source that may become those; and if it is the beginning of a record that
/// breaks off before it says either. Text without a brace or a key is no JSON, whatever it says.
pub fn may_be_sign_in(text: &[u8]) -> bool {
    if !text.contains(&b'{') && memchr::memmem::find(text, b"\":").is_none() {
        return false;
    }
    if says_console_login(text) {
        return true;
    }
    // At whatever depth of escaping.
    let plain: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'\\').collect();
    match (said(&plain, b"eventName"), said(&plain, b"eventSource")) {
        (Said::Value(name), _) => name == NAME,
        (Said::Unfinished(name), _) => NAME.starts_with(name),
        (Said::Nothing, Said::Value(source)) => source == SOURCE,
        (Said::Nothing, Said::Unfinished(source)) => SOURCE.starts_with(source),
        (Said::Nothing, Said::Nothing) => {
            memchr::memmem::find(&plain, SOURCE).is_some()
                || is_beginning(&plain)
                    && [&b"\"eventVersion\""[..], b"\"userIdentity\"", b"\"eventTime\""]
                        .iter()
                        .any(|key| memchr::memmem::find(&plain, key).is_some())
        }
    }
}

/// Whether more opens in a text than closes.
fn is_beginning(text: &[u8]) -> bool {
    let count = |bracket| memchr::memchr_iter(bracket, text).count();
    count(b'{') > count(b'}')
}

fn said<'t>(text: &'t [u8], key: &[u8]) -> Said<'t> {
    let quoted = [b"\"", key, b"\""].concat();
    let Some(at) = memchr::memmem::find(text, &quoted) else { return Said::Nothing };
    let rest = text.get(at + quoted.len()..).unwrap_or_default().trim_ascii_start();
    let Some(rest) = rest.strip_prefix(b":") else {
        return if rest.is_empty() { Said::Unfinished(b"") } else { Said::Nothing };
    };
    match rest.trim_ascii_start() {
        [] => Said::Unfinished(b""),
        [b'"', value @ ..] => match memchr::memchr(b'"', value) {
            Some(end) => Said::Value(value.get(..end).unwrap_or_default()),
            None => Said::Unfinished(value),
        },
        _ => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_signs_of_a_sign_in_that_is_cut_off() {
        for yes in [
            r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser"},"eventSource":"signin.amazonaws.com","eve"#,
            r#"{"userIdentity":{"type":"IAMUser","userName":"eve"},"eventName":"Conso"#,
            r#"{"userIdentity":{"type":"IAMUser","userName":"eve"},"eventName""#,
            r#"{"eventVersion":"1.11","userIdentity":{"type":"IA"#,
            r#"{"message":"{\"eventVersion\":\"1.11\",\"eventSource\":\"sig"#,
            r#"{"eventName":"ConsoleLogin","x":"#,
            r#"<134>1 host {"eventName":"ConsoleLogin","x":"#,
        ] {
            assert!(may_be_sign_in(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "ConsoleLogin",
            r#""a","ConsoleLogin","signin.amazonaws.com""#,
            "2 111122223333 eni-1 10.0.0.1 10.0.0.2 443 4431 6 1 40 1 2 ACCEPT OK",
            r#"{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eve"#,
            r#"{"eventSource":"signin.amazonaws.com","eventName":"CheckMfa","x":"#,
            r#"{"eventSource":"s3.ama"#,
            r#"{"level":"info","msg":"start"#,
        ] {
            assert!(!may_be_sign_in(no.as_bytes()), "{no}");
        }
    }
}
