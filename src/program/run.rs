//! Filters stdin and files, in order, or what is sent here, to stdout.

use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use afterhours::filter::{Filter, Sink, Span, Stats, Stop};
use anyhow::{Context, anyhow};

use super::appended::Appended;
use super::archive::list::{List, Listed, Missed, Names};
use super::cli::{Cli, FilterOptions, StatsForm};
use super::cli_archive::ArchiveOptions;
use super::desk::{Desk, Told};
use super::input::Input;
use super::listen::{self, Doors, Served};
use super::output::Stdout;
use super::signals::Signals;
use super::{notify, outbox, reload, reply, say, settings, slices};

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
    let mut stdout = Stdout::new(desk, appended).context("stdout")?;
    if doors.is_some() {
        settings.policy.block = listen::BLOCK;
    }
    if cli.filter.archive.dedupe {
        stdout.dedupe();
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

/// Filters stdin and files, one after another.
fn read_all(cli: &Cli, mut filter: Filter, mut stdout: Stdout, signals: &Signals) -> anyhow::Result<Passed> {
    let watched = stdout.watch().context("stdout")?;
    let mut list = list(&cli.filter, signals, watched.as_fd())?;
    let threads = cli.filter.threads.map_or_else(cores, usize::from);
    let (mut read, mut failed) = (0_u64, 0_u64);
    let mut reader_gone = false;
    let mut result = Ok(());
    for listed in list.by_ref() {
        let (name, opened) = match listed {
            Ok(Listed::Stdin) => ("stdin".to_owned(), Input::stdin(signals, watched.as_fd())),
            Ok(Listed::File(path)) => (printable(&path), Input::open(&path, signals, watched.as_fd())),
            Err(Missed { path, error }) => (printable(&path), Err(error)),
        };
        stdout.reading(name.clone());
        let ended = match opened {
            Ok(input) => {
                // What was decided is owed, whatever came after it.
                let ended = if cli.filter.reply.is_some() {
                    reply::run(&mut filter, signals, &mut stdout)
                } else {
                    stdout.watching(input.watch());
                    filter_one(&mut filter, input, threads, &mut stdout)
                };
                if matches!(ended, Err(Stop::Sink(_))) {
                    ended
                } else {
                    stdout.finish().map_err(Stop::Sink).and(ended)
                }
            }
            Err(error) => Err(Stop::Read(error)),
        };
        match ended {
            Ok(()) => read += 1,
            Err(Stop::Read(error) | Stop::Sink(error)) if error.kind() == ErrorKind::BrokenPipe => {
                reader_gone = true;
                break;
            }
            Err(Stop::Read(error)) => {
                say(&format!("{name}: {}", reason(&error)));
                failed += 1;
            }
            Err(Stop::Sink(error)) => {
                result = Err(anyhow!(error).context("stdout: could not write"));
                break;
            }
            Err(Stop::Unreadable { line_number, error }) => {
                let what = format!("{name}:{line_number}: may be a sign-in and cannot be read: {error}");
                result = Err(anyhow!(what).context("stopped, as --unreadable stop says"));
                break;
            }
        }
        if signals.came() {
            break;
        }
    }
    if failed > 0 && read + list.folders == 0 && result.is_ok() {
        result = Err(anyhow!("none of the inputs could be read"));
    }
    let mut stats = filter.take_stats();
    // Counted where they were judged, left out where they were written.
    stats.copies = stdout.copies();
    stats.forwarded = stats.forwarded.saturating_sub(stats.copies);
    let desk = stdout.close();
    Ok(Passed { stats, desk, result, incomplete: failed > 0, reader_gone, served: None })
}

/// The inputs that the options name.
fn list<'l>(
    options: &'l FilterOptions,
    signals: &'l Signals,
    output: BorrowedFd<'l>,
) -> anyhow::Result<List<'l>> {
    let ArchiveOptions { files_from, null, since, until, .. } = &options.archive;
    let dash = Path::new("-");
    let names = match files_from {
        Some(path) => {
            if path == dash && options.paths.iter().any(|path| path == dash) {
                return Err(anyhow!("--files-from: stdin cannot be both a list of names and an input"));
            }
            let opened = match path == dash {
                true => Input::stdin(signals, output),
                false => Input::open(path, signals, output),
            };
            let opened =
                opened.map_err(|error| anyhow!("--files-from: {}: {}", printable(path), reason(&error)))?;
            Some(Names::new(path.clone(), opened, if *null { 0 } else { b'\n' }))
        }
        None => None,
    };
    static STDIN: LazyLock<[PathBuf; 1]> = LazyLock::new(|| [PathBuf::from("-")]);
    let named = if options.paths.is_empty() && names.is_none() { &*STDIN } else { &*options.paths };
    Ok(List::new(named, names, Span { since: *since, until: *until }))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn filter_one(
    filter: &mut Filter,
    mut input: Input<'_>,
    threads: usize,
    stdout: &mut Stdout,
) -> Result<(), Stop> {
    let interrupted = input.interruption();
    let Some(file) = input.unread_file() else { return filter.run(input, stdout, interrupted) };
    let done = slices::filter(file, threads, filter, stdout, &interrupted)?;
    stdout.flush()?;
    if done.shrank {
        let error =
            format!("it was cut short while it was read; {} lines had been read", done.line_number - 1);
        return Err(Stop::Read(std::io::Error::other(error)));
    }
    if done.offset == 0 {
        return filter.run(input, stdout, interrupted);
    }
    // The last line may lack its newline, and the file may have grown.
    input.skip(done.offset).map_err(Stop::Read)?;
    filter.resume(input, done.line_number, stdout, interrupted)
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
             {} without a readable time; {} unreadable, {} too long; {} copies; {} forwarded",
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
            stats.copies,
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
fn printable(path: &Path) -> String {
    afterhours::plain::shown(&path.to_string_lossy())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "may not be read (permission denied)".to_owned(),
        ErrorKind::IsADirectory => "is a directory; name the files in it".to_owned(),
        _ => error.to_string(),
    }
}
