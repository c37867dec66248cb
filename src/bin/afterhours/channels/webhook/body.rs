//! The body of a webhook's request: the alert, a CloudEvent, or what a template makes of it.

use crate::channels::webhook::payload::{Alert, CloudEvent};
use crate::channels::webhook::template;
use crate::channels::webhook::template::Template;
use crate::notify::context::Context;
use crate::notify::message::Message;
use crate::notify::secret;
use crate::notify::secret::Secret;
use crate::sys::config_file;
use crate::sys::config_file::{Location, Result, Spanned, Table, TomlValue};

/// Where CloudEvents come from, unless the configuration says otherwise: a URI reference.
const SOURCE: &str = "/afterhours";

/// How a message becomes a body.
#[derive(Debug)]
pub(super) enum Body {
    /// [`Alert`] as JSON.
    Json,
    CloudEvents {
        source: String,
    },
    Template {
        template: Box<Template>,
        content_type: String,
    },
}

impl Body {
    /// Takes `format` with `source`, or `template` or `template_file` with `content_type` and `variables`; and the secrets
    /// among the variables.
    pub(super) fn take(table: &mut Table<'_>, context: &Context) -> Result<(Self, Vec<Secret>)> {
        let mut text = |key| context.optional_text(table, key);
        let (format, source) = (text("format")?, text("source")?);
        let (inline, file, content_type) = (text("template")?, text("template_file")?, text("content_type")?);
        let variables = variables(table, context)?;
        if let (Some(_), Some(other)) = (&inline, &file) {
            return Err(other.location.error("template is there as well; one of the two is enough"));
        }
        let Some((inline, named)) =
            inline.map(|text| (true, text)).or_else(|| file.map(|text| (false, text)))
        else {
            if let Some(text) = content_type {
                return Err(text
                    .location
                    .error("content_type goes with a template; the formats have their own"));
            }
            if !variables.is_empty() {
                return Err(context.location.error("variables go with a template"));
            }
            return Ok((formatted(format, source)?, Vec::new()));
        };
        if let Some(other) = format.or(source) {
            return Err(other.location.error("this goes without a template; the template is the format"));
        }
        let content_type = match content_type {
            Some(text) if is_content_type(&text.value) => text.value,
            Some(text) => {
                return Err(text.location.error("no content type; write it as \"application/json\""));
            }
            None => "application/json".to_owned(),
        };
        let secrets: Vec<Secret> = variables.iter().map(|(_, secret)| secret.clone()).collect();
        let (source, shown) = if inline { (named.value, None) } else { read(&named, context)? };
        if source.len() > template::LONGEST {
            return Err(named.location.error("a template of more than 64 KiB"));
        }
        let template = Template::new(source, &content_type, variables).map_err(|wrong| {
            let what = secret::redact(&wrong.what, &secrets);
            match (shown, wrong.line) {
                (Some(file), Some(line)) => Location::line_of(&file, line, named.location.key()).error(what),
                (None, Some(line)) => named.location.error(format!("line {line} of the template: {what}")),
                (_, None) => named.location.error(what),
            }
        })?;
        Ok((Body::Template { template: Box::new(template), content_type }, secrets))
    }

    pub(super) fn content_type(&self) -> &str {
        match self {
            Body::Json => "application/json",
            Body::CloudEvents { .. } => "application/cloudevents+json; charset=utf-8",
            Body::Template { content_type, .. } => content_type,
        }
    }

    /// The body for a message; why there is none otherwise.
    pub(super) fn render(&self, message: &Message) -> Result<Vec<u8>, String> {
        let json = match self {
            Body::Json => serde_json::to_vec(&Alert::of(message)),
            Body::CloudEvents { source } => serde_json::to_vec(&CloudEvent::of(message, source)),
            Body::Template { template, .. } => return template.render(message),
        };
        json.map_err(|error| format!("the alert cannot be written: {error}"))
    }
}

fn formatted(format: Option<Spanned<String>>, source: Option<Spanned<String>>) -> Result<Body> {
    let kind = format.as_ref().map_or("json", |text| &text.value);
    match (kind, source, format.as_ref()) {
        ("json", None, _) => Ok(Body::Json),
        ("json", Some(source), _) => Err(source.location.error("only format = \"cloudevents\" has a source")),
        ("cloudevents", None, _) => Ok(Body::CloudEvents { source: SOURCE.to_owned() }),
        ("cloudevents", Some(source), _) if is_uri_reference(&source.value) => {
            Ok(Body::CloudEvents { source: source.value })
        }
        ("cloudevents", Some(source), _) => Err(source
            .location
            .error("no URI; write it as \"https://soc.example.com/afterhours\" or \"/afterhours\"")),
        (other, _, Some(format)) => {
            let hint = config_file::suggest(other, &["json", "cloudevents"]);
            Err(format.location.error(format!("no format{hint}; anything else is written as a template")))
        }
        (_, _, None) => Ok(Body::Json),
    }
}

/// The template's text and the file's name for people.
fn read(named: &Spanned<String>, context: &Context) -> Result<(String, Option<String>)> {
    let path = context.beside.join(&named.value);
    let name = afterhours::sanitize::printable_path(&path);
    match config_file::file_text(&path) {
        Ok(text) => Ok((text, Some(name))),
        Err(why) => Err(named.location.error(format!("{name}: {why}"))),
    }
}

/// `variables = { token = "env:TOKEN", team = "secops" }`: what a template needs beside the alert.
fn variables(table: &mut Table<'_>, context: &Context) -> Result<Vec<(String, Secret)>> {
    let Some(variables) = table.take("variables").map(TomlValue::table).transpose()? else {
        return Ok(Vec::new());
    };
    let each = |(name, item): (String, TomlValue<'_>)| {
        let text = item.text()?;
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(text.location.error("a variable's name is letters, digits and _"));
        }
        let secret = secret::maybe(&text, &context.beside).map_err(|why| text.location.error(why))?;
        Ok((name, secret))
    };
    variables.named().into_iter().map(each).collect()
}

/// `type/subtype`, perhaps with parameters: RFC 9110, section 8.3.1.
fn is_content_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let named =
        |part: &str| !part.is_empty() && part.bytes().all(crate::channels::webhook::headers::is_token);
    let visible = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    visible && essence.split_once('/').is_some_and(|(kind, sub)| named(kind) && named(sub))
}

/// The characters of RFC 3986, and an order of them that resolves against an address.
fn is_uri_reference(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    let resolves = reqwest::Url::parse("https://host.example/").is_ok_and(|base| base.join(text).is_ok());
    !text.is_empty() && text.bytes().all(legal) && resolves
}
