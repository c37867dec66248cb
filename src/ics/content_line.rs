//! Splits the text of an .ics file into properties (RFC 5545, 3.1). Knows folding, quoting and line
//! numbers. Knows nothing of calendars.

use crate::ics::error::IcsError;

/// `NAME;PARAMETER=VALUE:value`, unfolded.
#[derive(Debug, Clone)]
pub(super) struct Property {
    /// The number of its first line in the file, from 1.
    pub(super) line: usize,
    /// In capitals.
    pub(super) name: String,
    parameters: Vec<(String, String)>,
    pub(super) value: String,
}

impl Property {
    /// The parameter of this name (pass it in capitals).
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn error(&self, why: impl Into<String>) -> IcsError {
        IcsError { line: self.line, why: format!("{}: {}", self.name, why.into()) }
    }

    /// The value as TEXT (3.3.11): `\,` is a comma and `\n` a line break, which becomes a space.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let mut characters = self.value.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('n' | 'N') => out.push(' '),
                    Some(escaped) => out.push(escaped),
                    None => {}
                },
                _ => out.push(character),
            }
        }
        out.trim().to_owned()
    }
}

/// The properties of a file in order. Ends after the first error.
pub(super) fn properties(text: &str) -> impl Iterator<Item = Result<Property, IcsError>> + '_ {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).zip(1..).peekable();
    let mut failed = false;
    std::iter::from_fn(move || {
        let (first, line) = lines.by_ref().find(|(line, _)| failed || !line.trim().is_empty())?;
        if failed {
            return None;
        }
        let mut unfolded = first.to_owned();
        while let Some((folded, _)) = lines.next_if(|(next, _)| next.starts_with([' ', '\t'])) {
            unfolded.push_str(&folded[1..]);
        }
        let property = property(&unfolded, line);
        failed = property.is_err();
        Some(property)
    })
}

fn property(text: &str, line: usize) -> Result<Property, IcsError> {
    let error = |why: &str| IcsError { line, why: format!("{why}: {}", quoted(text)) };
    let end = text.find([';', ':']).ok_or_else(|| error("no \"NAME:value\""))?;
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(error("no \"NAME:value\""));
    }
    let mut parameters = Vec::new();
    while let Some(parameter) = rest.strip_prefix(';') {
        let end = outside_quotes(parameter).ok_or_else(|| error("a parameter without its value"))?;
        let (parameter, behind) = parameter.split_at(end);
        let (key, value) = parameter.split_once('=').ok_or_else(|| error("a parameter without \"=\""))?;
        parameters.push((key.to_ascii_uppercase(), value.trim_matches('"').to_owned()));
        rest = behind;
    }
    let value = rest.strip_prefix(':').ok_or_else(|| error("no value"))?.to_owned();
    Ok(Property { line, name: name.to_ascii_uppercase(), parameters, value })
}

/// Where the parameter ends.
fn outside_quotes(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.find(|character| {
        quoted ^= character == '"';
        !quoted && matches!(character, ';' | ':')
    })
}

/// The beginning of a text, quoted and escaped: text from a file must not control a terminal.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(40).collect::<String>())
}
