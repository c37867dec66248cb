//! `--log`: a log for developers and operators, on stderr, off by default. Messages for people are not in it: they are printed
//! whether or not there is a log. Knows nothing of what is logged.

use std::io::{self, Write};

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::sys::terminal;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Starts the log. Without this call nothing is logged, and an event costs one comparison.
pub(crate) fn start(level: Level, format: Format) {
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(Stderr).with_ansi(false);
    // Fails only if a log was started before: then that one goes on.
    let _ = match format {
        Format::Text => builder.with_target(true).try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Stderr, beside the progress bar. A line that cannot be written is dropped: there is no other place to report it.
struct Stderr;

impl<'w> MakeWriter<'w> for Stderr {
    type Writer = Stderr;

    fn make_writer(&'w self) -> Self::Writer {
        Stderr
    }
}

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        terminal::beside(|| io::stderr().write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
