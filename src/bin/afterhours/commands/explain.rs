//! `afterhours explain`: brings records from files or stdin, or one moment from the command line, to the library's explanations.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use afterhours::explain::{Answer, Explainer, Explanation};
use afterhours::filter::FilterError;
use afterhours::json::Str;
use afterhours::rules::{AppliedSchedule, Principal};
use afterhours::sign_in::{Account, EVENT_NAME, EVENT_SOURCE, EventTime, Fields, SignIn};
use afterhours::time_zone::Zone;
use anyhow::{Context, anyhow, bail};
use chrono::NaiveDateTime;

use crate::cli::show::{ExplainOptions, SignInKind, WhoOptions};
use crate::commands::settings;
use crate::input::files::content::{self, TextSink};
use crate::input::source::{DASH, describe, is_stdin};
use crate::sys::config_file::Document;
use crate::sys::exit::Ending;
use crate::sys::messages::{printable, say};

pub(crate) fn run(options: &ExplainOptions, document: Document<'_>) -> anyhow::Result<Ending> {
    let data = settings::zone_data(&options.hours.tzdata)?;
    let config = settings::config(document, &options.hours, &data)?;
    for remark in config.warnings.iter().chain(&config.remarks) {
        say(remark);
    }
    let policy = settings::policy(&options.counting)?;
    let explainer = Explainer { policy: &policy, rules: &config.rules, tzdata: data.version() };
    let mut printer =
        ExplanationPrinter { json: options.json, printed: 0, input: "stdin".to_owned(), unreadable: false };
    let explained = match &options.at {
        Some(text) => moment(&explainer, text, &options.who, &mut printer),
        None => records(&explainer, &options.paths, &mut printer),
    };
    match explained {
        Err(FilterError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(FilterError::Sink(error)) => return Err(anyhow!(error)),
        Err(FilterError::Read(error)) => return Err(anyhow!("{}: {}", printer.input, describe(&error))),
        Err(FilterError::Unreadable { line_number, error }) => {
            bail!("{}:{line_number}: {error}", printer.input)
        }
        Ok(()) if printer.printed == 0 => {
            bail!("{}: no records; give it records, or a moment with --at", printer.input)
        }
        Ok(()) => {}
    }
    Ok(if printer.unreadable { Ending::Incomplete } else { Ending::Complete })
}

/// Explains the records of the files, or of stdin where none is named.
fn records(
    explainer: &Explainer<'_>,
    paths: &[PathBuf],
    printer: &mut ExplanationPrinter,
) -> Result<(), FilterError> {
    let dash = PathBuf::from(DASH);
    let paths = if paths.is_empty() { std::slice::from_ref(&dash) } else { paths };
    for path in paths {
        if is_stdin(path) {
            printer.input = "stdin".to_owned();
            let stdin = io::stdin();
            if stdin.is_terminal() {
                say(
                    "explaining records from the terminal: paste them, and end with Ctrl-D; or name a file, or a \
                     moment with --at",
                );
            }
            unpacked(explainer, stdin.lock(), printer)?;
            continue;
        }
        printer.input = printable(path);
        unpacked(explainer, File::open(path).map_err(FilterError::Read)?, printer)?;
    }
    Ok(())
}

/// Explains the records of an input, whatever it is packed in.
fn unpacked(
    explainer: &Explainer<'_>,
    source: impl Read,
    printer: &mut ExplanationPrinter,
) -> Result<(), FilterError> {
    let input = printer.input.clone();
    let mut report = content::InputReport::default();
    content::evaluate(source, &mut ExplainedText { explainer, printer, input: &input }, &mut report)?;
    for note in report.notes {
        say(&format!("{input}: {note}"));
    }
    match report.members.named.first() {
        Some((member, why)) => Err(FilterError::Read(io::Error::other(format!("{member}: {why}")))),
        None => Ok(()),
    }
}

/// Explains the text of a file, or of the members of its tar.
struct ExplainedText<'t> {
    explainer: &'t Explainer<'t>,
    printer: &'t mut ExplanationPrinter,
    input: &'t str,
}

impl TextSink for ExplainedText<'_> {
    fn text(&mut self, text: &mut dyn Read) -> Result<(), FilterError> {
        self.explainer.stream(text, &mut |explanation| self.printer.print(&explanation))
    }

    fn member(&mut self, name: &str) {
        self.printer.input = format!("{}!{name}", self.input);
    }

    fn stopped(&self) -> bool {
        false
    }
}

/// Explains a sign-in at a moment. A local time that comes twice is explained twice.
fn moment(
    explainer: &Explainer<'_>,
    text: &str,
    who: &WhoOptions,
    printer: &mut ExplanationPrinter,
) -> Result<(), FilterError> {
    let refused = |error: anyhow::Error| FilterError::Sink(io::Error::other(format!("{error:#}")));
    let zone = |at: &str| -> anyhow::Result<Zone> {
        let sign_in = sign_in(who, at)?;
        let who = Principal::of(&sign_in);
        let first = explainer.rules.matching(&who).schedules(&who).next();
        Ok(match first {
            Some(AppliedSchedule::Schedule(schedule) | AppliedSchedule::LookedUp(schedule, _)) => {
                schedule.zone().clone()
            }
            Some(AppliedSchedule::OnCall(rota)) => rota.zone().clone(),
            None => explainer.rules.default().first.zone().clone(),
        })
    };
    for at in instants(text, zone).map_err(refused)? {
        let spelled = Zone::utc().local(at).to_string().replace("+00:00", "Z");
        let sign_in = sign_in(who, &spelled).map_err(refused)?;
        printer.print(&explainer.sign_in(&sign_in))?;
    }
    Ok(())
}

/// The moments that a text means: RFC 3339 is one; on a wall clock it may come once, twice or never.
fn instants(text: &str, zone: impl Fn(&str) -> anyhow::Result<Zone>) -> anyhow::Result<Vec<i64>> {
    if let EventTime::At(at) = EventTime::of(Str::plain(text)) {
        return Ok(vec![at]);
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let wall = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let wall = wall.with_context(|| {
        format!("--at: {text:?} is no moment; write 2026-11-23T08:12:44Z, or 2026-11-23 03:12 on the schedule's clock")
    })?;
    let wall = wall.and_utc().timestamp();
    let zone = zone(&Zone::utc().local(wall).to_string())?;
    // Every offset in force around that time, and what it would make of it.
    let mut found: Vec<i64> = Vec::new();
    for near in [wall - 2 * 86_400, wall - 86_400, wall, wall + 86_400, wall + 2 * 86_400] {
        let at = wall - i64::from(zone.offset_at(near));
        if at + i64::from(zone.offset_at(at)) == wall && !found.contains(&at) {
            found.push(at);
        }
    }
    found.sort_unstable();
    if found.is_empty() {
        bail!("--at: {text} never comes in {}: the clock is set forward over it", zone.name());
    }
    Ok(found)
}

fn sign_in<'a>(who: &'a WhoOptions, at: &'a str) -> anyhow::Result<SignIn<'a>> {
    let kind = match who.kind.unwrap_or(SignInKind::IamUser) {
        SignInKind::IamUser => "IAMUser",
        SignInKind::Root => "Root",
        SignInKind::AssumedRole => "AssumedRole",
        SignInKind::FederatedUser => "FederatedUser",
        SignInKind::IdentityCenter => "IdentityCenterUser",
    };
    let plain = |text: &'a Option<String>| text.as_deref().map(Str::plain);
    let fields = Fields {
        event_source: Some(Str::plain(EVENT_SOURCE)),
        event_name: Some(Str::plain(EVENT_NAME)),
        event_time: Some(Str::plain(at)),
        identity_type: Some(Str::plain(kind)),
        user_name: plain(&who.user),
        account: plain(&who.account).map(Account::Text),
        arn: plain(&who.arn),
        source_ip: plain(&who.ip),
        ..Fields::default()
    };
    fields.sign_in().context("a sign-in made by hand")
}

/// Prints explanations as they come.
struct ExplanationPrinter {
    json: bool,
    printed: u64,
    /// What is being read, for errors.
    input: String,
    unreadable: bool,
}

impl ExplanationPrinter {
    fn print(&mut self, explanation: &Explanation) -> io::Result<()> {
        let mut text = String::new();
        if self.json {
            text.push_str(&serde_json::to_string(explanation).map_err(io::Error::other)?);
            text.push('\n');
        } else {
            text.push_str(if self.printed == 0 { "" } else { "\n" });
            text.push_str(&explanation.to_string());
        }
        self.printed += 1;
        self.unreadable |= matches!(explanation.verdict, Answer::Unreadable | Answer::Unrecognized);
        io::stdout().write_all(text.as_bytes())
    }
}
