//! The manual pages: one for each command, made from the command line, and one for the
//! configuration file. Knows roff.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::command;

/// The name of the page about the configuration file.
const CONFIGURATION: &str = "afterhours.toml";

/// One page by its name: none for the program, the words of a command, or the configuration's.
pub(crate) fn page(name: &[String]) -> anyhow::Result<String> {
    if let [only] = name
        && (only == CONFIGURATION || only == "afterhours.toml.5")
    {
        return configuration();
    }
    let root = built();
    let mut found = &root;
    for word in name.iter().skip_while(|word| *word == "afterhours") {
        found = found.find_subcommand(word).ok_or_else(|| {
            anyhow!("there is no page `{}`; afterhours man --out DIR writes all of them", name.join(" "))
        })?;
    }
    command_page(found)
}

/// Writes every page into a directory, and creates it if need be.
pub(crate) fn write_all(folder: &Path) -> anyhow::Result<()> {
    let place = || format!("--out: {} cannot be written", crate::sys::messages::printable(folder));
    std::fs::create_dir_all(folder).with_context(place)?;
    let mut pages = vec![("afterhours.toml.5".to_owned(), configuration()?)];
    collect(&built(), &mut pages)?;
    for (name, text) in pages {
        std::fs::write(folder.join(name), text).with_context(place)?;
    }
    Ok(())
}

fn collect(command: &clap::Command, pages: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    pages.push((format!("{}.1", page_name(command)), command_page(command)?));
    command.get_subcommands().try_for_each(|command| collect(command, pages))
}

/// The command line with every subcommand completed, as clap does when it parses.
fn built() -> clap::Command {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    command
}

/// `afterhours-notify-test` for `notify test`.
fn page_name(command: &clap::Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn command_page(command: &clap::Command) -> anyhow::Result<String> {
    let name = page_name(command);
    // The sections below say what the help says after the options.
    let shown = command.clone().after_help("").after_long_help("");
    let man = Man::new(shown)
        .title(name.to_uppercase())
        .source(concat!("afterhours ", env!("CARGO_PKG_VERSION")))
        .manual("afterhours manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    environment(&mut roff, command);
    files(&mut roff, &name);
    if name == "afterhours" {
        signals(&mut roff);
    }
    exit_status(&mut roff, &name);
    examples(&mut roff, &name);
    see_also(&mut roff, command, &name);
    roff.to_writer(&mut page)?;
    Ok(String::from_utf8(page)?)
}

fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// A term and what it means.
fn entry(roff: &mut Roff, term: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(term)]);
    roff.text([roman(text)]);
}

fn environment(roff: &mut Roff, command: &clap::Command) {
    section(roff, "ENVIRONMENT");
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    for (variable, argument) in shown.filter_map(|argument| Some((argument.get_env()?, argument))) {
        let long = argument.get_long().unwrap_or_default();
        entry(roff, &variable.to_string_lossy(), &format!("The value of --{long}. The option overrides it."));
    }
    for (variable, text) in [
        ("AFTERHOURS_TOKEN", "The token that every HTTP request must carry, without --token-file."),
        ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The proxy of the channels' requests."),
        ("STATE_DIRECTORY, XDG_STATE_HOME", "Where the outbox is, without --outbox."),
    ] {
        if page_name(command) == "afterhours" {
            entry(roff, variable, text);
        }
    }
    entry(roff, "TZDIR", "Where the system's time-zone data is, before /usr/share/zoneinfo.");
}

fn files(roff: &mut Roff, name: &str) {
    section(roff, "FILES");
    entry(
        roff,
        "afterhours.toml",
        "Schedules, rules and channels, named by --config. See afterhours.toml(5).",
    );
    if name == "afterhours" || name.starts_with("afterhours-notify") {
        entry(
            roff,
            "outbox.sqlite3",
            "The outbox: notifications and their deliveries, in the outbox directory.",
        );
    }
    entry(
        roff,
        "/usr/share/zoneinfo",
        "The system's time-zone data; the newer of it and the program's own is used.",
    );
}

fn signals(roff: &mut Roff) {
    section(roff, "SIGNALS");
    for (signal, text) in [
        (
            "SIGTERM, SIGINT",
            "Finish the lines that were read, write them, keep what is not delivered in the outbox, and exit with 0. \
             While listening: serve until the connections are closed, 10 seconds at most.",
        ),
        (
            "SIGHUP",
            "Read the configuration file again. An invalid file is rejected, and the old configuration stays active.",
        ),
        ("SIGPIPE", "Ignored: when the reader of stdout is gone, the program exits with 0."),
    ] {
        entry(roff, signal, text);
    }
}

fn exit_status(roff: &mut Roff, name: &str) {
    section(roff, "EXIT STATUS");
    let (complete, incomplete) = match name {
        "afterhours" => (
            "The stream ended, or the reader of stdout is gone, or a signal asked to end.",
            Some(
                "The run ended, but something was not evaluated or not delivered; the counts are on stderr.",
            ),
        ),
        "afterhours-explain" => ("Everything was explained.", Some("A line could not be read.")),
        "afterhours-notify-test" => {
            ("Every channel accepted the notification.", Some("A channel refused it."))
        }
        "afterhours-notify-retry" => {
            ("Everything was delivered.", Some("Something is still pending or was dead-lettered."))
        }
        _ => ("The command did what it was asked to do.", None),
    };
    entry(roff, "0", complete);
    if let Some(incomplete) = incomplete {
        entry(roff, "1", incomplete);
    }
    entry(roff, "2", "The program could not start or go on; one message on stderr says how to fix it.");
}

fn examples(roff: &mut Roff, name: &str) {
    let examples: &[(&str, &str)] = match name {
        "afterhours" => &[
            (
                "Filter a stream:",
                "aws-log-source | afterhours --hours 'Mon-Fri 09:00-17:00' --tz America/New_York | siem-forwarder",
            ),
            (
                "Search archived logs:",
                "afterhours --since 2026-01-01 --dedupe --hours 'Mon-Fri 09:00-17:00' --tz Europe/Berlin AWSLogs",
            ),
            (
                "Receive records from a log shipper:",
                "afterhours -c afterhours.toml --listen http:127.0.0.1:9902 -o findings.ndjson",
            ),
        ],
        "afterhours-check" => {
            &[("Check a file, and print what it means:", "afterhours check afterhours.toml")]
        }
        "afterhours-explain" => &[
            (
                "One moment of one user:",
                "afterhours explain -c afterhours.toml --at '2026-11-28 03:10' --user chen",
            ),
            ("Records:", "afterhours explain -c afterhours.toml < records.ndjson"),
        ],
        "afterhours-calendar" => &[
            (
                "This week, with the hours of the options:",
                "afterhours calendar --hours 'Mon-Fri 09:00-17:00'",
            ),
            (
                "A month of a schedule, as a picture:",
                "afterhours calendar -c afterhours.toml --schedule night --month --from 2026-12 --svg december.svg",
            ),
        ],
        "afterhours-holidays" => &[("Holidays in Berlin, 2027:", "afterhours holidays DE-BE 2027")],
        "afterhours-schema" => &[("The schema of the tag:", "afterhours schema tag > tag.schema.json")],
        "afterhours-completions" => &[
            ("Bash:", "afterhours completions bash > /etc/bash_completion.d/afterhours"),
            ("Zsh, in a folder of $fpath:", "afterhours completions zsh > _afterhours"),
            ("Fish:", "afterhours completions fish > ~/.config/fish/completions/afterhours.fish"),
        ],
        "afterhours-man" => &[
            ("Read a page:", "afterhours man notify test | man -l -"),
            ("Install all pages:", "afterhours man --out /usr/local/share/man/man1"),
        ],
        "afterhours-notify-test" => {
            &[("Test one channel:", "afterhours notify test -c afterhours.toml security")]
        }
        "afterhours-notify-status" => {
            &[("Counts by channel:", "afterhours notify status -c afterhours.toml")]
        }
        "afterhours-notify-retry" => {
            &[("Retry one channel:", "afterhours notify retry -c afterhours.toml security")]
        }
        "afterhours-notify-dead" => {
            &[("Why deliveries failed:", "afterhours notify dead -c afterhours.toml")]
        }
        "afterhours-notify-purge" => &[(
            "Delete dead-lettered notifications older than a week:",
            "afterhours notify purge -c afterhours.toml --dead --older 7d",
        )],
        _ => &[("The help of a command:", "afterhours notify status --help")],
    };
    section(roff, "EXAMPLES");
    for (number, (text, command)) in examples.iter().enumerate() {
        // A paragraph macro right after a heading is skipped, and mandoc warns of it.
        if number > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(*text)]);
        roff.control("EX", []);
        roff.control("in", ["+4n"]);
        roff.text([roman(*command)]);
        roff.control("in", []);
        roff.control("EE", []);
    }
}

fn see_also(roff: &mut Roff, command: &clap::Command, name: &str) {
    section(roff, "SEE ALSO");
    let mut pages: Vec<String> =
        command.get_subcommands().map(|child| format!("{}(1)", page_name(child))).collect();
    if name != "afterhours" {
        pages.push("afterhours(1)".to_owned());
    }
    pages.push("afterhours.toml(5)".to_owned());
    roff.text([roman(pages.join(", "))]);
}

/// afterhours.toml(5).
fn configuration() -> anyhow::Result<String> {
    let mut roff = Roff::new();
    let source = concat!("afterhours ", env!("CARGO_PKG_VERSION"));
    roff.control("TH", ["AFTERHOURS.TOML", "5", "", source, "afterhours manual"]);
    section(&mut roff, "NAME");
    roff.text([roman("afterhours.toml - schedules, rules and channels of afterhours(1)")]);
    section(&mut roff, "DESCRIPTION");
    roff.text([roman(
        "A TOML file that --config names. afterhours check FILE says whether it is right and what it means; all errors are \
         reported at once, each with its line. SIGHUP reloads it.",
    )]);
    section(&mut roff, "SECTIONS");
    for (name, text) in SECTIONS {
        entry(&mut roff, name, text);
    }
    section(&mut roff, "EXAMPLES");
    roff.control("EX", []);
    for line in EXAMPLE.lines() {
        roff.text([roman(line)]);
    }
    roff.control("EE", []);
    section(&mut roff, "SEE ALSO");
    roff.text([roman("afterhours(1), afterhours-check(1), afterhours-explain(1), afterhours-calendar(1)")]);
    let mut page = Vec::new();
    roff.to_writer(&mut page)?;
    Ok(String::from_utf8(page)?)
}

const SECTIONS: &[(&str, &str)] = &[
    ("[default]", "The schedule of everyone whom no rule names: hours, tz, holidays, closed, extra."),
    ("[schedules.NAME]", "A named schedule; inherit takes what it does not say from another one."),
    (
        "[[rule]]",
        "Who gets which schedule. The first rule that matches wins. Keys: name, user, arn, account, group, role, \
                  identity, network, schedule, severity, action.",
    ),
    ("[groups]", "Named lists of users."),
    ("[calendars.NAME]", "Closed days from an .ics file or a list."),
    ("[oncall.NAME]", "A rota: who is on call when. Their sign-ins are in hours during their shift."),
    (
        "[notify.NAME]",
        "A channel: webhook, slack, pagerduty, servicenow, zendesk, email, sms, alertmanager, teams, discord or \
                       opsgenie.",
    ),
    ("[wasm]", "Settings of the module for Fluent Bit."),
];

const EXAMPLE: &str = "\
[default]
hours = \"Mon-Fri 09:00-17:00\"
tz = \"Europe/Berlin\"
holidays = \"DE-BE\"

[schedules.never]
hours = []

[[rule]]
name = \"break glass\"
user = \"break-glass-*\"
schedule = \"never\"
severity = \"critical\"

[notify.security]
type = \"slack\"
webhook_url = \"env:SLACK_WEBHOOK\"";
