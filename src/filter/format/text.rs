//! Lines for people: one sign-in a line, in columns of fixed width, so that lines stay aligned while they stream. A value that
//! is longer than its column is shown whole. Hostile characters never reach the terminal.

use bytes::BufMut;

use crate::filter::sink::{Alert, Unreadable};
use crate::rules::{Principal, Severity};
use crate::sanitize;
use crate::schedule::Reason;
use crate::sign_in::Outcome;
use crate::tag::Tag;

/// Whether lines carry the escape sequences of colors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    #[default]
    Off,
    /// ANSI colors.
    On,
}

/// The columns' widths in characters: verdict, local time, weekday, user, account, source IP, outcome, MFA, severity.
const VERDICT: usize = 11;
const TIME: usize = 26;
const WEEKDAY: usize = 3;
const USER: usize = 20;
const ACCOUNT: usize = 12;
const ADDRESS: usize = 15;
const OUTCOME: usize = 7;
const MFA: usize = 6;
const SEVERITY: usize = 8;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Stands where a record does not say something.
const UNKNOWN: &str = "-";
/// A text that cannot be read is shown up to here, in characters.
const EXCERPT: usize = 80;

/// The ANSI codes (ECMA-48, SGR) that are used.
const RED: &str = "31";
const BOLD_RED: &str = "1;31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const MAGENTA: &str = "35";
const DIM: &str = "2";

pub(super) fn sign_in(alert: &Alert<'_>, color: Color, out: &mut impl BufMut) {
    let (tag, line) = (&alert.tag, &mut Line { text: String::with_capacity(160), color });
    let (verdict, verdict_color) = verdict(tag);
    line.cell(verdict, VERDICT, verdict_color);
    match tag.local_time {
        Some(time) => {
            let written = time.to_string();
            let (clock, offset) = written.split_at(written.len().saturating_sub(6));
            line.cell(&format!("{} {offset}", clock.replace('T', " ")), TIME, None);
            line.cell(WEEKDAYS[usize::from(time.weekday() % 7)], WEEKDAY, None);
        }
        None => {
            line.cell("no readable time", TIME, Some(MAGENTA));
            line.cell(UNKNOWN, WEEKDAY, None);
        }
    }
    let principal = Principal::of(alert.sign_in);
    line.cell(principal.user.as_deref().unwrap_or(UNKNOWN), USER, None);
    line.cell(principal.account.as_deref().unwrap_or(UNKNOWN), ACCOUNT, None);
    let address = alert.sign_in.fields.source_ip.map(|text| text.text());
    line.cell(address.as_deref().filter(|text| !text.is_empty()).unwrap_or(UNKNOWN), ADDRESS, None);
    line.cell(tag.outcome.as_str(), OUTCOME, (tag.outcome == Outcome::Failure).then_some(RED));
    let (mfa, mfa_color) = match tag.mfa {
        Some(true) => ("mfa", None),
        Some(false) => ("no mfa", Some(YELLOW)),
        None => (UNKNOWN, None),
    };
    line.cell(mfa, MFA, mfa_color);
    line.cell(tag.severity.as_str(), SEVERITY, severity_color(tag.severity));
    let role = tag.role.map(|role| format!(" as role {role}")).unwrap_or_default();
    line.last(&format!("{}{role}", reason(tag)));
    out.put_slice(line.text.as_bytes());
}

pub(super) fn unreadable(unreadable: &Unreadable<'_>, input: &str, color: Color, out: &mut impl BufMut) {
    let line = &mut Line { text: String::with_capacity(160), color };
    line.cell("undecided", VERDICT, Some(MAGENTA));
    let Unreadable { error, line_number, .. } = unreadable;
    let excerpt = String::from_utf8_lossy(&unreadable.raw[..unreadable.raw.len().min(4 * EXCERPT)]);
    let excerpt = sanitize::truncated(&excerpt, EXCERPT);
    line.last(&format!("{input}:{line_number}: cannot be read: {error}: {excerpt}"));
    out.put_slice(line.text.as_bytes());
}

pub(super) fn passed_on(bytes: &[u8], out: &mut impl BufMut) {
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.put_slice(sanitize::printable(&String::from_utf8_lossy(text)).as_bytes());
        if text.len() < line.len() {
            out.put_u8(b'\n');
        }
    }
}

fn verdict(tag: &Tag<'_>) -> (&'static str, Option<&'static str>) {
    match tag.reason {
        Some(Reason::Ignored) => ("ignored", Some(DIM)),
        Some(reason) if reason.is_inside() => ("in-hours", Some(GREEN)),
        Some(_) => ("after-hours", Some(RED)),
        None => ("undecided", Some(MAGENTA)),
    }
}

fn severity_color(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Info => Some(DIM),
        Severity::Low => None,
        Severity::Medium => Some(YELLOW),
        Severity::High => Some(RED),
        Severity::Critical => Some(BOLD_RED),
    }
}

/// The reason in words, and by which schedule and rule, where they have a name of their own.
fn reason(tag: &Tag<'_>) -> String {
    let mut text = match tag.reason {
        Some(Reason::OutsideWindow) => "outside business hours",
        Some(Reason::ClosedDay) => "closed day",
        Some(Reason::Holiday) => "public holiday",
        Some(Reason::NeverOpen) => "schedule is never open",
        Some(Reason::InsideWindow) => "business hours",
        Some(Reason::ExtraWindow) => "extra hours",
        Some(Reason::OnCall) => "on call",
        Some(Reason::Ignored) => "ignored by a rule",
        None => "eventTime cannot be read",
    }
    .to_owned();
    if let Some(cause) = tag.cause {
        text.push_str(": ");
        text.push_str(cause);
    }
    let schedule = (tag.schedule != "default").then(|| format!("schedule {}", tag.schedule));
    let rule = tag.rule.map(|rule| format!("rule {rule}"));
    match (schedule, rule) {
        (Some(schedule), Some(rule)) => text.push_str(&format!(" ({schedule}, {rule})")),
        (Some(one), None) | (None, Some(one)) => text.push_str(&format!(" ({one})")),
        (None, None) => {}
    }
    text
}

/// A line in the making.
struct Line {
    text: String,
    color: Color,
}

impl Line {
    /// Adds a value, filled up to the width of its column, and the gap behind it.
    fn cell(&mut self, value: &str, width: usize, color: Option<&str>) {
        let shown = sanitize::printable(value);
        let gap = width.saturating_sub(shown.chars().count()) + 2;
        match color.filter(|_| self.color == Color::On) {
            Some(code) => self.text.push_str(&format!("\u{1b}[{code}m{shown}\u{1b}[0m")),
            None => self.text.push_str(&shown),
        }
        self.text.extend(std::iter::repeat_n(' ', gap));
    }

    /// Adds the last value and ends the line.
    fn last(&mut self, value: &str) {
        self.text.push_str(&sanitize::printable(value));
        self.text.push('\n');
    }
}
