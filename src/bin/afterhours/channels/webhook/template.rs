//! A body of the user's own: a template in Jinja's language, filled with the alert's fields. Bounded in time and memory, and
//! tried on every kind of message before the first alert depends on it.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, merge_maps};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, escape_formatter};
use serde::de::IgnoredAny;

use crate::channels::webhook::payload::{Alert, FIELDS};
use crate::notify::message::Message;
use crate::notify::samples;
use crate::notify::secret::Secret;
use crate::sys::config_file::suggest;

/// The longest template, in bytes.
pub(super) const LONGEST: usize = 64 << 10;
/// The largest body, in bytes.
const LARGEST: usize = 256 << 10;
/// An instruction costs one, and so do 64 bytes that are made: enough for some 100 lines about each of a digest's names.
const FUEL: u64 = 100_000;
/// What a template can name beside the alert's own fields.
const MORE: &[&str] = &["alert", "text", "facts", "variables"];
/// The functions of the language.
const FUNCTIONS: &[&str] = &["range", "dict", "namespace", "debug"];
const NAME: &str = "body";

/// A template that filled itself with every sample.
#[derive(Debug)]
pub(super) struct Template {
    environment: Environment<'static>,
    form: Form,
    variables: Vec<(String, Secret)>,
}

/// What the body is, which decides how a value is written into it: a stranger's text must stay a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A value is written as JSON, with its quotes.
    Json,
    /// JSON, one text a line.
    Lines,
    /// `application/x-www-form-urlencoded`: percent-encoded.
    Urlencoded,
    /// HTML and XML: `&lt;`.
    Markup,
    /// As it is.
    Plain,
}

/// What is wrong with a template, and in which of its lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: Option<usize>,
    pub(super) what: String,
}

impl Form {
    fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match &*essence {
            "application/json" | "text/json" => Form::Json,
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Form::Lines,
            "application/x-www-form-urlencoded" => Form::Urlencoded,
            "text/html" | "application/xml" | "text/xml" => Form::Markup,
            other if other.ends_with("+json") => Form::Json,
            other if other.ends_with("+xml") => Form::Markup,
            _ => Form::Plain,
        }
    }
}

impl Template {
    /// Compiles a template for a body of this type, and fills it with every sample.
    pub(super) fn new(
        source: String,
        content_type: &str,
        variables: Vec<(String, Secret)>,
    ) -> Result<Self, Wrong> {
        let form = Form::of(content_type);
        let quoted = source.contains("\"{{");
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A line that holds nothing but {% … %} leaves no line behind; the last line break stays, for bodies made of lines.
        environment.set_syntax(syntax()?);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(move |_| match form {
            Form::Json | Form::Lines => AutoEscape::Json,
            Form::Markup => AutoEscape::Html,
            Form::Urlencoded => AutoEscape::Custom("urlencoded".into()),
            Form::Plain => AutoEscape::None,
        });
        environment.set_formatter(write);
        environment.add_template_owned(NAME, source).map_err(|error| wrong(&error))?;
        let template = Template { environment, form, variables };
        template.refuse_unknown_names()?;
        for (name, message) in samples::all() {
            template.fill(&message).map_err(|mut wrong| {
                wrong.what.push_str(&format!("; seen with the sample {name:?}"));
                if quoted && wrong.line.is_none() && matches!(form, Form::Json | Form::Lines) {
                    wrong
                        .what
                        .push_str("; a value brings its own quotes: write {{ title }}, not \"{{ title }}\"");
                }
                wrong
            })?;
        }
        Ok(template)
    }

    /// The body for a message.
    pub(super) fn render(&self, message: &Message) -> Result<Vec<u8>, String> {
        let said = |wrong: Wrong| match wrong.line {
            Some(line) => format!("line {line} of the template: {}", wrong.what),
            None => format!("the template: {}", wrong.what),
        };
        self.fill(message).map(String::into_bytes).map_err(said)
    }

    /// Strictness alone would find a misspelt name only where a sample leads to it.
    fn refuse_unknown_names(&self) -> Result<(), Wrong> {
        let template = self.environment.get_template(NAME).map_err(|error| wrong(&error))?;
        let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        names.sort();
        let known = |name: &str| [FIELDS, MORE, FUNCTIONS].iter().any(|known| known.contains(&name));
        let Some(name) = names.into_iter().find(|name| !known(name)) else { return Ok(()) };
        let hint = suggest(&name, &[FIELDS, MORE].concat());
        Err(Wrong { line: None, what: format!("an alert has no field {name:?}{hint}") })
    }

    fn fill(&self, message: &Message) -> Result<String, Wrong> {
        let other = |what: String| Wrong { line: None, what };
        let template = self.environment.get_template(NAME).map_err(|error| wrong(&error))?;
        let variables: Result<Vec<(String, Value)>, String> = self
            .variables
            .iter()
            .map(|(name, secret)| Ok((name.clone(), Value::from(secret.get()?))))
            .collect();
        let variables = Value::from_pairs(variables.map_err(other)?);
        let body = template.render(context(message, variables)).map_err(|error| wrong(&error))?;
        if body.len() > LARGEST {
            return Err(other(format!("the body has {} bytes, more than 256 KiB", body.len())));
        }
        let json = |text: &str| {
            serde_json::from_str::<IgnoredAny>(text)
                .map(drop)
                .map_err(|error| other(format!("the body is no JSON: {error}")))
        };
        match self.form {
            Form::Json => json(&body)?,
            Form::Lines => body.lines().filter(|line| !line.trim().is_empty()).try_for_each(json)?,
            Form::Urlencoded | Form::Markup | Form::Plain => {}
        }
        Ok(body)
    }
}

/// The fields of every kind of message, null where this one has none: a template for all kinds needs no `is defined`.
fn context(message: &Message, variables: Value) -> Value {
    let alert = Value::from(Serde(Alert::of(message)));
    let facts = message.facts().into_iter().map(|fact| {
        Value::from_pairs([("label", Value::from(fact.label)), ("value", Value::from(fact.value))])
    });
    let more = Value::from_pairs([
        ("alert", alert.clone()),
        ("text", Value::from(message.text())),
        ("facts", Value::from(facts.collect::<Vec<_>>())),
        ("variables", variables),
    ]);
    let nothing = Value::from_pairs(FIELDS.iter().map(|field| (*field, Value::from(()))));
    // What stands later counts.
    merge_maps([nothing, alert, more])
}

fn syntax() -> Result<SyntaxConfig, Wrong> {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| wrong(&error))
}

/// Writes a value into the body.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    match state.auto_escape() {
        AutoEscape::Json => escape_formatter(out, state, value),
        _ if value.is_none() => Ok(()),
        AutoEscape::Custom(_) if !value.is_safe() => {
            let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
            for part in form_urlencoded::byte_serialize(text.as_bytes()) {
                out.write_str(part)?;
            }
            Ok(())
        }
        AutoEscape::Custom(_) => Ok(write!(out, "{value}")?),
        _ => escape_formatter(out, state, value),
    }
}

fn wrong(error: &minijinja::Error) -> Wrong {
    let what = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => {
            "it does or makes more than any alert needs; is there a loop in a loop?".to_owned()
        }
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    Wrong { line: error.line(), what }
}

#[cfg(test)]
mod tests;
