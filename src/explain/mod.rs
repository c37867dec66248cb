//! Says why a sign-in is forwarded or withheld: the rule, the schedule, the wall clock, the window or what closed the day.
//! Knows what the filter would do, because it asks the filter's own policy, rules and schedules. Knows no clock and prints
//! nothing; all text that came from records is made safe to show ([`crate::sanitize`]).

mod non_sign_in;
mod on_call;
mod schedules;
mod stream;
mod text;

use std::borrow::Cow;

use serde::Serialize;

pub use crate::explain::schedules::{Change, ScheduleAnswer};

use crate::envelope::Unrecognized;
use crate::filter::{Keep, OnUnreadable, Policy};
use crate::json::Str;
use crate::rules::{Principal, RuleMatch, Rules};
use crate::sanitize::truncated;
use crate::sign_in::{EventTime, SignIn};

/// Explains what a policy and rules make of sign-ins.
#[derive(Debug, Clone, Copy)]
pub struct Explainer<'r> {
    /// What counts and what goes out.
    pub policy: &'r Policy,
    /// Who gets which schedule.
    pub rules: &'r Rules,
    /// The version of the zone data, for the output.
    pub tzdata: &'r str,
}

/// What the filter makes of one record, and why. Serializes to the object that `--json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The short answer.
    pub verdict: Answer,
    /// Whether the filter would forward it.
    pub forwarded: bool,
    /// The answer in words, without a full stop.
    pub why: String,
    /// What the record says; `None` where it could not be read.
    pub event: Option<Event>,
    /// The name of the rule that matched; `None` where the default applies, or where nobody was asked.
    pub rule: Option<String>,
    /// How much it matters if it is outside hours.
    pub severity: Option<&'static str>,
    /// The schedules asked, in order.
    pub schedules: Vec<ScheduleAnswer>,
}

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Outside hours.
    Outside,
    /// Inside hours.
    Inside,
    /// A sign-in whose time cannot be read.
    Undecided,
    /// Known automation: a rule passes it over, whatever the time.
    Ignored,
    /// A sign-in of a kind that does not count.
    NotCounted,
    /// Another event, or no record at all.
    NotASignIn,
    /// It may be a sign-in and cannot be read.
    Unreadable,
    /// A sign-in that is in no record, so that it is not evaluated.
    Unrecognized,
}

/// What a record says, safe to show and cut to a sensible length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// `eventName`.
    pub name: Option<String>,
    /// `eventTime` as it was written.
    pub time: Option<String>,
    /// `eventID`.
    pub id: Option<String>,
    /// The person.
    pub user: Option<String>,
    /// The role, if one was assumed.
    pub role: Option<String>,
    /// `userIdentity.type`.
    pub identity: Option<String>,
    /// `userIdentity.accountId`.
    pub account: Option<String>,
    /// `userIdentity.arn`.
    pub arn: Option<String>,
    /// `sourceIPAddress`.
    pub ip: Option<String>,
    /// How the sign-in ended; `None` for other events.
    pub outcome: Option<&'static str>,
}

/// The longest text of a record that is shown, in characters. ARNs may have some hundred.
const LONGEST: usize = 300;

fn safe(text: Option<Str<'_>>) -> Option<String> {
    text.map(|text| truncated(&text.text(), LONGEST))
}

impl Event {
    fn of(sign_in: &SignIn<'_>, who: &Principal<'_>) -> Self {
        let fields = &sign_in.fields;
        let known = |text: &Option<Cow<'_, str>>| text.as_ref().map(|text| truncated(text, LONGEST));
        Event {
            name: safe(fields.event_name),
            time: safe(fields.event_time),
            id: safe(fields.event_id),
            user: known(&who.user),
            role: known(&who.role),
            identity: safe(fields.identity_type),
            account: known(&who.account),
            arn: safe(fields.arn),
            ip: safe(fields.source_ip),
            outcome: Some(sign_in.outcome.as_str()),
        }
    }
}

impl Explainer<'_> {
    /// Explains a sign-in.
    pub fn sign_in(&self, sign_in: &SignIn<'_>) -> Explanation {
        let who = Principal::of(sign_in);
        let choice = self.rules.matching(&who);
        let at = sign_in.time.seconds();
        let schedules: Vec<ScheduleAnswer> = if choice.is_ignored() {
            Vec::new()
        } else {
            choice
                .schedules(&who)
                .map(|candidate| ScheduleAnswer::of(candidate, &who, at, self.tzdata))
                .collect()
        };
        let event = Event::of(sign_in, &who);
        let (verdict, forwarded, why) = self.answer(sign_in, &event, &choice, &schedules);
        Explanation {
            verdict,
            forwarded,
            why,
            event: Some(event),
            rule: choice.rule().map(|rule| truncated(&rule.name, LONGEST)),
            severity: Some(choice.severity().as_str()),
            schedules,
        }
    }

    fn answer(
        &self,
        sign_in: &SignIn<'_>,
        event: &Event,
        choice: &RuleMatch<'_>,
        schedules: &[ScheduleAnswer],
    ) -> (Answer, bool, String) {
        let policy = self.policy;
        let everything = policy.keep == Keep::All;
        let untagged = if everything { ": forwarded without a tag (--keep all)" } else { ": withheld" };
        if !policy.counts_identity(sign_in) {
            let kind = event.identity.as_deref().unwrap_or("of no kind");
            let why = format!("identity {kind} does not count (--identity){untagged}");
            return (Answer::NotCounted, everything, why);
        }
        if !policy.counts_outcome(sign_in) {
            let why = format!("outcome {} does not count (--outcome){untagged}", sign_in.outcome.as_str());
            return (Answer::NotCounted, everything, why);
        }
        let keeps_inside = policy.keep != Keep::AfterHours;
        let withheld = if keeps_inside { "forwarded all the same (--keep)" } else { "withheld" };
        if choice.is_ignored() {
            return (Answer::Ignored, keeps_inside, format!("its rule says to ignore it: {withheld}"));
        }
        if sign_in.time == EventTime::Unreadable {
            let why = match &event.time {
                Some(text) => format!("eventTime \"{text}\" is no time: forwarded in doubt"),
                None => "there is no eventTime: forwarded in doubt".to_owned(),
            };
            return (Answer::Undecided, true, why);
        }
        if schedules.iter().any(|answer| answer.inside == Some(true)) {
            return (Answer::Inside, keeps_inside, format!("inside hours: {withheld}"));
        }
        (Answer::Outside, true, format!("outside hours: forwarded, severity {}", choice.severity().as_str()))
    }

    /// Explains text that may be a sign-in and cannot be parsed.
    fn unreadable(&self, error: &str) -> Explanation {
        let error = truncated(error, LONGEST);
        let (forwarded, then) = match self.policy.unreadable {
            OnUnreadable::Forward => (true, "forwarded in doubt"),
            OnUnreadable::Drop => (false, "counted and withheld (--unreadable drop)"),
            OnUnreadable::Stop => (false, "the filter stops here (--unreadable stop)"),
        };
        Explanation {
            verdict: Answer::Unreadable,
            forwarded,
            why: format!("unreadable: {error}: {then}"),
            event: None,
            rule: None,
            severity: None,
            schedules: Vec::new(),
        }
    }

    /// Explains a sign-in that is in no record.
    fn unrecognized(&self, line_number: u64, found: &Unrecognized) -> Explanation {
        let forwarded = self.policy.keep == Keep::All;
        let then = if forwarded { "forwarded as it came (--keep all)" } else { "counted and withheld" };
        let what = truncated(&found.message(), LONGEST);
        Explanation {
            verdict: Answer::Unrecognized,
            forwarded,
            why: format!("not evaluated: line {line_number}: {what}: {then}"),
            event: None,
            rule: None,
            severity: None,
            schedules: Vec::new(),
        }
    }

    /// Explains what is no sign-in; `reason` says what it is.
    fn other(&self, event: Option<Event>, reason: &str) -> Explanation {
        let everything = self.policy.keep == Keep::All;
        let then = if everything { "forwarded as it came (--keep all)" } else { "withheld" };
        Explanation {
            verdict: Answer::NotASignIn,
            forwarded: everything,
            why: format!("not a sign-in: {reason}: {then}"),
            event,
            rule: None,
            severity: None,
            schedules: Vec::new(),
        }
    }
}
