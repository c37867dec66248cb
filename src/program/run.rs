//! Filters stdin and files, in order, or what is sent here, to stdout.

use std::path::{Path, PathBuf};
use std::time::Duration;

use afterhours::filter::{Filter, Stats, Stop};
use anyhow::Context;

use super::appended::Appended;
use super::archive::{self, Listed};
use super::cli::{Cli, StatsForm};
use super::desk::{Desk, Told};
use super::listen::{self, Doors, Served};
use super::output::Stdout;
use super::signals::Signals;
use super::{notify, outbox, reload, reply, say, settings};

/// How long notices are delivered still after a signal, or when nobody reads any more.
const HURRIED: Duration = Duration::from_secs(2);

/// How a run ended that could go on to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Incomplete,
}

/// What is left when the inputs are over.
struct Passed {
    stats: Stats,
    desk: Option<Desk>,
    /// What ended it early.
    result: anyhow::Result<()>,
    /// Some of it could not be read, or not be written.
    incomplete: bool,
    reader_gone: bool,
    served: Option<Served>,
}

pub(crate) fn run(cli: &Cli) -> anyhow::Result<Ending> {
    // Before anything slow: hosts knock as soon as they have started us, and who knocks at an open door waits.
    let doors = Doors::open(&cli.filter.listen)?;
    let mut settings = settings::read(&cli.filter)?;
    // Where stderr is read as answers too, only what keeps the program from starting is said there: then the host shows it.
    let silent = cli.filter.reply.is_some() && reply::shares_a_pipe().context("stderr")?;
    for remark in settings.config.warnings.iter().chain(&settings.config.remarks).filter(|_| !silent) {
        say(remark);
    }
    let signals = Signals::listen()?;
    let channels = notify::read(
        cli.filter.hours.config.as_deref(),
        cli.filter.notify.webhook.as_deref(),
        &settings.config,
    )?;
    let fits = notify::fits(&channels);
    let appended = cli.filter.output.as_deref().map(|path| {
        Appended::open(path).with_context(|| format!("--output: {} cannot be written", printable(path)))
    });
    let appended = appended.transpose()?;
    let desk = match channels.is_empty() {
        true => None,
        false => {
            let directory = cli.filter.notify.spool.clone().unwrap_or_else(outbox::default_directory);
            Some(Desk::open(&directory, channels)?)
        }
    };
    let stdout = Stdout::new(desk, appended).context("stdout")?;
    if doors.is_some() {
        settings.policy.block = listen::BLOCK;
    }
    let filter = Filter::new(settings.policy, settings.config.rules);
    reload::on_hangup(&cli.filter.hours, fits, filter.replacement())?;

    if cli.filter.reply.is_some() {
        reply::hush().context("stderr")?;
    }
    let passed = match doors {
        Some(doors) => served(listen::serve(doors, &cli.filter.listen, filter, stdout, &signals)?),
        None => read_all(cli, filter, stdout, &signals)?,
    };
    // Whoever stops us, or does not read us any more, will not wait for long.
    let hurried = signals.came() || passed.reader_gone;
    let patience = if hurried { cli.filter.drain.min(HURRIED) } else { cli.filter.drain };
    let told = passed.desk.map(|desk| desk.close(patience));
    let stats = passed.stats;
    report(&stats, told.as_ref(), passed.served.as_ref(), cli.filter.stats);
    passed.result?;
    let told = told.unwrap_or_default();
    if told.lost > 0 {
        return Ok(Ending::Incomplete);
    }
    let undelivered = !passed.reader_gone && told.pending + told.dead > 0;
    let complete = !passed.incomplete && stats.unreadable == 0 && stats.too_long == 0 && !undelivered;
    Ok(if complete || signals.came() { Ending::Complete } else { Ending::Incomplete })
}

fn served(passed: listen::Passed) -> Passed {
    let listen::Passed { stats, served, desk, result } = passed;
    Passed { stats, desk, result, incomplete: false, reader_gone: false, served: Some(served) }
}

/// Filters stdin and files.
fn read_all(cli: &Cli, mut filter: Filter, mut stdout: Stdout, signals: &Signals) -> anyhow::Result<Passed> {
    let tally = if cli.filter.reply.is_some() {
        stdout.reading("stdin".to_owned());
        let ended = reply::run(&mut filter, signals, &mut stdout);
        let ended = match ended {
            Err(Stop::Sink(_)) => ended,
            // What was decided is owed, whatever came after it.
            ended => stdout.finish().map_err(Stop::Sink).and(ended),
        };
        archive::Tally::of("stdin", ended)
    } else {
        let dash = PathBuf::from(archive::DASH);
        let paths = if cli.filter.paths.is_empty() { std::slice::from_ref(&dash) } else { &cli.filter.paths };
        let mut inputs = paths.iter().cloned().map(Listed::Path);
        let options = archive::Options {
            threads: cli.filter.threads.map_or_else(cores, usize::from),
            ordered: !cli.filter.unordered,
        };
        archive::filter(&mut inputs, &mut filter, &mut stdout, signals, options).context("stdout")?
    };
    let (stats, desk) = (filter.take_stats(), stdout.close());
    let incomplete = tally.failed > 0;
    let (result, reader_gone) = (tally.result, tally.reader_gone);
    Ok(Passed { stats, desk, result, incomplete, reader_gone, served: None })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What was counted: all of it where it was asked for, the doubts in any case.
fn report(stats: &Stats, told: Option<&Told>, served: Option<&Served>, form: Option<StatsForm>) {
    match form {
        Some(StatsForm::Json) => {
            let mut numbers = serde_json::json!({ "afterhours": stats });
            if let Some(told) = told {
                numbers["afterhours"]["notices"] = serde_json::json!(told);
            }
            if let Some(served) = served {
                numbers["afterhours"]["served"] = serde_json::json!(served);
            }
            say_plainly(&numbers.to_string());
        }
        Some(StatsForm::Text) => say(&format!(
            "{} lines, {} bytes; {} parsed, {} console sign-ins, {} counted: {} inside hours, {} outside, {} ignored, \
             {} without a readable time; {} unreadable, {} too long; {} forwarded",
            stats.lines,
            stats.bytes,
            stats.candidates,
            stats.sign_ins,
            stats.judged,
            stats.inside,
            stats.outside,
            stats.ignored,
            stats.no_event_time,
            stats.unreadable,
            stats.too_long,
            stats.forwarded
        )),
        None if stats.unreadable + stats.too_long > 0 => say(&format!(
            "{} lines could not be read, {} were too long, of {}",
            stats.unreadable, stats.too_long, stats.lines
        )),
        None => {}
    }
    if let (Some(StatsForm::Text), Some(told)) = (form, told) {
        say(&format!(
            "{} notices queued, {} copies left out; {} delivered, {} refused for good, {} waiting, {} lost",
            told.queued, told.duplicates, told.delivered, told.dead, told.pending, told.lost
        ));
    }
    if let (Some(StatsForm::Text), Some(served)) = (form, served) {
        say(&format!(
            "{} connections; {} requests: {} answered 200, {} answered 503, {} refused, {} cut off",
            served.connections,
            served.requests,
            served.acknowledged,
            served.sent_back,
            served.refused,
            served.cut
        ));
    }
    if stats.assumed_utc > 0 {
        say(&format!(
            "{} sign-ins named no time zone in eventTime; CloudTrail's time is UTC, so it was taken as UTC",
            stats.assumed_utc
        ));
    }
}

fn say_plainly(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A path for people: its name may be a stranger's.
pub(super) fn printable(path: &Path) -> String {
    afterhours::plain::shown(&path.to_string_lossy())
}
