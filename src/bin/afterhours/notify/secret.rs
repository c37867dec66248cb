//! Secrets: named in the configuration as `env:NAME`, `file:/path` or a text with `${NAME}` in it, never written there. They
//! do not print themselves, and are taken out of whatever a service or a library says.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use crate::sys::config_file::Spanned;

/// A secret's largest size, in bytes: longer than any key or certificate chain.
const LARGEST: u64 = 256 << 10;

/// A text that nobody may see. One from a file is read again each time it is needed, so that it can be changed in place.
#[derive(Clone)]
pub(crate) enum Secret {
    Known(SecretString),
    /// A text with secrets in it: an address with a token, `Bearer ${TOKEN}`. The secrets stand beside it, for they must not
    /// be seen alone either.
    Made {
        whole: SecretString,
        of: Vec<SecretString>,
    },
    File(PathBuf),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How much of an answer may become a line for people, in bytes.
const LOOKED_AT: usize = 8 << 10;

/// How a configuration names a secret.
pub(crate) const FORMS: &str = "write \"env:NAME\", \"file:/path\", or a text with ${NAME} in it";

impl Secret {
    /// Reads what names a secret; what is wrong with it otherwise, without the text itself where that might be one.
    /// A relative path is looked for in `beside`.
    pub(crate) fn named(text: &str, beside: &Path) -> Result<Self, String> {
        Self::from(text, beside, &|name| std::env::var(name).ok())
    }

    fn from(text: &str, beside: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let variable = |name: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            if name.is_empty() || !name.bytes().all(plain) {
                return Err("the name of an environment variable is letters, digits and _".to_owned());
            }
            match environment(name) {
                Some(value) if value.trim().is_empty() => {
                    Err(format!("the environment variable {name} is empty"))
                }
                Some(value) => Ok(value.trim().to_owned()),
                None => Err(format!("the environment variable {name} is not set")),
            }
        };
        if let Some(name) = text.strip_prefix("env:") {
            return Ok(Secret::Known(variable(name)?.into()));
        }
        if let Some(path) = text.strip_prefix("file:") {
            let secret = Secret::File(beside.join(path));
            // Said now, while somebody looks, and not at the first alert.
            return secret.get().map(|_| secret);
        }
        let Some(first) = text.find("${") else {
            return Err(format!("a secret does not stand in the configuration itself: {FORMS}"));
        };
        let mut of = Vec::new();
        let mut value = text[..first].to_owned();
        let mut rest = &text[first..];
        while let Some(at) = rest.find("${") {
            let Some(end) = rest[at..].find('}') else { return Err("a ${ without its }".to_owned()) };
            value.push_str(&rest[..at]);
            let part = variable(&rest[at + 2..at + end])?;
            value.push_str(&part);
            of.push(part.into());
            rest = &rest[at + end + 1..];
        }
        value.push_str(rest);
        Ok(Secret::Made { whole: value.into(), of })
    }

    /// A secret that was given in another way: on the command line.
    pub(crate) fn known(value: String) -> Self {
        Secret::Known(value.into())
    }

    /// The secret, without blanks and line breaks around it. What is wrong, if a file cannot be read now.
    pub(crate) fn get(&self) -> Result<String, String> {
        match self {
            Secret::Known(secret) | Secret::Made { whole: secret, .. } => {
                Ok(secret.expose_secret().to_owned())
            }
            Secret::File(path) => {
                let text =
                    read(path).map_err(|why| format!("the secret's file {}: {why}", path.display()))?;
                match text.trim() {
                    "" => Err(format!("the secret's file {} is empty", path.display())),
                    secret => Ok(secret.to_owned()),
                }
            }
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("larger than 256 KiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())
}

/// A text of the configuration that may be a secret or may stand there as it is.
pub(crate) fn maybe(text: &Spanned<String>, beside: &Path) -> Result<Secret, String> {
    let named =
        ["env:", "file:"].iter().any(|prefix| text.value.starts_with(prefix)) || text.value.contains("${");
    if named { Secret::named(&text.value, beside) } else { Ok(Secret::known(text.value.clone())) }
}

/// What a service or a library said, for people: in one line, short, without control characters and without any of the
/// secrets, whole, in part, or encoded.
pub(crate) fn redact(text: &str, secrets: &[Secret]) -> String {
    let most = (0..=text.len().min(LOOKED_AT)).rev().find(|&at| text.is_char_boundary(at));
    let begins = &text[..most.unwrap_or(0)];
    let text = without(begins, begins.len() < text.len(), secrets.iter().flat_map(parts));
    let line: String = crate::notify::notification::clean(&text).replace('\u{fffd}', " ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::notify::notification::cut(&line, 256).into_owned()
}

/// The text with `[secret]` for whatever of it spells one of these, or begins to, where it was `cut`. Where two overlap, both
/// are gone.
fn without(text: &str, cut: bool, secrets: impl Iterator<Item = String>) -> String {
    let mut hidden = vec![false; text.len()];
    for secret in secrets {
        // Not everybody writes the padding.
        let encoded = STANDARD.encode(&secret);
        let bare = encoded.trim_end_matches('=').to_owned();
        for secret in [secret, encoded, bare] {
            // Shorter ones are no secrets, and taking them out would garble what is said.
            if secret.len() >= 4 {
                hide(text, &secret.chars().map(Spellings::of).collect::<Vec<_>>(), cut, &mut hidden);
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut before = false;
    for (at, c) in text.char_indices() {
        match (before, hidden[at]) {
            (false, true) => out.push_str("[secret]"),
            (_, false) => out.push(c),
            (true, true) => {}
        }
        before = hidden[at];
    }
    out
}

/// Marks the bytes of the text that spell the secret, in any mix of spellings.
fn hide(text: &str, secret: &[Spellings], cut: bool, hidden: &mut [bool]) {
    // Where the spellings that fit so far may end: a backslash may stand for itself, or before what it escapes.
    let (mut ends, mut next) = (Vec::new(), Vec::new());
    for (from, _) in text.char_indices() {
        ends.clear();
        ends.push(from);
        for spellings in secret {
            next.clear();
            next.extend(ends.iter().flat_map(|&end| spellings.ends(text, end)));
            next.dedup();
            if next.is_empty() {
                ends.retain(|&end| cut && end == text.len());
                break;
            }
            std::mem::swap(&mut ends, &mut next);
        }
        if let Some(&to) = ends.iter().max() {
            hidden[from..to].fill(true);
        }
    }
}

/// How services spell a character when they quote what they were sent.
#[derive(Debug)]
struct Spellings {
    /// As it is; in a form `+` for a blank; behind a backslash.
    plain: Vec<String>,
    /// With letters of either case: `%2f`, `\u002f`, `&#x2f;`, `&amp;`.
    encoded: Vec<String>,
}

impl Spellings {
    fn of(c: char) -> Self {
        let mut plain = vec![c.to_string()];
        let (mut percent, mut json) = (String::new(), String::new());
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(percent, "%{byte:02x}");
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(json, "\\u{unit:04x}");
        }
        let number = u32::from(c);
        let mut encoded = vec![percent, json, format!("&#{number};"), format!("&#x{number:x};")];
        match c {
            ' ' => plain.push("+".to_owned()),
            '"' | '\\' | '/' | '\'' => plain.push(format!("\\{c}")),
            _ => {}
        }
        let named = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")];
        encoded.extend(named.iter().filter(|(named, _)| *named == c).map(|(_, name)| (*name).to_owned()));
        Spellings { plain, encoded }
    }

    /// Where the character ends that is spelled from `at` on.
    fn ends<'a>(&'a self, text: &'a str, at: usize) -> impl Iterator<Item = usize> + 'a {
        let rest = &text.as_bytes()[at..];
        let plain = self.plain.iter().filter(move |spelling| rest.starts_with(spelling.as_bytes()));
        let encoded = self.encoded.iter().filter(move |spelling| {
            rest.get(..spelling.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(spelling.as_bytes()))
        });
        plain.chain(encoded).map(move |spelling| at + spelling.len())
    }
}

/// A secret, and what of it is a secret alone: the address is the password of some services, and an answer may quote its
/// path, or the token in its path; or the token of `Bearer token`.
fn parts(secret: &Secret) -> Vec<String> {
    let Ok(whole) = secret.get() else { return Vec::new() };
    let mut parts = Vec::new();
    if let Some((_, rest)) = whole.split_once("://") {
        let path = rest.find(['/', '?']).map_or("", |at| rest[at..].trim_start_matches('/'));
        parts.push(path.to_owned());
        parts.extend(tokens(path));
    } else {
        parts.extend(whole.split_whitespace().filter(|word| word.len() >= 8).map(str::to_owned));
    }
    if let Secret::Made { of, .. } = secret {
        parts.extend(of.iter().map(|part| part.expose_secret().to_owned()));
    }
    parts.push(whole);
    parts
}

/// The parts of an address's path and query that are random texts rather than words, as they stand and decoded.
fn tokens(path: &str) -> Vec<String> {
    let written = path.split(['/', '?', '&', '=', '#']).map(str::to_owned);
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let decoded = form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned());
    let random = |part: &String| {
        part.len() >= 16 && part.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    written.chain(decoded).filter(random).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<String, String> {
        let environment = |name: &str| match name {
            "TOKEN" => Some("s3cret/tok en\n".to_owned()),
            "EMPTY" => Some(" ".to_owned()),
            _ => None,
        };
        Secret::from(text, Path::new("/nowhere"), &environment).and_then(|secret| secret.get())
    }

    #[test]
    fn secrets_are_named_and_not_written() {
        assert_eq!(named("env:TOKEN").unwrap(), "s3cret/tok en");
        assert_eq!(named("https://h.example/${TOKEN}/x").unwrap(), "https://h.example/s3cret/tok en/x");
        assert!(named("env:NONE").unwrap_err().contains("NONE is not set"));
        assert!(named("env:EMPTY").unwrap_err().contains("empty"));
        assert!(named("${TOKEN").unwrap_err().contains("without its }"));
        let refused = named("xoxb-literal-secret").unwrap_err();
        assert!(refused.contains("env:NAME") && !refused.contains("xoxb"), "{refused}");
        assert!(named("file:gone").unwrap_err().contains("/nowhere/gone"));
    }

    #[test]
    fn a_file_is_read_again_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "one\n").unwrap();
        let secret = Secret::named("file:token", directory.path()).unwrap();
        assert_eq!(secret.get().unwrap(), "one");
        std::fs::write(&path, "two\n").unwrap();
        assert_eq!(secret.get().unwrap(), "two");
        assert_eq!(format!("{secret:?}"), "Secret");
    }

    #[test]
    fn what_is_said_holds_no_secret() {
        let secrets = [
            Secret::known("https://hooks.example/services/T0/B0/xyz".to_owned()),
            Secret::known("pa ss/word".to_owned()),
        ];
        let said = redact(
            "error for https://hooks.example/services/T0/B0/xyz (services/T0/B0/xyz):\n\x1b[2J pa ss/word pa+ss%2Fword",
            &secrets,
        );
        assert_eq!(said, "error for [secret] ([secret]): [2J [secret] [secret]");
        assert!(redact(&"x".repeat(4000), &secrets).len() < 300);
        let hook = "https://flow.example/workflows/3fa1c0de3fa1c0de/invoke?version=1&sig=a0B1c2D3e4%2Bf5G6h7";
        let said = redact(
            "workflows 3fa1c0de3fa1c0de: version 1, a0B1c2D3e4%2Bf5G6h7 or a0B1c2D3e4+f5G6h7 is wrong",
            &[Secret::known(hook.to_owned())],
        );
        assert_eq!(said, "workflows [secret]: version 1, [secret] or [secret] is wrong");
        let secrets = [Secret::known("a\"b\\c/d".to_owned())];
        assert_eq!(redact(r#"{"password":"a\"b\\c/d"}"#, &secrets), r#"{"password":"[secret]"}"#);
    }

    #[test]
    fn what_is_said_holds_no_part_of_a_secret_either() {
        let environment = |_: &str| Some("to\"ken/1+2".to_owned());
        let made = |text| Secret::from(text, Path::new(""), &environment).unwrap();
        let address = [made("https://hooks.example/in/${TOKEN}?x=1")];
        assert_eq!(redact(r#"{"no":"to\"ken/1+2"} to%22ken%2F1%2B2 dG8ia2VuLzErMg=="#, &address), {
            r#"{"no":"[secret]"} [secret] [secret]"#
        });
        let header = [Secret::known("Bearer 0123456789abcdef".to_owned())];
        assert_eq!(redact("bad token 0123456789abcdef of Bearer", &header), "bad token [secret] of Bearer");
        let address = [Secret::known("https://hooks.example/services/T0/a1b2c3d4e5f6g7h8".to_owned())];
        assert_eq!(redact("no hook a1b2c3d4e5f6g7h8 in services", &address), "no hook [secret] in services");
        let query = [Secret::known("https://hooks.example?sig=a1b2c3d4e5f6g7h8".to_owned())];
        assert_eq!(redact("a1b2c3d4e5f6g7h8", &query), "[secret]");
    }

    #[test]
    fn no_spelling_of_a_secret_is_shown() {
        let secrets =
            [Secret::known("p/a&s\"s \\wö😀rd'".to_owned()), Secret::known("rd'overlapping".to_owned())];
        for quoted in [
            r#"p/a&s"s \wö😀rd'"#,
            // Addresses and forms, in either case, and with more or fewer characters encoded.
            "p%2Fa%26s%22s%20%5Cw%C3%B6%F0%9F%98%80rd%27",
            "p/a%26s%22s+%5cw%c3%b6%f0%9f%98%80rd'",
            // JSON as Rust, Go, PHP and Python write it.
            r#"p/a&s\"s \\wö😀rd'"#,
            r#"p/a\u0026s\"s \\wö😀rd'"#,
            r#"p\/a&s\"s \\w\u00f6\ud83d\ude00rd'"#,
            // HTML.
            r"p/a&amp;s&quot;s \w&#246;&#x1F600;rd&#39;",
            r"p/a&#38;s&#34;s \wö😀rd&apos;",
            // Base64, with and without its padding.
            "cC9hJnMicyBcd8O28J+YgHJkJw==",
            "cC9hJnMicyBcd8O28J%2BYgHJkJw",
        ] {
            let said = redact(&format!("no <{quoted}> here"), &secrets);
            assert_eq!(said, "no <[secret]> here", "{quoted}");
        }
        assert_eq!(redact(r#"p/a&s"s \wö😀rd'overlapping, rd'over"#, &secrets), "[secret], rd'over");
        let known = || secrets.iter().flat_map(parts);
        assert_eq!(without("no p/a&s", true, known()), "no [secret]");
        assert_eq!(without("no p/a&s", false, known()), "no p/a&s");
        assert_eq!(redact("", &secrets), "");
    }

    #[test]
    fn long_answers_are_looked_through_in_no_time() {
        // The worst: a secret that resembles itself, and an answer that resembles it.
        let began = std::time::Instant::now();
        let secret = Secret::known(format!("{}b", "a".repeat(200)));
        redact(&"a".repeat(64 << 10), &[secret]);
        let took = began.elapsed();
        assert!(took < std::time::Duration::from_secs(2), "{took:?}");
    }
}
