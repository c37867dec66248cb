//! Decides which schedules apply to a sign-in, and evaluates them. Knows identities and schedules.
//! Knows nothing of bytes, files and configuration.
//!
//! ```text
//! SignIn -> Who -> the first rule whose Conditions hold, else the default -> Picks -> Decision
//! ```

mod conditions;
mod decision;
mod index;
mod lookup;
mod network;
mod on_call;
mod pattern;
mod principal;
mod rule;
mod rule_list;

pub use crate::rules::conditions::{Conditions, Groups};
pub use crate::rules::decision::{AppliedSchedule, Decision, RuleMatch, ScheduleCache};
pub use crate::rules::lookup::Lookup;
pub use crate::rules::network::{Network, NetworkError};
pub use crate::rules::on_call::{OnCallRotation, Shift, ShiftOwner, WeeklyTurns, instant};
pub use crate::rules::pattern::{Patterns, glob_matches};
pub use crate::rules::principal::Principal;
pub use crate::rules::rule::{Action, DefaultRule, Rule, ScheduleRef, Severity};
pub use crate::rules::rule_list::Rules;

#[cfg(test)]
mod tests;
