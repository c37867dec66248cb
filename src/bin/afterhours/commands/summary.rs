//! Says at the end what was counted: all of it where it was asked for, the doubts in any case.

use std::io::Write as _;

use afterhours::filter::Stats;

use crate::cli::filter::StatsForm;
use crate::dispatch::dispatcher::DispatchStats;
use crate::server::Served;
use crate::sys::messages::say;

/// What became of the inputs.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Inputs {
    /// Read to their end, or to where the run ended.
    pub(crate) read: u64,
    /// Could not be read, or not to their end.
    pub(crate) failed: u64,
    /// Files and folders left unread, as they can hold nothing that was asked for.
    pub(crate) passed_over: u64,
    /// Nothing ended the run early, a signal or a reader who went: what is there was looked at, and what was found is written.
    pub(crate) complete: bool,
}

impl Inputs {
    fn say(self, form: Option<StatsForm>) {
        let Inputs { read, failed, passed_over, complete } = self;
        match form {
            Some(StatsForm::Json) => {}
            Some(StatsForm::Text) => say(&format!(
                "{read} inputs read, {failed} could not be, or not to their end; {passed_over} files and folders passed over"
            )),
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
pub(crate) struct Counted<'c> {
    pub(crate) stats: &'c Stats,
    pub(crate) inputs: Option<Inputs>,
    pub(crate) told: Option<&'c DispatchStats>,
    pub(crate) served: Option<&'c Served>,
}

impl Counted<'_> {
    pub(crate) fn say(&self, form: Option<StatsForm>) {
        let Counted { stats, inputs, told, served } = *self;
        match form {
            Some(StatsForm::Json) => {
                let mut numbers = serde_json::json!({ "afterhours": stats });
                if let Some(inputs) = inputs {
                    numbers["afterhours"]["inputs"] = serde_json::json!(inputs);
                }
                if let Some(told) = told {
                    numbers["afterhours"]["notices"] = serde_json::json!(told);
                }
                if let Some(served) = served {
                    numbers["afterhours"]["served"] = serde_json::json!(served);
                }
                let _ = writeln!(std::io::stderr(), "{numbers}");
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
        if let Some(inputs) = inputs {
            inputs.say(form);
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
}
