//! Filters stdin and files, in order, or what is sent here, to stdout.

use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use afterhours::filter::{Filter, FilterError, Stats};
use anyhow::Context;

use crate::cli::Cli;
use crate::cli::filter::FilterOptions;
use crate::commands::summary::{Inputs, SummaryReport};
use crate::commands::{reload, settings, typed};
use crate::dispatch::dispatcher::Dispatcher;
use crate::input::files;
use crate::input::files::options::Options;
use crate::input::files::progress::{Progress, ProgressCounters, ProgressTotal};
use crate::input::files::tally::Tally;
use crate::input::files::walk::InputWalker;
use crate::input::rsyslog;
use crate::input::source::DASH;
use crate::outbox;
use crate::output::append_file::AppendFile;
use crate::output::stdout::OutputSink;
use crate::server;
use crate::server::{Listeners, ServerStats};
use crate::sys::config_file::Document;
use crate::sys::exit::Ending;
use crate::sys::log;
use crate::sys::messages::{printable, say};
use crate::sys::signals::Signals;

/// How long notifications are delivered still after a signal, or when nobody reads any more.
const HURRIED: Duration = Duration::from_secs(2);

/// What is left when the inputs are over.
struct RunSummary {
    stats: Stats,
    dispatcher: Option<Dispatcher>,
    /// What ended it early.
    result: anyhow::Result<()>,
    /// How many inputs were read; `None` while listening.
    inputs: Option<Inputs>,
    reader_gone: bool,
    served: Option<ServerStats>,
}

pub(crate) fn run(cli: &Cli, document: Document<'_>) -> anyhow::Result<Ending> {
    if let Some(level) = cli.filter.log {
        log::start(level, cli.filter.log_format);
    }
    // Bind before anything slow: Vector connects as soon as the child has started, and a bound socket queues the connection.
    let listeners = Listeners::open(&cli.filter.listen.server())?;
    typed::reject_commands(&cli.filter.paths)?;
    let mut settings = settings::read(&cli.filter, document)?;
    // Where stderr is read as answers too, only what keeps the program from starting is said there: then the host shows it.
    let silent = cli.filter.reply.is_some() && rsyslog::shares_a_pipe().context("stderr")?;
    for remark in settings.config.warnings.iter().chain(&settings.config.remarks).filter(|_| !silent) {
        say(remark);
    }
    let signals = Signals::listen()?;
    let channels = std::mem::take(&mut settings.channels);
    let fits = crate::channels::fits(&channels);
    let appended = cli.filter.output.as_deref().map(|path| {
        AppendFile::open(path).with_context(|| format!("--output: {} cannot be written", printable(path)))
    });
    let appended = appended.transpose()?;
    let dispatcher = match channels.is_empty() {
        true => None,
        false => {
            let directory = cli.filter.notify.outbox.clone().unwrap_or_else(outbox::default_directory);
            Some(Dispatcher::open(&directory, channels)?)
        }
    };
    let mut stdout = OutputSink::new(dispatcher, appended, settings.policy.formatter).context("stdout")?;
    if listeners.is_some() {
        settings.policy.block = server::BLOCK;
    }
    if cli.filter.files.dedupe {
        stdout.dedupe();
    }
    let filter = Filter::new(settings.policy, settings.config.rules);
    reload::on_hangup(&cli.filter.hours, fits, filter.replacement())?;

    if cli.filter.reply.is_some() {
        rsyslog::hush().context("stderr")?;
    }
    let mut passed = match listeners {
        Some(listeners) => {
            served(server::serve(listeners, &cli.filter.listen.server(), filter, stdout, &signals)?)
        }
        None => read_all(cli, filter, stdout, &signals)?,
    };
    // After a signal or EPIPE the supervisor waits only a few seconds.
    let hurried = signals.came() || passed.reader_gone;
    let patience = if hurried { cli.filter.drain.min(HURRIED) } else { cli.filter.drain };
    if let Some(inputs) = &mut passed.inputs {
        inputs.complete = !hurried && passed.result.is_ok();
        // A stream ends by a signal as a rule; who named files wanted all of them.
        if signals.came() && names_files(&cli.filter) {
            say("ended by a signal; not all of the input was read");
        }
    }
    let dispatch = passed.dispatcher.map(|dispatcher| dispatcher.close(patience));
    let stats = passed.stats;
    let counted = SummaryReport {
        stats: &stats,
        inputs: passed.inputs,
        dispatch: dispatch.as_ref(),
        served: passed.served.as_ref(),
    };
    counted.say(cli.filter.stats);
    passed.result?;
    let dispatch = dispatch.unwrap_or_default();
    if dispatch.lost > 0 {
        return Ok(Ending::Incomplete);
    }
    let undelivered = !passed.reader_gone && dispatch.pending + dispatch.dead > 0;
    let incomplete = passed.inputs.is_some_and(|inputs| inputs.failed + inputs.doubtful > 0);
    let complete = !incomplete && stats.not_evaluated() == 0 && !undelivered;
    Ok(if complete || signals.came() { Ending::Complete } else { Ending::Incomplete })
}

fn served(passed: server::RunSummary) -> RunSummary {
    let server::RunSummary { stats, served, dispatcher, result } = passed;
    RunSummary { stats, dispatcher, result, inputs: None, reader_gone: false, served: Some(served) }
}

/// Filters stdin and files.
fn read_all(
    cli: &Cli,
    mut filter: Filter,
    mut stdout: OutputSink,
    signals: &Signals,
) -> anyhow::Result<RunSummary> {
    let watched = stdout.watch().context("stdout")?;
    let FilterOptions { files: asked, paths, .. } = &cli.filter;
    let dash = PathBuf::from(DASH);
    let nothing_named = paths.is_empty() && asked.files_from.is_none();
    typed::explain_terminal(nothing_named);
    let named = if nothing_named { std::slice::from_ref(&dash) } else { paths };
    let selection = asked.selection();
    let mut list = InputWalker::asked(&selection, named, signals, watched.as_fd())?;
    let tally = if cli.filter.reply.is_some() {
        stdout.reading("stdin".to_owned());
        let ended = rsyslog::run(&mut filter, signals, &mut stdout);
        let ended = match ended {
            Err(FilterError::Sink(_)) => ended,
            // What was decided is owed, whatever came after it.
            ended => stdout.finish().map_err(FilterError::Sink).and(ended),
        };
        Tally::of("stdin", ended)
    } else {
        let options = Options {
            threads: cli.filter.threads.map_or_else(cores, usize::from),
            ordered: !cli.filter.unordered,
        };
        let meter = Arc::new(ProgressCounters::default());
        let _progress = Progress::start(&meter, ProgressTotal::of(&selection, named));
        files::filter(&mut list, &mut filter, &mut stdout, signals, options, &meter).context("stdout")?
    };
    let mut stats = filter.take_stats();
    // Counted where they were evaluated, left out where they were written.
    stats.copies = stdout.copies();
    stats.forwarded = stats.forwarded.saturating_sub(stats.copies);
    let inputs = Inputs {
        read: tally.inputs - tally.failed,
        failed: tally.failed,
        doubtful: tally.doubtful,
        passed_over: list.passed_over,
        complete: true,
    };
    let (dispatcher, reader_gone) = (stdout.close(), tally.reader_gone);
    let result = tally.result(list.folders);
    Ok(RunSummary { stats, dispatcher, result, inputs: Some(inputs), reader_gone, served: None })
}

fn names_files(asked: &FilterOptions) -> bool {
    asked.files.files_from.is_some() || asked.paths.iter().any(|path| path.as_os_str() != DASH)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
