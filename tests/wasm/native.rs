//! What the program's filter writes for a record, and what the module must return therefore.

use std::io;
use std::path::Path;

use afterhours::config;
use afterhours::config::{Loader, ScheduleSpec, Source, zones};
use afterhours::filter::{Event, Filter, Formatter, Keep, Policy, Sink};
use afterhours::rules::Rules;
use afterhours::time_zone::Zone;

use crate::host::Answer;
use crate::wasi::Folder;

/// The filter without the module around it.
pub(crate) struct Native {
    filter: Filter,
    pub(crate) folder: Folder,
    broken: bool,
}

impl Loader for Folder {
    fn text(&self, path: &Path) -> Result<String, String> {
        let name = path.file_name().unwrap().to_str().unwrap();
        self.0
            .get(name)
            .map(|text| String::from_utf8(text.clone()).unwrap())
            .ok_or("there is no such file".to_owned())
    }

    fn zone(&self, name: &str) -> Result<Zone, String> {
        zones::zone(name, zones::embedded)
    }
}

impl Native {
    pub(crate) fn new(folder: &Folder) -> Self {
        let text = folder.0.get("afterhours.toml").map(|text| String::from_utf8(text.clone()).unwrap());
        let source = text.as_ref().map_or(Source::default(), |text| Source {
            name: "afterhours.toml",
            text,
            beside: Path::new("conf"),
        });
        let read = config::Document::parse(&source)
            .map_err(config::ConfigErrors::from)
            .and_then(|document| config::read(document, ScheduleSpec::default(), folder));
        let broken = read.is_err();
        let rules = read.map_or_else(|_| anything(), |config| config.rules);
        let identities = if broken { Vec::new() } else { Policy::default().identities };
        let policy = Policy { keep: Keep::SignIns, identities, ..Policy::default() };
        Native { filter: Filter::new(policy, rules), folder: folder.clone(), broken }
    }

    /// The lines for a record that is after hours or undecided.
    pub(crate) fn filtered(&mut self, record: &[u8], number: u64) -> Vec<Vec<u8>> {
        let mut lines = self.tagged(record, number);
        lines.retain(|line| !has(line, b"\"after_hours\":{\"verdict\":\"inside\""));
        lines
    }

    /// The lines for every sign-in.
    pub(crate) fn tagged(&mut self, record: &[u8], number: u64) -> Vec<Vec<u8>> {
        let mut lines = Lines::default();
        self.filter.evaluate(record, number, &mut lines).unwrap();
        let Lines { mut lines, alerts } = lines;
        if self.broken {
            // It cannot be evaluated: only that it is a sign-in is known.
            for (line, object) in lines.iter_mut().zip(alerts) {
                line.truncate(if object > 0 { object } else { line.len() });
            }
        }
        lines
    }
}

fn anything() -> Rules {
    Rules::everybody(afterhours::schedule::Schedule::never("default"))
}

#[derive(Default)]
struct Lines {
    lines: Vec<Vec<u8>>,
    /// How many bytes of the line are the record's, up to its closing brace; 0 of text that cannot
    /// be parsed.
    alerts: Vec<usize>,
}

impl Sink for Lines {
    fn accept(&mut self, event: Event<'_>) -> io::Result<()> {
        let mut line = Vec::new();
        let tag = match event {
            Event::SignIn(alert) => {
                Formatter::Json.sign_in(alert, &mut line);
                line.windows(13).rposition(|w| w == b",\"after_hours").unwrap()
            }
            Event::Unreadable { text, forward: true } => {
                Formatter::Json.unreadable(text, "", &mut line);
                0
            }
            Event::Unreadable { forward: false, .. }
            | Event::Unrecognized { .. }
            | Event::TooLong { .. }
            | Event::NotJson { .. }
            | Event::NoHolidays { .. }
            | Event::PassedOn(_) => return Ok(()),
        };
        line.truncate(line.len() - 1);
        self.lines.push(line);
        self.alerts.push(tag);
        Ok(())
    }
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Text that is not UTF-8 is not JSON.
fn replaced(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn shown(record: &[u8], got: &Answer) -> String {
    let got = match got {
        Answer::Text(text) => replaced(text),
        other => format!("{other:?}"),
    };
    format!("{}\nwas answered with\n{got}", replaced(record))
}

/// Nothing for no line, the line for one, and for several an object that holds them.
pub(crate) fn expect_filtered(record: &[u8], wanted: &[Vec<u8>], got: &Answer) {
    got.expect_json(record);
    let text = match got {
        Answer::Text(text) => replaced(text),
        Answer::Nothing => String::new(),
        Answer::Unchanged => panic!("{}", shown(record, got)),
    };
    let lines: Vec<String> = wanted.iter().map(|line| replaced(line)).collect();
    match lines.as_slice() {
        [] => assert!(text.is_empty(), "{}", shown(record, got)),
        [line] => assert!(same(line, &text), "{line}\nis wanted;\n{}", shown(record, got)),
        lines => {
            let mut rest = text.strip_prefix("{\"Records\":[").expect("a container");
            for line in lines {
                let at = rest.find(line.as_str());
                assert!(at.is_some(), "{line}\nis missing;\n{}", shown(record, got));
                rest = &rest[at.unwrap() + line.len()..];
            }
            assert!(rest.contains("],\"after_hours\":{\"verdict\":"), "{}", shown(record, got));
        }
    }
}

/// The record for no line, the line for one that stands for the record, and else the record with a tag.
pub(crate) fn expect_tagged(record: &[u8], wanted: &[Vec<u8>], got: &Answer) {
    got.expect_json(record);
    let Answer::Text(text) = got else {
        assert!(wanted.is_empty() && *got == Answer::Unchanged, "{}", shown(record, got));
        return;
    };
    let text = replaced(text);
    let whole = replaced(record);
    let before = whole.trim_end().strip_suffix('}').unwrap_or("no object").replace(['\n', '\r'], "");
    let is_line = matches!(wanted, [line] if same(&replaced(line), &text));
    let is_record = text.starts_with(&before) && text.contains(",\"after_hours\":{\"verdict\":");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let is_text = value["log"] == whole.as_str() && value["after_hours"].is_object();
    assert!(!wanted.is_empty() && (is_line || is_record || is_text), "{}", shown(record, got));
}

/// The same line; of a broken configuration only the record in it is known.
fn same(line: &str, text: &str) -> bool {
    line == text || text.starts_with(&format!("{line},\"after_hours\":{{\"verdict\":\"undecided\""))
}
