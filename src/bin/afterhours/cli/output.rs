//! The options of how findings are written. Decides nothing.

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(crate) struct FormatOptions {
    /// Write JSON lines, or text for people [default: text on a terminal]
    ///
    /// Without this option: text if stdout is a terminal and there is no --output, json otherwise.
    #[arg(long, value_name = "FORMAT", env = "AFTERHOURS_FORMAT", help_heading = "Output")]
    pub(crate) format: Option<Format>,

    /// Color text: auto, always or never
    ///
    /// auto colors if stdout is a terminal, unless NO_COLOR is set or TERM is dumb. With CLICOLOR_FORCE it always does.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Json,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}
