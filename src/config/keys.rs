//! How a section of the configuration declares its keys: name, type, meaning, default. One table serves the reader, which
//! refuses what is not in it, and the JSON Schema. Knows shapes. Knows nothing of what a value means.

/// The keys of a table.
pub type Keys = &'static [Key];

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// What it means: one sentence in plain words.
    pub doc: &'static str,
    /// What holds where the key is missing, as TOML writes it.
    pub default: Option<&'static str>,
    /// The table is wrong without it.
    pub required: bool,
    /// What the same thing is called elsewhere: who writes this means the key.
    pub also: &'static [&'static str],
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text. Dates and times need no quotes in TOML and are text here.
    Text,
    /// One text, or a list of them.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a list of them.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number within these limits.
    Number(i64, i64),
    /// A whole number, or text such as `16M`.
    Size,
    /// A table with these keys.
    Table(Keys),
    /// A list of tables with these keys each.
    Tables(Keys),
    /// A table whose keys are names of the writer's own; each value is of this kind.
    Named(&'static Kind),
    /// Any of these.
    Either(&'static [Kind]),
    /// Anything; the section's reader knows more.
    Any,
}

impl Key {
    /// A key that may be left out.
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Key { name, kind, doc, default: None, required: false, also: &[] }
    }

    /// With what holds where it is missing.
    #[must_use]
    pub const fn default(self, toml: &'static str) -> Self {
        Key { default: Some(toml), ..self }
    }

    /// It must be there.
    #[must_use]
    pub const fn required(self) -> Self {
        Key { required: true, ..self }
    }

    /// With names that it has elsewhere.
    #[must_use]
    pub const fn also(self, names: &'static [&'static str]) -> Self {
        Key { also: names, ..self }
    }
}
