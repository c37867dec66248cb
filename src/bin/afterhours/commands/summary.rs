//! The summary at the end of a run: all figures where they were asked for, what was not evaluated in any case. Every figure stands
//! once in a list, with its name and meaning, from which text and JSON are printed.

use std::io::Write as _;

use afterhours::filter::{Figure, FigureValue, Stats};

use crate::cli::filter::StatsForm;
use crate::dispatch::dispatcher::DispatchStats;
use crate::server::ServerStats;
use crate::sys::messages::{counted, say};

/// What became of the inputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inputs {
    /// Read to their end, or to where the run ended.
    pub(crate) read: u64,
    /// Could not be read, or not to their end.
    pub(crate) failed: u64,
    /// Read to their end, and perhaps not as what they are: their encoding was guessed, or they hold no record.
    pub(crate) doubtful: u64,
    /// Files and folders left unread, as they can hold nothing that was asked for.
    pub(crate) passed_over: u64,
    /// Nothing ended the run early, a signal or a reader who went: what is there was looked at, and what was found is written.
    pub(crate) complete: bool,
}

impl Inputs {
    fn say(self, form: Option<StatsForm>) {
        let Inputs { read, failed, passed_over, complete, .. } = self;
        match form {
            Some(_) => {}
            None if failed > 0 && read + failed > 1 => {
                say(&format!("{failed} of {} inputs could not be read, or not to their end", read + failed));
            }
            None if !complete || read + failed > 0 => {}
            None if passed_over == 0 => {
                say("there was nothing to read: no names came, and the folders are empty");
            }
            None => say(&format!(
                "there was nothing to read: what there is, {passed_over} files and folders, cannot hold what was asked for"
            )),
        }
    }
}

/// All that was counted.
pub(crate) struct SummaryReport<'c> {
    pub(crate) stats: &'c Stats,
    pub(crate) inputs: Option<Inputs>,
    pub(crate) dispatch: Option<&'c DispatchStats>,
    pub(crate) served: Option<&'c ServerStats>,
}

/// The name of a group of figures, and the figures. The first group has no name.
type Group = (&'static str, Vec<Figure>);

fn count(name: &'static str, value: u64, help: &'static str) -> Figure {
    Figure { name, help, value: FigureValue::Count(value) }
}

impl Inputs {
    fn figures(self) -> Vec<Figure> {
        vec![
            count("read", self.read, "inputs read to their end, or to where the run ended"),
            count("failed", self.failed, "inputs that could not be read, or not to their end"),
            count("doubtful", self.doubtful, "inputs read to their end, and perhaps not as what they are"),
            count("passed_over", self.passed_over, "files and folders that cannot hold what was asked for"),
            Figure {
                name: "complete",
                help: "whether nothing ended the run early",
                value: FigureValue::Flag(self.complete),
            },
        ]
    }
}

fn notices(dispatch: &DispatchStats) -> Vec<Figure> {
    vec![
        count("queued", dispatch.queued, "notifications put into the outbox"),
        count("duplicates", dispatch.duplicates, "copies of records that were in the outbox already"),
        count("lost", dispatch.lost, "notifications that the disk did not take"),
        count("delivered", dispatch.delivered, "notifications delivered, counted for each channel"),
        count("dead", dispatch.dead, "notifications that a channel's service refused for good"),
        count("pending", dispatch.pending, "notifications that stay in the outbox"),
    ]
}

fn served(served: &ServerStats) -> Vec<Figure> {
    vec![
        count("connections", served.connections, "connections accepted"),
        count("requests", served.requests, "requests that came"),
        count("acknowledged", served.acknowledged, "requests answered 200"),
        count("sent_back", served.sent_back, "requests answered 503"),
        count("refused", served.refused, "requests refused for what they are"),
        count("cut", served.cut, "requests whose body was cut off"),
    ]
}

impl SummaryReport<'_> {
    /// Every figure of the run.
    fn groups(&self) -> Vec<Group> {
        let groups = [
            Some(("", self.stats.figures())),
            self.inputs.map(|inputs| ("inputs", inputs.figures())),
            self.dispatch.map(|dispatch| ("notices", notices(dispatch))),
            self.served.map(|counters| ("served", served(counters))),
        ];
        groups.into_iter().flatten().collect()
    }

    pub(crate) fn say(&self, form: Option<StatsForm>) {
        let stats = self.stats;
        match form {
            Some(StatsForm::Json) => {
                let _ = writeln!(std::io::stderr(), "{}", json(&self.groups()));
            }
            Some(StatsForm::Text) => text(&self.groups()).iter().for_each(|line| say(line)),
            None if stats.unreadable + stats.too_long > 0 => say(&format!(
                "{} lines could not be read, {} were too long, of {}",
                stats.unreadable, stats.too_long, stats.lines
            )),
            None => {}
        }
        if form.is_none() && stats.unrecognized > 0 {
            let sign_ins = counted(stats.unrecognized, "console sign-in");
            say(&format!("{sign_ins} in no CloudTrail record, not evaluated"));
        }
        if let Some(inputs) = self.inputs {
            inputs.say(form);
        }
        if stats.assumed_utc > 0 {
            say(&format!(
                "{} sign-ins named no time zone in eventTime; CloudTrail's time is UTC, so it was taken as UTC",
                stats.assumed_utc
            ));
        }
    }
}

/// One line a group: `inputs: read 1, failed 0`.
fn text(groups: &[Group]) -> Vec<String> {
    let figure = |figure: &Figure| match figure.value {
        FigureValue::Count(count) => format!("{} {count}", figure.name),
        FigureValue::Flag(flag) => format!("{} {flag}", figure.name),
    };
    let line = |(name, figures): &Group| {
        let figures: Vec<String> = figures.iter().map(figure).collect();
        let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
        format!("{name}{}", figures.join(", "))
    };
    groups.iter().map(line).collect()
}

/// One object under `afterhours`; a named group is an object in it.
fn json(groups: &[Group]) -> serde_json::Value {
    let mut all = serde_json::Map::new();
    for (name, figures) in groups {
        let members = figures.iter().map(|figure| (figure.name.to_owned(), serde_json::json!(figure.value)));
        if name.is_empty() {
            all.extend(members);
        } else {
            all.insert((*name).to_owned(), members.collect::<serde_json::Map<_, _>>().into());
        }
    }
    serde_json::json!({ "afterhours": all })
}
